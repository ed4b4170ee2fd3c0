//! Inventory: levels, adjustments with their reasons, and the journal.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use sutler_app::Problem;
use sutler_app::admission::JournalEntry;
use sutler_app::inventory::AdjustInput;
use sutler_app::patch::Patch;
use sutler_app::ports::reads::{JournalQuery, ProductName, StockLevel, StockQuery};
use sutler_domain::inventory::{Reason, Signal};
use sutler_domain::{Fault, LocationId, ProductId, VariantId};

use super::desk::{Desk, Frame, Shown, see, shown};
use super::events::subject_href;
use super::lists::{self, Choice, Pager};
use super::sheet::{Ask, Sheet, last_name};
use super::typed::Form;
use super::words::{self as w, Html};
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/inventory", get(list))
        .route("/admin/inventory/journal", get(journal))
        .route("/admin/inventory/{variant}/{location}", get(adjust_form).post(adjust))
}

/// A level as a row.
#[derive(Clone, Debug)]
struct Row {
    href: String,
    journal: String,
    product: String,
    product_href: Option<String>,
    sku: String,
    location: String,
    on_hand: i64,
    reserved: i64,
    safety: i64,
    available: i64,
    reorder: String,
    signal: Html,
}

fn signal_word(signal: Signal) -> &'static str {
    match signal {
        Signal::InStock => "in_stock",
        Signal::Low => "low",
        Signal::OutOfStock => "out_of_stock",
    }
}

impl Row {
    fn of(level: &StockLevel, titles: &BTreeMap<ProductId, String>) -> Self {
        let (variant, location) = (&level.at.variant_id, &level.at.location_id);
        let product = level.product_id.as_ref();
        Self {
            href: format!("/admin/inventory/{variant}/{location}"),
            journal: format!("/admin/inventory/journal?variant={variant}&location={location}"),
            product: product.and_then(|id| titles.get(id)).cloned().unwrap_or_else(|| variant.to_string()),
            product_href: product.map(|id| format!("/admin/products/{id}")),
            sku: level.sku.clone(),
            location: location.to_string(),
            on_hand: level.level.on_hand,
            reserved: level.level.reserved,
            safety: level.level.safety_stock,
            available: level.level.available(),
            reorder: level.level.reorder_point.map_or_else(String::new, |point| point.to_string()),
            signal: w::badge(signal_word(level.level.signal())),
        }
    }
}

#[derive(Template)]
#[template(path = "inventory.html")]
struct InventoryPage {
    frame: Frame,
    q: String,
    low: bool,
    locations: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
    is_filtered: bool,
    may_write: bool,
}

/// The titles of the products of these levels, in one read.
async fn titles(desk: &Desk, levels: &[StockLevel]) -> BTreeMap<ProductId, String> {
    let mut names: Vec<String> =
        levels.iter().filter_map(|l| l.product_id.as_ref()).map(ToString::to_string).collect();
    names.sort_unstable();
    names.dedup();
    let found = desk.api.app.catalog.many(desk.caller(), &names).await.map(|(found, _)| found);
    let title = |view: sutler_app::catalog::ProductView| {
        (view.product.product_id.clone(), view.product.title.clone())
    };
    found.unwrap_or_default().into_iter().map(title).collect()
}

async fn locations(desk: &Desk, chosen: Option<&LocationId>) -> Result<Vec<Choice>, Problem> {
    let all = desk.api.app.inventory.locations(desk.caller()).await?;
    let choice = |stored: sutler_app::ports::reads::Stored<sutler_domain::inventory::Location>| Choice {
        value: stored.value.location_id.to_string(),
        words: stored.value.name.clone(),
        chosen: chosen == Some(&stored.value.location_id),
    };
    Ok(all.into_iter().map(choice).collect())
}

async fn list(desk: Desk) -> Shown {
    let uri = &desk.uri;
    let location_id = lists::value(uri, "location").and_then(|id| LocationId::parse(&id).ok());
    let (q, low) = (lists::value_whole(uri, "q"), lists::value(uri, "low").is_some());
    let query = StockQuery {
        sku: Some(q.clone()).filter(|sku| !sku.is_empty()),
        location_id: location_id.clone(),
        low,
        page: lists::page(uri)?,
        ..StockQuery::default()
    };
    let page = desk.api.app.inventory.list(desk.caller(), &query).await?;
    let titles = titles(&desk, &page.rows).await;
    let view = InventoryPage {
        frame: desk.frame("Inventory", "inventory"),
        is_filtered: lists::with(uri, &[]) != uri.path(),
        q,
        low,
        locations: locations(&desk, location_id.as_ref()).await?,
        rows: page.rows.iter().map(|level| Row::of(level, &titles)).collect(),
        pager: Pager::of(uri, &page),
        may_write: desk.may("inventory:write"),
    };
    Ok(shown(&view))
}

/// The level that the address names.
async fn level(desk: &Desk, variant: &str, location: &str) -> Result<StockLevel, Problem> {
    let unknown = || Problem::not_found("stock level", w::short_id(variant));
    let variant = VariantId::parse(variant).map_err(|_| unknown())?;
    let location = LocationId::parse(location).map_err(|_| unknown())?;
    desk.api.app.inventory.level(desk.caller(), &ProductName::Variant(variant), &location).await
}

