//! Products.

use cucumber::{given, then, when};

use crate::gherkin::door::ProductWish;
use crate::gherkin::words::Euro;
use crate::gherkin::world::Scene;

fn wish(product_id: &str, price: Euro) -> ProductWish {
    ProductWish { product_id: product_id.to_owned(), price_minor: price.0, ..ProductWish::default() }
}

async fn put(scene: &mut Scene, wish: ProductWish) {
    scene.ask();
    let answer = scene.door().put_product(&wish).await;
    if let Some(product) = scene.hear(answer) {
        scene.variants.entry(product.product_id).or_insert(product.variant_id);
    }
}

#[given(expr = "a product {string} at {money} with {int} in stock")]
#[when(expr = "{string} is put at {money} with {int} in stock")]
async fn with_stock(scene: &mut Scene, id: String, price: Euro, stock: i64) {
    put(scene, ProductWish { stock: Some(stock), ..wish(&id, price) }).await;
    scene.shop().work().await;
}

#[given(expr = "a product {string} at {money} with {int} in stock and the SKU {string}")]
async fn with_sku(scene: &mut Scene, id: String, price: Euro, stock: i64, sku: String) {
    put(scene, ProductWish { stock: Some(stock), sku: Some(sku), ..wish(&id, price) }).await;
    scene.shop().work().await;
}

#[given(expr = "a product {string} at {money} with {int} in stock that may be oversold")]
async fn oversold(scene: &mut Scene, id: String, price: Euro, stock: i64) {
    put(scene, ProductWish { stock: Some(stock), oversell: true, ..wish(&id, price) }).await;
    scene.shop().work().await;
}

#[given(expr = "a product {string} at {money} that never runs out")]
async fn untracked(scene: &mut Scene, id: String, price: Euro) {
    put(scene, ProductWish { untracked: true, ..wish(&id, price) }).await;
}

#[when(expr = "{string} is put at {money}")]
#[when(expr = "a product {string} is put at {money}")]
async fn without_stock(scene: &mut Scene, id: String, price: Euro) {
    put(scene, wish(&id, price)).await;
}

#[when(expr = "a product {string} is put at {money} with the SKU {string}")]
async fn put_with_sku(scene: &mut Scene, id: String, price: Euro, sku: String) {
    put(scene, ProductWish { sku: Some(sku), ..wish(&id, price) }).await;
}

#[when(expr = "a product {string} is put at {money} with the handle {string}")]
async fn put_with_handle(scene: &mut Scene, id: String, price: Euro, handle: String) {
    put(scene, ProductWish { handle: Some(handle), ..wish(&id, price) }).await;
}

#[given(expr = "{string} is archived")]
#[when(expr = "{string} is archived")]
async fn archived(scene: &mut Scene, id: String) {
    scene.ask();
    let answer = scene.door().set_for_sale(&id, false).await;
    scene.hear(answer);
}

#[when(expr = "{string} is published")]
async fn published(scene: &mut Scene, id: String) {
    scene.ask();
    let answer = scene.door().set_for_sale(&id, true).await;
    scene.hear(answer);
}

#[when(expr = "the products {string} are read")]
async fn read(scene: &mut Scene, ids: String) {
    let ids: Vec<String> = ids.split(", ").map(str::to_owned).collect();
    scene.ask();
    let answer = scene.door().products(&ids).await;
    scene.shown = scene.hear(answer).unwrap_or_default();
}

#[then(expr = "these are shown: {string}")]
async fn shown(scene: &mut Scene, ids: String) {
    let shown: Vec<&str> = scene.shown.0.iter().map(|product| product.product_id.as_str()).collect();
    assert_eq!(shown.join(", "), ids);
}

#[then(expr = "these are missing: {string}")]
async fn missing(scene: &mut Scene, ids: String) {
    assert_eq!(scene.shown.1.join(", "), ids);
}

#[then(expr = "{string} is the product {string}")]
async fn is_product(scene: &mut Scene, name: String, id: String) {
    assert_eq!(scene.door().product(&name).await.unwrap().value.product_id, id);
}

#[then(expr = "there is no product {string}")]
async fn no_product(scene: &mut Scene, id: String) {
    assert_eq!(scene.door().product(&id).await.unwrap_err().code, "not_found");
}

#[then(expr = "{string} costs {money}")]
async fn costs(scene: &mut Scene, id: String, price: Euro) {
    assert_eq!(scene.door().product(&id).await.unwrap().value.price_minor, price.0);
}

#[then(expr = "{string} has the same variant as before")]
async fn same_variant(scene: &mut Scene, id: String) {
    assert_eq!(scene.variant_id(&id).await, scene.variants[&id]);
}

#[then(expr = "{string} is not for sale")]
async fn not_for_sale(scene: &mut Scene, id: String) {
    assert_eq!(scene.door().product(&id).await.unwrap().value.status, "archived");
}
