//! The same done to many orders: each by itself, under a key of its own, and what became of each is told.

use askama::Template;
use axum::extract::Path;
use sutler_app::orders::{CancelInput, FulfillInput, OrderView, UpdateInput};
use sutler_app::ports::reads::OrderName;
use sutler_app::{Caller, Kind, Problem};
use sutler_domain::orders::Tracking;
use sutler_domain::{Fault, OrderId};

use super::{found, number};
use crate::dashboard::desk::{Desk, Frame, Shown, see, shown};
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::Form;
use crate::dashboard::words::{self as w, Html};

/// Orders of one form, at most: the longest page of the list.
const ORDERS_MAX: usize = 100;

/// What may be done to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Capture,
    Fulfill,
    Tag,
    Cancel,
}

impl Deed {
    const ALL: [Self; 4] = [Self::Capture, Self::Fulfill, Self::Tag, Self::Cancel];

    const fn word(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Fulfill => "fulfill",
            Self::Tag => "tag",
            Self::Cancel => "cancel",
        }
    }

    const fn verb(self) -> &'static str {
        match self {
            Self::Capture => "Capture",
            Self::Fulfill => "Fulfil",
            Self::Tag => "Tag",
            Self::Cancel => "Cancel",
        }
    }

    fn parse(word: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|deed| deed.word() == word);
        found.ok_or_else(|| Problem::not_found("page", w::short_id(word)))
    }
}

/// The orders that were ticked, each once.
fn ticked(form: &Form) -> Result<Vec<OrderId>, Problem> {
    let words = form.ticked_rows("order", ORDERS_MAX, "orders")?;
    let parsed =
        |word: &str| OrderId::parse(word).map_err(|_| Problem::not_found("order", w::short_id(word)));
    words.into_iter().map(parsed).collect()
}

fn sheet(deed: Deed, ids: &[OrderId], form: &Form) -> Sheet {
    let orders = w::count(&ids.len(), "order", "orders");
    let title = format!("{} {orders}", deed.verb());
    let action = format!("/admin/orders/bulk/{}", deed.word());
    let mut sheet = Sheet::new(title.clone(), action, "/admin/orders", title);
    for id in ids {
        sheet = sheet.carry("order", id.as_str());
    }
    match deed {
        Deed::Capture => sheet.lead("All that is secured and due is taken, of each order by itself."),
        Deed::Fulfill => sheet.lead("All that is open of each order leaves in one parcel.").ask(
            form,
            "ship",
            "It leaves now",
            Ask::Tick(false),
            "",
        ),
        Deed::Tag => sheet
            .lead("Each gets it beside the tags that it has.")
            .ask(form, "tag", "Tag", Ask::Line("off"), "")
            .needed(),
        Deed::Cancel => sheet
            .danger()
            .lead("Their stock goes back on the shelf, and their money goes back to the buyers.")
            .warning("This cannot be taken back.")
            .ask(form, "reason", "Reason", Ask::Line("off"), "")
            .hint("Shown in the history of each order.")
            .ask(form, "count", format!("Type {} to go on", ids.len()), Ask::Units { most: None }, ""),
    }
}

/// What is to be done, before it is: the orders were ticked in the list.
pub(super) async fn asked(desk: Desk, form: Form) -> Shown {
    let deed = Deed::parse(form.raw("act").unwrap_or_default())?;
    let ids = ticked(&form)?;
    if ids.is_empty() {
        return Ok(see("/admin/orders?done=none_ticked"));
    }
    Ok(sheet(deed, &ids, &Form::fresh()).page(&desk, "orders", &Form::fresh()))
}

/// An order, and what became of it.
#[derive(Clone, Debug)]
struct Outcome {
    id: String,
    number: String,
    state: Html,
    told: String,
    failed: bool,
}

#[derive(Template)]
#[template(path = "orders_bulk.html")]
struct BulkPage {
    frame: Frame,
    act: &'static str,
    outcomes: Vec<Outcome>,
    done: usize,
    failed: usize,
}

