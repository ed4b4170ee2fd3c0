//! What was written or read last, kept in memory for those who ask for it next: the job of an order just placed, a
//! buyer's page, the readers of the feed. All of it is in the database too.

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
    /// Counts what the writer said: a read that began before is not kept, since it may show what was.
    turn: u64,
}

struct Kept {
    ticket: u64,
    order: Stored<Arc<Order>>,
}

impl Orders {
    fn keep(&mut self, order: Stored<Arc<Order>>) {
        let id = order.value.order_id.clone();
        self.next = self.next.wrapping_add(1);
        self.tickets.push_back((self.next, id.clone()));
        self.by_id.insert(id, Kept { ticket: self.next, order });
    }

    fn make_room(&mut self) {
        let over = self.tickets.len().saturating_sub(ORDERS_KEPT);
        for (ticket, id) in self.tickets.drain(..over) {
            if self.by_id.get(&id).is_some_and(|kept| kept.ticket == ticket) {
                self.by_id.remove(&id);
            }
        }
    }
}

impl Recent {
    /// An order, if it is among them.
    pub(super) fn order(&self, id: &OrderId) -> Option<Stored<Arc<Order>>> {
        self.orders.lock().by_id.get(id).map(|kept| kept.order.clone())
    }

    /// To be asked before the database is read, and handed in with what was found there.
    pub(super) fn turn(&self) -> u64 {
        self.orders.lock().turn
    }

    /// Keep an order that was read from the database, unless the writer wrote any since `turn`.
    pub(super) fn read(&self, order: &Stored<Arc<Order>>, turn: u64) {
        let orders = &mut *self.orders.lock();
        if orders.turn == turn {
            orders.keep(order.clone());
            orders.make_room();
        }
    }

    /// Before a commit that changes these orders: whoever asks while it is under way reads the database.
    pub(super) fn forget<'i>(&self, ids: impl Iterator<Item = &'i OrderId>) {
        let mut orders = self.orders.lock();
        orders.turn = orders.turn.wrapping_add(1);
        for id in ids {
            orders.by_id.remove(id);
        }
    }

    /// After the commit, before anybody is told of it.
    pub(super) fn keep(&self, written: impl Iterator<Item = Stored<Arc<Order>>>) {
        let orders = &mut *self.orders.lock();
        orders.turn = orders.turn.wrapping_add(1);
        for order in written {
            orders.keep(order);
        }
        orders.make_room();
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

#[cfg(test)]
mod tests {
    use sutler_domain::Version;
    use sutler_domain::orders::Order;

    use super::*;

    fn order(version: u64) -> Stored<Arc<Order>> {
        named("ord_01h455vb4pex5vsknk084sn02q", version)
    }

    fn named(id: &str, version: u64) -> Stored<Arc<Order>> {
        let text = r#"{"order_id":"ord_01h455vb4pex5vsknk084sn02q","currency":"EUR","items":[],
            "totals":{"subtotal":0,"total":0},"status":"created",
            "placed_at":"2026-11-22T13:06:56Z","updated_at":"2026-11-22T13:06:56Z"}"#;
        let order: Order = serde_json::from_str(text).unwrap();
        let value = Order { order_id: OrderId::trusted(id.into()), ..order };
        Stored { value: value.into(), version: Version(version), number: 7 }
    }

    #[test]
    fn what_was_read_is_kept_unless_the_writer_wrote_meanwhile() {
        let recent = Recent::default();
        let id = order(1).value.order_id.clone();
        recent.read(&order(1), recent.turn());
        assert_eq!(recent.order(&id), Some(order(1)));

        let before = recent.turn();
        recent.forget([&id].into_iter());
        recent.read(&order(1), before);
        assert_eq!(recent.order(&id), None, "a read that began before the commit may show what was");

        let during = recent.turn();
        recent.read(&order(1), during);
        recent.keep([order(2)].into_iter());
        assert_eq!(recent.order(&id), Some(order(2)), "what was committed stands over what was read");
        recent.read(&order(1), during);
        assert_eq!(recent.order(&id), Some(order(2)));
    }

    #[test]
    fn the_oldest_make_room() {
        let recent = Recent::default();
        let nth = |n: usize| named(&format!("ord_{n}"), 1);
        for n in 0..=ORDERS_KEPT {
            recent.read(&nth(n), recent.turn());
        }
        assert_eq!(recent.order(&nth(0).value.order_id), None);
        assert!((1..=ORDERS_KEPT).all(|n| recent.order(&nth(n).value.order_id).is_some()));
    }
}