fn sheet(level: &StockLevel, form: &Form) -> Sheet {
    let (now, at) = (&level.level, &level.at);
    let name = if level.sku.is_empty() { at.variant_id.as_str() } else { level.sku.as_str() };
    let reasons = Reason::ADJUSTMENTS.map(|reason| (reason.as_str().to_owned(), w::word(reason.as_str())));
    Sheet::new(
        format!("Adjust {name} at {}", at.location_id),
        format!("/admin/inventory/{}/{}", at.variant_id, at.location_id),
        "/admin/inventory",
        "Adjust stock",
    )
    .lead(format!("{} on hand, {} reserved, {} available.", now.on_hand, now.reserved, now.available()))
    .ask(form, "delta", "Change by", Ask::Line("off"), "")
    .hint("Such as 5 or -2. What leaves nothing below zero.")
    .ask(form, "set_to", "Or counted", Ask::Units { most: None }, "")
    .hint("What lies on the shelf now. Refused if it moved since you opened this.")
    .ask(form, "reason", "Reason", Ask::Choice(reasons.to_vec()), "correction")
    .ask(form, "note", "Note", Ask::Line("off"), "")
    .ask(form, "safety_stock", "Safety stock", Ask::Units { most: None }, now.safety_stock.to_string())
    .hint("Never promised to anybody.")
    .ask(
        form,
        "reorder_point",
        "Reorder point",
        Ask::Units { most: None },
        now.reorder_point.map_or_else(String::new, |point| point.to_string()),
    )
    .hint("At or below it, the shop is told. Empty: never.")
}

async fn adjust_form(desk: Desk, Path((variant, location)): Path<(String, String)>) -> Shown {
    let (form, level) = (Form::fresh(), level(&desk, &variant, &location).await?);
    Ok(sheet(&level, &form).page(&desk, "inventory", &form))
}

async fn adjust(desk: Desk, Path((variant, location)): Path<(String, String)>, form: Form) -> Shown {
    let level = level(&desk, &variant, &location).await?;
    let caller = desk.caller_once(form.key());
    let adjusted = match input(&level, &form) {
        Ok(input) => desk.api.app.inventory.adjust(&caller, &input).await,
        Err(faults) => Err(Problem::invalid(faults)),
    };
    match adjusted {
        Ok(_) => Ok(see("/admin/inventory?done=adjusted")),
        Err(problem) => sheet(&level, &form).refused(&desk, "inventory", &form, problem, last_name),
    }
}

/// What was typed; a threshold that was left as it is is no change.
fn input(level: &StockLevel, form: &Form) -> Result<AdjustInput, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut whole = |name: &str| {
        form.whole(name).unwrap_or_else(|detail| {
            faults.push(Fault::invalid(format!("/{name}"), detail));
            None
        })
    };
    let (delta, set_to) = (whole("delta"), whole("set_to"));
    let (safety, reorder) = (whole("safety_stock"), whole("reorder_point"));
    let word = form.text("reason").unwrap_or_default();
    let reason = Reason::ADJUSTMENTS.into_iter().find(|reason| reason.as_str() == word);
    let input = AdjustInput {
        variant_id: Some(level.at.variant_id.clone()),
        location: Some(level.at.location_id.clone()),
        delta,
        set_to,
        reason: if delta.is_some() || set_to.is_some() { reason } else { None },
        note: form.text("note"),
        safety_stock: safety.filter(|safety| *safety != level.level.safety_stock),
        reorder_point: match reorder {
            same if same == level.level.reorder_point => Patch::Keep,
            None => Patch::Clear,
            Some(point) => Patch::Set(point),
        },
        ..AdjustInput::default()
    };
    if faults.is_empty() { Ok(input) } else { Err(faults) }
}

/// A move as a row.
#[derive(Clone, Debug)]
struct Move {
    at: Html,
    variant: String,
    location: String,
    reason: String,
    on_hand: i64,
    reserved: i64,
    after: i64,
    available: i64,
    source: Option<(String, Option<String>)>,
    actor: String,
    note: String,
}

impl Move {
    fn of(entry: &JournalEntry) -> Self {
        let source =
            entry.source.as_ref().map(|source| (w::short_id(source.id()), subject_href(source.id())));
        Self {
            at: w::clock_day(entry.recorded_at),
            variant: entry.at.variant_id.to_string(),
            location: entry.at.location_id.to_string(),
            reason: w::word(entry.reason.as_str()),
            on_hand: entry.on_hand,
            reserved: entry.reserved,
            after: entry.after.on_hand,
            available: entry.after.available(),
            source,
            actor: w::actor(&entry.actor),
            note: entry.note.clone().unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "journal.html")]
struct JournalPage {
    frame: Frame,
    rows: Vec<Move>,
    pager: Pager,
    about: String,
}

async fn journal(desk: Desk) -> Shown {
    let uri = &desk.uri;
    let query = JournalQuery {
        variant_id: lists::value(uri, "variant").and_then(|id| VariantId::parse(&id).ok()),
        location_id: lists::value(uri, "location").and_then(|id| LocationId::parse(&id).ok()),
        source: lists::value(uri, "source"),
        page: lists::page(uri)?,
        ..JournalQuery::default()
    };
    let page = desk.api.app.inventory.movements(desk.caller(), &query).await?;
    let about = query.variant_id.as_ref().map(ToString::to_string).or_else(|| query.source.clone());
    let view = JournalPage {
        frame: desk.frame("Journal", "inventory").under("/admin/inventory", "Inventory"),
        pager: Pager::of(uri, &page),
        rows: page.rows.iter().map(Move::of).collect(),
        about: about.unwrap_or_default(),
    };
    Ok(shown(&view))
}
