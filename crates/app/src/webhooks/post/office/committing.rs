//! The one commit that is under way: what it writes down, and what follows when it stands.

use std::collections::HashSet;

use futures::FutureExt;
use jiff::Timestamp;
use sutler_domain::{Position, WebhookDeliveryId, WebhookEndpointId};

use super::super::READER;
use super::super::fan_out::Fanned;
use super::{BUSY_REST, News, Office};
use crate::commit::{BookmarkMove, Commit, Refused};
use crate::ports::FeedCursor;
use crate::relay::{BEAT, BEAT_IDLE};
use crate::webhooks::delivery::DeliveryChange;

/// Attempts whose ends one commit writes down.
const ENDS_MAX: usize = 1_000;

/// What the commit under way writes down.
#[derive(Default)]
pub(super) struct Committing {
    to: Position,
    ended: Vec<(WebhookEndpointId, WebhookDeliveryId)>,
    made_for: HashSet<WebhookEndpointId>,
}

impl Office<'_> {
    /// One commit at a time; what comes up meanwhile shares the next one.
    pub(super) fn commit(&mut self, now: Timestamp) {
        let is_far = self.read_to != self.term.at.position;
        let beat = if self.is_idle() && !is_far { BEAT_IDLE } else { BEAT };
        let has_to = self.fanned.is_some() || !self.ends.is_empty() || self.term.is_moved_before(now, beat);
        if self.committing.is_some() || !has_to {
            return;
        }
        let fanned = self.fanned.take().unwrap_or(Fanned { to: self.read_to, ..Fanned::default() });
        let mut under_way = Committing { to: fanned.to, ..Committing::default() };
        let mut deliveries = Vec::with_capacity(fanned.deliveries.len() + self.ends.len());
        for made in fanned.deliveries {
            under_way.made_for.insert(made.endpoint_id.clone());
            deliveries.push(DeliveryChange::Make(made));
        }
        let mut fared = HashSet::new();
        for (endpoint_id, ended) in self.ends.drain(..ENDS_MAX.min(self.ends.len())) {
            fared.insert(endpoint_id.clone());
            under_way.ended.push((endpoint_id, ended.delivery_id.clone()));
            deliveries.push(DeliveryChange::End(Box::new(ended)));
        }
        for endpoint_id in fared {
            if let Some(lane) = self.lanes.get(&endpoint_id) {
                deliveries.push(DeliveryChange::Health { endpoint_id, health: lane.health });
            }
        }
        let to = FeedCursor { epoch: self.term.at.epoch.clone(), position: fanned.to };
        let bookmark = BookmarkMove { name: READER.to_owned(), seen: self.term.version, to };
        let actor = "system:webhooks".to_owned();
        let commit = Commit { actor, deliveries, bookmark: Some(bookmark), ..Commit::default() };
        self.committing = Some(under_way);
        let (store, clock) = (&self.webhooks.room.ports.store, &*self.webhooks.room.ports.clock);
        let committed = async move {
            loop {
                match store.commit(commit.clone()).await {
                    // The store took nothing.
                    Err(Refused::Busy) => clock.sleep(BUSY_REST).await,
                    done => return News::Committed(done),
                }
            }
        };
        self.under_way.push(committed.boxed());
    }

    pub(super) fn take_committed(&mut self, now: Timestamp) {
        let Some(done) = self.committing.take() else { return };
        self.term.moved(done.to, now);
        for (endpoint_id, delivery_id) in done.ended {
            if let Some(lane) = self.lanes.get_mut(&endpoint_id) {
                lane.landed(delivery_id);
            }
        }
        for endpoint_id in done.made_for {
            if let Some(lane) = self.lanes.get_mut(&endpoint_id) {
                lane.wake();
            }
        }
    }
}
