//! Changes of what is made of the log: views and versions.

use sutler_app::verify::{Check, DIFFERENCES_LISTED_MAX};

use crate::shop::File;

#[tokio::test]
async fn a_changed_view_is_named_with_both_amounts() {
    let file = File::of_a_shop().await;
    file.plant(
        "UPDATE orders SET body = replace(body, '\"captured\":0', '\"captured\":4470') WHERE number = 1003",
        [],
    );
    let id = file.text("SELECT order_id FROM orders WHERE number = 1003");
    let report = file.verify().await;
    let cause = "the stored view says payments/0/captured 44.70 EUR, the log says 0.00 EUR: the view was written \
                 without its event";
    File::must_name_only(&report, Check::Views, &format!("order #1003 ({id})"), cause);
    assert_eq!(report.differences[0].stream.as_ref().unwrap().to_string(), format!("order:{id}"));
}

#[tokio::test]
async fn a_view_in_other_bytes_or_no_json_is_found() {
    let file = File::of_a_shop().await;
    file.plant(
        "UPDATE orders SET body = replace(body, '\"status\":', '\"status\": ') WHERE number = 1002",
        [],
    );
    File::must_name_only(&file.verify().await, Check::Views, "order #1002", "says the same in other bytes");
    file.plant("UPDATE orders SET body = 'gone' WHERE number = 1002", []);
    File::must_name_only(&file.verify().await, Check::Views, "order #1002", "the stored view is no JSON");
}

#[tokio::test]
async fn a_view_without_its_events_and_events_without_their_view_are_found() {
    let file = File::of_a_shop().await;
    file.plant("DELETE FROM orders WHERE number = 1004", []);
    File::must_name_only(&file.verify().await, Check::Views, "order #1004", "the stored view is missing");

    let file = File::of_a_shop().await;
    file.plant(
        "INSERT INTO products (product_id, version, handle, title, status, updated_at, terms, body)
         SELECT 'GHOST', version, handle, title, status, updated_at, terms, body FROM products LIMIT 1",
        [],
    );
    let cause = "the log has no event of it: the view was written without its event";
    File::must_name(&file.verify().await, Check::Views, "product GHOST", cause);
}

#[tokio::test]
async fn every_kind_of_view_is_compared() {
    for (table, kind) in [
        ("products", "product"),
        ("prices", "price"),
        ("locations", "location"),
        ("reservations", "reservation"),
    ] {
        let file = File::of_a_shop().await;
        file.plant(&format!("UPDATE {table} SET body = replace(body, '{{', '{{ ')"), []);
        File::must_name(&file.verify().await, Check::Views, kind, "in other bytes");
    }
}

#[tokio::test]
async fn a_view_that_stands_still_or_runs_ahead_is_told_by_its_version() {
    let file = File::of_a_shop().await;
    file.plant("UPDATE orders SET version = version - 1 WHERE number = 1001", []);
    File::must_name_only(
        &file.verify().await,
        Check::Views,
        "order #1001",
        "an event was written without the view",
    );
    file.plant("UPDATE orders SET version = version + 2 WHERE number = 1001", []);
    File::must_name_only(
        &file.verify().await,
        Check::Views,
        "order #1001",
        "the view was written without its event",
    );
}

#[tokio::test]
async fn a_changed_or_missing_version_of_a_stream_is_found() {
    let file = File::of_a_shop().await;
    let count = file.number("SELECT version FROM streams WHERE stream LIKE 'order:%' LIMIT 1");
    file.plant(
        "UPDATE streams SET version = version + 1 WHERE stream LIKE 'order:%' AND version = ?1",
        [count],
    );
    let cause = format!("the stored version is {}, the log has {count} events of it", count + 1);
    File::must_name(&file.verify().await, Check::Versions, "order #1", &cause);

    let file = File::of_a_shop().await;
    file.plant("DELETE FROM streams WHERE stream = 'product:MUG'", []);
    File::must_name_only(&file.verify().await, Check::Versions, "product MUG", "no version is stored");
}

#[tokio::test]
async fn an_order_that_lived_against_the_rules_is_found() {
    let file = File::of_a_shop().await;
    // As an engine without its rules would have written it: everything agrees but the life of the order.
    file.plant(
        "UPDATE events SET name = 'OrderCompleted', body = '{\"OrderCompleted\":{}}'
         WHERE name = 'OrderCanceled'",
        [],
    );
    let report = file.verify().await;
    File::must_name(&report, Check::Lifecycle, "order #1005", "it went from created to completed");
}

#[tokio::test]
async fn sums_that_do_not_hold_are_found() {
    let file = File::of_a_shop().await;
    file.plant(
        "UPDATE events SET body = replace(body, '\"subtotal\":4470', '\"subtotal\":4469') WHERE number = 1002",
        [],
    );
    File::must_name(
        &file.verify().await,
        Check::Money,
        "order #1002",
        "its total of 44.70 EUR is not items 44.69 EUR",
    );
}

#[tokio::test]
async fn the_list_of_differences_ends_and_the_rest_is_counted() {
    let file = File::of_a_shop().await;
    for n in 0..=DIFFERENCES_LISTED_MAX {
        file.plant(
            "INSERT INTO prices (variant_id, version, body) VALUES (?1, 1, '{}')",
            [format!("ghost-{n:04}")],
        );
    }
    let report = file.verify().await;
    assert_eq!((report.differences.len(), report.unlisted), (DIFFERENCES_LISTED_MAX, 1));
    let views = report.checked.iter().find(|checked| checked.check == Check::Views).unwrap();
    assert_eq!(views.differences, u64::try_from(DIFFERENCES_LISTED_MAX).unwrap() + 1);
}
