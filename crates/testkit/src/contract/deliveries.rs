//! What endpoints and deliveries of webhooks mean to the post.

use jiff::SignedDuration;
use sutler_app::commit::{BookmarkMove, Change, Commit, Expect, Refused, View, ViewChange};
use sutler_app::event::NewEvent;
use sutler_app::page::PageRequest;
use sutler_app::ports::FeedCursor;
use sutler_app::ports::deliveries::{DeliveryQuery, Queue};
use sutler_app::stream::StreamId;
use sutler_app::webhooks::signature::Secret;
use sutler_app::webhooks::{
    Attempt, Delivery, DeliveryChange, DeliveryState, Disabled, Ended, Endpoint, EndpointEvent, Form, Health,
    NewDelivery, Payload, Timings,
};
use sutler_domain::{Position, Version, WebhookEndpointId};

use super::{Case, Rig, Stores};
use crate::builders as some;

/// Every case.
pub const CASES: &[Case] = &[
    ("an endpoint is kept, changed and removed", |rig| Box::pin(an_endpoint_is_kept(rig))),
    ("a delivery is made once", |rig| Box::pin(a_delivery_is_made_once(rig))),
    ("what is due comes in order", |rig| Box::pin(what_is_due_comes_in_order(rig))),
    ("an attempt ends and is told", |rig| Box::pin(an_attempt_ends_and_is_told(rig))),
    ("one that ended is sent again", |rig| Box::pin(one_that_ended_is_sent_again(rig))),
    ("who was replaced changes nothing", |rig| Box::pin(who_was_replaced_changes_nothing(rig))),
    ("how endpoints fare", |rig| Box::pin(how_endpoints_fare(rig))),
    ("only enabled endpoints have something due", |rig| Box::pin(only_enabled_endpoints_are_due(rig))),
    ("lists are newest first", |rig| Box::pin(lists_are_newest_first(rig))),
    ("what is over is forgotten in time", |rig| Box::pin(what_is_over_is_forgotten(rig))),
];

fn endpoint_id(n: u64) -> WebhookEndpointId {
    some::id(n)
}

/// The `n`-th endpoint: it wants everything.
fn endpoint(n: u64) -> Endpoint {
    Endpoint {
        endpoint_id: endpoint_id(n),
        url: format!("https://{n}.example.com/hooks"),
        types: vec!["*".to_owned()],
        description: String::new(),
        payload: Payload::Full,
        content_type: "application/json".to_owned(),
        ordered: false,
        include_imports: false,
        secret: Secret::of(&[7; 32]),
        old_secrets: Vec::new(),
        disabled: None,
        disabled_at: None,
        created_at: some::second(i64::try_from(n).unwrap()),
        updated_at: some::start(),
    }
}

fn changed(endpoint: &Endpoint, version: u64, view: ViewChange) -> Commit {
    let event = EndpointEvent::WebhookEndpointEnabled { webhook_endpoint_id: endpoint.endpoint_id.clone() };
    let expect = if version == 0 { Expect::New } else { Expect::Exactly(Version(version)) };
    let stream = StreamId::from(&endpoint.endpoint_id);
    let events = vec![NewEvent::of(&event, some::start())];
    some::nothing().change(Change { stream, expect, events, view, numbered: false })
}

async fn save(at: &Stores, endpoint: &Endpoint, version: u64) {
    let view = ViewChange::Put(Box::new(View::Endpoint(Box::new(endpoint.clone()))));
    at.commit(changed(endpoint, version, view)).await.unwrap();
}

/// Place the `n`-th order; gives the position of its first event.
async fn happens(at: &Stores, n: u64) -> Position {
    let before = *at.feed.head().borrow();
    at.commit(some::place(&some::order(n))).await.unwrap();
    Position(before.0 + 1)
}

fn new(n: u64, endpoint: u64, position: Position, due: i64) -> NewDelivery {
    NewDelivery {
        delivery_id: some::id(n),
        endpoint_id: endpoint_id(endpoint),
        position,
        event_id: some::id(position.0),
        kind: "order.placed",
        subject: format!("ord_{n}"),
        due_at: some::second(due),
    }
}

