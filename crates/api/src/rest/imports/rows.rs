//! Files that are read row by row: orders that were placed elsewhere, customers, stock. The file is put aside as it
//! arrives, since it is read twice; then what the import says is sent line by line, and whoever hangs up stops it.

use std::io;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use futures::{StreamExt, stream};
use sutler_app::transfer::mapping::{Mapping, MappingKind, SHIPPED, shipped};
use sutler_app::transfer::{
    ImportError, ImportOptions, ImportRecord, ImportTold, PastOptions, PastReport, RowsReport, Witness,
    import_errors_csv, import_id,
};
use sutler_app::{Kind, Problem};
use sutler_domain::{Fault, ImportId};
use sutler_types::import::{Import, ImportLine, ImportTally, Imports, OrderImportReport, RowImportReport};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::rest::problem::body_alone;
use crate::rest::{Answer, Api, Call, Params, Refusal, Told};

/// The largest file that is read row by row, in bytes.
pub(super) const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of a mapping in a query.
const MAPPING_BYTES_MAX: usize = 16 * 1024;
/// Pieces of an answer that wait for a slow reader.
const PIECES_WAITING: usize = 16;

/// What is to be done with a file that a mapping reads.
pub(super) struct Asked {
    pub(super) mapping: Mapping,
    pub(super) options: PastOptions,
}

impl Asked {
    /// What the query asks for; `None` when it names no mapping.
    pub(super) fn of(params: &mut Params) -> Result<Option<Self>, Refusal> {
        let (name, text) = (params.text("map"), params.text("mapping"));
        let mapping = match (name, text) {
            (None, None) => return Ok(None),
            (name, Some(text)) if text.len() <= MAPPING_BYTES_MAX => {
                Mapping::parse(name.as_deref().unwrap_or("mapping"), &text)?
            }
            (_, Some(_)) => {
                let detail = format!("'mapping' is longer than {MAPPING_BYTES_MAX} bytes");
                return Err(Problem::invalid(vec![Fault::invalid("/mapping", detail)]).into());
            }
            (Some(name), None) => shipped(&name).ok_or_else(|| unknown(&name))?,
        };
        let dry_run = params.flag("dry_run").unwrap_or_default();
        let again = params.flag("again").unwrap_or_default();
        Ok(Some(Self { mapping, options: PastOptions { dry_run, again } }))
    }
}

fn unknown(name: &str) -> Problem {
    let known: Vec<&str> = SHIPPED.iter().map(|(known, _)| *known).collect();
    let name: String = name.chars().take(80).collect();
    let detail = format!(
        "there is no mapping '{name}'; those that come along are {}; send another one's text as 'mapping'",
        known.join(", ")
    );
    Problem::invalid(vec![Fault::invalid("/map", detail)])
}

/// What is sent: a line, or why nothing ever was.
enum Said {
    Piece(Bytes),
    Failed(Problem),
}

/// Import the file in the body. Lines of JSON tell how it goes; the last one is the report.
pub(super) async fn import(api: Api, call: Call, asked: Asked, body: Body) -> Told {
    let file = put_aside(body).await?;
    let (sender, mut said) = mpsc::channel(PIECES_WAITING);
    tokio::spawn(run(api, call, asked, file, sender));
    // Whatever is wrong with the file as a whole is known before the first line.
    let first = match said.recv().await {
        Some(Said::Piece(piece)) => piece,
        Some(Said::Failed(problem)) => return Err(problem.into()),
        None => return Err(Problem::internal(&"an import ended without a word").into()),
    };
    let rest = stream::unfold(said, |mut said| async move {
        match said.recv().await? {
            Said::Piece(piece) => Some((piece, said)),
            Said::Failed(_) => None,
        }
    });
    let pieces = stream::iter([first]).chain(rest).map(Ok::<_, std::convert::Infallible>);
    let mut response = Body::from_stream(pieces).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Write a body into a file that has no name and goes with its last reader.
async fn put_aside(body: Body) -> Result<std::fs::File, Problem> {
    let failed = |error: io::Error| {
        let detail =
            format!("the file cannot be put aside on this server ({error}); make room and send it again");
        Problem::new(Kind::Busy, "unavailable", detail)
    };
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().map_err(failed)?);
    let mut pieces = body.into_data_stream();
    let mut bytes = 0u64;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| {
            Problem::new(Kind::Invalid, "malformed_json", "the body broke off before its end; send it again")
        })?;
        bytes = bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if bytes > FILE_BYTES_MAX {
            let detail = format!("the file is larger than {FILE_BYTES_MAX} bytes; import it in parts");
            return Err(Problem::new(Kind::Invalid, "payload_too_large", detail));
        }
        file.write_all(&piece).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    Ok(file.into_std().await)
}

async fn run(api: Api, call: Call, asked: Asked, file: std::fs::File, sender: mpsc::Sender<Said>) {
    let mut lines = Lines { sender, waiting: Vec::new(), began: false };
    let done = report(&api, &call, &asked, &file, &mut lines).await;
    match done {
        Ok(report) => {
            lines.say(&report);
            lines.send().await;
        }
        Err(problem) if lines.began => {
            lines.say(&ImportLine::Problem { problem: Box::new(body_alone(&problem)) });
            lines.send().await;
        }
        Err(problem) => _ = lines.sender.send(Said::Failed(problem)).await,
    }
}

