//! The rows of orders: their views, the terms they are found by, and their parts.

use std::collections::{BTreeMap, BTreeSet};

use futures::join;
use sutler_app::stream::{StreamId, StreamKind};

use super::session::{Session, column, get, int, p};
use super::trouble::{Fault, Result};
use super::views::{Folded, Last, StoredOrder};
use super::write::first_cause;
use crate::rows::{OrderRow, Row};
use crate::terms;

/// How orders that are to change stand before the batch.
pub(super) async fn load(session: &Session, ids: &BTreeSet<&str>) -> Result<BTreeMap<String, StoredOrder>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<&str> = ids.iter().copied().collect();
    let sql = "SELECT order_id, number, placed_at, terms FROM orders WHERE order_id = ANY($1)";
    let read = |row: &tokio_postgres::Row| {
        let stored = StoredOrder { number: get(row, 1)?, placed_at: get(row, 2)?, terms: get(row, 3)? };
        Ok((get(row, 0)?, stored))
    };
    Ok(session.all(sql, &[p(&ids)], read).await?.into_iter().collect())
}

/// An order as it is to stand.
struct Standing<'b> {
    id: &'b str,
    number: i64,
    version: i64,
    placed_at: i64,
    row: &'b OrderRow,
    /// Whether this batch opens it.
    is_new: bool,
}

/// What orders are found by: what came, and what went.
#[derive(Default)]
struct Findings {
    terms: Rows,
    old_terms: Rows,
    parts: Rows,
    old_parts: Rows,
}

/// Terms, with the time of placing and the number of each one's order.
#[derive(Default)]
struct Rows {
    term: Vec<String>,
    placed_at: Vec<i64>,
    number: Vec<i64>,
}

impl Rows {
    fn add(&mut self, term: &str, placed_at: i64, number: i64) {
        self.term.push(term.to_owned());
        self.placed_at.push(placed_at);
        self.number.push(number);
    }
}

impl Findings {
    fn change(&mut self, (placed_at, number): (i64, i64), before: &str, after: &str) {
        let (new, gone) = terms::changes(before, after);
        for (found, terms, parts) in
            [(new, &mut self.terms, &mut self.parts), (gone, &mut self.old_terms, &mut self.old_parts)]
        {
            for term in found {
                match terms::as_part(term) {
                    Some(part) => parts.add(part, placed_at, number),
                    None => terms.add(term, placed_at, number),
                }
            }
        }
    }
}

/// Write the orders of a batch.
pub(super) async fn write(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let (mut standing, mut findings) = (Vec::new(), Findings::default());
    for (stream, last) in folded.of_kind(StreamKind::Order) {
        let before = folded.orders.get(stream.id());
        let key = before.map(|before| (before.placed_at, before.number));
        let terms_before = before.map_or("", |before| before.terms.as_str());
        if let Some(order) = stand(stream, last, before)? {
            // An order that was taken away and opened again is another one.
            if let Some(old) = key.filter(|(_, number)| *number != order.number) {
                findings.change(old, terms_before, "");
                findings.change((order.placed_at, order.number), "", &order.row.terms);
            } else {
                findings.change((order.placed_at, order.number), terms_before, &order.row.terms);
            }
            standing.push(order);
        } else if let Some(old) = key.filter(|_| last.gone) {
            findings.change(old, terms_before, "");
        }
    }
    let gone: Vec<&str> =
        folded.of_kind(StreamKind::Order).filter(|(_, last)| last.gone).map(|(s, _)| s.id()).collect();
    let (ids, versions) = folded.touched(StreamKind::Order);
    let (new, kept): (Vec<_>, Vec<_>) = standing.into_iter().partition(|order| order.is_new);
    let done = join!(
        delete(session, &gone),
        insert(session, &new),
        update(session, &kept),
        touch(session, &ids, &versions),
        drop_terms(session, &findings.old_terms),
        add_terms(session, &findings.terms),
        drop_parts(session, &findings.old_parts),
        add_parts(session, &findings.parts),
    );
    let (gone, new, kept, touched, old_terms, terms, old_parts, parts) = done;
    first_cause([gone, new, kept, touched, old_terms, terms, old_parts, parts])
}

