//! Orders: place, quote, list, show, change.

mod act;
mod bulk;
mod expand;
mod history;
mod name;
mod request;
mod shape;

use std::time::Instant;

use axum::extract::{Path, State};
use sutler_app::orders::{AsOf, OrderRequest, OrderView, Quote};
use sutler_app::ports::reads::{OrderQuery, OrderSort};
use sutler_app::{Answered, Caller, Kind, Problem};
use sutler_domain::Version;
use sutler_domain::orders::{FulfillmentStatus, OrderStatus, PaymentState};
use sutler_domain::payments::OnFailure;
use sutler_types::place::{Availability, Quote as QuoteBody};

use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::{Answer, Api, Call, Document, Params, Shown, Told, Turns, json, page};
use expand::Expand;

pub(crate) use act::{cancel_input, hold_code, hold_input, item_quantities, update_input};
pub(crate) use bulk::Files;
pub use bulk::{BULK_FILES_MAX, BULK_IN_FLIGHT_MAX, BULK_LINE_BYTES_MAX, BULK_TOGETHER_BYTES_MAX};
pub(crate) use expand::Joined;
pub(crate) use history::{check_body, entry_body};
pub(crate) use name::order_name;
pub(crate) use request::{address, order_request, payment as payment_request};
pub(crate) use shape::{address_body, note_body, order_body};

pub(super) fn routes() -> Operations {
    operations! {
        post "/quotes", Scope("catalog:read"), "quote", "Prices and availability of a basket" => quote;
        get "/orders", Scope("orders:read"), "list_orders", "Orders, newest first" => list;
        post "/orders", Scope("orders:write"), "place_order", "Place an order" => place;
        post "/orders/bulk", Scope("orders:write"), "place_orders", "Place the orders of a file, a line each" => bulk::place;
        get "/orders/{id}", Scope("orders:read"), "get_order", "An order, now or as it was" => show;
        patch "/orders/{id}", Scope("orders:write"), "update_order", "Change person, tags or metadata" => act::update;
        post "/orders/{id}/confirm", Scope("orders:write"), "confirm_order", "Confirm an order" => act::confirm;
        post "/orders/{id}/complete", Scope("orders:write"), "complete_order", "Complete an order" => act::complete;
        post "/orders/{id}/release", Scope("orders:write"), "release_order", "Give up the reservation of an order" => act::release;
        post "/orders/{id}/cancel", Scope("orders:write"), "cancel_order", "Cancel an order" => act::cancel;
        post "/orders/{id}/holds", Scope("orders:write"), "hold_order", "Stop the fulfillment of an order" => act::hold;
        delete "/orders/{id}/holds/{code}", Scope("orders:write"), "unhold_order", "Let fulfillment go on" => act::unhold;
        get "/orders/{id}/notes", Scope("orders:read"), "list_order_notes", "The notes about an order" => history::notes;
        post "/orders/{id}/notes", Scope("notes:write"), "create_order_note", "Note something about an order" => act::note;
        get "/orders/{id}/timeline", Scope("orders:read"), "get_order_timeline", "What happened to an order, for people" => history::timeline;
        get "/orders/{id}/events", Scope("orders:read"), "list_order_events", "The events of an order" => history::events;
        get "/orders/{id}/explain", Scope("orders:read"), "explain_order", "Why an order is where it is" => history::explain;
    }
}

async fn place(
    State(api): State<Api>,
    turns: Turns,
    call: Call,
    mut params: Params,
    Document(body): Document,
) -> Told {
    let expand = Expand::of(&mut params);
    params.done()?;
    let request = order_request(&body, &api.app.settings)?;
    // What waits for the commit is to be small: hundreds do at once, and all of it passes through the caches.
    drop(body);
    let placed = place_order(&api, &call.caller, request, &turns).await?;
    let location = format!("/orders/{}", placed.value.order.order_id);
    let answer =
        Answer::created(&call, location).waited().replayed(placed.replayed).version(placed.value.version);
    if placed.value.is_declined() {
        return Ok(answer.refused(declined(&placed.value)));
    }
    let joined = expand.join(&api, &call.caller, std::slice::from_ref(&placed.value)).await?;
    Ok(answer.json(&order_body(&placed.value, &call.caller, &api.app.settings, &joined)))
}

/// Place an order when its turn comes, and count what came of it.
pub(crate) async fn place_order(
    api: &Api,
    caller: &Caller,
    request: OrderRequest,
    turns: &Turns,
) -> Result<Answered<OrderView>, Problem> {
    // Whoever waits for a payment keeps nobody else from placing an order meanwhile.
    let cancels = request.payment.as_ref().is_some_and(|payment| payment.on_failure == OnFailure::Cancel);
    let turn = if caller.wait_s == 0 && !cancels { Some(turns.take()?) } else { None };
    let started = Instant::now();
    // In a box of its own: the layers of the router move a handler's future from one to the next.
    let placed = Box::pin(api.app.orders.place(caller, request)).await;
    drop(turn);
    metrics::histogram!("sutler_order_place_duration_seconds").record(started.elapsed().as_secs_f64());
    let outcome = match &placed {
        Ok(answered) if answered.replayed => "replayed",
        Ok(answered) if answered.value.is_declined() => "declined",
        Ok(_) => "placed",
        Err(problem) => problem.code,
    };
    super::metrics::placed(outcome);
    placed
}

