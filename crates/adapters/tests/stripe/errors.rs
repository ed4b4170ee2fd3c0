//! Each way in which Stripe fails, at each call: money moves once, and the order is never lost.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use sutler_adapters::stripe::{Options, StripeGateway};
use sutler_app::ports::{Clock, GatewayCall, PaymentGateway};
use sutler_domain::payments::{CaptureMode, Operation, Outcome, PaymentStatus, gateway_key};
use sutler_testkit::builders as some;
use sutler_testkit::clock::TestClock;
use sutler_testkit::money::caller;
use sutler_testkit::servers::stripe::{Fault, SECRET_KEY, Stripe};

use crate::shop::{Quiet, state};

/// Long enough for every backoff, and for Stripe's search to be believed.
const LONG_S: i64 = 3600;

#[tokio::test]
async fn a_charge_with_any_fault_is_taken_once_or_refused_once() {
    for fault in Fault::ALL {
        let mut quiet = Quiet::open().await;
        quiet.shop.stripe.search_lags(60);
        quiet.shop.stripe.script([Some(fault)]);
        let placed = quiet.shop.place(2, "pm_card_visa", CaptureMode::Automatic).await.unwrap();
        // At first it is open, and never lost.
        quiet.works(0).await;
        let early = quiet.now(&placed).await;
        assert_eq!(state(&early.order), ("created", "pending", 0, 0), "{fault:?}");
        quiet.works(LONG_S).await;
        let late = quiet.now(&placed).await;
        let intents = quiet.shop.stripe.books(|books| books.intents.clone());
        if fault == Fault::BrokenBefore {
            assert_eq!((state(&late.order).2, intents.len()), (0, 0), "{fault:?}");
            let failure = late.order.payments[0].failure.clone().unwrap();
            assert_eq!((failure.code.as_str(), failure.retryable), ("gateway_error", true));
        } else {
            assert_eq!(state(&late.order), ("confirmed", "paid", 2000, 0), "{fault:?}");
            assert_eq!((intents.len(), intents[0].received, intents[0].captures), (1, 2000, 1), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_capture_with_any_fault_is_taken_once_or_refused_once() {
    for fault in Fault::ALL {
        for part in [None, Some(500)] {
            let mut quiet = Quiet::open().await;
            let placed = quiet.placed(2, "pm_card_multicapture", CaptureMode::Manual).await;
            let payment = placed.order.payments[0].payment_id.clone();
            let amount = part.map(|amount| sutler_app::orders::Amount { amount, currency: None });
            quiet.shop.app.payments.capture(&caller(), &payment, amount).await.unwrap();
            // The question before a capture comes through.
            quiet.shop.stripe.script([None, Some(fault)]);
            quiet.works(LONG_S).await;
            let (late, intent) = (quiet.now(&placed).await, quiet.intent(&placed));
            let wanted = if fault == Fault::BrokenBefore { 0 } else { part.unwrap_or(2000) };
            assert_eq!((late.order.captured(), intent.received), (wanted, wanted), "{fault:?} {part:?}");
            assert_eq!(intent.captures, u32::from(wanted > 0), "{fault:?} {part:?}");
            assert!(late.order.payments[0].open.is_empty(), "{fault:?} {part:?}");
        }
    }
}

#[tokio::test]
async fn a_void_with_any_fault_is_made_once() {
    for fault in Fault::ALL {
        let mut quiet = Quiet::open().await;
        let placed = quiet.placed(1, "pm_card_visa", CaptureMode::Manual).await;
        let payment = placed.order.payments[0].payment_id.clone();
        quiet.shop.app.payments.void(&caller(), &payment).await.unwrap();
        quiet.shop.stripe.script([Some(fault)]);
        quiet.works(LONG_S).await;
        let (late, intent) = (quiet.now(&placed).await, quiet.intent(&placed));
        let status = late.order.payments[0].status;
        if fault == Fault::BrokenBefore {
            assert_eq!((status, intent.status), (PaymentStatus::Authorized, "requires_capture"));
        } else {
            assert_eq!((status, intent.status), (PaymentStatus::Voided, "canceled"), "{fault:?}");
        }
        assert!(late.order.payments[0].open.is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_refund_with_any_fault_goes_back_once_or_fails_once() {
    for fault in Fault::ALL {
        let mut quiet = Quiet::open().await;
        let placed = quiet.placed(2, "pm_card_visa", CaptureMode::Automatic).await;
        quiet.shop.stripe.script([Some(fault)]);
        let canceled = sutler_app::orders::CancelInput { items: Vec::new(), reason: None, refund: true };
        let name = sutler_app::ports::reads::OrderName::Id(placed.order.order_id.clone());
        quiet.shop.app.orders.cancel(&caller(), &name, canceled).await.unwrap();
        quiet.works(LONG_S).await;
        let (late, intent) = (quiet.now(&placed).await, quiet.intent(&placed));
        let wanted = if fault == Fault::BrokenBefore { 0 } else { 2000 };
        assert_eq!((late.order.refunded(), intent.refunded), (wanted, wanted), "{fault:?}");
        let refunds = quiet.shop.stripe.books(|books| books.refunds.len());
        assert_eq!(refunds, usize::from(wanted > 0), "{fault:?}");
        assert_eq!(quiet.shop.stripe.books(|books| books.complaints.clone()), Vec::<String>::new());
    }
}

/// A gateway over a hostile Stripe, and a call to it.
async fn asked() -> (Arc<TestClock>, Stripe, StripeGateway, GatewayCall) {
    let clock = Arc::new(TestClock::default());
    let stripe = Stripe::start(clock.clone()).await.unwrap();
    let options =
        Options { url: stripe.url(), timeout: Duration::from_millis(200), ..Options::new(SECRET_KEY) };
    let gateway = StripeGateway::new(clock.clone(), &options).unwrap();
    (clock.clone(), stripe, gateway, call(1, &clock))
}

fn call(n: u64, clock: &TestClock) -> GatewayCall {
    let payment_id = some::id(n);
    GatewayCall {
        key: gateway_key(&payment_id, Operation::Charge, 1),
        operation: Operation::Charge,
        payment_id,
        order_id: some::id(n),
        amount: sutler_domain::Money { amount: 1000, currency: some::euro() },
        token: Some("pm_card_visa".to_owned()),
        transaction_id: None,
        started_at: clock.now(),
    }
}

#[tokio::test]
async fn while_stripe_fails_one_call_a_second_reaches_it() {
    let (clock, stripe, gateway, first) = asked().await;
    stripe.script(std::iter::repeat_n(Some(Fault::Unavailable), 1000));
    for _ in 0..5 {
        assert!(matches!(gateway.call(&first).await, Outcome::Unknown { .. }));
    }
    let before = stripe.calls().len();
    for n in 0..200 {
        clock.advance(SignedDuration::from_millis(50));
        let outcome = gateway.call(&call(n + 2, &clock)).await;
        assert!(matches!(outcome, Outcome::NotAsked { .. } | Outcome::Unknown { .. }), "{outcome:?}");
    }
    let reached = stripe.calls().len() - before;
    assert!((9..=11).contains(&reached), "{reached} calls in ten seconds");
}

#[tokio::test]
async fn a_429_is_waited_out_as_long_as_it_says() {
    let (clock, stripe, gateway, call) = asked().await;
    stripe.script([Some(Fault::TooMany)]);
    let wait_ms = |outcome| match outcome {
        Outcome::NotAsked { wait_ms, .. } => wait_ms,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(wait_ms(gateway.call(&call).await), 1000);
    assert_eq!(wait_ms(gateway.lookup(&call).await), 1000);
    assert_eq!(stripe.calls().len(), 1, "nobody asks meanwhile");
    clock.advance(SignedDuration::from_secs(1));
    assert!(matches!(gateway.call(&call).await, Outcome::Succeeded { .. }));
}

#[tokio::test]
async fn a_500_that_is_remembered_is_never_taken_for_an_answer() {
    let (clock, stripe, gateway, call) = asked().await;
    stripe.search_lags(60);
    stripe.script([Some(Fault::BrokenAfter)]);
    for _ in 0..3 {
        assert!(matches!(gateway.call(&call).await, Outcome::Unknown { .. }), "it may have taken effect");
    }
    clock.advance(SignedDuration::from_secs(61));
    assert!(matches!(gateway.call(&call).await, Outcome::Succeeded { .. }), "it did");
    assert_eq!(stripe.books(|books| books.intents.len()), 1);
}

#[tokio::test]
async fn a_key_that_stripe_forgot_charges_nobody_twice() {
    let (clock, stripe, gateway, call) = asked().await;
    stripe.search_lags(60);
    stripe.script([Some(Fault::CutAfter)]);
    assert!(matches!(gateway.call(&call).await, Outcome::Unknown { .. }));
    clock.advance(SignedDuration::from_hours(25));
    stripe.forget_keys();
    // The engine asks before it repeats a call whose outcome is unknown.
    assert!(matches!(gateway.lookup(&call).await, Outcome::Succeeded { .. }));
    assert_eq!(stripe.books(|books| books.intents.len()), 1);
}

#[tokio::test]
async fn a_key_that_stripe_does_not_accept_loses_no_order() {
    let clock = Arc::new(TestClock::default());
    let stripe = Stripe::start(clock.clone()).await.unwrap();
    let options = Options { url: stripe.url(), ..Options::new("sk_test_of_somebody_else") };
    let gateway = StripeGateway::new(clock.clone(), &options).unwrap();
    let outcome = gateway.call(&call(1, &clock)).await;
    assert!(matches!(outcome, Outcome::NotAsked { wait_ms: 60_000, .. }), "{outcome:?}");
    assert!(!format!("{options:?}").contains("somebody_else"), "a secret is not shown");
}

#[tokio::test]
async fn nobody_there_and_a_handshake_that_is_cut_are_calls_that_were_not_made() {
    let clock = Arc::new(TestClock::default());
    let cut = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = cut.local_addr().unwrap();
    let cutting = tokio::spawn(async move {
        while let Ok((stream, _)) = cut.accept().await {
            drop(stream);
        }
    });
    for url in [format!("https://{address}"), "http://127.0.0.1:1".to_owned()] {
        let gateway =
            StripeGateway::new(clock.clone(), &Options { url: url.clone(), ..Options::new(SECRET_KEY) })
                .unwrap();
        let outcome = gateway.call(&call(1, &clock)).await;
        assert!(matches!(outcome, Outcome::NotAsked { .. }), "{url}: {outcome:?}");
    }
    cutting.abort();
}
