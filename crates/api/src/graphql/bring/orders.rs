//! Orders: read, place, move along.

use jiff::Timestamp;
use serde_json::{Value, json};
use sutler_app::orders::{AsOf, OrderView};
use sutler_app::ports::reads::{Having, OrderName, OrderQuery, OrderSort, Span};
use sutler_app::{Answered, Caller, Problem};
use sutler_domain::Version;
use sutler_domain::orders::{FulfillmentStatus, OrderStatus, PaymentState};

use super::{fields, shown};
use crate::graphql::asked::{Asked, Asker, taken};
use crate::graphql::pages;
use crate::rest::orders as rest;

fields! {
    "Query" {
        "order" => order,
        "orders" => orders,
        "quote" => quote,
    }
    "Mutation" {
        "orderPlace" => place,
        "orderUpdate" => update,
        "orderConfirm" => confirm,
        "orderComplete" => complete,
        "orderRelease" => release,
        "orderCancel" => cancel,
        "orderHold" => hold,
        "orderUnhold" => unhold,
        "orderNoteAdd" => note,
    }
    "Order" {
        "notes" => notes,
        "timeline" => timeline,
        "checks" => checks,
    }
}

/// The JSON of an order, with the parts that cost no further read.
pub(in crate::graphql) fn order_json(asker: &Asker, view: &OrderView) -> Result<Value, Problem> {
    let joined = rest::Joined::own_parts();
    shown(&rest::order_body(view, &asker.caller, &asker.api.app.settings, &joined))
}

/// The payload of a mutation that leaves an order changed.
fn payload(asked: &Asked<'_>, done: Answered<OrderView>) -> Result<Value, Problem> {
    Ok(json!({ "order": order_json(asked.asker, &asked.heard(done))?, "user_errors": [] }))
}

/// The order that an input is about, the rest of the input, and who asks.
pub(super) fn about(asked: &Asked<'_>) -> Result<(OrderName, Value, Caller), Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "order_id");
    Ok((rest::order_name(&id, &asked.api().app.settings)?, input, caller))
}

async fn order(asked: Asked<'_>) -> Result<Value, Problem> {
    let marks = [("id", ""), ("number", "number:"), ("reference", "ref:")];
    let mut names = marks.iter().filter_map(|(name, mark)| Some(format!("{mark}{}", asked.text(name)?)));
    let (Some(name), None) = (names.next(), names.next()) else {
        return Err(pages::wrong("name the order once: by 'id', 'number' or 'reference'"));
    };
    let name = rest::order_name(&name, &asked.api().app.settings)?;
    let orders = &asked.api().app.orders;
    let version = asked.plain::<u64>("version").map(|version| AsOf::Version(Version(version)));
    let at = asked.text("at").map(time).transpose()?.map(AsOf::Time);
    let view = match (version, at) {
        (None, None) => orders.get(asked.caller(), &name).await?,
        (Some(as_of), None) | (None, Some(as_of)) => orders.get_at(asked.caller(), &name, as_of).await?,
        _ => return Err(pages::wrong("'version' and 'at' exclude each other")),
    };
    order_json(asked.asker, &view)
}

fn time(text: &str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|_| pages::wrong(format!("'{text}' is not a time such as 2026-11-01T10:00:00Z")))
}

async fn orders(asked: Asked<'_>) -> Result<Value, Problem> {
    let filter = asked.argument("filter").cloned().unwrap_or_default();
    let text = |name: &str| filter.get(name).and_then(Value::as_str).map(str::to_owned);
    let span = |from: &str, until: &str| -> Result<Span, Problem> {
        let at = |name: &str| text(name).as_deref().map(time).transpose();
        Ok(Span { from: at(from)?, until: at(until)? })
    };
    let sort = asked.text("sort").unwrap_or("placed_at_desc");
    let (key, descending) = sort.strip_suffix("_desc").map_or((sort, false), |key| (key, true));
    let query = OrderQuery {
        status: words(&filter, "status", &OrderStatus::ALL, |s| s.as_str()),
        payment_status: words(&filter, "payment_status", &PaymentState::ALL, |s| s.as_str()),
        fulfillment_status: words(&filter, "fulfillment_status", &FulfillmentStatus::ALL, |s| s.as_str()),
        customer_id: text("customer_id").map(|id| pages::id(&id, "customer")).transpose()?,
        reference: text("reference"),
        sku: text("sku"),
        tag: text("tag"),
        number: filter.get("number").and_then(Value::as_u64),
        metadata: pages::pairs(&filter),
        having: match filter.get("having").and_then(Value::as_str) {
            Some("payment") => Some(Having::Payment),
            Some("refund") => Some(Having::Refund),
            Some("return") => Some(Having::Return(None)),
            _ => None,
        },
        total_above: None,
        total_below: None,
        placed: span("placed_from", "placed_until")?,
        updated: span("updated_from", "updated_until")?,
        sort: match key {
            "number" => OrderSort::Number,
            "updated_at" => OrderSort::UpdatedAt,
            "total" => OrderSort::Total,
            _ => OrderSort::PlacedAt,
        },
        descending,
        page: pages::asked(&asked)?,
    };
    let words = asked.text("query").unwrap_or_default();
    let page = asked.api().app.orders.search(asked.caller(), query, words).await?;
    pages::connection(page, |view| order_json(asked.asker, &view))
}

