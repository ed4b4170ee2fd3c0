//! Payments, refunds, and the books of gateways.

use sutler_types::payment::{
    BookEntry, CapturePayment, NewPayment, NewRefund, Noticed, Payment, Reconciliation, Refund,
};

use sutler_types::Nothing;

use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{limit, page, text, time, whole};

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = payments();
    entries.extend(refunds());
    entries.extend(books());
    entries
}

fn payments() -> Vec<Entry> {
    vec![
        of("list_order_payments").versioned().gives_list::<Payment>(),
        of("start_payment")
            .about("Another payment of an order, such as after a declined one.")
            .may_take::<NewPayment>()
            .money()
            .conditional()
            .versioned()
            .gives::<Payment>(201, "The payment, which a job makes.")
            .codes(&["invalid_transition", "gateway_unavailable", "amount_exceeds_capturable"]),
        of("list_payments")
            .about("Payments live in their orders: `limit`, `total` and cursors count orders that have any.")
            .query([text("order_id", "Of this order, by any of its names; not together with a cursor.")])
            .query(page())
            .gives_page::<Payment>()
            .codes(&["not_found"]),
        of("get_payment").versioned().gives::<Payment>(200, "The payment."),
        acted("capture_payment").may_take::<CapturePayment>().money().codes(&["amount_exceeds_capturable"]),
        acted("void_payment").may_take::<Nothing>(),
        of("sync_payment")
            .may_take::<Nothing>()
            .versioned()
            .gives::<Payment>(200, "The payment, which a job asks about.")
            .codes(&["gateway_unavailable", "invalid_transition"]),
    ]
}

fn acted(id: &'static str) -> Entry {
    of(id)
        .conditional()
        .versioned()
        .gives::<Payment>(200, "The payment after it.")
        .codes(&["invalid_transition", "gateway_unavailable"])
}

fn refunds() -> Vec<Entry> {
    vec![
        of("list_refunds")
            .about("Refunds live in their orders: `limit`, `total` and cursors count orders that have any.")
            .query([text("order_id", "Of this order, by any of its names; not together with a cursor.")])
            .query(page())
            .gives_page::<Refund>()
            .codes(&["not_found"]),
        of("create_refund")
            .about("An amount, or what items cost, or all that was taken. A job gives it back.")
            .takes::<NewRefund>()
            .money()
            .conditional()
            .versioned()
            .gives::<Refund>(201, "The refund, which a job makes.")
            .codes(&["not_found", "invalid_transition", "amount_exceeds_refundable", "gateway_unavailable"])
            .codes(&["quantity_exceeds_returnable", "quantity_exceeds_fulfillable"]),
        of("get_refund").versioned().gives::<Refund>(200, "The refund."),
    ]
}

fn books() -> Vec<Entry> {
    vec![
        of("list_gateway_books")
            .about("What the gateway took and gave back as it has it, oldest first.")
            .query([whole("after", "Entries behind this one: `page.next` of an answer."), limit()])
            .gives_page::<BookEntry>()
            .codes(&["gateway_unavailable"]),
        of("reconcile_gateway")
            .query([
                time("since", "Payments from then on; the last thirty days when absent."),
                text("after", "Where to go on: `next` of an answer."),
            ])
            .gives::<Reconciliation>(200, "Every difference between the gateway's books and ours.")
            .codes(&["gateway_unavailable"]),
        of("notify_gateway")
            .about("Signed by the gateway. What is signed is always 200, also what is repeated or not ours.")
            .takes_document()
            .gives::<Noticed>(200, "What became of it.")
            .codes(&["signature_invalid", "gateway_unavailable", "payload_too_large", "unavailable", "busy"]),
    ]
}
