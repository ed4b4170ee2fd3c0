//! `sutler report`: figures of a period.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value;
use sutler_client::Call;

use crate::connect::Context;
use crate::console::{Column, Failure, Format, field, money, text};

/// Sales, refunds, unpaid orders and stock, as a table, CSV, JSON or a picture
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler report
  sutler report best-sellers --from 2026-11-01 --until 2026-11-30
  sutler report sales-by-product -o csv > products.csv
  sutler report sales-by-day --svg sales.svg

Days are in UTC and both are included; without any it is the last 30. A sale counts by the day it was placed, and is revenue
once it was paid whole: GET /stats/overview and the dashboard say the same.")]
pub(crate) struct Report {
    /// Which
    #[arg(value_enum, default_value_t)]
    name: Name,
    /// The first day
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Draw it into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Name {
    /// What was sold, day by day
    #[default]
    SalesByDay,
    /// What was sold of each product
    SalesByProduct,
    /// What was sold through each channel: metadata.channel of the orders
    SalesByChannel,
    /// The products of which most units were sold
    BestSellers,
    /// What lies on the shelves, and what it is worth now
    StockValue,
    /// What was given back
    Refunds,
    /// What is still to be paid now
    Unpaid,
}

impl Name {
    const fn path(self) -> &'static str {
        match self {
            Self::SalesByDay => "/reports/sales_by_day",
            Self::SalesByProduct => "/reports/sales_by_product",
            Self::SalesByChannel => "/reports/sales_by_channel",
            Self::BestSellers => "/reports/best_sellers",
            Self::StockValue => "/reports/stock_value",
            Self::Refunds => "/reports/refunds",
            Self::Unpaid => "/reports/unpaid",
        }
    }
}

pub(crate) async fn run(args: Report, context: &Context) -> Result<(), Failure> {
    let mut call = Call::get(args.name.path());
    for (name, day) in [("from", &args.from), ("until", &args.until)] {
        if let Some(day) = day {
            call = call.query(name, day);
        }
    }
    if let Some(file) = &args.svg {
        let picture = context.send(call.query("format", "svg")).await?;
        std::fs::write(file, picture.body)?;
        return context.output.line(format!("drawn into {}", file.display()));
    }
    match context.output.format {
        Format::Csv => {
            let table = context.send(call.query("format", "csv")).await?;
            context.output.line(String::from_utf8_lossy(&table.body).trim_end())
        }
        Format::Json | Format::Ndjson => context.output.json(&context.ask(call).await?),
        _ => tell(&context.ask(call).await?, context),
    }
}

fn tell(report: &Value, context: &Context) -> Result<(), Failure> {
    let list = |at: &str| field(report, at).as_array().cloned().unwrap_or_default();
    let columns: Vec<Column> = list("/columns").iter().map(column).collect();
    let rows = list("/data");
    let id = format!("/{}", text(report, "/columns/0/name"));
    context.output.list(&columns, &rows, &id, report)?;
    if field(report, "/is_cut").as_bool() == Some(true) {
        context.output.say("there are more rows than a report has");
    }
    Ok(())
}

/// A column of the report as one of the terminal.
fn column(column: &Value) -> Column {
    let (name, kind) = (text(column, "/name"), text(column, "/type"));
    // A report has a handful of columns, and the program ends after it.
    let title: &'static str = Box::leak(text(column, "/title").into_boxed_str());
    let pointer = format!("/{name}");
    match kind.as_str() {
        "money" => Column::new(title, move |row| money(field(row, &pointer))).right(),
        "count" => Column::new(title, move |row| text(row, &pointer)).right(),
        _ => Column::new(title, move |row| text(row, &pointer)),
    }
}