/// Read the file, and tell what became of it as the last line.
async fn report(
    api: &Api,
    call: &Call,
    Asked { mapping, options }: &Asked,
    file: &std::fs::File,
    lines: &mut Lines,
) -> Result<ImportLine, Problem> {
    let transfer = &api.app.transfer;
    if mapping.kind == MappingKind::Orders {
        let report = transfer.import_past(&call.caller, file, mapping, *options, lines).await?;
        let id = import_id(&report.sha256, &mapping.name);
        let import_id = (!options.dry_run).then(|| id.to_string());
        return Ok(ImportLine::Report { import_id, report: Box::new(report_body(&report)) });
    }
    let options = ImportOptions { dry_run: options.dry_run };
    let report = transfer.import_rows(&call.caller, file, mapping, options, lines).await?;
    Ok(ImportLine::Rows { report: Box::new(rows_body(report)) })
}

/// What an import says, as lines of JSON on their way to a reader.
struct Lines {
    sender: mpsc::Sender<Said>,
    waiting: Vec<u8>,
    began: bool,
}

impl Lines {
    fn say(&mut self, line: &ImportLine) {
        self.began = true;
        // A line is plain data with string keys, which always has a JSON form.
        self.waiting.extend(serde_json::to_vec(line).unwrap_or_default());
        self.waiting.push(b'\n');
    }

    /// Send what waits; whether somebody takes it.
    async fn send(&mut self) -> bool {
        if self.waiting.is_empty() {
            return !self.sender.is_closed();
        }
        let piece = Bytes::from(std::mem::take(&mut self.waiting));
        self.sender.send(Said::Piece(piece)).await.is_ok()
    }
}

#[async_trait]
impl Witness for Lines {
    fn hear(&mut self, told: ImportTold<'_>) {
        let line = match told {
            ImportTold::Columns(columns) => ImportLine::Columns { columns: columns.to_vec() },
            ImportTold::Progress { done, total, skipped } => ImportLine::Progress { done, total, skipped },
            ImportTold::Error(ImportError { row, cells, code, message }) => ImportLine::Error {
                row: *row,
                cells: cells.clone(),
                code: code.clone(),
                message: message.clone(),
            },
            ImportTold::Warning { row, code, message } => {
                ImportLine::Warning { row, code: code.to_owned(), message: message.to_owned() }
            }
        };
        self.say(&line);
    }

    async fn is_listening(&mut self) -> bool {
        self.send().await
    }
}

pub(super) async fn list(State(api): State<Api>, call: Call, params: Params) -> Told {
    params.done()?;
    let imports = api.app.transfer.imports(&call.caller).await?;
    let data = imports.iter().map(import_body).collect();
    Ok(Answer::ok(&call).json(&Imports { object: "list".to_owned(), data }))
}

pub(super) async fn show(State(api): State<Api>, Path(id): Path<String>, call: Call, params: Params) -> Told {
    params.done()?;
    let import = known(&api, &call, &id).await?;
    Ok(Answer::ok(&call).json(&import_body(&import)))
}

/// The rows that were not taken, as a file to be mended: the first of them, when there are very many.
pub(super) async fn errors(
    State(api): State<Api>,
    Path(id): Path<String>,
    call: Call,
    params: Params,
) -> Told {
    params.done()?;
    let import = known(&api, &call, &id).await?;
    let csv = import_errors_csv(&import.columns, &import.errors);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"errors.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, csv).into_response())
}

async fn known(api: &Api, call: &Call, id: &str) -> Result<ImportRecord, Problem> {
    let shown = || id.chars().take(80).collect::<String>();
    let id = ImportId::parse(id).map_err(|_| Problem::not_found("import", shown()))?;
    api.app.transfer.import(&call.caller, &id).await
}

fn import_body(import: &ImportRecord) -> Import {
    let status = if import.report.is_some() { "completed" } else { "stopped" };
    Import {
        import_id: import.import_id.to_string(),
        object: "import".to_owned(),
        sha256: import.sha256.clone(),
        mapping: import.mapping.clone(),
        status: status.to_owned(),
        row: import.row,
        updated_at: import.updated_at.to_string(),
        report: import.report.as_ref().map(report_body),
    }
}

fn report_body(report: &PastReport) -> OrderImportReport {
    let tally = |tally: &sutler_app::transfer::Tally| ImportTally {
        rows: tally.rows,
        quantity: tally.quantity,
        amount: tally.amount.clone(),
    };
    OrderImportReport {
        dry_run: report.dry_run,
        sha256: report.sha256.clone(),
        rows: report.rows,
        resumed_after: report.resumed_after,
        orders: report.orders,
        orders_new: report.orders_new,
        taken: tally(&report.taken),
        canceled: tally(&report.canceled),
        refunds_new: report.refunds_new,
        written_off: tally(&report.written_off),
        skipped: report.skipped.iter().map(|(code, one)| (code.clone(), tally(one))).collect(),
        warnings: report.warnings,
    }
}

fn rows_body(report: RowsReport) -> RowImportReport {
    RowImportReport {
        of: report.of.noun().to_owned(),
        dry_run: report.dry_run,
        sha256: report.sha256,
        rows: report.rows,
        created: report.created,
        updated: report.updated,
        unchanged: report.unchanged,
        empty: report.empty,
        skipped: report.skipped,
        warnings: report.warnings,
    }
}
