//! What became of deliveries.

use std::time::Duration;

use clap::Args;
use serde_json::Value;
use sutler_client::Call;

use super::path;
use crate::commands::page::{self, PageArgs, segment};
use crate::connect::Context;
use crate::console::{Column, Exit, Failure, clock_time, day_time, field, text};

/// How often it is asked how a ping went, and how many times.
const ASK_EVERY: Duration = Duration::from_millis(200);
const ASKS_MAX: u32 = 100;

/// What became of deliveries, newest first; with an id, every attempt of one
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler webhooks deliveries --endpoint whe_01m81p1e20emq8k9w39qsaekf4 --state waiting,exhausted
  sutler webhooks deliveries whd_01m81p1e20emq8k9w39qsaekf4 --json")]
pub(crate) struct Deliveries {
    /// One delivery, with every attempt
    delivery: Option<String>,
    #[command(flatten)]
    page: PageArgs,
    /// To this endpoint
    #[arg(long, value_name = "ID")]
    endpoint: Option<String>,
    /// Of this event
    #[arg(long, value_name = "ID")]
    event: Option<String>,
    /// waiting, delivered, exhausted; several with commas
    #[arg(long)]
    state: Option<String>,
}

/// One delivery
#[derive(Args, Debug)]
pub(crate) struct One {
    /// Its id
    delivery: String,
}

fn delivery_path(delivery: &str, rest: &str) -> String {
    format!("/webhook_deliveries/{}{rest}", segment(delivery))
}

pub(super) async fn list(args: Deliveries, context: &Context) -> Result<(), Failure> {
    if let Some(delivery) = &args.delivery {
        return show(&context.ask(Call::get(delivery_path(delivery, ""))).await?, context);
    }
    let mut call = Call::get("/webhook_deliveries");
    for (name, value) in
        [("webhook_endpoint_id", args.endpoint), ("event_id", args.event), ("state", args.state)]
    {
        if let Some(value) = value {
            call = call.query(name, value);
        }
    }
    let columns = [
        Column::at("delivery", "/webhook_delivery_id"),
        Column::at("type", "/type"),
        Column::at("subject", "/subject"),
        Column::at("state", "/state"),
        Column::at("tries", "/attempt_count").right(),
        Column::at("status", "/last_status").right(),
        Column::new("next", |delivery| day_time(&text(delivery, "/next_attempt_at"))),
        Column::at("last error", "/last_error"),
    ];
    page::show(context, call, &args.page, &columns, "/webhook_delivery_id").await
}

pub(super) async fn resend(one: &One, context: &Context) -> Result<(), Failure> {
    let delivery = context.ask(Call::post(delivery_path(&one.delivery, "/resend"))).await?;
    show(&delivery, context)
}

/// Send a ping and wait until its first attempt ended.
pub(super) async fn test(endpoint: &str, context: &Context) -> Result<(), Failure> {
    let told = context.ask(Call::post(path(endpoint, "/test"))).await?;
    for _ in 0..ASKS_MAX {
        let found = context.ask(Call::get(text(&told, "/deliveries"))).await?;
        let delivery = field(&found, "/data/0");
        if delivery.is_object() && text(delivery, "/attempt_count") != "0" {
            let id = text(delivery, "/webhook_delivery_id");
            let delivery = context.ask(Call::get(delivery_path(&id, ""))).await?;
            show(&delivery, context)?;
            return if text(&delivery, "/state") == "delivered" {
                Ok(())
            } else {
                Err(Failure::new(Exit::Failed, format!("the endpoint did not take the ping {id}")))
            };
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    let what = "nothing was sent yet; is a server running that works?";
    Err(Failure::new(Exit::Failed, what)
        .next(format!("look: sutler webhooks deliveries --endpoint {endpoint}")))
}

fn show(delivery: &Value, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    if !out.is_for_people() {
        return out.json(delivery);
    }
    out.line(format!(
        "{}  {}  {}  {}",
        text(delivery, "/webhook_delivery_id"),
        text(delivery, "/type"),
        text(delivery, "/subject"),
        text(delivery, "/state")
    ))?;
    for attempt in field(delivery, "/attempts").as_array().into_iter().flatten() {
        let (error, status) = (text(attempt, "/error"), text(attempt, "/response/status"));
        let (mark, what) = if error.is_empty() { ("✓", status) } else { ("✗", error) };
        out.line(format!(
            "  {mark} {:>2}  {}  {:>5} ms  {what}",
            text(attempt, "/attempt"),
            clock_time(&text(attempt, "/at")),
            text(attempt, "/timings/total_ms")
        ))?;
    }
    match text(delivery, "/next_attempt_at") {
        next if next.is_empty() => Ok(()),
        next => out.line(format!("  next     {}", day_time(&next))),
    }
}
