//! Payments and refunds: parts of their order, with its version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Money;

/// A payment of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    /// Its id.
    pub payment_id: String,
    /// `payment`.
    #[schemars(extend("const" = "payment"))]
    pub object: String,
    /// Its order.
    pub order_id: String,
    /// The order's version: a payment is a part of it.
    pub version: u64,
    /// The gateway it runs through.
    pub gateway: String,
    /// `pending`, `requires_action`, `authorized`, `captured`, `failed` or `voided`.
    #[schemars(extend("enum" = ["pending", "requires_action", "authorized", "captured", "failed", "voided"]))]
    pub status: String,
    /// `automatic` or `manual`.
    #[schemars(extend("enum" = ["automatic", "manual"]))]
    pub capture: String,
    /// `keep` or `cancel`.
    #[schemars(extend("enum" = ["keep", "cancel"]))]
    pub on_failure: String,
    /// What was asked for.
    pub amount: Money,
    /// What is or was secured.
    pub amount_authorized: Money,
    /// What was taken.
    pub amount_captured: Money,
    /// What was given back.
    pub amount_refunded: Money,
    /// What can still be captured.
    pub amount_capturable: Money,
    /// What can still be refunded.
    pub amount_refundable: Money,
    /// The gateway's own name for it.
    pub transaction_id: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What the buyer must do.
    pub next_action: Option<NextAction>,
    /// Whether the buyer disputes it at the bank.
    pub disputed: bool,
    /// When it was started.
    pub created_at: String,
}

/// A call as the gateway has it in its own books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BookEntry {
    /// Its idempotency key. A later entry under the same key takes the place of an earlier one.
    pub key: String,
    /// `book_entry`.
    #[schemars(extend("const" = "book_entry"))]
    pub object: String,
    /// For which payment.
    pub payment_id: String,
    /// `authorize`, `charge`, `capture`, `void` or `refund`.
    #[schemars(extend("enum" = ["authorize", "charge", "capture", "void", "refund"]))]
    pub operation: String,
    /// How much.
    pub amount: Money,
    /// `succeeded`, `pending`, `requires_action` or `declined`.
    #[schemars(extend("enum" = ["succeeded", "pending", "requires_action", "declined"]))]
    pub outcome: String,
    /// The gateway's own name for it, when it took effect.
    pub transaction_id: Option<String>,
    /// From when on its outcome is known.
    pub rests_at: String,
}

/// Why a payment or a refund did not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The gateway's code, such as `card_declined`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// Whether another try with the same means may work.
    pub retryable: bool,
}

/// What the buyer must do before a payment goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextAction {
    /// `redirect`, or `client_secret` when the buyer finishes in the shop's own page.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where the buyer goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The gateway's secret for the buyer's browser, which is to see no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Until when.
    pub expires_at: String,
}

/// Money that goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refund {
    /// Its id.
    pub refund_id: String,
    /// `refund`.
    #[schemars(extend("const" = "refund"))]
    pub object: String,
    /// Its order.
    pub order_id: String,
    /// The order's version: a refund is a part of it.
    pub version: u64,
    /// The payment it goes back through.
    pub payment_id: String,
    /// `pending`, `succeeded` or `failed`.
    #[schemars(extend("enum" = ["pending", "succeeded", "failed"]))]
    pub status: String,
    /// How much.
    pub amount: Money,
    /// What it is for; empty: an amount alone.
    pub items: Vec<RefundItem>,
    /// The return that brought the items back.
    #[serde(default)]
    pub return_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// When it was started.
    pub created_at: String,
}

/// Units of an item that a refund is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundItem {
    /// The item.
    pub item_id: String,
    /// Units, shipped or not.
    pub quantity: i64,
    /// Of those, units canceled before they shipped.
    pub canceled: i64,
    /// Of those, units put back on the shelf.
    pub restocked: i64,
    /// Of those, units that a return had brought back.
    #[serde(default)]
    pub returned: i64,
}

/// A payment to start, with an order or for one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewPayment {
    /// Through which gateway; the shop's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// The gateway's token for the buyer's means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// `automatic` (default) or `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["automatic", "manual", null]))]
    pub capture: Option<String>,
    /// `keep` (default) or `cancel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["keep", "cancel", null]))]
    pub on_failure: Option<String>,
    /// How much; all that is due when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// A refund to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewRefund {
    /// Of which order: its id, `number:…` or `ref:…`.
    pub order_id: String,
    /// Through which payment; the first that covers it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// How much; what the items cost, or all, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// For which items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<crate::fulfillment::ItemQuantity>,
    /// The return whose units are refunded; then no items are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_id: Option<String>,
    /// Whether shipped units lie on the shelf again.
    #[serde(default)]
    pub restock: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A note for the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What became of a gateway's notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Noticed {
    /// `notice`.
    #[schemars(extend("const" = "notice"))]
    pub object: String,
    /// `taken`, `repeated` or `not_ours`.
    #[schemars(extend("enum" = ["taken", "repeated", "not_ours"]))]
    pub outcome: String,
}

/// A stretch of a gateway's books beside ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reconciliation {
    /// `reconciliation`.
    #[schemars(extend("const" = "reconciliation"))]
    pub object: String,
    /// Payments compared.
    pub checked: u64,
    /// Payments with a call in flight, which are judged once it is known.
    pub in_flight: u64,
    /// Payments at the gateway that name none of ours.
    pub foreign: u64,
    /// Every difference.
    pub differences: Vec<BooksDifference>,
    /// Where to go on; absent at the end.
    pub next: Option<String>,
}

/// A difference between a gateway's books and ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BooksDifference {
    /// `payment_without_order`, `order_without_payment` or `amounts_differ`.
    #[schemars(extend("enum" = ["payment_without_order", "order_without_payment", "amounts_differ"]))]
    pub kind: String,
    /// The payment.
    pub payment_id: String,
    /// Its order, when there is one.
    pub order_id: Option<String>,
    /// The gateway's own name for it.
    pub transaction_id: Option<String>,
    /// What the gateway has.
    pub theirs: Option<Moved>,
    /// What we have.
    pub ours: Option<Moved>,
}

/// Money of one payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// Taken.
    pub taken: Money,
    /// Given back.
    pub given_back: Money,
}

/// How much to take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CapturePayment {
    /// All that is authorized when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}
