//! Problems: their bodies, their pages, and hostile input, which is refused and changes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::door::{Door, basket, redacted};
use axum::http::Method;
use serde_json::{Value, json};
use sutler_api::rest::problem::page_of;

/// The codes of the first public release that can occur.
const CODES: &str = "malformed_json unknown_parameter unknown_field validation_failed money_format unauthenticated \
    key_revoked insufficient_scope sign_in_failed sign_in_throttled owners_only last_owner dev_key_refused not_found cursor_stale method_not_allowed request_timeout \
    reference_exists handle_exists sku_exists job_exists product_unknown variant_required product_unavailable out_of_stock \
    stock_moved price_changed currency_mismatch invalid_transition order_on_hold version_mismatch \
    precondition_required idempotency_key_required idempotency_key_reused payment_declined \
    amount_exceeds_capturable amount_exceeds_refundable quantity_exceeds_fulfillable quantity_exceeds_returnable \
    gateway_unavailable signature_invalid lines_failed payload_too_large unsupported_media_type query_too_complex persisted_query_not_found \
    rate_limited busy unavailable index_building shutting_down internal";

#[tokio::test]
async fn every_code_has_a_page() {
    let door = Door::open().await;
    let index = String::from_utf8(door.get("/problems").await.bytes).unwrap();
    for code in CODES.split_whitespace() {
        let slug = code.replace('_', "-");
        assert!(index.contains(&format!("/problems/{slug}\"")), "{code} is not in the index");
        let page = door.get(&format!("/problems/{slug}")).await;
        let html = String::from_utf8(page.bytes).unwrap();
        for part in ["<h2>Cause</h2><p>", "<h2>Example</h2><pre>", "<h2>Fix</h2><p>"] {
            assert!(html.contains(part), "{code} has no {part}");
        }
    }
    assert_eq!(door.get("/problems/no-such-thing").await.told(), "404 not_found");
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every `Kind::…, "code"` in the sources of the use cases and of this door.
#[test]
fn every_code_in_the_sources_has_a_page() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    sources(&crates.join("app/src"), &mut files);
    sources(&crates.join("api/src"), &mut files);
    let mut seen = 0;
    for file in files.iter().filter(|file| !file.to_string_lossy().contains("/transfer/")) {
        let text = fs::read_to_string(file).unwrap();
        for rest in text.split("Problem::new(").skip(1) {
            let call: String = rest.chars().take(200).collect();
            let Some(code) = call.split('"').nth(1).filter(|_| call.trim_start().contains("Kind::")) else {
                continue;
            };
            let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if is_code {
                seen += 1;
                assert!(
                    page_of(code).is_some(),
                    "{code} of {} has no section in problem/pages.md",
                    file.display()
                );
            }
        }
    }
    assert!(seen > 20, "the search finds nothing any more");
}

/// The balancer knows nothing of this crate, but its clients look its codes up here.
#[test]
fn every_code_of_the_balancer_has_a_page() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = fs::read_to_string(crates.join("balance/src/problem.rs")).unwrap();
    let problems: Vec<&str> = text.split(": Problem = Problem {").skip(1).collect();
    assert!(problems.len() > 4, "the search finds nothing any more");
    for problem in problems {
        let quoted: Vec<&str> = problem.split('"').skip(1).step_by(2).take(2).collect();
        let [code, title] = quoted[..] else { panic!("{problem}") };
        let page = page_of(code).unwrap_or_else(|| panic!("{code} has no section in problem/pages.md"));
        let is_ours = ["internal", "request_timeout"].contains(&code);
        assert!(is_ours || page.title == title, "{code}: {title}, {}", page.title);
    }
}

#[tokio::test]
async fn a_problem_says_everything() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(1)).await;
    let reply = door.post_with("/orders", &[("x-request-id", "r1")], &basket("P1", 2)).await;
    insta::assert_json_snapshot!("out_of_stock", redacted(&reply.json()));
    let order = json!({"items": [{"product_id": "P1", "quantity": 1, "expected_unit_prize": 10.5, "expected_unit_price": 10.5}]});
    let reply = door.post_with("/orders", &[("x-request-id", "r2")], &order).await;
    insta::assert_json_snapshot!("two_faults", reply.json());
    let reply = door.ask(Method::GET, "/orders/1061", &[("x-request-id", "r3")], b"").await;
    insta::assert_json_snapshot!("not_found", reply.json());
}

