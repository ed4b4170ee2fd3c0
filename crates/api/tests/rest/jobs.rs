//! Jobs, queues and quotas over HTTP.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use serde_json::json;
use sutler_api::rest::{Options, TrustedProxies};

use crate::door::{Door, Reply, basket};

#[tokio::test]
async fn jobs_are_found_by_queue_state_and_kind() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(10)).await;
    door.post("/orders", &basket("P1", 1)).await.must(201);
    let count = async |query: &str| {
        door.get(&format!("/jobs?{query}")).await.must(200)["data"].as_array().unwrap().len()
    };
    assert_eq!(count("queue=payments").await, 1);
    assert_eq!(count("queue=payments&kind=process_order,call_gateway&state=ready,running").await, 1);
    assert_eq!(count("queue=upkeep").await, 0);
    assert_eq!(count("kind=call_gateway").await, 0);
    let job = door.get("/jobs?kind=process_order").await.must(200)["data"][0].clone();
    assert_eq!((&job["queue"], &job["attempts_max"]), (&json!("payments"), &json!(25)));
    assert_eq!(job["unique_key"], json!(null));
    for (query, pointer) in
        [("queue=mails", "/queue"), ("kind=mail", "/kind"), ("queue=orders&kind=call_gateway", "/kind")]
    {
        let told = door.get(&format!("/jobs?{query}")).await.told();
        assert_eq!(told, format!("400 validation_failed; {pointer} validation_failed"), "{query}");
    }
    let path = format!("/jobs/{}", job["job_id"].as_str().unwrap());
    assert_eq!(door.post(&format!("{path}/cancel"), &json!({})).await.must(200)["state"], "canceled");
    assert_eq!(door.get(&path).await.must(200)["failures"], json!([]));
    for query in ["", "?state=ready", "?state=dead,running"] {
        let told = door.post(&format!("/jobs/retry{query}"), &json!({})).await.told();
        assert_eq!(told, "400 validation_failed", "{query}");
    }
    let retried = door.ask(Method::POST, "/jobs/retry?state=dead,canceled&queue=payments", &[], b"").await;
    let expected = json!({"object": "jobs_retried", "retried": 1, "left": 0, "has_more": false});
    assert_eq!(retried.must(200), expected);
    door.settle().await;
    assert_eq!(door.get(&path).await.must(200)["state"], "done");
    assert_eq!(door.post(&format!("{path}/retry"), &json!({})).await.told(), "409 invalid_transition");
}

#[tokio::test]
async fn queues_are_paused_and_resumed_by_whoever_may() {
    let door = Door::with(|_| {}, Options::default()).await;
    let bearer = |secret: &str| format!("Bearer {secret}");
    let (reader, writer) = (door.key(&["jobs:read"]).await, door.key(&["jobs:read", "jobs:write"]).await);
    let ask = async |method, path: &str, secret: &str| {
        door.ask(method, path, &[("authorization", &bearer(secret))], b"").await
    };
    let queues = ask(Method::GET, "/queues", &reader).await.must(200);
    let names: Vec<_> =
        queues["data"].as_array().unwrap().iter().map(|queue| queue["name"].clone()).collect();
    assert_eq!(names, ["orders", "payments", "upkeep"]);
    assert_eq!(
        queues["data"][1]["jobs"],
        json!({"canceled": 0, "dead": 0, "done": 0, "ready": 0, "running": 0})
    );
    assert_eq!(queues["data"][1]["kinds"][0]["timeout_ms"], 120_000);
    assert_eq!(ask(Method::POST, "/queues/payments/pause", &reader).await.told(), "403 insufficient_scope");
    assert_eq!(ask(Method::POST, "/jobs/retry?state=dead", &reader).await.told(), "403 insufficient_scope");
    let paused = ask(Method::POST, "/queues/payments/pause", &writer).await.must(200);
    assert!(paused["paused_by"].as_str().unwrap().starts_with("key:key_"), "{paused}");
    assert_eq!((&paused["paused"], &paused["paused_at"]), (&json!(true), &json!("2026-11-22T13:06:56.120Z")));
    assert_eq!(ask(Method::GET, "/queues", &reader).await.json()["data"][1], paused);
    let resumed = ask(Method::POST, "/queues/payments/resume", &writer).await.must(200);
    assert_eq!((&resumed["paused"], &resumed["paused_at"]), (&json!(false), &json!(null)));
    assert_eq!(ask(Method::POST, "/queues/mails/pause", &writer).await.told(), "404 not_found");
}

