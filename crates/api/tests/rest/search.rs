//! Products by what they are called, over HTTP.
use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use sutler_adapters::search::CatalogIndex;
use sutler_api::rest::Options;
use sutler_app::search::Synonyms;

use crate::door::{Door, Reply};

/// A shop that searches, with some products.
async fn shop() -> Door {
    let index = Arc::new(CatalogIndex::in_memory());
    let synonyms = Synonyms::parse(["cup=mug"]).unwrap();
    let options = Options { dev: true, ..Options::default() };
    let door =
        Door::behind(|ports| ports.search = Some(index), |s| s.search_synonyms = synonyms, options).await;
    let colored = |title: &str, vendor: &str, colors: &[&str], price: i64| {
        let variant = |color: &&str| json!({"option_values": {"Color": color}, "price": price});
        json!({
            "title": title, "vendor": vendor, "product_type": "Mugs", "tags": ["kitchen", colors[0]],
            "description_html": "<p>A mug &amp; <b>stoneware</b></p>",
            "variants": colors.iter().map(variant).collect::<Vec<_>>()
        })
    };
    put(&door, "blue", &colored("Blue <Mug>", "Acme", &["blue", "green"], 1490)).await;
    put(&door, "red", &colored("Red Mug", "Smith, Sons", &["red"], 1990)).await;
    put(&door, "tall", &colored("Tall blue mug", "Acme", &["blue"], 2490)).await;
    put(&door, "draft", &json!({"title": "Secret mug", "status": "draft", "price": 1})).await;
    put(&door, "pot", &json!({"title": "Teapot", "price": 3990, "currency": "USD"})).await;
    door.app.search.catch_up().await.unwrap();
    door
}

async fn put(door: &Door, id: &str, body: &Value) {
    let json = [("content-type", "application/json")];
    let put = door.ask(Method::PUT, &format!("/products/{id}"), &json, body.to_string().as_bytes()).await;
    assert!(put.status.is_success(), "{}", put.told());
}

fn ids(body: &Value) -> String {
    let ids = body["data"].as_array().unwrap().iter().map(|hit| hit["product_id"].as_str().unwrap());
    ids.collect::<Vec<_>>().join(" ")
}

async fn found(door: &Door, query: &str) -> String {
    ids(&door.get(&format!("/catalog/search?{query}")).await.must(200))
}

async fn told(door: &Door, query: &str) -> String {
    door.get(&format!("/catalog/search?{query}")).await.told()
}

#[tokio::test]
async fn products_are_found_by_words_with_their_mistakes() {
    let door = shop().await;
    let page = door.get("/catalog/search?q=bleu+mug").await.must(200);
    assert_eq!(ids(&page), "blue tall");
    let hit = &page["data"][0];
    assert_eq!((&hit["object"], &hit["variants"][0]["price"]["amount"]), (&json!("product"), &json!(1490)));
    assert_eq!(
        hit["highlight"],
        json!({
            "title": "<mark>Blue</mark> &lt;<mark>Mug</mark>&gt;",
            "description": "A <mark>mug</mark> &amp; stoneware"
        })
    );
    assert_eq!(page["page"], json!({"next": null, "prev": null, "has_more": false}));
    assert_eq!(
        page["facets"],
        json!({
            "vendor": [{"value": "Acme", "count": 2}],
            "product_type": [{"value": "Mugs", "count": 2}],
            "tag": [{"value": "blue", "count": 2}, {"value": "kitchen", "count": 2}],
            "option": {"Color": [{"value": "blue", "count": 2}, {"value": "green", "count": 1}]},
            "price": {"min": 1490, "max": 2490, "currency": "EUR"}
        })
    );
    assert_eq!(found(&door, "q=stonew").await, "", "whole words of a description only");
    assert_eq!(found(&door, "q=stoneware&sort=title").await, "blue red tall");
    assert_eq!(found(&door, "q=red+cup").await, "red");
    assert_eq!(found(&door, "").await, "blue red tall pot");
    assert_eq!(found(&door, "status=draft,active&q=secret").await, "draft");
}

