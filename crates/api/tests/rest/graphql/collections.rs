//! Collections: as REST shows them, and their products.

use std::sync::Arc;

use serde_json::{Value, json};
use sutler_adapters::search::CatalogIndex;
use sutler_api::rest::Options;

use super::{data, told};
use crate::door::Door;

#[tokio::test]
async fn categories_are_a_tree_that_products_stand_in() {
    let index = Arc::new(CatalogIndex::in_memory());
    let options = Options { dev: true, ..Options::default() };
    let door = Door::behind(|ports| ports.search = Some(index), |_| {}, options).await;
    let create = "mutation($in: CategoryCreateInput!) { categoryCreate(input: $in) {
        category { id parentId path handle position version } userErrors { code path } } }";
    let made = data(&door, create, &json!({ "in": { "title": "Kitchen" } })).await;
    let kitchen = made["categoryCreate"]["category"]["id"].clone();
    let below = json!({ "in": { "title": "Cups", "parentId": kitchen, "position": 2 } });
    let cups = data(&door, create, &below).await["categoryCreate"]["category"].clone();
    assert_eq!((&cups["path"], &cups["position"]), (&json!([kitchen, cups["id"]]), &json!(2)));
    let upsert =
        "mutation($id: ID!) { productUpsert(input: { productId: \"P1\", title: \"Cup\", categoryId: $id,
        price: { amount: 100, currency: \"EUR\" } }) { product { categoryId } userErrors { code } } }";
    let put = data(&door, upsert, &json!({ "id": cups["id"] })).await;
    assert_eq!(put["productUpsert"]["product"]["categoryId"], cups["id"]);
    door.app.search.catch_up().await.unwrap();
    let read = "query($id: ID!) {
        category(id: $id) { title products(first: 5) { nodes { id } totalCount } }
        categories(first: 5, parent: $id) { nodes { handle } totalCount }
        node(id: $id) { __typename } }";
    let shown = data(&door, read, &json!({ "id": kitchen })).await;
    assert_eq!(shown["category"]["products"], json!({ "nodes": [{ "id": "P1" }], "totalCount": 1 }));
    assert_eq!(shown["categories"], json!({ "nodes": [{ "handle": "cups" }], "totalCount": 1 }));
    assert_eq!(shown["node"]["__typename"], "Category");
    let change = "mutation($kitchen: ID!, $cups: ID!) {
        bent: categoryUpdate(input: { categoryId: $kitchen, parentId: $cups }) { userErrors { code path } }
        top: categoryUpdate(input: { categoryId: $cups, parentId: null }) { category { parentId version } }
        full: categoryDelete(input: { categoryId: $cups }) { userErrors { code } }
        gone: categoryDelete(input: { categoryId: $kitchen }) { deletedId userErrors { code } } }";
    let changed = data(&door, change, &json!({ "kitchen": kitchen, "cups": cups["id"] })).await;
    assert_eq!(changed["bent"]["userErrors"][0]["code"], "validation_failed");
    assert_eq!(changed["top"]["category"], json!({ "parentId": null, "version": 2 }));
    assert_eq!(changed["full"]["userErrors"][0]["code"], "category_not_empty");
    assert_eq!(changed["gone"], json!({ "deletedId": kitchen, "userErrors": [] }));
}

