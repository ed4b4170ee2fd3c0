//! Views as rows, made on the caller's side of the door.

use std::sync::Arc;

use serde::Serialize;
use sutler_app::commit::{Commit, View, ViewChange};
use sutler_app::stream::StreamKind;
use sutler_app::webhooks::DeliveryChange;
use sutler_domain::catalog::Product;
use sutler_domain::inventory::{Reservation, ReservationStatus, Signal};
use sutler_domain::orders::{Order, OrderStatus, fulfillment_status, payment_status};

use crate::terms;

type Json = serde_json::Result<String>;

/// A commit with its views and jobs written down.
pub(crate) struct Prepared {
    /// The commit; its views are in `rows`.
    pub(crate) commit: Commit,
    /// What becomes of the view row of each change.
    pub(crate) rows: Vec<RowChange>,
    /// The kind of each job.
    pub(crate) jobs: Vec<String>,
    /// The attempt that each change of a delivery tells of, if it does.
    pub(crate) attempts: Vec<String>,
}

/// What becomes of a view row.
pub(crate) enum RowChange {
    Keep,
    Put(Box<Row>),
    Delete,
}

/// A view row, but for what the door stamps on it.
pub(crate) enum Row {
    Order(OrderRow),
    Product(ProductRow),
    Price { body: String },
    Collection(CollectionRow),
    Category(CategoryRow),
    Stock { signal: &'static str },
    Location { name: String, is_default: bool, body: String },
    Reservation { created_at: i64, ends_at: Option<i64>, body: String },
    Contact { body: String },
    Customer { created_at: i64, body: String },
    Note { body: String },
    Key { hash: String, created_at: i64, body: String },
    Endpoint { enabled: bool, created_at: i64, body: String },
    User { email: String, body: String },
    Session(SessionRow),
    Import { body: String },
    Views { body: String },
}

pub(crate) struct CollectionRow {
    pub(crate) handle: String,
    pub(crate) title: String,
    pub(crate) status: &'static str,
    pub(crate) publish_at: Option<i64>,
    pub(crate) unpublish_at: Option<i64>,
    pub(crate) body: String,
}

pub(crate) struct CategoryRow {
    pub(crate) parent_id: Option<String>,
    pub(crate) handle: String,
    pub(crate) position: i64,
    pub(crate) body: String,
}

pub(crate) struct SessionRow {
    pub(crate) hash: String,
    pub(crate) user_id: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) ends_at: i64,
    pub(crate) body: String,
}

pub(crate) struct OrderRow {
    pub(crate) status: &'static str,
    pub(crate) payment_status: &'static str,
    pub(crate) fulfillment_status: &'static str,
    pub(crate) placed_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) total: i64,
    pub(crate) currency: &'static str,
    pub(crate) expires_at: Option<i64>,
    pub(crate) terms: String,
    pub(crate) body: String,
    /// The view itself, to be kept in memory for a while.
    pub(crate) order: Arc<Order>,
}

