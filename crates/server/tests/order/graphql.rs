//! GraphQL on SQLite: how many statements a document runs, whatever it shows, and that an abusive one runs none.

use serde_json::{Value, json};
use sutler_app::Caller;
use sutler_app::access::CreateKey;

use crate::shop::Shop;

/// Orders of the shop that is read.
const ORDERS: usize = 50;

/// A shop with many orders, each of two products, by somebody else, paid, shipped and on the way back.
async fn busy() -> Shop {
    let shop = Shop::stocked(&["P1", "P2", "P3"]).await;
    for n in 0..ORDERS {
        let order = json!({
            "customer": { "email": format!("ada{n}@example.com") },
            "items": [{ "product_id": "P1", "quantity": 1 }, { "product_id": format!("P{}", 2 + n % 2), "quantity": 1 }],
            "payment": { "token": "tok_ok" },
        });
        let placed = shop.send("POST", "/orders", "", &order.to_string()).await;
        shop.work().await;
        let path = format!("/orders/{}", placed["order_id"].as_str().unwrap());
        for (part, body) in [
            ("notes", json!({ "body": "gift" })),
            ("fulfillments", json!({ "ship": true })),
            ("returns", json!({})),
        ] {
            shop.send("POST", &format!("{path}/{part}"), "", &body.to_string()).await;
        }
    }
    shop
}

/// The data of a document, and the statements that it ran.
async fn run(shop: &Shop, document: &str, variables: &Value) -> (Value, u64) {
    let before = shop.store.statements();
    let body = json!({ "query": document, "variables": variables });
    let answer = shop.send("POST", "/graphql", "", &body.to_string()).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    (answer["data"].clone(), shop.store.statements() - before)
}

