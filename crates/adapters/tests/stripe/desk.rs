//! Refunds that somebody makes at Stripe's own desk: they end as ours do, whether a webhook tells of them, the buyer's
//! return, or the comparison of the books.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sutler_app::job::Calendar;
use sutler_app::orders::{Amount, Named, OrderView, RefundInput};
use sutler_app::payments::Noticed;
use sutler_app::ports::Clock;
use sutler_app::ports::reads::OrderName;
use sutler_app::public::EventQuery;
use sutler_domain::orders::RefundStatus;
use sutler_domain::payments::CaptureMode;
use sutler_testkit::money::{caller, compared};
use sutler_testkit::servers::stripe::Fault;

use crate::shop::{Quiet, state};

/// A paid order, and a refund of a part of it that this shop was not asked for; gives the event that tells of it.
async fn refunded_at_desk(quiet: &mut Quiet, amount: i64) -> (OrderView, Value) {
    let placed = quiet.placed(2, "pm_card_visa", CaptureMode::Automatic).await;
    (placed.clone(), at_desk(quiet, &placed, amount))
}

fn at_desk(quiet: &Quiet, placed: &OrderView, amount: i64) -> Value {
    let (intent, now_s) = (quiet.intent(placed).id, quiet.shop.clock.now().as_second());
    quiet.shop.stripe.books(|books| books.refund_at_desk(&intent, amount, now_s)).unwrap();
    quiet.shop.stripe.events_from(0).pop().unwrap()
}

/// How many differences a comparison finds.
async fn differences(quiet: &Quiet) -> usize {
    compared(&quiet.shop, Timestamp::UNIX_EPOCH).await.unwrap().differences.len()
}

/// Six hours pass, and the calendar asks for a comparison.
async fn comparison_is_due(quiet: &Quiet) {
    let (mut calendar, jobs) = (Calendar::default(), &quiet.shop.app.jobs);
    jobs.ask_for_due_runs(&mut calendar).await.unwrap();
    quiet.shop.clock.advance(SignedDuration::from_hours(6));
    assert!(jobs.ask_for_due_runs(&mut calendar).await.unwrap().contains(&"reconcile_books"));
}

fn ours(placed: &OrderView, amount: i64) -> RefundInput {
    RefundInput {
        return_id: None,
        order: Named(OrderName::Id(placed.order.order_id.clone())),
        payment_id: None,
        amount: Some(Amount { amount, currency: None }),
        items: Vec::new(),
        restock: false,
        reason: None,
        note: None,
    }
}

#[tokio::test]
async fn a_webhook_takes_it_over_and_it_ends_as_one_of_ours() {
    let mut quiet = Quiet::open().await;
    let (placed, event) = refunded_at_desk(&mut quiet, 700).await;
    assert_eq!(event["type"], "charge.refunded");
    assert_eq!(differences(&quiet).await, 1);
    assert!(matches!(quiet.shop.told(&event).await.unwrap(), Noticed::Taken(_)));
    quiet.works(0).await;
    let order = quiet.now(&placed).await.order;
    assert_eq!(state(&order), ("confirmed", "partially_refunded", 2000, 700));
    let refund = &order.refunds[0];
    assert_eq!((refund.status, refund.amount), (RefundStatus::Succeeded, 700));
    assert_eq!(refund.reason.as_deref(), Some("made_at_the_gateway"));
    assert_eq!(differences(&quiet).await, 0);
    // Everybody who listens hears of it as of any other.
    let query = EventQuery { types: vec!["refund.*".to_owned()], limit: 9, ..EventQuery::default() };
    let told = quiet.shop.app.events.list(&caller(), &query).await.unwrap().events;
    assert_eq!(
        told.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(),
        ["refund.created", "refund.succeeded"]
    );
    // The rest goes back through us, under a key of its own, and no more than the rest.
    quiet.shop.app.payments.refund(&caller(), ours(&placed, 1_301)).await.unwrap_err();
    quiet.shop.app.payments.refund(&caller(), ours(&placed, 1_300)).await.unwrap();
    quiet.works(60).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("confirmed", "refunded", 2000, 2000));
    assert_eq!((quiet.intent(&placed).refunded, differences(&quiet).await), (2000, 0));
}