fn say(changes: impl IntoIterator<Item = DeliveryChange>) -> Commit {
    Commit { deliveries: changes.into_iter().collect(), ..some::nothing() }
}

async fn make(at: &Stores, made: impl IntoIterator<Item = NewDelivery>) {
    at.commit(say(made.into_iter().map(DeliveryChange::Make))).await.unwrap();
}

fn ended(n: u64, attempt: u32, status: u16, state: DeliveryState, due: i64) -> DeliveryChange {
    let error = (status != 200).then(|| format!("answered {status}"));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    DeliveryChange::End(Box::new(Ended {
        delivery_id: some::id(n),
        attempt: Attempt {
            attempt,
            at: some::start(),
            url: "https://1.example.com/hooks".to_owned(),
            address: Some("203.0.113.7:443".to_owned()),
            request_headers: vec![header("webhook-id", "evt_1")],
            form: Form::Full,
            status: Some(status),
            response_headers: vec![header("x-answer", "ünïcode")],
            response_body: "thanks\u{fffd}".to_owned(),
            timings: Timings { dns_ms: Some(1), total_ms: 5, ..Timings::default() },
            error,
        },
        state,
        due_at: some::second(due),
    }))
}

async fn delivery(at: &Stores, n: u64) -> Delivery {
    at.deliveries.delivery(&some::id(n)).await.unwrap().unwrap()
}

async fn due(at: &Stores, endpoint: u64, queue: Queue, now: i64, limit: u32) -> Vec<u64> {
    let found = at.deliveries.due(&endpoint_id(endpoint), queue, some::second(now), limit).await.unwrap();
    found.iter().map(|due| due.event.position.0).collect()
}

async fn an_endpoint_is_kept(rig: &Rig) {
    let mut one = endpoint(1);
    save(&rig.stores(), &one, 0).await;
    save(&rig.stores(), &endpoint(2), 0).await;
    let at = rig.again().await;
    let stored = at.deliveries.endpoint(&endpoint_id(1)).await.unwrap().unwrap();
    assert_eq!((&stored.value, stored.version), (&one, Version(1)), "with its secret");
    let all = at.deliveries.endpoints().await.unwrap();
    assert_eq!(
        all.iter().map(|e| &e.value.endpoint_id).collect::<Vec<_>>(),
        [&endpoint_id(2), &endpoint_id(1)]
    );
    one.types = vec!["order.*".to_owned()];
    save(&at, &one, 1).await;
    // An event without a view moves the version all the same.
    at.commit(changed(&one, 2, ViewChange::Keep)).await.unwrap();
    let at = rig.again().await;
    let stored = at.deliveries.endpoint(&endpoint_id(1)).await.unwrap().unwrap();
    assert_eq!((stored.value, stored.version), (one.clone(), Version(3)));
    at.commit(changed(&one, 3, ViewChange::Delete)).await.unwrap();
    assert_eq!(rig.again().await.deliveries.endpoint(&endpoint_id(1)).await.unwrap(), None);
    assert_eq!(rig.stores().deliveries.endpoints().await.unwrap().len(), 1);
}

async fn a_delivery_is_made_once(rig: &Rig) {
    let at = rig.stores();
    save(&at, &endpoint(1), 0).await;
    let position = happens(&at, 1).await;
    make(&at, [new(1, 1, position, 3), new(2, 1, position, 0)]).await;
    make(&at, [new(3, 1, position, 0), new(4, 2, position, 0)]).await;
    let at = rig.again().await;
    let made = delivery(&at, 1).await;
    assert_eq!((made.state, made.tries, made.attempts), (DeliveryState::Waiting, 0, 0));
    assert_eq!((made.position, made.due_at, made.last_status), (position, some::second(3), None));
    assert_eq!((made.kind.as_str(), made.subject.as_str()), ("order.placed", "ord_1"));
    for n in [2, 3] {
        assert_eq!(at.deliveries.delivery(&some::id(n)).await.unwrap(), None, "it is there already");
    }
    let of = at.deliveries.of_events(&endpoint_id(1), &[position, Position(99)]).await.unwrap();
    assert_eq!(of.into_values().map(|d| d.delivery_id).collect::<Vec<_>>(), [some::id(1)]);
    assert_eq!(delivery(&at, 4).await.endpoint_id, endpoint_id(2), "another endpoint has its own");
}

