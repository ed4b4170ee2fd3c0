//! Fulfillments and returns: parts of their order.

use sutler_domain::orders::ReturnStatus;
use sutler_types::fulfillment::{Fulfillment, NewFulfillment, ShipFulfillment, TrackFulfillment};
use sutler_types::returns::{ApproveReturn, NewReturn, ReceiveReturn, RejectReturn, Return};

use sutler_types::Nothing;

use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{page, text, word};

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = fulfillments();
    entries.extend(returns());
    entries
}

fn fulfillments() -> Vec<Entry> {
    vec![
        of("list_fulfillments").versioned().gives_list::<Fulfillment>(),
        of("create_fulfillment")
            .about("All that is open, or some of it; with `ship` it leaves at once.")
            .may_take::<NewFulfillment>()
            .conditional()
            .versioned()
            .gives::<Fulfillment>(201, "The fulfillment.")
            .codes(&["invalid_transition", "order_on_hold", "quantity_exceeds_fulfillable", "out_of_stock"]),
        of("get_fulfillment").versioned().gives::<Fulfillment>(200, "The fulfillment."),
        moved("update_fulfillment").merges::<TrackFulfillment>(),
        moved("ship_fulfillment").may_take::<ShipFulfillment>(),
        moved("deliver_fulfillment").may_take::<Nothing>(),
        moved("cancel_fulfillment").may_take::<Nothing>(),
    ]
}

fn moved(id: &'static str) -> Entry {
    of(id)
        .conditional()
        .versioned()
        .gives::<Fulfillment>(200, "The fulfillment after it.")
        .codes(&["invalid_transition", "order_on_hold"])
}

fn returns() -> Vec<Entry> {
    vec![
        of("list_order_returns").versioned().gives_list::<Return>(),
        of("create_return")
            .about("All that is with the customer, or some of it.")
            .may_take::<NewReturn>()
            .conditional()
            .versioned()
            .gives::<Return>(201, "The return.")
            .codes(&["invalid_transition", "quantity_exceeds_returnable"]),
        of("list_returns")
            .about("Returns live in their orders: `limit`, `total` and cursors count orders that have any.")
            .query([
                text("order_id", "Of this order, by any of its names; not together with a cursor."),
                word("status", "Those that stand so.", &ReturnStatus::ALL.map(ReturnStatus::as_str)),
            ])
            .query(page())
            .gives_page::<Return>()
            .codes(&["not_found"]),
        of("get_return").versioned().gives::<Return>(200, "The return."),
        came("approve_return").may_take::<ApproveReturn>(),
        came("receive_return")
            .about("All that has not come yet and can be sold, or what is named.")
            .may_take::<ReceiveReturn>()
            .codes(&["quantity_exceeds_returnable"]),
        came("reject_return").may_take::<RejectReturn>(),
        came("close_return").may_take::<Nothing>(),
    ]
}

fn came(id: &'static str) -> Entry {
    of(id)
        .conditional()
        .versioned()
        .gives::<Return>(200, "The return after it.")
        .codes(&["invalid_transition"])
}
