//! `sutler customers`: who buys, everything held about them, and forgetting them.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sutler_client::Call;

use super::page::{self, PageArgs, segment};
use crate::connect::Context;
use crate::console::{Column, Failure, day_time, field, int, money, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Customers {
    /// Customers, newest first
    List(List),
    /// A customer, and what they ordered and spent
    Show(One),
    /// Everything that is held about a person, as JSON
    Export(One),
    /// Forget a person: orders keep their totals and lose the person
    Erase(One),
}

/// Customers, newest first
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler customers list --limit 10
  sutler customers list --email ada@example.com")]
pub(crate) struct List {
    #[command(flatten)]
    page: PageArgs,
    /// The one who has this e-mail address, in any case
    #[arg(long)]
    email: Option<String>,
    /// With what they ordered and spent
    #[arg(long)]
    lifetime: bool,
}

/// A customer, and nothing more
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler customers show ada@example.com
  sutler customers export C1
  sutler customers erase cus_01m81p1e6me3pt0yekqqme4qcm")]
pub(crate) struct One {
    /// Id or e-mail address
    customer: String,
}

pub(crate) async fn run(args: Customers, context: &Context) -> Result<(), Failure> {
    match args {
        Customers::List(args) => list(args, context).await,
        Customers::Show(args) => {
            let call = Call::get(at(&args.customer, "")).query("expand", "lifetime");
            show(context, &context.ask(call).await?)
        }
        Customers::Export(args) => {
            let held = context.ask(Call::get(at(&args.customer, "/export"))).await?;
            context.output.json(&held)
        }
        Customers::Erase(args) => erase(&args, context).await,
    }
}

/// The path of a customer as people name them: an id, or an e-mail address.
fn at(customer: &str, rest: &str) -> String {
    let alias = customer.contains('@') && !customer.starts_with("email:");
    let name = if alias { format!("email:{customer}") } else { customer.to_owned() };
    format!("/customers/{}{rest}", segment(&name))
}

async fn list(args: List, context: &Context) -> Result<(), Failure> {
    let mut call = Call::get("/customers");
    if let Some(email) = args.email {
        call = call.query("email", email);
    }
    let mut columns = vec![
        Column::at("customer", "/customer_id"),
        Column::at("name", "/name"),
        Column::at("e-mail", "/email"),
        Column::new("since", |one| day_time(&text(one, "/created_at"))),
    ];
    if args.lifetime {
        call = call.query("expand", "lifetime");
        columns.push(Column::new("orders", |one| int(one, "/lifetime/orders").to_string()).right());
        columns.push(Column::new("spent", spent).right());
    }
    page::show(context, call, &args.page, &columns, "/customer_id").await
}

fn spent(one: &Value) -> String {
    let all = field(one, "/lifetime/spent").as_array().into_iter().flatten();
    all.map(money).collect::<Vec<_>>().join(", ")
}

fn show(context: &Context, one: &Value) -> Result<(), Failure> {
    let out = &context.output;
    if !out.is_for_people() {
        return out.json(one);
    }
    let erased = text(one, "/erased_at");
    let said = if erased.is_empty() { String::new() } else { format!("  erased {}", day_time(&erased)) };
    out.line(format!("  {}{said}", text(one, "/customer_id")))?;
    for at in ["/name", "/email", "/phone"] {
        let value = text(one, at);
        if !value.is_empty() {
            out.line(format!("  {value}"))?;
        }
    }
    let (orders, spent) = (int(one, "/lifetime/orders"), spent(one));
    let spent = if spent.is_empty() { String::new() } else { format!(", spent {spent}") };
    out.line(format!("  {orders} orders{spent}"))?;
    out.hint(format!("  their orders:  sutler orders list --customer {}", text(one, "/customer_id")));
    Ok(())
}

async fn erase(args: &One, context: &Context) -> Result<(), Failure> {
    let question = format!(
        "Erase {}? Name, addresses, e-mail and notes go, also from backups that are restored later. This cannot be undone.",
        args.customer
    );
    context.confirm(&question)?;
    let erased = context.ask(Call::post(at(&args.customer, "/erase")).json(&json!({}))).await?;
    if !context.output.is_for_people() {
        return context.output.json(&erased);
    }
    context.output.line(format!("  {} is erased", text(&erased, "/customer_id")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_named_by_id_or_address() {
        assert_eq!(at("C1", ""), "/customers/C1");
        assert_eq!(at("ada@example.com", "/erase"), "/customers/email:ada%40example.com/erase");
        assert_eq!(at("email:ada@example.com", ""), "/customers/email:ada%40example.com");
    }
}
