//! Cancellations: invoices that take units back. Each line looks for what the same customer had bought before.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sutler_domain::orders::decide::{PAST_GATEWAY, PastRefund, past_refund};
use sutler_domain::orders::{Order, OrderEvent};
use sutler_domain::{CustomerId, ItemId, Money, OrderId};

use super::lines::Line;
use super::names::{derived, mark};
use super::sketch::ANONYMOUS;
use crate::Room;
use crate::error::Problem;
use crate::page::{From, PageRequest};
use crate::ports::reads::{OrderQuery, OrderSort, Span, Stored};

/// Orders of one read.
const PAGE: u32 = 50;
/// Reads for one line: who bought a thing in more orders than this has sent it back before.
const PAGES_MAX: usize = 40;

/// Who cancels, and when.
pub(super) struct Canceling<'c> {
    pub(super) reference: &'c str,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) at: Timestamp,
}

/// Lines of a cancellation that say the same of the same thing.
pub(super) struct TakenBack<'l> {
    pub(super) lines: Vec<&'l Line>,
    /// Units, above zero.
    pub(super) units: i64,
    /// Money, above zero.
    pub(super) amount: i64,
}

/// Why a line found nothing to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmatched {
    /// The customer never bought it.
    NoEarlierPurchase,
    /// They have fewer units of it left.
    ExceedsPurchases,
    /// They paid less for it.
    ExceedsPayment,
}

impl Unmatched {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::NoEarlierPurchase => "no_earlier_purchase",
            Self::ExceedsPurchases => "exceeds_purchases",
            Self::ExceedsPayment => "exceeds_payment",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::NoEarlierPurchase => {
                "the customer bought nothing of it before, as far as is known; import earlier orders, then this row again"
            }
            Self::ExceedsPurchases => "the customer has fewer units of it left to give back",
            Self::ExceedsPayment => "it gives back more money than is left of what was paid for the order",
        }
    }
}

/// Lines that are alike, as one.
pub(super) fn alike<'l>(lines: impl IntoIterator<Item = &'l Line>) -> Vec<TakenBack<'l>> {
    let mut all: Vec<TakenBack<'l>> = Vec::new();
    for line in lines {
        let like = |one: &&mut TakenBack<'_>| {
            one.lines.first().is_some_and(|first| {
                first.sku == line.sku
                    && first.unit_price == line.unit_price
                    && first.exact_price == line.exact_price
            })
        };
        let (units, amount) = (line.quantity.saturating_neg(), line.amount.saturating_neg());
        match all.iter_mut().find(like) {
            Some(one) => {
                one.lines.push(line);
                one.units = one.units.saturating_add(units);
                one.amount = one.amount.saturating_add(amount);
            }
            None => all.push(TakenBack { lines: vec![line], units, amount }),
        }
    }
    all
}

impl TakenBack<'_> {
    pub(super) fn sku(&self) -> &str {
        self.lines.first().map_or("", |line| &line.sku)
    }

    fn unit_price(&self) -> i64 {
        self.lines.first().map_or(0, |line| line.unit_price)
    }

    /// The name under which it is taken in once.
    pub(super) fn mark(&self, reference: &str) -> String {
        let exact = self.lines.first().and_then(|line| line.exact_price.clone()).unwrap_or_default();
        mark(&["cancellation", reference, self.sku(), &self.unit_price().to_string(), &exact])
    }
}

/// Events with their times.
type Happened = Vec<(OrderEvent, Timestamp)>;

/// Units of items.
type Units = Vec<(ItemId, i64)>;

/// Orders that a cancellation changes, as they are after what was decided so far, and their new events.
#[derive(Default)]
pub(super) struct Changed {
    pub(super) orders: HashMap<OrderId, (Stored<Arc<Order>>, Happened)>,
}

/// Units of an item of an order.
#[derive(Clone)]
struct Bought {
    order: Stored<Arc<Order>>,
    item_id: ItemId,
    units: i64,
    is_same_price: bool,
}

/// Units that a customer can still give back of a thing, and whether they ever bought it.
pub(super) struct Purchases {
    bought: Vec<Bought>,
    pub(super) is_known: bool,
    pub(super) units: i64,
}

