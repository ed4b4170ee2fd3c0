//! Documents: what is shown is what REST shows, and a wrong one is told of its first fault and the place of it.

use axum::http::Method;
use serde_json::{Value, json};
use sutler_api::rest::Options;

use super::{ask, ask_with, data, placed, told};
use crate::door::{Door, paid};

#[tokio::test]
async fn an_order_is_what_rest_shows() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(5)).await;
    let rest = door.post("/orders", &paid("P1", 2, "tok_ok")).await.must(201);
    door.settle().await;
    let rest = door.get(&format!("/orders/{}", rest["order_id"].as_str().unwrap())).await.must(200);
    let document = "query($id: ID!) { order(id: $id) { id number version status paymentStatus placedAt metadata
        items { id sku unitPrice { amount currency } quantity { ordered open } variant { id levels { onHand } } }
        totals { total { amount } due { amount } } nextActions { action href } timeline { eventType } } }";
    let order = data(&door, document, &json!({ "id": rest["order_id"] })).await["order"].clone();
    for (graphql, member) in [
        ("id", "order_id"),
        ("number", "number"),
        ("version", "version"),
        ("placedAt", "placed_at"),
        ("metadata", "metadata"),
        ("nextActions", "next_actions"),
    ] {
        if graphql == "nextActions" {
            let actions = |list: &Value| -> Vec<Value> {
                list.as_array().unwrap().iter().map(|one| one["href"].clone()).collect()
            };
            assert_eq!(actions(&order[graphql]), actions(&rest[member]));
            continue;
        }
        assert_eq!(order[graphql], rest[member], "{graphql}");
    }
    assert_eq!((&order["status"], &order["paymentStatus"]), (&json!("CONFIRMED"), &json!("PAID")));
    let (item, line) = (&order["items"][0], &rest["items"][0]);
    assert_eq!((&item["id"], &item["quantity"]["ordered"]), (&line["item_id"], &line["quantity"]["ordered"]));
    assert_eq!(item["variant"]["levels"][0]["onHand"], 5);
    assert_eq!(order["totals"]["total"]["amount"], rest["totals"]["total"]["amount"]);
    assert_eq!(order["timeline"][0]["eventType"], "order.placed");
}

#[tokio::test]
async fn what_is_not_there_is_null_and_nodes_are_what_they_are() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let id = placed(&door, "P1").await;
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Order { number } } \
                    order(number: \"9999\") { id } node(id: \"P1\") { id } }";
    let variables = json!({ "ids": ["P8", id, "P1", "P9", "ord_01h455vb4pex5vsknk084sn02q"] });
    let data = data(&door, document, &variables).await;
    let nodes: Vec<&Value> =
        data["nodes"].as_array().unwrap().iter().map(|node| &node["__typename"]).collect();
    assert_eq!(nodes, [&Value::Null, &json!("Order"), &json!("Product"), &Value::Null, &Value::Null]);
    assert_eq!((&data["order"], &data["node"]["id"]), (&Value::Null, &json!("P1")));
}

#[tokio::test]
async fn pages_go_on_where_they_ended_both_ways() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(placed(&door, "P1").await);
    }
    let document = "query($f: Int, $a: String, $l: Int, $b: String) {
        orders(first: $f, after: $a, last: $l, before: $b, sort: NUMBER) {
            nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } totalCount } }";
    let page = async |variables: Value| data(&door, document, &variables).await["orders"].clone();
    let shown = |page: &Value| -> Vec<String> {
        page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = page(json!({ "f": 2 })).await;
    assert_eq!((shown(&first), &first["totalCount"]), (ids[..2].to_vec(), &json!(5)));
    assert_eq!(first["edges"][1]["cursor"], first["pageInfo"]["endCursor"]);
    let second = page(json!({ "f": 2, "a": first["pageInfo"]["endCursor"] })).await;
    assert_eq!(shown(&second), ids[2..4]);
    assert_eq!(second["pageInfo"]["hasPreviousPage"], true);
    let last = page(json!({ "f": 2, "a": second["pageInfo"]["endCursor"] })).await;
    assert_eq!((shown(&last), &last["pageInfo"]["hasNextPage"]), (ids[4..].to_vec(), &json!(false)));
    let back = page(json!({ "l": 2, "b": last["pageInfo"]["startCursor"] })).await;
    assert_eq!(shown(&back), ids[2..4]);
    let words = "query($q: String) { orders(first: 9, query: $q) { nodes { id } } }";
    let found = data(&door, words, &json!({ "q": "#1002 sku:SKU-P1" })).await["orders"].clone();
    assert_eq!(shown(&found), ids[1..2]);
}

