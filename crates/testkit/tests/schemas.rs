//! The registry of events says what the engine writes: every example is a body that the domain reads and writes again as
//! it is, and every variant of every event is as its schema says, to the last field.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sutler_app::event::Recorded;
use sutler_app::job::JobEvent;
use sutler_app::public::{TYPES, public, registry};
use sutler_app::stream::StreamKind;
use sutler_app::webhooks::EndpointEvent;
use sutler_domain::catalog::{CategoryEvent, CollectionEvent, PriceEvent, ProductEvent};
use sutler_domain::customers::CustomerEvent;
use sutler_domain::inventory::{ReservationEvent, StockEvent};
use sutler_domain::orders::OrderEvent;
use sutler_testkit::schema;

const SHOP: &str = "https://shop.example.com";

/// The body as the domain writes it.
fn again<E: DeserializeOwned + Serialize>(body: &str) -> Value {
    serde_json::to_value(serde_json::from_str::<E>(body).unwrap()).unwrap()
}

fn written_again(event: &Recorded) -> Value {
    match event.stream.kind() {
        StreamKind::Order => again::<OrderEvent>(&event.body),
        StreamKind::Product => again::<ProductEvent>(&event.body),
        StreamKind::Category => again::<CategoryEvent>(&event.body),
        StreamKind::Collection => again::<CollectionEvent>(&event.body),
        StreamKind::Price => again::<PriceEvent>(&event.body),
        StreamKind::Stock => again::<StockEvent>(&event.body),
        StreamKind::Reservation => again::<ReservationEvent>(&event.body),
        StreamKind::Customer => again::<CustomerEvent>(&event.body),
        StreamKind::Job => again::<JobEvent>(&event.body),
        StreamKind::Endpoint => again::<EndpointEvent>(&event.body),
        other => panic!("no event of {other:?} is public"),
    }
}

#[test]
fn every_example_is_what_the_engine_would_write() {
    for event in registry::examples() {
        let body: Value = serde_json::from_str(&event.body).unwrap();
        assert_eq!(written_again(&event), body, "{}", event.name);
        let shown = public(&event, SHOP).unwrap();
        assert_eq!(schema::faults(&shown), Vec::<String>::new(), "{shown:#?}");
    }
}

/// The bodies that the domain pins: every variant, with every field.
fn pinned() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/snapshots");
    let mut bodies = Vec::new();
    for name in ["order", "product", "price", "collection", "category", "stock", "reservation", "customer"] {
        let text = fs::read_to_string(folder.join(format!("events__{name}_events.snap"))).unwrap();
        let (_, json) = text.split_once("\n---\n").unwrap();
        bodies.extend(serde_json::from_str::<Vec<Value>>(json).unwrap());
    }
    bodies
}

#[test]
fn every_field_of_every_public_event_is_described_and_no_other() {
    let (examples, mut judged) = (registry::examples(), BTreeSet::new());
    for body in pinned() {
        let name = body.as_object().unwrap().keys().next().unwrap().clone();
        let Some(like) = examples.iter().find(|example| example.name == name) else {
            assert!(TYPES.iter().all(|of| of.logged != name), "{name} is public and has no example");
            continue;
        };
        let event = Recorded { body: body.to_string(), ..like.clone() };
        let shown = public(&event, SHOP).unwrap();
        assert_eq!(schema::faults(&shown), Vec::<String>::new(), "{name}: {}", shown.data);
        // What is described and never written would be a promise that nobody keeps.
        let written: BTreeSet<&str> =
            shown.data["object"].as_object().unwrap().keys().map(String::as_str).collect();
        let of = TYPES.iter().find(|of| of.name == shown.kind && of.logged == name).unwrap();
        for field in of.fields() {
            assert!(written.contains(field.name), "{name} never has the field {}", field.name);
        }
        judged.insert(name);
    }
    // Events that are no domain's are pinned by their examples.
    let elsewhere = ["JobDead", "WebhookEndpointDisabled", "WebhookPinged"];
    let logged = TYPES.iter().map(|of| of.logged).filter(|name| !elsewhere.contains(name));
    let all: BTreeSet<String> = logged.map(str::to_owned).collect();
    assert_eq!(judged, all);
}

#[test]
fn schemas_name_themselves_by_the_address_that_events_name() {
    for kind in registry::kinds() {
        let event = registry::example(kind, SHOP).unwrap();
        let schema = registry::schema(kind, SHOP).unwrap();
        assert_eq!(schema["$id"], Value::from(event.dataschema.clone()));
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(validator.is_valid(&event.data), "{kind}");
        // A consumer is told that more may come.
        let mut grown = event.data.clone();
        grown["object"]["a_later_field"] = Value::from(1);
        assert!(validator.is_valid(&grown), "{kind}");
    }
}
