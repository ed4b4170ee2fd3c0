//! Orders of a file: each line answered in its place, whatever becomes of the others, and the same file again is the same
//! orders.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use futures::channel::mpsc;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sutler_api::rest::{BULK_FILES_MAX, BULK_IN_FLIGHT_MAX, BULK_LINE_BYTES_MAX, Options};
use sutler_app::commit::{Commit, Receipt, Refused};
use sutler_app::orders::TOGETHER_MAX;
use sutler_app::ports::Store;
use tokio::sync::watch;

use crate::door::{Door, Reply, basket};

const LINES: (&str, &str) = ("content-type", "application/x-ndjson");

/// An order with a reference.
fn referred(product: &str, quantity: i64, reference: &str) -> Value {
    let mut order = basket(product, quantity);
    order["reference"] = json!(reference);
    order
}

fn file(lines: &[Value]) -> String {
    lines.iter().fold(String::new(), |text, line| text + &line.to_string() + "\n")
}

async fn send(door: &Door, query: &str, headers: &[(&str, &str)], text: &str) -> Reply {
    let headers = [headers, &[LINES]].concat();
    door.ask(Method::POST, &format!("/orders/bulk{query}"), &headers, text.as_bytes()).await
}

/// The lines of an answer, the summary behind them.
fn told(reply: &Reply) -> Vec<Value> {
    let text = std::str::from_utf8(&reply.bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Line, status, code and first pointer of each line.
fn short(lines: &[Value]) -> Vec<String> {
    let line = |line: &Value| {
        let code = line["problem"]["code"].as_str().unwrap_or("-");
        let pointer = line["problem"]["errors"][0]["pointer"].as_str().unwrap_or_default();
        format!("{} {} {code} {pointer}", line["line"], line["status"]).trim_end().to_owned()
    };
    lines.iter().filter(|line| line.get("summary").is_none()).map(line).collect()
}

async fn orders(door: &Door) -> u64 {
    door.get("/orders?count=exact").await.json()["page"]["total"].as_u64().unwrap()
}

#[tokio::test]
async fn each_line_is_answered_in_its_place_and_a_bad_one_stops_no_other() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(3)).await;
    let long = format!("{{\"reference\": \"{}\"}}", "x".repeat(BULK_LINE_BYTES_MAX));
    let bad = json!({"items": [{"product_id": "P1", "quantity": "1"}]}).to_string();
    let [good, none, many] = [basket("P1", 2), basket("P2", 1), basket("P1", 4)].map(|o| o.to_string());
    let text = [good.as_str(), "", &none, &bad, &long, "{\"items\": [", &many, "[]"].join("\n");
    let reply = send(&door, "", &[], &format!("{text}\n{}", basket("P1", 1))).await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/x-ndjson"));
    assert_eq!(reply.header("content-length"), "", "nobody knows how long it will be");
    let lines = told(&reply);
    assert_eq!(
        short(&lines),
        [
            "1 201 -",
            "3 400 product_unknown /items/0/product_id",
            "4 400 validation_failed /items/0/quantity",
            "5 413 payload_too_large",
            "6 400 malformed_json",
            "7 409 out_of_stock /items/0/quantity",
            "8 400 validation_failed",
            "9 201 -",
        ]
    );
    let first = &lines[0];
    let shown = door.get(&format!("/orders/{}", first["order_id"].as_str().unwrap())).await.must(200);
    assert_eq!(shown["number"], first["number"]);
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!(
        (&summary["lines"], &summary["placed"], &summary["failed"]),
        (&json!(8), &json!(2), &json!(6))
    );
}

