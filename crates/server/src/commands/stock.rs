//! `sutler stock`: what lies where, and why.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};
use sutler_client::Call;

use super::page::{self, PageArgs};
use crate::connect::Context;
use crate::console::{Column, Failure, day_time, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Stock {
    /// Levels, of one variant or of all
    Show(Show),
    /// Add or take away units
    Adjust(Adjust),
    /// Set what lies on the shelf, as after a count
    Set(Set),
    /// Every movement, newest first
    History(History),
}

/// Which variant, and where
#[derive(Args, Debug)]
struct Place {
    /// Its SKU, or its id where it has none
    item: String,
    /// At which location; the default one otherwise
    #[arg(long, value_name = "ID")]
    location: Option<String>,
}

/// Levels, of one variant or of all
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler stock show MUG-BLUE
  sutler stock show --low")]
pub(crate) struct Show {
    #[command(flatten)]
    page: PageArgs,
    /// SKU, or variant id where it has none
    item: Option<String>,
    /// At this location
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// Only what is low
    #[arg(long)]
    low: bool,
}

/// Add or take away units
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler stock adjust MUG-BLUE +20 --reason received
  sutler stock adjust MUG-BLUE -1 --reason damaged --expected 20")]
pub(crate) struct Adjust {
    #[command(flatten)]
    place: Place,
    /// Such as +20 or -3
    #[arg(allow_hyphen_values = true, value_parser = delta)]
    delta: i64,
    /// received, returned, damaged, lost, found, correction, transfer_in, transfer_out
    #[arg(long, default_value = "correction")]
    reason: String,
    /// Only if exactly this many lie there now
    #[arg(long, value_name = "UNITS")]
    expected: Option<i64>,
    /// In your own words
    #[arg(long)]
    note: Option<String>,
}

/// Set what lies on the shelf, as after a count
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler stock set MUG-BLUE 40
  sutler stock set MUG-BLUE 40 --location shop --expected 38")]
pub(crate) struct Set {
    #[command(flatten)]
    place: Place,
    /// How many lie there
    units: u32,
    /// Only if exactly this many were thought to lie there
    #[arg(long, value_name = "UNITS")]
    expected: Option<i64>,
    /// In your own words
    #[arg(long)]
    note: Option<String>,
}

/// Every movement, newest first
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler stock history MUG-BLUE
  sutler stock history --reason damaged --all -o csv")]
pub(crate) struct History {
    #[command(flatten)]
    page: PageArgs,
    /// SKU, or variant id where it has none
    item: Option<String>,
    /// At this location
    #[arg(long, value_name = "ID")]
    location: Option<String>,
    /// For this reason
    #[arg(long)]
    reason: Option<String>,
}

/// `+20` is 20.
fn delta(text: &str) -> Result<i64, String> {
    let number = text.strip_prefix('+').unwrap_or(text).parse().ok().filter(|delta| *delta != 0);
    number.ok_or_else(|| "write how many more or fewer, such as +20 or -3".to_owned())
}

pub(crate) async fn run(args: Stock, context: &Context) -> Result<(), Failure> {
    match args {
        Stock::Show(args) => show(args, context).await,
        Stock::History(args) => history(args, context).await,
        Stock::Adjust(args) => {
            let words =
                [("reason", Some(Value::from(args.reason))), ("delta", Some(Value::from(args.delta)))];
            adjust(args.place, words, args.expected, args.note, context).await
        }
        Stock::Set(args) => {
            let words = [("set_to", Some(Value::from(args.units))), ("reason", Some(Value::from("count")))];
            adjust(args.place, words, args.expected, args.note, context).await
        }
    }
}

/// A variant is named by its SKU, or by its id where that is what was written.
fn name(item: &str) -> (&'static str, &str) {
    match item.strip_prefix("id:") {
        Some(id) => ("variant_id", id),
        None if item.starts_with("var_") => ("variant_id", item),
        None => ("sku", item.strip_prefix("sku:").unwrap_or(item)),
    }
}

fn columns() -> [Column; 9] {
    [
        Column::at("sku", "/sku"),
        Column::at("variant", "/variant_id"),
        Column::at("location", "/location_id"),
        Column::at("on hand", "/on_hand").right(),
        Column::at("reserved", "/reserved").right(),
        Column::at("safety", "/safety_stock").right(),
        Column::at("available", "/available").right(),
        Column::at("reorder at", "/reorder_point").right(),
        Column::at("status", "/status"),
    ]
}

async fn show(args: Show, context: &Context) -> Result<(), Failure> {
    let mut call = Call::get("/inventory");
    if let Some(item) = &args.item {
        let (by, item) = name(item);
        call = call.query(by, item);
    }
    if let Some(location) = args.location {
        call = call.query("location", location);
    }
    if args.low {
        call = call.query("low_stock", "true");
    }
    page::show(context, call, &args.page, &columns(), "/variant_id").await
}

async fn history(args: History, context: &Context) -> Result<(), Failure> {
    let mut call = Call::get("/inventory/movements");
    if let Some(item) = &args.item {
        let (by, item) = name(item);
        call = call.query(by, item);
    }
    for (by, value) in [("location", args.location), ("reason", args.reason)] {
        if let Some(value) = value {
            call = call.query(by, value);
        }
    }
    let columns = [
        Column::new("time", |row| day_time(&text(row, "/recorded_at"))),
        Column::at("variant", "/variant_id"),
        Column::at("location", "/location_id"),
        Column::at("reason", "/reason"),
        Column::at("shelf", "/on_hand").right(),
        Column::at("reserved", "/reserved").right(),
        Column::at("then on hand", "/on_hand_after").right(),
        Column::new("for", |row| text(row, "/order_id") + &text(row, "/reservation_id")),
        Column::at("note", "/note"),
    ];
    page::show(context, call, &args.page, &columns, "/variant_id").await
}

async fn adjust(
    place: Place,
    words: [(&str, Option<Value>); 2],
    expected: Option<i64>,
    note: Option<String>,
    context: &Context,
) -> Result<(), Failure> {
    let (by, item) = name(&place.item);
    let all = [
        (by, Some(Value::from(item))),
        ("location", place.location.map(Value::from)),
        ("expected_on_hand", expected.map(Value::from)),
        ("note", note.map(Value::from)),
    ];
    let given = all.into_iter().chain(words).filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let body: Map<String, Value> = given.collect();
    let level = context.ask(Call::post("/inventory/adjustments").json(&body)).await?;
    context.output.list(&columns(), std::slice::from_ref(&level), "/variant_id", &level)
}
