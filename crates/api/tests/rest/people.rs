//! People, their sessions, API keys and the audit log over REST.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use sutler_adapters::argon2::Argon2id;
use sutler_api::rest::Options;
use sutler_app::access::Origin;

use crate::door::Door;

const PASSWORD: &str = "correct horse battery";

/// A shop whose passwords cost little.
pub(crate) async fn shop() -> Door {
    let hashing = Arc::new(Argon2id::with(8, 1).unwrap());
    let options = Options { dev: true, ..Options::default() };
    Door::behind(|ports| ports.passwords = Some(hashing), |_| {}, options).await
}

async fn person(door: &Door, email: &str, role: &str) -> Value {
    let body = json!({"email": email, "name": "Ada", "role": role, "password": PASSWORD});
    door.post("/users", &body).await.must(201)
}

fn id(body: &Value) -> String {
    body["user_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn people_are_made_changed_and_taken_away() {
    let door = shop().await;
    let ada = person(&door, "Ada@Example.com", "support").await;
    assert_eq!(
        (&ada["email"], &ada["role"], &ada["has_password"]),
        (&json!("ada@example.com"), &json!("support"), &json!(true))
    );
    assert!(ada["scopes"].as_array().unwrap().contains(&json!("refunds:write")));
    assert!(ada.get("sign_in_url").is_none() && !ada.to_string().contains("argon2"), "{ada}");
    let body = json!({"email": "ada@example.com", "role": "viewer"});
    assert_eq!(door.post("/users", &body).await.told(), "409 email_exists");
    let path = format!("/users/{}", id(&ada));
    let reply = door.patch_with(&path, &[("if-match", "\"1\"")], &json!({"role": "operations"})).await;
    assert_eq!((reply.header("etag"), &reply.must(200)["role"]), ("\"2\"", &json!("operations")));
    assert_eq!(
        door.patch_with(&path, &[("if-match", "\"1\"")], &json!({"name": "A"})).await.told(),
        "412 version_mismatch"
    );
    assert_eq!(door.get("/users").await.must(200)["data"].as_array().unwrap().len(), 1);
    assert_eq!(door.ask(Method::DELETE, &path, &[], b"").await.status, 204);
    assert_eq!(door.get(&path).await.told(), "404 not_found");
    person(&door, "ada@example.com", "support").await;
}

#[tokio::test]
async fn what_is_wrong_with_a_person_is_told_together() {
    let door = shop().await;
    let reply = door.post("/users", &json!({"email": "nobody", "role": "viewer", "password": "short"})).await;
    assert_eq!(reply.told(), "400 validation_failed; /email validation_failed; /password validation_failed");
    assert_eq!(
        door.post("/users", &json!({"email": "a@b.c", "role": "king"})).await.told(),
        "400 validation_failed; /role validation_failed"
    );
    assert_eq!(door.get("/users").await.must(200)["data"], json!([]));
}

#[tokio::test]
async fn without_a_password_one_is_given_a_link_once() {
    let door = shop().await;
    let eve = door.post("/users", &json!({"email": "eve@example.com", "role": "viewer"})).await.must(201);
    let url = eve["sign_in_url"].as_str().unwrap();
    let token = url.strip_prefix("http://shop.test/admin/login#k=").unwrap();
    let begun = door.app.access.redeem(token, &Origin::default()).await.unwrap();
    assert!(begun.needs_password);
    let again = door.app.access.redeem(token, &Origin::default()).await.unwrap_err();
    assert_eq!(again.code, "sign_in_failed");
    let path = format!("/users/{}/sign_in_link", id(&eve));
    assert!(door.post(&path, &json!({})).await.must(200)["sign_in_url"].is_string());
    assert!(door.get("/users").await.must(200)["data"][0].get("sign_in_url").is_none());
}

#[tokio::test]
async fn a_key_makes_no_owner_and_the_last_owner_stays() {
    let door = shop().await;
    let key = format!("Bearer {}", door.key(&["*"]).await);
    let owner = json!({"email": "o@example.com", "role": "owner"});
    let reply = door.post_with("/users", &[("authorization", &key)], &owner).await;
    assert_eq!(reply.told(), "403 owners_only");
    let first = person(&door, "o@example.com", "owner").await;
    let path = format!("/users/{}", id(&first));
    let demote = json!({"role": "viewer"});
    assert_eq!(door.patch_with(&path, &[("authorization", &key)], &demote).await.told(), "403 owners_only");
    assert_eq!(door.patch_with(&path, &[], &demote).await.told(), "409 last_owner");
    assert_eq!(door.patch_with(&path, &[], &json!({"disabled": true})).await.told(), "409 last_owner");
    assert_eq!(door.ask(Method::DELETE, &path, &[], b"").await.told(), "409 last_owner");
    person(&door, "p@example.com", "owner").await;
    door.patch_with(&path, &[], &demote).await.must(200);
}

#[tokio::test]
async fn a_session_is_seen_and_ended() {
    let door = shop().await;
    let ada = person(&door, "ada@example.com", "viewer").await;
    let origin = Origin { address: Some("192.0.2.1".to_owned()), agent: Some("Browser".to_owned()) };
    let begun = door.app.access.sign_in("ada@example.com", PASSWORD, &origin).await.unwrap();
    let shown = door.get(&format!("/sessions?user_id={}", id(&ada))).await.must(200);
    let session = &shown["data"][0];
    assert_eq!((&session["address"], &session["agent"]), (&json!("192.0.2.1"), &json!("Browser")));
    assert!(!shown.to_string().contains(&begun.token));
    let path = format!("/sessions/{}", session["session_id"].as_str().unwrap());
    assert_eq!(door.ask(Method::DELETE, &path, &[], b"").await.status, 204);
    assert!(door.app.access.signed_in(&begun.token).await.unwrap().is_none());
    assert_eq!(door.ask(Method::DELETE, &path, &[], b"").await.told(), "404 not_found");
}

#[tokio::test]
async fn the_audit_log_tells_who_changed_what() {
    let door = shop().await;
    let ada = person(&door, "ada@example.com", "viewer").await;
    let path = format!("/users/{}", id(&ada));
    door.patch_with(&path, &[("x-request-id", "req-7")], &json!({"role": "support"})).await.must(200);
    let made = door.post("/api_keys", &json!({"name": "till", "scopes": ["orders:read"]})).await.must(201);
    let log = door.get("/audit_log").await.must(200);
    let actions: Vec<&str> =
        log["data"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
    // Newest first.
    assert_eq!(actions[..3], ["key.created", "user.updated", "user.created"]);
    let changed = door.get(&format!("/audit_log?subject={}&action=user.updated", id(&ada))).await.must(200);
    let entry = &changed["data"][0];
    assert_eq!((&entry["before"]["role"], &entry["after"]["role"]), (&json!("viewer"), &json!("support")));
    assert_eq!((&entry["actor"], &entry["request_id"]), (&json!("dev"), &json!("req-7")));
    let secret = made["secret"].as_str().unwrap();
    assert!(!log.to_string().contains(secret) && !log.to_string().contains("argon2"));
    let page = door.get("/audit_log?limit=1").await.must(200);
    let next = page["page"]["next"].as_str().unwrap();
    let second = door.get(&format!("/audit_log?limit=1&after={next}")).await.must(200);
    assert_eq!(second["data"][0]["action"], "user.updated");
    assert_eq!(door.get("/audit_log?who=dev").await.told(), "400 unknown_parameter; /who unknown_parameter");
}

#[tokio::test]
async fn a_rolled_key_goes_on_for_its_overlap() {
    let door = Door::with(|_| {}, Options::default()).await;
    let admin = format!("Bearer {}", door.key(&["*"]).await);
    let admin = [("authorization", admin.as_str())];
    let body = json!({"name": "till", "scopes": ["orders:read"]});
    let made = door.post_with("/api_keys", &admin, &body).await.must(201);
    let old = format!("Bearer {}", made["secret"].as_str().unwrap());
    let path = format!("/api_keys/{}", made["key_id"].as_str().unwrap());
    let reply = door.post_with(&format!("{path}/roll"), &admin, &json!({"overlap": "P40D"})).await;
    assert_eq!(reply.status, 400);
    let rolled =
        door.post_with(&format!("{path}/roll"), &admin, &json!({"overlap": "PT24H"})).await.must(201);
    let new = format!("Bearer {}", rolled["secret"].as_str().unwrap());
    for key in [&old, &new] {
        let reply = door.ask(Method::GET, "/whoami", &[("authorization", key)], b"").await.must(200);
        assert_eq!((&reply["name"], &reply["scopes"]), (&json!("till"), &json!(["orders:read"])));
    }
    let shown = door.ask(Method::GET, &path, &admin, b"").await.must(200);
    assert_eq!(shown["expires_at"], "2026-11-23T13:06:56.120Z");
    assert_eq!(shown["last_used_at"], "2026-11-22T13:06:56.120Z");
    let reply = door.post_with(&format!("{path}/roll"), &admin, &json!({})).await;
    reply.must(201);
    assert_eq!(
        door.ask(Method::GET, "/whoami", &[("authorization", &old)], b"").await.told(),
        "401 key_revoked"
    );
}