/// An order draws its number with the change that opens it; anything else is a fault of the caller.
fn stand<'b>(
    stream: &'b StreamId,
    last: &Last<'b>,
    before: Option<&StoredOrder>,
) -> Result<Option<Standing<'b>>> {
    let Some(Row::Order(row)) = last.row else { return Ok(None) };
    let (number, placed_at) = match (last.drawn, before) {
        (Some(number), _) => (int(number), row.placed_at),
        (None, Some(before)) => (before.number, before.placed_at),
        (None, None) => return Err(Fault::Impossible(format!("{stream} changes, but was never opened"))),
    };
    let (version, is_new) = (int(last.version), last.drawn.is_some());
    Ok(Some(Standing { id: stream.id(), number, version, placed_at, row, is_new }))
}

async fn delete(session: &Session, gone: &Vec<&str>) -> Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    session.execute("DELETE FROM orders WHERE order_id = ANY($1)", &[p(gone)]).await.map(drop)
}

async fn insert(session: &Session, orders: &[Standing<'_>]) -> Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO orders (number, order_id, version, status, payment_status, fulfillment_status, placed_at,
                                   updated_at, total, currency, expires_at, terms, body)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    session
        .execute(
            sql,
            &[
                p(&column(orders, |order| order.number)),
                p(&column(orders, |order| order.id)),
                p(&column(orders, |order| order.version)),
                p(&column(orders, |order| order.row.status)),
                p(&column(orders, |order| order.row.payment_status)),
                p(&column(orders, |order| order.row.fulfillment_status)),
                p(&column(orders, |order| order.placed_at)),
                p(&column(orders, |order| order.row.updated_at)),
                p(&column(orders, |order| order.row.total)),
                p(&column(orders, |order| order.row.currency)),
                p(&column(orders, |order| order.row.expires_at)),
                p(&column(orders, |order| order.row.terms.as_str())),
                p(&column(orders, |order| order.row.body.as_str())),
            ],
        )
        .await
        .map(drop)
}

async fn update(session: &Session, orders: &[Standing<'_>]) -> Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let names =
        "version, status, payment_status, fulfillment_status, updated_at, total, expires_at, terms, body";
    let sql = format!(
        "UPDATE orders SET ({names}) = ROW (moved.version, moved.status, moved.payment_status, moved.fulfillment_status,
                                            moved.updated_at, moved.total, moved.expires_at, moved.terms, moved.body)
         FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS moved (number, {names})
         WHERE orders.number = moved.number"
    );
    session
        .execute(
            &sql,
            &[
                p(&column(orders, |order| order.number)),
                p(&column(orders, |order| order.version)),
                p(&column(orders, |order| order.row.status)),
                p(&column(orders, |order| order.row.payment_status)),
                p(&column(orders, |order| order.row.fulfillment_status)),
                p(&column(orders, |order| order.row.updated_at)),
                p(&column(orders, |order| order.row.total)),
                p(&column(orders, |order| order.row.expires_at)),
                p(&column(orders, |order| order.row.terms.as_str())),
                p(&column(orders, |order| order.row.body.as_str())),
            ],
        )
        .await
        .map(drop)
}

async fn touch(session: &Session, ids: &Vec<&str>, versions: &Vec<i64>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE orders SET version = moved.version FROM UNNEST($1, $2) AS moved (order_id, version)
               WHERE orders.order_id = moved.order_id";
    session.execute(sql, &[p(ids), p(versions)]).await.map(drop)
}

async fn drop_terms(session: &Session, Rows { term, placed_at, number }: &Rows) -> Result<()> {
    if term.is_empty() {
        return Ok(());
    }
    let sql = "DELETE FROM order_terms USING UNNEST($1, $2, $3) AS old (term, placed_at, number)
               WHERE order_terms.term = old.term AND order_terms.placed_at = old.placed_at
               AND order_terms.number = old.number";
    session.execute(sql, &[p(term), p(placed_at), p(number)]).await.map(drop)
}

async fn add_terms(session: &Session, Rows { term, placed_at, number }: &Rows) -> Result<()> {
    if term.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO order_terms (term, placed_at, number) SELECT * FROM UNNEST($1, $2, $3)";
    session.execute(sql, &[p(term), p(placed_at), p(number)]).await.map(drop)
}

async fn drop_parts(session: &Session, parts: &Rows) -> Result<()> {
    if parts.term.is_empty() {
        return Ok(());
    }
    session.execute("DELETE FROM order_parts WHERE part = ANY($1)", &[p(&parts.term)]).await.map(drop)
}

async fn add_parts(session: &Session, parts: &Rows) -> Result<()> {
    if parts.term.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO order_parts (part, number) SELECT DISTINCT ON (part) part, number
               FROM UNNEST($1, $2) AS new (part, number)
               ON CONFLICT (part) DO UPDATE SET number = excluded.number";
    session.execute(sql, &[p(&parts.term), p(&parts.number)]).await.map(drop)
}
