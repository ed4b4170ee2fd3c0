//! `sutler payments`: the gateway's books beside ours.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sutler_client::Call;

use super::page::segment;
use crate::connect::Context;
use crate::console::{Column, Exit, Failure, field, money, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Payments {
    /// Compare a gateway's books with ours, both ways; fails when they differ
    Reconcile(Reconcile),
}

/// Compare a gateway's books with ours, both ways; fails when they differ
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler payments reconcile
  sutler payments reconcile --gateway stripe --since 2026-11-01

Lists payments of the gateway without an order, orders whose payment the gateway does not know, and amounts that differ.
A payment with a call in flight is counted and not judged. Exit code 0: the books agree; 9: they differ.")]
pub(crate) struct Reconcile {
    /// Whose books
    #[arg(long, default_value = "stripe")]
    gateway: String,
    /// Payments from then on, such as 2026-11-01 or 2026-11-01T12:00:00Z; else those of the last thirty days
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

pub(crate) async fn run(args: Payments, context: &Context) -> Result<(), Failure> {
    match args {
        Payments::Reconcile(args) => reconcile(&args, context).await,
    }
}

async fn reconcile(args: &Reconcile, context: &Context) -> Result<(), Failure> {
    let (mut sums, mut differences, mut after) = ([0u64; 3], Vec::new(), None::<String>);
    loop {
        let mut call = Call::get(format!("/gateways/{}/reconciliation", segment(&args.gateway)));
        for (name, value) in [("since", args.since.clone()), ("after", after.take())] {
            if let Some(value) = value {
                call = call.query(name, value);
            }
        }
        let found = context.ask(call).await?;
        for (sum, name) in sums.iter_mut().zip(["/checked", "/in_flight", "/foreign"]) {
            *sum = sum.saturating_add(field(&found, name).as_u64().unwrap_or(0));
        }
        differences.extend(field(&found, "/differences").as_array().cloned().unwrap_or_default());
        match text(&found, "/next") {
            next if next.is_empty() => break,
            next => after = Some(next),
        }
    }
    show(args, context, sums, &differences)?;
    if differences.is_empty() {
        return Ok(());
    }
    let what = format!("{} payments differ between {} and this shop", differences.len(), args.gateway);
    Err(Failure::new(Exit::Unverified, what).next("ask about one:  sutler api post /payments/{id}/sync"))
}

fn show(
    args: &Reconcile,
    context: &Context,
    [checked, in_flight, foreign]: [u64; 3],
    differences: &[Value],
) -> Result<(), Failure> {
    let out = &context.output;
    let whole = json!({
        "object": "reconciliation", "gateway": args.gateway, "checked": checked, "in_flight": in_flight,
        "foreign": foreign, "differences": differences,
    });
    let columns = [
        Column::at("payment", "/payment_id"),
        Column::at("order", "/order_id"),
        Column::at("there", "/transaction_id"),
        Column::at("difference", "/kind"),
        Column::new("theirs", |row| moved(field(row, "/theirs"))).right(),
        Column::new("ours", |row| moved(field(row, "/ours"))).right(),
    ];
    if !(differences.is_empty() && out.is_for_people()) {
        out.list(&columns, differences, "/payment_id", &whole)?;
    }
    out.say(format!(
        "{checked} payments compared, {} differ, {in_flight} in flight, {foreign} of somebody else",
        differences.len()
    ));
    Ok(())
}

/// Taken, and what of it went back.
fn moved(side: &Value) -> String {
    match (field(side, "/taken"), field(side, "/given_back")) {
        (Value::Null, _) => "nothing".to_owned(),
        (taken, back) if field(back, "/amount").as_i64() == Some(0) => money(taken),
        (taken, back) => format!("{} − {}", money(taken), money(back)),
    }
}
