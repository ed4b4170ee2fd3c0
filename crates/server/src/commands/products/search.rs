//! `sutler products search` and `reindex`.

use clap::Args;
use sutler_client::Call;

use super::columns;
use crate::commands::page::{self, PageArgs};
use crate::connect::Context;
use crate::console::Failure;

/// Products by what they are called
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler products search 'bleu mug'
  sutler products search mug --vendor Acme --price-max 2000 --sort price")]
pub(crate) struct Search {
    /// Words, in any order
    #[arg(default_value = "", hide_default_value = true)]
    query: String,
    #[command(flatten)]
    page: PageArgs,
    /// draft, active, archived; several with commas; active unless said
    #[arg(long)]
    status: Option<String>,
    /// With one of these tags
    #[arg(long)]
    tag: Option<String>,
    /// Of one of these vendors
    #[arg(long)]
    vendor: Option<String>,
    /// Of one of these types
    #[arg(long = "type", value_name = "TYPE")]
    product_type: Option<String>,
    /// At such a price or more, in minor units
    #[arg(long)]
    price_min: Option<u64>,
    /// At such a price or less, in minor units
    #[arg(long)]
    price_max: Option<u64>,
    /// relevance, title, price, created_at or updated_at; a dash before it for the largest first
    #[arg(long, allow_hyphen_values = true)]
    sort: Option<String>,
}

/// Build the search index of the server anew
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler products reindex
  sutler products reindex --server http://127.0.0.1:8421")]
pub(crate) struct Reindex {}

pub(super) async fn run(args: Search, context: &Context) -> Result<(), Failure> {
    let call = Call::get("/catalog/search").query("q", args.query).query("facets", "none");
    let filters = [
        ("status", args.status),
        ("tag", args.tag),
        ("vendor", args.vendor),
        ("product_type", args.product_type),
        ("price_min", args.price_min.map(|amount| amount.to_string())),
        ("price_max", args.price_max.map(|amount| amount.to_string())),
        ("sort", args.sort),
    ];
    let given = filters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let call = given.fold(call, |call, (name, value)| call.query(name, value));
    page::show(context, call, &args.page, &columns(), "/product_id").await
}

pub(super) async fn reindex(context: &Context) -> Result<(), Failure> {
    let asked = context.ask(Call::post("/catalog/search/rebuild")).await?;
    if context.output.is_for_people() {
        return context.output.line("a new index is being built; the old one answers until it is ready");
    }
    context.output.json(&asked)
}
