//! Goods that come back.

use cucumber::{given, then, when};

use crate::gherkin::door::Act;
use crate::gherkin::words::{Basket, Euro};
use crate::gherkin::world::Scene;

async fn last(scene: &Scene) -> String {
    scene.order().await.returns.last().expect("no return was asked for").return_id.clone()
}

#[given(expr = "a return of {basket} of the order is asked for")]
#[when(expr = "a return of {basket} of the order is asked for")]
async fn asked(scene: &mut Scene, basket: Basket) {
    let items = scene.items(&basket.0).await;
    scene.act(Act::AskReturn { items, reason: Some("too small".to_owned()) }).await;
}

#[when("a return of all that is with the customer is asked for")]
async fn asked_for_all(scene: &mut Scene) {
    scene.act(Act::AskReturn { items: Vec::new(), reason: None }).await;
}

#[given("the return is approved")]
#[when("the return is approved")]
async fn approved(scene: &mut Scene) {
    let return_id = last(scene).await;
    scene.act(Act::ApproveReturn { return_id }).await;
}

#[given(expr = "{basket} of the return come(s) back {word}")]
#[when(expr = "{basket} of the return come(s) back {word}")]
async fn received(scene: &mut Scene, basket: Basket, condition: String) {
    let (return_id, items) = (last(scene).await, scene.items(&basket.0).await);
    scene.act(Act::ReceiveReturn { return_id, items, condition }).await;
}

#[when(expr = "the return is rejected because {string}")]
async fn rejected(scene: &mut Scene, reason: String) {
    let return_id = last(scene).await;
    scene.act(Act::RejectReturn { return_id, reason }).await;
}

#[when("the return is closed")]
async fn closed(scene: &mut Scene) {
    let return_id = last(scene).await;
    scene.act(Act::CloseReturn { return_id }).await;
}

#[when("the return is refunded")]
async fn refunded(scene: &mut Scene) {
    let return_id = last(scene).await;
    scene.act(Act::RefundReturn { return_id, amount_minor: None }).await;
}

#[when(expr = "the return is refunded with {money}")]
async fn refunded_in_part(scene: &mut Scene, amount: Euro) {
    let return_id = last(scene).await;
    scene.act(Act::RefundReturn { return_id, amount_minor: Some(amount.0) }).await;
}

#[then(expr = "the return is {word}")]
async fn stands(scene: &mut Scene, status: String) {
    assert_eq!(scene.order().await.returns.last().unwrap().status, status);
}
