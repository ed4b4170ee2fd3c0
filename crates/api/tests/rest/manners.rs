//! The manners of the door: keys, versions, pages, parameters, health.

use std::net::SocketAddr;

use crate::door::{Door, basket, paid};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use sutler_api::rest::Options;
use sutler_api::rest::metrics::PaymentCounts;
use sutler_app::ports::EventFilter;
use sutler_app::relay::Handler;
use sutler_domain::Position;

#[tokio::test]
async fn a_stale_version_is_refused_and_a_known_one_not_sent_again() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let placed = door.post("/orders", &basket("P1", 1)).await;
    let path = placed.header("location").to_owned();
    let change = json!({"metadata": {"a": "1"}, "tags": ["x"], "customer": {"email": "ada@example.com"}});
    let stale = door.patch_with(&path, &[("if-match", "\"1\"")], &change).await;
    assert_eq!(stale.told(), "412 version_mismatch");
    assert_eq!(stale.json()["current_version"], 2);
    let changed = door.patch_with(&path, &[("if-match", "\"2\"")], &change).await;
    assert_eq!(changed.must(200)["metadata"], json!({"a": "1"}));
    let etag = changed.header("etag").to_owned();
    let same = door.ask(Method::GET, &path, &[("if-none-match", &etag)], b"").await;
    assert_eq!((same.status.as_u16(), same.bytes.len(), same.header("etag")), (304, 0, etag.as_str()));
    door.ask(Method::GET, &path, &[("if-none-match", "\"1\"")], b"").await.must(200);
    assert_eq!(door.patch_with(&path, &[("if-match", "3")], &change).await.status, 400);
    let cleared = door.patch_with(&path, &[], &json!({"metadata": {"a": null}})).await;
    assert_eq!(cleared.must(200)["metadata"], json!({}));
}

#[tokio::test]
async fn a_server_may_insist_on_if_match() {
    let door = Door::with(|s| s.require_if_match = true, Options { dev: true, ..Options::default() }).await;
    door.product("P1", 1000, None).await;
    let placed = door.post("/orders", &basket("P1", 1)).await;
    placed.must(201);
    let path = format!("{}/confirm", placed.header("location"));
    assert_eq!(door.post(&path, &json!({})).await.told(), "428 precondition_required");
    door.post_with(&path, &[("if-match", placed.header("etag"))], &json!({})).await.must(200);
}

#[tokio::test]
async fn preferences_are_applied_and_told() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let order = paid("P1", 1, "tok_ok");
    let (reply, ()) = futures::join!(
        door.post_with("/orders", &[("prefer", "wait=8, return=minimal")], &order),
        door.settle()
    );
    assert_eq!((reply.status.as_u16(), reply.bytes.len()), (201, 0));
    assert_eq!(reply.header("preference-applied"), "wait=8, return=minimal");
    assert!(reply.header("location").starts_with("/orders/ord_"));
    assert_eq!(door.post_with("/orders", &[("prefer", "wait=31")], &basket("P1", 1)).await.status, 400);
}

