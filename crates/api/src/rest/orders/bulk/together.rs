//! `atomic=true`: all orders of a file in one commit, or none of them.

use std::time::Instant;

use axum::body::Body;
use sutler_app::orders::{FAILED_LINES_MAX, NotTogether, OrderRequest, PlacedLine, TOGETHER_MAX};
use sutler_app::{Kind, Problem};
use sutler_domain::Fault;
use sutler_types::bulk::{LastLine, Summary};

use super::count;
use super::lines::{Lines, Read};
use super::work::Work;
use crate::rest::ndjson::{answer, write};
use crate::rest::{Told, metrics};

/// The most bytes of orders that are placed together; they are all in memory at once.
pub const BULK_TOGETHER_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) async fn place(work: &Work, lines: Lines) -> Told {
    let begun = Instant::now();
    let (numbers, requests) = read(work, lines).await?;
    let (caller, orders) = (work.caller(), &work.api().app.orders);
    let placed = if work.is_dry_run() {
        let judged = Box::pin(orders.judge_together(&caller, &requests)).await;
        judged.map(|()| vec![None; requests.len()])
    } else {
        let placed = Box::pin(orders.place_together(&caller, &requests)).await;
        placed.map(|placed| placed.into_iter().map(Some).collect())
    };
    let placed: Vec<Option<PlacedLine>> = placed.map_err(|failed| match failed {
        NotTogether::All(problem) => problem,
        NotTogether::Lines(failed) => {
            let number = |index: usize| numbers.get(index).copied().unwrap_or_default();
            refused(work, failed.into_iter().map(|(index, problem)| (number(index), problem)).collect())
        }
    })?;
    let (mut bytes, mut summary) = (Vec::new(), Summary::default());
    for (number, placed) in numbers.into_iter().zip(placed) {
        if let Some(placed) = &placed {
            metrics::placed(if placed.replayed { "replayed" } else { "placed" });
        }
        let line = work.told(number, Ok(placed));
        count(&mut summary, &line);
        write(&mut bytes, &line);
    }
    summary.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    write(&mut bytes, &LastLine { summary });
    Ok(answer(Body::from(bytes)))
}

/// All orders of the file with the numbers of their lines, or every line that is none.
async fn read(work: &Work, mut lines: Lines) -> Result<(Vec<u64>, Vec<OrderRequest>), Problem> {
    let (mut numbers, mut requests, mut failed, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0usize);
    while let Some(read) = lines.next().await {
        match read {
            Read::Line(number, line) => {
                bytes = bytes.saturating_add(line.as_ref().map_or(0, bytes::Bytes::len));
                if numbers.len() >= TOGETHER_MAX || bytes > BULK_TOGETHER_BYTES_MAX {
                    return Err(too_many());
                }
                numbers.push(number);
                match line.and_then(|line| one(work, &line)) {
                    Ok(request) => requests.push(request),
                    Err(problem) => failed.push((number, problem)),
                }
            }
            Read::End(Some(problem)) => return Err(problem),
            Read::End(None) => {}
        }
    }
    if failed.is_empty() { Ok((numbers, requests)) } else { Err(refused(work, failed)) }
}

fn one(work: &Work, line: &[u8]) -> Result<OrderRequest, Problem> {
    let (request, key) = work.read(line)?;
    if key.is_some() {
        let detail = "orders that are placed together have one key, the header 'Idempotency-Key'";
        return Err(Problem::invalid(vec![Fault::invalid("/idempotency_key", detail)]));
    }
    Ok(request)
}

fn too_many() -> Problem {
    let detail = format!(
        "at most {TOGETHER_MAX} orders of {BULK_TOGETHER_BYTES_MAX} bytes in all are placed together; \
         send several files, or leave atomic=true out"
    );
    Problem::new(Kind::Invalid, "payload_too_large", detail)
        .fact("limit_bytes", BULK_TOGETHER_BYTES_MAX)
        .fact("limit_lines", TOGETHER_MAX)
}

/// None was placed: the first lines that failed, and how many there are.
fn refused(work: &Work, failed: Vec<(u64, Problem)>) -> Problem {
    let count = failed.len();
    let first = failed.first().map(|(number, problem)| format!("line {number}: {}", problem.detail));
    let lines = failed
        .into_iter()
        .take(FAILED_LINES_MAX)
        .map(|(number, problem)| serde_json::to_value(work.told(number, Err(problem))).unwrap_or_default());
    let lines: Vec<_> = lines.collect();
    let detail = format!("{count} lines failed, so no order was placed; {}", first.unwrap_or_default());
    Problem::new(Kind::Conflict, "lines_failed", detail).fact("failed", count).fact("lines", lines)
}
