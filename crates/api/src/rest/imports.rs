//! Files in: Shopify's product CSV.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use sutler_app::transfer::{ImportOptions, Report, errors_csv};
use sutler_app::{Kind, Problem};
use sutler_types::catalog as wire;

use super::body::collect;
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::{Answer, Api, Call, Params, Told};

/// The largest file, in bytes.
pub const IMPORT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long a file may take to arrive.
const ARRIVAL: Duration = Duration::from_mins(5);

pub(super) fn routes() -> Operations {
    operations! {
        post "/imports", Scope("catalog:write"), "import", "Read a file into the catalog" => import;
    }
}

/// Import the file in the body; with `?dry_run=true` only judge it.
async fn import(
    State(api): State<Api>,
    call: Call,
    mut params: Params,
    headers: axum::http::HeaderMap,
    body: Body,
) -> Told {
    params.word("format", &[("shopify_products", ())]);
    let dry_run = params.flag("dry_run").unwrap_or_default();
    params.done()?;
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !given.to_ascii_lowercase().starts_with("text/csv") {
        let detail = format!("Content-Type '{given}'; send the file as 'Content-Type: text/csv'");
        return Err(Problem::new(Kind::Invalid, "unsupported_media_type", detail).into());
    }
    let file = tokio::time::timeout(ARRIVAL, collect(body, IMPORT_BYTES_MAX)).await;
    let bytes = file.map_err(|_| {
        let detail = format!("the file did not arrive within {} s; send it again", ARRIVAL.as_secs());
        Problem::new(Kind::Busy, "request_timeout", detail)
    })??;
    let report =
        api.app.transfer.import_products(&call.caller, &bytes, ImportOptions { dry_run }, |_| {}).await?;
    Ok(Answer::ok(&call).json(&report_body(&report)))
}

fn report_body(report: &Report) -> wire::ImportReport {
    let error = |error: &sutler_app::transfer::RowError| wire::RowError {
        row: error.row,
        handle: error.handle.clone(),
        code: error.code.to_owned(),
        message: error.message.clone(),
    };
    let warning = |warning: &sutler_app::transfer::RowWarning| wire::RowWarning {
        row: warning.row,
        handle: warning.handle.clone(),
        message: warning.message.clone(),
    };
    let mend = (!report.errors.is_empty()).then(|| String::from_utf8_lossy(&errors_csv(report)).into_owned());
    wire::ImportReport {
        object: "import_report".to_owned(),
        dry_run: report.dry_run,
        rows: report.rows,
        products_created: report.products_created,
        products_updated: report.products_updated,
        products_unchanged: report.products_unchanged,
        variants: report.variants,
        images: report.images,
        errors: report.errors.iter().map(error).collect(),
        warnings: report.warnings.iter().map(warning).collect(),
        errors_csv: mend,
    }
}
