//! `sutler webhooks`: who is told of events over HTTP, and what became of it.

mod deliveries;
mod edit;

use clap::{Args, Subcommand};
use serde_json::Value;
use sutler_client::{Call, Method};

use super::page::segment;
use crate::connect::Context;
use crate::console::{Column, Failure, day_time, field, int, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Webhooks {
    /// Every endpoint, newest first
    #[command(after_help = "Examples:
  sutler webhooks list
  sutler webhooks list --json")]
    List,
    /// Make an endpoint; its secret is shown once
    Create(edit::Create),
    /// An endpoint, and how it fares
    #[command(after_help = "Examples:
  sutler webhooks show whe_01m81p1e20emq8k9w39qsaekf4
  sutler webhooks show whe_01m81p1e20emq8k9w39qsaekf4 --json")]
    Show(One),
    /// Change an endpoint; what is not named stays
    Update(edit::Update),
    /// Remove an endpoint
    #[command(after_help = "Examples:
  sutler webhooks delete whe_01m81p1e20emq8k9w39qsaekf4
  sutler webhooks delete whe_01m81p1e20emq8k9w39qsaekf4 --yes")]
    Delete(One),
    /// Send a webhook.ping to an endpoint, and show how it went
    #[command(after_help = "Examples:
  sutler webhooks test whe_01m81p1e20emq8k9w39qsaekf4
  sutler webhooks test whe_01m81p1e20emq8k9w39qsaekf4 --json")]
    Test(One),
    /// Give an endpoint another secret; the old one goes on signing for a while
    #[command(after_help = "Examples:
  sutler webhooks rotate-secret whe_01m81p1e20emq8k9w39qsaekf4
  sutler webhooks rotate-secret whe_01m81p1e20emq8k9w39qsaekf4 --json")]
    RotateSecret(One),
    /// Deliver again to an endpoint that was disabled
    #[command(after_help = "Examples:
  sutler webhooks enable whe_01m81p1e20emq8k9w39qsaekf4
  sutler webhooks enable whe_01m81p1e20emq8k9w39qsaekf4 --json")]
    Enable(One),
    /// Deliver again what an endpoint missed
    Recover(edit::Recover),
    /// What became of deliveries, newest first
    Deliveries(deliveries::Deliveries),
    /// Send a delivery once more
    #[command(after_help = "Examples:
  sutler webhooks resend whd_01m81p1e20emq8k9w39qsaekf4
  sutler webhooks resend whd_01m81p1e20emq8k9w39qsaekf4 --json")]
    Resend(deliveries::One),
}

/// One endpoint
#[derive(Args, Debug)]
pub(crate) struct One {
    /// Its id
    endpoint: String,
}

pub(crate) async fn run(args: Webhooks, context: &Context) -> Result<(), Failure> {
    match args {
        Webhooks::List => list(context).await,
        Webhooks::Create(args) => edit::create(args, context).await,
        Webhooks::Show(one) => show(&context.ask(Call::get(path(&one.endpoint, ""))).await?, context),
        Webhooks::Update(args) => edit::update(args, context).await,
        Webhooks::Delete(one) => {
            context.confirm(&format!("Delete {}? What waits for it is not delivered.", one.endpoint))?;
            context.send(Call::new(Method::DELETE, path(&one.endpoint, ""))).await?;
            context.output.say(format!("{} is deleted", one.endpoint));
            Ok(())
        }
        Webhooks::Test(one) => deliveries::test(&one.endpoint, context).await,
        Webhooks::RotateSecret(one) => {
            let endpoint = context.ask(Call::post(path(&one.endpoint, "/rotate_secret"))).await?;
            secret(&endpoint, context)?;
            if let Some(until) = field(&endpoint, "/old_secrets_until/0").as_str() {
                context.output.say(format!("The secret before signs beside it until {}.", day_time(until)));
            }
            Ok(())
        }
        Webhooks::Enable(one) => {
            show(&context.ask(Call::post(path(&one.endpoint, "/enable"))).await?, context)?;
            context.output.hint(format!(
                "what it missed:  sutler webhooks recover {} --since 2026-11-01",
                one.endpoint
            ));
            Ok(())
        }
        Webhooks::Recover(args) => edit::recover(args, context).await,
        Webhooks::Deliveries(args) => deliveries::list(args, context).await,
        Webhooks::Resend(one) => deliveries::resend(&one, context).await,
    }
}

fn path(endpoint: &str, rest: &str) -> String {
    format!("/webhook_endpoints/{}{rest}", segment(endpoint))
}

fn types(endpoint: &Value) -> String {
    let types = field(endpoint, "/types").as_array().into_iter().flatten();
    types.filter_map(Value::as_str).collect::<Vec<_>>().join(",")
}

fn state(endpoint: &Value) -> String {
    match text(endpoint, "/disabled_reason") {
        reason if reason.is_empty() => "enabled".to_owned(),
        reason => format!("disabled ({reason})"),
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    let answer = context.ask(Call::get("/webhook_endpoints")).await?;
    let columns = [
        Column::at("endpoint", "/webhook_endpoint_id"),
        Column::at("url", "/url"),
        Column::new("types", types),
        Column::new("state", state),
        Column::new("made", |endpoint| day_time(&text(endpoint, "/created_at"))),
    ];
    let rows = field(&answer, "/data").as_array().cloned().unwrap_or_default();
    context.output.list(&columns, &rows, "/webhook_endpoint_id", &answer)
}

fn show(endpoint: &Value, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    if !out.is_for_people() {
        return out.json(endpoint);
    }
    out.line(format!("{}  {}", text(endpoint, "/webhook_endpoint_id"), text(endpoint, "/url")))?;
    out.line(format!("  types    {}", types(endpoint)))?;
    out.line(format!("  state    {}", state(endpoint)))?;
    let ordered = if field(endpoint, "/ordered").as_bool().unwrap_or(false) { ", one at a time" } else { "" };
    out.line(format!("  sends    {} events{ordered}", text(endpoint, "/payload")))?;
    if field(endpoint, "/health").is_object() {
        let since = text(endpoint, "/health/failing_since");
        let health = match int(endpoint, "/health/failures") {
            0 => "nothing failed since the last success".to_owned(),
            failures => format!("{failures} failures in a row, since {}", day_time(&since)),
        };
        out.line(format!("  health   {health}"))?;
    }
    Ok(())
}

/// An endpoint whose secret was made just now.
fn secret(endpoint: &Value, context: &Context) -> Result<(), Failure> {
    if !context.output.is_for_people() {
        return context.output.json(endpoint);
    }
    context.output.say(format!("{}  {}", text(endpoint, "/webhook_endpoint_id"), text(endpoint, "/url")));
    context.output.line(text(endpoint, "/secret"))?;
    context.output.say("This secret is shown once. The receiver verifies signatures with it.");
    Ok(())
}
