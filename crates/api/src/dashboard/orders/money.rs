//! Take money and give it back.

use axum::extract::Path;
use axum::response::Response;
use sutler_app::orders::{Amount, Named, OrderView, PaymentInput, RefundInput};
use sutler_app::ports::reads::OrderName;
use sutler_app::{Caller, Problem};
use sutler_domain::orders::{Item, RefundStatus};
use sutler_domain::payments::{CaptureMode, Payment, PaymentStatus};
use sutler_domain::{Currency, Fault, ItemId, PaymentId};

use super::{back, found, number};
use crate::dashboard::desk::{Desk, Shown};
use crate::dashboard::lists;
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::{Form, whole};
use crate::dashboard::words as w;

/// What the fake gateway makes of each token.
pub(super) const FAKE_TOKENS: [(&str, &str); 5] = [
    ("tok_ok", "works at once"),
    ("tok_auth_only", "is authorized, to be captured later"),
    ("tok_3ds", "waits for the buyer's approval"),
    ("tok_declined", "is declined"),
    ("tok_insufficient_funds", "has not enough money"),
];

/// Items as fields: how many units of each, `items.{id}`.
pub(super) fn ask_items(mut sheet: Sheet, form: &Form, items: &[(Item, i64, i64)]) -> Sheet {
    for (item, most, otherwise) in items {
        let title = super::item_title(item);
        let name = format!("items.{}", item.item_id);
        sheet = sheet
            .ask(form, name, title, Ask::Units { most: Some(*most) }, otherwise.to_string())
            .hint(if item.sku.is_empty() {
                format!("of {most}")
            } else {
                format!("{} · of {most}", item.sku)
            })
            .each(unit_worth(item));
    }
    sheet
}

/// What one unit was sold for, its discount taken off.
fn unit_worth(item: &Item) -> i64 {
    item.total.saturating_sub(item.discount).checked_div(item.ordered).unwrap_or_default()
}

/// The units of items that were typed; 0 and nothing are left out.
pub(super) fn typed_items(form: &Form) -> Result<Vec<(ItemId, i64)>, Problem> {
    typed_units(form, "items.")
}

/// The same of fields whose names begin so, each followed by its item.
pub(crate) fn typed_units(form: &Form, prefix: &str) -> Result<Vec<(ItemId, i64)>, Problem> {
    let mut items = Vec::new();
    let mut faults = Vec::new();
    for (id, text) in form.under(prefix) {
        let Ok(item_id) = ItemId::parse(id) else { continue };
        match if text.is_empty() { Ok(0) } else { whole(text) } {
            Ok(0) => {}
            Ok(units) => items.push((item_id, units)),
            Err(detail) => faults.push(Fault::invalid(format!("/{prefix}{id}"), detail)),
        }
    }
    if faults.is_empty() { Ok(items) } else { Err(Problem::invalid(faults)) }
}

/// The amount that was typed, if one was.
fn typed_amount(form: &Form, currency: Currency) -> Result<Option<Amount>, Problem> {
    let Some(text) = form.text("amount") else { return Ok(None) };
    match w::typed_amount(&text, currency) {
        Ok(amount) => Ok(Some(Amount { amount, currency: Some(currency) })),
        Err(detail) => Err(Problem::invalid(vec![Fault::invalid("/amount", detail)])),
    }
}

/// The payment of the address or the form, else the first that fits.
fn payment<'v>(
    desk: &Desk,
    view: &'v OrderView,
    form: &Form,
    fits: impl Fn(&Payment) -> bool,
) -> Result<&'v Payment, Problem> {
    let named = form.text("payment").or_else(|| lists::value(&desk.uri, "payment"));
    let found = match &named {
        Some(id) => view.order.payments.iter().find(|payment| payment.payment_id.as_str() == id),
        None => view.order.payments.iter().find(|payment| fits(payment)),
    };
    found.ok_or_else(|| Problem::not_found("payment of this order", named.unwrap_or_default()))
}

fn base(view: &OrderView) -> String {
    format!("/admin/orders/{}", view.order.order_id)
}

fn capture_sheet(desk: &Desk, view: &OrderView, form: &Form) -> Result<Sheet, Problem> {
    let (order, base) = (&view.order, base(view));
    let payment = payment(desk, view, form, |payment| payment.capturable() > 0)?;
    let most = payment.capturable().min(order.due());
    let action = format!("{base}/capture?payment={}", payment.payment_id);
    let words = w::plain(most, order.currency);
    Ok(Sheet::new(format!("Capture {}", number(view, desk)), action, base, format!("Capture {words}"))
        .lead(format!("{words} are taken through {}.", payment.gateway))
        .ask(
            form,
            "amount",
            "Amount",
            Ask::Amount(order.currency.code().to_owned()),
            w::decimal(most, order.currency),
        )
        .hint(format!("At most {words}. 14.90 and 14,90 are the same.")))
}