async fn what_is_due_comes_in_order(rig: &Rig) {
    let at = rig.stores();
    save(&at, &endpoint(1), 0).await;
    let mut positions = Vec::new();
    for n in 1..=4 {
        positions.push(happens(&at, n).await);
    }
    let dues = [5, 2, 2, 9];
    let made = (1..).zip(positions.iter().zip(dues));
    make(&at, made.map(|(n, (position, due))| new(n, 1, *position, due))).await;
    let at = rig.again().await;
    let at_positions = |indexes: &[usize]| indexes.iter().map(|i| positions[*i].0).collect::<Vec<_>>();
    assert_eq!(due(&at, 1, Queue::ByTime, 1, 9).await, [0; 0], "none is due yet");
    assert_eq!(due(&at, 1, Queue::ByTime, 5, 9).await, at_positions(&[1, 2, 0]));
    assert_eq!(due(&at, 1, Queue::ByTime, 5, 2).await, at_positions(&[1, 2]));
    assert_eq!(due(&at, 1, Queue::ByPosition, 0, 3).await, at_positions(&[0, 1, 2]), "due or not");
    assert_eq!(due(&at, 2, Queue::ByTime, 9, 9).await, [0; 0]);
    let found = at.deliveries.due(&endpoint_id(1), Queue::ByTime, some::second(5), 1).await.unwrap();
    assert_eq!(found[0].event.name, "OrderConfirmed", "with its event");
    assert_eq!(found[0].delivery.position, found[0].event.position);
    let times = at.deliveries.due_times().await.unwrap();
    assert_eq!(times.into_iter().collect::<Vec<_>>(), [(endpoint_id(1), some::second(2))]);
    let waiting = at.deliveries.waiting().await.unwrap();
    assert_eq!((waiting.deliveries, waiting.due_at), (4, Some(some::second(2))));
}

async fn an_attempt_ends_and_is_told(rig: &Rig) {
    let at = rig.stores();
    save(&at, &endpoint(1), 0).await;
    let position = happens(&at, 1).await;
    make(&at, [new(1, 1, position, 0)]).await;
    at.commit(say([ended(1, 1, 500, DeliveryState::Waiting, 5)])).await.unwrap();
    let failed = delivery(&rig.again().await, 1).await;
    assert_eq!((failed.state, failed.tries, failed.attempts), (DeliveryState::Waiting, 1, 1));
    assert_eq!((failed.due_at, failed.last_status), (some::second(5), Some(500)));
    assert_eq!(failed.last_error.as_deref(), Some("answered 500"));
    let at = rig.stores();
    at.commit(say([ended(1, 2, 200, DeliveryState::Delivered, 6)])).await.unwrap();
    let at = rig.again().await;
    let done = delivery(&at, 1).await;
    assert_eq!((done.state, done.attempts, done.last_error), (DeliveryState::Delivered, 2, None));
    let attempts = at.deliveries.delivery_attempts(&some::id(1)).await.unwrap();
    assert_eq!(
        attempts.iter().map(|a| (a.attempt, a.status)).collect::<Vec<_>>(),
        [(1, Some(500)), (2, Some(200))]
    );
    assert_eq!(attempts[0].response_headers[0].1, "ünïcode");
    // An attempt that comes late is noted, and changes nothing else.
    at.commit(say([ended(1, 3, 500, DeliveryState::Waiting, 9)])).await.unwrap();
    assert_eq!(delivery(&rig.again().await, 1).await.state, DeliveryState::Delivered);
    assert_eq!(rig.stores().deliveries.delivery_attempts(&some::id(1)).await.unwrap().len(), 3);
    // And one of a delivery that nobody knows is nothing.
    rig.stores().commit(say([ended(9, 1, 500, DeliveryState::Waiting, 9)])).await.unwrap();
    assert_eq!(rig.stores().deliveries.delivery_attempts(&some::id(9)).await.unwrap(), []);
}

