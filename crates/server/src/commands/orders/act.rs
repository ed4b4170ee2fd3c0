//! What moves an order along.

use clap::Args;
use serde_json::{Map, Value, json};
use sutler_client::{Call, Method};

use super::super::page::segment;
use super::{path, read};
use crate::connect::Context;
use crate::console::{Failure, amount_minor, field, int, money, text};

/// How long to wait for a gateway, in seconds.
const WAIT_S: u32 = 8;

/// An order, and nothing more
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders deliver 1061
  sutler orders release ref:web-10042")]
pub(crate) struct Plain {
    /// Number, id or ref:…
    order: String,
}

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
    /// Put shipped units back on the shelf
    #[arg(long)]
    restock: bool,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

/// Plan items to travel together
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders fulfill 1061
  sutler orders fulfill 1061 --item MUG-BLUE=1")]
pub(crate) struct Fulfill {
    /// Number, id or ref:…
    order: String,
    /// SKU or item id and units, such as MUG-BLUE=1; all that is open otherwise
    #[arg(long = "item", value_name = "SKU=N")]
    items: Vec<String>,
}

/// Send what is open
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders ship 1061 --carrier DHL --tracking 00340434161094042557
  sutler orders ship 1061 --item TEE-M=1")]
pub(crate) struct Ship {
    /// Number, id or ref:…
    order: String,
    /// SKU or item id and units, such as MUG-BLUE=1; planned parcels, or all that is open, otherwise
    #[arg(long = "item", value_name = "SKU=N")]
    items: Vec<String>,
    /// Who carries it
    #[arg(long)]
    carrier: Option<String>,
    /// The carrier's number
    #[arg(long, value_name = "NUMBER")]
    tracking: Option<String>,
    /// Where to look for it
    #[arg(long)]
    url: Option<String>,
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
        Failure::new(crate::console::Exit::Conflict, format!("order #{number} has no payment"))
            .next(format!("start one:  sutler orders pay {number}"))
    })
}

