//! `sutler status`: is it there, and how is it.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use sutler_client::{Call, Client, Retries};

use crate::connect::Context;
use crate::console::{Exit, Failure, Format, Paint, field, text};

/// How long a server may take to say that it is well.
const PATIENCE: Duration = Duration::from_secs(3);

/// Address, version, health and queue of a running server
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler status
  eval \"$(sutler status -o env)\"

The exit code is 7 when nobody answers or the server is not ready, so that it can serve as a health check.")]
pub(crate) struct Status {}

pub(crate) async fn run(context: &Context) -> Result<(), Failure> {
    let (address, origin) = context.address();
    let client = Client::with_timeout(&address, PATIENCE)?.with_retries(Retries::NEVER);
    let (health, ready) = match client.send(Call::get("/readyz")).await {
        Ok(answer) => (answer.json::<Value>()?, true),
        // Not ready is an answer too.
        Err(sutler_client::Error::Status { status: 503, body }) => {
            (serde_json::from_str(&body).unwrap_or(json!({})), false)
        }
        Err(error) => return Err(Failure::from(error)),
    };
    let jobs = jobs(context).await;
    let out = &context.output;
    let whole = json!({"url": address, "from": origin, "health": health, "jobs": jobs});
    match out.format {
        Format::Json | Format::Ndjson => out.json(&whole)?,
        Format::Env => out.line(format!("export SUTLER_URL={address}"))?,
        _ => {
            let state = text(&health, "/status");
            let mark = if ready { out.paint(Paint::Good, "✓") } else { out.paint(Paint::Bad, "✗") };
            out.line(format!("{mark} {state}   {address}   (from {origin})"))?;
            for (name, fact) in
                [("version", text(&health, "/version")), ("storage", text(&health, "/checks/storage"))]
            {
                if !fact.is_empty() {
                    out.line(format!("  {name:<8} {fact}"))?;
                }
            }
            if let Some(jobs) = jobs.as_object() {
                let counts = jobs.iter().map(|(state, count)| format!("{count} {state}"));
                out.line(format!("  {:<8} {}", "jobs", counts.collect::<Vec<_>>().join(", ")))?;
            }
        }
    }
    if ready { Ok(()) } else { Err(Failure::told(Exit::Unreachable)) }
}

/// How many jobs wait, run and are dead; nothing where the key may not see it.
async fn jobs(context: &Context) -> Value {
    let mut counts = serde_json::Map::new();
    for state in ["ready", "running", "dead"] {
        let call = Call::get("/jobs").query("state", state).query("limit", "1").query("count", "exact");
        let Ok(answer) = context.ask(call).await else { return Value::Null };
        counts.insert(state.to_owned(), field(&answer, "/page/total").clone());
    }
    Value::Object(counts)
}
