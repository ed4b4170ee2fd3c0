//! Collections over HTTP: by hand and by rule.
use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use sutler_adapters::search::CatalogIndex;
use sutler_api::rest::Options;

use crate::door::{Door, Reply};

/// A shop that has an index, and some mugs.
async fn shop() -> Door {
    let index = Arc::new(CatalogIndex::in_memory());
    let options = Options { dev: true, ..Options::default() };
    let door = Door::behind(|ports| ports.search = Some(index), |_| {}, options).await;
    for (id, title, tag, price, status) in [
        ("a", "Apple mug", "sale", 900, "active"),
        ("b", "Blue mug", "sale", 1900, "active"),
        ("c", "Cold cup", "new", 500, "active"),
        ("d", "Draft mug", "sale", 100, "draft"),
    ] {
        let body = json!({"title": title, "tags": [tag], "price": price, "status": status});
        put(&door, &format!("/products/{id}"), &body).await.must(201);
    }
    door.app.search.catch_up().await.unwrap();
    door
}

async fn put(door: &Door, path: &str, body: &Value) -> Reply {
    let json = [("content-type", "application/json")];
    door.ask(Method::PUT, path, &json, body.to_string().as_bytes()).await
}

async fn delete(door: &Door, path: &str) -> Reply {
    door.ask(Method::DELETE, path, &[], b"").await
}

fn ids(body: &Value) -> String {
    let ids = body["data"].as_array().unwrap().iter().map(|row| row["product_id"].as_str().unwrap());
    ids.collect::<Vec<_>>().join(" ")
}

async fn products(door: &Door, of: &str) -> String {
    ids(&door.get(&format!("/collections/{of}/products")).await.must(200))
}

#[tokio::test]
async fn products_are_picked_moved_and_taken_out_by_hand() {
    let door = shop().await;
    let wish = json!({"title": "Our favourites", "product_ids": ["b", "d", "a"],
                      "image": {"url": "https://img.example/f.jpg"}, "seo": {"title": "Favourites"}});
    let made = door.post("/collections", &wish).await;
    let one = made.must(201);
    let at = made.header("location").to_owned();
    assert_eq!((made.header("etag"), &one["handle"]), ("\"1\"", &json!("our-favourites")));
    assert_eq!(
        (&one["kind"], &one["products_count"], &one["sort"]),
        (&json!("by_hand"), &json!(3), &json!("manual"))
    );
    assert_eq!((&one["published"], &one["rule"]), (&json!(true), &Value::Null));
    for path in [at.as_str(), "/collections/handle:our-favourites"] {
        assert_eq!(door.get(path).await.must(200), one);
    }
    let list = "handle:our-favourites";
    assert_eq!(products(&door, list).await, "b a", "the draft is not shown");
    let all = door.get(&format!("{at}/products?status=draft,active&count=exact")).await.must(200);
    assert_eq!((ids(&all).as_str(), &all["page"]["total"]), ("b d a", &json!(3)));
    // Pages, both ways, also where the row of the cursor moved or went.
    let first = door.get(&format!("{at}/products?limit=1")).await.must(200);
    let next = first["page"]["next"].as_str().unwrap().to_owned();
    let page = async |way: &str| ids(&door.get(&format!("{at}/products?{way}={next}")).await.must(200));
    assert_eq!((ids(&first).as_str(), page("after").await.as_str()), ("b", "a"));
    let add = async |body: Value| door.post(&format!("{at}/products"), &body).await;
    let moved = add(json!({"product_ids": ["c", "b"], "position": 2})).await.must(200);
    assert_eq!((&moved["products_count"], &moved["version"]), (&json!(4), &json!(2)));
    let all = door.get(&format!("{at}/products?status=draft,active")).await.must(200);
    assert_eq!(ids(&all), "d c b a");
    assert_eq!((page("after").await.as_str(), page("before").await.as_str()), ("a", "c"));
    // What changes nothing writes nothing.
    assert_eq!(
        put(&door, &format!("{at}/products"), &json!({"product_ids": ["d", "c", "b", "a"]})).await.must(200),
        moved
    );
    delete(&door, &format!("{at}/products/b")).await.must(200);
    assert_eq!(page("after").await, "c a", "where it was");
    delete(&door, "/products/c").await.told();
    assert_eq!(products(&door, list).await, "a", "what was taken away is in no page");
    for (reply, told) in [
        (
            add(json!({"product_ids": ["a", "x", "y"]})).await,
            "400 product_unknown; /product_ids/1 product_unknown; /product_ids/2 product_unknown",
        ),
        (
            add(json!({"product_ids": ["a", "a"]})).await,
            "400 validation_failed; /product_ids/1 validation_failed",
        ),
        (delete(&door, &format!("{at}/products/b")).await, "404 not_found"),
        (
            door.patch_with(&at, &[], &json!({"sort": "price"})).await,
            "400 validation_failed; /sort validation_failed",
        ),
        (
            door.patch_with(&at, &[("if-match", "\"1\"")], &json!({"title": "T"})).await,
            "412 version_mismatch",
        ),
    ] {
        assert_eq!(reply.told(), told);
    }
}

