//! `sutler orders replay`: an order folded from its first event, step by step.

use clap::Args;
use serde_json::Value;
use sutler_client::Call;

use super::path;
use crate::connect::Context;
use crate::console::{Column, Exit, Failure, Paint, Table, clock_time, field, text};

/// Changes of a step that are named to people; --json has all.
const CHANGES_SHOWN: usize = 3;

/// An order folded from its first event, step by step
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders replay 1061
  sutler orders replay 1061 --verify
  sutler orders replay ref:web-10042 --verify --json

With --verify the stored order is compared with the last step, and every step with the rules of orders and money;
the exit code is 9 when anything differs.")]
pub(crate) struct Replay {
    /// Number, id or ref:…
    order: String,
    /// Compare with what is stored
    #[arg(long)]
    verify: bool,
}

pub(super) async fn run(args: Replay, context: &Context) -> Result<(), Failure> {
    let replay = context.ask(Call::get(path(&args.order, "/replay"))).await?;
    let out = &context.output;
    if out.is_for_people() {
        people(&replay, args.verify, context)?;
    } else {
        out.json(&replay)?;
    }
    let is_clean = field(&replay, "/clean").as_bool().unwrap_or(false);
    if args.verify && !is_clean { Err(Failure::told(Exit::Unverified)) } else { Ok(()) }
}

fn people(replay: &Value, verify: bool, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    let number = out.paint(Paint::Strong, &format!("#{}", text(replay, "/number")));
    out.line(format!("{number}  {}", text(replay, "/order_id")))?;
    let columns = [
        Column::at("version", "/version").right(),
        Column::new("time", |step| clock_time(&text(step, "/at"))),
        Column::at("event", "/event"),
        Column::at("status", "/status"),
        Column::at("payment", "/payment_status"),
        Column::at("fulfillment", "/fulfillment_status"),
        Column::new("changed", changed),
    ];
    let rows = list(replay, "/steps");
    let lines = Table { columns: &columns, rows }.lines(None);
    lines.iter().try_for_each(|line| out.line(line))?;
    if !verify {
        return Ok(());
    }
    let differences = list(replay, "/differences");
    if differences.is_empty() {
        let mark = out.paint(Paint::Good, "✓");
        let version = text(replay, "/version");
        return out.line(format!("{mark} the stored order, at version {version}, is the last step"));
    }
    let mark = out.paint(Paint::Bad, "✗");
    differences.iter().try_for_each(|cause| out.line(format!("{mark} {}", text(cause, ""))))
}

fn list<'a>(value: &'a Value, at: &str) -> &'a [Value] {
    field(value, at).as_array().map_or(&[], Vec::as_slice)
}

/// `status created → confirmed, … and 2 more`; the first step makes everything, which says nothing.
fn changed(step: &Value) -> String {
    let changes = list(step, "/changes");
    if text(step, "/version") == "1" {
        return format!("{} fields", changes.len());
    }
    let one = |change: &Value| {
        format!("{} {} → {}", text(change, "/field"), text(change, "/before"), text(change, "/after"))
    };
    let mut shown: Vec<String> = changes.iter().take(CHANGES_SHOWN).map(one).collect();
    if changes.len() > CHANGES_SHOWN {
        shown.push(format!("{} more", changes.len().saturating_sub(CHANGES_SHOWN)));
    }
    shown.join(", ")
}
