//! A gateway's own books, for whoever compares them with ours.

use axum::extract::{Path, State};
use sutler_app::ports::BookEntry;
use sutler_app::public::rfc3339;
use sutler_domain::payments::Outcome;
use sutler_types::{Money, PageInfo, payment as wire};

use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Api, Call, Params, Told, page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/gateways/{gateway}/books", Scope("orders:read"), "list_gateway_books", "The books of a gateway" => list;
    }
}

/// Oldest first, after a place: `?after=&limit=`. `next` is given at the end too, to ask again later.
async fn list(State(api): State<Api>, call: Call, Path(gateway): Path<String>, mut params: Params) -> Told {
    let (after, limit) = (params.whole("after").unwrap_or_default(), params.limit());
    params.done()?;
    let found = api.app.payments.books(&call.caller, &gateway, after, limit).await?;
    let info =
        PageInfo { next: Some(found.next.to_string()), prev: None, has_more: found.has_more, total: None };
    Ok(page::told(&call, found.entries.iter().map(body).collect(), info))
}

fn body(entry: &BookEntry) -> wire::BookEntry {
    let (outcome, transaction_id) = match &entry.outcome {
        Outcome::Succeeded { transaction_id } | Outcome::Concluded { transaction_id } => {
            ("succeeded", Some(transaction_id.clone()))
        }
        Outcome::RequiresAction(_) => ("requires_action", None),
        Outcome::Declined(_) => ("declined", None),
        Outcome::Pending | Outcome::NotAsked { .. } | Outcome::Unknown { .. } | Outcome::NotFound => {
            ("pending", None)
        }
    };
    wire::BookEntry {
        key: entry.key.clone(),
        object: "book_entry".to_owned(),
        payment_id: entry.payment_id.to_string(),
        operation: entry.operation.as_str().to_owned(),
        amount: Money::new(entry.amount.amount, entry.amount.currency.code()),
        outcome: outcome.to_owned(),
        transaction_id,
        rests_at: rfc3339(entry.rests_at),
    }
}