#[tokio::test]
async fn a_rule_says_which_products_are_in_it_and_a_change_of_it_is_true_at_once() {
    let door = shop().await;
    let rule = |conditions: Value| json!({"match": "all", "conditions": conditions});
    let sale = json!([{"field": "tag", "relation": "is", "value": "sale"}]);
    let wish = json!({"title": "Sale", "rule": rule(sale.clone()), "sort": "-price"});
    let one = door.post("/collections", &wish).await.must(201);
    let at = format!("/collections/{}", one["collection_id"].as_str().unwrap());
    assert_eq!(
        (&one["kind"], &one["products_count"], &one["sort"]),
        (&json!("by_rule"), &Value::Null, &json!("-price"))
    );
    assert_eq!(one["rule"], wish["rule"]);
    assert_eq!(products(&door, "handle:sale").await, "b a");
    let first = door.get(&format!("{at}/products?limit=1&count=exact")).await.must(200);
    let next = first["page"]["next"].as_str().unwrap();
    assert_eq!((ids(&first).as_str(), &first["page"]["total"]), ("b", &json!(2)));
    assert_eq!(ids(&door.get(&format!("{at}/products?after={next}")).await.must(200)), "a");
    assert_eq!(ids(&door.get(&format!("{at}/products?status=draft")).await.must(200)), "d");
    let cheap = json!([sale[0], {"field": "price", "relation": "at_most", "price": {"amount": 900, "currency": "EUR"}}]);
    let changed = door.patch_with(&at, &[], &json!({"rule": rule(cheap), "sort": "title"})).await.must(200);
    assert_eq!((products(&door, "handle:sale").await.as_str(), &changed["version"]), ("a", &json!(2)));
    put(&door, "/products/c", &json!({"title": "Cold cup", "tags": ["sale"], "price": 500})).await.must(200);
    door.app.search.catch_up().await.unwrap();
    assert_eq!(products(&door, "handle:sale").await, "a c");
    let elsewhere = door.get(&format!("{at}/products?after={next}")).await;
    assert_eq!(
        elsewhere.told(),
        "400 validation_failed; /after validation_failed",
        "a cursor of another order"
    );
    let hand = door.post(&format!("{at}/products"), &json!({"product_ids": ["a"]})).await;
    assert_eq!(hand.told(), "400 validation_failed;  validation_failed");
    let condition = |one: Value| json!({"title": "T", "rule": {"conditions": [one]}});
    for (wish, told) in [
        (json!({"title": "T", "rule": {"conditions": []}}), "/rule/conditions validation_failed"),
        (
            condition(json!({"field": "stock", "relation": "is", "value": "1"})),
            "/rule/conditions/0/field validation_failed",
        ),
        (
            condition(json!({"field": "tag", "relation": "at_most", "value": "x"})),
            "/rule/conditions/0/relation validation_failed",
        ),
        (
            condition(json!({"field": "title", "relation": "has", "value": "!"})),
            "/rule/conditions/0/value validation_failed",
        ),
        (
            condition(
                json!({"field": "price", "relation": "at_most", "price": {"amount": 1.5, "currency": "EUR"}}),
            ),
            "/rule/conditions/0/price/amount money_format",
        ),
        (
            json!({"title": "T", "rule": rule(sale.clone()), "product_ids": []}),
            "/product_ids validation_failed",
        ),
        (json!({"title": "T", "sort": "title"}), "/sort validation_failed"),
    ] {
        let said = door.post("/collections", &wish).await.told();
        assert!(said.starts_with("400 ") && said.ends_with(told), "{said} for {wish}");
    }
}

#[tokio::test]
async fn collections_are_listed_named_once_and_shown_in_their_time() {
    let door = shop().await;
    let make = async |body: Value| door.post("/collections", &body).await;
    make(json!({"title": "Summer", "publish_at": "2000-01-01T00:00:00Z"})).await.must(201);
    make(json!({"title": "Autumn", "unpublish_at": "2000-01-01T00:00:00Z"})).await.must(201);
    make(json!({"title": "Winter", "status": "draft"})).await.must(201);
    let twin = make(json!({"title": "Summer"})).await.must(201);
    assert!(twin["handle"].as_str().unwrap().starts_with("summer-col_"), "a made handle gives way: {twin}");
    assert_eq!(make(json!({"title": "S", "handle": "summer"})).await.told(), "409 handle_exists");
    let titles = async |query: &str| {
        let list = door.get(&format!("/collections{query}")).await.must(200);
        let titles = list["data"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap());
        titles.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(titles("").await, "Autumn Summer Summer Winter");
    assert_eq!(titles("?published=true").await, "Summer Summer");
    assert_eq!(titles("?status=draft").await, "Winter");
    assert_eq!(titles("?limit=2").await, "Autumn Summer");
    let renamed =
        door.patch_with("/collections/handle:winter", &[], &json!({"handle": "cold"})).await.must(200);
    assert_eq!((&renamed["handle"], &renamed["published"]), (&json!("cold"), &json!(false)));
    make(json!({"title": "W", "handle": "winter"})).await.must(201);
    delete(&door, "/collections/handle:cold").await;
    assert_eq!(door.get("/collections/handle:cold").await.told(), "404 not_found");
    make(json!({"title": "C", "handle": "cold"})).await.must(201);
    // The same key is the same collection, whatever became of its handle.
    let key = [("idempotency-key", "k1")];
    let first = door.post_with("/collections", &key, &json!({"title": "Once"})).await.must(201);
    let again = door.post_with("/collections", &key, &json!({"title": "Once"})).await;
    assert_eq!((again.must(201), again.header("idempotency-replayed")), (first, "true"));
    let events = door.get("/events?type=collection.*").await.must(200);
    let kinds: Vec<&str> =
        events["data"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "collection.created").count(), 7);
    assert!(kinds.contains(&"collection.updated") && kinds.contains(&"collection.deleted"), "{kinds:?}");
    let report = door.app.verify.all(&sutler_app::Caller::system("test")).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.differences);
}
