//! Whether what is stored is true.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use sutler_app::verify::Report;
use sutler_types::verify as wire;

use crate::rest::fields::Fields;
use crate::rest::{Answer, Api, Call, MaybeDocument, Params, Told};

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/verify", post(verify))
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
