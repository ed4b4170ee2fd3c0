//! Deliveries out of events: every event of the log, in order, for every endpoint that asked for it.

use std::collections::HashMap;
use std::sync::Arc;

use sutler_domain::{Position, Version, WebhookDeliveryId, WebhookEndpointId};

use crate::Room;
use crate::event::Recorded;
use crate::ports::{EventFilter, ReadError};
use crate::stream::StreamId;
use crate::webhooks::delivery::NewDelivery;
use crate::webhooks::endpoint::{Endpoint, is_of_endpoints};

/// Events that are read at once.
const BATCH: u32 = 256;

/// Deliveries of one commit, about: many endpoints may want every event.
const DELIVERIES_MAX: usize = 2_000;

/// Further behind than this it is worth asking whether anybody wants any of it.
const FAR: u64 = 4_096;

/// Why the log cannot be handed out.
#[derive(Debug)]
pub(super) enum Unready {
    Unread(ReadError),
    /// The secret of this endpoint is sealed with a key that is not here.
    Sealed(WebhookEndpointId),
}

impl From<ReadError> for Unready {
    fn from(error: ReadError) -> Self {
        Self::Unread(error)
    }
}

/// Who is told of what, and since which event.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    known: HashMap<WebhookEndpointId, (Position, Arc<Endpoint>)>,
}

impl Endpoints {
    /// Read them. Where each began is read once. A secret that cannot be opened is an error: who has it would be sent what
    /// nobody signed, and who has not would miss it.
    pub(super) async fn load(room: &Room, before: &Self) -> Result<Self, Unready> {
        let mut known = HashMap::new();
        for stored in room.ports.deliveries.endpoints().await? {
            let id = stored.value.endpoint_id.clone();
            let made = if let Some((made, _)) = before.known.get(&id) {
                *made
            } else {
                let first = room.ports.feed.stream(&StreamId::from(&id), Some(Version(1))).await?;
                first.first().map_or(Position(0), |event| event.position)
            };
            let opened = room.settings.webhooks_seal.opened(stored.value);
            let endpoint = opened.ok_or_else(|| Unready::Sealed(id.clone()))?;
            known.insert(id, (made, Arc::new(endpoint)));
        }
        Ok(Self { known })
    }

    /// Every endpoint.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Endpoint>> {
        self.known.values().map(|(_, endpoint)| endpoint)
    }

    fn wanting<'e>(&'e self, event: &'e Recorded) -> impl Iterator<Item = &'e Endpoint> {
        let wants = |(made, endpoint): &&(Position, Arc<Endpoint>)| {
            event.position > *made && endpoint.disabled.is_none() && endpoint.wants(event)
        };
        self.known.values().filter(wants).map(|(_, endpoint)| &**endpoint)
    }
}

/// A part of the log, and what is to be delivered of it.
#[derive(Debug, Default)]
pub(super) struct Fanned {
    /// The last event of it.
    pub(super) to: Position,
    /// What is to be delivered.
    pub(super) deliveries: Vec<NewDelivery>,
    /// Who is told of what, when that changed in it.
    pub(super) endpoints: Option<Arc<Endpoints>>,
}

/// Read on behind `from`. An endpoint is told of what comes behind the event that made it; so those that were read after a
/// part of the log are right for all of it.
pub(super) async fn fan_out(room: &Room, known: Arc<Endpoints>, from: Position) -> Result<Fanned, Unready> {
    let head = *room.ports.feed.head().borrow();
    if known.known.is_empty() && head.0.saturating_sub(from.0) > FAR {
        let endpoints = Endpoints::load(room, &known).await?;
        if endpoints.known.is_empty() {
            return Ok(Fanned { to: head, ..Fanned::default() });
        }
    }
    let events = room.ports.feed.after(from, &EventFilter::default(), BATCH).await?;
    let is_changed = events.iter().any(is_of_endpoints);
    let endpoints = if is_changed { Arc::new(Endpoints::load(room, &known).await?) } else { known };
    let mut fanned = Fanned { to: from, ..Fanned::default() };
    for event in &events {
        let ids = &room.ports.ids;
        fanned.deliveries.extend(endpoints.wanting(event).filter_map(|endpoint| {
            NewDelivery::of(WebhookDeliveryId::new(ids.uuid()), endpoint.endpoint_id.clone(), event)
        }));
        fanned.to = event.position;
        if fanned.deliveries.len() >= DELIVERIES_MAX {
            break;
        }
    }
    fanned.endpoints = is_changed.then_some(endpoints);
    Ok(fanned)
}