#[tokio::test]
async fn a_wrong_document_is_told_of_its_first_fault_and_where_it_is() {
    let door = Door::open().await;
    for (document, code, place, words) in [
        ("{ orders(first: 2) { nodes { id }", "validation_failed", "1:34", "expected"),
        ("{\n  whoami { actr }\n}", "validation_failed", "2:12", "Did you mean \"actor\"?"),
        ("{ order(id: \"o\", nmber: 2) { id } }", "validation_failed", "1:18", "nmber"),
        ("{ orders(first: \"two\") { nodes { id } } }", "validation_failed", "1:10", "first"),
        ("{ orders { nodes { id } } }", "validation_failed", "1:3", "'orders' needs 'first'"),
        ("{ orders(first: 900) { nodes { id } } }", "validation_failed", "1:3", "asks for 900 rows"),
        ("{ order(id: \"o\") }", "validation_failed", "1:3", "order"),
        ("query { order(id: $di) { id } }", "validation_failed", "1:15", "di"),
        ("{ ...Nothing }", "validation_failed", "1:3", "Nothing"),
        ("query A { __typename } query B { __typename }", "validation_failed", "", "several operations"),
        ("", "validation_failed", "1:1", "expected"),
        (
            "{ events(first: 1, types: [\"order.eaten\"]) { nodes { id } } }",
            "validation_failed",
            "1:3",
            "order.eaten",
        ),
    ] {
        let answer = ask(&door, document).await;
        let (said, at, message) = told(&answer);
        assert_eq!((said.as_str(), at.as_str()), (code, place), "{document}: {answer}");
        assert!(message.contains(words), "{document}: {message}");
        assert_eq!(answer["data"], Value::Null, "{document}");
    }
}

#[tokio::test]
async fn every_answer_says_what_it_cost() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    placed(&door, "P1").await;
    let cost = async |document: &str| ask(&door, document).await["extensions"]["cost"].clone();
    let figures = |requested: u64, actual: u64| json!({ "requested": requested, "actual": actual, "limit": 2000, "remaining": 2000 - requested });
    let document = "{ orders(first: 10) { nodes { id items { id } } pageInfo { endCursor } } }";
    assert_eq!(cost(document).await, figures(1 + 10 * 2 + 1, 1 + 2 + 1));
    assert_eq!(cost("{ whoami { actr } }").await, figures(1, 0));
    assert_eq!(cost("{").await, figures(0, 0));
    let heavy =
        ask(&door, "{ orders(first: 200) { nodes { payments(first: 200) { nodes { id } } } } }").await;
    let (code, at, message) = told(&heavy);
    assert_eq!((code.as_str(), at.as_str()), ("query_too_complex", "1:3"), "{message}");
    assert_eq!(
        heavy["extensions"]["cost"],
        json!({"requested": 40401, "actual": 0, "limit": 2000, "remaining": 0})
    );
    assert_eq!(heavy["errors"][0]["extensions"]["heaviest"], "orders");
}

