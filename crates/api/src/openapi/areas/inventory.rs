//! Stock, locations and reservations.

use sutler_domain::inventory::Reason;
use sutler_types::inventory::{
    Adjustment, ExtendReservation, Level, Location, Movement, NewLocation, NewReservation, Reservation,
};

use sutler_types::Nothing;

use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{chosen_id, flag, id, page, text, word};

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = stock();
    entries.extend(reservations());
    entries
}

fn stock() -> Vec<Entry> {
    let mut reasons = Reason::ADJUSTMENTS.map(Reason::as_str).to_vec();
    reasons.extend([Reason::Reserved, Reason::Released].map(Reason::as_str));
    let of_variant = || {
        [
            text("sku", "Of the variant with this SKU."),
            chosen_id("variant_id", "var", "Of this variant."),
            chosen_id("location", "loc", "At this location."),
        ]
    };
    vec![
        of("list_locations").gives_list::<Location>(),
        of("create_location")
            .takes::<NewLocation>()
            .versioned()
            .gives::<Location>(201, "The location.")
            .codes(&["location_exists"]),
        of("get_location").versioned().gives::<Location>(200, "The location."),
        of("list_inventory")
            .query(of_variant())
            .query([flag("low_stock", "Whether only those at or below their reorder point, or empty.")])
            .query(page())
            .gives_page::<Level>(),
        of("get_inventory").gives::<Level>(200, "How much there is."),
        of("adjust_inventory")
            .about("By `delta` or to `set_to`, with a reason; or thresholds alone.")
            .takes::<Adjustment>()
            .gives::<Level>(200, "How much there is after it.")
            .codes(&["not_found", "product_unknown", "out_of_stock", "stock_moved", "invalid_transition"]),
        of("list_inventory_movements")
            .about("The journal of every move, newest first.")
            .query(of_variant())
            .query([
                word("reason", "For this reason.", &reasons),
                id("order", "ord", "For this order."),
                id("reservation", "res", "For this reservation."),
            ])
            .query(page())
            .gives_page::<Movement>(),
    ]
}

fn reservations() -> Vec<Entry> {
    vec![
        of("list_reservations").query(page()).gives_page::<Reservation>(),
        of("create_reservation")
            .takes::<NewReservation>()
            .versioned()
            .gives::<Reservation>(201, "The reservation.")
            .codes(&[
                "product_unknown",
                "variant_required",
                "product_unavailable",
                "out_of_stock",
                "not_found",
            ]),
        of("get_reservation").versioned().gives::<Reservation>(200, "The reservation."),
        acted("release_reservation").may_take::<Nothing>(),
        acted("extend_reservation").may_take::<ExtendReservation>(),
    ]
}

fn acted(id: &'static str) -> Entry {
    of(id)
        .conditional()
        .versioned()
        .gives::<Reservation>(200, "The reservation after it.")
        .codes(&["invalid_transition"])
}
