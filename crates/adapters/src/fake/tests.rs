mod file;
mod shared;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_app::ports::{Clock, GatewayCall, PaymentGateway};
use sutler_domain::payments::{Operation, Outcome, gateway_key};
use sutler_domain::{Currency, Money, OrderId, PaymentId};
use uuid::Uuid;

use super::FakeGateway;

/// A clock whose sleepers push it on.
struct Pushed(Mutex<Timestamp>);

#[async_trait::async_trait]
impl Clock for Pushed {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
    async fn sleep(&self, duration: std::time::Duration) {
        let mut now = self.0.lock();
        *now += duration;
    }
}

fn gateway() -> (FakeGateway, Arc<Pushed>) {
    let clock = Arc::new(Pushed(Mutex::new(Timestamp::UNIX_EPOCH)));
    (FakeGateway::new(clock.clone(), "https://shop.example.com"), clock)
}

fn call(token: &str, operation: Operation, amount: i64, n: u32) -> GatewayCall {
    let payment_id = PaymentId::new(Uuid::from_u128(7));
    GatewayCall {
        key: gateway_key(&payment_id, operation, n),
        operation,
        payment_id,
        order_id: OrderId::new(Uuid::from_u128(8)),
        amount: Money { amount, currency: Currency::parse("EUR").unwrap() },
        token: Some(token.to_owned()),
        transaction_id: None,
        started_at: Timestamp::UNIX_EPOCH,
    }
}

fn succeeded(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Succeeded { .. })
}

fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Declined(failure) => &failure.code,
        other => panic!("{other:?} is no refusal"),
    }
}

#[tokio::test]
async fn a_repeated_key_takes_effect_once() {
    let (gateway, _) = gateway();
    let charge = call("tok_ok", Operation::Charge, 1000, 1);
    let first = gateway.call(&charge).await;
    assert!(succeeded(&first));
    assert_eq!(gateway.call(&charge).await, first);
    assert_eq!(gateway.lookup(&charge).await, first);
    assert_eq!(gateway.books().len(), 1);
}

#[tokio::test]
async fn tokens_that_are_refused_say_why() {
    for (token, expected) in [
        ("tok_declined", "card_declined"),
        ("tok_insufficient_funds", "insufficient_funds"),
        ("tok_typo", "unknown_token"),
    ] {
        let (gateway, _) = gateway();
        assert_eq!(code(&gateway.call(&call(token, Operation::Charge, 1000, 1)).await), expected);
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_by_asking() {
    let (gateway, _) = gateway();
    let charge = call("tok_timeout", Operation::Charge, 1000, 1);
    assert!(matches!(gateway.call(&charge).await, Outcome::Unknown { .. }));
    assert!(succeeded(&gateway.lookup(&charge).await));
}

#[tokio::test]
async fn flaky_fails_twice_without_effect_then_works() {
    let (gateway, _) = gateway();
    for n in 1..=2 {
        let charge = call("tok_flaky", Operation::Charge, 1000, n);
        assert!(matches!(gateway.call(&charge).await, Outcome::Unknown { .. }));
        assert_eq!(gateway.lookup(&charge).await, Outcome::NotFound);
    }
    assert!(succeeded(&gateway.call(&call("tok_flaky", Operation::Charge, 1000, 3)).await));
    assert_eq!(gateway.books().len(), 1);
}

#[tokio::test]
async fn the_buyer_decides_once_and_in_time() {
    let (gateway, clock) = gateway();
    let charge = call("tok_3ds", Operation::Charge, 1000, 1);
    let Outcome::RequiresAction(action) = gateway.call(&charge).await else { panic!("no page") };
    let page = format!("https://shop.example.com/gateways/fake/pay/{}", charge.payment_id);
    assert_eq!(action.url, Some(page));
    assert!(gateway.buyer_decided(&charge.payment_id, true).await);
    assert!(!gateway.buyer_decided(&charge.payment_id, false).await);
    assert!(succeeded(&gateway.lookup(&charge).await));

    let late = call("tok_3ds", Operation::Charge, 1000, 2);
    gateway.call(&late).await;
    *clock.0.lock() += SignedDuration::from_mins(15);
    assert!(!gateway.buyer_decided(&late.payment_id, true).await);
}

#[tokio::test]
async fn a_payment_given_up_can_no_longer_be_approved() {
    let (gateway, _) = gateway();
    let charge = call("tok_3ds", Operation::Charge, 1000, 1);
    gateway.call(&charge).await;
    assert!(succeeded(&gateway.call(&call("tok_3ds", Operation::Void, 1000, 1)).await));
    assert!(!gateway.buyer_decided(&charge.payment_id, true).await);
    assert_eq!(code(&gateway.lookup(&charge).await), "canceled");
}

#[tokio::test]
async fn money_that_was_taken_cannot_be_voided_and_goes_back_at_most_once() {
    let (gateway, _) = gateway();
    gateway.call(&call("tok_ok", Operation::Charge, 1000, 1)).await;
    assert_eq!(code(&gateway.call(&call("tok_ok", Operation::Void, 1000, 1)).await), "already_captured");
    assert!(succeeded(&gateway.call(&call("tok_ok", Operation::Refund, 600, 1)).await));
    assert_eq!(code(&gateway.call(&call("tok_ok", Operation::Refund, 500, 2)).await), "amount_too_large");
    assert!(succeeded(&gateway.call(&call("tok_ok", Operation::Refund, 400, 3)).await));
}

#[tokio::test]
async fn an_authorization_covers_what_it_secured() {
    let (gateway, _) = gateway();
    gateway.call(&call("tok_auth_only", Operation::Authorize, 1000, 1)).await;
    assert!(succeeded(&gateway.call(&call("tok_auth_only", Operation::Capture, 700, 1)).await));
    assert_eq!(
        code(&gateway.call(&call("tok_auth_only", Operation::Capture, 400, 2)).await),
        "amount_too_large"
    );
}

#[tokio::test]
async fn a_refund_may_fail_where_the_charge_worked() {
    let (gateway, _) = gateway();
    assert!(succeeded(&gateway.call(&call("tok_refund_fails", Operation::Charge, 1000, 1)).await));
    assert_eq!(
        code(&gateway.call(&call("tok_refund_fails", Operation::Refund, 1000, 1)).await),
        "refund_failed"
    );
}

#[tokio::test]
async fn a_slow_charge_is_pending_until_its_answer() {
    let (gateway, clock) = gateway();
    let charge = call("tok_slow_5s", Operation::Charge, 1000, 1);
    assert!(succeeded(&gateway.call(&charge).await));
    assert_eq!(clock.now(), Timestamp::UNIX_EPOCH + SignedDuration::from_secs(5));
    *clock.0.lock() = Timestamp::UNIX_EPOCH;
    assert_eq!(gateway.lookup(&charge).await, Outcome::Pending);
}

#[tokio::test]
async fn a_dispute_follows_ten_seconds_after_the_money() {
    let (gateway, clock) = gateway();
    let charge = call("tok_dispute", Operation::Charge, 1000, 1);
    gateway.call(&charge).await;
    assert!(!gateway.disputed(&charge).await);
    let wait = gateway.follow_up(charge.token.as_deref()).unwrap();
    *clock.0.lock() += wait;
    assert!(gateway.disputed(&charge).await);
    assert_eq!(gateway.follow_up(Some("tok_ok")), None);
}
