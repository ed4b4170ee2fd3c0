//! The description of the API is whole, is what is committed and served, and names what the handlers read: no more, no less.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};
use sutler_api::openapi;
use sutler_api::rest::operation::Needs;
use sutler_api::rest::{Operation, operations};

use crate::description::{described, document, faults};
use crate::door::{Door, Reply, basket};
use crate::examples::blesses;

/// Lines of JSON.
const LINES: &str = "application/x-ndjson";

/// Every reference in a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            // An example may be a schema of its own.
            let others = map.iter().filter(|(name, _)| *name != "example");
            others.for_each(|(_, value)| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if blesses() {
        fs::write(&path, openapi::text()).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap();
    assert!(committed == openapi::text(), "write it anew: sutler gen-openapi > docs/openapi.json");
}

#[tokio::test]
async fn the_document_and_its_page_are_served_to_everybody() {
    let door = Door::open().await;
    let document = door.get("/openapi.json").await;
    assert_eq!(document.must(200)["openapi"], "3.1.0");
    assert_eq!(document.bytes, openapi::text().into_bytes());
    let page = door.get("/docs").await;
    let text = String::from_utf8(page.bytes).unwrap();
    for row in operations() {
        assert!(text.contains(&format!("id=\"{}\"", row.id)), "{} is not on the page", row.id);
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !text.contains("<script"), "{policy}");
    assert!(!text.contains("src=\"http") && !text.contains("href=\"http"), "the page needs somebody else");
}

#[test]
fn every_reference_leads_somewhere() {
    let (document, mut found) = (openapi::document(), Vec::new());
    references(&document, &mut found);
    assert!(found.len() > 500, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let names = document["components"]["schemas"].as_object().unwrap().keys();
    let numbered: Vec<_> = names.filter(|name| name.ends_with(|c: char| c.is_ascii_digit())).collect();
    assert!(numbered.is_empty(), "two types have one name: {numbered:?}");
}

#[test]
fn every_operation_is_described_to_its_end() {
    assert_eq!(openapi::undescribed(), Vec::<&str>::new(), "say what they take and give in openapi/areas");
    let mut wanting = Vec::new();
    for row in operations() {
        let told = described(&row);
        let mut want = |is_there: bool, what: &str| {
            if !is_there {
                wanting.push(format!("{} {} ({}) {what}", row.method, row.path, row.id));
            }
        };
        want(told["operationId"] == row.id && told["summary"] == row.summary, "has its name and summary");
        want(
            told["x-problem-codes"].as_array().is_some_and(|codes| !codes.is_empty()),
            "has its problem codes",
        );
        if let Needs::Scope(scope) = row.needs {
            want(told["x-scope"] == scope, "has its scope");
        }
        let body = told["requestBody"]["content"].as_object().into_iter().flatten();
        for (media, content) in body {
            want(content["example"] != Value::Null, &format!("has an example of {media}"));
        }
        for (status, answer) in told["responses"].as_object().unwrap() {
            for (media, content) in answer["content"].as_object().into_iter().flatten() {
                let shown = content["example"] != Value::Null || content["examples"].is_object();
                want(shown, &format!("has an example of {status} {media}"));
            }
        }
        let mut statuses = told["responses"].as_object().unwrap().keys();
        want(statuses.any(|status| status.starts_with('2') || status == "101"), "can succeed");
    }
    assert!(wanting.is_empty(), "wanting:\n{}", wanting.join("\n"));
}

#[test]
fn every_example_is_as_its_schema_says() {
    for row in operations() {
        let told = described(&row);
        let bodies = [&told["requestBody"]["content"]].into_iter();
        let answers = told["responses"].as_object().unwrap().values().map(|answer| &answer["content"]);
        for content in
            bodies.chain(answers).filter_map(Value::as_object).flatten().map(|(_, content)| content)
        {
            if let Some(example) = content.get("example") {
                let found = faults(&content["schema"], example);
                assert!(found.is_empty(), "{}: {found:#?}\n{example:#}", row.id);
            }
            if let (Some(line), Some(text)) = (content.get("x-itemSchema"), content["example"].as_str()) {
                for example in text.lines() {
                    let found = faults(line, &serde_json::from_str(example).unwrap());
                    assert!(found.is_empty(), "{}: {found:#?}\n{example}", row.id);
                }
            }
        }
    }
    let examples = document()["components"]["examples"].as_object().unwrap();
    for (code, example) in examples {
        let found = faults(&json!({"$ref": "#/components/schemas/ProblemBody"}), &example["value"]);
        assert!(found.is_empty(), "{code}: {found:#?}");
    }
}

/// A path of an operation with things that are there: reading a body may begin with looking one up.
fn path(row: &Operation, order: &str, fulfillment: &str) -> String {
    match row.path {
        path if path.starts_with("/fulfillments/{id}") => path.replace("{id}", fulfillment),
        path if path.starts_with("/orders/{id}") => path.replace("{id}", order).replace("{code}", "manual"),
        path if path.starts_with("/variants/{id}") => path.replace("{id}", "sku:SKU-P1"),
        path if path.starts_with("/products/{id}") => path.replace("{id}", "P1"),
        path if path.starts_with("/inventory/{variant}") => "/inventory/sku:SKU-P1/main".to_owned(),
        path => path
            .replace("{gateway}", "fake")
            .replace("{name}", "payments")
            .replace("{id}", "x")
            .replace("{type}", "order.placed"),
    }
}

/// What an answer says that it knows: "the fields are a, b" or "there are a, b". Of a file it is its first line that says so.
fn known(reply: &Reply, code: &str) -> BTreeSet<String> {
    let told = if reply.header("content-type") == LINES {
        let text = String::from_utf8_lossy(&reply.bytes);
        serde_json::from_str::<Value>(text.lines().next().unwrap()).unwrap()["problem"].clone()
    } else {
        reply.json()
    };
    let fault = told["errors"].as_array().into_iter().flatten().find(|fault| fault["code"] == code);
    assert!(fault.is_some(), "no {code}: {told:#}");
    let detail = fault.unwrap()["detail"].as_str().unwrap();
    let list = detail.split_once("the fields are ").or_else(|| detail.split_once("there are "));
    list.map(|(_, list)| list.split(", ").map(str::to_owned).collect()).unwrap_or_default()
}

/// The members of the body of an operation.
fn members(row: &Operation) -> Option<BTreeSet<String>> {
    let (_, content) = described(row)["requestBody"]["content"].as_object()?.iter().next()?;
    let schema = content.get("x-itemSchema").unwrap_or(&content["schema"]);
    let name = schema["$ref"].as_str()?.strip_prefix('#')?;
    let schema = document().pointer(name).unwrap();
    Some(schema["properties"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default())
}

/// A door knows the fields and the parameters that its document names, and no others.
#[tokio::test]
async fn the_handlers_read_what_the_document_names() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(100)).await;
    let placed = door.post("/orders", &basket("P1", 1)).await.must(201);
    let order = placed["order_id"].as_str().unwrap();
    door.post(&format!("/orders/{order}/confirm"), &json!({})).await.must(200);
    let made = door.post(&format!("/orders/{order}/fulfillments"), &json!({})).await.must(201);
    let fulfillment = made["fulfillment_id"].as_str().unwrap();
    let (mut asked, mut differing) = (0, Vec::new());
    for row in operations().into_iter().filter(|row| row.needs != Needs::Nothing) {
        let method: Method = row.method.parse().unwrap();
        let path = path(&row, order, fulfillment);
        let media = if matches!(row.id, "place_orders" | "change_many") { LINES } else { "application/json" };
        let headers = [("content-type", media)];
        let body: &[u8] = if row.id == "import" {
            b"x"
        } else if row.method == "GET" {
            b""
        } else {
            b"{}"
        };
        let reply = door.ask(method.clone(), &format!("{path}?zz_zz_zz_zz=1"), &headers, body).await;
        let named: BTreeSet<String> = described(&row)["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|param| param["in"] == "query")
            .map(|param| match param["name"].as_str().unwrap() {
                pairs @ ("metadata" | "option") => format!("{pairs}[…]"),
                name => name.to_owned(),
            })
            .collect();
        let mut read = known(&reply, "unknown_parameter");
        if row.id == "import" {
            // A file of orders may be asked for more.
            let orders = format!("{path}?map=shopify-orders&zz_zz_zz_zz=1");
            read.extend(known(&door.ask(method.clone(), &orders, &headers, body).await, "unknown_parameter"));
        }
        if read != named {
            differing.push(format!("{}: parameters read {read:?}, named {named:?}", row.id));
        }
        asked += 1;
        let Some(named) = members(&row) else { continue };
        let reply = door.ask(method, &path, &headers, br#"{"zz_zz_zz_zz": 1}"#).await;
        let mut read = known(&reply, "unknown_field");
        // Asked for only to be refused in better words.
        match row.id {
            "update_product" => assert!(read.remove("status")),
            "put_variant" => assert!(read.remove("sku")),
            // The key of a line is taken from it before the order is read.
            "place_orders" => assert!(read.insert("idempotency_key".to_owned())),
            _ => {}
        }
        if read != named {
            differing.push(format!("{}: fields read {read:?}, named {named:?}", row.id));
        }
        asked += 1;
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(asked > 150, "{asked}");
}