pub(super) async fn capture_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    let view = found(&desk, &id).await?;
    Ok(capture_sheet(&desk, &view, &form)?.page(&desk, "orders", &form))
}

pub(super) async fn capture(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let view = found(&desk, &id).await?;
    let caller = desk.caller_once(form.key());
    let captured = async {
        let payment_id = payment(&desk, &view, &form, |payment| payment.capturable() > 0)?.payment_id.clone();
        let amount = typed_amount(&form, view.order.currency)?;
        desk.api.app.payments.capture(&caller, &payment_id, amount).await
    };
    match captured.await {
        Ok(done) => {
            let (view, payment_id) = done.value;
            let rests = view.order.payment(&payment_id).is_some_and(Payment::rests);
            Ok(back(&view, if rests { "captured" } else { "capturing" }))
        }
        Err(problem) => {
            let view = found(&desk, &id).await?;
            capture_sheet(&desk, &view, &form)?.refused(&desk, "orders", &form, problem, last_name)
        }
    }
}

fn void_sheet(desk: &Desk, view: &OrderView, form: &Form) -> Result<Sheet, Problem> {
    let base = base(view);
    let payment = payment(desk, view, form, |payment| payment.capturable() > 0)?;
    let action = format!("{base}/void?payment={}", payment.payment_id);
    let words = w::plain(payment.authorized, view.order.currency);
    Ok(Sheet::new(format!("Void payment of {}", number(view, desk)), action, base, "Void authorization")
        .danger()
        .lead(format!("{words} are no longer secured, and cannot be captured after this.")))
}

pub(super) async fn void_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    let view = found(&desk, &id).await?;
    Ok(void_sheet(&desk, &view, &form)?.page(&desk, "orders", &form))
}

pub(super) async fn void(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let view = found(&desk, &id).await?;
    let caller = desk.caller_once(form.key());
    let payment_id: PaymentId = payment(&desk, &view, &form, |_| true)?.payment_id.clone();
    match desk.api.app.payments.void(&caller, &payment_id).await {
        Ok(done) => Ok(back(&done.value.0, "voided")),
        Err(problem) => void_sheet(&desk, &view, &form)?.refused(&desk, "orders", &form, problem, last_name),
    }
}

fn refund_sheet(desk: &Desk, view: &OrderView, form: &Form) -> Sheet {
    let (order, base) = (&view.order, base(view));
    let most = order.refundable();
    let words = w::plain(most, order.currency);
    let gateways: Vec<&str> =
        order.payments.iter().filter(|p| p.refundable() > 0).map(|p| p.gateway.as_str()).collect();
    let items: Vec<(Item, i64, i64)> = order
        .items
        .iter()
        .map(|item| {
            (item.clone(), item.ordered.saturating_sub(item.canceled).saturating_sub(item.returned), 0)
        })
        .filter(|(_, most, _)| *most > 0)
        .collect();
    let mut sheet =
        Sheet::new(format!("Refund {}", number(view, desk)), format!("{base}/refund"), base, "Refund")
            .lead(format!("At most {words} go back through {}.", gateways.join(", ")));
    if gateways.contains(&"manual") {
        sheet = sheet.warning("The gateway is manual: hand the money back yourself, this only records it.");
    }
    sheet = ask_items(sheet, form, &items)
        .ask(form, "amount", "Amount", Ask::Amount(order.currency.code().to_owned()), "")
        .hint("Leave it empty to refund what the items cost; or say an amount of your own.")
        .ask(form, "restock", "Put what was shipped back on the shelf", Ask::Tick(false), "")
        .ask(form, "reason", "Reason", Ask::Line("off"), "")
        .ask(form, "note", "Note for colleagues", Ask::Line("off"), "");
    sheet.total = Some((order.currency.code().to_owned(), order.currency.exponent()));
    sheet
}

pub(super) async fn refund_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    let view = found(&desk, &id).await?;
    Ok(refund_sheet(&desk, &view, &form).page(&desk, "orders", &form))
}

pub(super) async fn refund(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let view = found(&desk, &id).await?;
    let caller = desk.caller_once(form.key());
    match refunded(&desk, &caller, &view, &form).await {
        Ok(told) => Ok(told),
        Err(problem) => {
            let view = found(&desk, &id).await?;
            let items = typed_items(&form).unwrap_or_default();
            let place = |pointer: &str| item_field(pointer, &items);
            refund_sheet(&desk, &view, &form).refused(&desk, "orders", &form, problem, place)
        }
    }
}

