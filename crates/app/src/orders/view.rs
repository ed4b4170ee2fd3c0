//! An order as a door renders it: the fold, what the door stamped, and the person joined.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sutler_domain::orders::{Order, OrderEvent, OrderStatus};
use sutler_domain::payments::{OnFailure, Payment, PaymentStatus};
use sutler_domain::{OrderId, Version};

use super::Orders;
use crate::customers::Contact;
use crate::error::Problem;
use crate::event::Recorded;
use crate::ports::reads::Stored;
use crate::stream::StreamId;

/// An order as a door renders it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// The fold.
    pub order: Arc<Order>,
    /// Its version: how many events it has.
    pub version: Version,
    /// Its number, without the prefix.
    pub number: u64,
    /// The person; `None` when there is none, or erased.
    pub contact: Option<Contact>,
    /// Set when the order is shown as it was.
    pub as_of: Option<Timestamp>,
}

impl OrderView {
    /// Whether its payment was declined and the caller had asked to cancel it then.
    pub fn is_declined(&self) -> bool {
        let asked = |p: &Payment| p.on_failure == OnFailure::Cancel && p.status == PaymentStatus::Failed;
        self.order.status == OrderStatus::Canceled && self.order.payments.last().is_some_and(asked)
    }
}

/// Whether every payment of an order is at rest, and the order has drawn its conclusions from it: one commit holds
/// `PaymentProcessed` and `OrderConfirmed`, and no answer shows the state between them.
pub(crate) fn rests(order: &Order) -> bool {
    let secured = order.captured().saturating_add(order.authorized());
    let cancels = |p: &Payment| p.status == PaymentStatus::Failed && p.on_failure == OnFailure::Cancel;
    let concludes = order.status == OrderStatus::Created
        && (secured > 0 && secured >= order.totals.total
            || order.captured() == 0 && order.payments.last().is_some_and(cancels));
    order.payments.iter().all(Payment::rests) && !concludes
}

impl Orders {
    /// Join the person.
    pub(crate) async fn view(&self, stored: Stored<Arc<Order>>) -> Result<OrderView, Problem> {
        let mut views = self.views(vec![stored]).await?;
        views.pop().ok_or_else(|| Problem::internal(&"an order was lost on its way to be shown"))
    }

    /// Join the persons of several orders, in one read.
    pub(crate) async fn views(&self, rows: Vec<Stored<Arc<Order>>>) -> Result<Vec<OrderView>, Problem> {
        let refs: Vec<_> = rows.iter().filter_map(|row| row.value.contact.clone()).collect();
        let contacts =
            if refs.is_empty() { BTreeMap::new() } else { self.room.ports.contacts.contacts(&refs).await? };
        let view = |row: Stored<Arc<Order>>| {
            let contact = row.value.contact.as_ref().and_then(|c| contacts.get(&c.contact_id)).cloned();
            OrderView { order: row.value, version: row.version, number: row.number, contact, as_of: None }
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// The order as it stood at a version; with `waits`, at the first version from there on at which its payments
    /// rest. The same for the first answer and for every replay.
    pub(crate) async fn view_at(
        &self,
        id: &OrderId,
        version: Version,
        waits: bool,
    ) -> Result<OrderView, Problem> {
        let history = self.history(id).await?;
        let fold = Fold::of(&history)?;
        let at = if waits { fold.first_rest(version) } else { version };
        let stored = fold.at(at).ok_or_else(|| Problem::not_found("version of this order", at))?;
        self.view(stored).await
    }

    pub(crate) async fn history(&self, id: &OrderId) -> Result<Vec<Recorded>, Problem> {
        Ok(self.room.ports.feed.stream(&StreamId::from(id), None).await?)
    }
}

/// Every state an order went through.
pub(crate) struct Fold {
    states: Vec<(Timestamp, Arc<Order>)>,
    number: u64,
}

impl Fold {
    /// Fold a stream from its first event.
    pub(crate) fn of(history: &[Recorded]) -> Result<Self, Problem> {
        let mut states: Vec<(Timestamp, Arc<Order>)> = Vec::with_capacity(history.len());
        for recorded in history {
            let event: OrderEvent = recorded.read()?;
            let before = states.last().map(|(_, order)| (**order).clone());
            if let Some(order) = Order::evolve(before, &event, recorded.at) {
                states.push((recorded.at, Arc::new(order)));
            }
        }
        let number = history.iter().find_map(|r| r.number).unwrap_or(0);
        Ok(Self { states, number })
    }

    /// The order after its `version`-th event.
    pub(crate) fn at(&self, version: Version) -> Option<Stored<Arc<Order>>> {
        let index = usize::try_from(version.0.checked_sub(1)?).ok()?;
        let (_, order) = self.states.get(index)?;
        Some(Stored { value: Arc::clone(order), version, number: self.number })
    }

    /// The last version at or before a time.
    pub(crate) fn version_at(&self, time: Timestamp) -> Version {
        let count = self.states.iter().take_while(|(at, _)| *at <= time).count();
        Version(u64::try_from(count).unwrap_or(u64::MAX))
    }

    /// The first version from `from` on at which the payments rest; the newest when none does.
    fn first_rest(&self, from: Version) -> Version {
        let skip = usize::try_from(from.0.saturating_sub(1)).unwrap_or(usize::MAX);
        let found = self.states.iter().enumerate().skip(skip).find(|(_, (_, order))| rests(order));
        let index = found.map_or(self.states.len(), |(index, _)| index.saturating_add(1));
        Version(u64::try_from(index).unwrap_or(u64::MAX))
    }

    /// Each version with its time and order, oldest first.
    pub(crate) fn last(&self) -> Version {
        Version(u64::try_from(self.states.len()).unwrap_or(u64::MAX))
    }
}
