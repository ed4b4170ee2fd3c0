//! Pieces of a commit that change what lies on shelves: moves, notices, and the job that looks at thresholds.

use sutler_domain::inventory::{Reason, StockEvent};
use sutler_domain::{JobId, LocationId, VariantId};

use super::Inventory;
use crate::commit::{Change, Commit, Guard, StockKey, StockMove};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::job::{JobKind, NewJob};
use crate::stream::StreamId;

/// What a change of shelves adds to a commit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    /// The moves of the counters.
    pub(crate) moves: Vec<StockMove>,
    /// What is told of them.
    pub(crate) notices: Vec<Change>,
    /// The look at the thresholds.
    pub(crate) job: Option<NewJob>,
}

impl Shelf {
    /// The commit with this change of shelves.
    pub(crate) fn add_to(&self, mut commit: Commit) -> Commit {
        commit.changes.extend(self.notices.iter().cloned());
        commit.moves(self.moves.iter().cloned()).then(self.job.clone())
    }
}

impl Inventory {
    /// Set the shelves of variants at the default location to these numbers: compare and set, so that a number
    /// that moved meanwhile is refused with `StockMoved`, to be read again.
    pub(crate) async fn counted(&self, counts: &[(VariantId, i64)]) -> Result<Shelf, Problem> {
        if counts.is_empty() {
            return Ok(Shelf::default());
        }
        let location_id = self.location_or_default(None).await?;
        let variants: Vec<VariantId> = counts.iter().map(|(id, _)| id.clone()).collect();
        let levels = self.room.ports.stock.levels(&variants).await?;
        let mut counted = Shelf::default();
        let mut touched = Vec::new();
        for (variant_id, to) in counts {
            let at = StockKey { variant_id: variant_id.clone(), location_id: location_id.clone() };
            let level = levels.iter().find(|l| l.at == at).map(|l| l.level);
            let on_hand = level.unwrap_or_default().on_hand;
            // A level that nobody has counted yet begins with the first count, even of nothing.
            if level.is_some() && on_hand == *to {
                continue;
            }
            touched.push((variant_id.clone(), location_id.clone()));
            counted.notices.push(self.adjusted(&at, to.saturating_sub(on_hand), Reason::Count));
            counted.moves.push(StockMove {
                at,
                on_hand: to.saturating_sub(on_hand),
                reserved: 0,
                guard: Guard::OnHand(on_hand),
                reason: Reason::Count,
                thresholds: None,
                source: None,
                note: None,
            });
        }
        counted.job = self.look_at(touched);
        Ok(counted)
    }

    /// The notice that somebody changed a shelf.
    pub(crate) fn adjusted(&self, at: &StockKey, delta: i64, reason: Reason) -> Change {
        let (variant_id, location_id) = (at.variant_id.clone(), at.location_id.clone());
        let stream = StreamId::stock(&variant_id, &location_id);
        let event = StockEvent::InventoryAdjusted { variant_id, location_id, delta, reason };
        Change::notice(stream, NewEvent::of(&event, self.room.now()))
    }

    /// The job that tells where these levels crossed a threshold.
    pub(crate) fn look_at(&self, levels: Vec<(VariantId, LocationId)>) -> Option<NewJob> {
        let (variant, location) = levels.first()?;
        let subject = StreamId::stock(variant, location);
        let job_id = JobId::new(self.room.ports.ids.uuid());
        Some(NewJob::new(job_id, JobKind::UpdateInventory { levels }, subject, self.room.now()))
    }
}
