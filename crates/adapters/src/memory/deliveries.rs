//! Endpoints and deliveries of webhooks.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sutler_app::commit::Commit;
use sutler_app::page::Page;
use sutler_app::ports::deliveries::{DeliveryQuery, DeliveryReads, Due, Queue, Waiting};
use sutler_app::ports::{ReadError, Stored};
use sutler_app::stream::StreamId;
use sutler_app::webhooks::{Attempt, Delivery, DeliveryChange, DeliveryState, Endpoint, Health, NewDelivery};
use sutler_domain::{Position, WebhookDeliveryId, WebhookEndpointId};

use super::{Memory, State, page};

/// A delivery with its attempts.
pub(super) struct Row {
    delivery: Delivery,
    attempts: Vec<Attempt>,
}

/// All that is kept of webhooks.
#[derive(Default)]
pub(super) struct Webhooks {
    pub(super) endpoints: BTreeMap<WebhookEndpointId, Endpoint>,
    health: BTreeMap<WebhookEndpointId, Health>,
    /// In the order of their making.
    rows: BTreeMap<i64, Row>,
    by_id: BTreeMap<WebhookDeliveryId, i64>,
    by_event: BTreeMap<(WebhookEndpointId, Position), i64>,
    made: i64,
}

#[async_trait]
impl DeliveryReads for Memory {
    async fn endpoint(&self, id: &WebhookEndpointId) -> Result<Option<Stored<Endpoint>>, ReadError> {
        let state = self.state.lock();
        Ok(state.webhooks.endpoints.get(id).map(|endpoint| state.stored_endpoint(endpoint)))
    }

    async fn endpoints(&self) -> Result<Vec<Stored<Endpoint>>, ReadError> {
        let state = self.state.lock();
        let mut endpoints: Vec<_> = state.webhooks.endpoints.values().collect();
        endpoints.sort_by(|a, b| (b.created_at, &b.endpoint_id).cmp(&(a.created_at, &a.endpoint_id)));
        Ok(endpoints.into_iter().map(|endpoint| state.stored_endpoint(endpoint)).collect())
    }

    async fn health(&self) -> Result<BTreeMap<WebhookEndpointId, Health>, ReadError> {
        Ok(self.state.lock().webhooks.health.clone())
    }

    async fn due_times(&self) -> Result<BTreeMap<WebhookEndpointId, Timestamp>, ReadError> {
        let state = self.state.lock();
        let mut times = BTreeMap::new();
        for delivery in state.webhooks.waiting() {
            let earliest = times.entry(delivery.endpoint_id.clone()).or_insert(delivery.due_at);
            *earliest = delivery.due_at.min(*earliest);
        }
        Ok(times)
    }

