//! The examples of the description of the API: a day in a shop whose clock stands still and whose ids are counted, played
//! against the door. What is committed is what the door answers; `cargo xtask bless` accepts what it answers now.

mod day;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::Method;
use serde_json::{Map, Value, json};
use sutler_adapters::search::CatalogIndex;
use sutler_api::rest::{Options, operations};
use sutler_app::ports::{Ids, Ports};
use uuid::Uuid;

use crate::description::{is_json, row};
use crate::door::Door;

/// The moment at which the clock of the shop stands, in milliseconds since 1970.
const NOW_MS: u64 = 1_795_352_816_120;

/// Lines of JSON.
const LINES: &str = "application/x-ndjson";

/// The most rows of a list that are shown.
const ROWS_MAX: usize = 2;

/// Ids that are counted, and secrets that are none.
#[derive(Default)]
struct Counted(AtomicU64);

impl Ids for Counted {
    fn uuid(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128(u128::from(NOW_MS) << 80 | 0x7 << 76 | 0b10 << 62 | u128::from(count) << 8)
    }
    fn secret(&self) -> [u8; 24] {
        let mut secret = [0; 24];
        secret[16..].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        secret
    }
    fn below(&self, max: u64) -> u64 {
        max / 2
    }
}

/// A day in a shop, and what was asked and answered in it.
struct Day {
    door: Door,
    told: BTreeMap<&'static str, Value>,
}

impl Day {
    async fn begin() -> Self {
        let options = Options { dev: true, ..Options::default() };
        let swap = |ports: &mut Ports| {
            ports.ids = Arc::new(Counted::default());
            ports.search = Some(Arc::new(CatalogIndex::in_memory()));
        };
        let door = Door::behind(swap, |_| {}, options).await;
        Self { door, told: BTreeMap::new() }
    }

    async fn get(&mut self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await
    }

    async fn post(&mut self, path: &str, body: Value) -> Value {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// An action that needs no words.
    async fn act(&mut self, path: &str) -> Value {
        self.post(path, json!({})).await
    }

    async fn patch(&mut self, path: &str, body: Value) -> Value {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    async fn delete(&mut self, path: &str) {
        self.ask(Method::DELETE, path, None).await;
    }

    /// Ask, insist on a success, and keep the first answer of each status of each operation.
    async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> Value {
        let row = row(&method, path);
        assert!(row.is_some(), "there is no {method} {path}");
        let row = row.unwrap();
        let text = body.as_ref().map(|body| body.as_str().map_or_else(|| body.to_string(), str::to_owned));
        let media = match row.id {
            "import" => "text/csv",
            "place_orders" | "change_many" => LINES,
            "hear_buyer" => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        let text = text.unwrap_or_default();
        let accept = if row.id == "graphql_console" { "text/html" } else { "*/*" };
        let headers = [("content-type", media), ("accept", accept)];
        let reply = self.door.ask(method.clone(), path, &headers, text.as_bytes()).await;
        assert!(reply.status.is_success(), "{method} {path}: {}", String::from_utf8_lossy(&reply.bytes));
        let essence = reply.header("content-type").split(';').next().unwrap().to_owned();
        let text = String::from_utf8_lossy(&reply.bytes);
        // A text that shows more than its media type says is kept beside JSON of the same status.
        let (name, answer, told_now) = match essence.as_str() {
            json if is_json(json) => {
                let answer = reply.json();
                (Some(reply.status.as_str().to_owned()), answer.clone(), shown(row.id, &answer))
            }
            LINES | "text/csv" => {
                let lines = text
                    .lines()
                    .map(|line| if essence == LINES { line_shown(line) } else { line.to_owned() });
                let told = lines.fold(String::new(), |told, line| told + &line + "\n");
                (Some(format!("{} {essence}", reply.status.as_str())), Value::Null, json!(told))
            }
            _ => (None, Value::Null, Value::Null),
        };
        let told = self.told.entry(row.id).or_insert_with(|| json!({"path": path, "answers": {}}));
        let is_first = told.get("request").is_none();
        if let Some(body) = body.filter(|_| is_first) {
            told["request"] = body;
        }
        let answers = told["answers"].as_object_mut().unwrap();
        if let Some(name) = name {
            answers.entry(name).or_insert(told_now);
        }
        answer
    }

    /// Run what is due.
    async fn settle(&self) {
        self.door.settle().await;
    }
}

/// A line of an answer, in which nothing depends on how fast this machine is.
fn line_shown(line: &str) -> String {
    let mut line: Value = serde_json::from_str(line).unwrap();
    if let Some(took) = line.pointer_mut("/summary/took_ms") {
        *took = json!(12);
    }
    line.to_string()
}

/// An answer as an example: long lists are cut, and nothing looks like a secret.
fn shown(id: &str, answer: &Value) -> Value {
    match (id, answer) {
        ("get_openapi" | "get_asyncapi" | "get_event_schema", Value::Object(document)) => {
            let head = document.iter().filter(|(_, value)| value.is_string());
            head.map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        _ => cut(answer),
    }
}

fn cut(value: &Value) -> Value {
    match value {
        Value::Array(rows) => rows.iter().take(ROWS_MAX).map(cut).collect(),
        Value::Object(map) => {
            let hidden = |name: &str, value: &Value| match (name, value.as_str()) {
                ("secret", Some(secret)) => json!(format!("{}…", secret.split('_').next().unwrap())),
                ("sign_in_url", Some(url)) => {
                    json!(format!("{}…", url.split_once('=').map_or(url, |(url, _)| url)))
                }
                _ => cut(value),
            };
            map.iter().map(|(name, value)| (name.clone(), hidden(name, value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/openapi/examples.json")
}

#[expect(clippy::disallowed_methods, reason = "as the snapshots are told that they are to be accepted")]
pub(crate) fn blesses() -> bool {
    std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always")
}

#[tokio::test]
async fn the_examples_are_what_the_door_answers() {
    let mut day = Day::begin().await;
    day::play(&mut day).await;
    // The fake gateway never says anything by itself.
    let notice = json!({"id": "evt_1PqX2L", "type": "payment_intent.succeeded", "data": {}});
    let taken = json!({"object": "notice", "outcome": "taken"});
    let told = json!({"path": "/gateways/stripe/webhook", "request": notice, "answers": {"200": taken}});
    day.told.insert("notify_gateway", told);
    for id in ["readyz", "healthz"] {
        day.told.get_mut(id).unwrap()["answers"]["503"] = json!({"status": "draining"});
    }
    // A variant that is new is shown as one that was replaced.
    let answers = &mut day.told.get_mut("put_variant").unwrap()["answers"];
    answers["201"] = answers["200"].clone();
    let unasked = ["stream_events", "end_session", "graphql_socket"];
    let missing: Vec<&str> = operations()
        .iter()
        .map(|row| row.id)
        .filter(|id| !day.told.contains_key(id) && !unasked.contains(id))
        .collect();
    assert!(missing.is_empty(), "nobody asked for {missing:?}");
    let told = serde_json::to_string_pretty(&sutler_api::openapi::in_order(json!(day.told))).unwrap() + "\n";
    if blesses() {
        std::fs::write(committed(), &told).unwrap();
    }
    let known = std::fs::read_to_string(committed()).unwrap();
    let differs = told.lines().zip(known.lines()).find(|(now, then)| now != then);
    assert!(told == known, "the door answers otherwise: {differs:?}; accept it with cargo xtask bless");
}