/// The order stands, canceled; the answer says why.
pub(crate) fn declined(view: &OrderView) -> Problem {
    let failure = view.order.payments.last().and_then(|payment| payment.failure.as_ref());
    let why = failure.map_or("no reason was given", |failure| failure.message.as_str());
    let detail = format!("the payment was declined and the order canceled: {why}");
    let failure = serde_json::to_value(failure.map(super::payments::failure_body)).unwrap_or_default();
    Problem::new(Kind::Refused, "payment_declined", detail)
        .fact("order_id", view.order.order_id.as_str())
        .fact("failure", failure)
}

async fn quote(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    let request = order_request(&body, &api.app.settings)?;
    let quote = api.app.orders.quote(&call.caller, request).await?;
    Ok(Answer::ok(&call).json(&quote_body(&quote)))
}

pub(crate) fn quote_body(quote: &Quote) -> QuoteBody {
    let currency = quote.currency;
    let availability = quote.availability.iter().enumerate().map(|(item, stock)| Availability {
        item,
        requested: stock.requested,
        available: stock.available,
        short: stock.short,
        location_id: stock.location_id.to_string(),
    });
    QuoteBody {
        object: "quote".to_owned(),
        currency: currency.code().to_owned(),
        items: quote.items.iter().map(|item| shape::item_body(item, currency, &Joined::default())).collect(),
        shipping: quote.shipping.as_ref().map(|shipping| shape::shipping_body(shipping, currency)),
        totals: shape::sums_body(&quote.totals, [0, 0, quote.totals.total], currency),
        availability: availability.collect(),
    }
}

/// An order as it is, or with `?version=` or `?at=` as it was.
async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, mut params: Params) -> Told {
    let expand = Expand::of(&mut params);
    let version = params.whole("version").map(|version| AsOf::Version(Version(version)));
    let time = params.time("at").map(AsOf::Time);
    if version.is_some() && time.is_some() {
        params.invalid("at", "'version' and 'at' exclude each other");
    }
    params.done()?;
    let name = order_name(&id, &api.app.settings)?;
    let view = match version.or(time) {
        Some(as_of) => api.app.orders.get_at(&call.caller, &name, as_of).await?,
        None => api.app.orders.get(&call.caller, &name).await?,
    };
    let joined = expand.join(&api, &call.caller, std::slice::from_ref(&view)).await?;
    let body = || json(&order_body(&view, &call.caller, &api.app.settings, &joined));
    let shown = Shown::order(&view, &call.caller).filter(|_| expand.is_empty());
    let body = || match shown {
        Some(shown) => api.rendered.body(shown, body),
        None => body(),
    };
    Ok(Answer::ok(&call).version(view.version).body(body))
}

async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let expand = Expand::of(&mut params);
    let (query, words) = (order_query(&mut params, &api), params.text("q").unwrap_or_default());
    params.done()?;
    let views = api.app.orders.search(&call.caller, query, &words).await?;
    let joined = expand.join(&api, &call.caller, &views.rows).await?;
    let body = |view| order_body(&view, &call.caller, &api.app.settings, &joined);
    Ok(page::shown(&call, views.map(body)))
}

const SORTS: [(&str, OrderSort); 4] = [
    ("placed_at", OrderSort::PlacedAt),
    ("number", OrderSort::Number),
    ("updated_at", OrderSort::UpdatedAt),
    ("total", OrderSort::Total),
];

fn order_query(params: &mut Params, api: &Api) -> OrderQuery {
    let prefix = api.app.settings.number_prefix.as_str();
    let (sort, descending) = params.sort(&SORTS, true);
    let number = params.text("number").map(|text| text.strip_prefix(prefix).unwrap_or(&text).parse());
    if let Some(Err(_)) = number {
        params.invalid("number", "'number' is an order's number, such as 1061");
    }
    OrderQuery {
        status: params.words("status", &OrderStatus::ALL.map(|s| (s.as_str(), s))),
        payment_status: params.words("payment_status", &PaymentState::ALL.map(|s| (s.as_str(), s))),
        fulfillment_status: params
            .words("fulfillment_status", &FulfillmentStatus::ALL.map(|s| (s.as_str(), s))),
        customer_id: params.id("customer_id"),
        reference: params.text("reference"),
        number: number.and_then(Result::ok),
        sku: params.text("sku"),
        tag: params.text("tag"),
        metadata: params.metadata(),
        having: None,
        total_above: None,
        total_below: None,
        placed: params.span(["placed_at[gte]", "placed_at[gt]", "placed_at[lt]", "placed_at[lte]"]),
        updated: params.span(["updated_at[gte]", "updated_at[gt]", "updated_at[lt]", "updated_at[lte]"]),
        sort,
        descending,
        page: params.page(),
    }
}

/// The answer of a change: the order as it stands after it.
async fn changed(
    api: &Api,
    call: &Call,
    expand: &Expand,
    change: impl Future<Output = Result<Answered<OrderView>, Problem>>,
) -> Told {
    let Answered { value, replayed } = Box::pin(change).await?;
    let joined = expand.join(api, &call.caller, std::slice::from_ref(&value)).await?;
    let body = order_body(&value, &call.caller, &api.app.settings, &joined);
    Ok(Answer::ok(call).replayed(replayed).version(value.version).json(&body))
}

/// Whether a caller may see what an order's name leads to; used where a part of an order is listed.
pub(super) async fn order_of(api: &Api, caller: &Caller, id: &str) -> Result<OrderView, Problem> {
    let name = order_name(id, &api.app.settings)?;
    api.app.orders.get(caller, &name).await
}