#[tokio::test]
async fn what_was_found_is_narrowed_sorted_and_paged() {
    let door = shop().await;
    for (query, expected) in [
        ("vendor=Acme", "blue tall"),
        (r"vendor=Acme,Smith%5C,+Sons&sort=-price", "tall red blue"),
        ("tag=red&tag=blue&vendor=Acme", "blue tall"),
        ("option[Color]=green,red", "blue red"),
        ("price_min=1500&price_max=2000", "red"),
        ("price_min=0&currency=USD", "pot"),
        ("sort=price", "blue red tall"),
        ("q=mug&sort=-title", "tall red blue"),
        ("created_at[gte]=2026-11-23", ""),
        ("product_type=Mugs&created_at[lt]=2026-11-23&sort=title", "blue red tall"),
    ] {
        assert_eq!(found(&door, query).await, expected, "{query}");
    }
    let chosen = door.get("/catalog/search?vendor=Acme&facets=vendor").await.must(200);
    assert_eq!(
        chosen["facets"],
        json!({"vendor": [{"value": "Acme", "count": 2}, {"value": "Smith, Sons", "count": 1}]})
    );
    assert_eq!(door.get("/catalog/search?facets=none").await.must(200)["facets"], json!({}));
    let first = door.get("/catalog/search?q=mug&limit=2&count=exact&sort=title").await;
    let page = first.must(200);
    assert_eq!((ids(&page).as_str(), &page["page"]["total"]), ("blue red", &json!(3)));
    let next = page["page"]["next"].as_str().unwrap();
    assert!(first.header("link").contains(&format!("after={next}>; rel=\"next\"")), "{:?}", first.headers);
    let second = door.get(&format!("/catalog/search?q=mug&limit=2&sort=title&after={next}")).await.must(200);
    assert_eq!((ids(&second).as_str(), &second["page"]["has_more"]), ("tall", &json!(false)));
    let prev = second["page"]["prev"].as_str().unwrap();
    assert_eq!(found(&door, &format!("q=mug&limit=2&sort=title&before={prev}")).await, "blue red");
    assert_eq!(
        told(&door, &format!("q=mug&after={next}")).await,
        "400 validation_failed; /after validation_failed"
    );
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_told() {
    let door = shop().await;
    let long = "x".repeat(201);
    let many = "a+b+c+d+e+f+g+h+i+j+k";
    let values = (0..51).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    for (query, at) in [
        ("sort=size", "/sort"),
        ("sort=relevance", "/sort"),
        ("q=mug&sort=-relevance", "/sort"),
        ("facets=colour", "/facets"),
        ("price_min=-1", "/price_min"),
        ("price_min=1.5", "/price_min"),
        ("price_min=9223372036854775808", "/price_min"),
        ("price_min=2&price_max=1", "/price_min"),
        ("currency=EURO", "/currency"),
        ("status=sold", "/status"),
        ("limit=201", "/limit"),
        ("after=x", "/after"),
        (&format!("q={long}"), "/q"),
        (&format!("q={many}"), "/q"),
        (&format!("tag={values}"), "/tag"),
    ] {
        assert_eq!(
            told(&door, query).await,
            format!("400 validation_failed; {at} validation_failed"),
            "{query}"
        );
    }
    let reply = door.get("/catalog/search?in_stock=true&vendr=Acme").await.must(400);
    assert!(reply["errors"][1]["detail"].as_str().unwrap().contains("did you mean 'vendor'?"), "{reply}");
    let reply = door.get(&format!("/catalog/search?q={many}")).await.must(400);
    assert_eq!(reply["detail"], "'q' has 11 words; at most 10 are searched for");
    assert_eq!(
        door.get("/catalog/suggest?q=m&limit=21").await.told(),
        "400 validation_failed; /limit validation_failed"
    );
}

#[tokio::test]
async fn titles_are_suggested() {
    let door = shop().await;
    put(&door, "again", &json!({"title": "Red Mug", "price": 1})).await;
    door.app.search.catch_up().await.unwrap();
    let suggested = door.get("/catalog/suggest?q=re").await.must(200);
    assert_eq!(suggested["data"].as_array().unwrap().len(), 1, "each title once: {suggested}");
    assert_eq!(suggested["data"][0]["text"], "Red Mug");
    assert_eq!(suggested["data"][0]["highlight"], "<mark>Red</mark> Mug");
    let several = door.get("/catalog/suggest?q=mug&limit=2").await.must(200);
    assert_eq!(several["data"].as_array().unwrap().len(), 2);
    assert_eq!(door.get("/catalog/suggest?q=secret").await.must(200), json!({"data": []}), "a draft");
    assert_eq!(door.get("/catalog/suggest").await.must(200), json!({"data": []}));
}

#[tokio::test]
async fn a_node_without_an_index_says_so_and_one_without_search_too() {
    let index = Arc::new(CatalogIndex::in_memory());
    let options = Options { dev: true, ..Options::default() };
    let door = Door::behind(|ports| ports.search = Some(index), |_| {}, options).await;
    let building: Reply = door.get("/catalog/search?q=mug").await;
    let body = building.must(503);
    assert_eq!((building.told().as_str(), building.header("retry-after")), ("503 index_building", "2"));
    assert_eq!(
        (&body["indexed"], &body["total"], &body["retryable"]),
        (&json!(0), &Value::Null, &json!(true))
    );
    assert_eq!(door.get("/readyz").await.status, 200);
    door.app.search.catch_up().await.unwrap();
    assert_eq!(found(&door, "q=mug").await, "");
    let none = Door::open().await;
    assert_eq!(told(&none, "q=mug").await, "404 not_found");
}
