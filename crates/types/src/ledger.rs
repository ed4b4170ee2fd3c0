//! The journal of the books.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Money;

/// What an event of an order entered. The debits of its lines equal the credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "JournalEntry")]
pub struct BookEntry {
    /// `book_entry`.
    #[schemars(extend("const" = "book_entry"))]
    pub object: String,
    /// Where the event stands in the log; an entry has no other name.
    pub position: u64,
    /// When it happened.
    pub at: String,
    /// The order.
    pub order_id: String,
    /// Its number.
    pub number: String,
    /// The type of the event.
    pub event: String,
    /// The lines.
    pub lines: Vec<BookLine>,
}

/// A line of an entry: one of the two amounts is 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "JournalLine")]
pub struct BookLine {
    /// `receivable`, `gateway_clearing`, `revenue`, `discounts`, `shipping_income`, `tax_payable` or `refunds`.
    #[schemars(extend("enum" = ["receivable", "gateway_clearing", "revenue", "discounts", "shipping_income", "tax_payable", "refunds"]))]
    pub account: String,
    /// What it is debited with.
    pub debit: Money,
    /// What it is credited with.
    pub credit: Money,
}