#[tokio::test]
async fn the_same_file_again_is_the_same_orders() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(4)).await;
    let mut keyed = basket("P1", 1);
    keyed["idempotency_key"] = json!("mine");
    let text = file(&[referred("P1", 1, "a"), keyed, basket("P1", 1), referred("P1", 1, "b")]);
    let key = [("idempotency-key", "file-1")];
    let first = told(&send(&door, "", &key, &text).await);
    assert_eq!(short(&first), ["1 201 -", "2 201 -", "3 201 -", "4 201 -"]);
    // Nothing is left, and it makes no difference.
    let again = told(&send(&door, "", &key, &text).await);
    for (one, other) in first.iter().zip(&again).take(4) {
        assert_eq!((&one["order_id"], &one["number"]), (&other["order_id"], &other["number"]));
        assert_eq!(other["replayed"], true);
    }
    assert_eq!(again[4]["summary"]["replayed"], 4);
    // Without the key of the file, and from the last line to the first: references and own keys are enough.
    let turned = file(&[referred("P1", 1, "b"), referred("P1", 1, "a")]);
    let turned = told(&send(&door, "", &[], &turned).await);
    assert_eq!(
        [&turned[0]["order_id"], &turned[1]["order_id"]],
        [&first[3]["order_id"], &first[0]["order_id"]]
    );
    // What is another order under the same names is refused.
    let other = file(&[referred("P1", 2, "a"), json!({"items": [], "idempotency_key": ""})]);
    let refused = short(&told(&send(&door, "", &[], &other).await));
    assert_eq!(refused, ["1 409 reference_exists", "2 400 validation_failed /idempotency_key"]);
    let again = file(&[basket("P1", 3)]);
    assert_eq!(short(&told(&send(&door, "", &key, &again).await)), ["1 422 idempotency_key_reused"]);
    // The key of a line is that of the request that places the same order alone.
    let alone = door.post_with("/orders", &[("idempotency-key", "mine")], &basket("P1", 1)).await;
    assert_eq!(alone.must(201)["order_id"], first[1]["order_id"]);
    assert_eq!(orders(&door).await, 4);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(2)).await;
    door.post("/orders", &referred("P1", 1, "a")).await.must(201);
    let head = *door.app.ports.feed.head().borrow();
    let text = file(&[basket("P1", 1), basket("P1", 2), referred("P1", 1, "a"), referred("P1", 2, "a")]);
    let lines = told(&send(&door, "?dry_run=true", &[], &text).await);
    let expected = ["1 200 -", "2 409 out_of_stock /items/0/quantity", "3 200 -", "4 409 reference_exists"];
    assert_eq!(short(&lines), expected);
    assert_eq!((&lines[0]["order_id"], &lines[2]["replayed"]), (&Value::Null, &json!(true)));
    let both = file(&[basket("P1", 1), basket("P1", 1)]);
    let reply = send(&door, "?dry_run=true&atomic=true", &[], &both).await;
    assert_eq!(reply.told(), "409 lines_failed", "each alone would do, both do not");
    let reply = send(&door, "?dry_run=true&atomic=true", &[], &file(&[basket("P1", 1)])).await;
    assert_eq!(short(&told(&reply)), ["1 200 -"]);
    assert_eq!(*door.app.ports.feed.head().borrow(), head);
}

