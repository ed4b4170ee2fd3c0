//! The contract to the letter, for the door that has letters.

use cucumber::gherkin::Step;
use cucumber::{then, when};
use serde_json::Value;

use crate::gherkin::world::Scene;

async fn send(scene: &mut Scene, method: &str, path: &str, step: &Step) {
    scene.ask();
    let body = step.docstring.as_ref().unwrap().trim();
    let asking = scene.door().literal(method, path, body);
    scene.literal = scene.shop().ask_beside_work(asking).await;
}

#[when(expr = "this is posted to {string}:")]
async fn posted(scene: &mut Scene, step: &Step, path: String) {
    send(scene, "POST", &path, step).await;
}

#[when(expr = "this is put to {string}:")]
async fn put(scene: &mut Scene, step: &Step, path: String) {
    send(scene, "PUT", &path, step).await;
}

fn member<'s>(scene: &'s Scene, path: &str) -> &'s Value {
    let (_, body) = scene.literal.as_ref().expect("this door has no letters");
    body.pointer(&format!("/{path}")).unwrap_or_else(|| panic!("no '{path}' in {body}"))
}

#[then(expr = "the answer is {int}")]
async fn status(scene: &mut Scene, code: u16) {
    let (found, body) = scene.literal.as_ref().expect("this door has no letters");
    assert_eq!(*found, code, "{body}");
}

#[then(expr = "the answer has {string}")]
async fn has(scene: &mut Scene, path: String) {
    assert!(member(scene, &path).as_str().is_some_and(|text| !text.is_empty()));
}

#[then(expr = "the answer has {string} = {string}")]
async fn has_text(scene: &mut Scene, path: String, text: String) {
    assert_eq!(member(scene, &path), &Value::from(text));
}

#[then(expr = "the answer has {string} = {int}")]
async fn has_number(scene: &mut Scene, path: String, number: i64) {
    assert_eq!(member(scene, &path), &Value::from(number));
}
