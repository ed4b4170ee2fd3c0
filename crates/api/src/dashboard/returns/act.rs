//! Ask for a return, decide on it, take it in.

use axum::extract::Path;
use sutler_app::orders::{OrderView, ReceiveInput, ReceivedInput, ReturnInput};
use sutler_app::{Answered, Problem};
use sutler_domain::orders::{Return, ReturnCondition, Tracking};
use sutler_domain::{ItemId, ReturnId};

use super::{found, return_id, title};
use crate::dashboard::desk::{Desk, Shown, see};
use crate::dashboard::orders::{self, ask_parcel, item_field, parcel, typed_units};
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::Form;

fn ask_label(sheet: Sheet, form: &Form, known: &Tracking) -> Sheet {
    ask_parcel(sheet, form, known, "Address of the label")
        .hint("Where the customer finds it, such as https://…")
}

/// Nothing was typed, which to the use case would mean everything.
fn nothing(words: &'static str) -> Problem {
    Problem::new(sutler_app::Kind::Invalid, "validation_failed", words)
}

fn ask_sheet(desk: &Desk, view: &OrderView, form: &Form) -> Sheet {
    let (base, number) = (format!("/admin/orders/{}", view.order.order_id), orders::number(view, desk));
    let mut sheet =
        Sheet::new(format!("Return of {number}"), format!("{base}/return"), base, "Ask for the return")
            .lead("What comes back. Money goes back once it is here.");
    for item in view.order.items.iter().filter(|item| item.returnable() > 0) {
        let most = item.returnable();
        sheet = sheet
            .ask(
                form,
                format!("items.{}", item.item_id),
                item.title.clone(),
                Ask::Units { most: Some(most) },
                "0",
            )
            .hint(format!("{} · of {most}", item.sku));
    }
    let sheet = sheet.ask(form, "reason", "Why", Ask::Line("off"), "");
    ask_label(sheet, form, &Tracking::default())
}

pub(super) async fn ask_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let (form, view) = (Form::fresh(), orders::found(&desk, &id).await?);
    Ok(ask_sheet(&desk, &view, &form).page(&desk, "orders", &form))
}

pub(super) async fn ask(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let name = orders::name(&desk, &id)?;
    let asked = async {
        let units = typed_units(&form, "items.")?;
        if units.is_empty() {
            return Err(nothing("nothing would come back: say how many units of at least one item"));
        }
        let reason = form.text("reason");
        let items = units.into_iter().map(|(item, count)| (item, count, reason.clone())).collect();
        let input = ReturnInput { items, label: parcel(&form) };
        desk.api.app.orders.request_return(&desk.caller_once(form.key()), &name, input).await
    };
    match asked.await {
        Ok(made) => Ok(see(&format!("/admin/returns/{}?done=returning", made.value.1))),
        Err(problem) => {
            let view = orders::found(&desk, &id).await?;
            let items = typed_units(&form, "items.").unwrap_or_default();
            let place = |pointer: &str| item_field(pointer, &items);
            ask_sheet(&desk, &view, &form).refused(&desk, "orders", &form, problem, place)
        }
    }
}

fn at(one: &Return) -> String {
    format!("/admin/returns/{}", one.return_id)
}

fn approve_sheet(one: &Return, form: &Form) -> Sheet {
    let sheet = Sheet::new("Approve the return", format!("{}/approve", at(one)), at(one), "Approve")
        .lead("The customer may send it. Name the parcel if there is a label.");
    ask_label(sheet, form, &one.label)
}

fn reject_sheet(one: &Return, form: &Form) -> Sheet {
    Sheet::new("Reject the return", format!("{}/reject", at(one)), at(one), "Reject")
        .danger()
        .lead("Nothing comes back, and no money goes back for it.")
        .ask(form, "reason", "Why", Ask::Line("off"), "")
        .hint("Shown in the order's history.")
}

fn close_sheet(one: &Return, _form: &Form) -> Sheet {
    let sheet = Sheet::new("Close the return", format!("{}/close", at(one)), at(one), "Close")
        .lead("Nothing more of it is to come.");
    if one.is_owed() { sheet.warning("Units came whose money has not gone back.") } else { sheet }
}

