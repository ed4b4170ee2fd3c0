//! `sutler products`: the catalog.

mod edit;
mod search;

use std::io::Read;

use clap::{Args, Subcommand};
use serde_json::Value;
use sutler_client::{Call, Method};

use super::page::{self, PageArgs, segment};
use crate::connect::Context;
use crate::console::{Column, Failure, Paint, Table, field, money, text};

#[derive(Subcommand, Debug)]
pub(crate) enum Products {
    /// Products, by title
    List(List),
    /// Products by what they are called, with typing mistakes and half-written words
    Search(search::Search),
    /// A product with its variants
    Show(One),
    /// Create a product, or replace the one with this id
    Create(Create),
    /// Change a product in the editor that VISUAL or EDITOR names
    Edit(edit::Edit),
    /// Take a product out of the shop; orders keep what they show of it
    Archive(One),
    /// Build the search index of the server anew; the old one answers until it is ready
    Reindex(search::Reindex),
}

/// Products, by title
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler products list --status active --vendor Sutler
  sutler products list --all -o csv > products.csv")]
pub(crate) struct List {
    #[command(flatten)]
    page: PageArgs,
    /// draft, active, archived; several with commas
    #[arg(long)]
    status: Option<String>,
    /// With this tag
    #[arg(long)]
    tag: Option<String>,
    /// Of this vendor
    #[arg(long)]
    vendor: Option<String>,
    /// Of this type
    #[arg(long = "type", value_name = "TYPE")]
    product_type: Option<String>,
}

/// One product
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler products show P1
  sutler products archive handle:blue-mug --yes")]
pub(crate) struct One {
    /// Its id, handle:… or sku:…
    product: String,
}

/// Create a product, or replace the one with this id
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler products create --id P2 --title 'Blue mug' --price 14.90 --sku MUG --stock 10
  sutler products create --file product.json")]
#[command(group = clap::ArgGroup::new("what").required(true).args(["file", "title"]))]
pub(crate) struct Create {
    /// The body of POST /products, as JSON; '-' reads stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["price", "sku", "stock", "currency"])]
    file: Option<String>,
    /// Its id, if you want to choose it
    #[arg(long)]
    id: Option<String>,
    /// Its name
    #[arg(long, requires = "price")]
    title: Option<String>,
    /// What one costs, such as 14.90
    #[arg(long)]
    price: Option<String>,
    /// Currency of the price
    #[arg(long, default_value = "EUR")]
    currency: String,
    /// Your own code for it
    #[arg(long)]
    sku: Option<String>,
    /// How many lie on the shelf
    #[arg(long)]
    stock: Option<u32>,
}

pub(crate) async fn run(args: Products, context: &Context) -> Result<(), Failure> {
    match args {
        Products::List(args) => list(args, context).await,
        Products::Search(args) => search::run(args, context).await,
        Products::Reindex(_) => search::reindex(context).await,
        Products::Show(args) => show(&context.ask(Call::get(path(&args.product, ""))).await?, context),
        Products::Create(args) => create(args, context).await,
        Products::Edit(args) => edit::run(args, context).await,
        Products::Archive(args) => {
            context.confirm(&format!("Archive {}?", args.product))?;
            show(&context.ask(Call::post(path(&args.product, "/archive"))).await?, context)
        }
    }
}

fn path(product: &str, rest: &str) -> String {
    format!("/products/{}{rest}", segment(product))
}

fn variants(product: &Value) -> &[Value] {
    field(product, "/variants").as_array().map_or(&[], Vec::as_slice)
}

/// What a list shows of a product.
fn columns() -> [Column; 6] {
    [
        Column::at("product", "/product_id"),
        Column::at("title", "/title"),
        Column::at("status", "/status"),
        Column::new("variants", |product| variants(product).len().to_string()).right(),
        Column::new("from", |product| {
            variants(product).first().map(|v| money(field(v, "/price"))).unwrap_or_default()
        })
        .right(),
        Column::at("handle", "/handle"),
    ]
}

async fn list(args: List, context: &Context) -> Result<(), Failure> {
    let mut call = Call::get("/products");
    let filters = [
        ("status", args.status),
        ("tag", args.tag),
        ("vendor", args.vendor),
        ("product_type", args.product_type),
    ];
    for (name, value) in filters {
        if let Some(value) = value {
            call = call.query(name, value);
        }
    }
    page::show(context, call, &args.page, &columns(), "/product_id").await
}

fn show(product: &Value, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    if !out.is_for_people() {
        return out.json(product);
    }
    let title = out.paint(Paint::Strong, &text(product, "/title"));
    out.line(format!("{title}   {}   {}", text(product, "/product_id"), text(product, "/status")))?;
    for (name, at) in
        [("handle", "/handle"), ("vendor", "/vendor"), ("type", "/product_type"), ("version", "/version")]
    {
        let fact = text(product, at);
        if !fact.is_empty() {
            out.line(format!("  {name:<8} {fact}"))?;
        }
    }
    out.line("")?;
    let columns = [
        Column::at("variant", "/variant_id"),
        Column::at("sku", "/sku"),
        Column::at("title", "/title"),
        Column::new("price", |variant| money(field(variant, "/price"))).right(),
        Column::new("stock", |variant| {
            if field(variant, "/track_inventory").as_bool() == Some(false) {
                "not counted".to_owned()
            } else {
                "counted".to_owned()
            }
        }),
    ];
    let lines = Table { columns: &columns, rows: variants(product) }.lines(None);
    lines.iter().try_for_each(|line| out.line(format!("  {line}")))
}

async fn create(args: Create, context: &Context) -> Result<(), Failure> {
    let body = match &args.file {
        Some(file) => read(file)?,
        None => short(&args)?,
    };
    let call = match &args.id {
        Some(id) => Call::new(Method::PUT, path(id, "")),
        None => Call::post("/products"),
    };
    show(&context.ask(call.json(&body)).await?, context)
}

/// The short form: one variant, that much on the shelf of the default location.
fn short(args: &Create) -> Result<Value, Failure> {
    let price = args.price.as_deref().unwrap_or_default();
    let amount = crate::console::amount_minor(price, &args.currency).map_err(Failure::usage)?;
    let mut body =
        serde_json::json!({"title": args.title, "price": {"amount": amount, "currency": args.currency}});
    if let Some(members) = body.as_object_mut() {
        members.extend(args.sku.as_ref().map(|sku| ("sku".to_owned(), Value::from(sku.as_str()))));
        members.extend(args.stock.map(|stock| ("stock".to_owned(), Value::from(stock))));
    }
    Ok(body)
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
