//! Send what was ordered.

use axum::extract::Path;
use sutler_app::Problem;
use sutler_app::orders::{FulfillInput, OrderView};
use sutler_domain::FulfillmentId;
use sutler_domain::orders::{Fulfillment, Item, Tracking};

use super::money::{ask_items, item_field, typed_items};
use super::{back, found, number};
use crate::dashboard::desk::{Desk, Shown};
use crate::dashboard::lists;
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::Form;

fn base(view: &OrderView) -> String {
    format!("/admin/orders/{}", view.order.order_id)
}

fn sheet(desk: &Desk, view: &OrderView, form: &Form) -> Sheet {
    let items: Vec<(Item, i64, i64)> = view
        .order
        .items
        .iter()
        .filter(|item| item.fulfillable() > 0)
        .map(|item| (item.clone(), item.fulfillable(), item.fulfillable()))
        .collect();
    let mut places: Vec<&str> = items.iter().map(|(item, ..)| item.location_id.as_str()).collect();
    places.sort_unstable();
    places.dedup();
    let (base, number) = (base(view), number(view, desk));
    let sheet = Sheet::new(format!("Fulfil {number}"), format!("{base}/fulfill"), base, "Fulfil")
        .lead(format!("What leaves together, from {}.", places.join(", ")));
    let sheet = match places.len() {
        0 | 1 => sheet,
        _ => sheet.warning("The items lie at several locations: fulfil those of one at a time."),
    };
    let sheet = ask_items(sheet, form, &items);
    ask_tracking(sheet, form, &Tracking::default()).ask(form, "ship", "It leaves now", Ask::Tick(true), "")
}

fn ask_tracking(sheet: Sheet, form: &Form, known: &Tracking) -> Sheet {
    ask_parcel(sheet, form, known, "Tracking address")
        .hint("Where the buyer can follow it, such as https://…")
}

/// A parcel, whose address is called so.
pub(crate) fn ask_parcel(sheet: Sheet, form: &Form, known: &Tracking, address: &str) -> Sheet {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    sheet
        .ask(form, "carrier", "Carrier", Ask::Line("off"), text(&known.carrier))
        .ask(form, "number", "Tracking number", Ask::Line("off"), text(&known.number))
        .ask(form, "url", address, Ask::Line("off"), text(&known.url))
}

/// The parcel that was typed.
pub(crate) fn parcel(form: &Form) -> Tracking {
    Tracking { carrier: form.text("carrier"), number: form.text("number"), url: form.text("url") }
}

pub(super) async fn form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    let view = found(&desk, &id).await?;
    Ok(sheet(&desk, &view, &form).page(&desk, "orders", &form))
}

pub(super) async fn create(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let caller = desk.caller_once(form.key());
    let name = super::name(&desk, &id)?;
    let ship = form.raw("ship").is_some();
    let made = async {
        let items = typed_items(&form)?;
        if items.is_empty() {
            return Err(Problem::new(
                sutler_app::Kind::Invalid,
                "validation_failed",
                "nothing would leave: say how many units of at least one item",
            ));
        }
        let input = FulfillInput { items, location: None, tracking: parcel(&form), ship };
        desk.api.app.orders.fulfill(&caller, &name, input).await
    };
    match made.await {
        Ok(made) => Ok(back(&made.value.0, if ship { "shipped" } else { "fulfilled" })),
        Err(problem) => {
            let view = found(&desk, &id).await?;
            let items = typed_items(&form).unwrap_or_default();
            let place = |pointer: &str| item_field(pointer, &items);
            sheet(&desk, &view, &form).refused(&desk, "orders", &form, problem, place)
        }
    }
}

/// The fulfillment that the address names.
fn named<'v>(desk: &Desk, view: &'v OrderView) -> Result<&'v Fulfillment, Problem> {
    let id = lists::value(&desk.uri, "fulfillment").unwrap_or_default();
    let found = view.order.fulfillments.iter().find(|f| f.fulfillment_id.as_str() == id);
    found.ok_or_else(|| Problem::not_found("fulfillment of this order", id))
}

/// What may become of a fulfillment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ship,
    Deliver,
    Unplan,
}

fn step_sheet(desk: &Desk, view: &OrderView, step: Step, form: &Form) -> Result<Sheet, Problem> {
    let fulfillment = named(desk, view)?;
    let (base, number, id) = (base(view), number(view, desk), &fulfillment.fulfillment_id);
    let to = |word: &str| format!("{base}/{word}?fulfillment={id}");
    Ok(match step {
        Step::Ship => {
            let sheet = Sheet::new(format!("Ship {number}"), to("ship"), &base, "Ship")
                .lead("It leaves the shelf; its stock is booked out.");
            ask_tracking(sheet, form, &fulfillment.tracking)
        }
        Step::Deliver => Sheet::new(format!("Deliver {number}"), to("deliver"), &base, "Mark as delivered")
            .lead("It has arrived at the buyer."),
        Step::Unplan => {
            Sheet::new(format!("Call off a fulfilment of {number}"), to("unplan"), &base, "Call off")
                .danger()
                .lead("Its items are open again, and can be fulfilled anew.")
        }
    })
}

async fn step_form(desk: &Desk, id: &str, step: Step) -> Shown {
    let form = Form::fresh();
    let view = found(desk, id).await?;
    Ok(step_sheet(desk, &view, step, &form)?.page(desk, "orders", &form))
}

async fn take_step(desk: &Desk, id: &str, step: Step, form: &Form) -> Shown {
    let view = found(desk, id).await?;
    let fulfillment: FulfillmentId = named(desk, &view)?.fulfillment_id.clone();
    let (orders, caller) = (&desk.api.app.orders, desk.caller_once(form.key()));
    let (taken, word) = match step {
        Step::Ship => (orders.ship(&caller, &fulfillment, Some(parcel(form))).await, "shipped"),
        Step::Deliver => (orders.deliver(&caller, &fulfillment).await, "delivered"),
        Step::Unplan => (orders.cancel_fulfillment(&caller, &fulfillment).await, "unplanned"),
    };
    match taken {
        Ok(answered) => Ok(back(&answered.value, word)),
        Err(problem) => {
            step_sheet(desk, &view, step, form)?.refused(desk, "orders", form, problem, last_name)
        }
    }
}

pub(super) async fn ship_form(desk: Desk, Path(id): Path<String>) -> Shown {
    step_form(&desk, &id, Step::Ship).await
}

pub(super) async fn ship(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    take_step(&desk, &id, Step::Ship, &form).await
}

pub(super) async fn deliver_form(desk: Desk, Path(id): Path<String>) -> Shown {
    step_form(&desk, &id, Step::Deliver).await
}

pub(super) async fn deliver(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    take_step(&desk, &id, Step::Deliver, &form).await
}

pub(super) async fn unplan_form(desk: Desk, Path(id): Path<String>) -> Shown {
    step_form(&desk, &id, Step::Unplan).await
}

pub(super) async fn unplan(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    take_step(&desk, &id, Step::Unplan, &form).await
}