#[tokio::test]
async fn however_often_it_is_told_it_is_one() {
    let mut quiet = Quiet::open().await;
    let (placed, first) = refunded_at_desk(&mut quiet, 300).await;
    let second = at_desk(&quiet, &placed, 200);
    let payment = placed.order.payments[0].payment_id.clone();
    // The later one first, each several times, with the buyer's return in between and a question that fails.
    quiet.shop.stripe.script([None, Some(Fault::CutBefore)]);
    for event in [&second, &first, &second, &first] {
        quiet.shop.told(event).await.unwrap();
        quiet.shop.app.payments.sync(&caller(), &payment).await.unwrap();
    }
    quiet.works(600).await;
    let order = quiet.now(&placed).await.order;
    assert_eq!(state(&order), ("confirmed", "partially_refunded", 2000, 500));
    assert_eq!(order.refunds.iter().map(|refund| refund.amount).sum::<i64>(), 500);
    assert_eq!((order.refunds.len(), differences(&quiet).await), (2, 0));
}

#[tokio::test]
async fn the_comparison_by_the_calendar_takes_over_what_no_webhook_told() {
    let mut quiet = Quiet::open().await;
    let (placed, _) = refunded_at_desk(&mut quiet, 2_000).await;
    comparison_is_due(&quiet).await;
    quiet.works(0).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("confirmed", "refunded", 2000, 2000));
    let (found, _) = quiet.shop.app.payments.compared()["stripe"];
    assert_eq!(found, 0, "what was taken over is no difference any more");
}

#[tokio::test]
async fn a_comparison_that_fails_on_its_way_goes_on_there() {
    let mut quiet = Quiet::open_waiting(Duration::from_secs(10)).await;
    // Stripe lists the newest first, so this one stands on its second page.
    let (placed, _) = refunded_at_desk(&mut quiet, 500).await;
    for _ in 0..120 {
        quiet.shop.place(1, "pm_card_visa", CaptureMode::Automatic).await.unwrap();
    }
    quiet.works(0).await;
    comparison_is_due(&quiet).await;
    // The second page is lost; when it is read, so is the refund that differs.
    let asked = quiet.shop.stripe.calls().len();
    quiet.shop.stripe.script([None, Some(Fault::CutBefore), None, Some(Fault::CutBefore)]);
    quiet.works(0).await;
    assert_eq!(state(&quiet.now(&placed).await.order).3, 0);
    quiet.works(300).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("confirmed", "partially_refunded", 2000, 500));
    assert_eq!(quiet.shop.app.payments.compared()["stripe"].0, 0);
    let calls = quiet.shop.stripe.calls().split_off(asked);
    let pages = calls.iter().filter(|call| *call == "GET /v1/payment_intents -").count();
    assert_eq!(pages, 4, "the first page is read once, and the second until all of it was");
}

#[tokio::test]
async fn one_that_is_on_its_way_is_taken_over_when_it_arrives() {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(1, "pm_card_pendingRefund", CaptureMode::Automatic).await;
    let event = at_desk(&quiet, &placed, 400);
    quiet.shop.told(&event).await.unwrap();
    quiet.works(60).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("confirmed", "paid", 1000, 0));
    quiet.shop.refunds_arrive().await.unwrap();
    quiet.works(60).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("confirmed", "partially_refunded", 1000, 400));
}

#[tokio::test]
async fn the_desk_may_be_faster_than_a_refund_of_ours() {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(1, "pm_card_visa", CaptureMode::Automatic).await;
    quiet.shop.app.payments.refund(&caller(), ours(&placed, 1_000)).await.unwrap();
    let event = at_desk(&quiet, &placed, 800);
    quiet.works(60).await;
    // There was not enough left for ours, which failed; why, is known without anybody telling.
    let order = quiet.now(&placed).await.order;
    assert_eq!(state(&order), ("confirmed", "partially_refunded", 1000, 800));
    assert_eq!(order.refunds.iter().filter(|refund| refund.failure.is_some()).count(), 1);
    quiet.shop.told(&event).await.unwrap();
    quiet.works(60).await;
    assert_eq!(quiet.now(&placed).await.order.refunds.len(), 2, "told once more, it is the same");
    assert_eq!((quiet.intent(&placed).refunded, differences(&quiet).await), (800, 0));
}
