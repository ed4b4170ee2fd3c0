use super::*;
use crate::inventory::Reason;
use crate::orders::decide::{PastOrder, PastParcel, PastPayment, PastRefund, past_refund, record};
use crate::orders::{EXACT_PRICE, OrderStatus, stock_changes};

/// So many minutes after the start.
fn at(minutes: i64) -> Timestamp {
    START + SignedDuration::from_mins(minutes)
}

fn bare() -> PastOrder {
    let order = order_of(vec![item("mug", 500, 2, "EUR"), item("tee", 1000, 1, "EUR")]);
    PastOrder { order, placed_at: START, payment: None, parcel: None, canceled: None, refund: None }
}

fn taken(minutes: i64) -> PastPayment {
    let (payment_id, transaction_id) = (payment_id("1"), "old-1".to_owned());
    PastPayment { payment_id, amount: None, captured: true, at: at(minutes), transaction_id }
}

fn sent(minutes: i64) -> PastParcel {
    PastParcel { fulfillment_id: parcel("1"), lines: Vec::new(), at: at(minutes), delivered: true }
}

fn given_back(amount: i64, lines: Vec<(ItemId, i64)>) -> PastRefund {
    let (refund_id, transaction_id) = (refund_id("1"), "C1".to_owned());
    PastRefund { refund_id, amount, lines, at: at(9), reason: None, transaction_id }
}

fn told(past: PastOrder) -> (Vec<&'static str>, Vec<(OrderEvent, Timestamp)>) {
    let events = record(past).unwrap();
    (events.iter().map(|(event, _)| event.name()).collect(), events)
}

#[test]
fn what_was_paid_and_sent_is_completed_at_its_own_times() {
    let (names, events) = told(PastOrder { payment: Some(taken(5)), parcel: Some(sent(7)), ..bare() });
    let story = [
        "OrderPlaced",
        "PaymentStarted",
        "PaymentProcessed",
        "OrderConfirmed",
        "FulfillmentCreated",
        "FulfillmentShipped",
        "FulfillmentDelivered",
        "OrderCompleted",
    ];
    assert_eq!(names, story);
    let order = Order::fold(&events).unwrap();
    assert_eq!((order.confirmed_at, order.ended_at), (Some(at(5)), Some(at(7))));
    let plain: Vec<OrderEvent> = events.into_iter().map(|(event, _)| event).collect();
    assert_eq!(stock_changes(&plain), [], "no stock of ours was moved: {:?}", Reason::Sold);
}

#[test]
fn times_never_decrease_whatever_the_clocks_said() {
    let (_, events) = told(PastOrder { payment: Some(taken(-30)), parcel: Some(sent(-60)), ..bare() });
    assert!(events.iter().map(|(_, at)| at).is_sorted());
    assert_eq!(events.last().unwrap().1, START);
}

#[test]
fn an_open_order_stays_open_and_a_canceled_one_is_refunded() {
    assert_eq!(told(bare()).0, ["OrderPlaced"]);
    let refund = Some(given_back(2000, Vec::new()));
    let past = PastOrder { payment: Some(taken(1)), canceled: Some((at(3), None)), refund, ..bare() };
    let order = Order::fold(&told(past).1).unwrap();
    assert_eq!((order.status, order.refunded()), (OrderStatus::Canceled, 2000));
}

#[test]
fn more_than_was_paid_or_sent_does_not_go_back() {
    let order =
        Order::fold(&told(PastOrder { payment: Some(taken(1)), parcel: Some(sent(2)), ..bare() }).1).unwrap();
    let two = past_refund(&order, &given_back(1000, vec![(item_id("mug"), 2)])).unwrap();
    assert_eq!(names(&two), ["RefundStarted", "RefundSucceeded"]);
    let after = order.after(&two, at(9));
    assert_eq!(after.item(&item_id("mug")).unwrap().returned, 2);
    assert_eq!(
        past_refund(&after, &given_back(1000, Vec::new())).unwrap(),
        [],
        "one that is known is made once"
    );
    past_refund(&order, &given_back(1, vec![(item_id("mug"), 3)])).unwrap_err();
    past_refund(&order, &given_back(2001, Vec::new())).unwrap_err();
    past_refund(&order, &given_back(0, Vec::new())).unwrap_err();
    let faults = record(PastOrder { refund: Some(given_back(1, Vec::new())), ..bare() }).unwrap_err();
    assert_eq!(faults[0].pointer, "/refund", "nothing was paid");
}

#[test]
fn a_price_with_more_decimals_is_rounded_once_for_its_line() {
    let mut past = bare();
    past.order.items[0].quantity = 1000;
    past.order.items[0].unit_price.amount = 1;
    past.order.items[0].metadata.insert(EXACT_PRICE.to_owned(), "0.0125".to_owned());
    let order = Order::fold(&told(past).1).unwrap();
    assert_eq!((order.items[0].total, order.totals.total), (1250, 2250));
}
