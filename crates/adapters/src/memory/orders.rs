//! Reads of orders.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::commit::{Claim, ClaimKind};
use sutler_app::page::Page;
use sutler_app::ports::reads::{Figures, Having, Lifetime, OrderAttention, OrderName, OrderQuery, Span};
use sutler_app::ports::{OrderReads, ReadError, Stored};
use sutler_app::stats::is_paid;
use sutler_app::stream::StreamId;
use sutler_domain::orders::{
    Order, OrderStatus, PaymentState, ReturnStatus, fulfillment_status, payment_status,
};
use sutler_domain::{CustomerId, OrderId};

use super::{Memory, State, page};
use crate::paging;

#[async_trait]
impl OrderReads for Memory {
    async fn order(&self, name: &OrderName) -> Result<Option<Stored<Arc<Order>>>, ReadError> {
        let state = self.state.lock();
        let order = match name {
            OrderName::Id(id) => state.orders.get(id),
            OrderName::Number(number) => state.orders.values().find(|o| state.number(o) == *number),
            OrderName::Reference(reference) => state.order_of_reference(reference),
            OrderName::Part(id) => state.orders.values().find(|o| has_part(o, id)),
        };
        Ok(order.map(|order| state.stored_order(order)))
    }

    async fn orders(&self, query: &OrderQuery) -> Result<Page<Stored<Arc<Order>>>, ReadError> {
        let state = self.state.lock();
        let rows = state.orders.values().filter(|order| state.matches(order, query)).map(|order| {
            let number = state.number(order);
            let key = paging::order_key(query.sort, order, number);
            ((key, paging::order_number(number)), state.stored_order(order))
        });
        page::cut(rows.collect(), query.descending, &query.page)
    }

    async fn figures(&self, span: Span) -> Result<Vec<Figures>, ReadError> {
        let state = self.state.lock();
        let mut found: BTreeMap<(String, bool), (u64, i64)> = BTreeMap::new();
        for order in state.orders.values().filter(|order| within(span, order.placed_at)) {
            let key = (order.currency.code().to_owned(), is_paid(payment_status(order)));
            let (orders, total) = found.entry(key).or_default();
            (*orders, *total) = (orders.saturating_add(1), total.saturating_add(order.totals.total));
        }
        let row = |((currency, is_paid), (orders, total))| Figures { currency, is_paid, orders, total };
        Ok(found.into_iter().map(row).collect())
    }

    async fn attention(&self) -> Result<OrderAttention, ReadError> {
        let state = self.state.lock();
        let count = |holds: &dyn Fn(&Order) -> bool| {
            super::count(state.orders.values().filter(|order| holds(order)).count())
        };
        let created = |order: &Order, is: PaymentState| {
            order.status == OrderStatus::Created && payment_status(order) == is
        };
        Ok(OrderAttention {
            awaiting_buyer: count(&|order| created(order, PaymentState::RequiresAction)),
            payment_failed: count(&|order| created(order, PaymentState::Failed)),
            on_hold: count(&|order| has(order, Having::Hold)),
            returns_requested: count(&|order| has(order, Having::Return(Some(ReturnStatus::Requested)))),
        })
    }

    async fn lifetimes(&self, ids: &[CustomerId]) -> Result<BTreeMap<CustomerId, Lifetime>, ReadError> {
        let state = self.state.lock();
        let mut found: BTreeMap<CustomerId, Lifetime> = BTreeMap::new();
        for order in state.orders.values() {
            let Some(id) = order.customer_id.as_ref().filter(|id| ids.contains(id)) else { continue };
            let lifetime = found.entry(id.clone()).or_default();
            lifetime.orders = lifetime.orders.saturating_add(1);
            let spent = lifetime.spent.entry(order.currency.code().to_owned()).or_default();
            *spent = spent.saturating_add(order.captured().saturating_sub(order.refunded()));
            lifetime.last_placed_at = lifetime.last_placed_at.max(Some(order.placed_at));
        }
        Ok(found)
    }