#[tokio::test]
async fn hostile_bodies_are_refused_and_change_nothing() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(10)).await;
    let json_type = [("content-type", "application/json")];
    let keys: Vec<String> = (0..100_000).map(|i| format!("\"{i}\":0")).collect();
    let wide = format!("{{{}}}", keys.join(","));
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "400 malformed_json"),
        (vec![b'['; 1_000_000], "400 malformed_json"),
        (vec![b' '; 1024 * 1024 + 1], "413 payload_too_large"),
        (b"{\"items\":[],\"items\":[]}".to_vec(), "400 malformed_json"),
        (b"{\"items\":1e999}".to_vec(), "400 malformed_json"),
        (b"{\"items\":NaN}".to_vec(), "400 malformed_json"),
        (
            b"{\"items\":[{\"quantity\":-0}]}".to_vec(),
            "400 validation_failed; /items/0/quantity validation_failed",
        ),
        (b"{\"reference\":\"\\ud800\"}".to_vec(), "400 malformed_json"),
        (b"{\"reference\":\"\\u0000\"}".to_vec(), "400 malformed_json"),
        (b"{\"reference\":\"\xff\"}".to_vec(), "400 malformed_json"),
        (b"\xEF\xBB\xBF{}".to_vec(), "400 malformed_json"),
        (b"[]".to_vec(), "400 validation_failed;  validation_failed"),
        (b"null".to_vec(), "400 validation_failed;  validation_failed"),
        (b"\"items\"".to_vec(), "400 validation_failed;  validation_failed"),
    ];
    for (body, told) in cases {
        let reply = door.ask(Method::POST, "/orders", &json_type, &body).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(reply.told(), told, "{shown}");
    }
    let reply = door.ask(Method::POST, "/orders", &json_type, wide.as_bytes()).await;
    assert_eq!((reply.status.as_u16(), reply.json()["errors"].as_array().unwrap().len()), (400, 100));
    for (kind, status) in
        [("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("application/problem+json", 400)]
    {
        let reply = door.ask(Method::POST, "/orders", &[("content-type", kind)], b"{}").await;
        assert_eq!(reply.status, status, "{kind}");
    }
    let zipped = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(door.ask(Method::POST, "/orders", &zipped, b"\x1f\x8b\x08").await.status, 415);
    assert_eq!(door.get("/orders").await.json()["data"], json!([]));
}

#[tokio::test]
async fn impossible_orders_are_refused_with_a_pointer_and_change_nothing() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(10)).await;
    door.product("DEAR", 9_007_199_254_740_991, None).await;
    let order = |item: Value| json!({"items": [item]});
    let item = |quantity: Value| json!({"product_id": "P1", "quantity": quantity});
    let with = |name: &str, value: Value| {
        let mut order = order(item(json!(1)));
        order[name] = value;
        order
    };
    let cases = [
        (order(item(json!(-1))), "/items/0/quantity"),
        (order(item(json!(0))), "/items/0/quantity"),
        (order(item(json!(1e18))), "/items/0/quantity"),
        (order(item(json!(1_000_000_000_000_000_000i64))), "/items/0/quantity"),
        (order(item(json!(u64::MAX))), "/items/0/quantity"),
        (order(json!({"product_id": "DEAR", "quantity": 1000})), "/items/0/quantity"),
        (order(json!({"quantity": 1})), "/items/0"),
        (order(json!({"product_id": "P1", "sku": "SKU-P1", "quantity": 1})), "/items/0"),
        (order(json!({"product_id": "P1:2", "quantity": 1})), "/items/0/product_id"),
        (with("currency", json!("EURO")), "/currency"),
        (with("currency", json!("USD")), "/items/0"),
        (
            with("shipping", json!({"method": "s", "amount": {"amount": 1, "currency": "JPY"}})),
            "/shipping/amount",
        ),
        (with("shipping", json!({"method": "s", "amount": 4.9})), "/shipping/amount"),
        (with("shipping", json!({"method": "s", "amount": "4.90"})), "/shipping/amount"),
        (with("shipping", json!({"method": "s", "amount": -1})), "/shipping/amount"),
        (with("shipping", json!({"method": "s"})), "/shipping/amount"),
        (with("discounts", json!([{"title": "t", "amount": 1001}])), "/discounts"),
        (
            with("discounts", json!([{"title": "t", "amount": 1, "item_id": "items/7"}])),
            "/discounts/0/item_id",
        ),
        (with("metadata", json!({"k": 1})), "/metadata/k"),
        (with("metadata", json!({"k": "v".repeat(501)})), "/metadata/k"),
        (with("reference", json!("4242 4242 4242 4242")), "/reference"),
        (with("shipping_address", json!({"country": "Germany"})), "/shipping_address/country"),
        (with("payment", json!({"capture": "later"})), "/payment/capture"),
        (with("payment", json!({"gateway": "nowhere"})), "/payment/gateway"),
        (with("location", json!("nowhere")), "/location"),
        (with("status", json!("paid")), "/status"),
        (with("order_id", json!("ord_1")), "/order_id"),
    ];
    for (body, pointer) in cases {
        let reply = door.post("/orders", &body).await;
        let told = reply.told();
        assert!(told.starts_with("400 ") && told.contains(&format!("; {pointer} ")), "{body}: {told}");
    }
    let many = json!({"items": vec![item(json!(1)); 501]});
    assert_eq!(door.post("/orders", &many).await.told(), "400 validation_failed; /items validation_failed");
    let sum = json!({"items": [item(json!(6)), item(json!(5))]});
    assert!(door.post("/orders", &sum).await.told().starts_with("409 out_of_stock; /items/0/quantity"));
    assert_eq!(door.get("/orders").await.json()["data"], json!([]));
}
