//! Repeats: one effect, and the first answer again, equal to the byte.

use serde_json::json;
use sutler_api::rest::Options;

use crate::door::{Door, basket, paid};

#[tokio::test]
async fn a_repeat_is_the_same_answer_to_the_byte() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(10)).await;
    let key = [("idempotency-key", "8f0c2f0e")];
    let first = door.post_with("/orders", &key, &paid("P1", 1, "tok_ok")).await;
    first.must(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    door.settle().await;
    let again = door.post_with("/orders", &key, &paid("P1", 1, "tok_ok")).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for name in ["location", "etag", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    let other = door.post_with("/orders", &key, &paid("P1", 2, "tok_ok")).await;
    assert_eq!(other.told(), "422 idempotency_key_reused");
    let shaped = door.post_with("/orders?expand=payments", &key, &paid("P1", 1, "tok_ok")).await;
    assert_eq!(shaped.told(), "422 idempotency_key_reused");
    assert_eq!(door.get("/orders?count=exact").await.json()["page"]["total"], 1);
}

#[tokio::test]
async fn every_kind_of_change_replays() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(10)).await;
    let placed = door.post("/orders", &paid("P1", 2, "tok_ok")).await.must(201);
    door.settle().await;
    let id = placed["order_id"].as_str().unwrap();
    for (key, path, body) in [
        ("hold", format!("/orders/{id}/holds"), json!({"code": "manual"})),
        ("note", format!("/orders/{id}/notes"), json!({"body": "n"})),
        ("refund", "/refunds".to_owned(), json!({"order_id": id, "amount": 100})),
        ("cancel", format!("/orders/{id}/cancel"), json!({"reason": "changed my mind"})),
    ] {
        let headers = [("idempotency-key", key)];
        let first = door.post_with(&path, &headers, &body).await;
        assert!(first.status.is_success(), "{key}: {}", first.told());
        door.settle().await;
        let again = door.post_with(&path, &headers, &body).await;
        assert_eq!(again.header("idempotency-replayed"), "true", "{key}");
        assert_eq!((again.status, &again.bytes), (first.status, &first.bytes), "{key}");
        assert_eq!(again.header("etag"), first.header("etag"), "{key}");
    }
}

#[tokio::test]
async fn what_changed_nothing_is_not_remembered() {
    let door = Door::open().await;
    let key = [("idempotency-key", "k")];
    assert_eq!(door.post_with("/orders", &key, &basket("P1", 1)).await.status, 400);
    door.product("P1", 1000, Some(1)).await;
    assert_eq!(door.post_with("/orders", &key, &basket("P1", 2)).await.status, 409);
    door.post_with("/orders", &key, &basket("P1", 1)).await.must(201);
}

#[tokio::test]
async fn idempotency_keys_are_checked() {
    let door =
        Door::with(|s| s.require_idempotency_key = true, Options { dev: true, ..Options::default() }).await;
    door.product("P1", 1000, None).await;
    assert_eq!(door.post("/orders", &basket("P1", 1)).await.told(), "400 idempotency_key_required");
    door.post("/quotes", &basket("P1", 1)).await.must(200);
    let long = "k".repeat(256);
    let bad = door.post_with("/orders", &[("idempotency-key", &long)], &basket("P1", 1)).await;
    assert_eq!(bad.told(), "400 validation_failed;  validation_failed");
    door.post_with("/orders", &[("idempotency-key", &long[1..])], &basket("P1", 1)).await.must(201);
}
