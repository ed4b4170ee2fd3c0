//! Make and change endpoints, and recover what they missed.

use clap::Args;
use serde_json::{Map, Value, json};
use sutler_client::{Call, Method};

use super::{path, secret, show};
use crate::connect::Context;
use crate::console::{Failure, int, text};

/// Make an endpoint; its secret is shown once
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler webhooks create https://shop.example.com/hooks --types 'order.*,payment.captured'
  sutler webhooks create https://erp.example.com/in --ordered --payload thin --json")]
pub(crate) struct Create {
    /// Where to, such as `https://shop.example.com/hooks`
    url: String,
    /// Types, such as order.* or payment.captured; several with commas
    #[arg(long, default_value = "*")]
    types: String,
    /// What to write beside it
    #[arg(long)]
    description: Option<String>,
    /// full: the whole event; thin: its ids
    #[arg(long, value_parser = ["full", "thin"])]
    payload: Option<String>,
    /// The media type of what is sent
    #[arg(long, value_parser = ["application/json", "application/cloudevents+json"])]
    content_type: Option<String>,
    /// One at a time, in order: an event waits until the one before it was delivered or given up
    #[arg(long)]
    ordered: bool,
    /// Events of imported history too
    #[arg(long)]
    include_imports: bool,
}

/// Change an endpoint; what is not named stays
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler webhooks update whe_01m81p1e20emq8k9w39qsaekf4 --types '*'
  sutler webhooks update whe_01m81p1e20emq8k9w39qsaekf4 --enabled false")]
pub(crate) struct Update {
    /// Its id
    endpoint: String,
    /// Where to
    #[arg(long)]
    url: Option<String>,
    /// Types, such as order.* or payment.captured; several with commas
    #[arg(long)]
    types: Option<String>,
    /// What to write beside it
    #[arg(long)]
    description: Option<String>,
    /// full: the whole event; thin: its ids
    #[arg(long, value_parser = ["full", "thin"])]
    payload: Option<String>,
    /// The media type of what is sent
    #[arg(long, value_parser = ["application/json", "application/cloudevents+json"])]
    content_type: Option<String>,
    /// Whether an event waits for the one before it
    #[arg(long, value_name = "BOOL")]
    ordered: Option<bool>,
    /// Whether events of imported history are sent
    #[arg(long, value_name = "BOOL")]
    include_imports: Option<bool>,
    /// Whether it gets anything
    #[arg(long, value_name = "BOOL")]
    enabled: Option<bool>,
}

/// Deliver again what an endpoint missed
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler webhooks recover whe_01m81p1e20emq8k9w39qsaekf4 --since 2026-11-20T00:00:00Z --dry-run
  sutler webhooks recover whe_01m81p1e20emq8k9w39qsaekf4 --since 2026-11-20T00:00:00Z --types 'order.*' --only all")]
pub(crate) struct Recover {
    /// Its id
    endpoint: String,
    /// What was recorded from then on
    #[arg(long, value_name = "TIME")]
    since: String,
    /// And before then
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Types, among those that the endpoint asked for; several with commas
    #[arg(long)]
    types: Option<String>,
    /// failed: what was not delivered; all: also what was
    #[arg(long, value_parser = ["failed", "all"], default_value = "failed")]
    only: String,
    /// Count, and send nothing
    #[arg(long)]
    dry_run: bool,
}

fn words(types: &str) -> Vec<&str> {
    types.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()
}

fn put(body: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), value.into());
    }
}

pub(super) async fn create(args: Create, context: &Context) -> Result<(), Failure> {
    let mut body = Map::new();
    body.insert("url".to_owned(), args.url.into());
    body.insert("types".to_owned(), words(&args.types).into());
    put(&mut body, "description", args.description);
    put(&mut body, "payload", args.payload);
    put(&mut body, "content_type", args.content_type);
    put(&mut body, "ordered", args.ordered.then_some(true));
    put(&mut body, "include_imports", args.include_imports.then_some(true));
    let endpoint = context.ask(Call::post("/webhook_endpoints").json(&body)).await?;
    secret(&endpoint, context)?;
    context.output.hint(format!("try it:  sutler webhooks test {}", text(&endpoint, "/webhook_endpoint_id")));
    Ok(())
}

pub(super) async fn update(args: Update, context: &Context) -> Result<(), Failure> {
    let mut body = Map::new();
    put(&mut body, "url", args.url);
    put(&mut body, "types", args.types.as_deref().map(words));
    put(&mut body, "description", args.description);
    put(&mut body, "payload", args.payload);
    put(&mut body, "content_type", args.content_type);
    put(&mut body, "ordered", args.ordered);
    put(&mut body, "include_imports", args.include_imports);
    put(&mut body, "enabled", args.enabled);
    let call = Call::new(Method::PATCH, path(&args.endpoint, "")).json(&body);
    show(&context.ask(call).await?, context)
}

pub(super) async fn recover(args: Recover, context: &Context) -> Result<(), Failure> {
    let types = args.types.as_deref().map(words).unwrap_or_default();
    let body = json!({
        "since": args.since, "until": args.until, "types": types, "only": args.only, "dry_run": args.dry_run,
    });
    let found = context.ask(Call::post(path(&args.endpoint, "/recover")).json(&body)).await?;
    if !context.output.is_for_people() {
        return context.output.json(&found);
    }
    let would = if args.dry_run { "would be sent" } else { "are sent" };
    let (matched, queued) = (int(&found, "/matched"), int(&found, "/queued"));
    context.output.line(format!("{queued} of {matched} events {would} again"))?;
    if let Some(next) = found.get("next_since").and_then(Value::as_str) {
        context.output.hint(format!("there is more:  --since {next}"));
    }
    Ok(())
}