#[tokio::test]
async fn a_document_runs_as_many_statements_for_fifty_orders_as_for_one() {
    let shop = busy().await;
    let levels = "{ nodes { id variants { id levels { onHand } } } }";
    let mut wrong = Vec::new();
    for (what, field, selection, statements) in [
        ("orders", "orders", "{ nodes { id number } }", 2),
        (
            "with items, customer and payments",
            "orders",
            "{ nodes { id items { sku quantity { open } } customer { email } payments(first: 2) { nodes { status } } } }",
            4,
        ),
        ("with their products", "orders", "{ nodes { id items { product { title } variant { sku } } } }", 10),
        ("with their products' stock", "orders", "{ nodes { items { variant { levels { onHand } } } } }", 7),
        ("with their notes", "orders", "{ nodes { notes { body } } }", 3),
        (
            "with contacts and returns",
            "orders",
            "{ nodes { contact { email } returns { nodes { id } } } }",
            2,
        ),
        (
            "with what their customers spent",
            "orders",
            "{ nodes { customer { lifetime { spent { amount } } } } }",
            5,
        ),
        ("counted", "orders", "{ nodes { id } totalCount }", 5),
        ("customers", "customers", "{ nodes { id email lifetime { orders } } }", 3),
        ("returns", "returns", "{ nodes { id items { sku } } }", 5),
        ("products", "products", "{ nodes { id variants { sku } } }", 1),
        ("with their stock", "products", levels, 2),
        ("levels", "inventory", "{ nodes { onHand } }", 1),
        ("events", "events", "{ nodes { type } }", 0),
    ] {
        for first in [1, ORDERS] {
            let document = format!("query($n: Int!) {{ {field}(first: $n) {selection} }}");
            let (data, ran) = run(&shop, &document, &json!({ "n": first })).await;
            assert!(!data[field]["nodes"].as_array().unwrap().is_empty());
            if ran != statements {
                wrong.push(format!("{what}, {first} rows: {ran}, not {statements}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_asked_of_one_thing_is_asked_once() {
    let shop = Shop::stocked(&["P1", "P2"]).await;
    let body = r#"{"items": [{"product_id": "P1", "quantity": 1}, {"product_id": "P2", "quantity": 1}]}"#;
    let order = shop.send("POST", "/orders", "", body).await;
    shop.work().await;
    let ids = json!({ "id": order["order_id"], "ids": ["P1", "P2", "P3"] });
    let mut wrong = Vec::new();
    for (document, statements) in [
        ("query($id: ID!) { order(id: $id) { id items { sku } payments { nodes { id } } } }", 0),
        (
            "query($id: ID!) { order(id: $id) { items { product { title } variant { levels { onHand } } } } }",
            9,
        ),
        ("query($id: ID!) { order(id: $id) { timeline { title } } }", 1),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", 4),
        ("{ whoami { actor } __typename }", 0),
    ] {
        let (_, ran) = run(&shop, document, &ids).await;
        if ran != statements {
            wrong.push(format!("{document}: {ran}, not {statements}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A part for each number.
fn counted(times: usize, part: impl Fn(usize) -> String) -> String {
    (0..times).map(part).collect::<Vec<_>>().concat()
}

/// Documents that ask for too much, or for what is nobody's business; each with the code that refuses it.
fn abuses() -> Vec<(&'static str, Value, &'static str)> {
    let many = |part: &str, times: usize| part.repeat(times);
    let query = |text: String| json!({ "query": text });
    let complex = "query_too_complex";
    vec![
        ("introspection", query("{ __schema { types { name } } }".to_owned()), "insufficient_scope"),
        ("suggestions", query("{ order(id: \"o\") { numbr } }".to_owned()), "validation_failed"),
        ("depth 1,000", query(format!("{{ {} id {} }}", many("a { ", 1_000), many("} ", 1_000))), complex),
        ("depth", query(format!("{{ order(id: \"o\") {{ {} id {} }} }}", many("items { ", 11), many("} ", 11))), complex),
        ("brackets", query(format!("{{ order(id: {}", many("[", 900))), complex),
        ("expensive pages", query("{ orders(first: 200) { nodes { payments(first: 200) { nodes { id } } } } }".to_owned()), complex),
        (
            "10,000 aliases",
            query(format!("{{ {} }}", counted(10_000, |n| format!("a{n}: whoami {{ actor }} ")))),
            complex,
        ),
        (
            "aliases",
            query(format!("{{ {} }}", counted(31, |n| format!("a{n}: order(id: \"o\") {{ id }} ")))),
            complex,
        ),
        ("a batch of 1,000", Value::Array(vec![query("{ orders(first: 1) { totalCount } }".to_owned()); 1_000]), "validation_failed"),
        ("directives", query(format!("{{ orders(first: 1) {{ totalCount {} }} }}", many("@a ", 51))), complex),
        (
            "a fragment cycle",
            query("{ ...A } fragment A on Query { orders(first: 1) { totalCount } ...B } fragment B on Query { ...A }".to_owned()),
            complex,
        ),
        ("the same field again", query(format!("{{ {} }}", many("orders(first: 1) { totalCount } ", 500))), complex),
        (
            "fragments that multiply",
            query(
                counted(16, |n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1))
                    + "fragment F16 on Query { __typename } { ...F0 }",
            ),
            complex,
        ),
        ("a subscription as a query", query("subscription { events { id } }".to_owned()), "validation_failed"),
    ]
}

#[tokio::test]
async fn an_abusive_document_runs_no_statement() {
    let shop = Shop::guarded().await;
    let scopes = ["orders:read", "orders:write", "catalog:read", "events:read"].map(str::to_owned).to_vec();
    let input = CreateKey { name: "test".to_owned(), scopes, expires_at: None };
    let (_, secret) = shop.app.access.create(&Caller::system("test"), &input).await.unwrap();
    let key = format!("Bearer {secret}");
    let json = [("authorization", key.as_str()), ("content-type", "application/json")];
    // Whose key it is is looked up; nothing else may be.
    let before = shop.store.statements();
    shop.ask("POST", "/graphql", &json, "{\"query\": \"{ __typename }\"}").await;
    let for_the_key = shop.store.statements() - before;
    assert!(for_the_key <= 1, "{for_the_key}");
    for (what, body, code) in abuses() {
        let before = shop.store.statements();
        let (_, answer) = shop.ask("POST", "/graphql", &json, &body.to_string()).await;
        let told = answer["errors"][0]["extensions"]["code"].as_str().or(answer["code"].as_str());
        assert_eq!(told, Some(code), "{what}: {answer}");
        assert_eq!(answer["data"], Value::Null, "{what}");
        assert!(!answer.to_string().contains("id you mean"), "{what}: {answer}");
        assert_eq!(shop.store.statements() - before, for_the_key, "{what}");
    }
}

#[tokio::test]
async fn a_page_of_strangers_cannot_send_a_form_and_nobody_is_told_the_insides() {
    let shop = Shop::open().await;
    let before = shop.store.statements();
    let mutation =
        "query=mutation%7BorderConfirm(input%3A%7BorderId%3A%22o%22%7D)%7BuserErrors%7Bcode%7D%7D%7D";
    let dev = ("authorization", "Bearer sk_dev_sutler");
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
        let (status, answer) = shop.ask("POST", "/graphql", &[dev, ("content-type", kind)], mutation).await;
        assert_eq!(status, 415, "{kind}: {answer}");
    }
    let (status, _) = shop.ask("GET", &format!("/graphql?{mutation}"), &[dev], "").await;
    assert_eq!(status, 405);
    assert_eq!(shop.store.statements() - before, 0);
    let traced = [
        dev,
        ("content-type", "application/json"),
        ("apollo-federation-include-trace", "ftv1"),
        ("x-debug", "1"),
    ];
    let (_, answer) = shop.ask("POST", "/graphql", &traced, "{\"query\": \"{ whoami { actor } }\"}").await;
    let extensions: Vec<&String> = answer["extensions"].as_object().unwrap().keys().collect();
    assert_eq!(extensions, ["cost"], "no trace and nothing to debug with");
}
