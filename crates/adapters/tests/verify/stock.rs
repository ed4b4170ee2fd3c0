//! Changes of stock: levels and the journal.

use sutler_app::verify::Check;

use crate::shop::File;

/// The row of the journal in which the second order took its mugs.
const TAKEN: &str = "SELECT min(row) FROM journal WHERE reason = 'reserved' AND reserved = 2 AND position >
                     (SELECT position FROM events WHERE number = 1002)";

#[tokio::test]
async fn a_changed_level_is_not_the_sum_of_its_moves() {
    let file = File::of_a_shop().await;
    file.plant("UPDATE stock SET on_hand = on_hand + 1 WHERE on_hand = 20", []);
    let report = file.verify().await;
    File::must_name_only(
        &report,
        Check::Levels,
        " at ",
        "the stored level says 21 on hand, the moves of the journal sum to 20",
    );
}

#[tokio::test]
async fn a_promise_to_nobody_is_found() {
    let file = File::of_a_shop().await;
    file.plant("UPDATE stock SET reserved = reserved + 1 WHERE on_hand = 20", []);
    let report = file.verify().await;
    let reserved = file.number("SELECT reserved FROM stock WHERE on_hand = 20");
    File::must_name(
        &report,
        Check::Levels,
        " at ",
        &format!("{reserved} are reserved, orders and reservations hold {}", reserved - 1),
    );
}

#[tokio::test]
async fn a_changed_move_does_not_follow_from_the_level_before() {
    let file = File::of_a_shop().await;
    let row = file.number(TAKEN);
    file.plant("UPDATE journal SET reserved = 1 WHERE row = ?1", [row]);
    let report = file.verify().await;
    File::must_name(&report, Check::Journal, &format!("row {row} of the journal"), "do not follow from");
    File::must_name(
        &report,
        Check::Journal,
        " at ",
        "move +0 on hand and +1 reserved more than the journal says",
    );
}

#[tokio::test]
async fn a_deleted_move_leaves_events_that_nothing_followed() {
    let file = File::of_a_shop().await;
    let row = file.number(TAKEN);
    let id = file.text("SELECT order_id FROM orders WHERE number = 1002");
    file.plant("DELETE FROM journal WHERE row = ?1", [row]);
    let report = file.verify().await;
    File::must_name(
        &report,
        Check::Journal,
        " at ",
        &format!("the events of order:{id} move +0 on hand and +2 reserved more"),
    );
}

#[tokio::test]
async fn a_move_that_no_event_told_is_found() {
    let file = File::of_a_shop().await;
    file.plant(
        "INSERT INTO journal (position, line, variant_id, location_id, reason, on_hand, reserved, after_on_hand,
             after_reserved, after_safety_stock, after_reorder_point, source, actor, note, recorded_at)
         SELECT (SELECT position FROM head), 0, variant_id, location_id, 'sold', -1, 0, on_hand - 1, reserved,
             safety_stock, reorder_point, NULL, 'thief', NULL, 0 FROM stock WHERE on_hand = 20",
        [],
    );
    file.plant("UPDATE stock SET on_hand = 19 WHERE on_hand = 20", []);
    let report = file.verify().await;
    File::must_name(&report, Check::Journal, " at ", "the events of adjustments move +1 on hand");
}

#[tokio::test]
async fn a_level_that_was_negative_is_found_wherever_it_was() {
    let file = File::of_a_shop().await;
    let row = file.number(TAKEN);
    file.plant("UPDATE journal SET after_reserved = -3 WHERE row = ?1", [row]);
    File::must_name(&file.verify().await, Check::Journal, " at ", "-3 reserved: neither may be negative");
}

#[tokio::test]
async fn a_deleted_level_and_a_changed_signal_are_found() {
    let file = File::of_a_shop().await;
    file.plant("UPDATE stock SET signal = 'low' WHERE on_hand = 20", []);
    File::must_name_only(&file.verify().await, Check::Levels, " at ", "the stored level says \"low\"");
    file.plant("DELETE FROM stock WHERE on_hand = 20", []);
    File::must_name_only(&file.verify().await, Check::Levels, " at ", "the level is missing");
}