    async fn due(
        &self,
        endpoint: &WebhookEndpointId,
        queue: Queue,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Due>, ReadError> {
        let state = self.state.lock();
        let all = state.webhooks.rows.values().map(|row| &row.delivery);
        let mut due: Vec<&Delivery> = all
            .filter(|d| &d.endpoint_id == endpoint && d.state == DeliveryState::Waiting)
            .filter(|d| queue == Queue::ByPosition || d.due_at <= now)
            .collect();
        due.sort_by_key(|d| ((queue == Queue::ByTime).then_some(d.due_at), d.position));
        let event = |delivery: &Delivery| {
            let index = usize::try_from(delivery.position.0).ok()?.checked_sub(1)?;
            state.events.get(index).cloned()
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let due = due.into_iter().take(limit);
        Ok(due.filter_map(|d| Some(Due { delivery: d.clone(), event: event(d)? })).collect())
    }

    async fn delivery(&self, id: &WebhookDeliveryId) -> Result<Option<Delivery>, ReadError> {
        Ok(self.state.lock().webhooks.row(id).map(|row| row.delivery.clone()))
    }

    async fn of_events(
        &self,
        endpoint: &WebhookEndpointId,
        positions: &[Position],
    ) -> Result<BTreeMap<Position, Delivery>, ReadError> {
        let state = self.state.lock();
        let found = positions.iter().filter_map(|position| {
            let row = state.webhooks.by_event.get(&(endpoint.clone(), *position))?;
            Some((*position, state.webhooks.rows.get(row)?.delivery.clone()))
        });
        Ok(found.collect())
    }

    async fn delivery_attempts(&self, id: &WebhookDeliveryId) -> Result<Vec<Attempt>, ReadError> {
        Ok(self.state.lock().webhooks.row(id).map(|row| row.attempts.clone()).unwrap_or_default())
    }

    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Page<Delivery>, ReadError> {
        let state = self.state.lock();
        let rows = state.webhooks.rows.iter().filter(|(_, row)| {
            let delivery = &row.delivery;
            (query.states.is_empty() || query.states.contains(&delivery.state))
                && query.endpoint_id.as_ref().is_none_or(|id| &delivery.endpoint_id == id)
                && query.event_id.as_ref().is_none_or(|id| delivery.event_id.as_str() == id)
        });
        let keyed = rows.map(|(number, row)| ((*number, String::new()), row.delivery.clone()));
        page::cut(keyed.collect(), true, &query.page)
    }

    async fn waiting(&self) -> Result<Waiting, ReadError> {
        let state = self.state.lock();
        let waiting: Vec<&Delivery> = state.webhooks.waiting().collect();
        let due_at = waiting.iter().map(|delivery| delivery.due_at).min();
        Ok(Waiting { deliveries: super::count(waiting.len()), due_at })
    }
}

impl Webhooks {
    fn row(&self, id: &WebhookDeliveryId) -> Option<&Row> {
        self.rows.get(self.by_id.get(id)?)
    }

    fn row_mut(&mut self, id: &WebhookDeliveryId) -> Option<&mut Row> {
        self.rows.get_mut(self.by_id.get(id)?)
    }

    /// What waits for endpoints that get something.
    fn waiting(&self) -> impl Iterator<Item = &Delivery> {
        let is_enabled =
            |id: &WebhookEndpointId| self.endpoints.get(id).is_some_and(|one| one.disabled.is_none());
        let all = self.rows.values().map(|row| &row.delivery);
        all.filter(move |d| d.state == DeliveryState::Waiting && is_enabled(&d.endpoint_id))
    }

    fn change(&mut self, change: &DeliveryChange, now: Timestamp) {
        match change {
            DeliveryChange::Make(new) => self.make(new, now),
            DeliveryChange::End(ended) => {
                let Some(row) = self.row_mut(&ended.delivery_id) else { return };
                row.attempts.push(ended.attempt.clone());
                let delivery = &mut row.delivery;
                if delivery.state == DeliveryState::Waiting {
                    (delivery.state, delivery.due_at) = (ended.state, ended.due_at);
                    delivery.tries = delivery.tries.saturating_add(1);
                    delivery.attempts = ended.attempt.attempt;
                    delivery.last_status = ended.attempt.status;
                    delivery.last_error.clone_from(&ended.attempt.error);
                }
            }
            DeliveryChange::Again { delivery_id, due_at } => {
                let Some(row) = self.row_mut(delivery_id) else { return };
                if row.delivery.state != DeliveryState::Waiting {
                    row.delivery.tries = 0;
                }
                (row.delivery.state, row.delivery.due_at) = (DeliveryState::Waiting, *due_at);
            }
            DeliveryChange::Health { endpoint_id, health } => {
                self.health.insert(endpoint_id.clone(), *health);
            }
        }
    }

    fn make(&mut self, new: &NewDelivery, now: Timestamp) {
        let place = (new.endpoint_id.clone(), new.position);
        if self.by_event.contains_key(&place) {
            return;
        }
        self.made = self.made.saturating_add(1);
        let delivery = Delivery {
            delivery_id: new.delivery_id.clone(),
            endpoint_id: new.endpoint_id.clone(),
            position: new.position,
            event_id: new.event_id.clone(),
            kind: new.kind.to_owned(),
            subject: new.subject.clone(),
            state: DeliveryState::Waiting,
            tries: 0,
            attempts: 0,
            due_at: new.due_at,
            last_status: None,
            last_error: None,
            created_at: now,
        };
        self.by_event.insert(place, self.made);
        self.by_id.insert(new.delivery_id.clone(), self.made);
        self.rows.insert(self.made, Row { delivery, attempts: Vec::new() });
    }

    /// Forget deliveries that ended longer ago than `ttl`, and those to endpoints that are gone.
    pub(super) fn sweep(&mut self, now: Timestamp, ttl: SignedDuration) -> usize {
        let endpoints = &self.endpoints;
        let is_over = |delivery: &Delivery| {
            let is_old = delivery.due_at.saturating_add(ttl).is_ok_and(|end| end <= now);
            (delivery.state != DeliveryState::Waiting && is_old)
                || !endpoints.contains_key(&delivery.endpoint_id)
        };
        let gone: Vec<Delivery> =
            self.rows.extract_if(.., |_, row| is_over(&row.delivery)).map(|(_, row)| row.delivery).collect();
        for delivery in &gone {
            self.by_id.remove(&delivery.delivery_id);
            self.by_event.remove(&(delivery.endpoint_id.clone(), delivery.position));
        }
        self.health.retain(|id, _| self.endpoints.contains_key(id));
        gone.len()
    }
}

impl State {
    /// What an admitted commit says about deliveries, and about a bookmark.
    pub(super) fn push_deliveries(&mut self, commit: &Commit) {
        let now = self.heads.recorded_at;
        for change in &commit.deliveries {
            self.webhooks.change(change, now);
        }
        if let Some(moved) = &commit.bookmark {
            let mark = sutler_app::ports::Bookmark { version: moved.seen.plus(1), at: moved.to.clone() };
            self.bookmarks.insert(moved.name.clone(), mark);
        }
    }

    fn stored_endpoint(&self, endpoint: &Endpoint) -> Stored<Endpoint> {
        self.stored(&StreamId::from(&endpoint.endpoint_id), endpoint.clone())
    }
}
