//! Categories over HTTP: a tree, and the products in it.
use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use sutler_adapters::search::CatalogIndex;
use sutler_api::rest::Options;

use crate::door::{Door, Reply};

async fn shop() -> Door {
    let index = Arc::new(CatalogIndex::in_memory());
    let options = Options { dev: true, ..Options::default() };
    Door::behind(|ports| ports.search = Some(index), |_| {}, options).await
}

/// A category, its id, below another one.
async fn category(door: &Door, title: &str, parent: Option<&str>) -> String {
    let made = door.post("/categories", &json!({"title": title, "parent_id": parent})).await.must(201);
    made["category_id"].as_str().unwrap().to_owned()
}

async fn delete(door: &Door, path: &str) -> Reply {
    door.ask(Method::DELETE, path, &[], b"").await
}

async fn put(door: &Door, id: &str, category: Option<&str>) -> Reply {
    let body = json!({"title": id, "price": 100, "category_id": category});
    let json = [("content-type", "application/json")];
    door.ask(Method::PUT, &format!("/products/{id}"), &json, body.to_string().as_bytes()).await
}

fn rows(body: &Value, member: &str) -> String {
    let rows = body["data"].as_array().unwrap().iter().map(|row| row[member].as_str().unwrap());
    rows.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_tree_grows_moves_and_never_bends_into_a_circle() {
    let door = shop().await;
    let kitchen = category(&door, "Kitchen", None).await;
    let cups = category(&door, "Cups", Some(&kitchen)).await;
    let mugs = category(&door, "Mugs", Some(&cups)).await;
    let garden = category(&door, "Garden", None).await;
    let one = door.get("/categories/handle:mugs").await.must(200);
    assert_eq!(one["path"], json!([kitchen, cups, mugs]));
    assert_eq!((&one["parent_id"], &one["position"], &one["version"]), (&json!(cups), &json!(0), &json!(1)));
    let patch = async |id: &str, body: Value| door.patch_with(&format!("/categories/{id}"), &[], &body).await;
    for (id, parent) in [(&kitchen, &mugs), (&cups, &cups), (&kitchen, &cups)] {
        let told = patch(id, json!({"parent_id": parent})).await.told();
        assert_eq!(told, "400 validation_failed; /parent_id validation_failed");
    }
    // A branch moves with all that is on it.
    let moved = patch(&cups, json!({"parent_id": garden, "position": 7})).await.must(200);
    assert_eq!((&moved["path"], &moved["version"]), (&json!([garden, cups]), &json!(2)));
    assert_eq!(door.get("/categories/handle:mugs").await.must(200)["path"], json!([garden, cups, mugs]));
    category(&door, "Tools", Some(&garden)).await;
    let below = async |query: &str| rows(&door.get(&format!("/categories?{query}")).await.must(200), "title");
    assert_eq!(below("parent=handle:garden").await, "Tools Cups", "by position");
    assert_eq!(below("parent=none").await, "Kitchen Garden");
    assert_eq!(below("limit=2").await, "Kitchen Mugs");
    let top =
        patch(&mugs, json!({"parent_id": null, "title": "All mugs", "handle": "all-mugs"})).await.must(200);
    assert_eq!((&top["path"], &top["handle"]), (&json!([mugs]), &json!("all-mugs")));
    let mut deep = garden.clone();
    for level in 2..=10 {
        deep = category(&door, &format!("Level {level}"), Some(&deep)).await;
    }
    let body = json!({"title": "Too deep", "parent_id": deep});
    let told = door.post("/categories", &body).await;
    assert_eq!(told.told(), "400 validation_failed; /parent_id validation_failed");
    assert_eq!(
        door.post("/categories", &json!({"title": "Q", "handle": "garden"})).await.told(),
        "409 handle_exists"
    );
    assert_eq!(
        patch(&mugs, json!({"position": -1})).await.told(),
        "400 validation_failed; /position validation_failed"
    );
    assert_eq!(delete(&door, &format!("/categories/{garden}")).await.told(), "409 category_not_empty");
    delete(&door, &format!("/categories/{kitchen}")).await;
    assert_eq!(door.get(&format!("/categories/{kitchen}")).await.told(), "404 not_found");
    let report = door.app.verify.all(&sutler_app::Caller::system("test")).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.differences);
}

#[tokio::test]
async fn a_product_stands_in_one_category_and_is_found_from_all_above_it() {
    let door = shop().await;
    let kitchen = category(&door, "Kitchen", None).await;
    let cups = category(&door, "Cups", Some(&kitchen)).await;
    let garden = category(&door, "Garden", None).await;
    let made = put(&door, "a", Some(&cups)).await.must(201);
    assert_eq!(made["category_id"], json!(cups));
    put(&door, "b", Some(&kitchen)).await.must(201);
    put(&door, "c", None).await.must(201);
    let nowhere = put(&door, "d", Some("ctg_01h455vb4pex5vsknk084sn02q")).await;
    assert_eq!(nowhere.told(), "400 validation_failed; /category_id validation_failed");
    let found = async |of: &str| {
        door.app.search.catch_up().await.unwrap();
        rows(&door.get(&format!("/categories/{of}")).await.must(200), "product_id")
    };
    assert_eq!(found("handle:kitchen/products").await, "a b");
    assert_eq!(found("handle:kitchen/products?descendants=false").await, "b");
    assert_eq!(found("handle:kitchen/products?sort=-title&limit=1").await, "b");
    assert_eq!(found("handle:garden/products").await, "");
    // What moves takes its products along, without a change of any.
    door.patch_with(&format!("/categories/{cups}"), &[], &json!({"parent_id": garden})).await.must(200);
    assert_eq!(found("handle:garden/products").await, "a");
    assert_eq!(delete(&door, &format!("/categories/{cups}")).await.told(), "409 category_not_empty");
    let out = door.patch_with("/products/a", &[], &json!({"category_id": null})).await.must(200);
    assert_eq!(out["category_id"], Value::Null);
    delete(&door, &format!("/categories/{cups}")).await;
    assert_eq!(found("handle:garden/products").await, "");
    assert_eq!(
        put(&door, "a", Some(&cups)).await.told(),
        "400 validation_failed; /category_id validation_failed"
    );
    let events = door.get("/events?type=category.*").await.must(200);
    assert_eq!(rows(&events, "type").matches("category.deleted").count(), 1);
}
