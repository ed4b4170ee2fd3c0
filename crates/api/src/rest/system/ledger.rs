//! The journal of the books, page by page.

use axum::extract::State;
use sutler_app::ledger::BookEntry;
use sutler_app::public::rfc3339;
use sutler_types::ledger as wire;
use sutler_types::{Money, PageInfo};

use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Api, Call, Params, Told, page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/journal", Scope("orders:read"), "list_journal", "What orders enter into the books, double entry" => list;
    }
}

/// Oldest first, after a place: `?after=&limit=`. `next` is given at the end too, to go on there later.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let (after, limit) = (params.text("after"), params.limit());
    params.done()?;
    let found = api.app.ledger.journal(&call.caller, after.as_deref(), limit).await?;
    let info = PageInfo { next: Some(found.next), prev: None, has_more: found.has_more, total: None };
    let prefix = &api.app.settings.number_prefix;
    Ok(page::told(&call, found.entries.iter().map(|entry| body(entry, prefix)).collect(), info))
}

fn body(entry: &BookEntry, prefix: &str) -> wire::BookEntry {
    let money = |amount: i64| Money::new(amount, entry.currency.code());
    let line = |line: &sutler_domain::orders::BookLine| wire::BookLine {
        account: line.account.as_str().to_owned(),
        debit: money(line.amount.max(0)),
        credit: money(line.amount.min(0).saturating_neg()),
    };
    wire::BookEntry {
        object: "book_entry".to_owned(),
        position: entry.position.0,
        at: rfc3339(entry.at),
        order_id: entry.order_id.to_string(),
        number: format!("{prefix}{}", entry.number),
        event: entry.event.to_owned(),
        lines: entry.lines.iter().map(line).collect(),
    }
}