#[tokio::test]
async fn lists_are_pages() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    for number in 0..5 {
        let mut order = basket("P1", 1);
        order["metadata"] = json!({"n": number.to_string()});
        door.post("/orders", &order).await.must(201);
    }
    let mut seen = Vec::new();
    let mut path = "/orders?limit=2&sort=number&expand=payments".to_owned();
    while !path.is_empty() {
        let reply = door.get(&path).await;
        let page = reply.must(200);
        seen.extend(
            page["data"].as_array().unwrap().iter().map(|o| o["number"].as_str().unwrap().to_owned()),
        );
        let link = reply.header("link").split(", ").find(|link| link.ends_with("rel=\"next\""));
        path = link.map_or(String::new(), |link| link[1..link.find('>').unwrap()].to_owned());
        assert_eq!(page["page"]["has_more"], !path.is_empty());
    }
    assert_eq!(seen, ["1001", "1002", "1003", "1004", "1005"]);
    let count = async |query: &str| {
        door.get(&format!("/orders?{query}")).await.must(200)["data"].as_array().unwrap().len()
    };
    for (query, expected) in [
        ("status=created,confirmed", 5),
        ("status=canceled", 0),
        ("payment_status=unpaid&fulfillment_status=unfulfilled", 5),
        ("customer_id=C1", 5),
        ("customer_id=C2", 0),
        ("sku=SKU-P1", 5),
        ("metadata[n]=3", 1),
        ("number=1002", 1),
        ("placed_at[gte]=2026-11-22&placed_at[lt]=2026-11-23", 5),
        ("placed_at[gt]=2026-11-22", 0),
        ("q=", 5),
        ("q=%231002", 1),
        ("q=%231002+status:canceled", 0),
        ("q=1002&number=1003", 0),
        ("q=customer:C1+sku:SKU-P1+placed:1d", 5),
        ("q=metadata.n:3&status=created", 1),
        ("q=total:%3E0+total:%3C999999", 5),
        ("q=total:%3E999999", 0),
        ("q=web-10042", 0),
        ("q=nobody@example.com", 0),
    ] {
        assert_eq!(count(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn what_a_path_does_not_know_is_refused() {
    let door = Door::open().await;
    for (path, told) in [
        ("/orders?payment_staus=paid", "400 unknown_parameter; /payment_staus unknown_parameter"),
        ("/orders?limit=0", "400 validation_failed; /limit validation_failed"),
        ("/orders?after=zzz", "400 validation_failed; /after validation_failed"),
        ("/orders?status=open", "400 validation_failed; /status validation_failed"),
        ("/orders?expand=everything", "400 validation_failed; /expand validation_failed"),
        ("/orders?q=status:lost", "400 validation_failed; /q validation_failed"),
        ("/orders?limit=1&limit=2", "400 validation_failed; /limit validation_failed"),
        ("/whoami?x=1", "400 unknown_parameter; /x unknown_parameter"),
        ("/events?type=order.eaten", "400 validation_failed; /type validation_failed"),
        ("/payments?after=zzz", "400 validation_failed; /after validation_failed"),
        ("/nowhere", "404 not_found"),
        ("/orders/", "404 not_found"),
        ("/jobs/ord_01h455vb4pex5vsknk084sn02q", "404 not_found"),
        ("/events/evt_01h455vb4pex5vsknk084sn02q", "404 not_found"),
    ] {
        assert_eq!(door.get(path).await.told(), told, "{path}");
    }
    let reply = door.ask(Method::PUT, "/orders", &[], b"{}").await;
    assert_eq!(reply.told(), "405 method_not_allowed");
    assert_eq!(reply.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn nobody_comes_in_without_a_key() {
    let door = Door::with(|_| {}, Options::default()).await;
    let secret = door.key(&["orders:read"]).await;
    let authorization = format!("Bearer {secret}");
    let ask = async |headers: &[(&str, &str)]| door.ask(Method::GET, "/orders", headers, b"").await;
    let refused = ask(&[]).await;
    assert_eq!(refused.told(), "401 unauthenticated");
    assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"sutler\"");
    assert_eq!(ask(&[("authorization", "Bearer sk_dev_sutler")]).await.told(), "401 dev_key_refused");
    assert_eq!(ask(&[("authorization", "Bearer sk_live_unknown")]).await.told(), "401 unauthenticated");
    ask(&[("authorization", &authorization)]).await.must(200);
    let id = door.app.access.list(&sutler_app::Caller::system("test")).await.unwrap()[0].value.key_id.clone();
    door.app.access.revoke(&sutler_app::Caller::system("test"), &id).await.unwrap();
    assert_eq!(ask(&[("authorization", &authorization)]).await.told(), "401 key_revoked");
}

#[tokio::test]
async fn dev_trusts_this_machine_only() {
    let door = Door::open().await;
    assert_eq!(door.get("/whoami").await.must(200)["actor"], "dev");
    let mut request = Request::get("/whoami").body(Body::empty()).unwrap();
    let far: SocketAddr = "192.0.2.1:1".parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(far));
    assert_eq!(door.send(request).await.told(), "401 unauthenticated");
    let forged = door.ask(Method::GET, "/whoami", &[("origin", "https://evil.example")], b"").await;
    assert_eq!(forged.told(), "401 unauthenticated");
    let key = door.ask(Method::GET, "/whoami", &[("authorization", "Bearer sk_dev_sutler")], b"").await;
    assert_eq!(key.must(200)["scopes"], json!(["*"]));
}

#[tokio::test]
async fn keys_are_made_rolled_and_revoked() {
    let door = Door::open().await;
    let made = door.post("/api_keys", &json!({"name": "till", "scopes": ["orders:*"]})).await;
    let (path, secret) =
        (made.header("location").to_owned(), made.must(201)["secret"].as_str().unwrap().to_owned());
    assert_eq!(door.get(&path).await.must(200).get("secret"), None);
    let rolled = door.post(&format!("{path}/roll"), &json!({})).await.must(201);
    assert_ne!(rolled["secret"], json!(secret));
    let gone = door
        .ask(Method::DELETE, &format!("/api_keys/{}", rolled["key_id"].as_str().unwrap()), &[], b"")
        .await;
    assert_eq!(gone.status, 204);
    let bad = door.post("/api_keys", &json!({"name": "", "scopes": ["orders:eat"]})).await;
    assert_eq!(bad.told(), "400 validation_failed; /name validation_failed; /scopes/0 validation_failed");
}

#[tokio::test]
async fn a_publishable_key_has_a_quota() {
    let door = Door::with(|_| {}, Options { secret_per_min: Some(2), ..Options::default() }).await;
    let authorization = format!("Bearer {}", door.key(&["*"]).await);
    let ask = async || door.ask(Method::GET, "/whoami", &[("authorization", &authorization)], b"").await;
    assert_eq!(ask().await.header("ratelimit"), "\"secret\";r=1;t=30");
    assert_eq!(ask().await.header("ratelimit-policy"), "\"secret\";q=2;w=60");
    let refused = ask().await;
    assert_eq!(refused.told(), "429 rate_limited");
    assert_eq!(refused.json()["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
}

#[tokio::test]
async fn a_request_has_an_id() {
    let door = Door::open().await;
    let given = door.ask(Method::GET, "/whoami", &[("x-request-id", "abc-1")], b"").await;
    assert_eq!(given.header("x-request-id"), "abc-1");
    for unsafe_id in ["", "a b", &"x".repeat(65)] {
        let made = door.ask(Method::GET, "/nowhere", &[("x-request-id", unsafe_id)], b"").await;
        assert!(made.header("x-request-id").starts_with("req_"), "{unsafe_id}");
        assert_eq!(made.json()["request_id"], made.header("x-request-id"));
    }
}

#[tokio::test]
async fn health_is_told_and_numbers_are_counted() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(1)).await;
    assert_eq!(door.get("/livez").await.status, 200);
    assert_eq!(door.get("/healthz").await.must(200)["checks"]["storage"], "ok");
    door.post("/orders", &basket("P1", 1)).await.must(201);
    assert_eq!(door.post("/orders", &basket("P1", 1)).await.status, 409);
    let text = String::from_utf8(door.get("/metrics").await.bytes).unwrap();
    for series in [
        "http_server_request_duration_seconds_bucket{method=\"POST\",route=\"/orders\",status=\"201\",le=\"0.005\"}",
        "sutler_orders_placed_total{outcome=\"placed\"} 1",
        "sutler_order_place_duration_seconds_count 2",
        "sutler_out_of_stock_total 1",
        "sutler_jobs{queue=\"payments\",state=\"ready\"}",
        "sutler_build_info{version=",
    ] {
        assert!(text.contains(series), "{series} in\n{text}");
    }
    door.api.drain();
    let draining = door.get("/readyz").await;
    assert_eq!((draining.status.as_u16(), &draining.json()["status"]), (503, &json!("draining")));
    assert_eq!(draining.header("retry-after"), "1");
}

#[tokio::test]
async fn strangers_see_neither_numbers_nor_insides() {
    let door = Door::open().await;
    let from = async |path: &str| {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo("192.0.2.1:1".parse::<SocketAddr>().unwrap()));
        door.send(request).await
    };
    assert_eq!(from("/metrics").await.told(), "401 unauthenticated");
    assert_eq!(from("/readyz").await.must(200), json!({"status": "ready"}));
}

#[tokio::test]
async fn whoever_comes_through_a_balancer_on_this_machine_is_a_stranger() {
    let door = Door::open().await;
    for passed_on in [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1")] {
        let ask = async |path: &str| door.ask(Method::GET, path, &[passed_on], b"").await;
        assert_eq!(ask("/metrics").await.told(), "401 unauthenticated", "{passed_on:?}");
        assert_eq!(ask("/whoami").await.told(), "401 unauthenticated", "{passed_on:?}");
        assert_eq!(ask("/readyz").await.must(200), json!({"status": "ready"}));
    }
}

#[tokio::test]
async fn events_and_jobs_can_be_read() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(5)).await;
    let placed = door.post("/orders", &paid("P1", 1, "tok_ok")).await.must(201);
    let jobs = door.get("/jobs?state=ready").await.must(200);
    assert_eq!(jobs["data"][0]["kind"], "process_order");
    let job = format!("/jobs/{}", jobs["data"][0]["job_id"].as_str().unwrap());
    assert_eq!(door.post(&format!("{job}/cancel"), &json!({})).await.must(200)["state"], "canceled");
    door.post(&format!("{job}/retry"), &json!({})).await;
    door.settle().await;
    let id = placed["order_id"].as_str().unwrap();
    let page = door.get(&format!("/events?type=order.*,payment.*&subject={id}&limit=2")).await.must(200);
    let kinds: Vec<&Value> = page["data"].as_array().unwrap().iter().map(|e| &e["type"]).collect();
    assert_eq!(kinds, ["order.placed", "payment.created"]);
    let event = page["data"][0]["id"].as_str().unwrap();
    assert_eq!(door.get(&format!("/events/{event}")).await.must(200), page["data"][0]);
    let next = page["page"]["next"].as_str().unwrap();
    let after = door.get(&format!("/events?after={next}&type=order.confirmed")).await.must(200);
    assert!(after["data"].as_array().unwrap().len() <= 1);
    assert_eq!(door.get("/events?after=e0:1").await.told(), "410 cursor_stale");
    let types = door.get("/event_types").await.must(200);
    assert!(types["data"].as_array().unwrap().iter().any(|t| t["name"] == "order.placed"));
}

