//! Views of the list of orders that people save: one's own, and those that all share.

use askama::Template;
use axum::Router;
use axum::http::Uri;
use axum::routing::{get, post};
use sutler_app::Problem;
use sutler_app::saved_views::{AllViews, SavedView, ViewEdit, Whose};
use sutler_domain::Fault;

use crate::dashboard::desk::{Desk, Frame, Shown, see, shown};
use crate::dashboard::lists::{self, Tab};
use crate::dashboard::sheet::{Ask, Sheet, last_name};
use crate::dashboard::typed::Form;
use crate::dashboard::words as w;
use crate::rest::Api;

const LIST: &str = "/admin/orders";
const PAGE: &str = "/admin/orders/views";

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route(PAGE, get(page))
        .route("/admin/orders/views/new", get(new).post(save))
        .route("/admin/orders/views/rename", get(rename_form).post(rename))
        .route("/admin/orders/views/change", post(change))
}

/// The tabs of the list: those of every shop, then what all share, then one's own.
pub(super) fn tabs(uri: &Uri, built_in: &[(&'static str, &str)], saved: &AllViews) -> Vec<Tab> {
    let mut tabs = lists::tabs(uri, built_in);
    let here = lists::with(uri, &[]);
    tabs.extend(saved.shared.iter().chain(&saved.mine).map(|view| {
        let href = address(&view.query);
        Tab { current: href == here, href, words: view.name.clone().into() }
    }));
    tabs
}

/// Where the form is that saves this list, if there is something to save that has no tab yet.
pub(super) fn to_save(uri: &Uri, tabs: &[Tab]) -> Option<String> {
    let here = lists::with(uri, &[]);
    let (_, query) = here.split_once('?')?;
    let is_new = tabs.iter().all(|tab| !tab.current);
    is_new.then(|| format!("{PAGE}/new?{query}"))
}

fn address(query: &str) -> String {
    if query.is_empty() { LIST.to_owned() } else { format!("{LIST}?{query}") }
}

const SHARED: &str = "shared";

fn whose(form: &Form) -> Whose {
    if form.raw("whose") == Some(SHARED) { Whose::Shared } else { Whose::Mine }
}

/// What a view may ask: not where in the list it stands, and not in which form.
const ASKS: [&str; 5] = ["q", "status", "payment", "fulfillment", "placed"];

/// The part of a query that asks something of the list.
fn asking(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let asking = pairs.filter(|(name, value)| ASKS.contains(&&**name) && !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(asking).finish()
}

/// Save what the list shows under a name. The query of this address is that of the list.
async fn new(desk: Desk) -> Shown {
    let query = asking(desk.uri.query().unwrap_or_default());
    let form = Form::fresh();
    Ok(new_sheet(&desk, &query, &form).page(&desk, "orders", &form))
}

fn new_sheet(desk: &Desk, query: &str, form: &Form) -> Sheet {
    let sheet = Sheet::new("Save view", format!("{PAGE}/new"), address(query), "Save view")
        .lead("It stands above the list of orders and shows what matches then.")
        .carry("query", query)
        .ask(form, "name", "Name", Ask::Line("off"), "")
        .needed();
    if !desk.may("orders:write") {
        return sheet;
    }
    sheet.ask(form, "all", "Everybody sees it", Ask::Tick(false), "")
}

async fn save(desk: Desk, form: Form) -> Shown {
    let query = asking(form.raw("query").unwrap_or_default());
    let whose = if form.raw("all").is_some() { Whose::Shared } else { Whose::Mine };
    let view = SavedView { name: form.text("name").unwrap_or_default(), query: query.clone() };
    match desk.api.app.saved_views.edit(desk.caller(), whose, &ViewEdit::Save(view)).await {
        Ok(()) => Ok(see(&done(&address(&query), "view_saved"))),
        Err(problem) => new_sheet(&desk, &query, &form).refused(&desk, "orders", &form, problem, last_name),
    }
}

fn done(address: &str, word: &str) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}done={word}")
}

/// A view as a row.
struct Row {
    name: String,
    href: String,
    asks: String,
    is_first: bool,
    is_last: bool,
}

/// The views of an owner.
struct Shelf {
    title: &'static str,
    whose: &'static str,
    rows: Vec<Row>,
    may_change: bool,
}

#[derive(Template)]
#[template(path = "orders_views.html")]
struct ViewsPage {
    frame: Frame,
    shelves: Vec<Shelf>,
}

impl ViewsPage {
    fn is_empty(&self) -> bool {
        self.shelves.iter().all(|shelf| shelf.rows.is_empty())
    }
}

async fn page(desk: Desk) -> Shown {
    let all = desk.api.app.saved_views.all(desk.caller()).await?;
    let shelf =
        |title, whose, views: &[SavedView], may_change| Shelf { title, whose, rows: rows(views), may_change };
    let shelves = vec![
        shelf("Yours", "mine", &all.mine, true),
        shelf("Everybody's", SHARED, &all.shared, desk.may("orders:write")),
    ];
    Ok(shown(&ViewsPage { frame: desk.frame("Saved views", "orders").under(LIST, "Orders"), shelves }))
}

fn rows(views: &[SavedView]) -> Vec<Row> {
    let last = views.len().saturating_sub(1);
    let row = |(at, view): (usize, &SavedView)| Row {
        name: view.name.clone(),
        href: address(&view.query),
        asks: asks(&view.query),
        is_first: at == 0,
        is_last: at == last,
    };
    views.iter().enumerate().map(row).collect()
}

/// What a view asks, for people: `tag:vip · payment paid`.
fn asks(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let told = pairs.map(|(name, value)| match &*name {
        "q" => value.into_owned(),
        name => format!("{name} {}", w::word(&value).to_lowercase()),
    });
    told.collect::<Vec<_>>().join(" · ")
}

fn rename_sheet(name: &str, whose: Whose, form: &Form) -> Sheet {
    Sheet::new(format!("Rename '{name}'"), format!("{PAGE}/rename"), PAGE, "Rename")
        .carry("name", name)
        .carry("whose", if whose == Whose::Shared { SHARED } else { "mine" })
        .ask(form, "to", "Name", Ask::Line("off"), name)
        .needed()
}

async fn rename_form(desk: Desk) -> Shown {
    let name = lists::value_whole(&desk.uri, "name");
    let whose = if lists::value_whole(&desk.uri, "whose") == SHARED { Whose::Shared } else { Whose::Mine };
    let form = Form::fresh();
    Ok(rename_sheet(&name, whose, &form).page(&desk, "orders", &form))
}

async fn rename(desk: Desk, form: Form) -> Shown {
    let (name, whose) = (form.raw("name").unwrap_or_default().to_owned(), whose(&form));
    let edit = ViewEdit::Rename { from: name.clone(), to: form.text("to").unwrap_or_default() };
    match desk.api.app.saved_views.edit(desk.caller(), whose, &edit).await {
        Ok(()) => Ok(see(&done(PAGE, "saved"))),
        Err(problem) => {
            let place = |_: &str| "to".to_owned();
            rename_sheet(&name, whose, &form).refused(&desk, "orders", &form, problem, place)
        }
    }
}

/// Move a view, or take it away.
async fn change(desk: Desk, form: Form) -> Shown {
    let name = form.raw("name").unwrap_or_default().to_owned();
    let (edit, word) = match form.raw("act") {
        Some("earlier") => (ViewEdit::Earlier(name), "saved"),
        Some("later") => (ViewEdit::Later(name), "saved"),
        Some("remove") => (ViewEdit::Remove(name), "deleted"),
        _ => {
            let detail = "say earlier, later or remove";
            return Err(Problem::invalid(vec![Fault::invalid("/act", detail)]).into());
        }
    };
    desk.api.app.saved_views.edit(desk.caller(), whose(&form), &edit).await?;
    Ok(see(&done(PAGE, word)))
}
