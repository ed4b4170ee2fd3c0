//! What the hostile Stripe answers to a request, when nothing goes wrong.

use serde_json::{Value, json};

use super::books::{Form, show_intent, show_refund};
use super::refusal::{Refusal, refused};
use super::{Desk, Fault};

/// An answer that is remembered under a key.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    asked: (String, Form),
    answer: Answer,
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) is_replayed: bool,
}

/// A request that was read.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) form: Form,
    pub(super) key: Option<String>,
}

impl Desk {
    /// The answer to a request; a fault decides whether it takes effect and what is remembered of it.
    pub(super) fn answer(&self, request: &Request, fault: Option<Fault>) -> Answer {
        let asked = (format!("{} {}", request.method, request.path), request.form.clone());
        if let Some(known) = request.key.as_ref().and_then(|key| self.remembered.lock().get(key).cloned()) {
            if known.asked != asked {
                let error = json!({"type": "idempotency_error",
                    "message": "Keys for idempotent requests can only be used with the same parameters"});
                return Answer { status: 400, body: json!({"error": error}), is_replayed: false };
            }
            return Answer { is_replayed: true, ..known.answer };
        }
        let answer = match fault {
            Some(Fault::BrokenBefore) => broken(),
            Some(Fault::BrokenAfter) => {
                _ = self.act(request);
                broken()
            }
            _ => told(self.act(request)),
        };
        if let (Some(key), "POST") = (&request.key, request.method.as_str()) {
            // What is refused before it was begun is not remembered.
            let begun = answer.status != 400 && answer.status != 404;
            if begun {
                let remembered = Remembered { asked, answer: answer.clone() };
                self.remembered.lock().insert(key.clone(), remembered);
            }
        }
        answer
    }

    fn act(&self, request: &Request) -> Result<Value, Refusal> {
        let (now, form) = (self.now_s(), &request.form);
        let mut books = self.books.lock();
        let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["v1", "payment_intents"]) => books.create(form, now),
            ("POST", ["v1", "payment_intents", id, "capture"]) => books.capture(id, form, now),
            ("POST", ["v1", "payment_intents", id, "cancel"]) => books.cancel(id, now),
            ("POST", ["v1", "refunds"]) => books.refund(form, now),
            ("GET", ["v1", "payment_intents", "search"]) => {
                let before = now - *self.search_lag_s.lock();
                let query = form.get("query").cloned().unwrap_or_default();
                let value = query.split('\'').nth(3).unwrap_or_default().to_owned();
                let is_it = |intent: &&super::Intent| {
                    intent.created <= before && intent.metadata.values().any(|found| *found == value)
                };
                let found: Vec<Value> =
                    books.intents.iter().filter(is_it).map(|intent| show_intent(intent, false)).collect();
                Ok(
                    json!({"object": "search_result", "data": found, "has_more": false, "url": "/v1/payment_intents/search"}),
                )
            }
            ("GET", ["v1", "payment_intents"]) => {
                let since = form.get("created[gte]").and_then(|text| text.parse().ok()).unwrap_or(i64::MIN);
                let rows = books.intents.iter().rev().filter(|intent| intent.created >= since);
                let rows: Vec<&super::Intent> = rows.collect();
                let show = |intent: &&super::Intent| show_intent(intent, true);
                Ok(list("/v1/payment_intents", &rows, |intent| &intent.id, show, form))
            }
            ("GET", ["v1", "payment_intents", id]) => {
                books.intent(id)?;
                Ok(books.show(id, form.keys().any(|name| name.starts_with("expand["))))
            }
            ("GET", ["v1", "refunds"]) => {
                let of = form.get("payment_intent");
                let rows =
                    books.refunds.iter().rev().filter(|refund| of.is_none_or(|of| *of == refund.intent));
                let rows: Vec<&super::Refund> = rows.collect();
                Ok(list("/v1/refunds", &rows, |refund| &refund.id, |refund| show_refund(refund), form))
            }
            ("GET", ["v1", "refunds", id]) => {
                let found = books.refunds.iter().find(|refund| refund.id == *id).map(show_refund);
                found.ok_or_else(|| refused(404, "resource_missing", "No such refund"))
            }
            _ => Err(refused(404, "url_unknown", "Unrecognized request URL")),
        }
    }
}

fn told(outcome: Result<Value, Refusal>) -> Answer {
    match outcome {
        Ok(body) => Answer { status: 200, body, is_replayed: false },
        Err(Refusal { status, error }) => {
            Answer { status, body: json!({"error": error}), is_replayed: false }
        }
    }
}

fn broken() -> Answer {
    let error = json!({"type": "api_error", "message": "An unknown error occurred"});
    Answer { status: 500, body: json!({"error": error}), is_replayed: false }
}

/// A page of rows, newest first. Only what is on it is shown: books of 10,000 are not written out for each hundred.
fn list<T>(url: &str, rows: &[T], id: impl Fn(&T) -> &str, show: impl Fn(&T) -> Value, form: &Form) -> Value {
    let limit = form.get("limit").and_then(|text| text.parse().ok()).unwrap_or(10usize);
    let after = form.get("starting_after");
    let start = after.and_then(|after| rows.iter().position(|row| id(row) == after.as_str()));
    let start = start.map_or(0, |start| start + 1);
    let page: Vec<Value> = rows.iter().skip(start).take(limit).map(show).collect();
    let has_more = rows.len() > start + page.len();
    json!({"object": "list", "data": page, "has_more": has_more, "url": url})
}
