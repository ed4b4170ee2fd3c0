//! One order, on a screen.

use clap::Args;
use serde_json::Value;
use sutler_client::Call;

use super::path;
use crate::connect::Context;
use crate::console::{Column, Failure, Paint, Table, clock_time, day_time, field, int, money, text};

/// An order as it is, or as it was
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders show 1061
  sutler orders show 1061 --at 2026-11-20T10:00:00Z --json
  sutler orders show ref:web-10042 --events")]
pub(crate) struct Show {
    /// Number, id or ref:…
    order: String,
    /// As it was at this time
    #[arg(long, value_name = "TIME", conflicts_with = "version")]
    at: Option<String>,
    /// As it was at this version
    #[arg(long)]
    version: Option<u64>,
    /// What happened to it, oldest first
    #[arg(long, conflicts_with_all = ["at", "version"])]
    events: bool,
}

/// Why an order is as it is, and what it waits for
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders explain 1061
  sutler orders explain ref:web-10042 --json")]
pub(crate) struct Explain {
    /// Number, id or ref:…
    order: String,
}

pub(super) async fn run(args: Show, context: &Context) -> Result<(), Failure> {
    if args.events {
        return events(&args.order, context).await;
    }
    let mut call =
        Call::get(path(&args.order, "")).query("expand", "payments,fulfillments,refunds,customer,notes");
    if let Some(at) = args.at {
        call = call.query("at", at);
    }
    if let Some(version) = args.version {
        call = call.query("version", version.to_string());
    }
    let order = context.ask(call).await?;
    if context.output.is_for_people() { people(&order, context) } else { context.output.json(&order) }
}

fn people(order: &Value, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    let states =
        ["/status", "/payment_status", "/fulfillment_status"].map(|axis| text(order, axis)).join(" · ");
    let number = out.paint(Paint::Strong, &format!("#{}", text(order, "/number")));
    out.line(format!("{number}  {}   {states}", text(order, "/order_id")))?;
    let facts = [
        ("as of", day_time(&text(order, "/as_of"))),
        ("placed", day_time(&text(order, "/placed_at"))),
        ("version", text(order, "/version")),
        ("reference", text(order, "/reference")),
        ("customer", customer(order)),
        ("ships to", address(field(order, "/shipping_address"))),
        ("stock kept", day_time(&text(order, "/reservation_expires_at"))),
    ];
    for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        out.line(format!("  {name:<11} {fact}"))?;
    }
    out.line("")?;
    indented(&items(), rows(order, "/items"), context)?;
    out.line("")?;
    for (name, at) in [
        ("subtotal", "/totals/subtotal"),
        ("discount", "/totals/discount"),
        ("shipping", "/totals/shipping"),
        ("total", "/totals/total"),
        ("paid", "/totals/paid"),
        ("refunded", "/totals/refunded"),
        ("due", "/totals/due"),
    ] {
        let amount = field(order, at);
        if int(amount, "/amount") != 0 || name == "total" {
            out.line(format!("  {name:<11} {:>12}", money(amount)))?;
        }
    }
    for (title, at, columns) in [
        ("Payments", "/payments", payments()),
        ("Fulfillments", "/fulfillments", fulfillments()),
        ("Refunds", "/refunds", refunds()),
    ] {
        let rows = rows(order, at);
        if !rows.is_empty() {
            out.line(format!("\n{}", out.paint(Paint::Strong, title)))?;
            indented(&columns, rows, context)?;
        }
    }
    for hold in rows(order, "/holds") {
        out.line(format!("\n! on hold: {}  {}", text(hold, "/code"), text(hold, "/reason")))?;
    }
    for note in rows(order, "/notes") {
        out.line(format!("\nnote by {}: {}", text(note, "/author"), text(note, "/body")))?;
    }
    let actions: Vec<String> =
        rows(order, "/next_actions").iter().map(|action| text(action, "/action")).collect();
    out.hint(format!(
        "\nnext: {}        why: sutler orders explain {}",
        actions.join(", "),
        text(order, "/number")
    ));
    Ok(())
}

