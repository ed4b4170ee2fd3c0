//! The domain's refusals, as a door tells them.

use serde_json::Value;
use sutler_domain::orders::Refusal;
use sutler_domain::{Fault, MoneyError};

use crate::error::{Kind, Problem};

/// What a refusal of the domain says to a door.
pub(crate) fn refused(refusal: Refusal) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        Refusal::Transition { current, attempted, allowed } => {
            Problem::new(Kind::Conflict, "invalid_transition", detail)
                .fact("current", current)
                .fact("attempted", attempted)
                .fact("allowed", Value::from(allowed))
        }
        Refusal::OnHold { codes } => {
            let holds: Vec<&str> = codes.iter().map(|c| c.as_str()).collect();
            Problem::new(Kind::Conflict, "order_on_hold", detail).fact("holds", Value::from(holds))
        }
        Refusal::ExceedsFulfillable { item_id, requested, fulfillable } => {
            let fault = Fault::new("/items", "quantity_exceeds_fulfillable", detail.clone())
                .text("item_id", item_id.as_str())
                .count("requested", requested)
                .count("fulfillable", fulfillable);
            Problem::new(Kind::Conflict, "quantity_exceeds_fulfillable", detail).errors(vec![fault])
        }
        Refusal::ExceedsReturnable { item_id, requested, returnable } => {
            let fault = Fault::new("/items", "quantity_exceeds_returnable", detail.clone())
                .text("item_id", item_id.as_str())
                .count("requested", requested)
                .count("returnable", returnable);
            Problem::new(Kind::Conflict, "quantity_exceeds_returnable", detail).errors(vec![fault])
        }
        Refusal::ExceedsCapturable { requested, capturable, .. } => {
            let fault = Fault::new("/amount", "amount_exceeds_capturable", detail.clone())
                .count("requested", requested)
                .count("capturable", capturable);
            Problem::new(Kind::Conflict, "amount_exceeds_capturable", detail).errors(vec![fault])
        }
        Refusal::ExceedsRefundable { requested, refundable, .. } => {
            let fault = Fault::new("/amount", "amount_exceeds_refundable", detail.clone())
                .count("requested", requested)
                .count("refundable", refundable);
            Problem::new(Kind::Conflict, "amount_exceeds_refundable", detail).errors(vec![fault])
        }
        Refusal::Unknown { what, id } => {
            if what == "item" {
                return Problem::invalid(vec![Fault::invalid(
                    "/items",
                    format!("the order has no item '{id}'"),
                )]);
            }
            Problem::not_found(what, id)
        }
        Refusal::Invalid { faults } => Problem::invalid(faults),
        Refusal::Money(error) => money(&error),
    }
}

fn money(error: &MoneyError) -> Problem {
    let code = if matches!(error, MoneyError::CurrencyMismatch { .. }) {
        "currency_mismatch"
    } else {
        "validation_failed"
    };
    Problem::invalid(vec![Fault::new("/amount", code, error.to_string())])
}
