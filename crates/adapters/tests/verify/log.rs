//! Changes of the log: bodies, hashes, rows, times, numbers, and its end.

use sutler_app::verify::Check;

use crate::shop::File;

/// The position of the first payment that went through.
const PAID: &str = "SELECT min(position) FROM events WHERE name = 'PaymentProcessed'";

#[tokio::test]
async fn a_changed_body_does_not_follow_from_its_hash() {
    let file = File::of_a_shop().await;
    let paid = file.number(PAID);
    file.plant("UPDATE events SET body = replace(body, '4470', '4471') WHERE position = ?1", [paid]);
    let report = file.verify().await;
    let cause = format!("the hash of position {paid} does not follow from its body: the row was changed");
    File::must_name(&report, Check::Chain, &format!("position {paid} (PaymentProcessed of order:"), &cause);
    File::must_name(
        &report,
        Check::Views,
        "order #1001 (ord_",
        "the stored view says payments/0/captured 44.70 EUR, the log says 44.71 EUR",
    );
    File::must_name(&report, Check::Money, "order #1001 (ord_", "captured 44.71 EUR");
    let chain: Vec<_> = report.differences.iter().filter(|d| d.check == Check::Chain).collect();
    assert_eq!(chain.len(), 1, "the rows after it are whole: {chain:#?}");
}

#[tokio::test]
async fn a_deleted_event_is_missing_from_the_log_and_from_its_stream() {
    let file = File::of_a_shop().await;
    let paid = file.number(PAID);
    let version = file.number(&format!("SELECT version FROM events WHERE position = {paid}"));
    file.plant("DELETE FROM events WHERE position = ?1", [paid]);
    let report = file.verify().await;
    File::must_name(&report, Check::Log, &format!("position {paid}"), &format!("position {paid} missing"));
    File::must_name(&report, Check::Versions, "order #1001", &format!("version {version} is missing"));
}

#[tokio::test]
async fn a_log_that_was_cut_off_is_shorter_than_its_end_says() {
    let file = File::of_a_shop().await;
    let last = file.number("SELECT max(position) FROM events");
    file.plant("DELETE FROM events WHERE position > ?1", [last - 3]);
    let report = file.verify().await;
    let place = format!("positions {} to {last}", last - 2);
    File::must_name(&report, Check::Log, &place, "the end of the log was cut off");
}

#[tokio::test]
async fn a_changed_hash_is_told_from_a_changed_row() {
    let file = File::of_a_shop().await;
    file.plant("UPDATE events SET hash = zeroblob(32) WHERE position = 7", []);
    let report = file.verify().await;
    File::must_name_only(
        &report,
        Check::Chain,
        "position 7",
        "its stored hash was changed: the row itself is whole",
    );
}

#[tokio::test]
async fn two_hashes_that_were_swapped_are_both_found() {
    let file = File::of_a_shop().await;
    let hash =
        |position: i64| file.text(&format!("SELECT hex(hash) FROM events WHERE position = {position}"));
    for (position, hash) in [(5, hash(12)), (12, hash(5))] {
        file.plant("UPDATE events SET hash = unhex(?2) WHERE position = ?1", (position, hash));
    }
    let report = file.verify().await;
    for position in ["position 5", "position 12"] {
        File::must_name(&report, Check::Chain, position, "its stored hash was changed");
    }
}

#[tokio::test]
async fn a_changed_last_row_and_a_changed_end_are_told_apart() {
    let file = File::of_a_shop().await;
    let last = file.number("SELECT max(position) FROM events");
    file.plant("UPDATE events SET hash = zeroblob(32) WHERE position = ?1", [last]);
    File::must_name_only(
        &file.verify().await,
        Check::Chain,
        &format!("position {last}"),
        "its stored hash was changed",
    );

    let file = File::of_a_shop().await;
    file.plant("UPDATE head SET hash = zeroblob(32)", []);
    File::must_name_only(
        &file.verify().await,
        Check::Chain,
        "the end of the log",
        "not that of the last row",
    );
}

#[tokio::test]
async fn an_id_that_is_not_of_its_hash_is_found() {
    let file = File::of_a_shop().await;
    file.plant("UPDATE events SET event_id = event_id || 'x' WHERE position = 4", []);
    File::must_name_only(&file.verify().await, Check::Chain, "position 4", "the id was changed");
}

#[tokio::test]
async fn time_that_goes_back_and_a_number_that_repeats_are_found() {
    let file = File::of_a_shop().await;
    file.plant("UPDATE events SET recorded_at = 5 WHERE position = 9", []);
    File::must_name(&file.verify().await, Check::Log, "position 9", "before the row before it");

    let file = File::of_a_shop().await;
    file.plant("UPDATE events SET number = 1001 WHERE number = 1002", []);
    let report = file.verify().await;
    File::must_name(&report, Check::Numbers, "OrderPlaced", "order number 1001 follows 1001");
    File::must_name(&report, Check::Numbers, "OrderPlaced", "order number 1003 follows 1001");
    File::must_name(
        &report,
        Check::Views,
        "order #1001",
        "the stored view has the number 1002, the log says 1001",
    );

    let file = File::of_a_shop().await;
    file.plant("UPDATE head SET next_number = 1009", []);
    File::must_name_only(
        &file.verify().await,
        Check::Numbers,
        "the end of the log",
        "the next order number is 1009",
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_read_does_not_hide_the_others() {
    let file = File::of_a_shop().await;
    file.plant("UPDATE events SET hash = x'00' WHERE position = 6", []);
    let paid = file.number(PAID);
    file.plant("UPDATE events SET body = '{' WHERE position = ?1", [paid]);
    let report = file.verify().await;
    File::must_name(&report, Check::Chain, "position 6", "the row cannot be read");
    File::must_name(
        &report,
        Check::Chain,
        &format!("position {paid}"),
        "the row was changed after it was written",
    );
    File::must_name(&report, Check::Versions, "order #1001", "cannot be read");
}
