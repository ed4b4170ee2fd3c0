//! Orders of a file, placed as they are read.

use std::io::Read;

use bytes::Bytes;
use futures::stream;
use sutler_client::types::bulk::{LineAnswer, Summary};
use sutler_client::{Body, Call, Told};
use tokio::sync::mpsc;

use crate::connect::Context;
use crate::console::{Exit, Failure};

/// What is read of a file at once, and how many such parts may wait to be sent.
const PART_BYTES: usize = 64 * 1024;
const PARTS_MAX: usize = 4;

/// Failed lines shown to people; `--json` has all of them.
const SHOWN_MAX: u64 = 20;

/// How the orders of a file are to be placed.
pub(super) struct Wanted {
    pub(super) file: String,
    pub(super) atomic: bool,
    pub(super) dry_run: bool,
}

pub(super) async fn place(wanted: &Wanted, context: &Context) -> Result<(), Failure> {
    let mut call = Call::post("/orders/bulk");
    for (name, is_wanted) in [("atomic", wanted.atomic), ("dry_run", wanted.dry_run)] {
        if is_wanted {
            call = call.query(name, "true");
        }
    }
    if let Some(key) = &context.globals.idempotency_key {
        call = call.idempotency_key(key);
    }
    let body = Body::wrap_stream(parts(&wanted.file)?);
    let client = context.client()?;
    let explained = |error| context.explained(error).next(again(wanted, context));
    let mut answers = client.place_file(call, body).await.map_err(explained)?;
    let mut failed = 0u64;
    while let Some(told) = answers.next().await.map_err(explained)? {
        match told {
            Told::Line(line) => {
                failed = failed.saturating_add(u64::from(line.problem.is_some()));
                tell(&line, failed, context)?;
            }
            Told::End(summary) => return end(&summary, wanted, context),
        }
    }
    Ok(())
}

/// The file in parts, read no faster than they are sent.
fn parts(
    file: &str,
) -> Result<impl futures::Stream<Item = std::io::Result<Bytes>> + Send + 'static, Failure> {
    let mut source: Box<dyn Read + Send> = match file {
        "-" => Box::new(std::io::stdin()),
        path => Box::new(
            std::fs::File::open(path)
                .map_err(|error| Failure::usage(format!("cannot read {path} ({error})")))?,
        ),
    };
    let (send, mut parts) = mpsc::channel(PARTS_MAX);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut part = vec![0; PART_BYTES];
            let part = source.read(&mut part).map(|length| {
                part.truncate(length);
                Bytes::from(part)
            });
            let is_last = part.as_ref().map_or(true, Bytes::is_empty);
            if part.as_ref().is_ok_and(Bytes::is_empty) || send.blocking_send(part).is_err() || is_last {
                break;
            }
        }
    });
    Ok(stream::poll_fn(move |waits| parts.poll_recv(waits)))
}

fn tell(line: &LineAnswer, failed: u64, context: &Context) -> Result<(), Failure> {
    if !context.output.is_for_people() {
        let text = serde_json::to_string(line).unwrap_or_default();
        return context.output.line(text);
    }
    let Some(problem) = line.problem.as_ref().filter(|_| failed <= SHOWN_MAX) else { return Ok(()) };
    let at = problem.errors.first().map(|fault| fault.pointer.as_str()).unwrap_or_default();
    context.output.line(format!("  ✗ line {}  {}  {at}  {}", line.line, problem.code, problem.detail))
}

fn end(summary: &Summary, wanted: &Wanted, context: &Context) -> Result<(), Failure> {
    let Summary { lines, placed, replayed, failed, took_ms, .. } = summary;
    if context.output.is_for_people() {
        let would = if wanted.dry_run { "would be placed" } else { "placed" };
        let text = format!(
            "  {lines} lines   {placed} {would}   {replayed} known before   {failed} failed   {took_ms} ms"
        );
        context.output.line(text)?;
    } else {
        let text = serde_json::to_string(&serde_json::json!({"summary": summary})).unwrap_or_default();
        context.output.line(text)?;
    }
    if let Some(problem) = &summary.problem {
        let what = format!("the server stopped after {lines} lines: {}", problem.detail);
        return Err(Failure::new(Exit::Unreachable, what).next(again(wanted, context)));
    }
    if *failed > 0 { Err(Failure::told(Exit::Partly)) } else { Ok(()) }
}

/// How the rest of the file is placed, and nothing of it twice.
fn again(wanted: &Wanted, context: &Context) -> String {
    let Wanted { file, .. } = wanted;
    match &context.globals.idempotency_key {
        Some(key) => format!(
            "nothing is placed twice under the same key:  sutler orders create --bulk {file} --idempotency-key {key}"
        ),
        None => {
            "send the file again only if every line has a 'reference' or an 'idempotency_key', or with the \
                 --idempotency-key that it was sent with"
                .to_owned()
        }
    }
}
