//! The log as it grows, as its readers see it: the client, the command line, two servers, and a judge of others.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use sutler_client::{EventStream, Heard};
use sutler_testkit::servers::postgres::Postgres;

use crate::server::{API_KEY, Server, command, folder};

/// Nothing takes longer than this, unless something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);

async fn stock(server: &Server) {
    let product = json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "stock": 100_000});
    server.ask("PUT", "/products/P1", Some(product)).await.unwrap();
}

async fn order(server: &Server) -> Value {
    let order = json!({"items": [{"product_id": "P1", "quantity": 1}], "payment": {"gateway": "fake"}});
    server.ask("POST", "/orders", Some(order)).await.unwrap()
}

/// The ids that the pages show.
async fn ids(server: &Server) -> Vec<String> {
    let client = server.client().with_key(API_KEY);
    let events = client.events().list(&[("limit", "200")]).all().await.unwrap();
    events.into_iter().map(|event| event.id).collect()
}

async fn next(stream: &mut EventStream<'_>) -> Heard {
    tokio::time::timeout(PATIENCE, stream.next()).await.expect("something is heard").unwrap()
}

/// `sutler events tail`, which ends with the test.
struct Tail {
    child: Child,
    lines: Receiver<String>,
}

impl Tail {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut all = vec!["events", "tail"];
        all.extend(args);
        let mut command = command(folder, &all);
        let mut child = command.env("SUTLER_API_KEY", API_KEY).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                // A test that is over listens no more.
                _ = send.send(line);
            }
        });
        Self { child, lines }
    }

    /// The id of the next event.
    fn id(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE).expect("an event");
        let event: Value = serde_json::from_str(&line).unwrap();
        event["id"].as_str().unwrap().to_owned()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_reader_goes_on_when_its_server_is_restarted() {
    let home = folder();
    let quick = ("SUTLER_HTTP__DRAIN_DELAY", "0s");
    let server = Server::serve(home.path(), &[quick]);
    stock(&server).await;
    let (url, client) = (server.url.clone(), server.client().with_key(API_KEY));
    let tail = Tail::start(home.path(), &["--json", "--after", "start", "--server", &url]);
    let events = client.events();
    let mut stream = events.follow(&[("after", "start")]);
    order(&server).await;
    let before = ids(&server).await;
    for id in &before {
        assert_eq!(&tail.id(), id);
    }
    let mut read = Vec::new();
    while read.len() < before.len() {
        if let Heard::Event { event, .. } = next(&mut stream).await {
            read.push(event.id);
        }
    }
    // Its server ends in peace, though both streams are open.
    let stopped = tokio::task::spawn_blocking(move || {
        let ended = server.logged("requests_cut_off").len();
        (server.stop().code(), ended)
    });
    assert_eq!(stopped.await.unwrap(), (Some(0), 0));
    let port = url.rsplit(':').next().unwrap().to_owned();
    let server = Server::serve_as(home.path(), &["--port", &port], &[quick]);
    order(&server).await;
    let after = ids(&server).await;
    assert!(after.len() > before.len() && after.starts_with(&before));
    for id in &after[before.len()..] {
        assert_eq!(&tail.id(), id, "nothing is missing, and nothing comes twice");
    }
    let mut lost = 0;
    while read.len() < after.len() {
        match next(&mut stream).await {
            Heard::Event { event, .. } => read.push(event.id),
            Heard::Lost { .. } => lost += 1,
            Heard::Open { .. } => {}
            Heard::Gap { reason, .. } => panic!("a gap: {reason}"),
        }
    }
    assert_eq!((&read, lost), (&after, 1));
    assert_eq!(stream.last_id(), after.last().map(String::as_str));
}

#[tokio::test]
async fn what_happens_at_one_server_is_heard_at_the_other() {
    let postgres = Postgres::start().unwrap();
    let url = postgres.url(&postgres.database().unwrap());
    let folders = [folder(), folder()];
    let public = ("SUTLER_PUBLIC_URL", "https://shop.example.com");
    let vars = [("DATABASE_URL", url.as_str()), ("SUTLER_HTTP__DRAIN_DELAY", "0s"), public];
    let [one, other] = folders.each_ref().map(|folder| Server::serve(folder.path(), &vars));
    stock(&one).await;
    let client = other.client().with_key(API_KEY);
    let events = client.events();
    let mut stream = events.follow(&[("types", "order.*")]);
    assert!(matches!(next(&mut stream).await, Heard::Open { .. }));
    for server in [&one, &other, &one] {
        let placed = order(server).await;
        for kind in ["order.placed", "order.confirmed"] {
            let Heard::Event { event, json } = next(&mut stream).await else { panic!("no event") };
            assert_eq!((event.kind.as_str(), Value::from(event.subject)), (kind, placed["order_id"].clone()));
            let shown = one.ask("GET", &format!("/events/{}", event.id), None).await.unwrap();
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), shown);
        }
    }
    // A cursor that one server gave is good at the other, at once.
    for _ in 0..20 {
        let head = order(&one).await;
        let page = one.ask("GET", "/events?after=now", None).await.unwrap();
        let cursor = page["page"]["next"].as_str().unwrap();
        let path = format!("/events?after={cursor}");
        assert!(other.ask("GET", &path, None).await.is_ok(), "{head}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_at_once() {
    let client = sutler_client::Client::new("http://127.0.0.1:1").unwrap();
    let client = client.with_retries(sutler_client::Retries::NEVER);
    let events = client.events();
    let error = events.follow(&[]).next().await.unwrap_err();
    assert!(matches!(error, sutler_client::Error::Unreachable { .. }), "{error:?}");
    let home = folder();
    let server = Server::serve(home.path(), &[]);
    let client = server.client().with_key(API_KEY);
    let events = client.events();
    let error = events.follow(&[("types", "order.eaten")]).next().await.unwrap_err();
    assert_eq!(error.code(), Some("validation_failed"));
    let error = events.follow(&[("after", "another:1")]).next().await.unwrap_err();
    assert_eq!(error.code(), Some("cursor_stale"));
}

#[expect(clippy::disallowed_methods, reason = "a test has no config file: this is where the setting enters")]
fn python() -> Option<PathBuf> {
    std::env::var_os("SUTLER_CLOUDEVENTS").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The envelope, judged by the SDK of `CloudEvents`: it reads every event in its structured form, and writes it again.
#[tokio::test]
async fn the_cloudevents_sdk_reads_every_event() {
    let Some(python) = python() else {
        eprintln!(
            "SKIPPED: SUTLER_CLOUDEVENTS names no Python with the package cloudevents; `cargo xtask test` installs one."
        );
        return;
    };
    let home = folder();
    let server = Server::serve(home.path(), &[("SUTLER_PUBLIC_URL", "https://shop.example.com")]);
    stock(&server).await;
    order(&server).await;
    let page = server.ask("GET", "/events?limit=200", None).await.unwrap();
    let file = home.path().join("events.json");
    std::fs::write(&file, page["data"].to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloudevents/judge.py");
    let judged = Command::new(python).arg(script).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&judged.stdout);
    assert!(judged.status.success(), "{said}{}", String::from_utf8_lossy(&judged.stderr));
    let count = page["data"].as_array().unwrap().len();
    assert_eq!(said.trim(), format!("{count} events are CloudEvents"));
    assert!(count >= 7, "{count}");
}
