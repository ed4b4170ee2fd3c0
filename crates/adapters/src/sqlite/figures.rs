//! What was sold, and what somebody should look at: statements that read indexes, or the orders of a span.

use rusqlite::Result;
use sutler_app::ports::ReadError;
use sutler_app::ports::reads::{Figures, Having, OrderAttention, Span};
use sutler_domain::orders::ReturnStatus;

use super::Sqlite;
use crate::listing::orders::paid_words;
use crate::terms;

/// Walks `orders_by_placed` over the span; what lies outside of it is not touched.
fn figures_sql() -> String {
    format!(
        "SELECT currency, payment_status IN ({}) AS is_paid, count(*), sum(total) FROM orders
         WHERE placed_at >= ?1 AND placed_at < ?2 GROUP BY currency, is_paid",
        paid_words()
    )
}

/// Counts a range of `orders_by_state`, which covers it.
const BY_PAYMENT: &str = "SELECT count(*) FROM orders WHERE status = 'created' AND payment_status = ?1";

/// Looks into each block of `order_terms` once.
const BY_TERM: &str = "SELECT count(*) FROM order_blocks
    CROSS JOIN order_terms ON order_terms.block = order_blocks.block AND order_terms.term = ?1";

impl Sqlite {
    pub(super) async fn figures_of(&self, span: Span) -> std::result::Result<Vec<Figures>, ReadError> {
        let from = span.from.map_or(i64::MIN, jiff::Timestamp::as_microsecond);
        let until = span.until.map_or(i64::MAX, jiff::Timestamp::as_microsecond);
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Figures {
                currency: row.get(0)?,
                is_paid: row.get(1)?,
                orders: row.get(2)?,
                total: row.get(3)?,
            })
        };
        self.readers.read(move |session| session.all(&figures_sql(), (from, until), read)).await
    }

    pub(super) async fn attention_now(&self) -> std::result::Result<OrderAttention, ReadError> {
        let held = terms::has(Having::Hold);
        let asked = terms::has(Having::Return(Some(ReturnStatus::Requested)));
        self.readers
            .read(move |session| {
                let count = |sql: &str, value: &str| -> Result<u64> {
                    Ok(session.one(sql, [value], |row| row.get(0))?.unwrap_or_default())
                };
                session.snapshot(|_| {
                    Ok(OrderAttention {
                        awaiting_buyer: count(BY_PAYMENT, "requires_action")?,
                        payment_failed: count(BY_PAYMENT, "failed")?,
                        on_hold: count(BY_TERM, &held)?,
                        returns_requested: count(BY_TERM, &asked)?,
                    })
                })
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of a statement on an empty database of this schema.
    fn plan(sql: &str, values: usize) -> String {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        database.execute_batch(include_str!("../../../../migrations/sqlite/0001_initial.sql")).unwrap();
        let mut statement = database.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let values = rusqlite::params_from_iter(vec!["1"; values]);
        let steps = statement.query_map(values, |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn no_statement_reads_all_orders() {
        let figures = plan(&figures_sql(), 2);
        assert!(
            figures.starts_with("SEARCH orders USING INDEX orders_by_placed (placed_at>? AND placed_at<?)"),
            "{figures}"
        );
        let by_payment = plan(BY_PAYMENT, 1);
        assert_eq!(
            by_payment,
            "SEARCH orders USING COVERING INDEX orders_by_state (status=? AND payment_status=?)"
        );
        let by_term = plan(BY_TERM, 1);
        assert!(by_term.contains("SEARCH order_terms USING PRIMARY KEY (block=? AND term=?)"), "{by_term}");
    }
}
