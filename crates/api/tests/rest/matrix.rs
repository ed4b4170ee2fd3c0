//! Who may do what: every operation that the router knows, asked for by somebody without a key, with a key that may do
//! everything else, with one that was revoked, one that ended, one of another shop, and one that may do just this.
//!
//! The router is made of the same rows, so an operation without a row cannot be asked for at all. What a row says is
//! accepted by `cargo xtask bless`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::ConnectInfo;
use axum::http::Method;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_api::rest::operation::Needs;
use sutler_api::rest::{Operation, Options, operations};
use sutler_app::access::{CreateKey, SCOPES};
use sutler_app::ports::Clock;
use sutler_app::{Caller, Scopes};

use crate::door::{Door, Reply};

/// A clock that a test moves.
struct Moving(Mutex<Timestamp>);

#[async_trait]
impl Clock for Moving {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

/// A path of an operation, with ids that nothing has.
fn path(row: &Operation) -> String {
    let nothing = uuid_text();
    let parts = row.path.split('/').map(|part| match part {
        "{id}" => format!("{}_{nothing}", prefix(row.path)),
        "{payment_id}" => format!("pay_{nothing}"),
        part if part.starts_with('{') => "nothing".to_owned(),
        part => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

fn uuid_text() -> &'static str {
    "01h455vb4pex5vsknk084sn02q"
}

fn prefix(path: &str) -> &'static str {
    let known = [
        ("/orders", "ord"),
        ("/payments", "pay"),
        ("/refunds", "ref"),
        ("/fulfillments", "ful"),
        ("/products", "prod"),
        ("/variants", "var"),
        ("/locations", "loc"),
        ("/reservations", "res"),
        ("/webhook_endpoints", "whe"),
        ("/webhook_deliveries", "whd"),
        ("/jobs", "job"),
        ("/imports", "imp"),
        ("/api_keys", "key"),
        ("/users", "usr"),
        ("/sessions", "ses"),
        ("/events", "evt"),
        ("/customers", "cus"),
        ("/returns", "ret"),
    ];
    known.iter().find(|(start, _)| path.starts_with(start)).map_or("x", |(_, prefix)| prefix)
}

/// Ask for an operation from another machine, with this key or none.
async fn ask(door: &Door, row: &Operation, key: Option<&str>) -> Reply {
    let method: Method = row.method.parse().unwrap();
    let mut request = axum::http::Request::builder().method(method).uri(path(row));
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    if row.method != "GET" {
        request = request.header("content-type", "application/json");
    }
    let body = if row.method == "GET" { "" } else { "{}" };
    let mut request = request.body(axum::body::Body::from(body)).unwrap();
    request
        .extensions_mut()
        .insert(ConnectInfo("203.0.113.7:50000".parse::<std::net::SocketAddr>().unwrap()));
    // A stream of events goes on for ever, so its body is left unread.
    let (parts, _) = door.begin(request).await.into_parts();
    Reply { status: parts.status, headers: parts.headers, bytes: Vec::new() }
}

/// Every scope but those that hold this one.
fn all_but(scope: &str) -> Vec<&'static str> {
    SCOPES.into_iter().filter(|held| !Scopes::of([*held]).allow(scope)).collect()
}

async fn made(door: &Door, scopes: &[&str], ends: Option<Timestamp>) -> (sutler_domain::ApiKeyId, String) {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let input = CreateKey { name: "matrix".to_owned(), scopes, expires_at: ends };
    let (key, secret) = door.app.access.create(&Caller::system("test"), &input).await.unwrap();
    (key.value.key_id, secret)
}

#[tokio::test]
async fn nobody_may_what_their_key_does_not_say() {
    let start: Timestamp = "2026-11-22T13:06:56Z".parse().unwrap();
    let clock = Arc::new(Moving(Mutex::new(start)));
    let options = Options { anonymous_per_min: None, ..Options::default() };
    let door = Door::behind(|ports| ports.clock = clock.clone(), |_| {}, options).await;
    let elsewhere = Door::with(|_| {}, Options::default()).await;
    let (_, another) = made(&elsewhere, &["*"], None).await;
    let (id, revoked) = made(&door, &["*"], None).await;
    door.app.access.revoke(&Caller::system("test"), &id).await.unwrap();
    let end = start.checked_add(SignedDuration::from_secs(60)).unwrap();
    let (_, expired) = made(&door, &["*"], Some(end)).await;
    *clock.0.lock() = end;
    let mut wrong = Vec::new();
    for row in operations() {
        let mut expect = async |who: &str, key: Option<&str>, refused: Option<u16>| {
            let status = ask(&door, &row, key).await.status.as_u16();
            let is_right = match refused {
                Some(refused) => status == refused,
                None => !matches!(status, 401 | 403 | 405),
            };
            if !is_right {
                wrong.push(format!("{} {} with {who}: {status}", row.method, row.path));
            }
        };
        if row.needs == Needs::Nothing {
            // What is open judges by other means, such as a signature, or tells more to some: never by a scope.
            continue;
        }
        for (who, key) in [
            ("no key", None),
            ("a revoked key", Some(&revoked)),
            ("an ended key", Some(&expired)),
            ("another shop's key", Some(&another)),
        ] {
            expect(who, key.map(String::as_str), Some(401)).await;
        }
        if let Needs::Scope(scope) = row.needs {
            let (_, narrow) = made(&door, &all_but(scope), None).await;
            expect("every other scope", Some(&narrow), Some(403)).await;
        }
        let just = match row.needs {
            Needs::Scope("*") => vec!["*"],
            // A file of products brings stock along.
            Needs::Scope("catalog:write") if row.path == "/imports" => {
                vec!["catalog:write", "inventory:write"]
            }
            // What is held of a person are their orders, too.
            Needs::Scope("customers:read") if row.path == "/customers/{id}/export" => {
                vec!["customers:read", "orders:read"]
            }
            Needs::Scope(scope) => vec![scope],
            _ => vec!["catalog:read"],
        };
        let (_, fitting) = made(&door, &just, None).await;
        expect("its own scope", Some(&fitting), None).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operation_has_a_row_that_was_accepted() {
    let mut rows = operations();
    rows.sort_by_key(|row| (row.path, row.method));
    let table = rows.iter().fold(String::new(), |mut table, row| {
        let needs = match row.needs {
            Needs::Nothing => "open",
            Needs::Key => "any key",
            Needs::Scope(scope) => scope,
        };
        writeln!(table, "{:<7}{:<42}{:<17}{:<28}{}", row.method, row.path, needs, row.id, row.summary)
            .unwrap();
        table
    });
    insta::assert_snapshot!("matrix", table);
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), rows.len(), "an operation has a name of its own");
    let scopes: BTreeSet<&str> = SCOPES.into_iter().collect();
    for row in rows {
        if let Needs::Scope(scope) = row.needs {
            assert!(scopes.contains(scope), "{} needs '{scope}', which no key can have", row.path);
        }
    }
}

#[tokio::test]
async fn whoever_lacks_a_scope_learns_nothing_of_what_they_asked_for() {
    let door = Door::with(|_| {}, Options::default()).await;
    let key = format!("Bearer {}", door.key(&["catalog:read"]).await);
    // Neither that the body is wrong nor that the order is not there.
    let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
    let reply = door.ask(Method::POST, "/orders", &headers, b"{").await;
    assert_eq!(reply.told(), "403 insufficient_scope");
    assert_eq!(reply.json()["scope"], "orders:write");
    assert_eq!(door.ask(Method::GET, "/orders/ord_x", &headers, b"").await.told(), "403 insufficient_scope");
    // A method that a path does not know needs nothing, and a HEAD what a GET does.
    assert_eq!(door.ask(Method::PUT, "/orders", &headers, b"{}").await.status, 405);
    assert_eq!(door.ask(Method::HEAD, "/orders", &headers, b"").await.status, 403);
    assert_eq!(door.ask(Method::HEAD, "/products", &headers, b"").await.status, 200);
}
