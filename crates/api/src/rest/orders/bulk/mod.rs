//! Orders of a file: a line of NDJSON for each, and a line of the answer for each line, as soon as it is known.

mod lines;
mod together;
mod work;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use futures::{Stream, StreamExt, stream};
use sutler_app::{Kind, Problem};
use sutler_types::bulk::{LastLine, Summary};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tracing::{Instrument, Span, info};

use crate::rest::ndjson::{Manner, answer, write};
use crate::rest::{Api, Call, Params, Told};

pub use lines::BULK_LINE_BYTES_MAX;
use lines::Lines;
pub use together::BULK_TOGETHER_BYTES_MAX;
use work::{Answered, Work};

/// Lines of one file that are worked on at once. As many commits of one file wait for a sync together.
pub const BULK_IN_FLIGHT_MAX: usize = 64;

/// Files that are taken in at once. With their lines in flight they are as many as all who place orders one by one may be
/// (`PLACING_MAX`), so that neither shuts the other out.
pub const BULK_FILES_MAX: usize = 4;

/// When to come again, where as many files as can be are taken in.
const FULL_RETRY_S: u64 = 5;

/// Places for files.
#[derive(Clone, Debug)]
pub(crate) struct Files(Arc<Semaphore>);

impl Default for Files {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BULK_FILES_MAX)))
    }
}

impl Files {
    fn take(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| {
            let detail = format!(
                "{BULK_FILES_MAX} files of orders are being taken in, as many as can be; try again in {FULL_RETRY_S} s"
            );
            Problem::new(Kind::Busy, "busy", detail)
                .fact("retry_after", FULL_RETRY_S)
                .fact("files_max", BULK_FILES_MAX)
        })
    }
}

/// Place the orders of a file: `?atomic=true` all of them or none, `?dry_run=true` none in any case.
pub(super) async fn place(
    State(api): State<Api>,
    call: Call,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Told {
    let Manner { atomic, dry_run } = Manner::of(params, &headers)?;
    if api.is_draining() {
        return Err(shutting_down().into());
    }
    let place = api.files.take()?;
    let lines = Lines::of(body, api.options.request_timeout, api.draining());
    let work = Work::of(api, call.caller, dry_run);
    if atomic {
        return together::place(&work, lines).await;
    }
    Ok(answer(Body::from_stream(told(work, lines, place))))
}

/// The answers, from a task of its own: an order that was begun is finished, whoever listens. A client that does not read
/// what it is told is not read from either, and is let go in the end.
fn told(
    work: Arc<Work>,
    lines: Lines,
    place: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    let (tell, mut heard) = mpsc::channel(1);
    let (span, patience) = (Span::current(), work.patience());
    let telling = async move {
        let _place = place;
        tell_all(&work, lines, &tell, patience).await;
    };
    tokio::spawn(telling.instrument(span));
    stream::poll_fn(move |context| heard.poll_recv(context).map(|bytes| bytes.map(Ok)))
}

async fn tell_all(work: &Arc<Work>, lines: Lines, tell: &mpsc::Sender<Bytes>, patience: Duration) {
    let (begun, mut summary) = (Instant::now(), Summary::default());
    let read = stream::unfold(lines, async |mut lines| Some((lines.next().await?, lines)));
    // Each line is a task: it goes on while the ones before it are told, and ends whatever becomes of the client.
    let answers = read
        .map(|read| {
            let work = Arc::clone(work);
            tokio::spawn(async move { work.answer(read).await }.in_current_span())
        })
        .buffered(BULK_IN_FLIGHT_MAX)
        .ready_chunks(BULK_IN_FLIGHT_MAX);
    let mut answers = std::pin::pin!(answers);
    while let Some(ready) = answers.next().await {
        let mut bytes = Vec::with_capacity(ready.len().saturating_mul(128));
        for answered in ready {
            let Ok(answered) = answered else {
                // A line that broke the program was not answered; nor is anything behind it.
                tracing::error!(after_line = summary.lines, "bulk_line_broke");
                return;
            };
            match answered {
                Answered::Line(line) => {
                    count(&mut summary, &line);
                    write(&mut bytes, &line);
                }
                Answered::End(problem) => summary.problem = problem,
            }
        }
        if !bytes.is_empty() && tell.send_timeout(bytes.into(), patience).await.is_err() {
            info!(lines = summary.lines, placed = summary.placed, "bulk_orders_abandoned");
            return;
        }
    }
    summary.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    info!(
        lines = summary.lines,
        placed = summary.placed,
        replayed = summary.replayed,
        failed = summary.failed,
        duration_ms = summary.took_ms,
        "bulk_orders"
    );
    let mut bytes = Vec::new();
    write(&mut bytes, &LastLine { summary });
    // Who has gone meanwhile has been told all but this.
    _ = tell.send_timeout(bytes.into(), patience).await;
}

fn count(summary: &mut Summary, line: &sutler_types::bulk::LineAnswer) {
    summary.lines = summary.lines.saturating_add(1);
    let of = match (&line.problem, line.replayed) {
        (Some(_), _) => &mut summary.failed,
        (None, true) => &mut summary.replayed,
        (None, false) => &mut summary.placed,
    };
    *of = of.saturating_add(1);
}

fn shutting_down() -> Problem {
    let detail =
        "this server is shutting down; send the lines that were not answered again, to it or another";
    Problem::new(Kind::Busy, "shutting_down", detail)
}
