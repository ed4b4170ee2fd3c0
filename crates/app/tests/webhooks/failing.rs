//! Receivers that fail: retries, sparing, giving up.

use jiff::SignedDuration;
use sutler_app::public::EventQuery;
use sutler_app::webhooks::{DeliveryState, Disabled};
use sutler_testkit::servers::receiver::{Manner, Receiver};

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_sent_again_under_the_same_id() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    receiver.behave(Manner::Status(500));
    let id = world.endpoint(&receiver, &["*"]).await.endpoint.value.endpoint_id;
    let _node = world.node();
    world.happens(1, "x").await;
    receiver.wait_for(1).await;
    world.until("it is written down", async || world.deliveries(&id).await[0].attempts == 1).await;
    assert_eq!(world.deliveries(&id).await[0].last_error.as_deref(), Some("answered 500"));
    receiver.behave(Manner::Redirect(receiver.url()));
    world.pass(SignedDuration::from_secs(7));
    receiver.wait_for(2).await;
    world.until("that too", async || world.deliveries(&id).await[0].attempts == 2).await;
    let error = world.deliveries(&id).await[0].last_error.clone().unwrap();
    assert!(error.contains("redirects are not followed"), "{error}");
    receiver.behave(Manner::Take);
    world.pass(SignedDuration::from_mins(7));
    let came = receiver.wait_for(3).await;
    world.until("it is delivered", async || world.states(&id).await == [DeliveryState::Delivered]).await;
    assert_eq!(came[0].header("webhook-id"), came[2].header("webhook-id"));
    assert_eq!(came[2].header("x-sutler-attempt"), "3");
    assert_eq!(came[0].body, came[2].body);
    assert_ne!(came[0].header("webhook-signature"), came[2].header("webhook-signature"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_given_up_after_its_last_attempt_and_can_be_sent_again() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    receiver.behave(Manner::Status(503));
    let id = world.endpoint(&receiver, &["*"]).await.endpoint.value.endpoint_id;
    let _node = world.node();
    world.happens(1, "x").await;
    let hours = SignedDuration::from_mins(10);
    let given_up = async || world.states(&id).await == [DeliveryState::Exhausted];
    world.while_time_passes("it is given up", hours, given_up).await;
    assert_eq!(receiver.received().len(), 10);
    receiver.behave(Manner::Take);
    let delivery = world.deliveries(&id).await.remove(0);
    world.app.webhooks.resend(&world.caller, &delivery.delivery_id).await.unwrap();
    world.pass(SignedDuration::from_secs(1));
    let came = receiver.wait_for(11).await;
    assert_eq!(came[10].header("x-sutler-attempt"), "11");
    assert_eq!(came[10].header("webhook-id"), came[0].header("webhook-id"));
    world.until("it is delivered", async || world.states(&id).await == [DeliveryState::Delivered]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_says_when_to_come_back() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    receiver.behave(Manner::Later(429, 600));
    let id = world.endpoint(&receiver, &["*"]).await.endpoint.value.endpoint_id;
    let _node = world.node();
    world.happens(1, "x").await;
    receiver.wait_for(1).await;
    world.until("it is written down", async || world.deliveries(&id).await[0].attempts == 1).await;
    let delivery = world.deliveries(&id).await.remove(0);
    let wait = delivery.due_at.duration_since(sutler_testkit::builders::start());
    assert!(wait >= SignedDuration::from_secs(600), "{wait}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_gone_is_disabled_at_once_and_others_are_told() {
    let world = World::new();
    let (gone, other) = (Receiver::start().unwrap(), Receiver::start().unwrap());
    gone.behave(Manner::Status(410));
    let id = world.endpoint(&gone, &["order.*"]).await.endpoint.value.endpoint_id;
    world.endpoint(&other, &["webhook_endpoint.disabled"]).await;
    let _node = world.node();
    world.happens(1, "x").await;
    let told = other.wait_for(1).await.remove(0).json();
    assert_eq!((&told["subject"], &told["data"]["object"]["reason"]), (&id.as_str().into(), &"gone".into()));
    let (stored, _) = world.app.webhooks.endpoint(&world.caller, &id).await.unwrap();
    assert_eq!(stored.value.disabled, Some(Disabled::Gone));
    assert!(!told.to_string().contains("whsec_"), "a secret is nowhere in the log");
    world.happens(2, "y").await;
    let answer = world.app.webhooks.test(&world.caller, &id).await.unwrap_err();
    assert_eq!(answer.code, "invalid_transition");
    assert_eq!(gone.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_fails_for_five_days_is_disabled() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    receiver.behave(Manner::Status(500));
    let id = world.endpoint(&receiver, &["*"]).await.endpoint.value.endpoint_id;
    let _node = world.node();
    for n in 1..=3 {
        world.happens(n, "x").await;
    }
    let hours = SignedDuration::from_mins(20);
    let exhausted = async || world.states(&id).await == [DeliveryState::Exhausted; 3];
    world.while_time_passes("all are given up", hours, exhausted).await;
    let (stored, health) = world.app.webhooks.endpoint(&world.caller, &id).await.unwrap();
    assert_eq!((stored.value.disabled, health.failures), (None, 30), "30 failures in three days");
    world.pass(SignedDuration::from_hours(3 * 24));
    world.happens(4, "x").await;
    let disabled = async || {
        let (stored, _) = world.app.webhooks.endpoint(&world.caller, &id).await.unwrap();
        stored.value.disabled == Some(Disabled::Failing)
    };
    world.until("it is disabled", disabled).await;
    let query =
        EventQuery { types: vec!["webhook_endpoint.*".to_owned()], limit: 9, ..EventQuery::default() };
    let events = world.app.events.list(&world.caller, &query).await.unwrap().events;
    assert_eq!(events[0].data["object"]["reason"], "failing");
    let enabled = world.app.webhooks.enable(&world.caller, &id).await.unwrap();
    assert_eq!(enabled.value.disabled, None);
    let (_, health) = world.app.webhooks.endpoint(&world.caller, &id).await.unwrap();
    assert_eq!(health.failures, 0, "it begins anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_away_and_is_back_gets_everything_at_once() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    receiver.behave(Manner::Cut);
    let id = world.endpoint(&receiver, &["*"]).await.endpoint.value.endpoint_id;
    let _node = world.node();
    for n in 1..=30 {
        world.happens(7, &format!("{n:02}")).await;
    }
    let tried = async |times: u32| world.deliveries(&id).await.iter().all(|d| d.attempts >= times);
    let minutes = SignedDuration::from_secs(20);
    world.while_time_passes("all failed twice", minutes, async || tried(2).await).await;
    receiver.behave(Manner::Take);
    world.happens(7, "31").await;
    let all = async || world.states(&id).await == vec![DeliveryState::Delivered; 31];
    // Nobody's time comes: it stands still from now on.
    world.until("all are delivered", all).await;
}