/// Ask without a key, or with one, from an address and with what a proxy added.
async fn from(door: &Door, peer: &str, forwarded: &str, key: Option<&str>) -> Reply {
    let mut request = Request::get("/whoami");
    if !forwarded.is_empty() {
        request = request.header("x-forwarded-for", forwarded);
    }
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let mut request = request.body(Body::empty()).unwrap();
    let address: SocketAddr = format!("{peer}:4000").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(address));
    door.send(request).await
}

#[tokio::test]
async fn whoever_has_no_key_has_a_quota_by_address_and_is_told_of_it_with_every_answer() {
    let door = Door::with(|_| {}, Options { anonymous_per_min: Some(2), ..Options::default() }).await;
    let key = door.key(&["*"]).await;
    let first = from(&door, "192.0.2.1", "", None).await;
    assert_eq!(
        (first.told().as_str(), first.header("ratelimit")),
        ("401 unauthenticated", "\"anonymous\";r=1;t=30")
    );
    let wrong = from(&door, "192.0.2.1", "", Some("sk_live_wrong")).await;
    assert_eq!(
        (wrong.told().as_str(), wrong.header("ratelimit")),
        ("401 unauthenticated", "\"anonymous\";r=0;t=60")
    );
    // A header that nobody trusted wrote makes no other address.
    let refused = from(&door, "192.0.2.1", "198.51.100.7", None).await;
    assert_eq!(refused.told(), "429 rate_limited");
    assert_eq!(refused.header("ratelimit-policy"), "\"anonymous\";q=2;w=60");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!(wait >= 1 && refused.header("ratelimit") == format!("\"anonymous\";r=0;t={wait}"));
    assert_eq!(refused.json()["policy"], "anonymous");
    assert_eq!(from(&door, "192.0.2.2", "", None).await.told(), "401 unauthenticated", "another address");
    assert_eq!(from(&door, "192.0.2.1", "", Some(&key)).await.status, 200, "a key is not among them");
}

#[tokio::test]
async fn behind_a_balancer_that_is_trusted_each_client_has_a_quota_of_its_own() {
    let trusted_proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
    let options = Options { publishable_per_min: Some(1), trusted_proxies, ..Options::default() };
    let door = Door::with(|_| {}, options).await;
    let secret = door.key(&["catalog:read"]).await;
    let quota =
        async |forwarded: &str| from(&door, "10.0.0.9", forwarded, Some(&secret)).await.status.as_u16();
    // A secret key has no quota here; anonymous requests show that the address is the client's.
    assert_eq!(quota("198.51.100.1").await, 200);
    let options = Options {
        anonymous_per_min: Some(1),
        trusted_proxies: TrustedProxies::parse(["10.0.0.0/8"]).unwrap(),
        ..Options::default()
    };
    let door = Door::with(|_| {}, options).await;
    let ask = async |forwarded: &str| from(&door, "10.0.0.9", forwarded, None).await.status.as_u16();
    assert_eq!(ask("198.51.100.1").await, 401);
    assert_eq!(ask("198.51.100.1").await, 429);
    assert_eq!(ask("6.6.6.6, 198.51.100.1").await, 429, "the client's own word does not help");
    assert_eq!(ask("198.51.100.2").await, 401);
}

#[tokio::test]
async fn a_body_that_says_that_it_is_too_large_is_refused_before_it_is_read() {
    let options = Options { dev: true, body_bytes_max: 100, ..Options::default() };
    let door = Door::with(|_| {}, options).await;
    let json_type = [("content-type", "application/json")];
    for (length, told) in [(100, "400 malformed_json"), (101, "413 payload_too_large")] {
        let reply = door.ask(Method::POST, "/orders", &json_type, &vec![b' '; length]).await;
        assert_eq!(reply.told(), told);
    }
    // One whose length is not told is read as far as the limit.
    let drops = (0..11).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[b' '; 10])));
    let mut request = Request::post("/orders").body(Body::from_stream(futures::stream::iter(drops))).unwrap();
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let reply = door.send(request).await;
    assert_eq!(
        (reply.told().as_str(), reply.json()["limit_bytes"].as_u64()),
        ("413 payload_too_large", Some(100))
    );
    // The page of the fake gateway takes a form of two words.
    let form = vec![b'x'; 1025];
    let reply = door.ask(Method::POST, "/gateways/fake/pay/pay_01h455vb4pex5vsknk084sn02q", &[], &form).await;
    assert_eq!(reply.told(), "404 not_found", "for a payment that is not there");
}