    async fn due_orders(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, OrderId)>,
        limit: u32,
    ) -> Result<Vec<(Timestamp, OrderId)>, ReadError> {
        let state = self.state.lock();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let due = state.waiting.range((from, Bound::Unbounded)).take_while(|(at, _)| *at <= now);
        Ok(due.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect())
    }
}

/// When an order expires, unless it is paid before.
fn expiry(order: &Order) -> Option<(Timestamp, OrderId)> {
    let at = order.reservation_expires_at.filter(|_| order.status == OrderStatus::Created)?;
    Some((at, order.order_id.clone()))
}

impl State {
    pub(super) fn put_order(&mut self, order: Arc<Order>) {
        let expiry = expiry(&order);
        self.delete_order(&order.order_id);
        self.waiting.extend(expiry);
        self.orders.insert(order.order_id.clone(), order);
    }

    pub(super) fn delete_order(&mut self, id: &OrderId) {
        if let Some(expiry) = self.orders.remove(id).as_deref().and_then(expiry) {
            self.waiting.remove(&expiry);
        }
    }

    fn number(&self, order: &Order) -> u64 {
        self.numbers.get(&StreamId::from(&order.order_id)).copied().unwrap_or(0)
    }

    fn stored_order(&self, order: &Arc<Order>) -> Stored<Arc<Order>> {
        self.stored(&StreamId::from(&order.order_id), order.clone())
    }

    fn order_of_reference(&self, reference: &str) -> Option<&Arc<Order>> {
        let claim = Claim { kind: ClaimKind::OrderReference, value: reference.to_owned() };
        self.orders.get(&OrderId::trusted(self.heads.holder(&claim)?.id().into()))
    }

    fn matches(&self, order: &Order, query: &OrderQuery) -> bool {
        let any = |list_is_empty: bool, found: bool| list_is_empty || found;
        let pairs = |(key, value): &(String, String)| order.metadata.get(key) == Some(value);
        any(query.status.is_empty(), query.status.contains(&order.status))
            && any(query.payment_status.is_empty(), query.payment_status.contains(&payment_status(order)))
            && any(
                query.fulfillment_status.is_empty(),
                query.fulfillment_status.contains(&fulfillment_status(order)),
            )
            && query.customer_id.as_ref().is_none_or(|id| order.customer_id.as_ref() == Some(id))
            && query.reference.as_ref().is_none_or(|reference| order.reference.as_ref() == Some(reference))
            && query.number.is_none_or(|number| self.number(order) == number)
            && query.sku.as_ref().is_none_or(|sku| order.items.iter().any(|item| &item.sku == sku))
            && query.tag.as_ref().is_none_or(|tag| order.tags.contains(tag))
            && query.metadata.iter().all(pairs)
            && query.having.is_none_or(|what| has(order, what))
            && query.total_above.is_none_or(|amount| order.totals.total > amount)
            && query.total_below.is_none_or(|amount| order.totals.total < amount)
            && within(query.placed, order.placed_at)
            && within(query.updated, order.updated_at)
    }
}

fn within(span: Span, time: Timestamp) -> bool {
    span.from.is_none_or(|from| from <= time) && span.until.is_none_or(|until| time < until)
}

fn has(order: &Order, what: Having) -> bool {
    match what {
        Having::Payment => !order.payments.is_empty(),
        Having::Refund => !order.refunds.is_empty(),
        Having::Hold => !order.holds.is_empty(),
        Having::Return(status) => order.returns.iter().any(|one| status.is_none_or(|s| s == one.status)),
    }
}

fn has_part(order: &Order, id: &str) -> bool {
    order.payments.iter().any(|payment| payment.payment_id.as_str() == id)
        || order.refunds.iter().any(|refund| refund.refund_id.as_str() == id)
        || order.fulfillments.iter().any(|fulfillment| fulfillment.fulfillment_id.as_str() == id)
        || order.returns.iter().any(|one| one.return_id.as_str() == id)
}