/// Do it.
pub(super) async fn act(desk: Desk, Path(word): Path<String>, form: Form) -> Shown {
    let deed = Deed::parse(&word)?;
    let ids = ticked(&form)?;
    if let Err(problem) = checked(deed, &ids, &form) {
        return sheet(deed, &ids, &form).refused(&desk, "orders", &form, problem, last_name);
    }
    let mut outcomes = Vec::with_capacity(ids.len());
    for id in &ids {
        outcomes.push(Box::pin(outcome(&desk, deed, id, &form)).await);
    }
    let failed = outcomes.iter().filter(|outcome| outcome.failed).count();
    let title = format!("{} {}", deed.verb(), w::count(&ids.len(), "order", "orders"));
    let page = BulkPage {
        frame: desk.frame(title, "orders").under("/admin/orders", "Orders"),
        act: deed.word(),
        done: outcomes.len().saturating_sub(failed),
        failed,
        outcomes,
    };
    Ok(shown(&page))
}

/// What was typed fits what is to be done.
fn checked(deed: Deed, ids: &[OrderId], form: &Form) -> Result<(), Problem> {
    let fault = |at: &str, detail: String| Err(Problem::invalid(vec![Fault::invalid(at, detail)]));
    match deed {
        Deed::Tag if form.text("tag").is_none() => fault("/tag", "say which tag".to_owned()),
        Deed::Cancel if form.text("count").as_deref() != Some(&ids.len().to_string()) => {
            fault("/count", format!("type {} to cancel them; it cannot be taken back", ids.len()))
        }
        _ => Ok(()),
    }
}

async fn outcome(desk: &Desk, deed: Deed, id: &OrderId, form: &Form) -> Outcome {
    let key = form.key().map(|key| format!("{key}:{id}"));
    // Nobody waits for the gateway of one order while the others wait for their turn.
    let caller = Caller { wait_s: 0, ..desk.caller_once(key) };
    let view = found(desk, id.as_str()).await;
    let number = view.as_ref().map_or_else(|_| w::short_id(id.as_str()), |view| number(view, desk));
    let done = match view {
        Ok(view) => done(desk, &caller, deed, &view, form).await,
        Err(problem) => Err(problem),
    };
    let (told, failed) = match done {
        Ok(told) => (told.to_owned(), false),
        Err(problem) => (problem.detail, true),
    };
    let state = w::badge(if failed { "failed" } else { "done" });
    Outcome { id: id.to_string(), number, state, told, failed }
}

async fn done(
    desk: &Desk,
    caller: &Caller,
    deed: Deed,
    view: &OrderView,
    form: &Form,
) -> Result<&'static str, Problem> {
    let (app, name) = (&desk.api.app, OrderName::Id(view.order.order_id.clone()));
    match deed {
        Deed::Capture => capture(desk, caller, view).await,
        Deed::Fulfill => {
            let ship = form.raw("ship").is_some();
            let input =
                FulfillInput { items: Vec::new(), location: None, tracking: Tracking::default(), ship };
            app.orders.fulfill(caller, &name, input).await?;
            Ok(if ship { "on its way" } else { "the parcel is planned" })
        }
        Deed::Tag => {
            let mut tags = view.order.tags.clone();
            let tag = form.text("tag").unwrap_or_default();
            if tags.contains(&tag) {
                return Ok("it had the tag already");
            }
            tags.push(tag);
            // Whoever changed the tags meanwhile is not written over.
            let caller = Caller { if_match: Some(view.version), ..caller.clone() };
            let input = UpdateInput { tags: Some(tags), ..UpdateInput::default() };
            app.orders.update(&caller, &name, input).await?;
            Ok("tagged")
        }
        Deed::Cancel => {
            let input = CancelInput { reason: form.text("reason"), refund: true, items: Vec::new() };
            app.orders.cancel(caller, &name, input).await?;
            Ok("canceled")
        }
    }
}

/// Take all that is secured and due.
async fn capture(desk: &Desk, caller: &Caller, view: &OrderView) -> Result<&'static str, Problem> {
    let open: Vec<_> = view.order.payments.iter().filter(|payment| payment.capturable() > 0).collect();
    if open.is_empty() || view.order.due() == 0 {
        let detail = "nothing of it waits to be captured";
        return Err(Problem::new(Kind::Conflict, "invalid_transition", detail));
    }
    for payment in open {
        let key = caller.idempotency_key.as_ref().map(|key| format!("{key}:{}", payment.payment_id));
        let caller = Caller { idempotency_key: key, ..caller.clone() };
        desk.api.app.payments.capture(&caller, &payment.payment_id, None).await?;
    }
    Ok("the capture is under way")
}