fn rows<'a>(order: &'a Value, at: &str) -> &'a [Value] {
    field(order, at).as_array().map_or(&[], Vec::as_slice)
}

fn indented(columns: &[Column], rows: &[Value], context: &Context) -> Result<(), Failure> {
    let lines = Table { columns, rows }.lines(None);
    lines.iter().try_for_each(|line| context.output.line(format!("  {line}")))
}

fn items() -> Vec<Column> {
    vec![
        Column::at("sku", "/sku"),
        Column::new("title", |item| {
            let (title, variant) = (text(item, "/title"), text(item, "/variant_title"));
            if variant.is_empty() { title } else { format!("{title} / {variant}") }
        }),
        Column::at("qty", "/quantity/ordered").right(),
        Column::at("open", "/quantity/open").right(),
        Column::at("shipped", "/quantity/fulfilled").right(),
        Column::new("each", |item| money(field(item, "/unit_price"))).right(),
        Column::new("total", |item| money(field(item, "/total"))).right(),
    ]
}

fn payments() -> Vec<Column> {
    vec![
        Column::at("payment", "/payment_id"),
        Column::at("gateway", "/gateway"),
        Column::at("status", "/status"),
        Column::new("amount", |payment| money(field(payment, "/amount"))).right(),
        Column::new("", |payment| {
            let failed = text(payment, "/failure/message");
            let url = text(payment, "/next_action/url");
            if url.is_empty() { failed } else { format!("the buyer decides at {url}") }
        }),
    ]
}

fn fulfillments() -> Vec<Column> {
    vec![
        Column::at("fulfillment", "/fulfillment_id"),
        Column::at("status", "/status"),
        Column::new("shipped", |parcel| day_time(&text(parcel, "/shipped_at"))),
        Column::at("carrier", "/tracking/carrier"),
        Column::at("tracking", "/tracking/number"),
    ]
}

fn refunds() -> Vec<Column> {
    vec![
        Column::at("refund", "/refund_id"),
        Column::at("status", "/status"),
        Column::new("amount", |refund| money(field(refund, "/amount"))).right(),
        Column::at("reason", "/reason"),
    ]
}

fn customer(order: &Value) -> String {
    let parts = ["/customer_id", "/customer/name", "/customer/email"].map(|at| text(order, at));
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

fn address(address: &Value) -> String {
    let parts =
        ["/name", "/line1", "/line2", "/postal_code", "/city", "/country"].map(|at| text(address, at));
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

async fn events(order: &str, context: &Context) -> Result<(), Failure> {
    let answer = context.ask(Call::get(path(order, "/events"))).await?;
    let columns = [
        Column::new("time", |event| clock_time(&text(event, "/time"))),
        Column::at("version", "/sequence").right(),
        Column::at("type", "/type"),
        Column::at("caused by", "/causation"),
        Column::at("id", "/id"),
    ];
    context.output.list(&columns, rows(&answer, "/data"), "/id", &answer)
}

pub(super) async fn explain(args: Explain, context: &Context) -> Result<(), Failure> {
    let answer = context.ask(Call::get(path(&args.order, "/explain"))).await?;
    let out = &context.output;
    if !out.is_for_people() {
        return out.json(&answer);
    }
    out.line(format!("{}  {}", text(&answer, "/order_id"), text(&answer, "/status")))?;
    for check in rows(&answer, "/checks") {
        let pass = field(check, "/pass").as_bool().unwrap_or(false);
        let mark = if pass { out.paint(Paint::Good, "✓") } else { out.paint(Paint::Bad, "✗") };
        out.line(format!("  {mark} {:<14} {}", text(check, "/check"), text(check, "/detail")))?;
        let fix = text(check, "/fix");
        if !pass && !fix.is_empty() {
            out.line(format!("    {:<14} {fix}", "→"))?;
        }
    }
    let next = rows(&answer, "/next_actions").iter().map(|action| match text(action, "/reason_disabled") {
        reason if reason.is_empty() => text(action, "/action"),
        reason => format!("{} ({reason})", text(action, "/action")),
    });
    out.line(format!("  next: {}", next.collect::<Vec<_>>().join(", ")))
}
