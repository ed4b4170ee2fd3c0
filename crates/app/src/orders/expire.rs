//! The sweep that ends unpaid reservations.

use sutler_domain::OrderId;
use sutler_domain::orders::{OrderEvent, decide};

use super::change::commit_of;
use super::{OrderName, Orders};
use crate::caller::Caller;
use crate::commit::Refused;
use crate::error::Problem;

/// Orders looked at in one read of the sweep.
const SWEEP_LIMIT: u32 = 256;

impl Orders {
    /// End every reservation that is due, and ask gateways to cancel what stands in the way. Gives how many orders
    /// changed. An order that moved meanwhile is left to the next sweep.
    pub async fn expire_due(&self) -> Result<usize, Problem> {
        let (now, mut after, mut changed) = (self.room.now(), None, 0usize);
        loop {
            let due = self.room.ports.orders.due_orders(now, after.clone(), SWEEP_LIMIT).await?;
            for (_, id) in &due {
                changed = changed.saturating_add(usize::from(self.expire(id, now).await?));
            }
            let full = u32::try_from(due.len()).is_ok_and(|len| len >= SWEEP_LIMIT);
            match due.into_iter().last() {
                Some(last) if full => after = Some(last),
                _ => return Ok(changed),
            }
        }
    }

    async fn expire(&self, id: &OrderId, now: jiff::Timestamp) -> Result<bool, Problem> {
        let stored = self.find(&OrderName::Id(id.clone())).await?;
        let events = decide::expire(&stored.value, now);
        if events.is_empty() {
            return Ok(false);
        }
        let caller = Caller::system("sweep:expire_due");
        match self.room.ports.store.commit(commit_of(&self.room, &caller, &stored, &events, now)).await {
            Ok(_) => {
                if events.iter().any(|e| matches!(e, OrderEvent::OrderExpired {})) {
                    tracing::info!(order_id = %id, "order_expired");
                }
                Ok(true)
            }
            Err(Refused::Moved { .. }) => Ok(false),
            Err(refused) => Err(refused.into()),
        }
    }
}
