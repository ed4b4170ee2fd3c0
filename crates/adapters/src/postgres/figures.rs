//! What was sold, and what somebody should look at: statements that read indexes, or the orders of a span.

use sutler_app::ports::ReadError;
use sutler_app::ports::reads::{Figures, Having, OrderAttention, Span};
use sutler_domain::orders::ReturnStatus;

use super::Postgres;
use super::session::{get, number, p};
use crate::listing::orders::paid_words;
use crate::terms;

/// Ranges of `orders_by_state` and of the terms.
const ATTENTION: &str = "SELECT
    (SELECT count(*) FROM orders WHERE status = 'created' AND payment_status = 'requires_action'),
    (SELECT count(*) FROM orders WHERE status = 'created' AND payment_status = 'failed'),
    (SELECT count(*) FROM order_terms WHERE term = $1),
    (SELECT count(*) FROM order_terms WHERE term = $2)";

impl Postgres {
    pub(super) async fn figures_of(&self, span: Span) -> Result<Vec<Figures>, ReadError> {
        let from = span.from.map_or(i64::MIN, jiff::Timestamp::as_microsecond);
        let until = span.until.map_or(i64::MAX, jiff::Timestamp::as_microsecond);
        let sql = format!(
            "SELECT currency, payment_status IN ({}) AS is_paid, count(*), sum(total)::bigint FROM orders
             WHERE placed_at >= $1 AND placed_at < $2 GROUP BY currency, is_paid",
            paid_words()
        );
        let read = |row: &tokio_postgres::Row| {
            let (currency, is_paid) = (get::<String>(row, 0)?, get(row, 1)?);
            Ok(Figures { currency, is_paid, orders: number(row, 2)?, total: get(row, 3)? })
        };
        self.readers.all(&sql, &[p(&from), p(&until)], read).await
    }

    pub(super) async fn attention_now(&self) -> Result<OrderAttention, ReadError> {
        let held = terms::has(Having::Hold);
        let asked = terms::has(Having::Return(Some(ReturnStatus::Requested)));
        let read = |row: &tokio_postgres::Row| {
            Ok(OrderAttention {
                awaiting_buyer: number(row, 0)?,
                payment_failed: number(row, 1)?,
                on_hold: number(row, 2)?,
                returns_requested: number(row, 3)?,
            })
        };
        Ok(self.readers.first(ATTENTION, &[p(&held), p(&asked)], read).await?.unwrap_or_default())
    }
}
