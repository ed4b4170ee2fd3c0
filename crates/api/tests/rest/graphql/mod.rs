//! The GraphQL door.

mod console;
mod customers;
mod documents;
mod mutations;
mod persisted;
mod returns;
mod sockets;
mod subscriptions;

use serde_json::{Value, json};

use crate::door::Door;

/// A document without variables; gives the whole answer.
async fn ask(door: &Door, document: &str) -> Value {
    ask_with(door, document, &json!({})).await
}

/// A document with variables.
async fn ask_with(door: &Door, document: &str, variables: &Value) -> Value {
    door.post("/graphql", &json!({ "query": document, "variables": variables })).await.must(200)
}

/// The data of a document in which nothing may be wrong.
async fn data(door: &Door, document: &str, variables: &Value) -> Value {
    let answer = ask_with(door, document, variables).await;
    assert_eq!(answer["errors"], Value::Null, "{document}: {answer}");
    answer["data"].clone()
}

/// The first error: its code, its place, and its words.
fn told(answer: &Value) -> (String, String, String) {
    let error = &answer["errors"][0];
    assert!(error["extensions"]["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{answer}");
    let at = &error["locations"][0];
    let place = if at.is_null() { String::new() } else { format!("{}:{}", at["line"], at["column"]) };
    let text = |value: &Value| value.as_str().expect("code and message are texts").to_owned();
    (text(&error["extensions"]["code"]), place, text(&error["message"]))
}

/// An order for a unit of a product; gives its id.
async fn placed(door: &Door, product: &str) -> String {
    let document = "mutation($p: ID!) { orderPlace(input: {customerId: \"C1\", items: [{productId: $p, quantity: 1}]}) \
                    { order { id } userErrors { code } } }";
    let data = data(door, document, &json!({ "p": product })).await;
    data["orderPlace"]["order"]["id"].as_str().unwrap().to_owned()
}
