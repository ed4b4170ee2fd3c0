//! What the events of returns say.

use super::orders::TRACKING;
use crate::public::shape::{Field, Part, Shape, has, may};

const LINE: Part = Part {
    name: "return_line",
    about: "Units of an item that are to come back.",
    fields: &[
        has("item_id", Shape::Text, "The item."),
        has("quantity", Shape::Whole, "How many units."),
        may("reason", Shape::Text, "Why, in words."),
    ],
};

const RECEIVED: Part = Part {
    name: "received_line",
    about: "Units of an item that came back in one condition.",
    fields: &[
        has("item_id", Shape::Text, "The item."),
        has("quantity", Shape::Whole, "How many units."),
        has("condition", Shape::Words(&["sellable", "damaged"]), "How they are."),
        may("restocked", Shape::Whole, "Of those, units put back on the shelf; absent: none."),
    ],
};

const RETURN: Field = has("return_id", Shape::Text, "The return.");

pub(in crate::public) const RETURN_REQUESTED: &[Field] = &[
    RETURN,
    has("lines", Shape::List(&Shape::Part(&LINE)), "What is to come back, one line an item."),
    has("label", Shape::Part(&TRACKING), "The parcel it comes in."),
];

pub(in crate::public) const RETURN_APPROVED: &[Field] =
    &[RETURN, may("label", Shape::Part(&TRACKING), "The parcel it comes in, when it was said now.")];

pub(in crate::public) const RETURN_RECEIVED: &[Field] =
    &[RETURN, has("lines", Shape::List(&Shape::Part(&RECEIVED)), "What came, and how it is.")];

pub(in crate::public) const RETURN_REJECTED: &[Field] =
    &[RETURN, may("reason", Shape::Text, "Why, in words.")];

/// A return, and nothing else.
pub(in crate::public) const RETURN_ALONE: &[Field] = &[RETURN];
