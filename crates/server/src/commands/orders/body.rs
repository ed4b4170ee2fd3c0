//! What bodies of requests are made of, and where an order stands after one.

use serde_json::{Map, Value, json};

use crate::connect::Context;
use crate::console::{Failure, amount_minor, field, text};

/// Where an order stands after a change.
pub(super) fn moved(context: &Context, order: &Value) -> Result<(), Failure> {
    if !context.output.is_for_people() {
        return context.output.json(order);
    }
    let held = field(order, "/holds").as_array().is_some_and(|holds| !holds.is_empty());
    let held = if held { " · on hold" } else { "" };
    context.output.line(format!("  #{}  {}{held}", text(order, "/number"), states(order)))?;
    context.output.hint(format!("  all of it:  sutler orders show {}", text(order, "/number")));
    Ok(())
}

pub(super) fn states(order: &Value) -> String {
    ["/status", "/payment_status", "/fulfillment_status"].map(|axis| text(order, axis)).join(" · ")
}

pub(in crate::commands) fn put(body: &mut Map<String, Value>, name: &str, value: Option<String>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), Value::from(value));
    }
}

/// What a person wrote as an amount of the order's currency, in minor units.
pub(super) fn amount(
    body: &mut Map<String, Value>,
    typed: Option<&str>,
    order: &Value,
) -> Result<(), Failure> {
    let Some(typed) = typed else { return Ok(()) };
    let currency = text(order, "/currency");
    let minor = amount_minor(typed, &currency).map_err(Failure::usage)?;
    body.insert("amount".to_owned(), json!({"amount": minor, "currency": currency}));
    Ok(())
}

/// `MUG-BLUE=1` as an item of the order and a number of units.
pub(in crate::commands) fn items(
    body: &mut Map<String, Value>,
    typed: &[String],
    order: &Value,
) -> Result<(), Failure> {
    if typed.is_empty() {
        return Ok(());
    }
    let known = field(order, "/items").as_array().cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for text_of in typed {
        let (name, units) = text_of.rsplit_once('=').unwrap_or((text_of, "1"));
        let item = known.iter().find(|item| {
            ["/sku", "/item_id", "/variant_id", "/product_id"].iter().any(|at| text(item, at) == name)
        });
        let (Some(item), Ok(quantity)) = (item, units.parse::<u32>()) else {
            let all: Vec<String> = known.iter().map(|item| text(item, "/sku")).collect();
            return Err(Failure::usage(format!(
                "'{text_of}' is no item of order #{}",
                text(order, "/number")
            ))
            .next(format!("write SKU=UNITS; its items: {}", all.join(", "))));
        };
        lines.push(json!({"item_id": field(item, "/item_id"), "quantity": quantity}));
    }
    body.insert("items".to_owned(), Value::from(lines));
    Ok(())
}
