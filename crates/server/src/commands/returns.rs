//! `sutler returns`: goods that come back.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use sutler_client::Call;

use super::orders::body::{items, put};
use super::orders::{path, read};
use super::page::{self, PageArgs, segment};
use crate::connect::Context;
use crate::console::{Column, Failure, day_time, field, int, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Returns {
    /// Returns, those of the newest orders first
    List(List),
    /// A return
    Show(One),
    /// Ask for a return of what was shipped
    Create(Create),
    /// Say that the goods may come
    Approve(Approve),
    /// Note that goods came
    Receive(Receive),
    /// Turn a return down of which nothing came
    Reject(Reject),
    /// Note that no more will come
    Close(One),
}

/// Returns, those of the newest orders first
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler returns list --status requested
  sutler returns list --order 1061")]
pub(crate) struct List {
    #[command(flatten)]
    page: PageArgs,
    /// requested, approved, received, rejected or closed
    #[arg(long)]
    status: Option<String>,
    /// Of this order: number, id or ref:…
    #[arg(long)]
    order: Option<String>,
}

/// A return, and nothing more
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler returns show ret_01m81p1g3kf8x7v2q9r5t1w4zb
  sutler returns close ret_01m81p1g3kf8x7v2q9r5t1w4zb")]
pub(crate) struct One {
    /// Its id
    id: String,
}

/// Ask for a return of what was shipped
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler returns create 1061 --item MUG-BLUE=1 --reason 'too small'
  sutler returns create 1061")]
pub(crate) struct Create {
    /// Number, id or ref:…
    order: String,
    /// SKU or item id and units, such as MUG-BLUE=1; all that is with the customer otherwise
    #[arg(long = "item", value_name = "SKU=N")]
    items: Vec<String>,
    /// Why, for each item that is named
    #[arg(long, requires = "items")]
    reason: Option<String>,
}

/// Say that the goods may come
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler returns approve ret_01m81p1g3kf8x7v2q9r5t1w4zb
  sutler returns approve ret_01m81p1g3kf8x7v2q9r5t1w4zb --carrier DHL --tracking 00340434161094042557")]
pub(crate) struct Approve {
    /// Its id
    id: String,
    /// Who carries the parcel
    #[arg(long)]
    carrier: Option<String>,
    /// The carrier's number
    #[arg(long, value_name = "NUMBER")]
    tracking: Option<String>,
    /// Where the label is
    #[arg(long)]
    url: Option<String>,
}

/// Note that goods came
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler returns receive ret_01m81p1g3kf8x7v2q9r5t1w4zb
  sutler returns receive ret_01m81p1g3kf8x7v2q9r5t1w4zb --item MUG-BLUE=1 --damaged TEE-M=1")]
pub(crate) struct Receive {
    /// Its id
    id: String,
    /// SKU or item id and units that can be sold again; all that has not come, when nothing is named
    #[arg(long = "item", value_name = "SKU=N")]
    items: Vec<String>,
    /// SKU or item id and units that cannot
    #[arg(long, value_name = "SKU=N")]
    damaged: Vec<String>,
}

/// Turn a return down of which nothing came
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler returns reject ret_01m81p1g3kf8x7v2q9r5t1w4zb --reason 'worn'
  sutler returns reject ret_01m81p1g3kf8x7v2q9r5t1w4zb")]
pub(crate) struct Reject {
    /// Its id
    id: String,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) async fn run(args: Returns, context: &Context) -> Result<(), Failure> {
    match args {
        Returns::List(args) => list(args, context).await,
        Returns::Show(args) => show(context, &context.ask(Call::get(at(&args.id, ""))).await?),
        Returns::Create(args) => create(args, context).await,
        Returns::Approve(args) => approve(args, context).await,
        Returns::Receive(args) => receive(args, context).await,
        Returns::Reject(args) => reject(args, context).await,
        Returns::Close(args) => show(context, &context.ask(Call::post(at(&args.id, "/close"))).await?),
    }
}

fn at(id: &str, rest: &str) -> String {
    format!("/returns/{}{rest}", segment(id))
}

async fn list(args: List, context: &Context) -> Result<(), Failure> {
    let mut call = Call::get("/returns");
    if let Some(status) = args.status {
        call = call.query("status", status);
    }
    if let Some(order) = args.order {
        let order = read(context, &order).await?;
        call = call.query("order_id", text(&order, "/order_id"));
    }
    let columns = [
        Column::at("return", "/return_id"),
        Column::new("order", |one| format!("#{}", text(one, "/order_number"))),
        Column::at("status", "/status"),
        Column::new("units", |one| units(one, "/quantity").to_string()).right(),
        Column::new("came", |one| units(one, "/received").to_string()).right(),
        Column::new("asked", |one| day_time(&text(one, "/created_at"))),
    ];
    page::show(context, call, &args.page, &columns, "/return_id").await
}

/// Σ of a quantity over the items of a return.
fn units(one: &Value, quantity: &str) -> i64 {
    let items = field(one, "/items").as_array().into_iter().flatten();
    items.fold(0, |sum: i64, item| sum.saturating_add(int(item, quantity)))
}

fn show(context: &Context, one: &Value) -> Result<(), Failure> {
    let out = &context.output;
    if !out.is_for_people() {
        return out.json(one);
    }
    let (id, number) = (text(one, "/return_id"), text(one, "/order_number"));
    out.line(format!("  {id}  {}  of #{number}", text(one, "/status")))?;
    for item in field(one, "/items").as_array().into_iter().flatten() {
        let name =
            Some(text(item, "/sku")).filter(|sku| !sku.is_empty()).unwrap_or_else(|| text(item, "/item_id"));
        let why = Some(text(item, "/reason")).filter(|why| !why.is_empty());
        let why = why.map(|why| format!("  ({why})")).unwrap_or_default();
        let counts = ["/received", "/quantity", "/restocked", "/refunded"].map(|at| int(item, at));
        let [received, quantity, restocked, refunded] = counts;
        out.line(format!(
            "  {received} of {quantity} {name} came, {restocked} restocked, {refunded} refunded{why}"
        ))?;
    }
    let next = match text(one, "/status").as_str() {
        "requested" => format!("sutler returns approve {id}"),
        "approved" => format!("sutler returns receive {id}"),
        "received" if units(one, "/received") > units(one, "/refunded") => {
            format!("sutler orders refund {number} --return {id}")
        }
        "received" => format!("sutler returns close {id}"),
        _ => return Ok(()),
    };
    out.hint(format!("  next:  {next}"));
    Ok(())
}

async fn create(args: Create, context: &Context) -> Result<(), Failure> {
    let order = read(context, &args.order).await?;
    let mut body = Map::new();
    items(&mut body, &args.items, &order)?;
    if let (Some(reason), Some(lines)) = (args.reason, body.get_mut("items").and_then(Value::as_array_mut)) {
        for line in lines.iter_mut().filter_map(Value::as_object_mut) {
            line.insert("reason".to_owned(), Value::from(reason.clone()));
        }
    }
    show(context, &context.ask(Call::post(path(&args.order, "/returns")).json(&body)).await?)
}

async fn approve(args: Approve, context: &Context) -> Result<(), Failure> {
    let mut label = Map::new();
    put(&mut label, "carrier", args.carrier);
    put(&mut label, "number", args.tracking);
    put(&mut label, "url", args.url);
    let body = if label.is_empty() { json!({}) } else { json!({"label": label}) };
    show(context, &context.ask(Call::post(at(&args.id, "/approve")).json(&body)).await?)
}

async fn receive(args: Receive, context: &Context) -> Result<(), Failure> {
    let one = context.ask(Call::get(at(&args.id, ""))).await?;
    let mut lines: Vec<Value> = Vec::new();
    for (typed, condition) in [(&args.items, "sellable"), (&args.damaged, "damaged")] {
        let mut part = Map::new();
        items(&mut part, typed, &one)?;
        for mut line in part.remove("items").and_then(|lines| lines.as_array().cloned()).unwrap_or_default() {
            if let Some(members) = line.as_object_mut() {
                members.insert("condition".to_owned(), Value::from(condition));
            }
            lines.push(line);
        }
    }
    let body = if lines.is_empty() { json!({}) } else { json!({"items": lines}) };
    show(context, &context.ask(Call::post(at(&args.id, "/receive")).json(&body)).await?)
}

async fn reject(args: Reject, context: &Context) -> Result<(), Failure> {
    let mut body = Map::new();
    put(&mut body, "reason", args.reason);
    show(context, &context.ask(Call::post(at(&args.id, "/reject")).json(&body)).await?)
}
