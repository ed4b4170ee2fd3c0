//! Customers, who they are on an order, and what they ordered.

use serde_json::{Value, json};
use sutler_app::customers::{CustomerName, CustomerView};
use sutler_app::ports::reads::OrderQuery;
use sutler_app::{Answered, Caller, Problem};

use super::orders::order_json;
use super::{fields, shown};
use crate::graphql::asked::{Asked, taken};
use crate::graphql::pages;
use crate::rest::customers as rest;

fields! {
    "Query" {
        "customer" => customer,
        "customers" => customers,
    }
    "Order" { "customer" => customer_of_order }
    "Customer" {
        "lifetime" => lifetime,
        "orders" => orders,
    }
    "Mutation" {
        "customerCreate" => create,
        "customerUpdate" => update,
        "customerErase" => erase,
    }
}

async fn customer(asked: Asked<'_>) -> Result<Value, Problem> {
    let name = match (asked.text("id"), asked.text("email")) {
        (Some(id), None) => rest::name_of(id)?,
        (None, Some(email)) => CustomerName::Email(email.to_owned()),
        _ => return Err(pages::wrong("name the customer once: by 'id' or 'email'")),
    };
    let view = asked.api().app.customers.get(asked.caller(), &name, false).await?;
    shown(&rest::customer_body(&view))
}

async fn customers(asked: Asked<'_>) -> Result<Value, Problem> {
    let page = pages::asked(&asked)?;
    let page = asked.api().app.customers.list(asked.caller(), &page, None, false).await?;
    pages::connection(page, |view| shown(&rest::customer_body(&view)))
}

/// The customers of all orders of the document in one read.
async fn customer_of_order(asked: Asked<'_>) -> Result<Value, Problem> {
    match asked.parent.get("customer_id").and_then(Value::as_str) {
        Some(id) => Ok(asked.asker.loads.customer(id).await?.unwrap_or_default()),
        None => Ok(Value::Null),
    }
}

/// What all customers of the document ordered and spent in one read.
async fn lifetime(asked: Asked<'_>) -> Result<Value, Problem> {
    Ok(asked.asker.loads.lifetime(asked.own("customer_id")).await?.unwrap_or_default())
}

/// Newest first.
async fn orders(asked: Asked<'_>) -> Result<Value, Problem> {
    let customer_id = Some(pages::id(asked.own("customer_id"), "customer")?);
    let page = pages::asked(&asked)?;
    let query = OrderQuery { customer_id, descending: true, page, ..OrderQuery::default() };
    let page = asked.api().app.orders.list(asked.caller(), &query).await?;
    pages::connection(page, |view| order_json(asked.asker, &view))
}

fn payload(asked: &Asked<'_>, done: Answered<CustomerView>) -> Result<Value, Problem> {
    Ok(json!({ "customer": shown(&rest::customer_body(&asked.heard(done)))?, "user_errors": [] }))
}

/// The customer that an input is about, the rest of the input, and who asks.
fn about(asked: &Asked<'_>) -> Result<(CustomerName, Value, Caller), Problem> {
    let (mut input, caller) = asked.input()?;
    Ok((rest::name_of(&taken(&mut input, "customer_id"))?, input, caller))
}

async fn create(asked: Asked<'_>) -> Result<Value, Problem> {
    let (input, caller) = asked.input()?;
    let input = rest::new_customer(&input)?;
    payload(&asked, asked.api().app.customers.create(&caller, &input).await?)
}

async fn update(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let patch = rest::customer_patch(&input)?;
    payload(&asked, asked.api().app.customers.update(&caller, &name, &patch).await?)
}

async fn erase(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, _, caller) = about(&asked)?;
    payload(&asked, asked.api().app.customers.erase(&caller, &name).await?)
}
