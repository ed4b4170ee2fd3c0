//! Given events, when a command, then events.
#![expect(clippy::needless_pass_by_value, reason = "a story reads better without references")]

mod cancel;
mod expire;
mod fulfill;
mod late;
mod past;
mod pay;
mod place;
mod refund;
mod returns;
mod settle;
mod shown;
mod stop;
mod walk;

use jiff::{SignedDuration, Timestamp};

use super::decide::{self, ItemRequest, LateMoney, PaymentRequest, PlaceOrder, TaxRequest};
use super::{Order, OrderEvent, Refusal};
use crate::payments::{CaptureMode, Failure, NextAction, OnFailure, Operation, Outcome};
use crate::{Currency, Fault, FulfillmentId, ItemId, Money, OrderId, PaymentId, RefundId, ReturnId};

/// 2026-11-22T13:00:00Z.
const START: Timestamp = Timestamp::constant(1_795_352_400, 0);
const TTL: SignedDuration = SignedDuration::from_mins(15);

fn item_id(name: &str) -> ItemId {
    ItemId::trusted(format!("li_{name}").into())
}
fn payment_id(name: &str) -> PaymentId {
    PaymentId::trusted(format!("pay_{name}").into())
}
fn refund_id(name: &str) -> RefundId {
    RefundId::trusted(format!("ref_{name}").into())
}
fn return_id(name: &str) -> ReturnId {
    ReturnId::trusted(format!("ret_{name}").into())
}
fn parcel(name: &str) -> FulfillmentId {
    FulfillmentId::trusted(format!("ful_{name}").into())
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

/// `quantity` units of something that costs `price` minor units.
fn item(name: &str, price: i64, quantity: i64, code: &str) -> ItemRequest {
    ItemRequest {
        item_id: item_id(name),
        product_id: crate::ProductId::trusted(format!("P-{name}").into()),
        variant_id: crate::VariantId::trusted(format!("V-{name}").into()),
        sku: name.to_uppercase(),
        title: name.to_owned(),
        variant_title: "Default".to_owned(),
        unit_price: Money { amount: price, currency: currency(code) },
        quantity,
        tax: TaxRequest::default(),
        location_id: crate::LocationId::trusted("main".into()),
        tracked: name != "card",
        requires_shipping: true,
        metadata: crate::Metadata::new(),
    }
}

fn order_of(items: Vec<ItemRequest>) -> PlaceOrder {
    PlaceOrder {
        order_id: OrderId::trusted("ord_1".into()),
        customer_id: None,
        contact: None,
        reference: None,
        currency: items.first().map_or(currency("EUR"), |i| i.unit_price.currency),
        items,
        shipping: None,
        discounts: Vec::new(),
        payment: None,
        reservation_id: None,
        reservation_ttl: TTL,
        tags: Vec::new(),
        metadata: crate::Metadata::new(),
    }
}

fn payment(name: &str, amount: Option<i64>, capture: CaptureMode) -> PaymentRequest {
    PaymentRequest {
        payment_id: payment_id(name),
        gateway: "fake".to_owned(),
        token: Some("tok_ok".to_owned()),
        capture,
        on_failure: OnFailure::Keep,
        amount,
    }
}

fn ok() -> Outcome {
    Outcome::Succeeded { transaction_id: "tx".to_owned() }
}
fn declined() -> Outcome {
    let message = "the card was declined".to_owned();
    Outcome::Declined(Failure { code: "card_declined".to_owned(), message, retryable: true })
}
fn unknown() -> Outcome {
    Outcome::Unknown { reason: "timeout".to_owned() }
}
fn to_buyer() -> Outcome {
    Outcome::RequiresAction(NextAction::at("https://bank.example/3ds", START + TTL))
}
fn returned() -> LateMoney {
    LateMoney::Return(refund_id("late"))
}

fn names(events: &[OrderEvent]) -> Vec<&'static str> {
    events.iter().map(OrderEvent::name).collect()
}

/// An order, everything that happened to it, and what the last command decided.
#[derive(Clone, Debug)]
struct Story {
    order: Order,
    log: Vec<(OrderEvent, Timestamp)>,
    last: Vec<OrderEvent>,
    now: Timestamp,
}

impl Story {
    fn of(request: PlaceOrder) -> Self {
        let events = decide::place(request, START).unwrap();
        let log: Vec<_> = events.iter().map(|event| (event.clone(), START)).collect();
        Self { order: Order::fold(&log).unwrap(), log, last: events, now: START }
    }

    /// Two mugs at EUR 5.00 and a tee at EUR 10.00: EUR 20.00 in all.
    fn placed() -> Self {
        Self::of(order_of(vec![item("mug", 500, 2, "EUR"), item("tee", 1000, 1, "EUR")]))
    }

    /// The same, paid at once.
    fn paid() -> Self {
        Self::placed().pay("1", None).hear("1", Operation::Charge, ok())
    }

    /// The same, secured and not taken.
    fn authorized() -> Self {
        Self::placed().authorize("1", None).hear("1", Operation::Authorize, ok())
    }