#[tokio::test]
async fn together_all_orders_are_placed_or_none() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(3)).await;
    door.product("P2", 1000, Some(9)).await;
    let head = *door.app.ports.feed.head().borrow();
    let text = file(&[basket("P2", 1), basket("P1", 2), basket("P1", 2), basket("P1", 1)]);
    let reply = send(&door, "?atomic=true", &[], &text).await;
    assert_eq!(reply.told(), "409 lines_failed");
    let body = reply.json();
    assert_eq!(short(body["lines"].as_array().unwrap()), ["3 409 out_of_stock /items/0/quantity"]);
    assert_eq!(body["lines"][0]["problem"]["errors"][0]["available"], 1);
    let wrong = file(&[basket("P2", 1), basket("P9", 1), json!({}), json!({"idempotency_key": "k"})]);
    let reply = send(&door, "?atomic=true", &[], &wrong).await;
    assert_eq!(short(reply.json()["lines"].as_array().unwrap())[0], "3 400 validation_failed /items");
    let twice = file(&[referred("P2", 1, "r"), referred("P2", 1, "r"), basket("P9", 1)]);
    let reply = send(&door, "?atomic=true", &[], &twice).await;
    let expected = ["2 400 validation_failed /reference", "3 400 product_unknown /items/0/product_id"];
    assert_eq!(short(reply.json()["lines"].as_array().unwrap()), expected);
    assert_eq!(*door.app.ports.feed.head().borrow(), head, "nothing was changed by any of them");

    let ada = json!({"email": "ada@example.com"});
    let mut of_ada = [basket("P1", 2), basket("P2", 1)];
    for order in &mut of_ada {
        order.as_object_mut().unwrap().remove("customer_id");
        order["customer"] = ada.clone();
    }
    let key = [("idempotency-key", "all")];
    let text = file(&of_ada);
    let first = told(&send(&door, "?atomic=true", &key, &text).await);
    assert_eq!(short(&first), ["1 201 -", "2 201 -"]);
    let events = door.get("/events?type=order.placed").await.json();
    assert_eq!(events["data"].as_array().unwrap().len(), 2);
    let customers = door.get("/customers?count=exact").await.json();
    assert_eq!(customers["page"]["total"], 1, "one person, known once");
    let again = told(&send(&door, "?atomic=true", &key, &text).await);
    for (one, other) in first.iter().zip(&again).take(2) {
        assert_eq!((&one["order_id"], &one["number"]), (&other["order_id"], &other["number"]));
        assert_eq!(other["replayed"], true);
    }
    let named = file(&[referred("P2", 1, "x"), referred("P2", 1, "y")]);
    let placed = told(&send(&door, "?atomic=true", &[], &named).await);
    let again = told(&send(&door, "?atomic=true", &[], &named).await);
    assert_eq!(placed[1]["order_id"], again[1]["order_id"]);
    assert_eq!(again[2]["summary"]["replayed"], 2);
}

#[tokio::test]
async fn a_thousand_orders_are_placed_together_and_one_more_is_refused() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let text = basket("P1", 1).to_string() + "\n";
    let reply = send(&door, "?atomic=true", &[], &text.repeat(TOGETHER_MAX + 1)).await;
    assert_eq!(reply.told(), "413 payload_too_large");
    assert_eq!(orders(&door).await, 0);
    let placed = told(&send(&door, "?atomic=true", &[], &text.repeat(TOGETHER_MAX)).await);
    assert_eq!(placed[TOGETHER_MAX]["summary"]["placed"], TOGETHER_MAX);
    assert_eq!(orders(&door).await, u64::try_from(TOGETHER_MAX).unwrap());
}

#[tokio::test]
async fn what_is_no_file_of_lines_is_refused() {
    let door = Door::open().await;
    for headers in [&[("content-type", "application/json")][..], &[], &[LINES, ("content-encoding", "gzip")]]
    {
        let reply = door.ask(Method::POST, "/orders/bulk", headers, b"{}\n").await;
        assert_eq!(reply.told(), "415 unsupported_media_type", "{headers:?}");
    }
    assert_eq!(
        send(&door, "?atomic=perhaps", &[], "").await.told(),
        "400 validation_failed; /atomic validation_failed"
    );
    assert_eq!(short(&told(&send(&door, "", &[], "").await)), [""; 0]);
    assert_eq!(short(&told(&send(&door, "?atomic=true", &[], "\n\n").await)), [""; 0]);
}

