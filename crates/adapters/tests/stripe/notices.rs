//! Webhooks: duplicated, reordered, late, forged, foreign.

use jiff::SignedDuration;
use serde_json::{Value, json};
use sutler_app::payments::Noticed;
use sutler_domain::orders::Order;
use sutler_domain::payments::CaptureMode;
use sutler_testkit::money::caller;
use sutler_testkit::servers::stripe::{WEBHOOK_SECRET, Webhook};

use crate::shop::{Quiet, state};

/// What must be equal whatever came in which order.
fn outcome(order: &Order) -> Value {
    let payment = &order.payments[0];
    json!([
        state(order),
        payment.status.as_str(),
        payment.authorized,
        payment.captured,
        payment.refunded,
        payment.open.len(),
        payment.failure,
        payment.next_action,
        order.refunds.len(),
        order.holds.len(),
    ])
}

/// A buyer who failed at the bank once and then approved, of which this shop has heard nothing; and the six events.
async fn untold(quiet: &mut Quiet) -> (sutler_app::orders::OrderView, Vec<Value>) {
    let from = quiet.shop.stripe.events_count();
    let placed = quiet.placed(1, "pm_card_threeDSecure2Required", CaptureMode::Automatic).await;
    let intent = quiet.intent(&placed).id;
    assert!(quiet.shop.stripe.buyer_decides(&intent, false));
    assert!(quiet.shop.stripe.buyer_decides(&intent, true));
    let mut events = quiet.shop.stripe.events_from(from);
    // Of a type that nobody here knows.
    let mut unknown = events[0].clone();
    unknown["id"] = json!(format!("evt_unknown_{intent}"));
    unknown["type"] = json!("mandate.rethought");
    unknown["data"]["object"] = json!({"id": "mandate_1", "object": "mandate"});
    events.push(unknown);
    assert_eq!(events.len(), 6, "{events:?}");
    (placed, events)
}

/// The `n`-th of the orders of so many things.
fn permuted(n: usize, events: &[Value]) -> Vec<Value> {
    let (mut left, mut n, mut order) = (events.to_vec(), n, Vec::new());
    for count in (1..=events.len()).rev() {
        order.push(left.remove(n % count));
        n /= count;
    }
    order
}

#[tokio::test]
async fn every_order_of_six_events_ends_as_the_return_of_the_buyer_does() {
    let mut quiet = Quiet::open().await;
    let (returned, _) = untold(&mut quiet).await;
    let payment = returned.order.payments[0].payment_id.clone();
    quiet.shop.app.payments.sync(&caller(), &payment).await.unwrap();
    quiet.works(60).await;
    let wanted = outcome(&quiet.now(&returned).await.order);
    assert_eq!(wanted[0], json!(["confirmed", "paid", 1000, 0]));
    for n in 0..720 {
        // A shop with few orders is a quick one.
        if n % 20 == 0 {
            quiet = Quiet::open().await;
        }
        let (placed, events) = untold(&mut quiet).await;
        for event in permuted(n, &events) {
            let is_ours = event["type"] != "mandate.rethought";
            let first = quiet.shop.told(&event).await.unwrap();
            assert_eq!(matches!(first, Noticed::Taken(_)), is_ours, "{event}");
            for _ in 0..if n % 72 == 0 { 9 } else { 1 } {
                let again = quiet.shop.told(&event).await.unwrap();
                assert_eq!(again, if is_ours { Noticed::Repeated } else { Noticed::NotOurs });
            }
            if n % 2 == 0 {
                quiet.works(0).await;
            }
        }
        quiet.works(0).await;
        assert_eq!(outcome(&quiet.now(&placed).await.order), wanted, "order {n} of the events");
    }
}

