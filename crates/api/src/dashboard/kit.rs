//! Every component in every state, on one page: for whoever changes how the dashboard looks, and for its tests.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use sutler_domain::orders::{FulfillmentStatus, OrderStatus, PaymentState};

use super::desk::{Desk, Frame, shown};
use super::sheet::{Ask, Sheet};
use super::typed::Form;
use super::words as w;
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin/_kit", get(async |desk: Desk| show(&desk)))
}

#[derive(Template)]
#[template(path = "kit.html")]
struct KitPage {
    frame: Frame,
    badges: Vec<w::Html>,
    sheet: Sheet,
    now: jiff::Timestamp,
}

fn show(desk: &Desk) -> Response {
    let form = Form::fresh();
    let states = OrderStatus::ALL.map(OrderStatus::as_str).into_iter();
    let states = states
        .chain(PaymentState::ALL.map(PaymentState::as_str))
        .chain(FulfillmentStatus::ALL.map(FulfillmentStatus::as_str));
    let mut sheet = Sheet::new("A form", "/admin/_kit", "/admin/_kit", "Save")
        .ask(&form, "name", "A line", Ask::Line("off"), "Ada Lovelace")
        .hint("What helps to fill it in.")
        .ask(&form, "amount", "An amount", Ask::Amount("EUR".to_owned()), "14.90")
        .ask(&form, "units", "Units", Ask::Units { most: Some(3) }, "2")
        .ask(&form, "choice", "A choice", Ask::Choice(vec![("a".to_owned(), "The first".to_owned())]), "a")
        .ask(&form, "tick", "A box", Ask::Tick(true), "")
        .ask(&form, "wrong", "A line that is wrong", Ask::Line("off"), "x");
    if let Some(field) = sheet.fields.last_mut() {
        "'x' is too short; write at least 2 letters".clone_into(&mut field.fault);
    }
    let view = KitPage {
        frame: desk.frame("Components", "kit"),
        badges: states.map(w::badge).collect(),
        sheet,
        now: desk.now,
    };
    shown(&view)
}
