//! What an order shows.

use cucumber::gherkin::Step;
use cucumber::then;

use crate::gherkin::door::{AsOf, Order};
use crate::gherkin::words::Euro;
use crate::gherkin::world::Scene;

fn statuses(order: &Order) -> (&str, &str, &str) {
    (&order.status, &order.payment_status, &order.fulfillment_status)
}

#[then(expr = "the order is {word}, {word} and {word}")]
async fn is(scene: &mut Scene, status: String, payment: String, fulfillment: String) {
    let order = scene.order().await;
    assert_eq!(statuses(&order), (status.as_str(), payment.as_str(), fulfillment.as_str()));
}

#[then(expr = "{string} is {word}, {word} and {word}")]
async fn other_is(scene: &mut Scene, name: String, status: String, payment: String, fulfillment: String) {
    let order = scene.read(&name).await;
    assert_eq!(statuses(&order), (status.as_str(), payment.as_str(), fulfillment.as_str()));
}

#[then(expr = "{string} is the order")]
async fn is_named(scene: &mut Scene, name: String) {
    assert_eq!(scene.read(&name).await.order_id, scene.order_id());
}

#[then(expr = "the answer shows the order as {word}")]
async fn answered_as(scene: &mut Scene, status: String) {
    scene.ask();
    assert_eq!(scene.answers.last().unwrap().value.status, status);
}

#[then(expr = "the order is of customer {string}")]
async fn is_of(scene: &mut Scene, customer: String) {
    assert_eq!(scene.order().await.customer_id, Some(customer));
}

#[then(expr = "{money} is paid, {money} refunded and {money} due")]
async fn sums(scene: &mut Scene, paid: Euro, refunded: Euro, due: Euro) {
    let order = scene.order().await;
    let sums = (order.paid_minor, order.refunded_minor, order.due_minor);
    assert_eq!(sums, (paid.0, refunded.0, due.0), "paid, refunded, due");
}

#[then(
    expr = "of {string} {int} are ordered, {int} canceled, {int} fulfilled, {int} returned and {int} open"
)]
async fn quantities(
    scene: &mut Scene,
    product: String,
    ordered: i64,
    canceled: i64,
    fulfilled: i64,
    returned: i64,
    open: i64,
) {
    let item = scene.item(&product).await;
    let units = [item.ordered, item.canceled, item.fulfilled, item.returned, item.open];
    assert_eq!(units, [ordered, canceled, fulfilled, returned, open]);
}

#[then(expr = "there is/are {int} order(s)")]
async fn number_of(scene: &mut Scene, count: usize) {
    assert_eq!(scene.door().orders().await.unwrap().value.len(), count);
}

#[then("the numbers of the orders follow each other")]
async fn numbers(scene: &mut Scene) {
    let orders = scene.door().orders().await.unwrap().value;
    let numbers: Vec<u64> = orders.iter().map(|order| order.number).collect();
    assert_eq!(numbers, (1..).take(numbers.len()).collect::<Vec<u64>>());
}

#[then("the shipper was told of the order")]
async fn told(scene: &mut Scene) {
    assert_eq!(scene.shop().shipper.told_of(scene.order().await.number), 1);
}

#[then(expr = "the order is held for {string}")]
async fn held(scene: &mut Scene, code: String) {
    assert_eq!(scene.order().await.holds, [code]);
}

#[then("the order is not held")]
async fn not_held(scene: &mut Scene) {
    assert!(scene.order().await.holds.is_empty());
}

#[then(expr = "the parcel is {word} with {string} as {string}")]
async fn parcel(scene: &mut Scene, status: String, carrier: String, number: String) {
    let order = scene.order().await;
    let parcel = order.fulfillments.last().unwrap();
    assert_eq!(parcel.status, status);
    assert_eq!((parcel.carrier.as_ref(), parcel.number.as_ref()), (Some(&carrier), Some(&number)));
}

#[then(expr = "explain says of {string}: {string}")]
async fn explained(scene: &mut Scene, check: String, detail: String) {
    let checks = scene.door().explain(scene.order_id()).await.unwrap().value;
    let (_, _, found) = checks.iter().find(|(name, ..)| *name == check).expect("no such check");
    assert!(found.contains(&detail), "it says: {found}");
}

#[then(expr = "these may be done next: {string}")]
async fn next(scene: &mut Scene, actions: String) {
    let order = scene.order().await;
    let enabled = order.next_actions.iter().filter(|(_, reason)| reason.is_none());
    assert_eq!(enabled.map(|(action, _)| action.as_str()).collect::<Vec<_>>().join(", "), actions);
}

#[then(expr = "{string} is disabled because {string}")]
async fn disabled(scene: &mut Scene, action: String, why: String) {
    let order = scene.order().await;
    let (_, reason) = order.next_actions.iter().find(|(name, _)| *name == action).expect("no such action");
    assert!(reason.as_ref().is_some_and(|reason| reason.contains(&why)), "because {reason:?}");
}

#[then("the events of the order are:")]
async fn events(scene: &mut Scene, step: &Step) {
    let expected: Vec<&String> = step.table.as_ref().unwrap().rows.iter().flatten().collect();
    let events = scene.door().events(Some(scene.order_id())).await.unwrap().value;
    assert_eq!(events.iter().collect::<Vec<_>>(), expected);
}

async fn was(scene: &Scene, at: AsOf, expected: (String, String, String)) {
    let order = scene.door().order_at(scene.order_id(), &at).await.unwrap().value;
    let (status, payment, fulfillment) = &expected;
    assert_eq!(statuses(&order), (status.as_str(), payment.as_str(), fulfillment.as_str()));
}

async fn was_not(scene: &Scene, at: AsOf) {
    assert_eq!(scene.door().order_at(scene.order_id(), &at).await.unwrap_err().code, "not_found");
}

#[then(expr = "as of version {int} the order was {word}, {word} and {word}")]
async fn was_at_version(
    scene: &mut Scene,
    version: u64,
    status: String,
    payment: String,
    fulfillment: String,
) {
    was(scene, AsOf::Version(version), (status, payment, fulfillment)).await;
}

#[then(expr = "as of version {int} there was no order")]
async fn was_not_at_version(scene: &mut Scene, version: u64) {
    was_not(scene, AsOf::Version(version)).await;
}

#[then(expr = "as of {int} minute(s) ago the order was {word}, {word} and {word}")]
async fn was_ago(scene: &mut Scene, minutes: i64, status: String, payment: String, fulfillment: String) {
    was(scene, AsOf::Time(scene.shop().ago(minutes)), (status, payment, fulfillment)).await;
}

#[then(expr = "as of {int} minute(s) ago there was no order")]
async fn was_not_ago(scene: &mut Scene, minutes: i64) {
    was_not(scene, AsOf::Time(scene.shop().ago(minutes))).await;
}
