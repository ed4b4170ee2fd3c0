//! `sutler jobs`: background work, seen and retried.

use clap::{Args, Subcommand};
use serde_json::Value;
use sutler_client::Call;

use super::page::{self, PageArgs, segment};
use crate::connect::Context;
use crate::console::{Column, Failure, clock_time, day_time, field, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Jobs {
    /// Jobs, newest first
    List(List),
    /// A job, with what went wrong in each attempt
    Show(One),
    /// Begin again with all attempts
    Retry(One),
    /// Give a job up
    Cancel(One),
}

/// Jobs, newest first
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler jobs list --state dead
  sutler jobs list --kind process_order --limit 10")]
pub(crate) struct List {
    #[command(flatten)]
    page: PageArgs,
    /// ready, running, done, dead, canceled; several with commas
    #[arg(long)]
    state: Option<String>,
    /// Such as process_order
    #[arg(long)]
    kind: Option<String>,
}

/// One job
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler jobs show job_01m81p1e20emq8k9w39qsaekf4
  sutler jobs retry job_01m81p1e20emq8k9w39qsaekf4")]
pub(crate) struct One {
    /// Its id
    job: String,
}

pub(crate) async fn run(args: Jobs, context: &Context) -> Result<(), Failure> {
    match args {
        Jobs::List(args) => list(args, context).await,
        Jobs::Show(args) => show(&context.ask(Call::get(path(&args.job, ""))).await?, context),
        Jobs::Retry(args) => show(&context.ask(Call::post(path(&args.job, "/retry"))).await?, context),
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
    let mut call = Call::get("/jobs");
    for (name, value) in [("state", args.state), ("kind", args.kind)] {
        if let Some(value) = value {
            call = call.query(name, value);
        }
    }
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