/// What a customer had bought of a thing up to a moment, the last first, with what this cancellation changed already.
pub(super) async fn purchases(
    room: &Room,
    who: &Canceling<'_>,
    back: &TakenBack<'_>,
    changed: &Changed,
) -> Result<Purchases, Problem> {
    let until = who.at.checked_add(SignedDuration::from_micros(1)).unwrap_or(who.at);
    let anonymous = who.customer_id.is_none().then(|| (ANONYMOUS.to_owned(), "true".to_owned()));
    let mut query = OrderQuery {
        customer_id: who.customer_id.clone(),
        metadata: anonymous.into_iter().collect(),
        sku: Some(back.sku().to_owned()),
        placed: Span { from: None, until: Some(until) },
        sort: OrderSort::PlacedAt,
        descending: true,
        page: PageRequest { limit: PAGE, from: From::Start, count: false },
        ..OrderQuery::default()
    };
    let mut found = Purchases { bought: Vec::new(), is_known: false, units: 0 };
    let mut same = 0i64;
    for _ in 0..PAGES_MAX {
        let page = room.ports.orders.orders(&query).await?;
        for row in page.rows {
            let order = changed.orders.get(&row.value.order_id).map_or(row, |(known, _)| known.clone());
            if order.value.payments.iter().any(|payment| payment.gateway != PAST_GATEWAY) {
                continue;
            }
            for item in order.value.items.iter().filter(|item| item.sku == back.sku()) {
                found.is_known = true;
                let units = item.returnable();
                if units < 1 {
                    continue;
                }
                let is_same_price = item.unit_price == back.unit_price();
                same = same.saturating_add(if is_same_price { units } else { 0 });
                found.units = found.units.saturating_add(units);
                let (item_id, order) = (item.item_id.clone(), order.clone());
                found.bought.push(Bought { order, item_id, units, is_same_price });
            }
        }
        let Some(next) = page.next.filter(|_| same < back.units) else { break };
        query.page.from = From::After(next);
    }
    // What cost the same is what is given back; the sort keeps the last ones first.
    found.bought.sort_by_key(|one| !one.is_same_price);
    Ok(found)
}

/// Give units back to the orders they are from. Gives the first of these orders, or why nothing came of it.
pub(super) fn give_back(
    who: &Canceling<'_>,
    back: &TakenBack<'_>,
    purchases: Purchases,
    changed: &mut Changed,
) -> Result<OrderId, Unmatched> {
    if !purchases.is_known {
        return Err(Unmatched::NoEarlierPurchase);
    }
    if purchases.units < back.units {
        return Err(Unmatched::ExceedsPurchases);
    }
    let mut left = back.units;
    let mut shares: Vec<(Stored<Arc<Order>>, Units)> = Vec::new();
    for one in purchases.bought {
        let units = one.units.min(left);
        if units == 0 {
            break;
        }
        left = left.saturating_sub(units);
        let line = (one.item_id, units);
        match shares.iter_mut().find(|(order, _)| order.value.order_id == one.order.value.order_id) {
            Some((_, lines)) => lines.push(line),
            None => shares.push((one.order, vec![line])),
        }
    }
    let first = shares.first().map(|(order, _)| order.value.order_id.clone());
    let weights: Vec<u64> =
        shares.iter().map(|(_, lines)| lines.iter().map(|(_, units)| units.unsigned_abs()).sum()).collect();
    let mut decided = Vec::with_capacity(shares.len());
    // An amount is shared out the same way in every currency.
    let currency =
        shares.first().map(|(order, _)| order.value.currency).ok_or(Unmatched::NoEarlierPurchase)?;
    let parts = Money { amount: back.amount, currency }.allocate(&weights);
    for ((order, lines), part) in shares.into_iter().zip(parts) {
        decided.push(refunded(who, back, &order, lines, part.amount)?);
    }
    for (order, events) in decided {
        let id = order.value.order_id.clone();
        let (_, mut before) = changed.orders.remove(&id).unwrap_or_else(|| (order.clone(), Vec::new()));
        before.extend(events);
        changed.orders.insert(id, (order, before));
    }
    first.ok_or(Unmatched::NoEarlierPurchase)
}

/// An order after a refund, and the events of it; its times never decrease.
fn refunded(
    who: &Canceling<'_>,
    back: &TakenBack<'_>,
    order: &Stored<Arc<Order>>,
    lines: Units,
    amount: i64,
) -> Result<(Stored<Arc<Order>>, Happened), Unmatched> {
    let at = who.at.max(order.value.updated_at);
    let refund = PastRefund {
        refund_id: derived(who.at, &["refund", &back.mark(who.reference), order.value.order_id.as_str()]),
        amount,
        lines,
        at,
        reason: Some(format!("canceled by {}", who.reference)),
        transaction_id: who.reference.to_owned(),
    };
    let events = past_refund(&order.value, &refund).map_err(|_| Unmatched::ExceedsPayment)?;
    let value = Arc::new(order.value.after(&events, at));
    Ok((
        Stored { value, version: order.version, number: order.number },
        events.into_iter().map(|event| (event, at)).collect(),
    ))
}
