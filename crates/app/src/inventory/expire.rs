//! Let go of stock whose time ran out.

use sutler_domain::ReservationId;
use sutler_domain::inventory::{ReservationEvent, ReservationStatus};

use super::Inventory;
use crate::caller::Caller;
use crate::commit::Refused;
use crate::error::Problem;

/// Reservations that one sweep looks at.
pub const SWEEP_MAX: u32 = 256;

impl Inventory {
    /// One sweep over open reservations whose time ran out; gives how many it ended. Called each second.
    pub async fn expire_reservations(&self) -> Result<usize, Problem> {
        let due = self.room.ports.stock.due_reservations(self.room.now(), SWEEP_MAX).await?;
        let mut ended = 0;
        for id in due {
            ended += usize::from(self.expire(&id).await?);
        }
        Ok(ended)
    }

    async fn expire(&self, id: &ReservationId) -> Result<bool, Problem> {
        let stored = self.stored_reservation(id).await?;
        if stored.value.status != ReservationStatus::Open || stored.value.expires_at > self.room.now() {
            return Ok(false);
        }
        let caller = Caller::system("expire_due");
        let commit = self.ending(&caller, stored, &ReservationEvent::ReservationExpired {})?;
        match self.room.ports.store.commit(commit).await {
            Ok(_) => Ok(true),
            // An order took it over, or somebody extended or released it, at this very moment.
            Err(Refused::Moved { .. }) => Ok(false),
            Err(refused) => Err(refused.into()),
        }
    }
}
