//! The money of an order.

use clap::Args;
use serde_json::{Map, Value};
use sutler_client::Call;

use super::super::page::segment;
use super::body::{amount, items, moved, put};
use super::{path, read};
use crate::connect::Context;
use crate::console::{Exit, Failure, field, money, text};

/// How long to wait for a gateway, in seconds.
const WAIT_S: u32 = 8;

/// Start another payment
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders pay 1061 --token tok_ok
  sutler orders pay 1061 --gateway manual --amount 20.00")]
pub(crate) struct Pay {
    /// Number, id or ref:…
    order: String,
    /// The gateway's token for the buyer's means
    #[arg(long)]
    token: Option<String>,
    /// Through which gateway; the shop's default otherwise
    #[arg(long)]
    gateway: Option<String>,
    /// Secure the money now, take it by hand later
    #[arg(long)]
    authorize_only: bool,
    /// How much, such as 59.60; all that is due otherwise
    #[arg(long)]
    amount: Option<String>,
}

/// Take money that was authorized
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders capture 1061
  sutler orders capture 1061 --amount 20.00")]
pub(crate) struct Capture {
    /// Number, id or ref:…
    order: String,
    /// Which payment; the authorized one otherwise
    #[arg(long, value_name = "ID")]
    payment: Option<String>,
    /// How much, such as 59.60; all of it otherwise
    #[arg(long)]
    amount: Option<String>,
}

/// Give up money that was authorized
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders void 1061
  sutler orders void 1061 --payment pay_01m81p1e5fe60tak362xesvjfr")]
pub(crate) struct Void {
    /// Number, id or ref:…
    order: String,
    /// Which payment; the authorized one otherwise
    #[arg(long, value_name = "ID")]
    payment: Option<String>,
}

/// Give money back
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders refund 1061 --amount 14.90 --reason damaged
  sutler orders refund 1061 --item MUG-BLUE=1 --restock")]
pub(crate) struct Refund {
    /// Number, id or ref:…
    order: String,
    /// How much, such as 59.60; all of it otherwise
    #[arg(long)]
    amount: Option<String>,
    /// SKU or item id and units, such as MUG-BLUE=1; may be repeated
    #[arg(long = "item", value_name = "SKU=N")]
    items: Vec<String>,
    /// What this return brought back, such as ret_…
    #[arg(long = "return", value_name = "ID", conflicts_with_all = ["items", "restock"])]
    of_return: Option<String>,
    /// Put shipped units back on the shelf
    #[arg(long)]
    restock: bool,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

pub(super) async fn pay(args: Pay, context: &Context) -> Result<(), Failure> {
    let mut body = Map::new();
    put(&mut body, "token", args.token);
    put(&mut body, "gateway", args.gateway);
    put(&mut body, "capture", args.authorize_only.then(|| "manual".to_owned()));
    amount(&mut body, args.amount.as_deref(), &read(context, &args.order).await?)?;
    let payment = context.ask(Call::post(path(&args.order, "/payments")).wait(WAIT_S).json(&body)).await?;
    paid(context, &args.order, &payment).await
}

pub(super) async fn capture(args: Capture, context: &Context) -> Result<(), Failure> {
    let order = read(context, &args.order).await?;
    let payment = payment_of(&order, args.payment, &["authorized", "captured"])?;
    let mut body = Map::new();
    amount(&mut body, args.amount.as_deref(), &order)?;
    on_payment(context, &args.order, &payment, "capture", &body).await
}

pub(super) async fn void(args: Void, context: &Context) -> Result<(), Failure> {
    let order = read(context, &args.order).await?;
    let payment = payment_of(&order, args.payment, &["authorized", "requires_action"])?;
    on_payment(context, &args.order, &payment, "void", &Map::new()).await
}

async fn on_payment(
    context: &Context,
    order: &str,
    payment: &str,
    action: &str,
    body: &Map<String, Value>,
) -> Result<(), Failure> {
    let call = Call::post(format!("/payments/{}/{action}", segment(payment)));
    let payment = context.ask(call.wait(WAIT_S).json(body)).await?;
    paid(context, order, &payment).await
}

/// After a change of a payment: the payment for programs, the order for people.
async fn paid(context: &Context, order: &str, payment: &Value) -> Result<(), Failure> {
    if context.output.is_for_people() {
        moved(context, &read(context, order).await?)
    } else {
        context.output.json(payment)
    }
}

/// The payment that was named, or the one in one of these states.
fn payment_of(order: &Value, named: Option<String>, states: &[&str]) -> Result<String, Failure> {
    if let Some(named) = named {
        return Ok(named);
    }
    let payments = field(order, "/payments").as_array().cloned().unwrap_or_default();
    let found = states
        .iter()
        .find_map(|state| payments.iter().rev().find(|payment| text(payment, "/status") == **state));
    // The server knows best why there is nothing to do; the newest payment lets it say so.
    let found = found.or(payments.last());
    found.map(|payment| text(payment, "/payment_id")).ok_or_else(|| {
        let number = text(order, "/number");
        Failure::new(Exit::Conflict, format!("order #{number} has no payment"))
            .next(format!("start one:  sutler orders pay {number}"))
    })
}

pub(super) async fn refund(args: Refund, context: &Context) -> Result<(), Failure> {
    let order = read(context, &args.order).await?;
    let mut body = Map::from_iter([("order_id".to_owned(), field(&order, "/order_id").clone())]);
    amount(&mut body, args.amount.as_deref(), &order)?;
    items(&mut body, &args.items, &order)?;
    put(&mut body, "reason", args.reason);
    put(&mut body, "return_id", args.of_return.clone());
    if args.restock {
        body.insert("restock".to_owned(), Value::Bool(true));
    }
    let what = match body.get("amount") {
        Some(amount) => money(amount),
        None if args.of_return.is_some() => "what came back".to_owned(),
        None if args.items.is_empty() => format!("all of {}", money(field(&order, "/totals/paid"))),
        None => args.items.join(", "),
    };
    context.confirm(&format!("Refund {what} of #{}?", text(&order, "/number")))?;
    let refund = context.ask(Call::post("/refunds").wait(WAIT_S).json(&body)).await?;
    if !context.output.is_for_people() {
        return context.output.json(&refund);
    }
    let failure = text(&refund, "/failure/message");
    context.output.line(format!(
        "  refund {}  {}  {} {failure}",
        text(&refund, "/refund_id"),
        money(field(&refund, "/amount")),
        text(&refund, "/status")
    ))?;
    moved(context, &read(context, &args.order).await?)
}
