//! Pay, capture, void and refund.

use std::sync::Arc;

use cucumber::{given, then, when};

use crate::gherkin::door::{Act, Manners, PaymentWish};
use crate::gherkin::words::{Basket, Euro, Terms};
use crate::gherkin::world::Scene;

fn keyed(terms: &Terms) -> Manners {
    Manners { key: terms.key(), ..Manners::default() }
}

fn token(token: String) -> PaymentWish {
    PaymentWish { token: Some(token), ..PaymentWish::default() }
}

#[when(regex = r#"^the order is paid with "([^"]*)"((?:, under the key "[^"]*")?)$"#)]
async fn paid(scene: &mut Scene, means: String, terms: Terms) {
    scene.act_with(Act::Pay(token(means)), keyed(&terms)).await;
}

#[given(expr = "{money} of the order is paid with {string}")]
#[when(expr = "{money} of the order is paid with {string}")]
async fn paid_in_part(scene: &mut Scene, amount: Euro, means: String) {
    let part = PaymentWish { amount_minor: Some(amount.0), ..token(means) };
    scene.act(Act::Pay(part)).await;
}

#[when(expr = "the order is paid through {string}")]
async fn paid_through(scene: &mut Scene, gateway: String) {
    scene.act(Act::Pay(PaymentWish { gateway: Some(gateway), ..PaymentWish::default() })).await;
}

#[given(expr = "the payment is captured{terms}")]
#[when(expr = "the payment is captured{terms}")]
async fn captured(scene: &mut Scene, terms: Terms) {
    let payment_id = scene.payment_id().await;
    scene.act_with(Act::Capture { payment_id, amount_minor: None }, keyed(&terms)).await;
}

#[when(expr = "{money} of the payment is captured")]
async fn captured_in_part(scene: &mut Scene, amount: Euro) {
    let payment_id = scene.payment_id().await;
    scene.act(Act::Capture { payment_id, amount_minor: Some(amount.0) }).await;
}

#[when("the payment is voided")]
async fn voided(scene: &mut Scene) {
    let payment_id = scene.payment_id().await;
    scene.act(Act::Void { payment_id }).await;
}

#[when("the gateway is asked for the payment")]
async fn asked(scene: &mut Scene) {
    let payment_id = scene.payment_id().await;
    scene.act(Act::Sync { payment_id }).await;
}

#[when("the bank is asked and does not answer yet")]
async fn bank_asked(scene: &mut Scene) {
    scene.ask();
    let (door, order_id) = (Arc::clone(scene.door()), scene.order_id().to_owned());
    let act = Act::Sync { payment_id: scene.payment_id().await };
    let asking = async move { door.act(&order_id, &act, &Manners::default()).await };
    scene.under_way = Some(tokio::spawn(asking));
    scene.shop().bank.is_asked().await;
}

#[when("the bank answers that it took the money")]
async fn bank_answers(scene: &mut Scene) {
    scene.ask().bank.answer();
    let answer = scene.under_way.take().unwrap().await.unwrap();
    scene.hear(answer);
}

#[when("the order is refunded")]
async fn refunded(scene: &mut Scene) {
    scene.act(Act::Refund { amount_minor: None, items: Vec::new(), restock: false }).await;
}

#[when(expr = "{money} of the order is refunded{terms}")]
async fn refunded_in_part(scene: &mut Scene, amount: Euro, terms: Terms) {
    let act = Act::Refund { amount_minor: Some(amount.0), items: Vec::new(), restock: false };
    scene.act_with(act, keyed(&terms)).await;
}

#[when(expr = "{basket} of the order is/are refunded")]
async fn items_refunded(scene: &mut Scene, basket: Basket) {
    let items = scene.items(&basket.0).await;
    scene.act(Act::Refund { amount_minor: None, items, restock: false }).await;
}

#[when(expr = "{basket} of the order is/are refunded and restocked")]
async fn items_restocked(scene: &mut Scene, basket: Basket) {
    let items = scene.items(&basket.0).await;
    scene.act(Act::Refund { amount_minor: None, items, restock: true }).await;
}

async fn decides(scene: &mut Scene, approves: bool) {
    scene.ask();
    let answer = scene.door().buyer_decides(&scene.payment_id().await, approves).await;
    scene.hear(answer);
    scene.shop().work().await;
}

#[when("the buyer approves")]
async fn approves(scene: &mut Scene) {
    decides(scene, true).await;
}

#[given("the buyer declines")]
#[when("the buyer declines")]
async fn declines(scene: &mut Scene) {
    decides(scene, false).await;
}

#[then(expr = "the payment stands {word}")]
async fn stands(scene: &mut Scene, status: String) {
    assert_eq!(scene.order().await.payments.last().unwrap().status, status);
}

#[then("the payment is disputed")]
async fn disputed(scene: &mut Scene) {
    assert!(scene.order().await.payments.last().unwrap().disputed);
}

#[then(expr = "the payment failed with {string}")]
async fn failed(scene: &mut Scene, code: String) {
    let order = scene.order().await;
    let payment = order.payments.last().unwrap();
    assert_eq!((payment.status.as_str(), payment.failure_code.as_ref()), ("failed", Some(&code)));
}

#[then("the payment sends the buyer to a page")]
async fn page(scene: &mut Scene) {
    let order = scene.order().await;
    let payment = order.payments.last().unwrap();
    let expected = format!("http://127.0.0.1:8420/gateways/fake/pay/{}", payment.payment_id);
    assert_eq!(payment.page_url.as_ref(), Some(&expected));
}

#[then(expr = "the refund failed with {string}")]
async fn refund_failed(scene: &mut Scene, code: String) {
    let order = scene.order().await;
    let refund = order.refunds.last().unwrap();
    assert_eq!((refund.status.as_str(), refund.failure_code.as_ref()), ("failed", Some(&code)));
}

#[then(expr = "the gateway took {money} and gave back {money}")]
async fn moved(scene: &mut Scene, took: Euro, gave: Euro) {
    assert_eq!(scene.shop().moved_minor(), (took.0, gave.0));
}
