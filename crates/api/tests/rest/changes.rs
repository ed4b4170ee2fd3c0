//! Changes of a file: each answered in its place, or all of them in one commit, or only tried.

use axum::http::Method;
use serde_json::{Value, json};
use sutler_api::rest::BULK_BYTES_MAX;
use sutler_app::bulk::CHANGES_MAX;

use crate::door::{Door, Reply};

const LINES: (&str, &str) = ("content-type", "application/x-ndjson");

async fn send(door: &Door, query: &str, headers: &[(&str, &str)], lines: &[Value]) -> Reply {
    let text = lines.iter().fold(String::new(), |text, line| text + &line.to_string() + "\n");
    door.ask(Method::POST, &format!("/bulk{query}"), &[headers, &[LINES]].concat(), text.as_bytes()).await
}

/// Status, code and first pointer of each line, and the counts of the summary.
fn told(reply: &Reply) -> (Vec<String>, Value) {
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/x-ndjson"));
    let text = std::str::from_utf8(&reply.bytes).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut summary = lines.pop().unwrap()["summary"].take();
    summary.as_object_mut().unwrap().remove("took_ms").unwrap();
    (lines.iter().map(short).collect(), summary)
}

fn short(line: &Value) -> String {
    let code = line["problem"]["code"].as_str().unwrap_or("-");
    let pointer = line["problem"]["errors"][0]["pointer"].as_str().unwrap_or_default();
    format!("{} {} {code} {pointer}", line["line"], line["status"]).trim_end().to_owned()
}

/// The problem of an answer, which must be this one.
#[track_caller]
fn fails(reply: &Reply, status: u16, code: &str) -> Value {
    let problem = reply.must(status);
    assert_eq!(problem["code"], code);
    problem
}

fn price(sku: &str, amount: i64) -> Value {
    let body = json!({"price": {"amount": amount, "currency": "EUR"}});
    json!({"resource": "variant", "op": "update", "variant_id": format!("sku:{sku}"), "body": body})
}

fn count(sku: &str, set_to: i64) -> Value {
    json!({"resource": "inventory", "op": "adjust", "body": {"sku": sku, "set_to": set_to, "reason": "count"}})
}

/// A shirt in two sizes, five of each.
async fn shirt(door: &Door) -> Value {
    let size = |size: &str| {
        json!({"sku": format!("TEE-{size}"), "price": {"amount": 1500, "currency": "EUR"}, "stock": 5,
            "option_values": {"Size": size}})
    };
    let body = json!({"title": "Tee", "variants": [size("M"), size("L")]});
    door.post("/products", &body).await.must(201)
}

async fn variant(door: &Door, sku: &str) -> Value {
    door.get(&format!("/variants/sku:{sku}")).await.must(200)
}

