//! What happened to an order. Stored for ever: names and JSON are pinned by `tests/events.rs`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Adjustment, ContactRef, Discount, FulfillmentLine, HoldCode, Item, ReceivedLine, RefundLine, ReturnLine,
    Shipping, Totals, Tracking,
};
use crate::inventory::StockLine;
use crate::payments::{CaptureMode, Failure, NextAction, OnFailure, Operation};
use crate::{
    Currency, CustomerId, FulfillmentId, Metadata, Money, NoteId, OrderId, PaymentId, RefundId,
    ReservationId, ReturnId,
};

/// One fact about an order. Amounts are minor units of the order's currency; persons are named by id only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderEvent {
    /// It was placed.
    OrderPlaced {
        /// The order.
        order_id: OrderId,
        /// The caller's own id for the customer.
        customer_id: Option<CustomerId>,
        /// The person, outside the log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<ContactRef>,
        /// The caller's own id for the order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        /// Its one currency.
        currency: Currency,
        /// What was bought, at the prices of the moment.
        items: Vec<Item>,
        /// How it travels.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shipping: Option<Shipping>,
        /// What was taken off.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        discounts: Vec<Discount>,
        /// Its sums.
        totals: Totals,
        /// Its total.
        total: Money,
        /// Words to find it by.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tags: Vec<String>,
        /// The caller's own pairs.
        #[serde(default, skip_serializing_if = "Metadata::is_empty")]
        metadata: Metadata,
    },
    /// Its stock is kept.
    StockReserved {
        /// What is kept, and where.
        lines: Vec<StockLine>,
        /// Until when, unless it is paid; `None`: for good.
        expires_at: Option<Timestamp>,
        /// The basket's reservation it took over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reservation_id: Option<ReservationId>,
    },
    /// Its stock, or some of it, is no longer kept.
    StockReleased {
        /// What.
        lines: Vec<StockLine>,
        /// Whether its time ran out.
        expired: bool,
    },
    /// A payment was started: the intent, before the gateway hears of it.
    PaymentStarted {
        /// The payment.
        payment_id: PaymentId,
        /// Through which gateway.
        gateway: String,
        /// The gateway's token for the buyer's means.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// When the money is taken.
        capture: CaptureMode,
        /// What becomes of the order when it fails.
        on_failure: OnFailure,
        /// How much.
        amount: i64,
        /// What the gateway will be asked.
        operation: Operation,
        /// Which try.
        n: u32,
    },
    /// A further call to the gateway was decided: the intent, before the call.
    PaymentIntended {
        /// The payment.
        payment_id: PaymentId,
        /// What the gateway will be asked.
        operation: Operation,
        /// Which try.
        n: u32,
        /// How much.
        amount: i64,
    },
    /// The buyer must do something.
    PaymentRequiresAction {
        /// The payment.
        payment_id: PaymentId,
        /// What.
        next_action: NextAction,
    },
    /// Nobody knows the outcome of a call yet.
    PaymentOutcomeUnknown {
        /// The payment.
        payment_id: PaymentId,
        /// The call.
        operation: Operation,
        /// Its number.
        n: u32,
        /// What was seen instead of an answer.
        reason: String,
    },
    /// The money is secured.
    PaymentAuthorized {
        /// The payment.
        payment_id: PaymentId,
        /// How much.
        amount: i64,
        /// The gateway's own name for it.
        transaction_id: String,
    },
    /// The money was taken (`payment.captured` on the wire).
    PaymentProcessed {
        /// The order.
        order_id: OrderId,
        /// The payment.
        payment_id: PaymentId,
        /// How much.
        amount: Money,
        /// The gateway's own name for it.
        transaction_id: String,
        /// The call that took it.
        operation: Operation,
        /// Its number.
        n: u32,
    },
    /// A call did not work.
    PaymentFailed {
        /// The payment.
        payment_id: PaymentId,
        /// The call.
        operation: Operation,
        /// Its number.
        n: u32,
        /// Why.
        failure: Failure,
    },
    /// Secured money was given up.
    PaymentVoided {
        /// The payment.
        payment_id: PaymentId,
        /// The number of the call; 0 when the gateway said it by itself.
        n: u32,
    },
    /// The buyer disputes the payment at the bank.
    PaymentDisputed {
        /// The payment.
        payment_id: PaymentId,
    },
    /// Money is to go back: the intent, before the gateway hears of it.
    RefundStarted {
        /// The refund.
        refund_id: RefundId,
        /// Through which payment.
        payment_id: PaymentId,
        /// How much.
        amount: i64,
        /// Which try of refunding this payment.
        n: u32,
        /// What it is for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<RefundLine>,
        /// The return that brought the items back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        return_id: Option<ReturnId>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Money went back.
    RefundSucceeded {
        /// The refund.
        refund_id: RefundId,
        /// The payment it went back through.
        payment_id: PaymentId,
        /// How much.
        amount: i64,
        /// The gateway's own name for it.
        transaction_id: String,
    },
    /// Money did not go back.
    RefundFailed {
        /// The refund.
        refund_id: RefundId,
        /// The payment.
        payment_id: PaymentId,
        /// Why.
        failure: Failure,
    },
    /// Goods came back and lie on the shelf again.
    StockReturned {
        /// What, and where.
        lines: Vec<StockLine>,
    },
    /// Captured + authorized ≥ total, or its terms were accepted.
    OrderConfirmed {},
    /// Some units will not be delivered.
    ItemsCanceled {
        /// Which.
        lines: Vec<Adjustment>,
        /// The sums after it.
        totals: Totals,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// It was called off.
    OrderCanceled {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Its reservation ran out before payment.
    OrderExpired {},
    /// Everything delivered or returned, nothing left to pay or refund.
    OrderCompleted {},
    /// Fulfillment is stopped.
    OrderHeld {
        /// Why.
        code: HoldCode,
        /// In words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Fulfillment goes on.
    OrderHoldReleased {
        /// What had stopped it.
        code: HoldCode,
    },
    /// Person, tags or metadata were changed; each field is the whole value after the change.
    OrderUpdated {
        /// The person's data it shows now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<ContactRef>,
        /// The tags now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tags: Option<Vec<String>>,
        /// The metadata now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metadata: Option<Metadata>,
    },
    /// Something was noted; the text lies outside the log.
    NoteAdded {
        /// The note.
        note_id: NoteId,
    },
    /// Items are to travel together.
    FulfillmentCreated {
        /// The fulfillment.
        fulfillment_id: FulfillmentId,
        /// What is in it.
        lines: Vec<FulfillmentLine>,
        /// Where it will be found.
        #[serde(default)]
        tracking: Tracking,
    },
    /// They left the shelf.
    FulfillmentShipped {
        /// The fulfillment.
        fulfillment_id: FulfillmentId,
        /// Where it is.
        #[serde(default)]
        tracking: Tracking,
        /// The stock that left.
        lines: Vec<StockLine>,
    },
    /// Where they are became known.
    TrackingUpdated {
        /// The fulfillment.
        fulfillment_id: FulfillmentId,
        /// Where it is.
        tracking: Tracking,
    },
    /// They arrived.
    FulfillmentDelivered {
        /// The fulfillment.
        fulfillment_id: FulfillmentId,
    },
    /// They stay.
    FulfillmentCanceled {
        /// The fulfillment.
        fulfillment_id: FulfillmentId,
    },
    /// Goods are to come back.
    ReturnRequested {
        /// The return.
        return_id: ReturnId,
        /// Which, one line an item.
        lines: Vec<ReturnLine>,
        /// The parcel they come in.
        #[serde(default)]
        label: Tracking,
    },
    /// They may come.
    ReturnApproved {
        /// The return.
        return_id: ReturnId,
        /// The parcel they come in, when it was said now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<Tracking>,
    },
    /// Some came, or all.
    ReturnReceived {
        /// The return.
        return_id: ReturnId,
        /// What came, and how it is.
        lines: Vec<ReceivedLine>,
    },
    /// They stay with the customer.
    ReturnRejected {
        /// The return.
        return_id: ReturnId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// No more will come.
    ReturnClosed {
        /// The return.
        return_id: ReturnId,
    },
}

impl OrderEvent {
    /// Its name in the log: the seed's names, kept for ever.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OrderPlaced { .. } => "OrderPlaced",
            Self::StockReserved { .. } => "StockReserved",
            Self::StockReleased { .. } => "StockReleased",
            Self::PaymentStarted { .. } => "PaymentStarted",
            Self::PaymentIntended { .. } => "PaymentIntended",
            Self::PaymentRequiresAction { .. } => "PaymentRequiresAction",
            Self::PaymentOutcomeUnknown { .. } => "PaymentOutcomeUnknown",
            Self::PaymentAuthorized { .. } => "PaymentAuthorized",
            Self::PaymentProcessed { .. } => "PaymentProcessed",
            Self::PaymentFailed { .. } => "PaymentFailed",
            Self::PaymentVoided { .. } => "PaymentVoided",
            Self::PaymentDisputed { .. } => "PaymentDisputed",
            Self::RefundStarted { .. } => "RefundStarted",
            Self::RefundSucceeded { .. } => "RefundSucceeded",
            Self::RefundFailed { .. } => "RefundFailed",
            Self::StockReturned { .. } => "StockReturned",
            Self::OrderConfirmed {} => "OrderConfirmed",
            Self::ItemsCanceled { .. } => "ItemsCanceled",
            Self::OrderCanceled { .. } => "OrderCanceled",
            Self::OrderExpired {} => "OrderExpired",
            Self::OrderCompleted {} => "OrderCompleted",
            Self::OrderHeld { .. } => "OrderHeld",
            Self::OrderHoldReleased { .. } => "OrderHoldReleased",
            Self::OrderUpdated { .. } => "OrderUpdated",
            Self::NoteAdded { .. } => "NoteAdded",
            Self::FulfillmentCreated { .. } => "FulfillmentCreated",
            Self::FulfillmentShipped { .. } => "FulfillmentShipped",
            Self::TrackingUpdated { .. } => "TrackingUpdated",
            Self::FulfillmentDelivered { .. } => "FulfillmentDelivered",
            Self::FulfillmentCanceled { .. } => "FulfillmentCanceled",
            Self::ReturnRequested { .. } => "ReturnRequested",
            Self::ReturnApproved { .. } => "ReturnApproved",
            Self::ReturnReceived { .. } => "ReturnReceived",
            Self::ReturnRejected { .. } => "ReturnRejected",
            Self::ReturnClosed { .. } => "ReturnClosed",
        }
    }
}