#[tokio::test]
async fn collections_are_made_filled_read_and_taken_away() {
    let index = Arc::new(CatalogIndex::in_memory());
    let options = Options { dev: true, ..Options::default() };
    let door = Door::behind(|ports| ports.search = Some(index), |_| {}, options).await;
    for id in ["P1", "P2", "P3"] {
        door.product(id, 1000, None).await;
    }
    door.app.search.catch_up().await.unwrap();
    let create = "mutation($in: CollectionCreateInput!) { collectionCreate(input: $in) {
        collection { id handle kind sort published productsCount rule { match conditions { field relation value price { amount } } } }
        userErrors { code path } } }";
    let rule = json!({ "match": "ANY", "conditions": [
        { "field": "TITLE", "relation": "HAS", "value": "P3" },
        { "field": "PRICE", "relation": "AT_MOST", "price": { "amount": 999, "currency": "EUR" } }] });
    let made =
        data(&door, create, &json!({ "in": { "title": "Third", "rule": rule, "sort": "-price" } })).await;
    let ruled = made["collectionCreate"]["collection"].clone();
    assert_eq!(
        (&ruled["kind"], &ruled["sort"], &ruled["published"]),
        (&json!("BY_RULE"), &json!("-price"), &json!(true))
    );
    assert_eq!(ruled["rule"]["match"], "ANY");
    assert_eq!(
        ruled["rule"]["conditions"][0],
        json!({ "field": "TITLE", "relation": "HAS", "value": "P3", "price": null })
    );
    let made = data(&door, create, &json!({ "in": { "title": "Best", "productIds": ["P1"] } })).await;
    let id = made["collectionCreate"]["collection"]["id"].clone();
    let wrong = data(&door, create, &json!({ "in": { "title": "Best", "productIds": ["P9"] } })).await;
    assert_eq!(wrong["collectionCreate"]["userErrors"][0]["code"], "product_unknown");
    let add = "mutation($in: CollectionAddProductsInput!) { collectionAddProducts(input: $in) {
        collection { productsCount version } userErrors { code } } }";
    let more = json!({ "in": { "collectionId": id, "productIds": ["P3", "P2"], "position": 1, "expectedVersion": 1 } });
    let added = data(&door, add, &more).await["collectionAddProducts"].clone();
    assert_eq!(added["collection"], json!({ "productsCount": 3, "version": 2 }));
    assert_eq!(
        data(&door, add, &more).await["collectionAddProducts"]["userErrors"][0]["code"],
        "version_mismatch"
    );
    let read = "query($id: ID!) {
        collection(id: $id) { products(first: 2) { nodes { id } totalCount pageInfo { hasNextPage endCursor } } }
        third: collection(handle: \"third\") { products(first: 5) { nodes { id title } } }
        node(id: $id) { __typename ... on Collection { title } }
        collections(first: 5, filter: { published: true }) { nodes { title } totalCount } }";
    let shown = data(&door, read, &json!({ "id": id })).await;
    let page = &shown["collection"]["products"];
    assert_eq!((&page["nodes"], &page["totalCount"]), (&json!([{ "id": "P3" }, { "id": "P2" }]), &json!(3)));
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    assert_eq!(shown["third"]["products"]["nodes"], json!([{ "id": "P3", "title": "P3" }]));
    assert_eq!(shown["node"], json!({ "__typename": "Collection", "title": "Best" }));
    assert_eq!(
        shown["collections"],
        json!({ "nodes": [{ "title": "Best" }, { "title": "Third" }], "totalCount": 2 })
    );
    let many =
        super::ask(&door, "{ collections(first: 5) { nodes { products(first: 1) { nodes { id } } } } }")
            .await;
    assert_eq!(told(&many).0, "query_too_complex");
    let change = "mutation($id: ID!) {
        set: collectionSetProducts(input: { collectionId: $id, productIds: [\"P2\"] }) { collection { productsCount } }
        less: collectionRemoveProduct(input: { collectionId: $id, productId: \"P2\" }) { collection { productsCount } }
        named: collectionUpdate(input: { collectionId: $id, title: \"Better\" }) { collection { title version } }
        gone: collectionDelete(input: { collectionId: $id }) { deletedId userErrors { code } } }";
    let changed = data(&door, change, &json!({ "id": id })).await;
    assert_eq!(changed["set"]["collection"]["productsCount"], 1);
    assert_eq!(changed["less"]["collection"]["productsCount"], 0);
    assert_eq!(changed["named"]["collection"], json!({ "title": "Better", "version": 5 }));
    assert_eq!(changed["gone"], json!({ "deletedId": id, "userErrors": [] }));
    let none = data(&door, "query($id: ID!) { collection(id: $id) { id } }", &json!({ "id": id })).await;
    assert_eq!(none["collection"], Value::Null);
}