async fn one_that_ended_is_sent_again(rig: &Rig) {
    let at = rig.stores();
    save(&at, &endpoint(1), 0).await;
    let position = happens(&at, 1).await;
    make(&at, [new(1, 1, position, 0)]).await;
    let again = |due: i64| DeliveryChange::Again { delivery_id: some::id(1), due_at: some::second(due) };
    at.commit(say([ended(1, 1, 500, DeliveryState::Waiting, 300)])).await.unwrap();
    at.commit(say([again(7)])).await.unwrap();
    let hurried = delivery(&rig.again().await, 1).await;
    assert_eq!((hurried.state, hurried.tries, hurried.due_at), (DeliveryState::Waiting, 1, some::second(7)));
    let at = rig.stores();
    at.commit(say([ended(1, 2, 500, DeliveryState::Exhausted, 8)])).await.unwrap();
    assert_eq!(due(&at, 1, Queue::ByTime, 99, 9).await, [0; 0]);
    at.commit(say([again(9)])).await.unwrap();
    let at = rig.again().await;
    let begun = delivery(&at, 1).await;
    assert_eq!(
        (begun.state, begun.tries, begun.attempts),
        (DeliveryState::Waiting, 0, 2),
        "a round of its own"
    );
    assert_eq!(due(&at, 1, Queue::ByTime, 9, 9).await, [position.0]);
}

async fn who_was_replaced_changes_nothing(rig: &Rig) {
    let at = rig.stores();
    save(&at, &endpoint(1), 0).await;
    let position = happens(&at, 1).await;
    let to = |n: u64| FeedCursor { epoch: "a".to_owned(), position: Position(n) };
    let fenced = |n: u64, seen: u64| Commit {
        bookmark: Some(BookmarkMove { name: "post".to_owned(), seen: Version(seen), to: to(n) }),
        ..say([DeliveryChange::Make(new(n, 1, position, 0))])
    };
    assert_eq!(at.commit(fenced(1, 5)).await, Err(Refused::LeaseLost), "it never was there");
    assert_eq!(at.feed.move_bookmark("post", Version(0), &to(3)).await, Ok(Version(1)));
    let at = rig.again().await;
    assert_eq!(at.commit(fenced(1, 0)).await, Err(Refused::LeaseLost), "somebody else is");
    assert_eq!(at.deliveries.delivery(&some::id(1)).await.unwrap(), None, "nothing of it stands");
    at.commit(fenced(2, 1)).await.unwrap();
    let at = rig.again().await;
    assert_eq!(delivery(&at, 2).await.position, position);
    let mark = at.feed.bookmark("post").await.unwrap();
    assert_eq!((mark.version, mark.at), (Version(2), to(2)));
    assert_eq!(at.commit(fenced(3, 1)).await, Err(Refused::LeaseLost));
    assert_eq!(at.feed.move_bookmark("post", Version(1), &to(9)).await, Err(Refused::LeaseLost));
    assert_eq!(at.feed.move_bookmark("post", Version(2), &to(4)).await, Ok(Version(3)));
    // Of two at once that saw the same, one stands.
    let (a, b) = tokio::join!(at.commit(fenced(4, 3)), at.commit(fenced(5, 3)));
    assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1, "{a:?} {b:?}");
    assert_eq!(rig.again().await.feed.bookmark("post").await.unwrap().version, Version(4));
}

async fn how_endpoints_fare(rig: &Rig) {
    let at = rig.stores();
    save(&at, &endpoint(1), 0).await;
    assert_eq!(at.deliveries.health().await.unwrap().len(), 0);
    let fares = |health: Health| DeliveryChange::Health { endpoint_id: endpoint_id(1), health };
    let bad = Health { failures: 3, failing_since: Some(some::second(4)), last_success_at: None };
    at.commit(say([fares(Health::default()), fares(bad)])).await.unwrap();
    let at = rig.again().await;
    assert_eq!(
        at.deliveries.health().await.unwrap().into_iter().collect::<Vec<_>>(),
        [(endpoint_id(1), bad)]
    );
    let good = Health { failures: 0, failing_since: None, last_success_at: Some(some::second(9)) };
    at.commit(say([fares(good)])).await.unwrap();
    assert_eq!(rig.again().await.deliveries.health().await.unwrap().get(&endpoint_id(1)), Some(&good));
}