/// A store that counts what waits in front of it, and lets nothing in until it is opened.
struct Held {
    store: Arc<dyn Store>,
    is_open: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

#[async_trait::async_trait]
impl Store for Held {
    async fn commit(&self, commit: Commit) -> Result<Receipt, Refused> {
        self.waiting.send_modify(|waiting| *waiting += 1);
        self.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
        self.waiting.send_modify(|waiting| *waiting -= 1);
        self.store.commit(commit).await
    }
}

async fn held() -> (Door, Arc<Held>) {
    let mut held = None;
    let swap = |ports: &mut sutler_app::Ports| {
        let store = Arc::clone(&ports.store);
        let shut = Held { store, is_open: watch::Sender::new(true), waiting: watch::Sender::new(0) };
        let shut = Arc::clone(held.insert(Arc::new(shut)));
        ports.store = shut;
    };
    let door = Door::behind(swap, |_| {}, Options { dev: true, ..Options::default() }).await;
    door.product("P1", 1000, None).await;
    (door, held.unwrap())
}

/// A file that is sent as the test goes on.
fn begun() -> (mpsc::UnboundedSender<Result<Bytes, std::io::Error>>, Request<Body>) {
    let (send, parts) = mpsc::unbounded();
    let request =
        Request::post("/orders/bulk").header(LINES.0, LINES.1).body(Body::from_stream(parts)).unwrap();
    (send, request)
}

async fn line(body: &mut Body) -> Value {
    let bytes = body.frame().await.unwrap().unwrap().into_data().unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_line_is_answered_before_the_next_one_is_sent() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let (send, request) = begun();
    let mut answer = door.begin(request).await.into_body();
    for number in 1..=3 {
        send.unbounded_send(Ok(Bytes::from(format!("{}\n", basket("P1", 1))))).unwrap();
        assert_eq!(line(&mut answer).await["line"], number);
    }
    drop(send);
    assert_eq!(line(&mut answer).await["summary"]["placed"], 3);
}

#[tokio::test]
async fn no_more_lines_are_worked_on_than_allowed_and_whoever_goes_away_loses_nothing_that_was_begun() {
    let (door, held) = held().await;
    held.is_open.send_replace(false);
    let (send, request) = begun();
    let answer = door.begin(request).await;
    let text = format!("{}\n", basket("P1", 1)).repeat(BULK_IN_FLIGHT_MAX * 3);
    send.unbounded_send(Ok(Bytes::from(text))).unwrap();
    held.waiting.subscribe().wait_for(|waiting| *waiting == BULK_IN_FLIGHT_MAX).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(*held.waiting.borrow(), BULK_IN_FLIGHT_MAX);
    // The client is gone; what reached the door is finished all the same, and nothing more is begun for nobody.
    drop(answer);
    let mut end = door.app.ports.feed.head();
    let before = *end.borrow();
    held.is_open.send_replace(true);
    let placed =
        |end: &sutler_domain::Position| end.0 - before.0 >= u64::try_from(BULK_IN_FLIGHT_MAX).unwrap();
    end.wait_for(placed).await.unwrap();
}

#[tokio::test]
async fn more_files_than_there_are_places_for_are_sent_away_and_a_server_that_ends_takes_none() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let mut open = Vec::new();
    for _ in 0..BULK_FILES_MAX {
        let (send, request) = begun();
        open.push((send, door.begin(request).await));
    }
    let late = send(&door, "", &[], &file(&[basket("P1", 1)])).await;
    assert_eq!((late.told(), late.header("retry-after")), ("503 busy".to_owned(), "5"));
    // Placing orders one by one goes on.
    door.post("/orders", &basket("P1", 1)).await.must(201);

    let (begun, answer) = open.pop().unwrap();
    let mut answer = answer.into_body();
    begun.unbounded_send(Ok(Bytes::from(format!("{}\n", basket("P1", 1))))).unwrap();
    assert_eq!(line(&mut answer).await["status"], 201);
    door.api.drain();
    let last = line(&mut answer).await;
    assert_eq!(last["summary"]["problem"]["code"], "shutting_down");
    assert_eq!(last["summary"]["lines"], 1);
    let refused = send(&door, "", &[], "").await;
    assert_eq!(refused.told(), "503 shutting_down");
}
