//! Reads of orders.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Result, Row};
use sutler_app::page::Page;
use sutler_app::ports::reads::{Figures, Lifetime, OrderAttention, OrderName, OrderQuery, OrderSort, Span};
use sutler_app::ports::{OrderReads, ReadError, Stored};
use sutler_domain::orders::Order;
use sutler_domain::{CustomerId, OrderId, Version};

use super::Sqlite;
use super::list::{Blocks, List};
use super::session::{self, array};
use crate::listing::orders::{COLUMNS, OF_REFERENCE, is_by_term, lifetimes_of, sort, states};
use crate::terms;

/// Orders of one block of `order_terms`, as a power of two: 2,048. A page by a term looks into each block once; a block
/// is small enough to stay in memory while it is written.
pub(super) const BLOCK_BITS: u32 = 11;

#[async_trait]
impl OrderReads for Sqlite {
    async fn order(&self, name: &OrderName) -> std::result::Result<Option<Stored<Arc<Order>>>, ReadError> {
        if let OrderName::Id(id) = name
            && let Some(order) = self.recent.order(id)
        {
            return Ok(Some(order));
        }
        let (condition, value) = match name {
            OrderName::Id(id) => ("order_id = ?1".to_owned(), id.to_string()),
            OrderName::Number(number) => ("number = CAST(?1 AS INTEGER)".to_owned(), number.to_string()),
            OrderName::Reference(reference) => (format!("order_id = {OF_REFERENCE}?1)"), reference.clone()),
            OrderName::Part(id) => {
                ("number = (SELECT number FROM order_parts WHERE part = ?1)".to_owned(), id.clone())
            }
        };
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE {condition}");
        let turn = self.recent.turn();
        let found = self.readers.look_up(move |session| session.one(&sql, [value], order)).await?;
        if let Some(order) = &found {
            self.recent.read(order, turn);
        }
        Ok(found)
    }

    async fn orders(&self, query: &OrderQuery) -> std::result::Result<Page<Stored<Arc<Order>>>, ReadError> {
        let list = list(query);
        if is_by_term(query) {
            list.read_blocks::<i64, _>(&TERMS, &self.readers, &query.page, order).await
        } else {
            list.read::<i64, i64, _>(&self.readers, &query.page, order).await
        }
    }

    async fn figures(&self, span: Span) -> std::result::Result<Vec<Figures>, ReadError> {
        self.figures_of(span).await
    }

    async fn attention(&self) -> std::result::Result<OrderAttention, ReadError> {
        self.attention_now().await
    }

    async fn lifetimes(
        &self,
        ids: &[CustomerId],
    ) -> std::result::Result<BTreeMap<CustomerId, Lifetime>, ReadError> {
        let terms: Vec<String> = ids.iter().map(terms::customer).collect();
        let read =
            |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, session::time(row, 4)?));
        let rows = self.readers.read(move |session| session.all(LIFETIMES, [array(terms)], read)).await?;
        Ok(lifetimes_of(ids, rows))
    }

    async fn due_orders(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, OrderId)>,
        limit: u32,
    ) -> std::result::Result<Vec<(Timestamp, OrderId)>, ReadError> {
        let (from, id) =
            after.map_or((i64::MIN, String::new()), |(at, id)| (at.as_microsecond(), id.to_string()));
        let sql = "SELECT expires_at, order_id FROM orders
                   WHERE expires_at IS NOT NULL AND expires_at <= ?1 AND (expires_at, order_id) > (?2, ?3)
                   ORDER BY expires_at, order_id LIMIT ?4";
        let read =
            |row: &Row<'_>| Ok((session::time(row, 0)?, OrderId::trusted(row.get::<_, String>(1)?.into())));
        let now = now.as_microsecond();
        self.readers.read(move |session| session.all(sql, (now, from, id, limit), read)).await
    }
}

fn order(row: &Row<'_>) -> Result<Stored<Arc<Order>>> {
    let number: Option<u64> = row.get(2)?;
    Ok(Stored { value: session::json(row, 0)?, version: Version(row.get(1)?), number: number.unwrap_or(0) })
}

/// Of each customer and currency: how many orders, what was taken less what was given back, and when the last one was
/// placed. Each block is looked into once for each customer.
const LIFETIMES: &str = "SELECT order_terms.term, orders.currency, count(*),
        sum((SELECT coalesce(sum((payment.value ->> 'captured') - (payment.value ->> 'refunded')), 0)
             FROM json_each(orders.body, '$.payments') AS payment)),
        max(orders.placed_at)
    FROM rarray(?1) AS wanted
    CROSS JOIN order_blocks
    CROSS JOIN order_terms ON order_terms.block = order_blocks.block AND order_terms.term = wanted.value
    CROSS JOIN orders ON orders.number = order_terms.number
    GROUP BY order_terms.term, orders.currency";

/// The blocks of `order_terms`.
const TERMS: Blocks =
    Blocks { of_row: "order_terms.block", all: "SELECT block, placed_from, placed_until FROM order_blocks" };

fn list(query: &OrderQuery) -> List {
    let (terms, by_term) = (terms::of_order_query(query), is_by_term(query));
    let from = if by_term {
        "order_terms CROSS JOIN orders ON orders.number = order_terms.number"
    } else {
        "orders"
    };
    let mut list = List::new(COLUMNS, from, sort(query), query.descending);
    let (first, others) =
        terms.split_first().map_or((None, &[][..]), |(first, others)| (Some(first), others));
    if by_term {
        list.equal("order_terms.term", first.map(String::as_str));
    } else if let Some(term) = first {
        let place = list.bind(term.clone());
        list.require(format!(
            "orders.number IN (SELECT order_terms.number FROM order_blocks CROSS JOIN order_terms
                               ON order_terms.block = order_blocks.block AND order_terms.term = {place})"
        ));
    }
    for term in others {
        let place = list.bind(term.clone());
        list.require(format!(
            "EXISTS (SELECT 1 FROM order_terms AS other
                     WHERE other.block = orders.number >> {BLOCK_BITS} AND other.term = {place}
                     AND other.placed_at = orders.placed_at AND other.number = orders.number)"
        ));
    }
    if let Some(reference) = &query.reference {
        let place = list.bind(reference.clone());
        list.require(format!("orders.order_id = {OF_REFERENCE}{place})"));
    }
    if let Some(number) = query.number {
        let place = list.bind(i64::try_from(number).unwrap_or(i64::MAX));
        list.require(format!("orders.number = {place}"));
    }
    list.within(if by_term { "order_terms.placed_at" } else { "orders.placed_at" }, query.placed);
    list.within("orders.updated_at", query.updated);
    list.between("orders.total", query.total_above, query.total_below);
    // The plus signs keep SQLite from sorting all orders of a status: the list's own order is better.
    list.any_of("+orders.status", query.status.iter().map(|s| s.as_str()));
    list.any_of("+orders.payment_status", query.payment_status.iter().map(|s| s.as_str()));
    list.any_of("+orders.fulfillment_status", query.fulfillment_status.iter().map(|s| s.as_str()));
    if terms.is_empty() && query.sort == OrderSort::PlacedAt {
        list.branches(states(query));
    }
    list
}
