//! What was under way and ended.

use std::collections::HashSet;
use std::sync::Arc;

use futures::FutureExt;
use jiff::Timestamp;
use sutler_domain::WebhookEndpointId;

use super::super::Pause;
use super::super::fan_out::Fanned;
use super::super::lane::Lane;
use super::super::verdict::{When, judge};
use super::{Carried, News, Office};
use crate::webhooks::Webhooks;
use crate::webhooks::delivery::{DeliveryState, Health};
use crate::webhooks::endpoint::Disabled;

impl Office<'_> {
    pub(super) fn take(&mut self, news: News) -> Result<(), Pause> {
        let now = self.webhooks.room.ports.clock.now();
        match news {
            News::Fanned(fanned) => self.take_fanned(fanned?),
            News::Looked(times) => {
                (self.is_looking, self.looked_at) = (false, now);
                for (id, due_at) in times? {
                    if let Some(lane) = self.lanes.get_mut(&id).filter(|_| due_at <= now) {
                        lane.wake();
                    }
                }
            }
            News::Read(id, asked, found) => {
                let found = found?;
                if let Some(lane) = self.lanes.get_mut(&id) {
                    lane.take(found, asked);
                }
            }
            News::Carried(carried) => self.take_carried(*carried, now),
            News::Committed(done) => {
                done?;
                self.take_committed(now);
            }
            News::GivenUp(id, done) => {
                if let Some(lane) = self.lanes.get_mut(&id).filter(|_| !done) {
                    // The next failure tries it again.
                    lane.is_given_up = false;
                }
            }
        }
        Ok(())
    }

    /// Where nothing is to be delivered, nothing need be written at once: the next beat says how far the log was read.
    fn take_fanned(&mut self, mut fanned: Fanned) {
        self.is_fanning = false;
        self.read_to = fanned.to;
        if let Some(endpoints) = fanned.endpoints.take() {
            self.endpoints = endpoints;
            self.change_lanes();
        }
        self.fanned = Some(fanned).filter(|fanned| !fanned.deliveries.is_empty());
    }

    fn change_lanes(&mut self) {
        let known: HashSet<_> = self.endpoints.iter().map(|endpoint| endpoint.endpoint_id.clone()).collect();
        self.lanes.retain(|id, _| known.contains(id));
        for endpoint in self.endpoints.iter() {
            if let Some(lane) = self.lanes.get_mut(&endpoint.endpoint_id) {
                lane.change(Arc::clone(endpoint));
            } else {
                let lane = Lane::new(Arc::clone(endpoint), Health::default());
                self.lanes.insert(endpoint.endpoint_id.clone(), lane);
            }
        }
    }

    fn take_carried(&mut self, carried: Carried, now: Timestamp) {
        let Carried { endpoint_id, due, began_at, parcel, sent } = carried;
        let health = self.lanes.get(&endpoint_id).map(|lane| lane.health).unwrap_or_default();
        let room = &self.webhooks.room;
        let when = When { began_at, now, jitter: room.ports.ids.below(1000) };
        let verdict = judge(&due, parcel, sent, health, &room.settings.webhooks_waits, &when);
        self.webhooks.signs.attempted(verdict.ended.state == DeliveryState::Delivered);
        if let Some(lane) = self.lanes.get_mut(&endpoint_id) {
            lane.ended(&due, verdict.health, verdict.spare, now);
            if let Some(reason) = verdict.give_up.filter(|_| !lane.is_given_up) {
                lane.is_given_up = true;
                let webhooks = self.webhooks;
                self.under_way.push(give_up(webhooks, endpoint_id.clone(), reason).boxed());
            }
        }
        self.ends.push((endpoint_id, verdict.ended));
    }
}

async fn give_up(webhooks: &Webhooks, id: WebhookEndpointId, reason: Disabled) -> News {
    let done = webhooks.give_up(&id, reason).await;
    match &done {
        Ok(()) => tracing::warn!(endpoint = %id, reason = reason.as_str(), "webhook_endpoint_disabled"),
        Err(problem) => tracing::warn!(endpoint = %id, error = %problem, "webhook_endpoint_not_disabled"),
    }
    News::GivenUp(id, done.is_ok())
}