async fn events(door: &Door) -> usize {
    door.get("/events?limit=100").await.must(200)["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn each_change_is_answered_in_its_place_and_a_bad_one_stops_no_other() {
    let door = Door::open().await;
    let tee = shirt(&door).await;
    let made = json!({"key": "cap", "resource": "product", "op": "create", "body": {"title": "Cap",
        "sku": "CAP", "price": {"amount": 900, "currency": "EUR"}}});
    let lines = [
        price("TEE-M", 1590),
        price("NONE", 1),
        count("TEE-M", 40),
        made,
        price("CAP", 990),
        json!({"resource": "variant", "op": "publish", "variant_id": "sku:CAP"}),
        json!({"resource": "variant", "op": "update", "variant_id": "sku:CAP", "body": {"price": "9"}}),
        json!({"resource": "product", "op": "archive", "product_id": tee["product_id"], "body": {}}),
        json!({"op": "delete"}),
        json!({"resource": "product", "op": "archive", "product_id": tee["product_id"]}),
        json!([]),
    ];
    let reply = send(&door, "", &[("idempotency-key", "march")], &lines).await;
    let (short, summary) = told(&reply);
    assert_eq!(
        short,
        [
            "1 200 -",
            "2 404 not_found",
            "3 200 -",
            "4 201 -",
            "5 200 -",
            "6 400 validation_failed /op",
            "7 400 money_format /body/price",
            "8 400 validation_failed /body",
            "9 400 validation_failed /resource",
            "10 200 -",
            "11 400 validation_failed",
        ]
    );
    assert_eq!(summary, json!({"ok": 5, "failed": 6, "skipped": 0}));
    let first: Value = serde_json::from_slice(reply.bytes.split(|b| *b == b'\n').nth(3).unwrap()).unwrap();
    assert_eq!(first["key"], "cap");
    assert_eq!(variant(&door, "TEE-M").await["price"]["amount"], 1590);
    assert_eq!(variant(&door, "CAP").await["price"]["amount"], 990);

    let before = events(&door).await;
    let (again, _) = told(&send(&door, "", &[("idempotency-key", "march")], &lines).await);
    assert_eq!(again, short, "the same file again is told the same");
    assert_eq!(events(&door).await, before, "and changes nothing");
}

#[tokio::test]
async fn together_all_lines_are_one_commit_in_which_each_sees_those_before() {
    let door = Door::open().await;
    let tee = shirt(&door).await;
    let version = tee["version"].as_u64().unwrap();
    let swap = |from: &str, to: &str| json!({"resource": "variant", "op": "update", "variant_id": format!("sku:{from}"), "body": {"sku": to}});
    let lines = [
        price("TEE-M", 1590),
        price("TEE-L", 1690),
        json!({"resource": "product", "op": "upsert", "product_id": "MUG", "body": {"title": "Mug",
            "sku": "MUG", "price": {"amount": 800, "currency": "EUR"}, "stock": 3}}),
        swap("TEE-L", "TEE-XL"),
        price("TEE-XL", 1790),
        json!({"resource": "variant", "op": "upsert", "variant_id": "sku:MUG-2", "body": {"product_id": "MUG",
            "option_values": {}, "price": {"amount": 850, "currency": "EUR"}}}),
        count("TEE-M", 40),
    ];
    let bad = send(&door, "?atomic=true", &[], &[&lines[..], &[price("TEE-L", 1)]].concat()).await;
    let problem = fails(&bad, 409, "lines_failed");
    assert_eq!(
        problem["lines"].as_array().unwrap().iter().map(short).collect::<Vec<_>>(),
        ["6 400 validation_failed /body/option_values", "8 404 not_found"]
    );
    assert_eq!(variant(&door, "TEE-M").await["price"]["amount"], 1500, "nothing of it was done");

    let good = [&lines[..5], &lines[6..]].concat();
    let (tried, _) = told(&send(&door, "?atomic=true&dry_run=true", &[], &good).await);
    assert_eq!(variant(&door, "TEE-M").await["price"]["amount"], 1500, "it was only tried");
    let before = events(&door).await;
    let done = send(&door, "?atomic=true", &[("idempotency-key", "k")], &good).await;
    let (short, summary) = told(&done);
    assert_eq!(short, ["1 200 -", "2 200 -", "3 201 -", "4 200 -", "5 200 -", "6 200 -"]);
    assert_eq!((short, summary["ok"].as_u64()), (tried, Some(6)));
    assert_eq!(variant(&door, "TEE-XL").await["price"]["amount"], 1790);
    let stands = door.get(&format!("/products/{}", tee["product_id"].as_str().unwrap())).await.must(200);
    assert_eq!(stands["version"], json!(version + 1), "four lines are one change of the product");
    assert_eq!(door.get("/products/sku:MUG").await.must(200)["product_id"], "MUG");
    let after = events(&door).await;
    assert!(after > before);

    let (replayed, _) = told(&send(&door, "?atomic=true", &[("idempotency-key", "k")], &good).await);
    assert!(replayed.iter().all(|line| line.ends_with("200 -")), "{replayed:?}");
    assert_eq!(events(&door).await, after);
}

#[tokio::test]
async fn what_two_lines_want_of_one_shelf_or_one_name_is_refused_as_a_whole() {
    let door = Door::open().await;
    let tee = shirt(&door).await;
    let named = |id: &str, sku: &str| {
        json!({"resource": "product", "op": "upsert", "product_id": id, "body": {"title": id, "sku": sku,
            "price": {"amount": 1, "currency": "EUR"}}})
    };
    let take = json!({"resource": "inventory", "op": "adjust", "body": {"sku": "TEE-L", "delta": -6, "reason": "damaged"}});
    let gone = json!({"resource": "product", "op": "delete", "product_id": tee["product_id"]});
    for (lines, expected) in [
        (vec![count("TEE-M", 4), count("TEE-M", 5)], "2 400 validation_failed /body"),
        (vec![named("A", "ONE"), named("B", "ONE")], "2 409 sku_exists"),
        (vec![named("A", "TEE-M")], "1 409 sku_exists"),
        (vec![take], "1 409 out_of_stock /body/delta"),
        (vec![gone.clone(), price("TEE-M", 1)], "2 404 not_found"),
    ] {
        for query in ["?atomic=true", "?atomic=true&dry_run=true"] {
            let problem = fails(&send(&door, query, &[], &lines).await, 409, "lines_failed");
            assert_eq!(short(&problem["lines"][0]), expected, "{lines:?}");
        }
        let (lone, _) = told(&send(&door, "?dry_run=true", &[], &lines).await);
        assert!(lone.contains(&expected.to_owned()), "{lone:?}");
    }
    // What one gives up another may take, in the same file.
    let lines = [gone, named("A", "TEE-M")];
    told(&send(&door, "?atomic=true", &[], &lines).await);
    assert_eq!(variant(&door, "TEE-M").await["product_id"], "A");
}

#[tokio::test]
async fn a_line_needs_its_scope_and_a_file_its_limits() {
    let door = Door::open().await;
    shirt(&door).await;
    let stock_only = format!("Bearer {}", door.key(&["inventory:write", "catalog:read"]).await);
    let headers = [("authorization", stock_only.as_str())];
    let lines = [price("TEE-M", 1), count("TEE-M", 7)];
    let (short, _) = told(&send(&door, "", &headers, &lines).await);
    assert_eq!(short, ["1 403 insufficient_scope", "2 200 -"]);
    fails(&send(&door, "?atomic=true", &headers, &lines).await, 403, "insufficient_scope");

    let many = vec![count("TEE-M", 7); CHANGES_MAX + 1];
    let problem = fails(&send(&door, "", &[], &many).await, 413, "payload_too_large");
    assert_eq!(problem["limit_lines"], CHANGES_MAX);
    let long = json!({"resource": "product", "op": "create", "body": {"title": "x".repeat(BULK_BYTES_MAX)}});
    let problem = fails(&send(&door, "", &[], &[long]).await, 413, "payload_too_large");
    assert_eq!(problem["limit_bytes"], BULK_BYTES_MAX);
    let plain = door.ask(Method::POST, "/bulk", &[("content-type", "application/json")], b"{}").await;
    fails(&plain, 415, "unsupported_media_type");
}
