//! The facts of every public event, as the JSON that is shown says them. Tests hold these tables to what is emitted: a
//! field that is written and not described here fails, and so does one that is described and never written.

mod catalog;
mod collections;
mod customers;
mod orders;
mod payments;
mod returns;
mod stock;

pub(super) use catalog::*;
pub(super) use collections::*;
pub(super) use customers::*;
pub(super) use orders::*;
pub(super) use payments::*;
pub(super) use returns::*;
pub(super) use stock::*;

use super::shape::{Field, Part, Shape, has, null};

/// Nothing is said beyond that it happened.
pub(super) const NOTHING: &[Field] = &[];

/// Which order an event is about.
pub(super) const ORDER: Part = Part {
    name: "order_ref",
    about: "The order that the event is about.",
    fields: &[
        has("order_id", Shape::Text, "Its id."),
        null("number", Shape::Text, "Its number; only on `order.placed`, which draws it."),
        has("version", Shape::Whole, "Its version: the event's `sequence` as a number."),
    ],
};

/// Money.
pub(super) const MONEY: Part = Part {
    name: "money",
    about: "An amount of money.",
    fields: &[
        has("amount", Shape::Whole, "In minor units: 1490 is 14.90 EUR."),
        has("currency", Shape::Text, "ISO 4217 code."),
    ],
};

pub(super) const ENDPOINT_DISABLED: &[Field] = &[
    has("webhook_endpoint_id", Shape::Text, "The endpoint."),
    has("url", Shape::Text, "Where it is."),
    has(
        "reason",
        Shape::Text,
        "`gone`: it answered 410; `failing`: nothing was delivered for days; `asked`: a person.",
    ),
];

pub(super) const ENDPOINT_PINGED: &[Field] = &[has("webhook_endpoint_id", Shape::Text, "The endpoint.")];

pub(super) const JOB_DEAD: &[Field] = &[
    has("job_id", Shape::Text, "The job."),
    has("kind", Shape::Text, "Its kind, such as `call_gateway`."),
    has("subject", Shape::Text, "What it was about."),
    has("attempts", Shape::Whole, "Attempts made."),
    has("error", Shape::Text, "What went wrong last."),
];
