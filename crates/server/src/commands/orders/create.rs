//! Place orders from the command line.

use std::io::Read;

use clap::Args;
use serde_json::Value;
use sutler_client::Call;

use super::file::{Wanted, place};
use crate::connect::Context;
use crate::console::{Failure, field, int, money, plural, text};
use crate::sample;

/// How long to wait for the payment, in seconds.
const WAIT_S: u32 = 8;

/// Place an order, or those of a file
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler orders create --sample
  sutler orders create --file order.json --idempotency-key web-10042
  sutler orders create --bulk orders.ndjson --idempotency-key orders-2026-11-28

A file of orders is sent as it is read and each line is answered in its place; lines that fail stop no others (exit code 8).")]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(crate) struct Create {
    /// Two items of the sample shop, paid with the fake gateway
    #[arg(long, group = "what")]
    sample: bool,
    /// The body of POST /orders, as JSON; '-' reads stdin
    #[arg(long, value_name = "FILE", group = "what")]
    file: Option<String>,
    /// Orders, a line of JSON for each; '-' reads stdin
    #[arg(long, value_name = "FILE", group = "what")]
    bulk: Option<String>,
    /// With --bulk: all orders of the file or none, at most 1,000
    #[arg(long, requires = "bulk")]
    atomic: bool,
    /// With --bulk: judge every line and change nothing
    #[arg(long, requires = "bulk")]
    dry_run: bool,
    /// With --sample: the token that decides how the payment goes
    #[arg(long, default_value = "tok_ok", requires = "sample")]
    token: String,
}

pub(super) async fn run(args: Create, context: &Context) -> Result<(), Failure> {
    if let Some(file) = args.bulk {
        let wanted = Wanted { file, atomic: args.atomic, dry_run: args.dry_run };
        return place(&wanted, context).await;
    }
    let body = match args.file {
        Some(file) => read(&file)?,
        None => sample::order(&args.token),
    };
    let placed = context.ask(Call::post("/orders").wait(WAIT_S).json(&body)).await;
    let order = placed.map_err(|failure| if args.sample { sample::refused(failure) } else { failure })?;
    if !context.output.is_for_people() {
        return context.output.json(&order);
    }
    told(&order).iter().try_for_each(|line| context.output.line(line))?;
    context.output.hint(format!("  next:  sutler orders ship {}", text(&order, "/number")));
    Ok(())
}

fn read(file: &str) -> Result<Value, Failure> {
    let mut content = String::new();
    let read = match file {
        "-" => std::io::stdin().lock().read_to_string(&mut content).map(drop),
        path => std::fs::read_to_string(path).map(|found| content = found),
    };
    read.map_err(|error| Failure::usage(format!("cannot read {file} ({error})")))?;
    serde_json::from_str(&content).map_err(|error| Failure::usage(format!("{file} is not JSON: {error}")))
}

/// Where the buyer decides: at an address, or in the shop's own page.
fn buyer_decides(url: &str) -> String {
    if url.is_empty() {
        "the buyer finishes it in the shop".to_owned()
    } else {
        format!("the buyer decides at {url}")
    }
}

/// A placement in two lines: what, and how far it came.
fn told(order: &Value) -> [String; 2] {
    let items = field(order, "/items").as_array().cloned().unwrap_or_default();
    let kept = items.iter().filter(|item| int(item, "/quantity/open") > 0).count();
    let payment = match text(order, "/payment/status").as_str() {
        "" => "no payment yet".to_owned(),
        "requires_action" => buyer_decides(&text(order, "/payment/next_action/url")),
        "failed" => format!("payment failed: {}", text(order, "/payment/failure/message")),
        status => format!("payment {status}"),
    };
    let head = format!(
        "  #{}  {}   {}   {}",
        text(order, "/number"),
        text(order, "/order_id"),
        plural(items.len(), "item"),
        money(field(order, "/totals/total"))
    );
    [head, format!("  placed ─ stock reserved ({kept} of {}) ─ {payment}", plural(items.len(), "item"))]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_placement_is_told_as_documented() {
        let item = json!({"quantity": {"ordered": 2, "open": 2}});
        let order = json!({
            "number": "1061", "order_id": "ord_1", "items": [item, item],
            "totals": {"total": {"amount": 5960, "currency": "EUR"}},
            "payment": {"status": "captured"}
        });
        assert_eq!(
            told(&order),
            [
                "  #1061  ord_1   2 items   €59.60".to_owned(),
                "  placed ─ stock reserved (2 of 2 items) ─ payment captured".to_owned(),
            ]
        );
    }
}
