//! Stock: levels, counts, thresholds and reservations.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};

use crate::gherkin::door::{Level, ReservationAct, StockWish};
use crate::gherkin::words::Basket;
use crate::gherkin::world::Scene;

async fn adjust(scene: &mut Scene, product: &str, wish: StockWish) {
    scene.ask();
    let variant_id = scene.variant_id(product).await;
    let answer = scene.door().adjust(&StockWish { variant_id, ..wish }).await;
    scene.hear(answer);
    scene.shop().work().await;
}

#[then(expr = "{string} has {int} on hand, {int} reserved, {int} available")]
async fn level(scene: &mut Scene, product: String, on_hand: i64, reserved: i64, available: i64) {
    let variant_id = scene.variant_id(&product).await;
    let level = scene.door().level(&variant_id).await.unwrap().value;
    assert_eq!(level, Level { on_hand, reserved, available });
}

#[given(expr = "{string} is to be reordered at {int}")]
async fn reorder(scene: &mut Scene, product: String, point: i64) {
    adjust(scene, &product, StockWish { reorder_point: Some(point), ..StockWish::default() }).await;
}

#[given(expr = "{string} has a safety stock of {int}")]
async fn safety(scene: &mut Scene, product: String, units: i64) {
    adjust(scene, &product, StockWish { safety_stock: Some(units), ..StockWish::default() }).await;
}

#[when(expr = "{int} {string} are counted")]
async fn counted(scene: &mut Scene, units: i64, product: String) {
    adjust(scene, &product, StockWish { set_to: Some(units), ..StockWish::default() }).await;
}

#[when(expr = "{int} {string} are counted where {int} were expected")]
async fn counted_where(scene: &mut Scene, units: i64, product: String, expected: i64) {
    let wish = StockWish { set_to: Some(units), expected_on_hand: Some(expected), ..StockWish::default() };
    adjust(scene, &product, wish).await;
}

#[then(expr = "the stock events are:")]
async fn events(scene: &mut Scene, step: &Step) {
    let expected: Vec<&String> = step.table.as_ref().unwrap().rows.iter().flatten().collect();
    let events = scene.door().events(None).await.unwrap().value;
    let crossed = ["inventory.low", "inventory.out_of_stock", "inventory.back_in_stock"];
    let told: Vec<&String> = events.iter().filter(|kind| crossed.contains(&kind.as_str())).collect();
    assert_eq!(told, expected);
}

#[given(expr = "{basket} is/are reserved for {int} minutes")]
#[when(expr = "{basket} is/are reserved for {int} minutes")]
async fn reserved(scene: &mut Scene, basket: Basket, minutes: i64) {
    scene.ask();
    let answer = scene.door().reserve(&basket.0, minutes).await;
    if let Some(reservation) = scene.hear(answer) {
        scene.reservation_id = Some(reservation.reservation_id);
    }
    scene.shop().work().await;
}

async fn reservation(scene: &mut Scene, then: ReservationAct) -> Option<String> {
    let id = scene.reservation_id.clone().unwrap();
    let answer = scene.door().reservation(&id, &then).await;
    let status = scene.hear(answer).map(|reservation| reservation.status);
    scene.shop().work().await;
    status
}

#[when(expr = "the reservation is kept for another {int} minutes")]
async fn extended(scene: &mut Scene, minutes: i64) {
    scene.ask();
    reservation(scene, ReservationAct::Extend { minutes }).await;
}

#[when(expr = "the reservation is given back")]
async fn released(scene: &mut Scene) {
    scene.ask();
    reservation(scene, ReservationAct::Release).await;
}

#[then(expr = "the reservation is {word}")]
async fn is(scene: &mut Scene, status: String) {
    assert_eq!(reservation(scene, ReservationAct::Look).await, Some(status));
}
