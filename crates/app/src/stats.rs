//! The figures of the home page: is money coming in, and what must somebody look at.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sutler_domain::orders::PaymentState;
use sutler_domain::{Currency, Fault};

use crate::Room;
use crate::caller::Caller;
use crate::error::Problem;
use crate::job::JobState;
use crate::page::{From, PageRequest};
use crate::ports::reads::{Figures, OrderAttention, Span, StockQuery};

/// The longest range, in days. What is read grows with the orders of the range, not with all there are.
pub const RANGE_DAYS_MAX: i64 = 31;

/// Figures.
#[derive(Clone)]
pub struct Stats {
    room: Room,
}

/// The figures of a range up to now, beside those of the range before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// When the range begins.
    pub from: Timestamp,
    /// Now.
    pub until: Timestamp,
    /// The range.
    pub now: Period,
    /// The same time before it.
    pub before: Period,
    /// What somebody should look at, of all orders.
    pub attention: Attention,
}

/// What was sold in a time, by the time of placing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// Orders placed, however they ended.
    pub orders: u64,
    /// Of those, orders that were paid whole, whatever went back later.
    pub paid: u64,
    /// The totals of the paid ones in minor units, and how many they are, by currency code.
    pub revenue: BTreeMap<String, (i64, u64)>,
}

/// What somebody should look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attention {
    /// Orders.
    pub orders: OrderAttention,
    /// Levels of stock at or below their reorder point, or empty.
    pub low_stock: u64,
    /// Endpoints of webhooks whose last delivery failed.
    pub failing_endpoints: u64,
    /// Jobs that were given up.
    pub dead_jobs: u64,
}

/// Whether an order in this state was paid whole, whatever went back later.
pub const fn is_paid(state: PaymentState) -> bool {
    matches!(state, PaymentState::Paid | PaymentState::PartiallyRefunded | PaymentState::Refunded)
}

impl Period {
    /// Add orders of one currency that are paid whole, or are not.
    pub(crate) fn add(&mut self, currency: &str, is_paid: bool, orders: u64, total: i64) {
        self.orders = self.orders.saturating_add(orders);
        if is_paid {
            self.paid = self.paid.saturating_add(orders);
            let (sum, count) = self.revenue.entry(currency.to_owned()).or_default();
            (*sum, *count) = (sum.saturating_add(total), count.saturating_add(orders));
        }
    }

    /// What was taken in this currency.
    pub fn revenue_in(&self, currency: Currency) -> i64 {
        self.revenue.get(currency.code()).map_or(0, |(sum, _)| *sum)
    }

    /// Revenue for each paid order of a currency, rounded down to the minor unit; `None` without any.
    pub fn average_in(&self, currency: Currency) -> Option<i64> {
        let (sum, count) = self.revenue.get(currency.code())?;
        sum.checked_div(i64::try_from(*count).ok()?)
    }

    /// Paid ones of all orders in tenths of a percent, rounded down; `None` without orders.
    pub fn paid_permille(&self) -> Option<u64> {
        self.paid.saturating_mul(1000).checked_div(self.orders)
    }
}

/// What was placed in a span.
pub(crate) async fn period_of(room: &Room, span: Span) -> Result<Period, Problem> {
    let mut period = Period::default();
    for Figures { currency, is_paid, orders, total } in room.ports.orders.figures(span).await? {
        period.add(&currency, is_paid, orders, total);
    }
    Ok(period)
}

impl Stats {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }

    /// The figures of a range up to now, at most [`RANGE_DAYS_MAX`] days.
    ///
    /// Problems: `validation_failed`.
    pub async fn overview(&self, caller: &Caller, range: SignedDuration) -> Result<Overview, Problem> {
        caller.may("orders:read")?;
        let most = SignedDuration::from_hours(24 * RANGE_DAYS_MAX);
        if range < SignedDuration::from_mins(1) || range > most {
            let detail = format!("'range' is one minute to {RANGE_DAYS_MAX} days, such as 24h or 7d");
            return Err(Problem::invalid(vec![Fault::invalid("/range", detail)]));
        }
        let until = self.room.now();
        let back = |time: Timestamp| time.checked_sub(range).unwrap_or(Timestamp::MIN);
        let from = back(until);
        let (now, before) = (self.period(from, until).await?, self.period(back(from), from).await?);
        Ok(Overview { from, until, now, before, attention: self.attention().await? })
    }

    /// So many periods of one length that end now, the oldest first.
    ///
    /// Problems: none of its own.
    pub async fn course(
        &self,
        caller: &Caller,
        step: SignedDuration,
        count: usize,
    ) -> Result<Vec<Period>, Problem> {
        caller.may("orders:read")?;
        let (mut periods, mut until) = (Vec::with_capacity(count), self.room.now());
        for _ in 0..count {
            let from = until.checked_sub(step).unwrap_or(Timestamp::MIN);
            periods.push(self.period(from, until).await?);
            until = from;
        }
        periods.reverse();
        Ok(periods)
    }

    /// Endpoints of webhooks whose last delivery failed.
    pub async fn failing_endpoints(&self, caller: &Caller) -> Result<u64, Problem> {
        caller.may("webhooks:read")?;
        self.failing().await
    }

    async fn failing(&self) -> Result<u64, Problem> {
        let health = self.room.ports.deliveries.health().await?;
        Ok(u64::try_from(health.values().filter(|health| health.is_failing()).count()).unwrap_or(u64::MAX))
    }

    async fn period(&self, from: Timestamp, until: Timestamp) -> Result<Period, Problem> {
        period_of(&self.room, Span { from: Some(from), until: Some(until) }).await
    }

    async fn attention(&self) -> Result<Attention, Problem> {
        let ports = &self.room.ports;
        let page = PageRequest { limit: 1, from: From::Start, count: true };
        let low = ports.stock.stock(&StockQuery { low: true, page, ..StockQuery::default() }).await?;
        let dead = ports.jobs.counts().await?.into_iter().filter(|count| count.state == JobState::Dead);
        Ok(Attention {
            orders: ports.orders.attention().await?,
            low_stock: low.total.unwrap_or_default(),
            failing_endpoints: self.failing().await?,
            dead_jobs: dead.fold(0, |sum: u64, count| sum.saturating_add(count.count)),
        })
    }
}
