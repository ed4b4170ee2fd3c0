//! Move an order along where no money and no parcel moves: confirm, complete, cancel, hold, note.

use axum::extract::Path;
use axum::response::Response;
use sutler_app::orders::{CancelInput, OrderView};
use sutler_app::{Caller, Problem};
use sutler_domain::orders::HoldCode;

use super::{back, found, number};
use crate::dashboard::desk::{Desk, Shown};
use crate::dashboard::lists;
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::Form;
use crate::dashboard::words as w;

/// What may be done here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Cancel,
    Hold,
    Unhold,
    Confirm,
    Complete,
    Release,
}

impl Act {
    fn parse(word: &str) -> Result<Self, Problem> {
        Ok(match word {
            "cancel" => Self::Cancel,
            "hold" => Self::Hold,
            "unhold" => Self::Unhold,
            "confirm" => Self::Confirm,
            "complete" => Self::Complete,
            "release" => Self::Release,
            _ => return Err(Problem::not_found("page", w::short_id(word))),
        })
    }
}

/// The form of an act.
pub(super) async fn form(desk: Desk, Path((id, act)): Path<(String, String)>) -> Shown {
    let act = Act::parse(&act)?;
    let view = found(&desk, &id).await?;
    let form = Form::fresh();
    Ok(sheet(&desk, &view, act, &form).page(&desk, "orders", &form))
}

fn sheet(desk: &Desk, view: &OrderView, act: Act, form: &Form) -> Sheet {
    let (order, number) = (&view.order, number(view, desk));
    let back = format!("/admin/orders/{}", order.order_id);
    let to = |word: &str| format!("{back}/{word}");
    match act {
        Act::Cancel => {
            let open = order.refundable() > 0;
            let sheet = Sheet::new(format!("Cancel {number}"), to("cancel"), &back, "Cancel order")
                .danger()
                .lead("Its stock goes back on the shelf, and nothing of it is shipped any more.")
                .ask(form, "reason", "Reason", Ask::Line("off"), "")
                .hint("Shown in the order's history.");
            if !open {
                return sheet;
            }
            let words = format!("Refund {}", w::plain(order.refundable(), order.currency));
            sheet.ask(form, "refund", words, Ask::Tick(true), "")
        }
        Act::Hold => Sheet::new(format!("Hold {number}"), to("hold"), &back, "Hold")
            .lead("Nothing of it is shipped until the hold is released.")
            .ask(form, "code", "Why", Ask::Choice(hold_codes()), "manual")
            .ask(form, "reason", "In words", Ask::Line("off"), ""),
        Act::Unhold => Sheet::new(format!("Release hold of {number}"), to("unhold"), &back, "Release hold")
            .lead("It can be shipped again.")
            .ask(
                form,
                "code",
                "Hold",
                Ask::Choice(hold_codes()),
                lists::value(&desk.uri, "code").unwrap_or_default(),
            ),
        Act::Confirm => Sheet::new(format!("Confirm {number}"), to("confirm"), &back, "Confirm")
            .lead("The order is accepted on its terms, without its money. It can then be shipped."),
        Act::Complete => Sheet::new(format!("Complete {number}"), to("complete"), &back, "Complete")
            .lead("Everything has been sent and paid. Nothing of it changes after this."),
        Act::Release => {
            Sheet::new(format!("Release stock of {number}"), to("release"), &back, "Release stock")
                .danger()
                .lead("What is kept for it goes back on the shelf, and the order expires.")
        }
    }
}

fn hold_codes() -> Vec<(String, String)> {
    HoldCode::ALL.map(|code| (code.as_str().to_owned(), w::word(code.as_str()))).to_vec()
}

/// Do it.
pub(super) async fn act(desk: Desk, Path((id, act)): Path<(String, String)>, form: Form) -> Shown {
    let act = Act::parse(&act)?;
    let caller = desk.caller_once(form.key());
    match Box::pin(done(&desk, &caller, &id, act, &form)).await {
        Ok(told) => Ok(told),
        Err(problem) => {
            let view = found(&desk, &id).await?;
            sheet(&desk, &view, act, &form).refused(&desk, "orders", &form, problem, last_name)
        }
    }
}

async fn done(desk: &Desk, caller: &Caller, id: &str, act: Act, form: &Form) -> Result<Response, Problem> {
    let (orders, name) = (&desk.api.app.orders, super::name(desk, id)?);
    let (answered, word) = match act {
        Act::Cancel => {
            let refund = form.raw("refund").is_some();
            let input = CancelInput { reason: form.text("reason"), refund, items: Vec::new() };
            (orders.cancel(caller, &name, input).await?, "canceled")
        }
        Act::Hold => (orders.hold(caller, &name, code(form)?, form.text("reason")).await?, "held"),
        Act::Unhold => (orders.unhold(caller, &name, code(form)?).await?, "unheld"),
        Act::Confirm => (orders.confirm(caller, &name).await?, "confirmed"),
        Act::Complete => (orders.complete(caller, &name).await?, "completed"),
        Act::Release => (orders.release(caller, &name).await?, "released"),
    };
    Ok(back(&answered.value, word))
}

fn code(form: &Form) -> Result<HoldCode, Problem> {
    let word = form.text("code").unwrap_or_default();
    let found = HoldCode::ALL.into_iter().find(|code| code.as_str() == word);
    found.ok_or_else(|| {
        Problem::invalid(vec![sutler_domain::Fault::invalid("/code", "choose one of the list")])
    })
}

/// Add a note. One that is refused comes back as a form of its own, with its text.
pub(super) async fn note(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let caller = desk.caller_once(form.key());
    let name = super::name(&desk, &id)?;
    let body = form.raw("body").unwrap_or_default().trim().to_owned();
    match desk.api.app.orders.note(&caller, &name, body).await {
        Ok(noted) => Ok(back(&noted.value.0, "noted")),
        Err(problem) => {
            let view = found(&desk, &id).await?;
            let back = format!("/admin/orders/{}", view.order.order_id);
            Sheet::new(format!("Note on {}", number(&view, &desk)), format!("{back}/notes"), back, "Add note")
                .ask(&form, "body", "Note", Ask::Lines, "")
                .refused(&desk, "orders", &form, problem, last_name)
        }
    }
}