pub(crate) struct ProductRow {
    pub(crate) handle: String,
    pub(crate) title: String,
    pub(crate) status: &'static str,
    pub(crate) updated_at: i64,
    pub(crate) terms: String,
    /// Ids and SKUs of the variants.
    pub(crate) variants: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Prepared {
    pub(crate) fn of(mut commit: Commit) -> serde_json::Result<Self> {
        let views = commit.changes.iter_mut().map(|change| match std::mem::take(&mut change.view) {
            ViewChange::Keep => Ok(RowChange::Keep),
            ViewChange::Put(view) => Ok(RowChange::Put(Box::new(row_of(*view)?))),
            ViewChange::Delete => Ok(RowChange::Delete),
        });
        let rows = views.collect::<serde_json::Result<_>>()?;
        let jobs = commit.jobs.iter().map(|job| json(&job.kind)).collect::<serde_json::Result<_>>()?;
        let attempts = commit.deliveries.iter().map(|change| match change {
            DeliveryChange::End(ended) => json(&ended.attempt),
            _ => Ok(String::new()),
        });
        let attempts = attempts.collect::<serde_json::Result<_>>()?;
        Ok(Self { commit, rows, jobs, attempts })
    }
}

impl Prepared {
    /// Whether persons are taken away by it.
    pub(crate) fn erases(&self) -> bool {
        let is_person = |kind| matches!(kind, StreamKind::Contact | StreamKind::Note);
        let changes = self.commit.changes.iter().zip(&self.rows);
        changes
            .into_iter()
            .any(|(change, row)| matches!(row, RowChange::Delete) && is_person(change.stream.kind()))
    }
}

fn json(view: &impl Serialize) -> Json {
    serde_json::to_string(view)
}

fn row_of(view: View) -> serde_json::Result<Row> {
    Ok(match view {
        View::Order(order) => Row::Order(order_row(order)?),
        View::Product(product) => Row::Product(product_row(&product)?),
        View::Price(price) => Row::Price { body: json(&price)? },
        View::Collection(one) => Row::Collection(CollectionRow {
            body: json(&one)?,
            status: one.status.as_str(),
            publish_at: one.publish_at.map(jiff::Timestamp::as_microsecond),
            unpublish_at: one.unpublish_at.map(jiff::Timestamp::as_microsecond),
            handle: one.handle,
            title: one.title,
        }),
        View::Category(one) => Row::Category(CategoryRow {
            body: json(&one)?,
            parent_id: one.parent_id.map(|id| id.to_string()),
            handle: one.handle,
            position: i64::from(one.position),
        }),
        View::Stock(signal) => Row::Stock { signal: signal_word(signal) },
        View::Location(location) => {
            let body = json(&location)?;
            Row::Location { name: location.name, is_default: location.default, body }
        }
        View::Reservation(one) => Row::Reservation {
            created_at: one.created_at.as_microsecond(),
            ends_at: ends_at(&one),
            body: json(&one)?,
        },
        View::Contact(contact) => Row::Contact { body: json(&contact)? },
        View::Customer(one) => {
            Row::Customer { created_at: one.created_at.as_microsecond(), body: json(&one)? }
        }
        View::Note(note) => Row::Note { body: json(&note)? },
        View::Key(key) => {
            let body = json(&key)?;
            Row::Key { hash: key.hash, created_at: key.created_at.as_microsecond(), body }
        }
        View::Endpoint(endpoint) => Row::Endpoint {
            enabled: endpoint.disabled.is_none(),
            created_at: endpoint.created_at.as_microsecond(),
            body: json(&endpoint)?,
        },
        View::User(user) => Row::User { body: json(&user)?, email: user.email },
        View::Session(session) => Row::Session(SessionRow {
            body: json(&session)?,
            hash: session.hash,
            user_id: session.user_id.map(|id| id.to_string()),
            created_at: session.created_at.as_microsecond(),
            ends_at: session.ends_at.as_microsecond(),
        }),
        View::Import(one) => Row::Import { body: json(&one)? },
        View::Views(shelf) => Row::Views { body: json(&shelf)? },
    })
}

fn order_row(order: Arc<Order>) -> serde_json::Result<OrderRow> {
    let open = order.status == OrderStatus::Created;
    let expires_at = order.reservation_expires_at.filter(|_| open);
    Ok(OrderRow {
        status: order.status.as_str(),
        payment_status: payment_status(&order).as_str(),
        fulfillment_status: fulfillment_status(&order).as_str(),
        placed_at: order.placed_at.as_microsecond(),
        updated_at: order.updated_at.as_microsecond(),
        total: order.totals.total,
        currency: order.currency.code(),
        expires_at: expires_at.map(jiff::Timestamp::as_microsecond),
        terms: terms::joined(&terms::of_order(&order)),
        body: json(&order)?,
        order,
    })
}

fn product_row(product: &Product) -> serde_json::Result<ProductRow> {
    let variants = product.variants.iter().map(|v| (v.variant_id.to_string(), v.sku.clone()));
    Ok(ProductRow {
        handle: product.handle.clone(),
        title: product.title.clone(),
        status: product.status.as_str(),
        updated_at: product.updated_at.as_microsecond(),
        terms: terms::joined(&terms::of_product(product)),
        variants: variants.collect(),
        body: json(product)?,
    })
}

fn ends_at(reservation: &Reservation) -> Option<i64> {
    let open = reservation.status == ReservationStatus::Open;
    open.then(|| reservation.expires_at.as_microsecond())
}

/// The word in the `stock` table; its JSON form.
const fn signal_word(signal: Signal) -> &'static str {
    match signal {
        Signal::InStock => "in_stock",
        Signal::Low => "low",
        Signal::OutOfStock => "out_of_stock",
    }
}