#[tokio::test]
async fn the_schema_is_for_those_with_the_scope() {
    let door = Door::with(|_| {}, Options::default()).await;
    let question = json!({ "query": "{ __schema { queryType { name } } __typename }" });
    for (scopes, code) in [(["orders:read"], "insufficient_scope"), (["graphql:introspect"], "")] {
        let key = format!("Bearer {}", door.key(&scopes).await);
        let answer = door.post_with("/graphql", &[("authorization", &key)], &question).await.must(200);
        if code.is_empty() {
            assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
        } else {
            assert_eq!(told(&answer).0, code);
            let guess = json!({ "query": "{ whoami { actr } }" });
            let guessed = door.post_with("/graphql", &[("authorization", &key)], &guess).await.must(200);
            assert!(!told(&guessed).2.contains("mean"), "{guessed}");
        }
    }
    let sdl = door.get("/schema.graphql").await;
    assert_eq!(String::from_utf8(sdl.bytes).unwrap(), sutler_api::graphql::SDL);
}

/// The question that tools send to learn a schema.
#[tokio::test]
async fn tools_learn_the_schema() {
    let door = Door::open().await;
    let document = "query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name }
        types { ...FullType } directives { name description locations args { ...InputValue } } } }
        fragment FullType on __Type { kind name description
          fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated }
          inputFields { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name }
          possibleTypes { ...TypeRef } }
        fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
        fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
          ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";
    let data = data(&door, document, &json!({})).await;
    let types = data["__schema"]["types"].as_array().unwrap();
    assert!(types.iter().any(|ty| ty["name"] == "OrderPlaceInput"));
    assert_eq!(data["__schema"]["subscriptionType"]["name"], "Subscription");
}

#[tokio::test]
async fn a_body_that_is_no_request_is_answered_as_rest_answers() {
    let door = Door::open().await;
    let json = ("content-type", "application/json");
    for (content, body, told) in [
        (json, "[{\"query\": \"{ __typename }\"}]", "400 validation_failed;  validation_failed"),
        (json, "{}", "400 validation_failed; /query validation_failed"),
        (json, "{\"query\": 5}", "400 validation_failed; /query validation_failed"),
        (
            json,
            "{\"query\": \"{ __typename }\", \"variables\": []}",
            "400 validation_failed; /variables validation_failed",
        ),
        (
            json,
            "{\"query\": \"{ __typename }\", \"extensions\": [null]}",
            "400 validation_failed; /extensions validation_failed",
        ),
        (json, "{\"query\": \"{ __typename }\", \"querry\": 1}", "400 unknown_field; /querry unknown_field"),
        (json, "{", "400 malformed_json"),
        (
            ("content-type", "application/x-www-form-urlencoded"),
            "query=%7B__typename%7D",
            "415 unsupported_media_type",
        ),
    ] {
        let reply = door.ask(Method::POST, "/graphql", &[content], body.as_bytes()).await;
        assert_eq!(reply.told(), told, "{body}");
    }
    let nobody = Door::with(|_| {}, Options::default()).await;
    let reply = nobody.post("/graphql", &json!({ "query": "{ __typename }" })).await;
    assert_eq!(reply.told(), "401 unauthenticated");
}

#[tokio::test]
async fn a_document_that_ran_is_still_judged_by_its_variables() {
    let door = Door::open().await;
    let document = "query($n: Int!, $f: OrderFilter, $s: OrderSort) { orders(first: $n, filter: $f, sort: $s) { nodes { id } } }";
    let right = json!({ "n": 1, "f": { "status": ["CREATED"] }, "s": "NUMBER" });
    for _ in 0..3 {
        assert_eq!(data(&door, document, &right).await["orders"]["nodes"], json!([]));
        for wrong in [
            json!({}),
            json!({ "n": null }),
            json!({ "n": "one" }),
            json!({ "n": 1, "s": "COLOR" }),
            json!({ "n": 1, "f": { "status": ["LOST"] } }),
            json!({ "n": 1, "f": { "color": "red" } }),
            json!({ "n": 1, "f": 7 }),
        ] {
            let reply = ask_with(&door, document, &wrong).await;
            assert_eq!(reply["errors"][0]["extensions"]["code"], "validation_failed", "{wrong}: {reply}");
            assert_eq!(reply["data"], Value::Null, "{wrong}");
        }
    }
}
