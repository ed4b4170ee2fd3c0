//! `GET /events/stream`: the log as it grows, as server-sent events.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use futures::StreamExt;
use serde_json::{Value, json};
use sutler_api::rest::Options;
use sutler_app::Caller;
use sutler_domain::ApiKeyId;
use tokio::task::JoinHandle;

use crate::door::{Door, basket, paid};

/// The one reader of a node, which ends with the test.
struct Aloud(JoinHandle<()>);

impl Drop for Aloud {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A shop with mugs, whose log is read aloud.
async fn shop() -> (Door, Aloud) {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let live = door.app.live.clone();
    (door, Aloud(tokio::spawn(async move { live.run().await })))
}

/// An open stream.
struct Stream {
    status: StatusCode,
    headers: HeaderMap,
    body: BodyDataStream,
    text: String,
}

/// A message: its fields by name.
type Message = Vec<(String, String)>;

fn field<'m>(message: &'m Message, name: &str) -> &'m str {
    message.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

impl Stream {
    async fn open(door: &Door, path: &str, headers: &[(&str, &str)]) -> Self {
        let request =
            headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        let (parts, body) = door.begin(request.body(Body::empty()).unwrap()).await.into_parts();
        let (status, headers) = (parts.status, parts.headers);
        Self { status, headers, body: body.into_data_stream(), text: String::new() }
    }

    /// The next message, comments among them; `None` at the end.
    async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let pair = |line: &str| {
                    let (name, value) = line.split_once(':').unwrap();
                    (name.to_owned(), value.trim_start().to_owned())
                };
                let (message, rest) = (message.lines().map(pair).collect(), rest.to_owned());
                self.text = rest;
                return Some(message);
            }
            self.text += std::str::from_utf8(&self.body.next().await?.unwrap()).unwrap();
        }
    }

    /// The next event.
    async fn event(&mut self) -> Value {
        let message = self.next().await.unwrap();
        let event: Value = serde_json::from_str(field(&message, "data")).unwrap();
        assert_eq!(
            (field(&message, "id"), field(&message, "event")),
            (event["id"].as_str().unwrap(), event["type"].as_str().unwrap())
        );
        event
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

#[tokio::test]
async fn open_dashboards_are_told_together_what_changed() {
    let (door, _aloud) = shop().await;
    let mut tabs =
        [Stream::open(&door, "/admin/live", &[]).await, Stream::open(&door, "/admin/live", &[]).await];
    for tab in &mut tabs {
        assert_eq!((tab.status, tab.header("content-type")), (StatusCode::OK, "text/event-stream"));
        assert_eq!(field(&tab.next().await.unwrap(), "event"), "open");
    }
    let placed = door.post("/orders", &paid("P1", 1, "tok_ok")).await.must(201);
    door.settle().await;
    let mut told = Vec::new();
    for tab in &mut tabs {
        let mut seen = Vec::new();
        while !seen.iter().any(|kind| kind == "order.confirmed") {
            let message = tab.next().await.unwrap();
            assert_eq!(field(&message, "event"), "changes");
            let data: Value = serde_json::from_str(field(&message, "data")).unwrap();
            for change in data["changes"].as_array().unwrap() {
                assert_eq!(change["count"], 1, "{change}");
                if change["type"] == "order.placed" {
                    assert_eq!(change["subject"], placed["order_id"]);
                }
                seen.push(change["type"].as_str().unwrap().to_owned());
            }
        }
        assert!(seen.iter().any(|kind| kind == "order.placed"), "{seen:?}");
        told.push(seen);
    }
    assert_eq!(told[0], told[1], "both are told the same");
    assert_eq!(door.app.live.readers(), 1, "one reads for both");
    drop(tabs);
    door.post("/orders", &paid("P1", 1, "tok_ok")).await.must(201);
    let mut again = Stream::open(&door, "/admin/live", &[]).await;
    assert_eq!(field(&again.next().await.unwrap(), "event"), "open");
    door.app.live.close();
    while again.next().await.is_some() {}
}

#[tokio::test]
async fn events_come_as_they_happen_and_say_how_to_go_on() {
    let (door, _aloud) = shop().await;
    let mut stream =
        Stream::open(&door, "/events/stream?types=order.*,payment.*", &[("accept-encoding", "gzip")]).await;
    assert_eq!(stream.status, 200);
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
        ("content-encoding", ""),
    ] {
        assert_eq!(stream.header(name), value, "{name}");
    }
    let first = stream.next().await.unwrap();
    assert_eq!((field(&first, "event"), field(&first, "retry")), ("stream.open", "2000"));
    assert!(field(&first, "id").starts_with("e1:"), "{first:?}");
    let placed = door.post("/orders", &paid("P1", 1, "tok_ok")).await.must(201);
    door.settle().await;
    let mut read = Vec::new();
    for kind in ["order.placed", "payment.created", "payment.captured", "order.confirmed"] {
        let event = stream.event().await;
        assert_eq!((&event["type"], &event["subject"]), (&json!(kind), &placed["order_id"]));
        // The same event under the same id, wherever it is read.
        let path = format!("/events/{}", event["id"].as_str().unwrap());
        assert_eq!(door.get(&path).await.must(200), event);
        read.push(event["id"].as_str().unwrap().to_owned());
    }
    drop(stream);
    door.post("/orders", &basket("P1", 1)).await.must(201);
    // A browser sends the address as it was, and the last id beside it: that one counts.
    let path = "/events/stream?types=order.*,payment.*&after=now";
    let mut stream = Stream::open(&door, path, &[("last-event-id", &read[2])]).await;
    assert_eq!(field(&stream.next().await.unwrap(), "event"), "stream.open");
    assert_eq!(stream.event().await["id"], json!(read[3]));
    assert_eq!(stream.event().await["type"], "order.placed");
    let mut again = Stream::open(&door, &format!("/events/stream?type=order.*&after={}", read[2]), &[]).await;
    again.next().await;
    assert_eq!(again.event().await["id"], json!(read[3]));
}

