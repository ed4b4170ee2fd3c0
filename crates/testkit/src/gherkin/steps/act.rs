//! Cancel, hold, ship, confirm and release.

use cucumber::{given, when};

use crate::gherkin::door::{Act, Manners};
use crate::gherkin::words::Basket;
use crate::gherkin::world::Scene;

fn cancel() -> Act {
    Act::Cancel { reason: None, refund: true, items: Vec::new() }
}

#[given("the order is canceled")]
#[when("the order is canceled")]
async fn canceled(scene: &mut Scene) {
    scene.act(cancel()).await;
}

#[when(expr = "the order is canceled because {string}")]
async fn canceled_because(scene: &mut Scene, reason: String) {
    scene.act(Act::Cancel { reason: Some(reason), refund: true, items: Vec::new() }).await;
}

#[when("the order is canceled without a refund")]
async fn canceled_without_refund(scene: &mut Scene) {
    scene.act(Act::Cancel { reason: None, refund: false, items: Vec::new() }).await;
}

#[when(expr = "the order is canceled, if it is still at version {int}")]
async fn canceled_at(scene: &mut Scene, version: u64) {
    scene.act_with(cancel(), Manners { if_match: Some(version), ..Manners::default() }).await;
}

#[when(expr = "{basket} of the order is/are canceled")]
async fn items_canceled(scene: &mut Scene, basket: Basket) {
    let items = scene.items(&basket.0).await;
    scene.act(Act::Cancel { reason: None, refund: true, items }).await;
}

#[given("the order is confirmed on its terms")]
#[when("the order is confirmed on its terms")]
async fn confirmed(scene: &mut Scene) {
    scene.act(Act::Confirm).await;
}

#[when("the order is released")]
async fn released(scene: &mut Scene) {
    scene.act(Act::Release).await;
}

#[given(expr = "the order is held for {string} because {string}")]
#[when(expr = "the order is held for {string} because {string}")]
async fn held(scene: &mut Scene, code: String, reason: String) {
    scene.act(Act::Hold { code, reason }).await;
}

#[when(expr = "the hold {string} is released")]
async fn unheld(scene: &mut Scene, code: String) {
    scene.act(Act::Unhold { code }).await;
}

#[given(expr = "{basket} of the order has/have shipped")]
#[when(expr = "{basket} of the order ship(s)")]
async fn shipped(scene: &mut Scene, basket: Basket) {
    let items = scene.items(&basket.0).await;
    scene.act(Act::Fulfill { items, ship: true }).await;
}

#[given(expr = "a parcel of {basket} of the order is planned")]
#[when(expr = "a parcel of {basket} of the order is planned")]
async fn planned(scene: &mut Scene, basket: Basket) {
    let items = scene.items(&basket.0).await;
    scene.act(Act::Fulfill { items, ship: false }).await;
}

async fn parcel(scene: &Scene) -> String {
    scene.order().await.fulfillments.last().expect("no parcel was planned").fulfillment_id.clone()
}

#[when(expr = "the parcel ships with {string} as {string}")]
async fn parcel_ships(scene: &mut Scene, carrier: String, number: String) {
    let fulfillment_id = parcel(scene).await;
    scene.act(Act::Ship { fulfillment_id, carrier, number }).await;
}

#[when("the parcel is called off")]
async fn parcel_called_off(scene: &mut Scene) {
    let fulfillment_id = parcel(scene).await;
    scene.act(Act::CancelFulfillment { fulfillment_id }).await;
}

#[when("every parcel is delivered")]
async fn delivered(scene: &mut Scene) {
    for parcel in scene.order().await.fulfillments {
        scene.act(Act::Deliver { fulfillment_id: parcel.fulfillment_id }).await;
    }
}
