//! What went back, and what is still to come.

use sutler_domain::orders::{OrderStatus, RefundStatus, payment_status};

use super::sales::cut;
use super::{Cell, Column, Kind, REPORT_ROWS_MAX, Report, Reports, Sort, column};
use crate::error::Problem;
use crate::page::{From, PAGE_MAX, PageRequest};
use crate::ports::reads::{Having, OrderQuery, OrderSort, Span};

const REFUNDS: &[Column] = &[
    column("number", "Order", Sort::Text),
    column("refund_id", "Refund", Sort::Text),
    column("day", "Day", Sort::Text),
    column("reason", "Reason", Sort::Text),
    column("amount", "Amount", Sort::Money),
];

const UNPAID: &[Column] = &[
    column("number", "Order", Sort::Text),
    column("order_id", "Order id", Sort::Text),
    column("placed_at", "Placed", Sort::Text),
    column("payment_status", "Payment", Sort::Text),
    column("due", "Due", Sort::Money),
];

impl Reports {
    /// Refunds that were started in a span and went through. Orders that changed before it have none in it.
    pub(super) async fn refunds(&self, span: Span) -> Result<Report, Problem> {
        let mut report = Self::of_span(Kind::Refunds, span, REFUNDS, 4);
        let mut query = OrderQuery {
            having: Some(Having::Refund),
            updated: Span { from: span.from, until: None },
            page: PageRequest { limit: PAGE_MAX, ..PageRequest::default() },
            ..OrderQuery::default()
        };
        loop {
            let page = self.room.ports.orders.orders(&query).await?;
            for stored in &page.rows {
                for refund in &stored.value.refunds {
                    let is_in = span.from.is_none_or(|from| refund.created_at >= from)
                        && span.until.is_none_or(|until| refund.created_at < until);
                    if !is_in || refund.status != RefundStatus::Succeeded {
                        continue;
                    }
                    report.rows.push(vec![
                        Cell::Text(self.number(stored.number)),
                        Cell::Text(refund.refund_id.to_string()),
                        Cell::Text(refund.created_at.strftime("%Y-%m-%d").to_string()),
                        Cell::Text(refund.reason.clone().unwrap_or_default()),
                        Cell::Money(refund.amount, stored.value.currency),
                    ]);
                }
            }
            let Some(next) = page.next.filter(|_| report.rows.len() <= REPORT_ROWS_MAX) else { break };
            query.page.from = From::After(next);
        }
        cut(&mut report, REPORT_ROWS_MAX);
        Ok(report)
    }

    /// Orders that stand and are not paid whole, the oldest first.
    pub(super) async fn unpaid(&self) -> Result<Report, Problem> {
        let mut report = self.of_now(Kind::Unpaid, UNPAID, 4);
        let mut query = OrderQuery {
            status: vec![OrderStatus::Created, OrderStatus::Confirmed],
            sort: OrderSort::PlacedAt,
            page: PageRequest { limit: PAGE_MAX, ..PageRequest::default() },
            ..OrderQuery::default()
        };
        loop {
            let page = self.room.ports.orders.orders(&query).await?;
            for stored in page.rows.iter().filter(|stored| stored.value.due() > 0) {
                let order = &stored.value;
                report.rows.push(vec![
                    Cell::Text(self.number(stored.number)),
                    Cell::Text(order.order_id.to_string()),
                    Cell::Text(crate::public::rfc3339(order.placed_at)),
                    Cell::Text(payment_status(order).as_str().to_owned()),
                    Cell::Money(order.due(), order.currency),
                ]);
            }
            let Some(next) = page.next.filter(|_| report.rows.len() <= REPORT_ROWS_MAX) else { break };
            query.page.from = From::After(next);
        }
        cut(&mut report, REPORT_ROWS_MAX);
        Ok(report)
    }

    fn number(&self, number: u64) -> String {
        format!("{}{number}", self.room.settings.number_prefix)
    }
}
