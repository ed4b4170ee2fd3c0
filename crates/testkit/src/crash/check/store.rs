//! A copy of the database, read with plain SQL: the log folded by its JSON into one small account per order.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::{Connection, Row};
use serde_json::Value;

use super::{Invariant, Violation};

/// One line of an order: product, quantity, unit price, total.
pub type Line = (String, i64, i64, i64);

/// What the log says of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderLog {
    /// `metadata.request`: the key of the request that placed it.
    pub request: Option<String>,
    /// Its number.
    pub number: Option<i64>,
    /// What was bought.
    pub lines: Vec<Line>,
    /// Its total in minor units.
    pub total: i64,
    /// The last version.
    pub version: u64,
    /// The status that its events lead to.
    pub status: String,
    /// Units that are kept for it, by variant.
    pub kept: BTreeMap<String, i64>,
    /// Units that left the shelf for it, by variant.
    pub shipped: BTreeMap<String, i64>,
    /// Captures, by payment: how often, and how much.
    pub captured: BTreeMap<String, (u32, i64)>,
    /// Refunds that succeeded, by payment.
    pub refunded: BTreeMap<String, i64>,
    /// The ids of its parts: payments, refunds, fulfillments.
    pub parts: Vec<String>,
}

/// A row of the journal of stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The variant.
    pub variant: String,
    /// The change of `on_hand` and of `reserved`.
    pub by: (i64, i64),
    /// Both after it.
    pub after: (i64, i64),
    /// Units that are not for sale.
    pub safety_stock: i64,
}

/// What the file holds.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// The orders of the log.
    pub orders: BTreeMap<String, OrderLog>,
    /// The rows that answers are read from: version, number, status, total.
    pub views: BTreeMap<String, (u64, Option<i64>, String, i64)>,
    /// The journal, in order.
    pub journal: Vec<Move>,
    /// `on_hand` and `reserved` by variant.
    pub stock: BTreeMap<String, (i64, i64)>,
    /// How many jobs there are, by state.
    pub jobs: BTreeMap<String, u64>,
    /// The last position of the log.
    pub position: i64,
    /// What was wrong with the log itself.
    pub violations: Vec<Violation>,
}

/// Jobs by their state; what is not over by its kind, too.
const JOBS: &str = "SELECT CASE WHEN state IN ('done', 'canceled') THEN state ELSE state || ' ' || kind END, count(*) \
                    FROM jobs GROUP BY 1";

impl Store {
    /// Read a copy of a database. It is opened for writing, so that its write-ahead log is recovered.
    pub fn read(path: &Path) -> Result<Self> {
        let connection = Connection::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let integrity: String = connection.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
        let mut store = Self::default();
        if integrity != "ok" {
            store
                .violations
                .push(Violation::new(Invariant::Versions, format!("quick_check says {integrity}")));
        }
        store.read_log(&connection)?;
        store.views =
            rows(&connection, "SELECT order_id, version, number, status, total FROM orders", |row| {
                Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            })?;
        store.journal = rows(
            &connection,
            "SELECT variant_id, on_hand, reserved, after_on_hand, after_reserved, after_safety_stock
             FROM journal ORDER BY row",
            |row| {
                Ok(Move {
                    variant: row.get(0)?,
                    by: (row.get(1)?, row.get(2)?),
                    after: (row.get(3)?, row.get(4)?),
                    safety_stock: row.get(5)?,
                })
            },
        )?;
        store.stock = rows(
            &connection,
            "SELECT variant_id, sum(on_hand), sum(reserved) FROM stock GROUP BY variant_id",
            |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))),
        )?;
        store.jobs = rows(&connection, JOBS, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(store)
    }

    fn read_log(&mut self, connection: &Connection) -> Result<()> {
        let mut versions: BTreeMap<String, u64> = BTreeMap::new();
        let sql = "SELECT position, stream, version, name, body, number FROM events ORDER BY position";
        let mut statement = connection.prepare(sql)?;
        let mut events = statement.query([])?;
        while let Some(row) = events.next()? {
            let position: i64 = row.get(0)?;
            if position != self.position + 1 {
                let what = format!("position {position} follows {}", self.position);
                self.violations.push(Violation::new(Invariant::Positions, what));
            }
            self.position = position;
            let (stream, version): (String, u64) = (row.get(1)?, row.get(2)?);
            let last = versions.entry(stream.clone()).or_default();
            if version != *last + 1 {
                let what = format!("{stream} has version {version} after {last}");
                self.violations.push(Violation::new(Invariant::Versions, what));
            }
            *last = version;
            if let Some(order) = stream.strip_prefix("order:") {
                let (name, body): (String, String) = (row.get(3)?, row.get(4)?);
                let body: Value = serde_json::from_str(&body)?;
                let log = self.orders.entry(order.to_owned()).or_default();
                log.version = version;
                log.number = log.number.or(row.get(5)?);
                log.take(&name, &body[&name]);
            }
        }
        let head: i64 = connection.query_row("SELECT position FROM head", [], |row| row.get(0))?;
        if head != self.position {
            let what = format!("the head is at {head}, the last event at {}", self.position);
            self.violations.push(Violation::new(Invariant::Positions, what));
        }
        Ok(())
    }
}