pub(super) async fn refund(args: Refund, context: &Context) -> Result<(), Failure> {
    let order = read(context, &args.order).await?;
    let mut body = Map::from_iter([("order_id".to_owned(), field(&order, "/order_id").clone())]);
    amount(&mut body, args.amount.as_deref(), &order)?;
    items(&mut body, &args.items, &order)?;
    put(&mut body, "reason", args.reason);
    if args.restock {
        body.insert("restock".to_owned(), Value::Bool(true));
    }
    let what = match body.get("amount") {
        Some(amount) => money(amount),
        None if args.items.is_empty() => format!("all of {}", money(field(&order, "/totals/paid"))),
        None => args.items.join(", "),
    };
    context
        .output
        .confirm(&format!("Refund {what} of #{}?", text(&order, "/number")), context.globals.yes)?;
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

pub(super) async fn fulfill(args: Fulfill, context: &Context) -> Result<(), Failure> {
    let mut body = Map::new();
    if !args.items.is_empty() {
        items(&mut body, &args.items, &read(context, &args.order).await?)?;
    }
    let made = context.ask(Call::post(path(&args.order, "/fulfillments")).json(&body)).await?;
    if !context.output.is_for_people() {
        return context.output.json(&made);
    }
    context.output.line(format!("  {}  {}", text(&made, "/fulfillment_id"), text(&made, "/status")))?;
    context.output.hint(format!("  next:  sutler orders ship {}", args.order));
    Ok(())
}

/// Parcels that were planned leave first; what is left open, or what was named, leaves in a new one.
pub(super) async fn ship(args: Ship, context: &Context) -> Result<(), Failure> {
    let order = read(context, &args.order).await?;
    let mut tracking = Map::new();
    put(&mut tracking, "carrier", args.carrier);
    put(&mut tracking, "number", args.tracking);
    put(&mut tracking, "url", args.url);
    let mut body = Map::new();
    if !tracking.is_empty() {
        body.insert("tracking".to_owned(), Value::Object(tracking));
    }
    let planned = if args.items.is_empty() { parcels(&order, "pending") } else { Vec::new() };
    for parcel in &planned {
        let call = Call::post(format!("/fulfillments/{}/ship", segment(parcel))).json(&body);
        context.ask(call).await?;
    }
    if planned.is_empty() {
        items(&mut body, &args.items, &order)?;
        body.insert("ship".to_owned(), Value::Bool(true));
        context.ask(Call::post(path(&args.order, "/fulfillments")).json(&body)).await?;
    }
    moved(context, &read(context, &args.order).await?)
}

pub(super) async fn deliver(args: Plain, context: &Context) -> Result<(), Failure> {
    let order = read(context, &args.order).await?;
    let shipped = parcels(&order, "shipped");
    if shipped.is_empty() {
        let number = text(&order, "/number");
        return Err(Failure::new(
            crate::console::Exit::Conflict,
            format!("order #{number} has no parcel under way"),
        )
        .fact("state", states(&order))
        .next(format!("send it first:  sutler orders ship {number}")));
    }
    for parcel in shipped {
        context.ask(Call::post(format!("/fulfillments/{}/deliver", segment(&parcel)))).await?;
    }
    moved(context, &read(context, &args.order).await?)
}

fn parcels(order: &Value, status: &str) -> Vec<String> {
    let all = field(order, "/fulfillments").as_array().cloned().unwrap_or_default();
    all.iter()
        .filter(|parcel| text(parcel, "/status") == status)
        .map(|parcel| text(parcel, "/fulfillment_id"))
        .collect()
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
    context.output.confirm(&question, context.globals.yes)?;
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

/// Where an order stands after a change.
fn moved(context: &Context, order: &Value) -> Result<(), Failure> {
    if !context.output.is_for_people() {
        return context.output.json(order);
    }
    let held = field(order, "/holds").as_array().is_some_and(|holds| !holds.is_empty());
    let held = if held { " · on hold" } else { "" };
    context.output.line(format!("  #{}  {}{held}", text(order, "/number"), states(order)))?;
    context.output.hint(format!("  all of it:  sutler orders show {}", text(order, "/number")));
    Ok(())
}

fn states(order: &Value) -> String {
    ["/status", "/payment_status", "/fulfillment_status"].map(|axis| text(order, axis)).join(" · ")
}

fn put(body: &mut Map<String, Value>, name: &str, value: Option<String>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), Value::from(value));
    }
}

/// What a person wrote as an amount of the order's currency, in minor units.
fn amount(body: &mut Map<String, Value>, typed: Option<&str>, order: &Value) -> Result<(), Failure> {
    let Some(typed) = typed else { return Ok(()) };
    let currency = text(order, "/currency");
    let minor = amount_minor(typed, &currency).map_err(Failure::usage)?;
    body.insert("amount".to_owned(), json!({"amount": minor, "currency": currency}));
    Ok(())
}

/// `MUG-BLUE=1` as an item of the order and a number of units.
fn items(body: &mut Map<String, Value>, typed: &[String], order: &Value) -> Result<(), Failure> {
    if typed.is_empty() {
        return Ok(());
    }
    let known = field(order, "/items").as_array().cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for text_of in typed {
        let (name, units) = text_of.rsplit_once('=').unwrap_or((text_of, "1"));
        let item = known.iter().find(|item| {
            ["/sku", "/item_id", "/variant_id", "/product_id"].iter().any(|at| text(item, at) == name)
        });
        let (Some(item), Ok(quantity)) = (item, units.parse::<u32>()) else {
            let all: Vec<String> = known.iter().map(|item| text(item, "/sku")).collect();
            return Err(Failure::usage(format!(
                "'{text_of}' is no item of order #{}",
                text(order, "/number")
            ))
            .next(format!("write SKU=UNITS; its items: {}", all.join(", "))));
        };
        lines.push(json!({"item_id": field(item, "/item_id"), "quantity": quantity}));
    }
    body.insert("items".to_owned(), Value::from(lines));
    Ok(())
}