/// The values of an enum that a filter names.
pub(super) fn words<T: Copy>(
    filter: &Value,
    name: &str,
    all: &[T],
    word: impl Fn(&T) -> &'static str,
) -> Vec<T> {
    let named: Vec<&str> =
        filter.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    all.iter().filter(|value| named.contains(&word(value))).copied().collect()
}

async fn quote(asked: Asked<'_>) -> Result<Value, Problem> {
    let request = rest::order_request(&asked.question(), &asked.api().app.settings)?;
    shown(&rest::quote_body(&asked.api().app.orders.quote(asked.caller(), request).await?))
}

async fn place(asked: Asked<'_>) -> Result<Value, Problem> {
    let (input, caller) = asked.input()?;
    let request = rest::order_request(&input, &asked.api().app.settings)?;
    let placed = rest::place_order(asked.api(), &caller, request, &asked.api().turns).await?;
    if placed.value.is_declined() {
        return Err(rest::declined(&placed.value));
    }
    payload(&asked, placed)
}

async fn update(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let input = rest::update_input(&input)?;
    payload(&asked, asked.api().app.orders.update(&caller, &name, input).await?)
}

async fn confirm(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, _, caller) = about(&asked)?;
    payload(&asked, asked.api().app.orders.confirm(&caller, &name).await?)
}

async fn complete(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, _, caller) = about(&asked)?;
    payload(&asked, asked.api().app.orders.complete(&caller, &name).await?)
}

async fn release(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, _, caller) = about(&asked)?;
    payload(&asked, asked.api().app.orders.release(&caller, &name).await?)
}

async fn cancel(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let input = rest::cancel_input(&input)?;
    payload(&asked, asked.api().app.orders.cancel(&caller, &name, input).await?)
}

async fn hold(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let (code, reason) = rest::hold_input(&input)?;
    payload(&asked, asked.api().app.orders.hold(&caller, &name, code, reason).await?)
}

async fn unhold(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, mut input, caller) = about(&asked)?;
    let code = rest::hold_code(&taken(&mut input, "code"))?;
    payload(&asked, asked.api().app.orders.unhold(&caller, &name, code).await?)
}

async fn note(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, mut input, caller) = about(&asked)?;
    let text = taken(&mut input, "body");
    let noted = asked.api().app.orders.note(&caller, &name, text).await?;
    payload(&asked, noted.map(|(view, _)| view))
}

/// The notes of all orders of the document in one read.
async fn notes(asked: Asked<'_>) -> Result<Value, Problem> {
    let ids = asked.parent.get("notes").and_then(Value::as_array).cloned().unwrap_or_default();
    let ids = ids.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    asked.asker.loads.notes(ids).await
}

async fn timeline(asked: Asked<'_>) -> Result<Value, Problem> {
    let name = rest::order_name(asked.own("order_id"), &asked.api().app.settings)?;
    let entries = asked.api().app.orders.timeline(asked.caller(), &name).await?;
    shown(&entries.iter().map(rest::entry_body).collect::<Vec<_>>())
}

async fn checks(asked: Asked<'_>) -> Result<Value, Problem> {
    let name = rest::order_name(asked.own("order_id"), &asked.api().app.settings)?;
    let (_, checks) = asked.api().app.orders.explain(asked.caller(), &name).await?;
    shown(&checks.iter().map(rest::check_body).collect::<Vec<_>>())
}
