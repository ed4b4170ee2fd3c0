//! `sutler events tail`: what happens, as it happens. A connection that is lost is made again, and nothing is missed.

use clap::Args;
use serde_json::Value;
use sutler_client::Heard;

use super::line::Orders;
use super::{Which, call};
use crate::connect::Context;
use crate::console::{Failure, field, text};

/// Events of one page, where it does not wait for more.
const PAGE: &str = "200";

/// What happens, as it happens
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler events tail
  sutler events tail --type 'order.*,payment.failed' --json
  sutler events tail --after evt_01m81p1eb8ev5b9ts55c7j3qdp

Each event comes with its id; '--after' with the last one seen goes on behind it. It connects again by itself.")]
pub(crate) struct Tail {
    #[command(flatten)]
    which: Which,
    /// Begin after this event or cursor instead of now; 'start' is the oldest there is
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
    /// End when nothing is new; begins with the oldest there is
    #[arg(long)]
    no_follow: bool,
    /// Show the buyer's e-mail address too, which events never hold
    #[arg(long)]
    people: bool,
}

/// Where events go.
struct Shown<'c> {
    context: &'c Context,
    orders: Orders,
}

impl Shown<'_> {
    /// Show one event, of which the JSON is known.
    async fn event(&mut self, json: &str) -> Result<(), Failure> {
        let output = &self.context.output;
        if !output.is_for_people() {
            return output.line(json);
        }
        let event: Value = serde_json::from_str(json).unwrap_or_default();
        self.orders.meet(&event, self.context).await;
        output.line(self.orders.line(&event))
    }
}

pub(super) async fn run(args: Tail, context: &Context) -> Result<(), Failure> {
    let shown = Shown { context, orders: Orders::new(args.people) };
    if args.no_follow { read(&args, context, shown).await } else { follow(&args, context, shown).await }
}

async fn follow(args: &Tail, context: &Context, mut shown: Shown<'_>) -> Result<(), Failure> {
    let client = context.client()?;
    let mut filters = args.which.filters();
    filters.extend(args.after.clone().map(|after| ("after", after)));
    let filters: Vec<(&str, &str)> = filters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let events = client.events();
    let mut stream = events.follow(&filters);
    loop {
        match stream.next().await.map_err(|error| context.explained(error))? {
            Heard::Open { .. } => {}
            Heard::Event { json, .. } => shown.event(&json).await?,
            Heard::Gap { reason, oldest } => {
                let oldest = oldest.map_or_else(|| "with what comes".to_owned(), |id| format!("with {id}"));
                context.output.say(format!("! events are missing ({reason}); it goes on {oldest}"));
            }
            Heard::Lost { reason } => context.output.say(format!("! {reason}; connecting again")),
        }
    }
}

/// Everything up to now.
async fn read(args: &Tail, context: &Context, mut shown: Shown<'_>) -> Result<(), Failure> {
    let call = call(&args.which).query("limit", PAGE);
    let mut after = args.after.clone().unwrap_or_else(|| "start".to_owned());
    loop {
        let answer = context.ask(call.clone().query("after", &after)).await?;
        for event in field(&answer, "/data").as_array().into_iter().flatten() {
            shown.event(&event.to_string()).await?;
        }
        after = text(&answer, "/page/next");
        if field(&answer, "/page/has_more") != &Value::Bool(true) {
            return Ok(());
        }
    }
}
