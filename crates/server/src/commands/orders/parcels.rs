//! What travels.

use clap::Args;
use serde_json::{Map, Value};
use sutler_client::Call;

use super::super::page::segment;
use super::act::Plain;
use super::body::{items, moved, put, states};
use super::{path, read};
use crate::connect::Context;
use crate::console::{Exit, Failure, field, text};

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
        return Err(Failure::new(Exit::Conflict, format!("order #{number} has no parcel under way"))
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
