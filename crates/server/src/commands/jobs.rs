//! `sutler jobs`: background work, seen, retried, paused and resumed.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sutler_client::Call;

use super::page::{self, PageArgs, segment};
use crate::connect::Context;
use crate::console::{Column, Failure, clock_time, day_time, field, int, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Jobs {
    /// Jobs, newest first
    List(List),
    /// A job, with what went wrong in each attempt
    Show(One),
    /// Begin again with all attempts: one job, or all that are dead
    Retry(Retry),
    /// Give a job up
    Cancel(One),
    /// The queues: what waits, what runs, what is dead, what is paused
    Queues(All),
    /// Begin nothing more of a queue, on any server; what runs is finished
    Pause(OneQueue),
    /// Go on with a queue
    Resume(OneQueue),
}

/// Jobs, newest first
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler jobs list --state dead
  sutler jobs list --queue payments --state ready,running
  sutler jobs list --kind process_order --limit 10")]
pub(crate) struct List {
    #[command(flatten)]
    page: PageArgs,
    /// ready, running, done, dead, canceled; several with commas
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    filter: Filter,
}

/// Which jobs
#[derive(Args, Debug)]
pub(crate) struct Filter {
    /// orders, payments or upkeep
    #[arg(long)]
    queue: Option<String>,
    /// Such as process_order; several with commas
    #[arg(long)]
    kind: Option<String>,
}

/// One job, or many
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler jobs retry job_01m81p1e20emq8k9w39qsaekf4
  sutler jobs retry --state dead
  sutler jobs retry --state dead --kind call_gateway")]
pub(crate) struct Retry {
    /// Its id
    #[arg(required_unless_present = "state", conflicts_with_all = ["state", "queue", "kind"])]
    job: Option<String>,
    /// All jobs in this state: dead, canceled, or both with a comma
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    filter: Filter,
}

/// Every queue
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler jobs queues
  sutler jobs queues --json")]
pub(crate) struct All {}

/// One queue
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler jobs pause payments
  sutler jobs resume payments

A pause outlives restarts and holds on every server. Jobs that become due wait; none is lost.")]
pub(crate) struct OneQueue {
    /// orders, payments or upkeep
    queue: String,
}

/// One job
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler jobs show job_01m81p1e20emq8k9w39qsaekf4
  sutler jobs cancel job_01m81p1e20emq8k9w39qsaekf4")]
pub(crate) struct One {
    /// Its id
    job: String,
}

pub(crate) async fn run(args: Jobs, context: &Context) -> Result<(), Failure> {
    match args {
        Jobs::List(args) => list(args, context).await,
        Jobs::Show(args) => show(&context.ask(Call::get(path(&args.job, ""))).await?, context),
        Jobs::Retry(Retry { job: Some(job), .. }) => {
            show(&context.ask(Call::post(path(&job, "/retry"))).await?, context)
        }
        Jobs::Retry(args) => retry_all(args, context).await,
        Jobs::Queues(All {}) => queues(context).await,
        Jobs::Pause(OneQueue { queue }) => change(&queue, "pause", context).await,
        Jobs::Resume(OneQueue { queue }) => change(&queue, "resume", context).await,
        Jobs::Cancel(args) => {
            context.confirm(&format!("Give up {}?", args.job))?;
            show(&context.ask(Call::post(path(&args.job, "/cancel"))).await?, context)
        }
    }
}

fn path(job: &str, rest: &str) -> String {
    format!("/jobs/{}{rest}", segment(job))
}

async fn list(args: List, context: &Context) -> Result<(), Failure> {
    let call = filtered(Call::get("/jobs"), args.state, args.filter);
    let columns = [
        Column::at("job", "/job_id"),
        Column::at("kind", "/kind"),
        Column::at("subject", "/subject"),
        Column::at("state", "/state"),
        Column::new("tries", |job| format!("{}/{}", text(job, "/attempts"), text(job, "/attempts_max")))
            .right(),
        Column::new("due", |job| day_time(&text(job, "/run_at"))),
        Column::at("last error", "/last_error"),
    ];
    page::show(context, call, &args.page, &columns, "/job_id").await
}

fn filtered(call: Call, state: Option<String>, Filter { queue, kind }: Filter) -> Call {
    let filters = [("state", state), ("queue", queue), ("kind", kind)];
    filters.into_iter().fold(call, |call, (name, value)| match value {
        Some(value) => call.query(name, value),
        None => call,
    })
}

/// Request after request, until none is left: a single one moves so many and no more.
async fn retry_all(args: Retry, context: &Context) -> Result<(), Failure> {
    let state = args.state.clone().unwrap_or_default();
    context.confirm(&format!("Retry every job that is {state}?"))?;
    let call = filtered(Call::post("/jobs/retry"), args.state, args.filter);
    let mut retried = 0i64;
    let left = loop {
        let answer = context.ask(call.clone()).await?;
        let moved = int(&answer, "/retried");
        retried = retried.saturating_add(moved);
        if moved == 0 || field(&answer, "/has_more") != &Value::Bool(true) {
            break int(&answer, "/left");
        }
    };
    let out = &context.output;
    if !out.is_for_people() {
        return out
            .json(&json!({"object": "jobs_retried", "retried": retried, "left": left, "has_more": false}));
    }
    out.line(format!("{retried} jobs wait for a worker again"))?;
    if left > 0 {
        out.line(format!("{left} were left: moved by somebody else, or another has their unique key"))?;
    }
    Ok(())
}

async fn queues(context: &Context) -> Result<(), Failure> {
    let answer = context.ask(Call::get("/queues")).await?;
    let rows = field(&answer, "/data").as_array().cloned().unwrap_or_default();
    let columns = [
        Column::at("queue", "/name"),
        Column::at("ready", "/jobs/ready").right(),
        Column::at("running", "/jobs/running").right(),
        Column::at("dead", "/jobs/dead").right(),
        Column::new("due since", |queue| day_time(&text(queue, "/due_since"))),
        Column::new("paused", paused),
        Column::new("kinds", |queue| {
            let kinds = field(queue, "/kinds").as_array().cloned().unwrap_or_default();
            kinds.iter().map(|kind| text(kind, "/kind")).collect::<Vec<_>>().join(", ")
        }),
    ];
    context.output.list(&columns, &rows, "/name", &answer)
}

fn paused(queue: &Value) -> String {
    if field(queue, "/paused") != &Value::Bool(true) {
        return String::new();
    }
    format!("since {} by {}", day_time(&text(queue, "/paused_at")), text(queue, "/paused_by"))
}

async fn change(queue: &str, verb: &str, context: &Context) -> Result<(), Failure> {
    let answer = context.ask(Call::post(format!("/queues/{}/{verb}", segment(queue)))).await?;
    let out = &context.output;
    if !out.is_for_people() {
        return out.json(&answer);
    }
    let waiting = text(&answer, "/jobs/ready");
    match paused(&answer) {
        running if running.is_empty() => out.line(format!("{queue} runs; {waiting} jobs wait")),
        paused => out.line(format!("{queue} is paused {paused}; {waiting} jobs wait")),
    }
}

fn show(job: &Value, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    if !out.is_for_people() {
        return out.json(job);
    }
    out.line(format!(
        "{}  {}  {}  {}",
        text(job, "/job_id"),
        text(job, "/kind"),
        text(job, "/state"),
        text(job, "/subject")
    ))?;
    out.line(format!(
        "  tries  {} of {}, next at {}",
        text(job, "/attempts"),
        text(job, "/attempts_max"),
        day_time(&text(job, "/run_at"))
    ))?;
    for failure in field(job, "/failures").as_array().into_iter().flatten() {
        out.line(format!(
            "  ✗ {:>2}  {}  {}",
            text(failure, "/attempt"),
            clock_time(&text(failure, "/at")),
            text(failure, "/error")
        ))?;
    }
    Ok(())
}
