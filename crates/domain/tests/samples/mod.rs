//! One of every event of an order, with every field.

use super::*;

pub(super) fn placed_and_paid() -> Vec<OrderEvent> {
    vec![
        OrderEvent::OrderPlaced {
            order_id: id("ord_1"),
            customer_id: Some(id("C1")),
            contact: Some(ContactRef { contact_id: id("con_1"), version: Version(1) }),
            reference: Some(text("web-10042")),
            currency: eur(),
            items: vec![item()],
            shipping: Some(Shipping { method: text("standard"), amount: 490, tax: ItemTax::default() }),
            discounts: vec![Discount {
                code: Some(text("TEN")),
                title: text("Sale"),
                amount: 80,
                item_id: Some(id("li_1")),
            }],
            totals: totals(),
            total: money(3390),
            tags: vec![text("gift")],
            metadata: metadata(),
        },
        OrderEvent::StockReserved { lines: stock(), expires_at: Some(AT), reservation_id: Some(id("res_1")) },
        OrderEvent::StockReleased { lines: stock(), expired: true },
        OrderEvent::PaymentStarted {
            payment_id: id("pay_1"),
            gateway: text("fake"),
            token: Some(text("tok_ok")),
            capture: CaptureMode::Automatic,
            on_failure: OnFailure::Keep,
            amount: 3390,
            operation: Operation::Charge,
            n: 1,
        },
        OrderEvent::PaymentIntended {
            payment_id: id("pay_1"),
            operation: Operation::Capture,
            n: 1,
            amount: 3390,
        },
        OrderEvent::PaymentRequiresAction {
            payment_id: id("pay_1"),
            next_action: NextAction::at("https://bank.example/3ds", AT),
        },
        OrderEvent::PaymentOutcomeUnknown {
            payment_id: id("pay_1"),
            operation: Operation::Charge,
            n: 1,
            reason: text("timeout"),
        },
        OrderEvent::PaymentAuthorized { payment_id: id("pay_1"), amount: 3390, transaction_id: text("tx_1") },
        OrderEvent::PaymentProcessed {
            order_id: id("ord_1"),
            payment_id: id("pay_1"),
            amount: money(3390),
            transaction_id: text("tx_1"),
            operation: Operation::Charge,
            n: 1,
        },
        OrderEvent::PaymentFailed {
            payment_id: id("pay_1"),
            operation: Operation::Authorize,
            n: 1,
            failure: failure(),
        },
        OrderEvent::PaymentVoided { payment_id: id("pay_1"), n: 1 },
        OrderEvent::PaymentDisputed { payment_id: id("pay_1") },
    ]
}

pub(super) fn refunded_and_ended() -> Vec<OrderEvent> {
    let reason = Some(text("customer asked"));
    vec![
        OrderEvent::RefundStarted {
            refund_id: id("ref_1"),
            payment_id: id("pay_1"),
            amount: 1450,
            n: 1,
            lines: vec![RefundLine {
                item_id: id("li_1"),
                canceled: 0,
                shipped: 1,
                restocked: 1,
                returned: 0,
            }],
            return_id: Some(id("ret_1")),
            reason: reason.clone(),
        },
        OrderEvent::RefundSucceeded {
            refund_id: id("ref_1"),
            payment_id: id("pay_1"),
            amount: 1450,
            transaction_id: text("tx_2"),
        },
        OrderEvent::RefundFailed { refund_id: id("ref_1"), payment_id: id("pay_1"), failure: failure() },
        OrderEvent::StockReturned { lines: stock() },
        OrderEvent::OrderConfirmed {},
        OrderEvent::ItemsCanceled {
            lines: vec![Adjustment { item_id: id("li_1"), quantity: 1 }],
            totals: totals(),
            reason: reason.clone(),
        },
        OrderEvent::OrderCanceled { reason: reason.clone() },
        OrderEvent::OrderExpired {},
        OrderEvent::OrderCompleted {},
        OrderEvent::OrderHeld { code: HoldCode::PaymentReview, reason },
        OrderEvent::OrderHoldReleased { code: HoldCode::AddressCheck },
        OrderEvent::OrderUpdated {
            contact: Some(ContactRef { contact_id: id("con_1"), version: Version(2) }),
            tags: Some(vec![text("gift")]),
            metadata: Some(metadata()),
        },
        OrderEvent::NoteAdded { note_id: id("note_1") },
    ]
}

pub(super) fn fulfilled() -> Vec<OrderEvent> {
    let fulfillment_id = || id("ful_1");
    let lines = vec![FulfillmentLine { item_id: id("li_1"), quantity: 2 }];
    vec![
        OrderEvent::FulfillmentCreated {
            fulfillment_id: fulfillment_id(),
            lines,
            tracking: Tracking::default(),
        },
        OrderEvent::FulfillmentShipped {
            fulfillment_id: fulfillment_id(),
            tracking: tracking(),
            lines: stock(),
        },
        OrderEvent::TrackingUpdated { fulfillment_id: fulfillment_id(), tracking: tracking() },
        OrderEvent::FulfillmentDelivered { fulfillment_id: fulfillment_id() },
        OrderEvent::FulfillmentCanceled { fulfillment_id: fulfillment_id() },
    ]
}

pub(super) fn returned() -> Vec<OrderEvent> {
    let return_id = || id("ret_1");
    let line = ReturnLine {
        item_id: id("li_1"),
        quantity: 2,
        reason: Some(text("too small")),
        received: 0,
        restocked: 0,
        refunded: 0,
    };
    let came =
        |quantity, condition, restocked| ReceivedLine { item_id: id("li_1"), quantity, condition, restocked };
    let lines = vec![came(1, ReturnCondition::Sellable, 1), came(1, ReturnCondition::Damaged, 0)];
    vec![
        OrderEvent::ReturnRequested { return_id: return_id(), lines: vec![line], label: Tracking::default() },
        OrderEvent::ReturnApproved { return_id: return_id(), label: Some(tracking()) },
        OrderEvent::ReturnReceived { return_id: return_id(), lines },
        OrderEvent::ReturnRejected { return_id: return_id(), reason: Some(text("too late")) },
        OrderEvent::ReturnClosed { return_id: return_id() },
    ]
}