#[tokio::test]
async fn what_is_forged_old_or_changed_is_refused_and_changes_nothing() {
    let mut quiet = Quiet::open().await;
    let (placed, events) = untold(&mut quiet).await;
    let event = events.last_chunk::<2>().unwrap()[0].clone();
    let now_s = sutler_app::ports::Clock::now(&*quiet.shop.clock).as_second();
    let right = Webhook::signed(&event, WEBHOOK_SECRET, now_s);
    let mut changed = right.clone();
    changed.body.push(b' ');
    let refused = [
        Webhook::signed(&event, "whsec_of_somebody_else", now_s),
        Webhook::signed(&event, WEBHOOK_SECRET, now_s - 301),
        Webhook::signed(&event, WEBHOOK_SECRET, now_s + 301),
        changed,
    ];
    for webhook in refused {
        let told = quiet.shop.app.payments.notified("stripe", Some(&webhook.signature), &webhook.body).await;
        assert_eq!(told.unwrap_err().code, "signature_invalid");
    }
    assert_eq!(
        quiet.shop.app.payments.notified("stripe", None, b"{}").await.unwrap_err().code,
        "signature_invalid"
    );
    quiet.works(0).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("created", "requires_action", 0, 0));
    let webhook = Webhook::signed(&event, WEBHOOK_SECRET, now_s - 300);
    let told = quiet.shop.app.payments.notified("stripe", Some(&webhook.signature), &webhook.body).await;
    assert!(matches!(told, Ok(Noticed::Taken(_))), "{told:?}");
}

#[tokio::test]
async fn what_is_signed_and_about_nothing_of_ours_is_acknowledged() {
    let mut quiet = Quiet::open().await;
    let (_, events) = untold(&mut quiet).await;
    let mut foreign = events[0].clone();
    foreign["id"] = json!("evt_foreign");
    foreign["data"]["object"]["metadata"] = json!({"sutler_payment_id": "pay_01h455vb4pex5vsknk084sn02q"});
    assert_eq!(quiet.shop.told(&foreign).await.unwrap(), Noticed::NotOurs);
    foreign["data"]["object"] = json!({"object": "dispute", "id": "dp_1", "payment_intent": "pi_nobody"});
    assert_eq!(quiet.shop.told(&foreign).await.unwrap(), Noticed::NotOurs);
    foreign["data"]["object"] = json!({"object": "balance", "metadata": null});
    assert_eq!(quiet.shop.told(&foreign).await.unwrap(), Noticed::NotOurs);
    let unreadable = Webhook::signed(&json!([1, 2]), WEBHOOK_SECRET, 1_793_534_400);
    let told =
        quiet.shop.app.payments.notified("stripe", Some(&unreadable.signature), &unreadable.body).await;
    assert_eq!(told.unwrap_err().kind, sutler_app::Kind::Invalid);
}

#[tokio::test]
async fn a_dispute_names_the_intent_only_and_holds_the_order() {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(1, "pm_card_visa", CaptureMode::Automatic).await;
    let intent = quiet.intent(&placed).id;
    quiet.shop.stripe.books(|books| books.intents[0].disputed = true);
    let event = json!({"id": "evt_dispute", "type": "charge.dispute.created", "data": {"object":
        {"id": "dp_1", "object": "dispute", "metadata": {}, "payment_intent": intent}}});
    assert!(matches!(quiet.shop.told(&event).await.unwrap(), Noticed::Taken(_)));
    quiet.works(0).await;
    let order = quiet.now(&placed).await.order;
    assert!(order.payments[0].disputed && !order.holds.is_empty());
}

#[tokio::test]
async fn an_authorization_that_stripe_gives_up_is_counted_on_no_more() {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(1, "pm_card_visa", CaptureMode::Manual).await;
    assert_eq!(state(&placed.order).1, "authorized");
    let intent = quiet.intent(&placed).id;
    let now_s = sutler_app::ports::Clock::now(&*quiet.shop.clock).as_second();
    quiet.shop.stripe.books(|books| books.cancel(&intent, now_s)).unwrap();
    quiet.shop.clock.advance(SignedDuration::from_hours(24 * 7));
    let event = quiet.shop.stripe.events_from(0).pop().unwrap();
    assert!(matches!(quiet.shop.told(&event).await.unwrap(), Noticed::Taken(_)));
    quiet.works(0).await;
    assert_eq!(state(&quiet.now(&placed).await.order).1, "voided");
}
