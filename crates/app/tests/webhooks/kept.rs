//! Nothing is lost: when nodes die, when secrets change, when an endpoint was away.

use std::collections::HashSet;

use jiff::SignedDuration;
use sutler_app::webhooks::seal::SealKeys;
use sutler_app::webhooks::signature::sign;
use sutler_app::webhooks::{DeliveryState, EndpointChange, Only, READER, Recover};
use sutler_testkit::builders as some;
use sutler_testkit::servers::receiver::{Manner, Receiver};

use crate::world::{World, reasons};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_node_dies_every_event_arrives() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    let id = world.endpoint(&receiver, &["*"]).await.endpoint.value.endpoint_id;
    let mut nodes = vec![world.node(), world.node()];
    for round in 0..4_u64 {
        for n in 1..=50 {
            world.happens(round * 50 + n, "x").await;
        }
        let some = usize::try_from(round * 50 + 10).unwrap();
        let arrived = async || receiver.received().len() >= some;
        world.while_time_passes("some arrive", SignedDuration::from_millis(100), arrived).await;
        // In the middle of its work.
        drop(nodes.remove(0));
        nodes.push(world.node());
    }
    let all = async || {
        world.app.ports.deliveries.waiting().await.unwrap().deliveries == 0
            && receiver.received().len() >= 200
    };
    world.while_time_passes("all arrive", SignedDuration::from_millis(250), all).await;
    let ids: HashSet<String> =
        receiver.received().iter().map(|request| request.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 200, "each of them");
    let query = sutler_app::ports::deliveries::DeliveryQuery {
        endpoint_id: Some(id),
        page: sutler_app::PageRequest { count: true, ..sutler_app::PageRequest::default() },
        ..Default::default()
    };
    let page = world.app.webhooks.deliveries(&world.caller, &query).await.unwrap();
    assert_eq!(page.total, Some(200), "one delivery for each event, whoever made it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_told_to_stop_finishes_what_it_began() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    let id = world.endpoint(&receiver, &["*"]).await.endpoint.value.endpoint_id;
    let node = world.node();
    world.happens(1, "x").await;
    receiver.wait_for(1).await;
    node.stop().await;
    assert_eq!(world.states(&id).await, [DeliveryState::Delivered]);
    world.happens(2, "y").await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_secrets_sign_until_the_overlap_is_over() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    let made = world.endpoint(&receiver, &["*"]).await;
    let rotated =
        world.app.webhooks.rotate_secret(&world.caller, &made.endpoint.value.endpoint_id).await.unwrap();
    assert_ne!(made.secret, rotated.secret);
    let _node = world.node();
    world.happens(1, "x").await;
    let signed = |request: &sutler_testkit::servers::receiver::Received, secrets: &[&_]| {
        let timestamp_s = request.header("webhook-timestamp").parse().unwrap();
        sign(secrets.iter().copied(), request.header("webhook-id"), timestamp_s, &request.body)
    };
    let first = receiver.wait_for(1).await.remove(0);
    assert_eq!(first.header("webhook-signature"), signed(&first, &[&rotated.secret, &made.secret]));
    world.pass(SignedDuration::from_hours(24));
    world.happens(2, "y").await;
    let second = receiver.wait_for(2).await.remove(1);
    assert_eq!(second.header("webhook-signature"), signed(&second, &[&rotated.secret]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_stored_sealed_and_nothing_is_sent_without_their_key() {
    let key = |byte: u8| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [byte; 32]);
    let keys = SealKeys::parse([key(1).as_str()]).unwrap();
    let (world, receiver) = (World::sealed(keys), Receiver::start().unwrap());
    let made = world.endpoint(&receiver, &["*"]).await;
    let id = &made.endpoint.value.endpoint_id;
    let rotated = world.app.webhooks.rotate_secret(&world.caller, id).await.unwrap();
    let stored = world.app.ports.deliveries.endpoint(id).await.unwrap().unwrap().value;
    for kept in [&stored.secret, &stored.old_secrets[0].secret] {
        assert!(!kept.expose().contains("whsec_"), "a copy of the database signs nothing");
    }
    world.happens(1, "x").await;
    // A node without the key has its turn, and sends nothing.
    let stranger = world.node_with(&SealKeys::parse([key(2).as_str()]).unwrap());
    let has_turn = async || world.app.ports.feed.bookmark(READER).await.unwrap().version.0 > 0;
    world.while_time_passes("it has its turn", SignedDuration::from_millis(250), has_turn).await;
    drop(stranger);
    assert_eq!(receiver.connections(), 0);
    // One that has it takes over, and nothing was lost. A new key may stand before it.
    let _node = world.node_with(&SealKeys::parse([key(3).as_str(), key(1).as_str()]).unwrap());
    let came = async || receiver.count() > 0;
    world.while_time_passes("it arrives", SignedDuration::from_millis(250), came).await;
    let first = receiver.received().remove(0);
    let timestamp_s = first.header("webhook-timestamp").parse().unwrap();
    let signed = sign([&rotated.secret, &made.secret], first.header("webhook-id"), timestamp_s, &first.body);
    assert_eq!(first.header("webhook-signature"), signed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_is_recovered_from_the_log() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    let (app, caller) = (&world.app.webhooks, &world.caller);
    let id = world.endpoint(&receiver, &["order.*"]).await.endpoint.value.endpoint_id;
    let _node = world.node();
    world.happens(1, "delivered").await;
    receiver.wait_for(1).await;
    world.until("it is written down", async || world.states(&id).await == [DeliveryState::Delivered]).await;
    world.pass(SignedDuration::from_mins(1));
    let disable = EndpointChange { enabled: Some(false), ..EndpointChange::default() };
    app.update(caller, &id, &disable).await.unwrap();
    world.pass(SignedDuration::from_mins(1));
    for n in 2..=4 {
        world.happens(2, &format!("missed {n}")).await;
    }
    world.pass(SignedDuration::from_mins(1));
    let read = async || {
        let mark = world.app.ports.feed.bookmark(READER).await.unwrap();
        mark.at.position == *world.app.ports.feed.head().borrow()
    };
    world.while_time_passes("the post has read them", SignedDuration::from_millis(250), read).await;
    let recover =
        Recover { since: some::start(), until: None, types: Vec::new(), only: Only::Failed, dry_run: true };
    assert_eq!(app.recover(caller, &id, &recover).await.unwrap_err().code, "invalid_transition");
    app.enable(caller, &id).await.unwrap();
    world.happens(5, "after").await;
    receiver.wait_for(2).await;
    let counted = app.recover(caller, &id, &recover).await.unwrap();
    assert_eq!((counted.matched, counted.queued), (5, 3));
    let recover = Recover { dry_run: false, ..recover };
    assert_eq!(app.recover(caller, &id, &recover).await.unwrap().queued, 3);
    world.pass(SignedDuration::from_secs(2));
    receiver.wait_for(5).await;
    assert_eq!(reasons(&receiver)[2..], ["missed 2", "missed 3", "missed 4"], "in the order of the log");
    world
        .until("all are written down", async || {
            world.states(&id).await.len() == 5
                && world.states(&id).await.iter().all(|state| *state == DeliveryState::Delivered)
        })
        .await;
    assert_eq!(app.recover(caller, &id, &recover).await.unwrap().queued, 0, "nothing is missing any more");
    let later = Recover { since: some::second(90), only: Only::All, ..recover };
    assert_eq!(app.recover(caller, &id, &later).await.unwrap().queued, 4, "whatever it was then");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_deleted_gets_nothing() {
    let (world, receiver) = (World::new(), Receiver::start().unwrap());
    receiver.behave(Manner::Status(500));
    let id = world.endpoint(&receiver, &["*"]).await.endpoint.value.endpoint_id;
    let other = Receiver::start().unwrap();
    world.endpoint(&other, &["*"]).await;
    let _node = world.node();
    world.happens(1, "x").await;
    receiver.wait_for(1).await;
    world.app.webhooks.delete(&world.caller, &id).await.unwrap();
    world.happens(2, "y").await;
    world.pass(SignedDuration::from_hours(1));
    other.wait_for(2).await;
    assert_eq!(receiver.received().len(), 1);
}