impl OrderLog {
    /// What one event changes.
    fn take(&mut self, name: &str, event: &Value) {
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        match name {
            "OrderPlaced" => {
                "created".clone_into(&mut self.status);
                self.request = event["metadata"]["request"].as_str().map(str::to_owned);
                self.total = whole(&event["total"]["amount"]);
                self.lines = items(event).map(|item| line(item, &item["ordered"], whole)).collect();
            }
            "StockReserved" => add(&mut self.kept, event, 1),
            "StockReleased" => add(&mut self.kept, event, -1),
            "FulfillmentShipped" => {
                add(&mut self.kept, event, -1);
                add(&mut self.shipped, event, 1);
            }
            "StockReturned" => add(&mut self.shipped, event, -1),
            "FulfillmentCreated" => self.parts.push(text("fulfillment_id")),
            "PaymentStarted" => self.parts.push(text("payment_id")),
            "RefundStarted" => self.parts.push(text("refund_id")),
            "PaymentProcessed" => {
                let (count, amount) = self.captured.entry(text("payment_id")).or_default();
                *count += 1;
                *amount += whole(&event["amount"]["amount"]);
            }
            "RefundSucceeded" => {
                *self.refunded.entry(text("payment_id")).or_default() += whole(&event["amount"]);
            }
            "OrderConfirmed" => "confirmed".clone_into(&mut self.status),
            "OrderCanceled" => "canceled".clone_into(&mut self.status),
            "OrderExpired" => "expired".clone_into(&mut self.status),
            "OrderCompleted" => "completed".clone_into(&mut self.status),
            _ => {}
        }
    }
}

/// A line of an order, from the log or from an answer, whose amounts differ in form.
pub(super) fn line(item: &Value, quantity: &Value, amount: impl Fn(&Value) -> i64) -> Line {
    let product = item["product_id"].as_str().unwrap_or_default().to_owned();
    (product, whole(quantity), amount(&item["unit_price"]), amount(&item["total"]))
}

pub(super) fn items(of: &Value) -> impl Iterator<Item = &Value> {
    of["items"].as_array().into_iter().flatten()
}

/// A whole number; one that no store holds where there is none.
pub(super) fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or(i64::MIN)
}

fn add(units: &mut BTreeMap<String, i64>, event: &Value, sign: i64) {
    for line in event["lines"].as_array().into_iter().flatten() {
        let variant = line["variant_id"].as_str().unwrap_or_default().to_owned();
        *units.entry(variant).or_default() += sign * whole(&line["quantity"]);
    }
}

fn rows<T, C: FromIterator<T>>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<C> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<rusqlite::Result<C>>()?)
}
