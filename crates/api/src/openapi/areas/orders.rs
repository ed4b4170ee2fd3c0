//! Orders.

use sutler_domain::orders::{FulfillmentStatus, OrderStatus, PaymentState};
use sutler_types::bulk::{AnswerLine, OrderLine};
use sutler_types::event::Event;
use sutler_types::import::{Import, Imports};
use sutler_types::order::{
    CancelOrder, Explanation, HoldOrder, NewNote, Note, Order, OrderPatch, TimelineEntry,
};
use sutler_types::place::{NewOrder, Quote};
use sutler_types::verify::Replay;

use sutler_types::Nothing;

use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{
    chosen_id, expand, flag, form, metadata, page, sort, span, text, time, whole, words,
};

/// What of an order can be shown in full.
const EXPANDABLE: [&str; 7] =
    ["customer", "items.variant", "payments", "refunds", "fulfillments", "returns", "notes"];

/// Why an order cannot be placed or quoted.
const UNPLACEABLE: [&str; 5] =
    ["product_unknown", "variant_required", "product_unavailable", "price_changed", "invalid_transition"];

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = vec![quote(), list(), place(), place_file(), show(), update()];
    entries.extend([action("confirm_order"), action("complete_order"), action("release_order")]);
    entries.extend([
        changed("cancel_order").may_take::<CancelOrder>(),
        changed("hold_order").may_take::<HoldOrder>(),
        changed("unhold_order"),
    ]);
    entries.extend(history());
    entries.extend(imports());
    entries
}

fn quote() -> Entry {
    of("quote")
        .about("Nothing is stored and nothing is kept: the same request as to place an order, and what it would come to.")
        .takes::<NewOrder>()
        .money()
        .gives::<Quote>(200, "What the order would cost now, and whether there is enough.")
        .codes(&UNPLACEABLE)
}

fn list() -> Entry {
    of("list_orders")
        .query([
            text(
                "q",
                "Words and filters, as in the search box of the dashboard: `payment:failed placed:7d`.",
            ),
            words("status", "Where the order stands.", OrderStatus::ALL.map(OrderStatus::as_str)),
            words("payment_status", "How far it is paid.", PaymentState::ALL.map(PaymentState::as_str)),
            words(
                "fulfillment_status",
                "Where its goods are.",
                FulfillmentStatus::ALL.map(FulfillmentStatus::as_str),
            ),
            chosen_id("customer_id", "cus", "Of this customer."),
            text("reference", "With this id of the caller's own."),
            text("sku", "With an item of this SKU."),
            text("tag", "With this tag."),
            metadata(),
            sort(["placed_at", "number", "updated_at", "total"]),
            expand(&EXPANDABLE),
        ])
        .query([form("number", "With this number.", "^[0-9]{1,18}$")])
        .query(span("placed_at", "Placed"))
        .query(span("updated_at", "Last changed"))
        .query(page())
        .gives_page::<Order>()
}

fn place() -> Entry {
    of("place_order")
        .about(
            "Stock is reserved and the order stored before the answer; the payment is made by a job that follows. \
             `Prefer: wait=8` holds the answer until the payment rests. A declined payment is 201 with \
             `payment.failure`, and with `payment.on_failure: cancel` 402 `payment_declined`.",
        )
        .query([expand(&EXPANDABLE)])
        .takes::<NewOrder>()
        .money()
        .versioned()
        .gives::<Order>(201, "The order stands, and its stock is reserved.")
        .codes(&UNPLACEABLE)
        .codes(&["out_of_stock", "reference_exists", "payment_declined", "gateway_unavailable", "gone"])
}

fn place_file() -> Entry {
    of("place_orders")
        .about(
            "A line of JSON an order, answered a line each in the same order while they are sent; the last line is the summary. \
             Sent again under its `Idempotency-Key`, a file is the same orders: the key of a line is made of it and the \
             line's number.",
        )
        .query([
            flag("atomic", "Whether all are placed or none; at most 1,000."),
            flag("dry_run", "Whether to judge them only."),
        ])
        .takes_lines::<OrderLine>()
        .gives_lines::<AnswerLine>("What came of each line, then of the file.")
        .codes(&["lines_failed", "malformed_json", "payload_too_large", "unsupported_media_type", "shutting_down"])
}

fn show() -> Entry {
    of("get_order")
        .about("As it is, or as it was at a version or a time.")
        .query([
            expand(&EXPANDABLE),
            whole("version", "As it was after so many events. Not together with `at`."),
            time("at", "As it was at that time."),
        ])
        .versioned()
        .gives::<Order>(200, "The order.")
}

fn update() -> Entry {
    changed("update_order").merges::<OrderPatch>().codes(&["gone"])
}

/// A change that is answered with the order after it.
fn changed(id: &'static str) -> Entry {
    of(id)
        .query([expand(&EXPANDABLE)])
        .conditional()
        .versioned()
        .gives::<Order>(200, "The order after the change.")
        .codes(&["invalid_transition", "order_on_hold"])
}

/// A change that needs no words.
fn action(id: &'static str) -> Entry {
    changed(id).may_take::<Nothing>()
}

fn imports() -> [Entry; 3] {
    [
        of("list_imports").gives::<Imports>(200, "The last hundred."),
        of("get_import").gives::<Import>(200, "The import."),
        of("get_import_errors")
            .about("With `error_code` and `error` beside each, to be mended and sent again.")
            .gives_as(
                200,
                "The rows, the first of them when there are very many.",
                "text/csv; charset=utf-8",
            ),
    ]
}

fn history() -> [Entry; 6] {
    [
        of("list_order_notes").gives_list::<Note>(),
        of("create_order_note").takes::<NewNote>().versioned().gives::<Note>(201, "The note."),
        of("get_order_timeline").gives_list::<TimelineEntry>(),
        of("list_order_events").gives_list::<Event>(),
        of("explain_order")
            .about("Each check says whether it passes, and what to do if it does not.")
            .versioned()
            .gives::<Explanation>(200, "What was looked at, and what may be done next."),
        of("replay_order")
            .about("Folded from its first event, and compared with what is stored.")
            .gives::<Replay>(200, "Each step with what it changed."),
    ]
}
