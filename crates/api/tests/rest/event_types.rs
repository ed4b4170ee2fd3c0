//! What is told of events: types, schemas, `AsyncAPI`, the page; and that no event tells of a person.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sutler_api::asyncapi;
use sutler_api::rest::Options;
use sutler_app::public::registry;

use crate::door::{Door, basket, paid};

#[tokio::test]
async fn every_type_has_its_schema_and_an_example_of_it() {
    let door = Door::open().await;
    let list = door.get("/event_types").await.must(200);
    let types = list["data"].as_array().unwrap();
    assert_eq!(types.len(), registry::kinds().len());
    for of in types {
        let name = of["name"].as_str().unwrap();
        assert_eq!(&door.get(&format!("/event_types/{name}")).await.must(200), of);
        for said in ["description", "means"] {
            assert!(!of[said].as_str().unwrap().is_empty(), "{name} {said}");
        }
        let address = of["dataschema"].as_str().unwrap();
        assert_eq!(of["example"]["dataschema"], of["dataschema"]);
        let reply = door.get(address.strip_prefix("http://shop.test").unwrap()).await;
        assert_eq!(
            (reply.must(200), reply.header("content-type")),
            (of["schema"].clone(), "application/schema+json")
        );
        let validator = jsonschema::validator_for(&of["schema"]).unwrap();
        assert!(validator.is_valid(&of["example"]["data"]), "{name}");
    }
    for path in
        ["/event_types/order.eaten", "/event_types/order.eaten/1.json", "/event_types/order.placed/2.json"]
    {
        assert_eq!(door.get(path).await.told(), "404 not_found", "{path}");
    }
}

#[tokio::test]
async fn whoever_has_an_event_can_look_its_schema_up_without_a_key() {
    let door = Door::with(|_| {}, Options::default()).await;
    for path in ["/event_types/order.placed/1.json", "/asyncapi.json", "/docs/events"] {
        assert_eq!(door.get(path).await.status, 200, "{path}");
    }
    assert_eq!(door.get("/event_types").await.told(), "401 unauthenticated");
    let page = String::from_utf8(door.get("/docs/events").await.bytes).unwrap();
    for kind in registry::kinds() {
        assert!(page.contains(&format!("<h2 id=\"{kind}\">")), "{kind}");
        assert!(page.contains(&format!("/event_types/{kind}/1.json")), "{kind}");
    }
    assert!(page.contains("may be null") && page.contains("Usually followed by"));
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/asyncapi.json")
}

#[tokio::test]
async fn the_committed_description_is_what_is_served() {
    let text = fs::read_to_string(committed()).unwrap_or_default();
    let ours = Path::new(env!("CARGO_TARGET_TMPDIR")).join("asyncapi.json");
    fs::write(&ours, asyncapi::text()).unwrap();
    assert!(
        text == asyncapi::text(),
        "docs/asyncapi.json is another one; if it should change: sutler gen-asyncapi > docs/asyncapi.json, or copy {}",
        ours.display()
    );
    assert_eq!(Door::open().await.get("/asyncapi.json").await.bytes, text.into_bytes());
}

#[expect(clippy::disallowed_methods, reason = "a test has no config file: this is where the setting enters")]
fn specification() -> Option<PathBuf> {
    std::env::var_os("SUTLER_ASYNCAPI").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Judged by the schema that the makers of `AsyncAPI` publish (`@asyncapi/specs`).
#[test]
fn asyncapi_itself_finds_no_fault_in_the_description() {
    let Some(path) = specification() else {
        eprintln!(
            "SKIPPED: SUTLER_ASYNCAPI names no schema of AsyncAPI 3.0; `cargo xtask test` fetches it and runs this."
        );
        return;
    };
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let document: Value = serde_json::from_str(&asyncapi::text()).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let wrong = json!({"asyncapi": "3.0.0", "info": {"title": "without a version"}});
    assert!(!validator.is_valid(&wrong), "it judges nothing");
}

/// An order in which everything names somebody.
#[tokio::test]
async fn no_event_tells_of_a_person() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(100)).await;
    let address = json!({"name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London", "postal_code": "SW1Y 4JH", "country": "GB"});
    for token in ["tok_ok", "tok_auth_only", "tok_declined", "tok_3ds"] {
        let mut order = paid("P1", 2, token);
        order["customer"] =
            json!({"email": "ada@example.com", "name": "Ada Lovelace", "phone": "+442079460000"});
        order["shipping_address"] = address.clone();
        order["billing_address"] = address.clone();
        let placed = door.post("/orders", &order).await.must(201);
        door.settle().await;
        let path = format!("/orders/{}", placed["order_id"].as_str().unwrap());
        let change = json!({"customer": {"email": "ada2@example.com", "name": "Ada King"}});
        door.patch_with(&path, &[], &change).await.must(200);
        door.post(&format!("{path}/notes"), &json!({"text": "Ada called from +442079460000"})).await;
        door.post(&format!("{path}/fulfillments"), &json!({"ship": true, "tracking": {"number": "JD01"}}))
            .await;
        door.post(
            "/refunds",
            &json!({"order_id": placed["order_id"], "amount": {"amount": 500, "currency": "EUR"}}),
        )
        .await;
        door.post(&format!("{path}/cancel"), &json!({})).await;
        door.settle().await;
    }
    door.post("/orders", &basket("P1", 1)).await.must(201);
    let (mut text, mut kinds, mut path) = (String::new(), Vec::new(), "/events?limit=200".to_owned());
    loop {
        let page = door.get(&path).await.must(200);
        for event in page["data"].as_array().unwrap() {
            text += &event.to_string().to_lowercase();
            kinds.push(event["type"].as_str().unwrap().to_owned());
        }
        if page["page"]["has_more"] == false {
            break;
        }
        path = format!("/events?limit=200&after={}", page["page"]["next"].as_str().unwrap());
    }
    for kind in
        ["order.updated", "payment.captured", "payment.failed", "fulfillment.shipped", "refund.created"]
    {
        assert!(kinds.iter().any(|known| known == kind), "{kind} did not happen: {kinds:?}");
    }
    for person in [
        "\"ada",
        "lovelace",
        "ada king",
        "ada called",
        "@example.com",
        "2079460000",
        "sw1y",
        "london",
        "tok_",
    ] {
        assert!(!text.contains(person), "an event says {person}");
    }
    assert!(text.contains("\"customer_id\":\"c1\""));
}
