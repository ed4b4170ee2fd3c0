//! What needs no key.

use sutler_types::Health;

use super::HTML;
use crate::openapi::entry::{Entry, of};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        of("livez").gives_as(200, "It can.", "text/plain; charset=utf-8"),
        ready("readyz"),
        ready("healthz"),
        of("metrics")
            .gives_as(
                200,
                "Numbers in the text format of Prometheus.",
                "text/plain; version=0.0.4; charset=utf-8",
            )
            .codes(&["unauthenticated"]),
        of("get_openapi").gives_document("This document.", "application/json"),
        of("get_manual").gives_as(200, "This document, for people.", HTML),
        of("get_event_schema").gives_document("A JSON Schema.", "application/schema+json"),
        of("get_asyncapi").gives_document("The events, as AsyncAPI 3.0 describes them.", "application/json"),
        of("get_event_manual").gives_as(200, "Every event, for people.", HTML),
        of("list_problems").gives_as(200, "Every problem code.", HTML),
        of("get_problem").gives_as(200, "What the code means, and what to do.", HTML),
        of("ask_buyer").gives_as(200, "A page of the fake gateway.", HTML).codes(&["unavailable", "busy"]),
        of("hear_buyer")
            .about("The form of that page: `decision=approve` or `decision=decline`.")
            .takes_text("application/x-www-form-urlencoded")
            .gives_as(200, "What became of it.", HTML)
            .codes(&[
                "validation_failed",
                "payload_too_large",
                "malformed_json",
                "invalid_transition",
                "unavailable",
                "busy",
            ]),
    ]
}

fn ready(id: &'static str) -> Entry {
    of(id)
        .gives::<Health>(200, "It can be sent requests.")
        .gives::<Health>(503, "It cannot, or not now: `Retry-After` says when to look again.")
}
