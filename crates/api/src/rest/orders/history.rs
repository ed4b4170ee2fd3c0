//! What happened to an order, and why it is as it is.

use axum::extract::{Path, State};
use sutler_app::orders::{TimelineEntry, TimelineKind};
use sutler_app::public::rfc3339;
use sutler_types::order as wire;
use sutler_types::page::List;

use super::{order_name, shape};
use crate::rest::{Answer, Api, Call, Params, Told};

/// The notes, oldest first.
pub(super) async fn notes(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
) -> Told {
    params.done()?;
    let name = order_name(&id, &api.app.settings)?;
    let notes = api.app.orders.notes(&call.caller, &name).await?;
    Ok(Answer::ok(&call).json(&List { data: notes.iter().map(shape::note_body).collect() }))
}

/// Events and notes, oldest first.
pub(super) async fn timeline(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
) -> Told {
    params.done()?;
    let name = order_name(&id, &api.app.settings)?;
    let entries = api.app.orders.timeline(&call.caller, &name).await?;
    Ok(Answer::ok(&call).json(&List { data: entries.iter().map(entry_body).collect() }))
}

pub(crate) fn entry_body(entry: &TimelineEntry) -> wire::TimelineEntry {
    let plain = wire::TimelineEntry {
        at: rfc3339(entry.at),
        kind: "note".to_owned(),
        title: "note".to_owned(),
        actor: entry.actor.clone(),
        event_type: None,
        event_id: None,
        version: None,
        causation: None,
        note: None,
    };
    match &entry.kind {
        TimelineKind::Note(note) => wire::TimelineEntry { note: Some(shape::note_body(note)), ..plain },
        TimelineKind::Event { title, event } => wire::TimelineEntry {
            kind: "event".to_owned(),
            title: title.clone(),
            event_type: Some(title.clone()).filter(|title| title.contains('.')),
            event_id: Some(event.event_id.to_string()),
            version: Some(event.version.0),
            causation: event.causation.clone(),
            ..plain
        },
    }
}

/// The public events of the order's stream, oldest first.
pub(super) async fn events(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
) -> Told {
    params.done()?;
    let name = order_name(&id, &api.app.settings)?;
    let events = api.app.orders.events(&call.caller, &name).await?;
    Ok(Answer::ok(&call).json(&List { data: events }))
}

/// A check on the wire.
pub(crate) fn check_body(check: &sutler_domain::orders::Check) -> wire::Check {
    wire::Check {
        check: check.check.to_owned(),
        pass: check.pass,
        detail: check.detail.clone(),
        fix: check.fix.clone(),
    }
}

/// Checks with pass or fail, and the fix.
pub(super) async fn explain(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
) -> Told {
    params.done()?;
    let name = order_name(&id, &api.app.settings)?;
    let (view, checks) = api.app.orders.explain(&call.caller, &name).await?;
    let body = wire::Explanation {
        order_id: view.order.order_id.to_string(),
        object: "explanation".to_owned(),
        status: view.order.status.as_str().to_owned(),
        checks: checks.iter().map(check_body).collect(),
        next_actions: shape::actions_body(&view.order, &call.caller),
    };
    Ok(Answer::ok(&call).version(view.version).json(&body))
}
