//! Levels, locations, the journal and reservations as JSON.

use sutler_app::admission::JournalEntry;
use sutler_app::inventory::ReservationView;
use sutler_app::ports::Stored;
use sutler_app::ports::reads::StockLevel;
use sutler_app::public::rfc3339;
use sutler_app::{StreamId, StreamKind};
use sutler_domain::inventory::{Location, Signal};
use sutler_types::inventory as wire;

pub(crate) fn location_body(stored: &Stored<Location>) -> wire::Location {
    wire::Location {
        location_id: stored.value.location_id.to_string(),
        object: "location".to_owned(),
        name: stored.value.name.clone(),
        default: stored.value.default,
        version: stored.version.0,
    }
}

pub(crate) fn level_body(stock: &StockLevel) -> wire::Level {
    let level = stock.level;
    let status = match level.signal() {
        Signal::InStock => "in_stock",
        Signal::Low => "low",
        Signal::OutOfStock => "out_of_stock",
    };
    wire::Level {
        variant_id: stock.at.variant_id.to_string(),
        object: "inventory_level".to_owned(),
        product_id: stock.product_id.as_ref().map(ToString::to_string),
        sku: stock.sku.clone(),
        location_id: stock.at.location_id.to_string(),
        on_hand: level.on_hand,
        reserved: level.reserved,
        available: level.available(),
        safety_stock: level.safety_stock,
        reorder_point: level.reorder_point,
        status: status.to_owned(),
        version: stock.version.0,
    }
}

pub(crate) fn movement_body(row: &JournalEntry) -> wire::Movement {
    let source = |kind| {
        let of_kind = |stream: &&StreamId| stream.kind() == kind;
        row.source.as_ref().filter(of_kind).map(|stream| stream.id().to_owned())
    };
    wire::Movement {
        position: row.position.to_string(),
        line: row.line,
        object: "inventory_movement".to_owned(),
        variant_id: row.at.variant_id.to_string(),
        location_id: row.at.location_id.to_string(),
        reason: row.reason.as_str().to_owned(),
        on_hand: row.on_hand,
        reserved: row.reserved,
        on_hand_after: row.after.on_hand,
        reserved_after: row.after.reserved,
        order_id: source(StreamKind::Order),
        reservation_id: source(StreamKind::Reservation),
        actor: row.actor.clone(),
        note: row.note.clone(),
        recorded_at: rfc3339(row.recorded_at),
    }
}

pub(crate) fn reservation_body(view: &ReservationView) -> wire::Reservation {
    let reservation = &view.reservation;
    let line = |line: &sutler_domain::inventory::StockLine| wire::ReservationLine {
        variant_id: line.variant_id.to_string(),
        location_id: line.location_id.to_string(),
        quantity: line.quantity,
    };
    wire::Reservation {
        reservation_id: reservation.reservation_id.to_string(),
        object: "reservation".to_owned(),
        status: reservation.status.as_str().to_owned(),
        lines: reservation.lines.iter().map(line).collect(),
        expires_at: rfc3339(reservation.expires_at),
        order_id: reservation.order_id.as_ref().map(ToString::to_string),
        metadata: reservation.metadata.clone(),
        version: view.version.0,
        created_at: rfc3339(reservation.created_at),
    }
}
