//! Whether what is stored is true.

use axum::extract::{Path, State};
use sutler_app::public::rfc3339;
use sutler_app::verify::{Replay, Report, Step};
use sutler_types::verify as wire;

use crate::rest::fields::Fields;
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::orders::order_name;
use crate::rest::{Answer, Api, Call, MaybeDocument, Params, Told, metrics};

pub(super) fn routes() -> Operations {
    operations! {
        post "/verify", Scope("*"), "verify", "Compute everything anew from the log, and compare" => verify;
        get "/orders/{id}/replay", Scope("orders:read"), "replay_order", "Fold an order from its events" => replay;
    }
}

/// Changes nothing; it is a POST because it costs more than a read.
async fn verify(
    State(api): State<Api>,
    call: Call,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let report = api.app.verify.all(&call.caller).await?;
    metrics::verified(report.is_clean());
    Ok(Answer::ok(&call).json(&report_body(&report)))
}

/// A report on the wire; the command line writes the same.
pub fn report_body(report: &Report) -> wire::Verification {
    let checked = report.checked.iter().map(|checked| wire::Checked {
        check: checked.check.as_str().to_owned(),
        count: checked.count,
        differences: checked.differences,
        description: checked.check.promise().to_owned(),
    });
    let differences = report.differences.iter().map(|difference| wire::Difference {
        check: difference.check.as_str().to_owned(),
        place: difference.place.clone(),
        stream: difference.stream.as_ref().map(ToString::to_string),
        position: difference.position.map(|position| position.0),
        cause: difference.cause.clone(),
    });
    let listed = u64::try_from(report.differences.len()).unwrap_or(u64::MAX);
    wire::Verification {
        object: "verification".to_owned(),
        clean: report.is_clean(),
        position: report.position.0,
        checked: checked.collect(),
        differences_total: listed.saturating_add(report.unlisted),
        differences: differences.collect(),
    }
}

/// Every step of an order, and whether the stored one is the last of them.
async fn replay(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let name = order_name(&id, &api.app.settings)?;
    let replay = api.app.verify.replay(&call.caller, &name).await?;
    Ok(Answer::ok(&call).json(&replay_body(&replay, &api.app.settings.number_prefix)))
}

fn replay_body(replay: &Replay, prefix: &str) -> wire::Replay {
    wire::Replay {
        object: "replay".to_owned(),
        order_id: replay.order_id.to_string(),
        number: format!("{prefix}{}", replay.number),
        clean: replay.differences.is_empty(),
        version: replay.stored.0,
        steps: replay.steps.iter().map(step_body).collect(),
        differences: replay.differences.clone(),
    }
}

fn step_body(step: &Step) -> wire::Step {
    let changes = step.changes.iter().map(|change| wire::FieldChange {
        field: change.field.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
    });
    wire::Step {
        version: step.version.0,
        position: step.position.0,
        event: step.event.clone(),
        at: rfc3339(step.at),
        status: step.status.as_str().to_owned(),
        payment_status: step.payment_status.as_str().to_owned(),
        fulfillment_status: step.fulfillment_status.as_str().to_owned(),
        changes: changes.collect(),
    }
}
