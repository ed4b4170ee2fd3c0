//! Lists of orders.

use clap::Args;
use sutler_client::Call;

use super::super::page::{self, PageArgs};
use crate::connect::Context;
use crate::console::{Column, Failure, day_time, field, money, text};

/// Orders, newest first
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders list --payment failed --limit 10
  sutler orders list 'payment:paid total:>100' ada@example.com
  sutler orders list --sku MUG-BLUE --placed-from 2026-11-01 -o csv")]
pub(crate) struct List {
    /// Words and filters as in the dashboard, such as 'payment:failed placed:7d', '#1061' or an e-mail address
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    page: PageArgs,
    /// created, confirmed, completed, canceled, expired; several with commas
    #[arg(long)]
    status: Option<String>,
    /// Payment status, such as paid,authorized
    #[arg(long, value_name = "STATUS")]
    payment: Option<String>,
    /// Fulfillment status, such as unfulfilled
    #[arg(long, value_name = "STATUS")]
    fulfillment: Option<String>,
    /// The shop's own id of the customer
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// With an item of this SKU
    #[arg(long)]
    sku: Option<String>,
    /// With this tag
    #[arg(long)]
    tag: Option<String>,
    /// With this reference
    #[arg(long)]
    reference: Option<String>,
    /// Placed at or after this date or time
    #[arg(long, value_name = "TIME")]
    placed_from: Option<String>,
    /// Placed before this date or time
    #[arg(long, value_name = "TIME")]
    placed_until: Option<String>,
    /// placed_at, number, updated_at or total; '-' in front for the largest first
    #[arg(long, allow_hyphen_values = true)]
    sort: Option<String>,
}

pub(super) async fn run(args: List, context: &Context) -> Result<(), Failure> {
    let words = Some(args.words.join(" ")).filter(|words| !words.is_empty());
    let filters = [
        ("q", words),
        ("status", args.status),
        ("payment_status", args.payment),
        ("fulfillment_status", args.fulfillment),
        ("customer_id", args.customer),
        ("sku", args.sku),
        ("tag", args.tag),
        ("reference", args.reference),
        ("placed_at[gte]", args.placed_from),
        ("placed_at[lt]", args.placed_until),
        ("sort", args.sort),
    ];
    let mut call = Call::get("/orders");
    for (name, value) in filters {
        if let Some(value) = value {
            call = call.query(name, value);
        }
    }
    let columns = [
        Column::new("order", |order| format!("#{}", text(order, "/number"))),
        Column::new("placed", |order| day_time(&text(order, "/placed_at"))),
        Column::at("status", "/status"),
        Column::at("payment", "/payment_status"),
        Column::at("fulfillment", "/fulfillment_status"),
        Column::new("items", |order| field(order, "/items").as_array().map_or(0, Vec::len).to_string())
            .right(),
        Column::new("total", |order| money(field(order, "/totals/total"))).right(),
        Column::at("customer", "/customer_id"),
        Column::at("reference", "/reference"),
    ];
    page::show(context, call, &args.page, &columns, "/order_id").await
}
