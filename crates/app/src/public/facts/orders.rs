//! Orders and fulfillments.

use super::MONEY;
use super::stock::STOCK_LINES;
use crate::public::shape::{Field, Part, Shape, has, may, null};

const TAX: Part = Part {
    name: "tax",
    about: "A tax, in minor units.",
    fields: &[
        has("amount", Shape::Whole, "How much."),
        may("rate", Shape::Decimal, "At which rate: 0.19 is 19 %."),
        has("included", Shape::Flag, "Whether the price already holds it."),
        has("source", Shape::Words(&["request", "setting", "none"]), "Where it came from."),
    ],
};

const ITEM: Part = Part {
    name: "item",
    about: "One entry of an order, at the prices of the moment. What is 0 or empty is left out.",
    fields: &[
        has("item_id", Shape::Text, "Its id within the order."),
        has("product_id", Shape::Text, "The product it was."),
        has("variant_id", Shape::Text, "The variant it was."),
        may("sku", Shape::Text, "The SKU it had."),
        has("title", Shape::Text, "The product's title then."),
        has("variant_title", Shape::Text, "The variant's title then."),
        has("unit_price", Shape::Whole, "What one cost, in minor units."),
        has("total", Shape::Whole, "`unit_price × ordered`."),
        may("discount", Shape::Whole, "Its share of the discounts, in minor units."),
        may("tax", Shape::Part(&TAX), "Its tax; absent when it has none."),
        has("location_id", Shape::Text, "Where its stock is."),
        has("tracked", Shape::Flag, "Whether it has stock to run out of."),
        has("requires_shipping", Shape::Flag, "Whether it travels."),
        has("ordered", Shape::Whole, "Units ordered."),
        may("canceled", Shape::Whole, "Units canceled before they shipped."),
        may("planned", Shape::Whole, "Units in fulfillments that have not shipped yet."),
        may("fulfilled", Shape::Whole, "Units shipped."),
        may("returned", Shape::Whole, "Units that came back."),
        may("reserved", Shape::Whole, "Units of stock kept for it."),
        may("metadata", Shape::Pairs, "The caller's own pairs."),
    ],
};

const SHIPPING: Part = Part {
    name: "shipping",
    about: "How an order travels.",
    fields: &[
        has("method", Shape::Text, "The shop's word for it, such as `standard`."),
        has("amount", Shape::Whole, "What it costs, in minor units."),
        has("tax", Shape::Part(&TAX), "Its tax."),
    ],
};

const DISCOUNT: Part = Part {
    name: "discount",
    about: "A reduction.",
    fields: &[
        may("code", Shape::Text, "The code the buyer gave."),
        has("title", Shape::Text, "What it is called."),
        has("amount", Shape::Whole, "How much, in minor units."),
        may("item_id", Shape::Text, "The item it is of; absent: of the whole order."),
    ],
};

const TOTALS: Part = Part {
    name: "totals",
    about: "The sums of an order, in minor units. What is 0 is left out, except for the first and the last.",
    fields: &[
        has("subtotal", Shape::Whole, "The sum of the items."),
        may("discount", Shape::Whole, "The sum of the discounts."),
        may("shipping", Shape::Whole, "The shipping."),
        may("tax", Shape::Whole, "The sum of all taxes, in prices or not."),
        may("tax_added", Shape::Whole, "The part of the taxes that prices do not hold."),
        has("total", Shape::Whole, "`subtotal − discount + shipping + tax_added`."),
    ],
};

const UNITS: Part = Part {
    name: "units",
    about: "Units of an item.",
    fields: &[has("item_id", Shape::Text, "The item."), has("quantity", Shape::Whole, "How many units.")],
};

pub(super) const TRACKING: Part = Part {
    name: "tracking",
    about: "Where a parcel is.",
    fields: &[
        may("carrier", Shape::Text, "Who carries it."),
        may("number", Shape::Text, "The carrier's number."),
        may("url", Shape::Text, "Where to look."),
    ],
};

const HOLDS: Shape = Shape::Words(&["manual", "address_check", "fraud_review", "payment_review"]);

const REASON: Field = may("reason", Shape::Text, "Why, in words.");
const FULFILLMENT: Field = has("fulfillment_id", Shape::Text, "The fulfillment.");

pub(in crate::public) const ORDER_PLACED: &[Field] = &[
    has("order_id", Shape::Text, "The order."),
    null(
        "customer_id",
        Shape::Text,
        "The caller's own id for the customer. Persons are named by nothing else.",
    ),
    may("reference", Shape::Text, "The caller's own id for the order."),
    has("currency", Shape::Text, "The one currency of all its amounts, ISO 4217."),
    has("items", Shape::List(&Shape::Part(&ITEM)), "What was bought."),
    may("shipping", Shape::Part(&SHIPPING), "How it travels."),
    may("discounts", Shape::List(&Shape::Part(&DISCOUNT)), "What was taken off."),
    has("totals", Shape::Part(&TOTALS), "Its sums."),
    has("total", Shape::Part(&MONEY), "Its total."),
    may("tags", Shape::List(&Shape::Text), "Words to find it by."),
    may("metadata", Shape::Pairs, "The caller's own pairs."),
];

pub(in crate::public) const ORDER_UPDATED: &[Field] = &[
    may("tags", Shape::List(&Shape::Text), "The tags now, when they changed."),
    may("metadata", Shape::Pairs, "The metadata now, when it changed."),
];

pub(in crate::public) const ITEMS_CANCELED: &[Field] = &[
    has("lines", Shape::List(&Shape::Part(&UNITS)), "Which."),
    has("totals", Shape::Part(&TOTALS), "The sums after it."),
    REASON,
];

pub(in crate::public) const ORDER_CANCELED: &[Field] = &[REASON];

pub(in crate::public) const ORDER_HELD: &[Field] = &[has("code", HOLDS, "Why."), REASON];

pub(in crate::public) const HOLD_RELEASED: &[Field] = &[has("code", HOLDS, "What had stopped it.")];

pub(in crate::public) const FULFILLMENT_CREATED: &[Field] = &[
    FULFILLMENT,
    has("lines", Shape::List(&Shape::Part(&UNITS)), "What is in it."),
    has("tracking", Shape::Part(&TRACKING), "Where it will be found."),
];

pub(in crate::public) const FULFILLMENT_SHIPPED: &[Field] = &[
    FULFILLMENT,
    has("tracking", Shape::Part(&TRACKING), "Where it is."),
    has("lines", STOCK_LINES, "The stock that left."),
];

pub(in crate::public) const TRACKING_UPDATED: &[Field] =
    &[FULFILLMENT, has("tracking", Shape::Part(&TRACKING), "Where it is.")];

/// A fulfillment, and nothing else.
pub(in crate::public) const FULFILLMENT_ALONE: &[Field] = &[FULFILLMENT];
