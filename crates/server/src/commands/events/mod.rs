//! `sutler events`: the log, as it was and as it grows.

mod line;
mod tail;

use clap::{Args, Subcommand};
use sutler_client::Call;

use super::page::{self, PageArgs, segment};
use crate::connect::Context;
use crate::console::{Column, Failure, day_time, field, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Events {
    /// What happens, as it happens
    Tail(tail::Tail),
    /// What happened, oldest first
    List(List),
    /// One event
    Show(Show),
    /// The types there are
    Types(Types),
}

/// Which events.
#[derive(Args, Debug)]
pub(crate) struct Which {
    /// Types, such as order.* or payment.captured; several with commas, or the flag again
    #[arg(long = "type", visible_alias = "types", value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,
    /// About this order, product or variant only
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
}

impl Which {
    /// The pairs of the query.
    fn filters(&self) -> Vec<(&'static str, String)> {
        let types = Some(self.types.join(",")).filter(|types| !types.is_empty());
        let pairs = [("type", types), ("subject", self.subject.clone())];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// What happened, oldest first
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler events list --type 'payment.*' --limit 20
  sutler events list --all -o ndjson > events.ndjson")]
pub(crate) struct List {
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    which: Which,
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

/// The types there are
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler events types
  sutler events types payment.captured
  sutler events types --json")]
pub(crate) struct Types {
    /// All about this one: what it means, an example, its schema
    name: Option<String>,
}

pub(crate) async fn run(args: Events, context: &Context) -> Result<(), Failure> {
    match args {
        Events::Tail(args) => tail::run(args, context).await,
        Events::List(args) => list(args, context).await,
        Events::Show(args) => {
            let event = context.ask(Call::get(format!("/events/{}", segment(&args.event)))).await?;
            context.output.json(&event)
        }
        Events::Types(args) => types(args, context).await,
    }
}

/// A page of them.
fn call(which: &Which) -> Call {
    which.filters().into_iter().fold(Call::get("/events"), |call, (name, value)| call.query(name, value))
}

async fn list(args: List, context: &Context) -> Result<(), Failure> {
    let columns = [
        Column::new("time", |event| day_time(&text(event, "/time"))),
        Column::at("position", "/position").right(),
        Column::at("type", "/type"),
        Column::at("subject", "/subject"),
        Column::at("id", "/id"),
    ];
    page::show(context, call(&args.which), &args.page, &columns, "/id").await
}

async fn types(args: Types, context: &Context) -> Result<(), Failure> {
    if let Some(name) = args.name {
        let of = context.ask(Call::get(format!("/event_types/{}", segment(&name)))).await?;
        if !context.output.is_for_people() {
            return context.output.json(&of);
        }
        let pretty = |at: &str| serde_json::to_string_pretty(field(&of, at)).unwrap_or_default();
        for (title, said) in [
            ("fires when", text(&of, "/description")),
            ("for you", text(&of, "/means")),
            ("schema", text(&of, "/dataschema")),
            ("example", format!("\n{}", pretty("/example"))),
        ] {
            context.output.line(format!("{title:<11} {said}").trim_end())?;
        }
        return Ok(());
    }
    let answer = context.ask(Call::get("/event_types")).await?;
    let rows = field(&answer, "/data").as_array().cloned().unwrap_or_default();
    let columns =
        [Column::at("type", "/name"), Column::at("when", "/description"), Column::at("for you", "/means")];
    context.output.list(&columns, &rows, "/name", &answer)
}