/// The field of `/items/0/quantity` is that of the first item that was asked for.
pub(crate) fn item_field(pointer: &str, items: &[(ItemId, i64)]) -> String {
    let index =
        pointer.strip_prefix("/items/").and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
    match index.and_then(|index| items.get(index)) {
        Some((id, _)) => format!("items.{id}"),
        None => last_name(pointer),
    }
}

async fn refunded(desk: &Desk, caller: &Caller, view: &OrderView, form: &Form) -> Result<Response, Problem> {
    let (items, amount) = (typed_items(form)?, typed_amount(form, view.order.currency)?);
    if items.is_empty() && amount.is_none() {
        let detail = "say how many units, or an amount; to give everything back, write the whole amount";
        return Err(Problem::invalid(vec![Fault::invalid("/amount", detail)]));
    }
    let input = RefundInput {
        return_id: None,
        order: Named(OrderName::Id(view.order.order_id.clone())),
        payment_id: None,
        amount,
        items,
        restock: form.raw("restock").is_some(),
        reason: form.text("reason"),
        note: form.text("note"),
    };
    let (view, refund_id) = desk.api.app.payments.refund(caller, input).await?.value;
    let done = match view.order.refund(&refund_id).map(|refund| refund.status) {
        Some(RefundStatus::Succeeded) => "refunded",
        Some(RefundStatus::Failed) => "unrefunded",
        _ => "refunding",
    };
    Ok(back(&view, done))
}

fn pay_sheet(desk: &Desk, view: &OrderView, form: &Form) -> Sheet {
    let (order, base) = (&view.order, base(view));
    let words = w::plain(order.due(), order.currency);
    let sheet = Sheet::new(
        format!("Take payment for {}", number(view, desk)),
        format!("{base}/pay"),
        base,
        format!("Take {words}"),
    )
    .lead(format!("{words} are due."));
    ask_payment(sheet, form, desk, false)
}

/// How it is paid.
pub(super) fn ask_payment(sheet: Sheet, form: &Form, desk: &Desk, may_wait: bool) -> Sheet {
    let none = may_wait.then(|| (String::new(), "No payment yet".to_owned()));
    let gateways = desk.api.app.ports.gateways.keys().map(|name| (name.clone(), name.clone()));
    let gateway = if may_wait { String::new() } else { desk.api.app.settings.default_gateway.clone() };
    let tokens: Vec<String> = FAKE_TOKENS.iter().map(|(token, does)| format!("{token} {does}")).collect();
    sheet
        .ask(form, "gateway", "Gateway", Ask::Choice(none.into_iter().chain(gateways).collect()), gateway)
        .ask(form, "token", "Token", Ask::Line("off"), "")
        .hint(format!("What the buyer's browser got from the gateway. With 'fake': {}.", tokens.join(", ")))
        .ask(form, "manual", "Only authorize now, capture later", Ask::Tick(false), "")
}

/// The payment that was asked for, if one was.
pub(super) fn typed_payment(form: &Form) -> Option<PaymentInput> {
    let gateway = form.text("gateway")?;
    let capture = if form.raw("manual").is_some() { CaptureMode::Manual } else { CaptureMode::Automatic };
    let token = form.text("token").or_else(|| (gateway == "fake").then(|| "tok_ok".to_owned()));
    Some(PaymentInput { gateway: Some(gateway), token, capture, ..PaymentInput::default() })
}

pub(super) async fn pay_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    let view = found(&desk, &id).await?;
    Ok(pay_sheet(&desk, &view, &form).page(&desk, "orders", &form))
}

pub(super) async fn pay(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let caller = desk.caller_once(form.key());
    let name = super::name(&desk, &id)?;
    let input = typed_payment(&form).unwrap_or_default();
    match desk.api.app.payments.start(&caller, &name, input).await {
        Ok(started) => {
            let (view, payment_id) = started.value;
            let done = match view.order.payment(&payment_id).map(|payment| payment.status) {
                Some(PaymentStatus::Captured | PaymentStatus::Authorized) => "paid",
                Some(PaymentStatus::Failed | PaymentStatus::Voided) => "unpaid",
                _ => "paying",
            };
            Ok(back(&view, done))
        }
        Err(problem) => {
            let view = found(&desk, &id).await?;
            pay_sheet(&desk, &view, &form).refused(&desk, "orders", &form, problem, last_name)
        }
    }
}
