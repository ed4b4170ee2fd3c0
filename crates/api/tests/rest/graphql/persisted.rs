//! Documents that are named by their hash.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::told;
use crate::door::Door;

#[tokio::test]
async fn a_document_is_sent_once_and_then_named() {
    let door = Door::open().await;
    let text = "query($n: Int!) { orders(first: $n) { totalCount } }";
    let extensions =
        json!({ "persistedQuery": { "version": 1, "sha256Hash": hex::encode(Sha256::digest(text)) } });
    let variables = json!({ "n": 1 });
    let named = json!({ "extensions": extensions, "variables": variables });
    let whole = json!({ "query": text, "extensions": extensions, "variables": variables });
    let ask = async |body: &Value| door.post("/graphql", body).await.must(200);
    // The words that clients look for.
    let (code, _, message) = told(&ask(&named).await);
    assert_eq!((code.as_str(), message.as_str()), ("persisted_query_not_found", "PersistedQueryNotFound"));
    for body in [&whole, &named, &named] {
        assert_eq!(ask(body).await["data"]["orders"]["totalCount"], 0);
    }
    let other = json!({ "query": "{ __typename }", "extensions": extensions });
    assert_eq!(told(&ask(&other).await).0, "validation_failed");
    assert_eq!(ask(&named).await["data"]["orders"]["totalCount"], 0);
    // What else clients put there means nothing.
    let traced = json!({ "query": "{ __typename }", "extensions": { "clientLibrary": { "name": "x" } } });
    assert_eq!(ask(&traced).await["data"]["__typename"], "Query");
    let wrong = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "abc" } } });
    let reply = door.post("/graphql", &wrong).await;
    assert!(reply.told().starts_with("400 validation_failed"), "{}", reply.told());
}
