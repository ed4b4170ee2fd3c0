//! Stock and reservations.

use crate::public::shape::{Field, Part, Shape, has, may, null};

const STOCK_LINE: Part = Part {
    name: "stock_line",
    about: "Units of one variant at one location.",
    fields: &[
        may("item_id", Shape::Text, "The item of the order it is for; absent in a basket."),
        has("variant_id", Shape::Text, "What."),
        has("location_id", Shape::Text, "Where."),
        has("quantity", Shape::Whole, "How many units."),
        has("tracked", Shape::Flag, "Whether the variant has stock to run out of; when not, nothing moves."),
    ],
};

pub(super) const STOCK_LINES: Shape = Shape::List(&Shape::Part(&STOCK_LINE));

const LEVEL: Part = Part {
    name: "level",
    about: "How much of a variant lies at a location, in units. Available is on_hand − reserved − safety_stock.",
    fields: &[
        has("on_hand", Shape::Whole, "What lies on the shelf."),
        has("reserved", Shape::Whole, "What of it is promised to orders and baskets."),
        has("safety_stock", Shape::Whole, "What of it is never promised."),
        null("reorder_point", Shape::Whole, "At or below how much available more should be ordered."),
    ],
};

const VARIANT: Field = has("variant_id", Shape::Text, "Of what.");
const LOCATION: Field = has("location_id", Shape::Text, "Where.");

pub(in crate::public) const STOCK_RESERVED: &[Field] = &[
    has("lines", STOCK_LINES, "What is kept, and where."),
    null("expires_at", Shape::Time, "Until when, unless the order is paid; null: for good."),
    may("reservation_id", Shape::Text, "The basket's reservation that it took over."),
];

pub(in crate::public) const STOCK_RELEASED: &[Field] = &[
    has("lines", STOCK_LINES, "What is no longer kept."),
    has("expired", Shape::Flag, "Whether its time ran out."),
];

pub(in crate::public) const RESERVATION_CREATED: &[Field] = &[
    has("reservation_id", Shape::Text, "The reservation."),
    has("lines", STOCK_LINES, "What is kept, and where."),
    has("status", Shape::Words(&["open", "committed", "released", "expired"]), "What became of it."),
    has("expires_at", Shape::Time, "When it ends by itself."),
    null("order_id", Shape::Text, "The order that took it over."),
    has("metadata", Shape::Pairs, "The caller's own pairs."),
    has("created_at", Shape::Time, "When it was made."),
];

pub(in crate::public) const RESERVATION_COMMITTED: &[Field] =
    &[has("order_id", Shape::Text, "The order that took it over.")];

pub(in crate::public) const INVENTORY_ADJUSTED: &[Field] = &[
    VARIANT,
    LOCATION,
    has("delta", Shape::Whole, "By how many units."),
    has(
        "reason",
        Shape::Words(&[
            "received",
            "sold",
            "returned",
            "damaged",
            "lost",
            "found",
            "correction",
            "transfer_in",
            "transfer_out",
            "count",
        ]),
        "Why.",
    ),
];

/// A level that crossed a threshold.
pub(in crate::public) const LEVEL_CROSSED: &[Field] =
    &[VARIANT, LOCATION, has("level", Shape::Part(&LEVEL), "The level then.")];
