//! Deliver again what an endpoint missed: from the log, which forgets nothing.

use jiff::Timestamp;
use serde_json::json;
use sutler_domain::{Fault, Position, WebhookDeliveryId, WebhookEndpointId};

use super::Webhooks;
use super::delivery::{Delivery, DeliveryChange, DeliveryState, NewDelivery};
use super::endpoint::Endpoint;
use crate::caller::Caller;
use crate::commit::{Commit, Deed};
use crate::error::Problem;
use crate::event::Recorded;
use crate::ports::{EventFilter, ReadError};
use crate::public;

/// Deliveries that one recovery queues at most; it says where the next one goes on.
pub const RECOVERED_MAX: u64 = 50_000;

/// Events that are read, and whose deliveries are queued, at once.
const PAGE: u32 = 500;

/// Which events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// Those that were not delivered: given up, or never tried.
    #[default]
    Failed,
    /// All of them, also those that were delivered.
    All,
}

/// What to deliver again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recover {
    /// What was recorded from then on.
    pub since: Timestamp,
    /// And before then; `None`: until now.
    pub until: Option<Timestamp>,
    /// Of these types, among those that the endpoint asked for; empty: all of those.
    pub types: Vec<String>,
    /// Which of them.
    pub only: Only,
    /// Count, and queue nothing.
    pub dry_run: bool,
}

/// What a recovery found, and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Events of that time that the endpoint asked for.
    pub matched: u64,
    /// Deliveries that were queued, or would have been.
    pub queued: u64,
    /// Where the next recovery goes on, when there was too much for one.
    pub next_since: Option<Timestamp>,
}

impl Webhooks {
    /// Queue what an endpoint missed, in the order of the log. Deliveries that wait already are left alone, so that
    /// repeating it does no harm.
    pub async fn recover(
        &self,
        caller: &Caller,
        id: &WebhookEndpointId,
        recover: &Recover,
    ) -> Result<Recovered, Problem> {
        caller.may("webhooks:write")?;
        let endpoint = self.enabled(id).await?.value;
        self.check_recovery(recover)?;
        let head = *self.room.ports.feed.head().borrow();
        let mut at = self.first_since(recover.since, head).await?;
        let mut found = Recovered::default();
        while at < head {
            let events = self.room.ports.feed.after(at, &EventFilter::default(), PAGE).await?;
            let Some(last) = events.last() else { break };
            if found.queued >= RECOVERED_MAX {
                found.next_since = events.first().map(|event| event.recorded_at);
                break;
            }
            at = last.position;
            let is_over = |event: &Recorded| recover.until.is_some_and(|until| event.recorded_at >= until);
            let ends_here = is_over(last);
            let wanted: Vec<&Recorded> = events
                .iter()
                .filter(|event| event.recorded_at >= recover.since && !is_over(event))
                .filter(|event| asks_for(&endpoint, recover, event))
                .collect();
            found.matched = found.matched.saturating_add(count(wanted.len()));
            let changes = self.missed(&endpoint, recover, &wanted).await?;
            found.queued = found.queued.saturating_add(count(changes.len()));
            if !recover.dry_run && !changes.is_empty() {
                let deed = Deed::new("endpoint.recovered", id).after(&json!({"queued": changes.len()}));
                let commit = Commit { deliveries: changes, ..Commit::by(caller) }.deed(deed);
                self.room.ports.store.commit(commit).await?;
            }
            if ends_here {
                break;
            }
        }
        Ok(found)
    }

    fn check_recovery(&self, recover: &Recover) -> Result<(), Problem> {
        let mut faults = Vec::new();
        if recover.since > self.room.now() {
            faults.push(Fault::invalid("/since", "nothing happened yet that could have been missed"));
        }
        if recover.until.is_some_and(|until| until <= recover.since) {
            faults.push(Fault::invalid("/until", "'until' is not after 'since'"));
        }
        for (index, pattern) in recover.types.iter().enumerate() {
            if !public::is_pattern(pattern) {
                let shown: String = pattern.chars().take(80).collect();
                let detail = format!("'{shown}' is no event type; GET /event_types lists them");
                faults.push(Fault::invalid(format!("/types/{index}"), detail));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
    }

    /// What is to be done for each of these events.
    async fn missed(
        &self,
        endpoint: &Endpoint,
        recover: &Recover,
        events: &[&Recorded],
    ) -> Result<Vec<DeliveryChange>, ReadError> {
        let (id, ids) = (&endpoint.endpoint_id, &self.room.ports.ids);
        let positions: Vec<Position> = events.iter().map(|event| event.position).collect();
        let known = self.room.ports.deliveries.of_events(id, &positions).await?;
        let due_at = self.room.now();
        let change = |event: &&Recorded| match known.get(&event.position) {
            None => {
                let fresh = WebhookDeliveryId::new(ids.uuid());
                NewDelivery::of(fresh, id.clone(), event).map(DeliveryChange::Make)
            }
            Some(delivery) if is_again(delivery, recover.only) => {
                Some(DeliveryChange::Again { delivery_id: delivery.delivery_id.clone(), due_at })
            }
            Some(_) => None,
        };
        Ok(events.iter().filter_map(change).collect())
    }

    /// The position before the first event that was recorded at this time or later: recording times never decrease.
    async fn first_since(&self, since: Timestamp, head: Position) -> Result<Position, ReadError> {
        let (mut low, mut high) = (0, head.0);
        while low < high {
            let middle = low + (high - low) / 2;
            let next = self.room.ports.feed.after(Position(middle), &EventFilter::default(), 1).await?;
            let is_before = next.first().is_some_and(|event| event.recorded_at < since);
            if is_before { low = middle + 1 } else { high = middle }
        }
        Ok(Position(low))
    }
}

fn asks_for(endpoint: &Endpoint, recover: &Recover, event: &Recorded) -> bool {
    let kind = public::type_of(event).unwrap_or_default();
    endpoint.wants(event) && public::wanted(&recover.types, kind)
}

const fn is_again(delivery: &Delivery, only: Only) -> bool {
    match delivery.state {
        DeliveryState::Waiting => false,
        DeliveryState::Exhausted => true,
        DeliveryState::Delivered => matches!(only, Only::All),
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
