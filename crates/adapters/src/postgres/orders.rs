//! Reads of orders.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::page::Page;
use sutler_app::ports::reads::{Figures, Lifetime, OrderAttention, OrderName, OrderQuery, OrderSort, Span};
use sutler_app::ports::{OrderReads, ReadError, Stored};
use sutler_domain::orders::Order;
use sutler_domain::{CustomerId, OrderId, Version};
use tokio_postgres::Row;

use super::Postgres;
use super::list::List;
use super::session::{self, get, int, number, p};
use super::trouble::Result;
use crate::listing::orders::{COLUMNS, OF_REFERENCE, is_by_term, lifetimes_of, sort, states};
use crate::terms;

#[async_trait]
impl OrderReads for Postgres {
    async fn order(&self, name: &OrderName) -> std::result::Result<Option<Stored<Arc<Order>>>, ReadError> {
        let select = |condition: &str| format!("SELECT {COLUMNS} FROM orders WHERE {condition}");
        match name {
            OrderName::Id(id) => self.gather.order(id).await,
            OrderName::Number(number) => {
                self.readers.first(&select("number = $1"), &[p(&int(*number))], order).await
            }
            OrderName::Reference(reference) => {
                let sql = select(&format!("order_id = {OF_REFERENCE}$1)"));
                self.readers.first(&sql, &[p(reference)], order).await
            }
            OrderName::Part(id) => {
                let sql = select("number = (SELECT number FROM order_parts WHERE part = $1)");
                self.readers.first(&sql, &[p(id)], order).await
            }
        }
    }

    async fn orders(&self, query: &OrderQuery) -> std::result::Result<Page<Stored<Arc<Order>>>, ReadError> {
        list(query).read::<i64, i64, _>(&self.readers, &query.page, order).await
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
            |row: &Row| Ok((get(row, 0)?, get(row, 1)?, get(row, 2)?, get(row, 3)?, session::time(row, 4)?));
        Ok(lifetimes_of(ids, self.readers.all(LIFETIMES, &[p(&terms)], read).await?))
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
                   WHERE expires_at IS NOT NULL AND expires_at <= $1 AND (expires_at, order_id) > ($2, $3)
                   ORDER BY expires_at, order_id LIMIT $4";
        let params = (now.as_microsecond(), i64::from(limit));
        let read = |row: &Row| Ok((session::time(row, 0)?, OrderId::trusted(get::<String>(row, 1)?.into())));
        self.readers.all(sql, &[p(&params.0), p(&from), p(&id), p(&params.1)], read).await
    }
}

/// Of each customer and currency: how many orders, what was taken less what was given back, and when the last one was
/// placed.
const LIFETIMES: &str = "SELECT order_terms.term, orders.currency, count(*),
        coalesce(sum((SELECT sum((payment ->> 'captured')::bigint - (payment ->> 'refunded')::bigint)
             FROM jsonb_array_elements(coalesce(orders.body::jsonb -> 'payments', '[]'::jsonb)) AS payment)), 0)::bigint,
        max(orders.placed_at)
    FROM order_terms JOIN orders USING (number)
    WHERE order_terms.term = ANY($1) GROUP BY order_terms.term, orders.currency";

pub(super) fn order(row: &Row) -> Result<Stored<Arc<Order>>> {
    Ok(Stored { value: session::json(row, 0)?, version: Version(number(row, 1)?), number: number(row, 2)? })
}

fn list(query: &OrderQuery) -> List {
    let terms = terms::of_order_query(query);
    let by_term = is_by_term(query);
    let from = if by_term { "order_terms JOIN orders USING (number)" } else { "orders" };
    let mut list = List::new(COLUMNS, from, sort(query), query.descending);
    let (first, others) =
        terms.split_first().map_or((None, &[][..]), |(first, others)| (Some(first), others));
    if by_term {
        list.equal("order_terms.term", first.map(String::as_str));
    } else if let Some(term) = first {
        let place = list.bind(term.clone());
        list.require(format!("orders.number IN (SELECT number FROM order_terms WHERE term = {place})"));
    }
    for term in others {
        let place = list.bind(term.clone());
        list.require(format!(
            "EXISTS (SELECT 1 FROM order_terms AS other WHERE other.term = {place}
                     AND other.placed_at = orders.placed_at AND other.number = orders.number)"
        ));
    }
    if let Some(reference) = &query.reference {
        let place = list.bind(reference.clone());
        list.require(format!("orders.order_id = {OF_REFERENCE}{place})"));
    }
    if let Some(number) = query.number {
        let place = list.bind(int(number));
        list.require(format!("orders.number = {place}"));
    }
    list.within(if by_term { "order_terms.placed_at" } else { "orders.placed_at" }, query.placed);
    list.within("orders.updated_at", query.updated);
    list.between("orders.total", query.total_above, query.total_below);
    list.any_of("orders.status", query.status.iter().map(|s| s.as_str()));
    list.any_of("orders.payment_status", query.payment_status.iter().map(|s| s.as_str()));
    list.any_of("orders.fulfillment_status", query.fulfillment_status.iter().map(|s| s.as_str()));
    if terms.is_empty() && query.sort == OrderSort::PlacedAt {
        list.branches(states(query));
    }
    list
}