async fn only_enabled_endpoints_are_due(rig: &Rig) {
    let at = rig.stores();
    let mut one = endpoint(1);
    save(&at, &one, 0).await;
    let position = happens(&at, 1).await;
    make(&at, [new(1, 1, position, 0), new(2, 2, position, 0)]).await;
    assert_eq!(at.deliveries.due_times().await.unwrap().len(), 1, "nobody knows the other");
    one.disabled = Some(Disabled::Gone);
    save(&at, &one, 1).await;
    let at = rig.again().await;
    assert!(at.deliveries.due_times().await.unwrap().is_empty());
    assert_eq!(at.deliveries.waiting().await.unwrap().deliveries, 0);
    assert_eq!(delivery(&at, 1).await.state, DeliveryState::Waiting, "it waits for better times");
}

async fn lists_are_newest_first(rig: &Rig) {
    let at = rig.stores();
    save(&at, &endpoint(1), 0).await;
    let mut newest = Position(0);
    for n in 1..=5 {
        newest = happens(&at, n).await;
        make(&at, [new(n, 1 + n % 2, newest, 0)]).await;
    }
    at.commit(say([ended(5, 1, 200, DeliveryState::Delivered, 1)])).await.unwrap();
    let at = rig.again().await;
    let found = async |query: DeliveryQuery| {
        let page = at.deliveries.deliveries(&query).await.unwrap();
        let ids: Vec<_> = page.rows.iter().map(|d| d.delivery_id.clone()).collect();
        (ids, page.next)
    };
    let ids = |numbers: &[u64]| numbers.iter().map(|n| some::id(*n)).collect::<Vec<_>>();
    let page = PageRequest { limit: 2, ..PageRequest::default() };
    let (first, next) = found(DeliveryQuery { page: page.clone(), ..DeliveryQuery::default() }).await;
    assert_eq!(first, ids(&[5, 4]));
    let page = PageRequest { from: sutler_app::page::From::After(next.unwrap()), ..page };
    assert_eq!(found(DeliveryQuery { page, ..DeliveryQuery::default() }).await.0, ids(&[3, 2]));
    let of = DeliveryQuery { endpoint_id: Some(endpoint_id(2)), ..DeliveryQuery::default() };
    assert_eq!(found(of.clone()).await.0, ids(&[5, 3, 1]));
    let waiting = DeliveryQuery { states: vec![DeliveryState::Waiting], ..of };
    assert_eq!(found(waiting).await.0, ids(&[3, 1]));
    let event_id: sutler_domain::EventId = some::id(newest.0);
    let of = DeliveryQuery { event_id: Some(event_id.to_string()), ..DeliveryQuery::default() };
    assert_eq!(found(of).await.0, ids(&[5]));
}

async fn what_is_over_is_forgotten(rig: &Rig) {
    let at = rig.stores();
    let one = endpoint(1);
    save(&at, &one, 0).await;
    for n in 1..=3 {
        let position = happens(&at, n).await;
        make(&at, [new(n, 1, position, 0)]).await;
    }
    at.commit(say([ended(1, 1, 200, DeliveryState::Delivered, 0)])).await.unwrap();
    at.commit(say([ended(2, 1, 500, DeliveryState::Exhausted, 86_400)])).await.unwrap();
    rig.clock.advance(SignedDuration::from_hours(30 * 24));
    let at = rig.again().await;
    (at.maintain)().await;
    assert_eq!(at.deliveries.delivery(&some::id(1)).await.unwrap(), None);
    assert_eq!(at.deliveries.delivery_attempts(&some::id(1)).await.unwrap(), []);
    assert!(at.deliveries.delivery(&some::id(2)).await.unwrap().is_some(), "it ended a day later");
    assert!(at.deliveries.delivery(&some::id(3)).await.unwrap().is_some(), "it waits");
    at.commit(changed(&one, 1, ViewChange::Delete)).await.unwrap();
    (at.maintain)().await;
    assert_eq!(at.deliveries.delivery(&some::id(3)).await.unwrap(), None, "to an endpoint that is gone");
}
