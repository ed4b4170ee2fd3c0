//! `sutler keys`: who may do what.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sutler_client::{Call, Method};

use super::page::segment;
use crate::connect::Context;
use crate::console::{Column, Failure, day_time, field, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Keys {
    /// Make a key; its secret is shown once
    Create(Create),
    /// Every key, without secrets
    #[command(after_help = "Examples:
  sutler keys list
  sutler keys list --json")]
    List,
    /// Let a key open nothing any more
    Revoke(One),
    /// Put a new key with the same rights in the place of one
    Roll(Roll),
}

/// Make a key; its secret is shown once
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler keys create --name storefront --scope orders:write --scope payments:write
  sutler keys create --name reports --scope orders:read --expires-at 2027-01-01T00:00:00Z --json")]
pub(crate) struct Create {
    /// What to call it
    #[arg(long)]
    name: String,
    /// What it may do, such as orders:read; may be repeated
    #[arg(long = "scope", required = true)]
    scopes: Vec<String>,
    /// When it ends by itself
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

/// One key
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler keys revoke key_01m81p1e20emq8k9w39qsaekf4
  sutler keys revoke key_01m81p1e20emq8k9w39qsaekf4 --yes")]
pub(crate) struct One {
    /// Its id
    key_id: String,
}

/// Put a new key with the same rights in the place of one
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler keys roll key_01m81p1e20emq8k9w39qsaekf4 --overlap PT24H
  sutler keys roll key_01m81p1e20emq8k9w39qsaekf4 --yes

Without an overlap the old key opens nothing from that moment on.")]
pub(crate) struct Roll {
    /// Its id
    key_id: String,
    /// How long the old one goes on beside the new one, such as PT24H; 30 days at most
    #[arg(long, value_name = "DURATION")]
    overlap: Option<String>,
}

pub(crate) async fn run(args: Keys, context: &Context) -> Result<(), Failure> {
    match args {
        Keys::Create(args) => {
            let body = json!({"name": args.name, "scopes": args.scopes, "expires_at": args.expires_at});
            made(&context.ask(Call::post("/api_keys").json(&body)).await?, context)
        }
        Keys::List => list(context).await,
        Keys::Revoke(args) => {
            context.confirm(&format!("Revoke {}? What uses it stops working.", args.key_id))?;
            context.send(Call::new(Method::DELETE, path(&args.key_id, ""))).await?;
            context.output.say(format!("{} is revoked", args.key_id));
            Ok(())
        }
        Keys::Roll(args) => {
            if args.overlap.is_none() {
                context.confirm(&format!("Revoke {} and make its successor?", args.key_id))?;
            }
            let body = args.overlap.map_or_else(|| json!({}), |overlap| json!({"overlap": overlap}));
            made(&context.ask(Call::post(path(&args.key_id, "/roll")).json(&body)).await?, context)
        }
    }
}

fn path(key: &str, rest: &str) -> String {
    format!("/api_keys/{}{rest}", segment(key))
}

fn made(key: &Value, context: &Context) -> Result<(), Failure> {
    if !context.output.is_for_people() {
        return context.output.json(key);
    }
    context.output.say(format!("{}  {}  {}", text(key, "/key_id"), text(key, "/name"), scopes(key)));
    context.output.line(text(key, "/secret"))?;
    context.output.say("This secret is shown once. Keep it where your application reads its settings.");
    Ok(())
}

fn scopes(key: &Value) -> String {
    let scopes = field(key, "/scopes").as_array().into_iter().flatten();
    scopes.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

async fn list(context: &Context) -> Result<(), Failure> {
    let answer = context.ask(Call::get("/api_keys")).await?;
    let columns = [
        Column::at("key", "/key_id"),
        Column::at("name", "/name"),
        Column::new("secret", |key| format!("…{}", text(key, "/last4"))),
        Column::new("scopes", scopes),
        Column::new("made", |key| day_time(&text(key, "/created_at"))),
        Column::new("used", |key| day_time(&text(key, "/last_used_at"))),
        Column::new("ends", |key| day_time(&text(key, "/expires_at"))),
        Column::new("revoked", |key| day_time(&text(key, "/revoked_at"))),
    ];
    let rows = field(&answer, "/data").as_array().cloned().unwrap_or_default();
    context.output.list(&columns, &rows, "/key_id", &answer)
}
