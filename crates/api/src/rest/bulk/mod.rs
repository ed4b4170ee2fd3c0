//! Changes of products, variants and stock in a file: a line of NDJSON for each, and a line of the answer for each line.

mod line;
mod told;

use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use futures::{Stream, stream};
use sutler_app::bulk::{Ask, CHANGES_MAX, Done, Plan};
use sutler_app::orders::{FAILED_LINES_MAX, NotTogether};
use sutler_app::{Caller, Kind, Problem};
use sutler_types::bulk::{ChangeSummary, LastChange};

use super::body::in_time;
use super::ndjson::{Manner, answer, write};
use super::operation::Needs::Key;
use super::operation::{Operations, operations};
use super::{Api, Call, Params, Told};
use line::{Line, in_body};
use told::Tell;

/// The most bytes of a file of changes.
pub const BULK_BYTES_MAX: usize = 5 * 1024 * 1024;

pub(super) fn routes() -> Operations {
    operations! {
        post "/bulk", Key, "change_many", "Change products, variants and stock, a line each" => change;
    }
}

/// Do what each line says: `?atomic=true` all of it in one commit or nothing, `?dry_run=true` nothing in any case. Each
/// line needs the scope that the same change needs alone.
async fn change(State(api): State<Api>, call: Call, params: Params, headers: HeaderMap, body: Body) -> Told {
    let Manner { atomic, dry_run } = Manner::of(params, &headers)?;
    let lines = cut(&in_time(body, BULK_BYTES_MAX, &api).await?, &api)?;
    let caller = Caller { shape: String::new(), wait_s: 0, if_match: None, ..call.caller };
    let tell = Tell::of(&api, &caller);
    if atomic {
        return together(&api, &caller, &tell, lines, dry_run).await;
    }
    Ok(answer(Body::from_stream(one_by_one(api, caller, tell, lines, dry_run))))
}

/// The lines of a file; blank ones are counted and passed over.
fn cut(text: &[u8], api: &Api) -> Result<Vec<Line>, Problem> {
    let lines = (1..).zip(text.split(|byte| *byte == b'\n'));
    let said = lines.filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace));
    let lines: Vec<Line> =
        said.take(CHANGES_MAX + 1).map(|(number, line)| Line::read(number, line, api)).collect();
    if lines.len() <= CHANGES_MAX {
        return Ok(lines);
    }
    let detail =
        format!("more than {CHANGES_MAX} lines; send several files, or a file of products to POST /imports");
    Err(Problem::new(Kind::Invalid, "payload_too_large", detail).fact("limit_lines", CHANGES_MAX))
}

/// The lines one after the other, each answered before the next is begun: what a line changes, those after it see. Who goes
/// away has nothing done that was not begun.
fn one_by_one(
    api: Api,
    caller: Caller,
    tell: Tell,
    lines: Vec<Line>,
    dry_run: bool,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    let plan = dry_run.then(|| api.app.bulk.plan(&caller));
    let file = File { api, caller, tell, plan, summary: ChangeSummary::default(), begun: Instant::now() };
    stream::unfold((file, Some(lines.into_iter())), async |(mut file, lines)| {
        let mut lines = lines?;
        match lines.next() {
            Some(line) => Some((Ok(file.line(line).await), (file, Some(lines)))),
            None => Some((Ok(file.last()), (file, None))),
        }
    })
}

/// A file whose lines are done one by one.
struct File {
    api: Api,
    caller: Caller,
    tell: Tell,
    plan: Option<Plan>,
    summary: ChangeSummary,
    begun: Instant,
}

impl File {
    async fn line(&mut self, line: Line) -> Bytes {
        let is_skipped = self.api.is_draining();
        let done = match line.ask {
            _ if is_skipped => Err(shutting_down()),
            Err(problem) => Err(problem),
            Ok(ask) => self.done(line.number, &ask).await,
        };
        let count = match &done {
            Ok(_) => &mut self.summary.ok,
            Err(_) if is_skipped => &mut self.summary.skipped,
            Err(_) => &mut self.summary.failed,
        };
        *count = count.saturating_add(1);
        bytes_of(&self.tell.line(line.number, line.key, done))
    }

