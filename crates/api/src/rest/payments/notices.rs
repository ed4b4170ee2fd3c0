//! What gateways say by themselves, and their books beside ours.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;
use sutler_app::payments::{Difference, Moved, Noticed, Reconciliation};
use sutler_types::{Money, payment as wire};

use crate::rest::operation::Needs::{Nothing, Scope};
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, Params, Told, json};

/// How far back a comparison looks when nobody says.
const REACH: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 30);

/// Open to everybody: the signature says who speaks.
pub(crate) fn open_routes() -> Operations {
    operations! {
        post "/gateways/{gateway}/webhook", Nothing, "notify_gateway", "What a gateway says by itself" => notified;
    }
}

pub(super) fn routes() -> Operations {
    operations! {
        get "/gateways/{gateway}/reconciliation", Scope("orders:read"), "reconcile_gateway", "The books of a gateway beside ours" => reconcile;
    }
}

/// 200 for whatever is signed, also what is repeated or about nothing of ours: the gateway is to stop sending it. The
/// body is read as bytes, since the signature is over these.
async fn notified(
    State(api): State<Api>,
    Path(gateway): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Told {
    let header = api.app.payments.notice_header(&gateway)?;
    let signature = headers.get(header).and_then(|value| value.to_str().ok());
    let noticed = api.app.payments.notified(&gateway, signature, &body).await?;
    let word = match noticed {
        Noticed::Taken(_) => "taken",
        Noticed::Repeated => "repeated",
        Noticed::NotOurs => "not_ours",
    };
    metrics::counter!("sutler_gateway_notices_total", "gateway" => gateway, "outcome" => word).increment(1);
    let body = wire::Noticed { object: "notice".to_owned(), outcome: word.to_owned() };
    Ok((StatusCode::OK, [("content-type", "application/json")], json(&body)).into_response())
}

/// A stretch of the comparison: `?since=&after=`; without `since`, payments of the last thirty days.
async fn reconcile(
    State(api): State<Api>,
    call: Call,
    Path(gateway): Path<String>,
    mut params: Params,
) -> Told {
    let (since, after) = (params.time("since"), params.text("after"));
    params.done()?;
    let since = since
        .unwrap_or_else(|| api.app.ports.clock.now().saturating_sub(REACH).unwrap_or(jiff::Timestamp::MIN));
    let found = api.app.payments.reconcile(&call.caller, &gateway, since, after.as_deref()).await?;
    Ok(Answer::ok(&call).json(&reconciliation_body(&found)))
}

fn reconciliation_body(found: &Reconciliation) -> wire::Reconciliation {
    wire::Reconciliation {
        object: "reconciliation".to_owned(),
        checked: found.checked,
        in_flight: found.in_flight,
        foreign: found.foreign,
        differences: found.differences.iter().map(difference_body).collect(),
        next: found.next.clone(),
    }
}

fn difference_body(difference: &Difference) -> wire::BooksDifference {
    let moved = |moved: &Option<Moved>| {
        moved.map(|moved| wire::Moved {
            taken: Money::new(moved.taken, moved.currency.code()),
            given_back: Money::new(moved.given_back, moved.currency.code()),
        })
    };
    wire::BooksDifference {
        kind: difference.kind.as_str().to_owned(),
        payment_id: difference.payment_id.to_string(),
        order_id: difference.order_id.as_ref().map(ToString::to_string),
        transaction_id: difference.transaction_id.clone(),
        theirs: moved(&difference.theirs),
        ours: moved(&difference.ours),
    }
}
