//! `sutler events`: the log, as it was and as it grows.

use std::collections::HashMap;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sutler_client::Call;

use super::page::{self, PageArgs, segment};
use crate::connect::Context;
use crate::console::{Column, Failure, clock_time, day_time, field, money, text};

/// How often the log is asked for what is new.
const ASK_EVERY: Duration = Duration::from_millis(300);

/// Events of one answer.
const PAGE: &str = "200";

#[derive(Subcommand, Debug)]
pub(crate) enum Events {
    /// What happens, as it happens
    Tail(Tail),
    /// What happened, oldest first
    List(List),
    /// One event
    Show(Show),
    /// The types there are
    #[command(after_help = "Examples:
  sutler events types
  sutler events types --json")]
    Types,
}

/// What happens, as it happens
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler events tail
  sutler events tail --types 'order.*,payment.failed' --json")]
pub(crate) struct Tail {
    /// Types, such as order.* or payment.captured; several with commas
    #[arg(long)]
    types: Option<String>,
    /// About this order, product or payment only
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Begin after this cursor or event instead of now; 'start' is the oldest there is
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// End when nothing is new
    #[arg(long)]
    no_follow: bool,
}

/// What happened, oldest first
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler events list --types 'payment.*' --limit 20
  sutler events list --all -o ndjson > events.ndjson")]
pub(crate) struct List {
    #[command(flatten)]
    page: PageArgs,
    /// Types, such as order.* or payment.captured; several with commas
    #[arg(long)]
    types: Option<String>,
    /// About this order, product or payment only
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
}

/// One event
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler events show evt_01m81p1eb8ev5b9ts55c7j3qdp
  sutler events show evt_01m81p1eb8ev5b9ts55c7j3qdp -o ndjson")]
pub(crate) struct Show {
    /// Its id
    event: String,
}

pub(crate) async fn run(args: Events, context: &Context) -> Result<(), Failure> {
    match args {
        Events::Tail(args) => tail(args, context).await,
        Events::List(args) => list(args, context).await,
        Events::Show(args) => {
            let event = context.ask(Call::get(format!("/events/{}", segment(&args.event)))).await?;
            context.output.json(&event)
        }
        Events::Types => types(context).await,
    }
}

fn call(types: Option<&String>, subject: Option<&String>) -> Call {
    let mut call = Call::get("/events");
    for (name, value) in [("type", types), ("subject", subject)] {
        if let Some(value) = value {
            call = call.query(name, value);
        }
    }
    call
}

async fn list(args: List, context: &Context) -> Result<(), Failure> {
    let columns = [
        Column::new("time", |event| day_time(&text(event, "/time"))),
        Column::at("position", "/position").right(),
        Column::at("type", "/type"),
        Column::at("subject", "/subject"),
        Column::at("id", "/id"),
    ];
    page::show(context, call(args.types.as_ref(), args.subject.as_ref()), &args.page, &columns, "/id").await
}

async fn types(context: &Context) -> Result<(), Failure> {
    let answer = context.ask(Call::get("/event_types")).await?;
    let rows = field(&answer, "/data").as_array().cloned().unwrap_or_default();
    let columns = [Column::at("type", "/name"), Column::at("when", "/description")];
    context.output.list(&columns, &rows, "/name", &answer)
}

async fn tail(args: Tail, context: &Context) -> Result<(), Failure> {
    let call = call(args.types.as_ref(), args.subject.as_ref()).query("limit", PAGE);
    let begin = if args.no_follow { "start" } else { "now" };
    let mut after = Some(args.after.unwrap_or_else(|| begin.to_owned())).filter(|after| after != "start");
    let mut people = People::default();
    loop {
        let once = match &after {
            Some(cursor) => call.clone().query("after", cursor),
            None => call.clone(),
        };
        let answer = context.ask(once).await?;
        for event in field(&answer, "/data").as_array().into_iter().flatten() {
            if context.output.is_for_people() {
                people.meet(event, context).await;
                context.output.line(people.line(event))?;
            } else {
                context.output.line(serde_json::to_string(event).unwrap_or_default())?;
            }
        }
        after = field(&answer, "/page/next").as_str().map(str::to_owned);
        let more = field(&answer, "/page/has_more").as_bool().unwrap_or(false);
        if !more {
            if args.no_follow {
                return Ok(());
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }
}

/// What was learned about orders, to show more than events say: they never name a person.
#[derive(Default)]
struct People {
    orders: HashMap<String, Value>,
}

/// Orders remembered for display, at most.
const REMEMBERED_MAX: usize = 1_000;

impl People {
    /// Look an order up when it is heard of first.
    async fn meet(&mut self, event: &Value, context: &Context) {
        let order_id = text(event, "/data/order/order_id");
        if order_id.is_empty() || self.orders.contains_key(&order_id) {
            return;
        }
        if self.orders.len() >= REMEMBERED_MAX {
            self.orders.clear();
        }
        let call = Call::get(format!("/orders/{}", segment(&order_id))).query("expand", "customer");
        // Without the right to read orders there is less to show, and no reason to stop.
        let order = context.ask(call).await.unwrap_or(json!({}));
        self.orders.insert(order_id, order);
    }

    /// `13:06:56.120  order.placed        #1061  €59.60  ada@example.com`.
    fn line(&self, event: &Value) -> String {
        let kind = text(event, "/type");
        let order = self.orders.get(&text(event, "/data/order/order_id")).unwrap_or(&Value::Null);
        // Only the first event of an order says its number; the rest is joined.
        let number = match text(event, "/data/order/number") {
            number if number.is_empty() => text(order, "/number"),
            number => number,
        };
        let what = if number.is_empty() { text(event, "/subject") } else { format!("#{number}") };
        let more = facts(&kind, event, order).into_iter().filter(|fact| !fact.is_empty());
        let more = more.collect::<Vec<_>>().join("  ");
        format!("{}  {kind:<21} {what}  {more}", clock_time(&text(event, "/time"))).trim_end().to_owned()
    }
}

/// What is worth a glance, by type.
fn facts(kind: &str, event: &Value, order: &Value) -> Vec<String> {
    let object = field(event, "/data/object");
    let currency = text(order, "/currency");
    let amount = |at: &str| match field(object, at) {
        Value::Number(amount) => money(&json!({"amount": amount, "currency": currency})),
        other => money(other),
    };
    match kind {
        "order.placed" => vec![money(field(order, "/totals/total")), text(order, "/customer/email")],
        "reservation.created" => {
            let items = field(order, "/items").as_array().cloned().unwrap_or_default();
            items
                .iter()
                .map(|item| format!("{} ×{}", text(item, "/sku"), text(item, "/quantity/ordered")))
                .collect()
        }
        _ if kind.starts_with("payment.") || kind.starts_with("refund.") => {
            vec![amount("/amount"), text(object, "/gateway"), text(object, "/failure/code")]
        }
        _ if kind.starts_with("inventory.") => {
            vec![text(object, "/sku"), text(object, "/on_hand"), text(object, "/reason")]
        }
        _ => vec![text(object, "/reason"), text(object, "/tracking/number")],
    }
}
