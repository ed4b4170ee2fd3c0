//! What was written last, kept in memory for those who ask for it next: the job of an order just placed, a buyer's page,
//! the readers of the feed. All of it is in the database too.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use sutler_app::event::Recorded;
use sutler_app::ports::{EventFilter, Stored};
use sutler_domain::orders::Order;
use sutler_domain::{OrderId, Position};

/// Orders that are kept, about 4 KiB each.
const ORDERS_KEPT: usize = 1024;

/// Events that are kept, about 1 KiB each.
const EVENTS_KEPT: usize = 2048;

/// The orders and events written last.
#[derive(Default)]
pub(super) struct Recent {
    orders: Mutex<Orders>,
    events: Mutex<VecDeque<Recorded>>,
}

#[derive(Default)]
struct Orders {
    by_id: HashMap<OrderId, Kept>,
    /// Oldest first. An order that was written again stands in it twice; its younger ticket counts.
    tickets: VecDeque<(u64, OrderId)>,
    next: u64,
}

struct Kept {
    ticket: u64,
    order: Stored<Arc<Order>>,
}

impl Recent {
    /// An order, if it is among them.
    pub(super) fn order(&self, id: &OrderId) -> Option<Stored<Order>> {
        let found = self.orders.lock().by_id.get(id).map(|kept| kept.order.clone());
        found.map(|Stored { value, version, number }| Stored { value: (*value).clone(), version, number })
    }

    /// Before a commit that changes these orders: whoever asks while it is under way reads the database.
    pub(super) fn forget<'i>(&self, ids: impl Iterator<Item = &'i OrderId>) {
        let mut orders = self.orders.lock();
        for id in ids {
            orders.by_id.remove(id);
        }
    }

    /// After the commit, before anybody is told of it.
    pub(super) fn keep(&self, written: impl Iterator<Item = Stored<Arc<Order>>>) {
        let orders = &mut *self.orders.lock();
        for order in written {
            let id = order.value.order_id.clone();
            orders.next = orders.next.wrapping_add(1);
            orders.tickets.push_back((orders.next, id.clone()));
            orders.by_id.insert(id, Kept { ticket: orders.next, order });
        }
        let over = orders.tickets.len().saturating_sub(ORDERS_KEPT);
        for (ticket, id) in orders.tickets.drain(..over) {
            if orders.by_id.get(&id).is_some_and(|kept| kept.ticket == ticket) {
                orders.by_id.remove(&id);
            }
        }
    }

    /// After the commit: its events, in order.
    pub(super) fn told(&self, events: impl Iterator<Item = Recorded>) {
        let mut kept = self.events.lock();
        kept.extend(events);
        let over = kept.len().saturating_sub(EVENTS_KEPT);
        kept.drain(..over);
    }

    /// The events after a position, if all of them are kept.
    pub(super) fn after(
        &self,
        position: Position,
        filter: &EventFilter,
        limit: u32,
    ) -> Option<Vec<Recorded>> {
        let kept = self.events.lock();
        let first = kept.front()?.position.0;
        let from = usize::try_from(position.0.checked_add(1)?.checked_sub(first)?).ok()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let wanted = |event: &&Recorded| {
            filter.names.as_ref().is_none_or(|names| names.contains(&event.name.as_str()))
                && filter.subject.as_ref().is_none_or(|id| event.stream.id() == id)
        };
        Some(kept.iter().skip(from).filter(wanted).take(limit).cloned().collect())
    }
}
