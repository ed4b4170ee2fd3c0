//! The words of every enum that events hold: a renamed word would make old logs unreadable.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

use serde::Serialize;
use sutler_domain::catalog::{Oversell, ProductStatus, WeightUnit};
use sutler_domain::inventory::{Reason, ReservationStatus};
use sutler_domain::orders::{HoldCode, TaxSource};
use sutler_domain::payments::{CaptureMode, OnFailure, Operation};

fn words<T: Serialize>(all: &[T]) -> Vec<String> {
    all.iter().map(|one| serde_json::to_string(one).unwrap().replace('"', "")).collect()
}

#[test]
fn of_orders() {
    let sources = [TaxSource::Request, TaxSource::Setting, TaxSource::None];
    assert_eq!(words(&sources), ["request", "setting", "none"]);
    let codes = ["manual", "address_check", "fraud_review", "payment_review"];
    assert_eq!(words(&HoldCode::ALL), codes);
    assert_eq!(HoldCode::ALL.map(HoldCode::as_str), codes);
}

#[test]
fn of_payments() {
    let all =
        [Operation::Authorize, Operation::Charge, Operation::Capture, Operation::Void, Operation::Refund];
    let expected = ["authorize", "charge", "capture", "void", "refund"];
    assert_eq!(words(&all), expected);
    assert_eq!(all.map(Operation::as_str), expected);
    assert_eq!(words(&[CaptureMode::Automatic, CaptureMode::Manual]), ["automatic", "manual"]);
    assert_eq!(words(&[OnFailure::Keep, OnFailure::Cancel]), ["keep", "cancel"]);
}

#[test]
fn of_stock() {
    let expected = [
        "received",
        "sold",
        "returned",
        "damaged",
        "lost",
        "found",
        "correction",
        "transfer_in",
        "transfer_out",
        "count",
    ];
    assert_eq!(words(&Reason::ADJUSTMENTS), expected);
    assert_eq!(Reason::ADJUSTMENTS.map(Reason::as_str), expected);
    assert_eq!(words(&[Reason::Reserved, Reason::Released]), ["reserved", "released"]);
    let ends = [
        ReservationStatus::Open,
        ReservationStatus::Committed,
        ReservationStatus::Released,
        ReservationStatus::Expired,
    ];
    assert_eq!(words(&ends), ["open", "committed", "released", "expired"]);
    assert_eq!(ends.map(ReservationStatus::as_str), ["open", "committed", "released", "expired"]);
}

#[test]
fn of_products() {
    let statuses = ProductStatus::ALL;
    assert_eq!(words(&statuses), ["draft", "active", "archived"]);
    assert_eq!(statuses.map(ProductStatus::as_str), ["draft", "active", "archived"]);
    assert_eq!(words(&[Oversell::Deny, Oversell::Allow]), ["deny", "allow"]);
    let units = [WeightUnit::G, WeightUnit::Kg, WeightUnit::Oz, WeightUnit::Lb];
    assert_eq!(words(&units), ["g", "kg", "oz", "lb"]);
}
