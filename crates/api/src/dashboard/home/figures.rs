//! The figures of a day beside those of the day before, as the use case of the figures has them; kept for a moment.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sutler_app::page::{From, PAGE_MAX};
use sutler_app::ports::reads::{OrderQuery, Span};
use sutler_app::stats::Period;
use sutler_app::{PageRequest, Problem};
use sutler_domain::Currency;

use super::chart::spark;
use crate::dashboard::desk::Desk;
use crate::dashboard::words::{self as w, Html};

/// How long figures are shown before they are worked out again.
const KEPT_FOR: Duration = Duration::from_secs(2);

/// Minutes of the chart.
pub(super) const MINUTES: usize = 60;

/// Parts of a day in a small chart, and how long each is.
const PARTS: usize = 12;
const PART: SignedDuration = SignedDuration::from_hours(2);

/// The range of the figures.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is known of two days.
#[derive(Clone, Debug, Default)]
pub(in crate::dashboard) struct Figures {
    currency: Option<Currency>,
    today: Period,
    before: Period,
    /// The parts of the day.
    parts: Vec<Period>,
    /// Orders of each of the last minutes, the newest last.
    pub(super) minutes: Vec<u64>,
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
        let (app, caller) = (&desk.api.app, desk.caller());
        let overview = app.stats.overview(caller, DAY).await?;
        Ok(Self {
            currency: Some(app.settings.currency),
            today: overview.now,
            before: overview.before,
            parts: app.stats.course(caller, PART, PARTS).await?,
            minutes: minutes(desk).await?,
        })
    }

    /// The figures, each with what it was the day before.
    pub(super) fn tiles(&self) -> Vec<Tile> {
        let Some(currency) = self.currency else { return Vec::new() };
        let (today, before) = (&self.today, &self.before);
        // Money of other currencies is not added up with that of the shop.
        let [revenue, revenue_before] = [today, before].map(|day| day.revenue_in(currency));
        let [average, average_before] = [today, before].map(|day| day.average_in(currency));
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let orders_by: Vec<u64> = self.parts.iter().map(|part| part.orders).collect();
        let revenue_by = self.parts.iter().map(|part| part.revenue_in(currency).max(0).unsigned_abs());
        let revenue_by: Vec<u64> = revenue_by.collect();
        vec![
            Tile {
                name: "Orders",
                value: Html(today.orders.to_string()),
                change: change(signed(today.orders), signed(before.orders)),
                spark: spark(&orders_by),
                href: "/admin/orders?placed=24h",
            },
            Tile {
                name: "Revenue",
                value: w::cash(revenue, currency),
                change: change(revenue, revenue_before),
                spark: spark(&revenue_by),
                href: "/admin/orders?placed=24h&payment=paid",
            },
            Tile {
                name: "Paid rate",
                value: today
                    .paid_permille()
                    .map_or_else(none, |rate| Html(format!("{}.{} %", rate / 10, rate % 10))),
                change: None,
                spark: Html::default(),
                href: "/admin/orders?placed=24h&payment=unpaid&payment=failed&payment=requires_action",
            },
            Tile {
                name: "Average order",
                value: average.map_or_else(none, |average| w::cash(average, currency)),
                change: average.zip(average_before).and_then(|(now, then)| change(now, then)),
                spark: Html::default(),
                href: "/admin/orders?placed=24h",
            },
        ]
    }
}

/// Orders of each of the last minutes, the newest last. What is read grows with the orders of an hour.
async fn minutes(desk: &Desk) -> Result<Vec<u64>, Problem> {
    let mut query = OrderQuery {
        placed: Span { from: desk.now.checked_sub(SignedDuration::from_hours(1)).ok(), until: None },
        descending: true,
        page: PageRequest { limit: PAGE_MAX, ..PageRequest::default() },
        ..OrderQuery::default()
    };
    let mut minutes = vec![0_u64; MINUTES];
    loop {
        let page = desk.api.app.orders.list(desk.caller(), &query).await?;
        for view in &page.rows {
            let back = minutes_since(view.order.placed_at, desk.now);
            let at = MINUTES.checked_sub(1).and_then(|last| last.checked_sub(back));
            if let Some(count) = at.and_then(|at| minutes.get_mut(at)) {
                *count = count.saturating_add(1);
            }
        }
        let Some(next) = page.next else { return Ok(minutes) };
        query.page.from = From::After(next);
    }
}

fn minutes_since(at: Timestamp, now: Timestamp) -> usize {
    usize::try_from(now.duration_since(at).as_mins().max(0)).unwrap_or(usize::MAX)
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
