//! Move an order along.

use axum::extract::{Path, State};
use serde_json::Value;
use sutler_app::Problem;
use sutler_app::orders::{CancelInput, UpdateInput};
use sutler_app::patch::Patch;
use sutler_domain::ItemId;
use sutler_domain::orders::HoldCode;

use super::expand::Expand;
use super::{changed, order_name, request, shape};
use crate::rest::fields::Fields;
use crate::rest::{Answer, Api, Call, Document, MaybeDocument, Params, Told};

/// Actions that need no words take an empty body, or `{}`.
fn no_words(body: &Value) -> Result<(), Problem> {
    Fields::of(body).done()
}

macro_rules! plain_actions {
    ($($(#[$doc:meta])* $action:ident)*) => {$(
        $(#[$doc])*
        pub(super) async fn $action(
            State(api): State<Api>,
            call: Call,
            Path(id): Path<String>,
            mut params: Params,
            MaybeDocument(body): MaybeDocument,
        ) -> Told {
            let expand = Expand::of(&mut params);
            params.done()?;
            call.conditional()?;
            no_words(&body)?;
            let name = order_name(&id, &api.app.settings)?;
            changed(&api, &call, &expand, api.app.orders.$action(&call.caller, &name)).await
        }
    )*};
}
plain_actions! {
    /// Accept it on its terms.
    confirm
    /// Close it.
    complete
    /// Give up what is kept for it.
    release
}

/// What to call off: `{reason?, refund? (true), items? [{item_id, quantity}]}`.
pub(crate) fn cancel_input(body: &Value) -> Result<CancelInput, Problem> {
    let mut f = Fields::of(body);
    let input = CancelInput {
        reason: f.text("reason"),
        refund: f.flag("refund").unwrap_or(true),
        items: item_quantities(&mut f),
    };
    f.done()?;
    Ok(input)
}

/// Call it off.
pub(super) async fn cancel(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    mut params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    let expand = Expand::of(&mut params);
    params.done()?;
    call.conditional()?;
    let input = cancel_input(&body)?;
    let name = order_name(&id, &api.app.settings)?;
    changed(&api, &call, &expand, api.app.orders.cancel(&call.caller, &name, input)).await
}

/// `items: [{item_id, quantity}]`; an empty list is refused, because it would mean all.
pub(crate) fn item_quantities(f: &mut Fields<'_>) -> Vec<(ItemId, i64)> {
    let lines = f.list("items", |f| {
        f.need("item_id");
        f.need("quantity");
        (f.id("item_id"), f.whole("quantity"))
    });
    if lines.as_ref().is_some_and(Vec::is_empty) {
        f.invalid("items", "'items' is empty; name at least one, or leave it out to mean all");
    }
    let whole = |(item_id, quantity): (Option<ItemId>, Option<i64>)| Some((item_id?, quantity?));
    lines.unwrap_or_default().into_iter().filter_map(whole).collect()
}

const CODES: [(&str, HoldCode); 4] = [
    ("manual", HoldCode::Manual),
    ("address_check", HoldCode::AddressCheck),
    ("fraud_review", HoldCode::FraudReview),
    ("payment_review", HoldCode::PaymentReview),
];

/// Why fulfillment is to stop: `{code? (manual), reason?}`.
pub(crate) fn hold_input(body: &Value) -> Result<(HoldCode, Option<String>), Problem> {
    let mut f = Fields::of(body);
    let code = f.word("code", &CODES).unwrap_or(HoldCode::Manual);
    let reason = f.text("reason");
    f.done()?;
    Ok((code, reason))
}

/// A hold by its code.
pub(crate) fn hold_code(code: &str) -> Result<HoldCode, Problem> {
    let found = CODES.iter().find(|(word, _)| *word == code).map(|(_, code)| *code);
    found.ok_or_else(|| Problem::not_found("hold", code))
}

/// Stop fulfillment.
pub(super) async fn hold(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    mut params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    let expand = Expand::of(&mut params);
    params.done()?;
    call.conditional()?;
    let (code, reason) = hold_input(&body)?;
    let name = order_name(&id, &api.app.settings)?;
    changed(&api, &call, &expand, api.app.orders.hold(&call.caller, &name, code, reason)).await
}

/// Let fulfillment go on.
pub(super) async fn unhold(
    State(api): State<Api>,
    call: Call,
    Path((id, code)): Path<(String, String)>,
    mut params: Params,
) -> Told {
    let expand = Expand::of(&mut params);
    params.done()?;
    call.conditional()?;
    let hold = hold_code(&code)?;
    let name = order_name(&id, &api.app.settings)?;
    changed(&api, &call, &expand, api.app.orders.unhold(&call.caller, &name, hold)).await
}

/// Note something: `{body}`.
pub(super) async fn note(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    let mut f = Fields::of(&body);
    f.need("body");
    let text = f.text("body").unwrap_or_default();
    f.done()?;
    let name = order_name(&id, &api.app.settings)?;
    let noted = api.app.orders.note(&call.caller, &name, text).await?;
    let (view, note) = noted.value;
    let location = format!("/orders/{}/notes", view.order.order_id);
    let answer = Answer::created(&call, location).replayed(noted.replayed).version(view.version);
    Ok(answer.json(&shape::note_body(&note)))
}

/// Change person, addresses, tags or metadata (RFC 7396): absent is unchanged, `null` clears.
pub(super) async fn update(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    mut params: Params,
    Document(body): Document,
) -> Told {
    let expand = Expand::of(&mut params);
    params.done()?;
    call.conditional()?;
    let input = update_input(&body)?;
    let order = order_name(&id, &api.app.settings)?;
    changed(&api, &call, &expand, api.app.orders.update(&call.caller, &order, input)).await
}

/// A change of person, addresses, tags or metadata.
pub(crate) fn update_input(body: &Value) -> Result<UpdateInput, Problem> {
    let mut f = Fields::of(body);
    let person =
        f.object("customer", |f| ["email", "name", "phone"].map(|name| f.patch(name, |f| f.text(name))));
    let [email, name, phone] = person.unwrap_or_default();
    let email = match f.patch("email", |f| f.text("email")) {
        Patch::Keep => email,
        shorter => shorter,
    };
    let shipping_address = f.patch("shipping_address", |f| f.object("shipping_address", request::address));
    let billing_address = f.patch("billing_address", |f| f.object("billing_address", request::address));
    let input = UpdateInput {
        email: member(email),
        name: member(name),
        phone: member(phone),
        shipping_address: member(shipping_address),
        billing_address: member(billing_address),
        tags: member(f.patch("tags", |f| f.texts("tags"))).map(Option::unwrap_or_default),
        metadata: f.pairs("metadata"),
    };
    f.done()?;
    Ok(input)
}

#[expect(clippy::option_option, reason = "the use case takes absent, null and a value so")]
fn member<T>(patch: Patch<T>) -> Option<Option<T>> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        Patch::Set(value) => Some(Some(value)),
    }
}
