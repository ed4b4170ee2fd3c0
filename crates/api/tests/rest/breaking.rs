//! What was promised by the last release still holds: nothing that was offered is gone, and nothing new is demanded.
//!
//! `docs/openapi.released.json` is the document of that release; whoever releases writes it anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sutler_api::openapi;

/// What a document promises, a sentence each.
#[derive(Debug, Default)]
struct Promises {
    /// What callers may rely on: none of it may go.
    offers: BTreeSet<String>,
    /// What callers must do: nothing may come to it for what is known.
    demands: BTreeSet<String>,
    /// What is known: only of this are new demands an offence.
    known: BTreeSet<String>,
}

impl Promises {
    fn of(document: &Value) -> Self {
        let mut promises = Self::default();
        for (path, methods) in pairs(&document["paths"]) {
            for (method, told) in pairs(methods) {
                promises.operation(document, &format!("{} {path}", method.to_uppercase()), told);
            }
        }
        promises
    }

    fn operation(&mut self, document: &Value, name: &str, told: &Value) {
        self.known.insert(name.to_owned());
        self.offers.insert(format!("{name} is there, as {}", told["operationId"]));
        if told["security"] == json!([]) {
            self.offers.insert(format!("{name} needs no key"));
        }
        if let Some(scope) = told["x-scope"].as_str() {
            self.demands.insert(format!("{name}: needs the scope {scope}"));
        }
        for parameter in told["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(document, parameter);
            let which =
                format!("{} '{}'", parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
            self.offers.insert(format!("{name} takes {which}"));
            self.accepts(document, &format!("{name} {which}"), &parameter["schema"], &mut Vec::new());
            if parameter["required"] == true {
                self.demands.insert(format!("{name}: needs {which}"));
            }
        }
        if told["requestBody"]["required"] == true {
            self.demands.insert(format!("{name}: needs a body"));
        }
        for (media, content) in pairs(&told["requestBody"]["content"]) {
            self.offers.insert(format!("{name} takes {media}"));
            for (at, schema) in shapes(&format!("{name} body"), content) {
                self.accepts(document, &at, schema, &mut Vec::new());
            }
        }
        for (status, answer) in pairs(&told["responses"]).filter(|(status, _)| status.starts_with('2')) {
            self.offers.insert(format!("{name} answers {status}"));
            for (media, content) in pairs(&answer["content"]) {
                self.offers.insert(format!("{name} answers {status} as {media}"));
                for (at, schema) in shapes(&format!("{name} {status}"), content) {
                    self.shows(document, &at, schema, &mut Vec::new());
                }
            }
        }
    }

    /// What a request may hold: each member and each word of it is an offer, each that is required a demand.
    fn accepts<'d>(&mut self, document: &'d Value, at: &str, schema: &'d Value, seen: &mut Vec<&'d str>) {
        self.walk(document, at, schema, seen, true);
    }

    /// What an answer always holds, and of which kind.
    fn shows<'d>(&mut self, document: &'d Value, at: &str, schema: &'d Value, seen: &mut Vec<&'d str>) {
        self.walk(document, at, schema, seen, false);
    }

    fn walk<'d>(
        &mut self,
        document: &'d Value,
        at: &str,
        schema: &'d Value,
        seen: &mut Vec<&'d str>,
        is_asked: bool,
    ) {
        if let Some(reference) = schema["$ref"].as_str() {
            if !seen.contains(&reference) {
                seen.push(reference);
                self.walk(document, at, resolved(document, schema), seen, is_asked);
                seen.pop();
            }
            return;
        }
        for branch in ["anyOf", "oneOf", "allOf"].iter().filter_map(|word| schema[*word].as_array()).flatten()
        {
            self.walk(document, at, branch, seen, is_asked);
        }
        self.known.insert(at.to_owned());
        for kind in kinds(schema) {
            let verb = if is_asked { "may be" } else { "is" };
            self.offers.insert(format!("{at} {verb} {kind}"));
        }
        if is_asked {
            for word in schema["enum"].as_array().into_iter().flatten() {
                self.offers.insert(format!("{at} may be {word}"));
            }
        }
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()).collect();
        for (name, property) in pairs(&schema["properties"]) {
            let inner = format!("{at}/{name}");
            if is_asked || required.contains(&name) {
                self.walk(document, &inner, property, seen, is_asked);
            }
            if is_asked && required.contains(&name) {
                self.demands.insert(format!("{at}: needs '{name}'"));
            }
            if !is_asked && required.contains(&name) {
                self.offers.insert(format!("{inner} is always there"));
            }
        }
        if schema["items"].is_object() {
            self.walk(document, &format!("{at}[]"), &schema["items"], seen, is_asked);
        }
    }

    /// What of the released promises does not hold now.
    fn broken_by(&self, now: &Self) -> Vec<String> {
        let gone = self.offers.difference(&now.offers).map(|offer| format!("no longer: {offer}"));
        let is_new = |demand: &&String| {
            let subject = demand.split_once(": needs").map_or("", |(subject, _)| subject);
            self.known.contains(subject)
        };
        let asked =
            now.demands.difference(&self.demands).filter(is_new).map(|demand| format!("new: {demand}"));
        gone.chain(asked).collect()
    }
}