    fn try_to(
        &self,
        decide: impl FnOnce(&Order, Timestamp) -> Result<Vec<OrderEvent>, Refusal>,
    ) -> Result<Vec<OrderEvent>, Refusal> {
        decide(&self.order, self.now)
    }

    fn when(mut self, decide: impl FnOnce(&Order, Timestamp) -> Result<Vec<OrderEvent>, Refusal>) -> Self {
        self.now += SignedDuration::from_secs(1);
        self.last = self.try_to(decide).unwrap();
        self.order = self.order.after(&self.last, self.now);
        self.log.extend(self.last.iter().map(|event| (event.clone(), self.now)));
        self
    }

    #[track_caller]
    fn then(self, expected: &[&str]) -> Self {
        assert_eq!(names(&self.last), expected);
        self
    }

    /// `order · payment · fulfillment`.
    #[track_caller]
    fn stands(self, expected: &str) -> Self {
        let order = &self.order;
        let (paid, shipped) = (super::payment_status(order), super::fulfillment_status(order));
        let found = format!("{} · {} · {}", order.status.as_str(), paid.as_str(), shipped.as_str());
        assert_eq!(found, expected);
        self
    }

    /// Units kept for the mugs and the tee.
    #[track_caller]
    fn keeps(self, mugs: i64, tees: i64) -> Self {
        let kept = |name: &str| self.order.item(&item_id(name)).unwrap().reserved;
        assert_eq!((kept("mug"), kept("tee")), (mugs, tees));
        self
    }

    fn pay(self, name: &str, amount: Option<i64>) -> Self {
        let request = payment(name, amount, CaptureMode::Automatic);
        self.when(|order, at| decide::start_payment(order, request, at))
    }

    fn authorize(self, name: &str, amount: Option<i64>) -> Self {
        let request = payment(name, amount, CaptureMode::Manual);
        self.when(|order, at| decide::start_payment(order, request, at))
    }

    /// The gateway answers the latest call of this operation; late money goes back.
    fn hear(self, name: &str, operation: Operation, outcome: Outcome) -> Self {
        self.hear_late(name, operation, outcome, returned())
    }

    fn hear_late(self, name: &str, operation: Operation, outcome: Outcome, late: LateMoney) -> Self {
        let id = payment_id(name);
        let n = self.order.payment(&id).map_or(1, |p| p.next_try(operation) - 1);
        self.when(|order, at| decide::settle(order, &id, (operation, n), &outcome, &late, at))
    }

    fn hear_refund(self, name: &str, outcome: Outcome) -> Self {
        self.when(|order, at| decide::refund_settled(order, &refund_id(name), &outcome, at))
    }

    fn capture(self, name: &str, amount: Option<i64>) -> Self {
        self.when(|order, at| decide::capture(order, &payment_id(name), amount, at))
    }

    fn void(self, name: &str) -> Self {
        self.when(|order, at| decide::void(order, &payment_id(name), at))
    }

    fn cancel(self) -> Self {
        let ids = (1..).map(|n| refund_id(&format!("c{n}")));
        self.when(|order, at| decide::cancel(order, Some("customer asked".to_owned()), ids, at))
    }

    fn sweep_at_end(self) -> Self {
        let end = START + TTL;
        let mut story = Self { now: end, ..self };
        story = story.when(|order, at| Ok(decide::expire(order, at)));
        story
    }

    fn fulfill(self, name: &str, lines: &[(&str, i64)]) -> Self {
        let request = fulfillment(name, lines);
        self.when(|order, at| decide::create_fulfillment(order, request, at))
    }

    fn ship(self, name: &str) -> Self {
        self.when(|order, at| decide::ship(order, &parcel(name), None, at))
    }

    fn deliver(self, name: &str) -> Self {
        self.when(|order, at| decide::deliver(order, &parcel(name), at))
    }
}

fn fulfillment(name: &str, lines: &[(&str, i64)]) -> decide::FulfillmentRequest {
    decide::FulfillmentRequest {
        fulfillment_id: parcel(name),
        lines: lines.iter().map(|(item, units)| (item_id(item), *units)).collect(),
        tracking: super::Tracking::default(),
    }
}

/// Pointers and codes of the faults.
fn faults(result: Result<Vec<OrderEvent>, Vec<Fault>>) -> Vec<(String, &'static str)> {
    result.unwrap_err().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
}

/// The pointer of an invalid request.
#[track_caller]
fn pointer(result: Result<Vec<OrderEvent>, Refusal>) -> String {
    match result {
        Err(Refusal::Invalid { faults }) => faults.first().unwrap().pointer.clone(),
        other => panic!("{other:?} is not an invalid request"),
    }
}

#[track_caller]
fn is_transition(result: Result<Vec<OrderEvent>, Refusal>) -> Vec<&'static str> {
    match result {
        Err(Refusal::Transition { allowed, .. }) => allowed,
        other => panic!("{other:?} is not a refused transition"),
    }
}
