//! The figures of a day beside those of the day before: worked out of its orders, and kept for a moment.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sutler_app::orders::OrderView;
use sutler_app::page::{From, PAGE_MAX};
use sutler_app::ports::reads::{OrderQuery, Span};
use sutler_app::{PageRequest, Problem};
use sutler_domain::Currency;

use super::chart::spark;
use crate::dashboard::desk::Desk;
use crate::dashboard::words::{self as w, Html};

/// Orders that are looked at, at most: in a shop that has more in two days, the figures are of its newest.
const ORDERS_MAX: usize = 2_000;

/// How long figures are shown before they are worked out again.
const KEPT_FOR: Duration = Duration::from_secs(2);

/// Minutes of the chart.
pub(super) const MINUTES: usize = 60;

/// Parts of a day in a small chart.
const PARTS: usize = 12;

/// One day.
#[derive(Clone, Debug, Default)]
struct Day {
    orders: u64,
    paid: u64,
    revenue: i64,
}

/// What is known of two days.
#[derive(Clone, Debug, Default)]
pub(in crate::dashboard) struct Figures {
    currency: Option<Currency>,
    today: Day,
    before: Day,
    orders_by: [u64; PARTS],
    revenue_by: [u64; PARTS],
    /// Orders of each of the last minutes, the newest last.
    pub(super) minutes: Vec<u64>,
    /// Whether there were more orders than are looked at.
    pub(super) is_capped: bool,
}

/// A figure with what it was before, and a small chart.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) value: Html,
    pub(super) change: Option<(bool, String)>,
    pub(super) spark: Html,
    pub(super) href: &'static str,
}

impl Figures {
    /// The figures of now, or of a moment ago.
    pub(super) async fn of(desk: &Desk) -> Result<Self, Problem> {
        if let Some(figures) = desk.api.looked.figures.within(KEPT_FOR) {
            return Ok(figures);
        }
        let figures = Self::look(desk).await?;
        desk.api.looked.figures.keep(figures.clone());
        Ok(figures)
    }

    async fn look(desk: &Desk) -> Result<Self, Problem> {
        let now = desk.now;
        let since = now.checked_sub(SignedDuration::from_hours(48)).ok();
        let mut query = OrderQuery {
            placed: Span { from: since, until: None },
            descending: true,
            page: PageRequest { limit: PAGE_MAX, ..PageRequest::default() },
            ..OrderQuery::default()
        };
        let currency = desk.api.app.settings.currency;
        let mut figures = Self { currency: Some(currency), minutes: vec![0; MINUTES], ..Self::default() };
        let mut seen = 0_usize;
        loop {
            let page = desk.api.app.orders.list(desk.caller(), &query).await?;
            seen = seen.saturating_add(page.rows.len());
            for view in &page.rows {
                figures.add(view, now, currency);
            }
            let Some(next) = page.next else { return Ok(figures) };
            if seen >= ORDERS_MAX {
                figures.is_capped = true;
                return Ok(figures);
            }
            query.page.from = From::After(next);
        }
    }

    fn add(&mut self, view: &OrderView, now: Timestamp, currency: Currency) {
        let order = &view.order;
        let age_s = now.duration_since(order.placed_at).as_secs().max(0);
        let minute = usize::try_from(age_s / 60).unwrap_or(usize::MAX);
        if let Some(count) =
            MINUTES.checked_sub(1 + minute.min(MINUTES)).and_then(|at| self.minutes.get_mut(at))
        {
            *count = count.saturating_add(1);
        }
        // Money of other currencies is not added up with that of the shop.
        let taken = if order.currency == currency {
            order.captured().saturating_sub(order.refunded()).max(0)
        } else {
            0
        };
        let is_today = age_s < 86_400;
        let day = if is_today { &mut self.today } else { &mut self.before };
        day.orders = day.orders.saturating_add(1);
        day.paid = day.paid.saturating_add(u64::from(order.captured() > 0));
        day.revenue = day.revenue.saturating_add(taken);
        if is_today {
            let part = usize::try_from(age_s / 7_200).unwrap_or(usize::MAX);
            let at = PARTS.saturating_sub(1).saturating_sub(part);
            if let Some(count) = self.orders_by.get_mut(at) {
                *count = count.saturating_add(1);
            }
            if let Some(sum) = self.revenue_by.get_mut(at) {
                *sum = sum.saturating_add(u64::try_from(taken).unwrap_or_default());
            }
        }
    }

    /// The figures, each with what it was the day before.
    pub(super) fn tiles(&self) -> Vec<Tile> {
        let Some(currency) = self.currency else { return Vec::new() };
        let (today, before) = (&self.today, &self.before);
        let average = |day: &Day| day.revenue.checked_div(i64::try_from(day.paid).unwrap_or(i64::MAX));
        let rate = |day: &Day| day.paid.saturating_mul(1_000).checked_div(day.orders);
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        vec![
            Tile {
                name: "Orders",
                value: Html(today.orders.to_string()),
                change: change(signed(today.orders), signed(before.orders)),
                spark: spark(&self.orders_by),
                href: "/admin/orders?placed=24h",
            },
            Tile {
                name: "Revenue",
                value: w::cash(today.revenue, currency),
                change: change(today.revenue, before.revenue),
                spark: spark(&self.revenue_by),
                href: "/admin/orders?placed=24h&payment=paid",
            },
            Tile {
                name: "Paid rate",
                value: rate(today).map_or_else(none, |rate| Html(format!("{}.{} %", rate / 10, rate % 10))),
                change: None,
                spark: Html::default(),
                href: "/admin/orders?placed=24h&payment=unpaid&payment=failed&payment=requires_action",
            },
            Tile {
                name: "Average order",
                value: average(today).map_or_else(none, |average| w::cash(average, currency)),
                change: average(today).zip(average(before)).and_then(|(now, then)| change(now, then)),
                spark: Html::default(),
                href: "/admin/orders?placed=24h",
            },
        ]
    }
}

fn none() -> Html {
    Html("–".to_owned())
}

/// By how many percent it is more or less than before; `None` without a before.
fn change(now: i64, before: i64) -> Option<(bool, String)> {
    let percent = now.saturating_sub(before).saturating_mul(100).checked_div(before)?;
    Some((percent >= 0, format!("{} %", percent.unsigned_abs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_needs_a_before() {
        assert_eq!(change(112, 100), Some((true, "12 %".to_owned())));
        assert_eq!(change(50, 100), Some((false, "50 %".to_owned())));
        assert_eq!(change(5, 0), None);
    }
}
