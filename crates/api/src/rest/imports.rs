//! Files in: Shopify's product CSV, and by a mapping orders that were placed elsewhere, customers and stock.

mod rows;

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use bytes::Bytes;
use futures::StreamExt;
use sutler_app::transfer::mapping::MappingKind;
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
        get "/imports", Scope("orders:read"), "list_imports", "Imports of orders, the last first" => rows::list;
        post "/imports", Scope("catalog:write"), "import", "Read a file of products, of past orders, of customers or of stock" => import;
        get "/imports/{id}", Scope("orders:read"), "get_import", "How far an import is, or what became of it" => rows::show;
        get "/imports/{id}/errors.csv", Scope("orders:read"), "get_import_errors", "The rows that were not taken" => rows::errors;
    }
}

/// Bytes of a file that are still read where it is refused unseen: a client that is not done sending would take the end
/// of the connection for the answer.
const UNSEEN_BYTES_MAX: usize = 1024 * 1024;

/// Read what a client is sending, and forget it.
async fn let_arrive(body: Body) {
    let (mut pieces, mut bytes) = (body.into_data_stream(), 0_usize);
    while bytes < UNSEEN_BYTES_MAX
        && let Some(Ok(piece)) = pieces.next().await
    {
        bytes = bytes.saturating_add(piece.len());
    }
}

/// Import the file in the body; with `?dry_run=true` only judge it. With `map` or `mapping` it is what that says.
async fn import(
    State(api): State<Api>,
    call: Call,
    mut params: Params,
    headers: axum::http::HeaderMap,
    body: Body,
) -> Told {
    let asked = match rows::Asked::of(&mut params) {
        Ok(asked) => asked,
        Err(refusal) => {
            let_arrive(body).await;
            return Err(refusal);
        }
    };
    if let Some(asked) = asked {
        params.done()?;
        return match asked.mapping.kind {
            MappingKind::Products => products(&api, &call, body, asked).await,
            _ => rows::import(api, call, asked, body).await,
        };
    }
    params.word("format", &[("shopify_products", ())]);
    let dry_run = params.flag("dry_run").unwrap_or_default();
    params.done()?;
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !given.to_ascii_lowercase().starts_with("text/csv") {
        let detail = format!("Content-Type '{given}'; send the file as 'Content-Type: text/csv'");
        return Err(Problem::new(Kind::Invalid, "unsupported_media_type", detail).into());
    }
    let bytes = arrived(body).await?;
    let report =
        api.app.transfer.import_products(&call.caller, &bytes, ImportOptions { dry_run }, |_| {}).await?;
    Ok(Answer::ok(&call).json(&report_body(&report)))
}

/// Products of another shop's file, by a mapping.
async fn products(api: &Api, call: &Call, body: Body, asked: rows::Asked) -> Told {
    let bytes = arrived(body).await?;
    let sheet = asked.mapping.as_shopify(&bytes, api.app.settings.currency)?;
    let options = ImportOptions { dry_run: asked.options.dry_run };
    let report = api.app.transfer.import_products(&call.caller, &sheet, options, |_| {}).await?;
    Ok(Answer::ok(call).json(&report_body(&report)))
}

/// A whole file, within the limits of size and time.
async fn arrived(body: Body) -> Result<Bytes, Problem> {
    let file = tokio::time::timeout(ARRIVAL, collect(body, IMPORT_BYTES_MAX)).await;
    file.map_err(|_| {
        let detail = format!("the file did not arrive within {} s; send it again", ARRIVAL.as_secs());
        Problem::new(Kind::Busy, "request_timeout", detail)
    })?
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
