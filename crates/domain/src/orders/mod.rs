//! Orders: what was bought, where each unit of it is, and what was paid.
//!
//! Payments, fulfillments, refunds and returns are parts of their order: one stream, one version.

mod action;
mod books;
pub mod decide;
mod event;
mod evolve;
mod explain;
mod order;
mod parts;
mod returns;
mod status;
mod stock;
#[cfg(test)]
mod tests;

pub use action::{Action, next_actions};
pub use books::{Account, Balances, BookLine};
pub use decide::Refusal;
pub use event::OrderEvent;
pub use explain::{Check, explain};
pub use order::Order;
pub use parts::{
    Adjustment, ContactRef, Discount, EXACT_PRICE, Fulfillment, FulfillmentLine,
    FulfillmentStatus as FulfillmentState, Hold, HoldCode, Item, ItemTax, NoteRef, Refund, RefundLine,
    RefundStatus, Shipping, TaxSource, Totals, Tracking, exact_total,
};
pub use returns::{RETURN_LINES_MAX, ReceivedLine, Return, ReturnCondition, ReturnLine, ReturnStatus};
pub use status::{FulfillmentStatus, OrderStatus, PaymentState, fulfillment_status, payment_status};
pub use stock::{StockChange, stock_changes};
