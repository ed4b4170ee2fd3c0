//! Payments and refunds.

use super::MONEY;
use crate::public::shape::{Field, Part, Shape, has, may};

const FAILURE: Part = Part {
    name: "failure",
    about: "Why it did not work.",
    fields: &[
        has("code", Shape::Text, "The gateway's code, such as `card_declined`."),
        has("message", Shape::Text, "One sentence for people."),
        has("retryable", Shape::Flag, "Whether another try with the same means may work."),
    ],
};

const NEXT_ACTION: Part = Part {
    name: "next_action",
    about: "What the buyer must do.",
    fields: &[
        may("url", Shape::Text, "Where the buyer goes; absent where the shop's own page finishes it."),
        may(
            "transaction_id",
            Shape::Text,
            "The gateway's own name for the payment, where it has one already.",
        ),
        has("expires_at", Shape::Time, "Until when."),
    ],
};

const REFUND_LINE: Part = Part {
    name: "refund_line",
    about: "Units of an item that a refund is for.",
    fields: &[
        has("item_id", Shape::Text, "The item."),
        has("canceled", Shape::Whole, "Units that were open and are canceled by it."),
        has("shipped", Shape::Whole, "Units that were shipped and came back, or will not."),
        has("restocked", Shape::Whole, "Of the shipped ones, units put back on the shelf."),
        may("returned", Shape::Whole, "Units that a return had brought back."),
    ],
};

const OPERATION: Shape = Shape::Words(&["authorize", "charge", "capture", "void", "refund"]);

const PAYMENT: Field = has("payment_id", Shape::Text, "The payment.");
const REFUND: Field = has("refund_id", Shape::Text, "The refund.");
const AMOUNT: Field = has("amount", Shape::Whole, "How much, in minor units of the order's currency.");
const CALL: Field = has("operation", OPERATION, "What the gateway was asked.");
const NUMBER: Field = has("n", Shape::Whole, "The number of that call to the gateway.");
const TRANSACTION: Field = has("transaction_id", Shape::Text, "The gateway's own name for it.");
const WHY: Field = has("failure", Shape::Part(&FAILURE), "Why.");

pub(in crate::public) const PAYMENT_CREATED: &[Field] = &[
    PAYMENT,
    has("gateway", Shape::Text, "Through which gateway."),
    has("capture", Shape::Words(&["automatic", "manual"]), "When the money is taken."),
    has("on_failure", Shape::Words(&["keep", "cancel"]), "What becomes of the order when it fails."),
    AMOUNT,
    has("operation", OPERATION, "What the gateway will be asked."),
    NUMBER,
];

pub(in crate::public) const REQUIRES_ACTION: &[Field] =
    &[PAYMENT, has("next_action", Shape::Part(&NEXT_ACTION), "What.")];

pub(in crate::public) const PAYMENT_AUTHORIZED: &[Field] = &[PAYMENT, AMOUNT, TRANSACTION];

pub(in crate::public) const PAYMENT_CAPTURED: &[Field] = &[
    has("order_id", Shape::Text, "The order."),
    PAYMENT,
    has("amount", Shape::Part(&MONEY), "How much."),
    TRANSACTION,
    CALL,
    NUMBER,
];

pub(in crate::public) const PAYMENT_FAILED: &[Field] = &[PAYMENT, CALL, NUMBER, WHY];

pub(in crate::public) const PAYMENT_VOIDED: &[Field] =
    &[PAYMENT, has("n", Shape::Whole, "The number of the call; 0 when the gateway said it by itself.")];

/// A payment, and nothing else.
pub(in crate::public) const PAYMENT_ALONE: &[Field] = &[PAYMENT];

pub(in crate::public) const REFUND_CREATED: &[Field] = &[
    REFUND,
    has("payment_id", Shape::Text, "The payment it goes back through."),
    AMOUNT,
    has("n", Shape::Whole, "Which try of refunding this payment."),
    may("lines", Shape::List(&Shape::Part(&REFUND_LINE)), "What it is for; absent: an amount alone."),
    may("return_id", Shape::Text, "The return that brought the items back; absent: of no return."),
    may("reason", Shape::Text, "Why, in words."),
];

pub(in crate::public) const REFUND_SUCCEEDED: &[Field] = &[REFUND, PAYMENT, AMOUNT, TRANSACTION];

pub(in crate::public) const REFUND_FAILED: &[Field] = &[REFUND, PAYMENT, WHY];
