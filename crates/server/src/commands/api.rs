//! `sutler api`: any call, with the address, the key and the pages taken care of.

use std::io::{Read, Write};

use clap::{Args, Subcommand};
use serde_json::{Map, Value};
use sutler_client::{Call, Method};

use crate::connect::Context;
use crate::console::{Failure, Format};

#[derive(Subcommand, Debug)]
pub(crate) enum Api {
    /// Read
    Get(Raw),
    /// Create, or act
    Post(Raw),
    /// Change some members
    Patch(Raw),
    /// Create or replace
    Put(Raw),
    /// Remove
    Delete(Raw),
}

/// A call of a path
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler api get '/orders?payment_status=paid' --all
  sutler api post /orders -f customer_id=C1 -f 'items=[{\"product_id\":\"P1\",\"quantity\":1}]' --include
  sutler api put /products/P1 -d @product.json")]
pub(crate) struct Raw {
    /// Such as /orders
    path: String,
    /// Body as JSON; @FILE reads a file, @- stdin
    #[arg(short, long, value_name = "JSON", conflicts_with = "fields")]
    data: Option<String>,
    /// A member of the body: JSON where it is JSON, text otherwise; may be repeated
    #[arg(short = 'f', long = "field", value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// Show status and headers first
    #[arg(short, long)]
    include: bool,
    /// Every page of a list, one row a line
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(args: Api, context: &Context) -> Result<(), Failure> {
    let (method, raw) = match args {
        Api::Get(raw) => (Method::GET, raw),
        Api::Post(raw) => (Method::POST, raw),
        Api::Patch(raw) => (Method::PATCH, raw),
        Api::Put(raw) => (Method::PUT, raw),
        Api::Delete(raw) => (Method::DELETE, raw),
    };
    let mut call = Call::new(method, &raw.path);
    if let Some(body) = body(&raw)? {
        call = call.body("application/json", body);
    }
    if raw.all { all(call, context).await } else { once(call, raw.include, context).await }
}

async fn once(call: Call, include: bool, context: &Context) -> Result<(), Failure> {
    let answer = context.send(call).await?;
    if include {
        context.output.line(format!("HTTP/1.1 {}", answer.status))?;
        for (name, value) in &answer.headers {
            context.output.line(format!("{name}: {}", value.to_str().unwrap_or("?")))?;
        }
        context.output.line("")?;
    }
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(document) => context.output.json(&document),
        // Not everything is JSON: pages for people, numbers for Prometheus.
        Err(_) => Ok(std::io::stdout().lock().write_all(&answer.body)?),
    }
}

async fn all(call: Call, context: &Context) -> Result<(), Failure> {
    let client = context.client()?;
    let mut pages = sutler_client::Pages::<Value>::new(&client, call);
    while let Some(row) = pages.next().await? {
        let pretty = context.output.format == Format::Json;
        if pretty { context.output.json(&row)? } else { context.output.line(row.to_string())? }
    }
    Ok(())
}

fn body(raw: &Raw) -> Result<Option<Vec<u8>>, Failure> {
    if let Some(data) = &raw.data {
        let Some(file) = data.strip_prefix('@') else { return Ok(Some(data.clone().into_bytes())) };
        let mut bytes = Vec::new();
        let read = match file {
            "-" => std::io::stdin().lock().read_to_end(&mut bytes).map(drop),
            path => std::fs::read(path).map(|found| bytes = found),
        };
        return read
            .map(|()| Some(bytes))
            .map_err(|error| Failure::usage(format!("cannot read {file} ({error})")));
    }
    if raw.fields.is_empty() {
        return Ok(None);
    }
    let mut members = Map::new();
    for member in &raw.fields {
        let (name, value) =
            member.split_once('=').ok_or_else(|| Failure::usage(format!("'{member}' is not NAME=VALUE")))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        members.insert(name.to_owned(), value);
    }
    Ok(Some(Value::Object(members).to_string().into_bytes()))
}
