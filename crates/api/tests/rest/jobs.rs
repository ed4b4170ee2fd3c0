//! Jobs and queues over HTTP.

use axum::http::Method;
use serde_json::json;
use sutler_api::rest::Options;

use crate::door::{Door, basket};

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