#[tokio::test]
async fn pages_of_other_sites_may_call_only_when_listed() {
    let preflight = [("origin", "https://shop.example"), ("access-control-request-method", "POST")];
    let closed = Door::open().await;
    let refused = closed.ask(Method::OPTIONS, "/orders", &preflight, b"").await;
    assert_eq!((refused.status.as_u16(), refused.header("access-control-allow-origin")), (401, ""));
    let origins = vec!["https://shop.example".to_owned()];
    let open = Door::with(|_| {}, Options { cors_origins: origins, ..Options::default() }).await;
    let allowed = open.ask(Method::OPTIONS, "/orders", &preflight, b"").await;
    assert_eq!(allowed.header("access-control-allow-origin"), "https://shop.example");
    let other = [("origin", "https://other.example"), ("access-control-request-method", "POST")];
    let refused = open.ask(Method::OPTIONS, "/orders", &other, b"").await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_waited_for() {
    let timeout = std::time::Duration::from_millis(1);
    let door =
        Door::with(|_| {}, Options { dev: true, request_timeout: timeout, ..Options::default() }).await;
    let endless = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = Request::post("/orders").header("content-type", "application/json").body(endless).unwrap();
    let reply = door.send(request).await;
    assert_eq!(reply.told(), "408 request_timeout");
    assert_eq!(reply.json()["retryable"], true);
}

#[tokio::test]
async fn answers_are_compressed_when_asked_for() {
    let door = Door::open().await;
    let reply = door.ask(Method::GET, "/problems", &[("accept-encoding", "gzip")], b"").await;
    assert_eq!(reply.header("content-encoding"), "gzip");
    assert!(reply.bytes.starts_with(&[0x1f, 0x8b]));
    assert_eq!(door.get("/problems").await.header("content-encoding"), "");
}

#[tokio::test]
async fn what_gateways_say_is_counted() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    door.post("/orders", &paid("P1", 1, "tok_ok")).await.must(201);
    door.post("/orders", &paid("P1", 1, "tok_declined")).await.must(201);
    door.settle().await;
    let counts = PaymentCounts { orders: door.app.ports.orders.clone() };
    let events = door.app.ports.feed.after(Position(0), &EventFilter::default(), 1000).await.unwrap();
    for event in &events {
        counts.handle(event).await.unwrap();
    }
    let text = String::from_utf8(door.get("/metrics").await.bytes).unwrap();
    for outcome in ["succeeded", "failed"] {
        let series =
            format!("sutler_payments_total{{gateway=\"fake\",operation=\"charge\",outcome=\"{outcome}\"}} 1");
        assert!(text.contains(&series), "{series} in\n{text}");
    }
}