#[tokio::test]
async fn a_gap_is_the_first_message() {
    let (door, _aloud) = shop().await;
    let lost = ("last-event-id", "evt_01h455vb4pex5vsknk084sn02q");
    let mut stream = Stream::open(&door, "/events/stream?types=*", &[lost]).await;
    let message = stream.next().await.unwrap();
    let told: Value = serde_json::from_str(field(&message, "data")).unwrap();
    let oldest = stream.event().await;
    assert_eq!(field(&message, "event"), "stream.gap");
    assert_eq!((&told["reason"], &told["oldest"]), (&json!("unknown_event"), &oldest["id"]));
    assert_eq!(field(&message, "retry"), "2000");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let (door, _aloud) = shop().await;
    for (path, header, told) in [
        ("/events/stream?types=order.eaten", "", "400 validation_failed; /type validation_failed"),
        ("/events/stream?after=later", "", "400 validation_failed; /after validation_failed"),
        ("/events/stream?sice=now", "", "400 unknown_parameter; /sice unknown_parameter"),
        ("/events/stream?after=e0:1", "", "410 cursor_stale"),
        ("/events/stream?after=e1:999999", "", "410 cursor_stale"),
        ("/events/stream", "zzz", "400 validation_failed;  validation_failed"),
        ("/events?after=e1:999999", "", "410 cursor_stale"),
    ] {
        let reply = door.ask(Method::GET, path, &[("last-event-id", header)], b"").await;
        assert_eq!(reply.told(), told, "{path} {header}");
    }
    let door = Door::with(|_| {}, Options::default()).await;
    assert_eq!(door.get("/events/stream").await.told(), "401 unauthenticated");
    let key = format!("Bearer {}", door.key(&["orders:read"]).await);
    let reply = door.ask(Method::GET, "/events/stream", &[("authorization", &key)], b"").await;
    assert_eq!(reply.told(), "403 insufficient_scope");
}

