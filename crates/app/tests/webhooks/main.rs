//! The post: what is delivered to whom, when, in which order, and what becomes of it when receivers or nodes fail.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod failing;
mod kept;
mod world;

use jiff::SignedDuration;
use sutler_app::webhooks::signature::sign;
use sutler_app::webhooks::{DeliveryState, NewEndpoint, Payload};
use sutler_testkit::servers::receiver::{Manner, Receiver};

use world::{World, reasons};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_for_arrives_signed_and_without_the_person() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    world.happens(1, "before").await;
    let made = world.endpoint(&receiver, &["order.*"]).await;
    let _node = world.node();
    world.happens(1, "one").await;
    world.happens(1, "two").await;
    let came = receiver.wait_for(2).await;
    assert_eq!(reasons(&receiver), ["one", "two"], "what happened before is nobody's news");
    let first = &came[0];
    assert_eq!(first.line, "POST /hooks HTTP/1.1");
    let timestamp_s: i64 = first.header("webhook-timestamp").parse().unwrap();
    let signed = sign([&made.secret], first.header("webhook-id"), timestamp_s, &first.body);
    assert_eq!(first.header("webhook-signature"), signed);
    assert_eq!((first.header("content-type"), first.header("x-sutler-attempt")), ("application/json", "1"));
    let event = first.json();
    assert_eq!(event["id"], first.header("webhook-id"));
    assert_eq!(event["type"], "order.canceled");
    assert_eq!(event["data"]["object"]["customer_id"], "C1");
    let id = &made.endpoint.value.endpoint_id;
    world
        .until("both are written down", async || world.states(id).await == [DeliveryState::Delivered; 2])
        .await;
    let delivery = world.deliveries(id).await.remove(0);
    let shown = world.app.webhooks.delivery(&world.caller, &delivery.delivery_id).await.unwrap();
    let (attempt, body) = &shown.attempts[0];
    assert_eq!((attempt.status, attempt.response_body.as_str()), (Some(200), "thanks"));
    assert_eq!(body.as_bytes(), first.body, "the log shows what was sent, to the byte");
    assert_eq!(attempt.address, Some(receiver.address.to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_are_sent_to_those_who_ask_for_them_and_pings_to_one() {
    let world = World::new();
    let (all, some) = (Receiver::start().unwrap(), Receiver::start().unwrap());
    let input = NewEndpoint { include_imports: true, payload: Payload::Thin, ..NewEndpoint::default() };
    let all_made = world.make(&all, input).await;
    let some_made = world.endpoint(&some, &["order.*"]).await;
    let _node = world.node();
    world.happens_by("import", 1, "long ago").await;
    world.happens(2, "now").await;
    let pinged = &some_made.endpoint.value.endpoint_id;
    let event_id = world.app.webhooks.test(&world.caller, pinged).await.unwrap();
    all.wait_for(2).await;
    some.wait_for(2).await;
    let mut told = reasons(&some);
    told.sort();
    assert_eq!(told, ["-", "now"], "the ping, and what is no import");
    let pings = some.received().into_iter().filter(|request| request.json()["type"] == "webhook.ping");
    let ids: Vec<String> = pings.map(|request| request.header("webhook-id").to_owned()).collect();
    assert_eq!(ids, [event_id.to_string()]);
    let id = &all_made.endpoint.value.endpoint_id;
    world
        .until("all are written down", async || world.states(id).await == [DeliveryState::Delivered; 2])
        .await;
    assert_eq!(reasons(&all), ["-", "-"], "thin, and no ping");
    assert_eq!(all.received()[0].json()["data"]["object"]["customer_id"], "C1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_receiver_delays_no_other() {
    let world = World::new();
    let (dead, alive) = (Receiver::start().unwrap(), Receiver::start().unwrap());
    dead.behave(Manner::Hang);
    world.endpoint(&dead, &["*"]).await;
    world.endpoint(&alive, &["*"]).await;
    let _node = world.node();
    for n in 1..=200 {
        world.happens(n, "x").await;
    }
    alive.wait_for(200).await;
    assert!(dead.received().len() <= 8, "no more than eight at one time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_attempts_of_a_subject_start_in_order_and_wait_for_no_one() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    receiver.behave(Manner::Status(500));
    world.endpoint(&receiver, &["*"]).await;
    let _node = world.node();
    for round in 1..=20 {
        for order in 1..=5 {
            world.happens(order, &format!("{round:02}")).await;
        }
    }
    let came = receiver.wait_for(100).await;
    for order in 1..=5 {
        let subject: sutler_domain::OrderId = sutler_testkit::builders::id(order);
        let rounds: Vec<String> = came
            .iter()
            .filter(|request| request.json()["subject"] == subject.as_str())
            .map(|request| request.json()["data"]["object"]["reason"].as_str().unwrap().to_owned())
            .collect();
        let in_order: Vec<String> = (1..=20).map(|round| format!("{round:02}")).collect();
        assert_eq!(rounds, in_order, "of {subject}, though none of them was taken");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wants_order_gets_one_after_the_other() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    receiver.behave(Manner::Status(500));
    let made = world.make(&receiver, NewEndpoint { ordered: true, ..NewEndpoint::default() }).await;
    let id = made.endpoint.value.endpoint_id;
    let _node = world.node();
    for n in 1..=10 {
        world.happens(n, &format!("{n:02}")).await;
    }
    let tried = async |times: u32| world.deliveries(&id).await.first().is_some_and(|d| d.attempts == times);
    world.until("it is written down", async || tried(1).await).await;
    world.pass(SignedDuration::from_secs(7));
    world.until("that too", async || tried(2).await).await;
    assert_eq!(reasons(&receiver), ["01", "01"], "the others wait for the first");
    receiver.behave(Manner::Take);
    world.pass(SignedDuration::from_mins(7));
    receiver.wait_for(12).await;
    let all: Vec<String> = (1..=10).map(|n| format!("{n:02}")).collect();
    assert_eq!(reasons(&receiver)[2..], all);
}
