//! Place orders, and ask for quotes.

use cucumber::{given, then, when};

use crate::gherkin::door::{OrderWish, Wanted};
use crate::gherkin::words::{Basket, Euro, Terms};
use crate::gherkin::world::Scene;

fn wish(scene: &Scene, basket: &Basket, terms: &Terms) -> OrderWish {
    let mut wish =
        OrderWish { customer_id: scene.customer_id.clone(), items: basket.0.clone(), ..OrderWish::default() };
    terms.write(&mut wish, scene.reservation_id.as_ref());
    wish
}

#[given("a valid customer")]
async fn valid_customer(scene: &mut Scene) {
    scene.customer_id = "C1".to_owned();
}

#[when("they place an order")]
async fn place(scene: &mut Scene) {
    let items = vec![Wanted { product: "P1".to_owned(), quantity: 1 }];
    let wish = OrderWish { customer_id: scene.customer_id.clone(), items, ..OrderWish::default() };
    scene.place(wish).await;
}

#[then("the order should be created")]
async fn created(scene: &mut Scene) {
    scene.ask();
    let order = scene.answers.last().unwrap().value.clone();
    assert!(order.order_id.starts_with("ord_"));
    assert_eq!(order.status, "created");
    scene.shop().work().await;
}

#[when(expr = "they order {basket}{terms}")]
async fn order(scene: &mut Scene, basket: Basket, terms: Terms) {
    let wish = wish(scene, &basket, &terms);
    scene.place(wish).await;
}

#[given(expr = "an order of {basket}{terms}")]
async fn an_order(scene: &mut Scene, basket: Basket, terms: Terms) {
    order(scene, basket, terms).await;
    scene.ask().work().await;
}

#[given(expr = "a paid order of {basket}")]
async fn a_paid_order(scene: &mut Scene, basket: Basket) {
    an_order(scene, basket, ", paying with \"tok_ok\"".parse().unwrap()).await;
    assert_eq!(scene.order().await.payment_status, "paid");
}

#[when(expr = "another customer buys {basket}")]
async fn another(scene: &mut Scene, basket: Basket) {
    let order = wish(scene, &basket, &", paying with \"tok_ok\"".parse().unwrap());
    scene.ask();
    scene.door().place(&OrderWish { customer_id: "C2".to_owned(), ..order }).await.unwrap();
    scene.shop().work().await;
}

#[when(expr = "they ask for a quote of {basket}")]
async fn quote(scene: &mut Scene, basket: Basket) {
    scene.ask();
    let answer = scene.door().quote(&basket.0).await;
    if let Some(quote) = scene.hear(answer) {
        let products = basket.0.into_iter().map(|wanted| wanted.product);
        scene.quoted = (quote.total_minor, products.zip(quote.short).collect());
    }
}

#[then(expr = "the quote says {money} in all")]
async fn quoted(scene: &mut Scene, total: Euro) {
    assert_eq!(scene.quoted.0, total.0);
}

#[then(expr = "the quote says that {string} can be had and {string} cannot")]
async fn quoted_stock(scene: &mut Scene, had: String, short: String) {
    assert_eq!(scene.quoted.1, [(had, false), (short, true)]);
}