/// What a body holds, and each of its lines if it has some.
fn shapes<'d>(at: &str, content: &'d Value) -> impl Iterator<Item = (String, &'d Value)> {
    let (whole, line) = (Some((at.to_owned(), &content["schema"])), content.get("x-itemSchema"));
    whole.into_iter().chain(line.map(|line| (format!("{at} line"), line)))
}

/// The kinds of a value, each in a word; a value that may be null is not always what it was.
fn kinds(schema: &Value) -> Vec<String> {
    match &schema["type"] {
        Value::String(kind) => vec![kind.clone()],
        Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn pairs(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.map_or(value, |pointer| document.pointer(pointer).unwrap())
}

#[test]
fn what_the_last_release_promised_still_holds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.released.json");
    let released: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let promises = Promises::of(&released);
    assert!(promises.offers.len() > 2_000, "the released document is not whole: {}", promises.offers.len());
    let broken = promises.broken_by(&Promises::of(&openapi::document()));
    assert!(broken.is_empty(), "{} promises are broken:\n{}", broken.len(), broken.join("\n"));
}

/// What somebody does to the document.
type Change<'c> = dyn Fn(&mut Value) + 'c;

#[test]
fn each_kind_of_breaking_change_is_found_and_what_is_added_is_none() {
    let mut released = openapi::document();
    released["paths"].as_object_mut().unwrap().retain(|path, _| path.starts_with("/orders"));
    let promises = Promises::of(&released);
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut now = released.clone();
        change(&mut now);
        promises.broken_by(&Promises::of(&now))
    };
    let drop_from =
        |value: &mut Value, name: &str| drop(value.as_object_mut().unwrap().remove(name).unwrap());
    let offences: [(&str, &Change, &str); 8] = [
        (
            "an operation is gone",
            &|d| drop_from(&mut d["paths"]["/orders"], "post"),
            "no longer: POST /orders is there",
        ),
        (
            "it has another name",
            &|d| d["paths"]["/orders"]["post"]["operationId"] = json!("x"),
            "no longer: POST /orders is there",
        ),
        (
            "a parameter is gone",
            &|d| drop(d["paths"]["/orders"]["get"]["parameters"].as_array_mut().unwrap().remove(0)),
            "GET /orders takes query",
        ),
        (
            "a field of an answer is gone",
            &|d| drop_from(&mut d["components"]["schemas"]["Order"]["properties"], "number"),
            "number is always there",
        ),
        (
            "a field of an answer may be absent",
            &|d| d["components"]["schemas"]["Order"]["required"] = json!(["order_id"]),
            "number is always there",
        ),
        (
            "a field is of another kind",
            &|d| d["components"]["schemas"]["Order"]["properties"]["number"]["type"] = json!("integer"),
            "number is string",
        ),
        (
            "a field of a request is needed now",
            &|d| d["components"]["schemas"]["NewOrder"]["required"] = json!(["items", "currency"]),
            "new: POST /orders body: needs 'currency'",
        ),
        (
            "a word is not taken any more",
            &|d| d["components"]["schemas"]["HoldOrder"]["properties"]["code"]["enum"] = json!(["manual"]),
            "may be \"fraud_review\"",
        ),
    ];
    for (what, change, told) in offences {
        let found = broken(change);
        assert!(found.iter().any(|one| one.contains(told)), "{what}: {found:#?}");
    }
    let added = broken(&|d| {
        d["paths"]["/gifts"] =
            json!({"post": {"operationId": "gift", "security": [], "requestBody": {"required": true}}});
        d["components"]["schemas"]["Order"]["properties"]["gift"] = json!({"type": "string"});
        d["components"]["schemas"]["NewOrder"]["properties"]["gift"] = json!({"type": "string"});
    });
    assert_eq!(added, Vec::<String>::new());
}
