//! Subscriptions over server-sent events.

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures::StreamExt;
use serde_json::{Value, json};
use sutler_api::rest::Options;
use tokio::task::JoinHandle;

use super::{placed, told};
use crate::door::{Door, paid};

/// The one reader of a node, which ends with the test.
pub(super) struct Aloud(JoinHandle<()>);

impl Drop for Aloud {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A shop whose log is read aloud.
pub(super) async fn shop(options: Options) -> (Door, Aloud) {
    let door = Door::with(|_| {}, options).await;
    door.product("P1", 1000, None).await;
    let live = door.app.live.clone();
    (door, Aloud(tokio::spawn(async move { live.run().await })))
}

fn dev() -> Options {
    Options { dev: true, ..Options::default() }
}

struct Stream {
    body: BodyDataStream,
    text: String,
}

impl Stream {
    async fn open(door: &Door, body: &Value) -> Self {
        let request = Request::post("/graphql")
            .header("accept", "text/event-stream")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        let answer = door.begin(request.unwrap()).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { body: answer.into_body().into_data_stream(), text: String::new() }
    }

    /// The next message: its kind and its data.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = message.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                let (kind, data) = (field("event:"), field("data:"));
                let rest = rest.to_owned();
                self.text = rest;
                return Some((kind, serde_json::from_str(&data).unwrap_or_default()));
            }
            self.text += std::str::from_utf8(&self.body.next().await?.unwrap()).unwrap();
        }
    }

    async fn answer(&mut self) -> Value {
        let (kind, data) = self.next().await.unwrap();
        assert_eq!(kind, "next", "{data}");
        data
    }
}

#[tokio::test]
async fn events_come_as_they_happen_and_from_a_place_on() {
    let (door, _aloud) = shop(dev()).await;
    let document =
        "subscription($t: [String!], $a: ID) { events(types: $t, after: $a) { id type subject data } }";
    let ask = |after: Value| json!({ "query": document, "variables": { "t": ["order.*"], "a": after } });
    let mut stream = Stream::open(&door, &ask(Value::Null)).await;
    // Nothing is missed between the opening and the first event.
    let id = placed(&door, "P1").await;
    let answer = stream.answer().await;
    let event = &answer["data"]["events"];
    assert_eq!((&event["type"], &event["subject"]), (&json!("order.placed"), &json!(id)));
    assert_eq!(answer["extensions"]["cost"]["limit"], 2000);
    let rest = door.get(&format!("/events/{}", event["id"].as_str().unwrap())).await.must(200);
    assert_eq!(rest["data"], event["data"]);
    let second = placed(&door, "P1").await;
    let mut later = Stream::open(&door, &ask(event["id"].clone())).await;
    assert_eq!(later.answer().await["data"]["events"]["subject"], json!(second));
}

#[tokio::test]
async fn an_order_is_shown_at_once_and_after_each_change() {
    let (door, _aloud) = shop(dev()).await;
    let order = door.post("/orders", &paid("P1", 1, "tok_ok")).await.must(201);
    let document = "subscription($id: ID!) { orderUpdated(id: $id) { version status paymentStatus payments { nodes { status } } } }";
    let body = json!({ "query": document, "variables": { "id": order["order_id"] } });
    let mut stream = Stream::open(&door, &body).await;
    let first = stream.answer().await["data"]["orderUpdated"].clone();
    assert_eq!((&first["status"], &first["version"]), (&json!("CREATED"), &order["version"]));
    // Another order is no news.
    placed(&door, "P1").await;
    door.settle().await;
    let mut last = first;
    while last["status"] != "CONFIRMED" {
        let next = stream.answer().await["data"]["orderUpdated"].clone();
        assert!(next["version"].as_u64() > last["version"].as_u64(), "{next}");
        last = next;
    }
    assert_eq!(
        (&last["paymentStatus"], &last["payments"]["nodes"][0]["status"]),
        (&json!("PAID"), &json!("CAPTURED"))
    );
}

#[tokio::test]
async fn figures_are_told_at_once_and_again_with_what_happened_since() {
    let (door, _aloud) = shop(dev()).await;
    let document = "subscription { statsTick(every: 1) { attention { lowStock } } }";
    let mut stream = Stream::open(&door, &json!({ "query": document })).await;
    let mut low = async || stream.answer().await["data"]["statsTick"]["attention"]["lowStock"].clone();
    assert_eq!(low().await, 0);
    door.product("P2", 1000, Some(0)).await;
    while low().await != 1 {}
}

#[tokio::test]
async fn what_cannot_be_told_ends_with_its_reason() {
    let (door, _aloud) = shop(dev()).await;
    for (document, code) in [
        ("subscription { events(types: [\"order.eaten\"]) { id } }", "validation_failed"),
        ("subscription { orderUpdated(id: \"ord_01h455vb4pex5vsknk084sn02q\") { id } }", "not_found"),
        ("subscription { events(after: \"e0:1\") { id } }", "cursor_stale"),
        ("subscription { events(after: \"evt_01h455vb4pex5vsknk084sn02q\") { id } }", "cursor_stale"),
        ("subscription { evens { id } }", "validation_failed"),
        ("subscription { statsTick(every: 0) { until } }", "validation_failed"),
        ("subscription { statsTick(every: 3601) { until } }", "validation_failed"),
    ] {
        let mut stream = Stream::open(&door, &json!({ "query": document })).await;
        assert_eq!(told(&stream.answer().await).0, code, "{document}");
        assert_eq!(stream.next().await.unwrap().0, "complete", "{document}");
        assert_eq!(stream.next().await, None, "{document}");
    }
    // What is no subscription is one answer.
    let mut stream = Stream::open(&door, &json!({ "query": "{ __typename }" })).await;
    assert_eq!(stream.answer().await["data"]["__typename"], "Query");
    assert_eq!(stream.next().await.unwrap().0, "complete");
    let answer = super::ask(&door, "subscription { events { id } }").await;
    let (code, _, message) = told(&answer);
    assert!(code == "validation_failed" && message.contains("text/event-stream"), "{answer}");
}

#[tokio::test]
async fn more_than_there_are_places_for_are_sent_away() {
    let (door, _aloud) = shop(Options { event_streams_max: 1, ..dev() }).await;
    let body = json!({ "query": "subscription { events { id } }" });
    let mut first = Stream::open(&door, &body).await;
    let listening = async {
        placed(&door, "P1").await;
        first.answer().await
    };
    listening.await;
    let mut second = Stream::open(&door, &body).await;
    assert_eq!(told(&second.answer().await).0, "busy");
    drop(first);
    let mut third = Stream::open(&door, &body).await;
    placed(&door, "P1").await;
    third.answer().await;
    door.api.end_streams();
    while let Some((kind, _)) = third.next().await {
        assert_ne!(kind, "error");
    }
}