#[tokio::test]
async fn streams_are_bounded_and_a_place_is_given_back() {
    let options = Options { dev: true, event_streams_max: 2, ..Options::default() };
    let door = Door::with(|_| {}, options).await;
    let [first, second] =
        [Stream::open(&door, "/events/stream", &[]).await, Stream::open(&door, "/events/stream", &[]).await];
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 200));
    let refused = door.get("/events/stream").await;
    assert_eq!((refused.told().as_str(), refused.header("retry-after")), ("503 busy", "5"));
    assert_eq!(refused.json()["streams_max"], 2);
    assert!(refused.json()["detail"].as_str().unwrap().contains("events.max_streams"));
    drop(first);
    assert_eq!(Stream::open(&door, "/events/stream", &[]).await.status, 200);
    // Something that was refused for another reason holds no place.
    door.get("/events/stream?after=e0:1").await;
    drop(second);
    let text = String::from_utf8(door.get("/metrics").await.bytes).unwrap();
    for name in ["sutler_event_streams ", "sutler_event_streams_behind ", "sutler_event_streams_slow_total "]
    {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn streams_share_a_pace_and_lag_without_missing_anything() {
    let options = Options { dev: true, event_stream_rate: 100, ..Options::default() };
    let door = Door::with(|_| {}, options).await;
    door.product("P1", 10_000, None).await;
    let live = door.app.live.clone();
    let _aloud = Aloud(tokio::spawn(async move { live.run().await }));
    let path = "/events/stream?types=order.placed";
    let mut streams = [Stream::open(&door, path, &[]).await, Stream::open(&door, path, &[]).await];
    for stream in &mut streams {
        assert_eq!(field(&stream.next().await.unwrap(), "event"), "stream.open");
    }
    let mut placed = Vec::new();
    for _ in 0..700 {
        placed.push(door.post("/orders", &basket("P1", 1)).await.must(201)["order_id"].clone());
    }
    let begun = tokio::time::Instant::now();
    let [one, two] = &mut streams;
    let read = async |stream: &mut Stream| {
        let mut subjects = Vec::new();
        while subjects.len() < placed.len() {
            subjects.push(stream.event().await["subject"].clone());
        }
        subjects
    };
    let (first, second) = futures::join!(read(one), read(two));
    assert_eq!((&first, &second), (&placed, &placed));
    let took = begun.elapsed().as_secs();
    assert!((11..=13).contains(&took), "1,400 at 100 a second, less a second's worth: {took} s");
    assert_eq!(door.app.live.let_go(), 0, "it was not they who were slow");
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_says_that_it_is_there() {
    let (door, _aloud) = shop().await;
    let mut stream = Stream::open(&door, "/events/stream", &[]).await;
    stream.next().await;
    let begun = tokio::time::Instant::now();
    for n in 1..=3 {
        let beat = stream.next().await.unwrap();
        assert_eq!(beat, [(String::new(), String::new())], "a comment");
        assert_eq!(begun.elapsed().as_secs(), 15 * n);
    }
}

#[tokio::test]
async fn a_server_that_ends_ends_its_streams_and_opens_none() {
    let (door, _aloud) = shop().await;
    let mut stream = Stream::open(&door, "/events/stream", &[]).await;
    stream.next().await;
    door.api.end_streams();
    assert_eq!(stream.next().await, None, "a clean end");
    assert_eq!(door.get("/events/stream").await.told(), "503 shutting_down");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_revoked_reads_on_for_seconds_only() {
    let door = Door::with(|_| {}, Options::default()).await;
    let live = door.app.live.clone();
    let _aloud = Aloud(tokio::spawn(async move { live.run().await }));
    let secret = door.key(&["events:read"]).await;
    let key = format!("Bearer {secret}");
    let mut stream = Stream::open(&door, "/events/stream", &[("authorization", &key)]).await;
    assert_eq!(field(&stream.next().await.unwrap(), "event"), "stream.open");
    let keys = door.app.access.list(&Caller::system("test")).await.unwrap();
    let key_id: ApiKeyId = keys[0].value.key_id.clone();
    let begun = tokio::time::Instant::now();
    door.app.access.revoke(&Caller::system("test"), &key_id).await.unwrap();
    while let Some(message) = stream.next().await {
        assert_eq!(message, [(String::new(), String::new())]);
    }
    assert!(begun.elapsed() <= Duration::from_secs(30), "{:?}", begun.elapsed());
}