/// What came, by condition: what is fine goes back on the shelf, what is damaged does not.
fn receive_sheet(view: &OrderView, one: &Return, form: &Form) -> Sheet {
    let mut sheet = Sheet::new("Receive the return", format!("{}/receive", at(one)), at(one), "Receive")
        .lead("Count what came. What is damaged does not go back on the shelf.");
    for line in one.lines.iter().filter(|line| line.outstanding() > 0) {
        let (most, title) = (line.outstanding(), title(view, line));
        let ask = || Ask::Units { most: Some(most) };
        sheet = sheet
            .ask(form, format!("fine.{}", line.item_id), title.clone(), ask(), most.to_string())
            .hint(format!("fine, of {most}"))
            .ask(form, format!("damaged.{}", line.item_id), format!("{title}, damaged"), ask(), "0");
    }
    sheet.ask(form, "restock", "What is fine goes back on the shelf", Ask::Tick(true), "")
}

fn received(form: &Form) -> Result<ReceiveInput, Problem> {
    let restock = form.raw("restock").is_some();
    let of = |units: Vec<(ItemId, i64)>, condition, restock| {
        units.into_iter().map(move |(item_id, quantity)| ReceivedInput {
            item_id,
            quantity,
            condition,
            restock,
        })
    };
    let fine = of(typed_units(form, "fine.")?, ReturnCondition::Sellable, Some(restock));
    let damaged = of(typed_units(form, "damaged.")?, ReturnCondition::Damaged, None);
    let items: Vec<ReceivedInput> = fine.chain(damaged).collect();
    if items.is_empty() {
        return Err(nothing("nothing came: say how many units of at least one item"));
    }
    Ok(ReceiveInput { items })
}

/// A form of a return.
type Draw = fn(&OrderView, &Return, &Form) -> Sheet;

async fn drawn(desk: &Desk, id: &str, draw: Draw) -> Shown {
    let (form, (view, one)) = (Form::fresh(), found(desk, id).await?);
    Ok(draw(&view, &one, &form).page(desk, "returns", &form))
}

/// Where an act on a return leads: back to it, or to its form with what is wrong.
async fn led(
    desk: &Desk,
    id: &ReturnId,
    form: &Form,
    done: Result<Answered<OrderView>, Problem>,
    word: &str,
    draw: Draw,
) -> Shown {
    match done {
        Ok(_) => Ok(see(&format!("/admin/returns/{id}?done={word}"))),
        Err(problem) => {
            let (view, one) = found(desk, id.as_str()).await?;
            draw(&view, &one, form).refused(desk, "returns", form, problem, last_name)
        }
    }
}

pub(super) async fn approve_form(desk: Desk, Path(id): Path<String>) -> Shown {
    drawn(&desk, &id, |_, one, form| approve_sheet(one, form)).await
}

pub(super) async fn approve(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let id = return_id(&id)?;
    let label = Some(parcel(&form)).filter(|label| *label != Tracking::default());
    let done = desk.api.app.orders.approve_return(&desk.caller_once(form.key()), &id, label).await;
    led(&desk, &id, &form, done, "approved", |_, one, form| approve_sheet(one, form)).await
}

pub(super) async fn reject_form(desk: Desk, Path(id): Path<String>) -> Shown {
    drawn(&desk, &id, |_, one, form| reject_sheet(one, form)).await
}

pub(super) async fn reject(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let id = return_id(&id)?;
    let caller = desk.caller_once(form.key());
    let done = desk.api.app.orders.reject_return(&caller, &id, form.text("reason")).await;
    led(&desk, &id, &form, done, "rejected", |_, one, form| reject_sheet(one, form)).await
}

pub(super) async fn close_form(desk: Desk, Path(id): Path<String>) -> Shown {
    drawn(&desk, &id, |_, one, form| close_sheet(one, form)).await
}

pub(super) async fn close(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let id = return_id(&id)?;
    let done = desk.api.app.orders.close_return(&desk.caller_once(form.key()), &id).await;
    led(&desk, &id, &form, done, "closed", |_, one, form| close_sheet(one, form)).await
}

pub(super) async fn receive_form(desk: Desk, Path(id): Path<String>) -> Shown {
    drawn(&desk, &id, receive_sheet).await
}

pub(super) async fn receive(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let id = return_id(&id)?;
    let done = match received(&form) {
        Ok(input) => desk.api.app.orders.receive_return(&desk.caller_once(form.key()), &id, input).await,
        Err(problem) => Err(problem),
    };
    led(&desk, &id, &form, done, "received", receive_sheet).await
}
