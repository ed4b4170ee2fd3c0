//! What stops an order, ends it, or is noted about it.

use clap::Args;
use serde_json::{Map, Value, json};
use sutler_client::{Call, Method};

use super::super::page::segment;
use super::body::{items, moved, put};
use super::{path, read};
use crate::connect::Context;
use crate::console::{Failure, field, int, money, text};

/// An order, and nothing more
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders deliver 1061
  sutler orders release ref:web-10042")]
pub(crate) struct Plain {
    /// Number, id or ref:…
    pub(super) order: String,
}

/// Cancel an order, or some of its items
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders cancel 1061 --reason 'ordered twice'
  sutler orders cancel 1061 --item TEE-M=1 --yes")]
pub(crate) struct Cancel {
    /// Number, id or ref:…
    order: String,
    /// SKU or item id and units, such as TEE-M=1; the whole order otherwise
    #[arg(long = "item", value_name = "SKU=N")]
    items: Vec<String>,
    /// Why
    #[arg(long)]
    reason: Option<String>,
    /// Keep the money that was taken
    #[arg(long)]
    no_refund: bool,
}

/// Stop or resume fulfillment
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders hold 1061 --reason 'wrong address?'
  sutler orders unhold 1061")]
pub(crate) struct Hold {
    /// Number, id or ref:…
    order: String,
    /// manual, address_check, fraud_review or payment_review
    #[arg(long, default_value = "manual")]
    code: String,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

/// Write an internal note
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders note 1061 'called, wants it on Friday'
  sutler orders note ref:web-10042 'gift wrap'")]
pub(crate) struct Note {
    /// Number, id or ref:…
    order: String,
    /// What to write
    body: String,
}

pub(super) async fn plain(action: &str, args: Plain, context: &Context) -> Result<(), Failure> {
    let order = context.ask(Call::post(path(&args.order, &format!("/{action}")))).await?;
    moved(context, &order)
}

pub(super) async fn cancel(args: Cancel, context: &Context) -> Result<(), Failure> {
    let order = read(context, &args.order).await?;
    let mut body = Map::new();
    items(&mut body, &args.items, &order)?;
    put(&mut body, "reason", args.reason);
    if args.no_refund {
        body.insert("refund".to_owned(), Value::Bool(false));
    }
    let taken = field(&order, "/totals/paid");
    let refund = if int(taken, "/amount") > 0 && !args.no_refund && args.items.is_empty() {
        format!(" and refund {}", money(taken))
    } else {
        String::new()
    };
    let what = if args.items.is_empty() { String::new() } else { format!("{} of ", args.items.join(", ")) };
    let question = format!("Cancel {what}#{}{refund}?", text(&order, "/number"));
    context.confirm(&question)?;
    moved(context, &context.ask(Call::post(path(&args.order, "/cancel")).json(&body)).await?)
}

pub(super) async fn hold(args: Hold, context: &Context) -> Result<(), Failure> {
    let mut body = Map::from_iter([("code".to_owned(), Value::from(args.code))]);
    put(&mut body, "reason", args.reason);
    moved(context, &context.ask(Call::post(path(&args.order, "/holds")).json(&body)).await?)
}

pub(super) async fn unhold(args: Hold, context: &Context) -> Result<(), Failure> {
    let hold = path(&args.order, &format!("/holds/{}", segment(&args.code)));
    moved(context, &context.ask(Call::new(Method::DELETE, hold)).await?)
}

pub(super) async fn note(args: Note, context: &Context) -> Result<(), Failure> {
    let note = context.ask(Call::post(path(&args.order, "/notes")).json(&json!({"body": args.body}))).await?;
    if context.output.is_for_people() {
        context.output.line(text(&note, "/note_id"))
    } else {
        context.output.json(&note)
    }
}