    async fn done(&mut self, number: u64, ask: &Ask) -> Result<Done, Problem> {
        if let Some(plan) = &mut self.plan {
            return plan.add(ask).await.map_err(in_body);
        }
        let key = self.caller.idempotency_key.as_ref().map(|key| format!("{key}/{number}"));
        let caller = Caller { idempotency_key: key, ..self.caller.clone() };
        Box::pin(self.api.app.bulk.one(&caller, ask)).await.map_err(in_body)
    }

    fn last(&mut self) -> Bytes {
        self.summary.took_ms = told::took_ms(self.begun);
        bytes_of(&LastChange { summary: self.summary.clone() })
    }
}

/// All lines in one commit, or none of them.
async fn together(api: &Api, caller: &Caller, tell: &Tell, lines: Vec<Line>, dry_run: bool) -> Told {
    let (begun, mut asks, mut names, mut failed) = (Instant::now(), Vec::new(), Vec::new(), Vec::new());
    for line in lines {
        match line.ask {
            Ok(ask) => asks.push(ask),
            Err(problem) => failed.push((names.len(), problem)),
        }
        names.push((line.number, line.key));
    }
    if !failed.is_empty() {
        return Err(refused(tell, &names, failed).into());
    }
    let done = if dry_run {
        planned(api, caller, &asks).await
    } else {
        Box::pin(api.app.bulk.together(caller, &asks)).await
    };
    let done = done.map_err(|failed| match failed {
        NotTogether::All(problem) => problem,
        NotTogether::Lines(failed) => {
            let failed = failed.into_iter().map(|(index, problem)| (index, in_body(problem)));
            refused(tell, &names, failed.collect())
        }
    })?;
    let (mut bytes, mut summary) = (Vec::new(), ChangeSummary::default());
    for ((number, key), done) in names.into_iter().zip(done) {
        summary.ok = summary.ok.saturating_add(1);
        write(&mut bytes, &tell.line(number, key, Ok(done)));
    }
    summary.took_ms = told::took_ms(begun);
    write(&mut bytes, &LastChange { summary });
    Ok(answer(Body::from(bytes)))
}

async fn planned(api: &Api, caller: &Caller, asks: &[Ask]) -> Result<Vec<Done>, NotTogether> {
    let (mut plan, mut done, mut failed) = (api.app.bulk.plan(caller), Vec::new(), Vec::new());
    for (index, ask) in asks.iter().enumerate() {
        match plan.add(ask).await {
            Ok(one) => done.push(one),
            Err(problem) => failed.push((index, problem)),
        }
    }
    if failed.is_empty() { Ok(done) } else { Err(NotTogether::Lines(failed)) }
}

/// Nothing was changed: the first lines that failed, and how many there are.
fn refused(tell: &Tell, names: &[(u64, Option<String>)], failed: Vec<(usize, Problem)>) -> Problem {
    let count = failed.len();
    let lines = failed.into_iter().take(FAILED_LINES_MAX).filter_map(|(index, problem)| {
        let (number, key) = names.get(index)?.clone();
        Some((format!("line {number}: {}", problem.detail), tell.line(number, key, Err(problem))))
    });
    let (details, lines): (Vec<String>, Vec<_>) = lines.unzip();
    let lines: Vec<_> = lines.iter().map(|line| serde_json::to_value(line).unwrap_or_default()).collect();
    let first = details.into_iter().next().unwrap_or_default();
    let detail = format!("{count} lines failed, so nothing was changed; {first}");
    Problem::new(Kind::Conflict, "lines_failed", detail).fact("failed", count).fact("lines", lines)
}

fn bytes_of(line: &impl serde::Serialize) -> Bytes {
    let mut bytes = Vec::new();
    write(&mut bytes, line);
    bytes.into()
}

fn shutting_down() -> Problem {
    let detail = "this server is shutting down; send the lines from here on again, to it or another";
    Problem::new(Kind::Busy, "shutting_down", detail)
}
