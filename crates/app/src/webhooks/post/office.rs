//! The work of a turn: everything that is under way at one time, and the one commit that is.
//!
//! Nothing here waits for one thing: reading, carrying and committing go on side by side, and what each of them gives is
//! taken as it comes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use sutler_domain::{Position, WebhookDeliveryId, WebhookEndpointId};
use tokio::sync::watch;

use super::fan_out::{Endpoints, Fanned, fan_out};
use super::lane::{GRACE, Lane};
use super::turn::{BEAT, BEAT_IDLE, Term};
use super::verdict::{When, judge};
use super::{Pause, READER, stopped};
use crate::commit::{BookmarkMove, Commit, Receipt, Refused};
use crate::ports::courier::{Courier, Sent};
use crate::ports::deliveries::Due;
use crate::ports::{FeedCursor, ReadError};
use crate::webhooks::Webhooks;
use crate::webhooks::delivery::{DeliveryChange, Ended};
use crate::webhooks::endpoint::Disabled;
use crate::webhooks::payload::Parcel;

/// How often it is looked at when deliveries are due, while something happens.
const LOOK: Duration = Duration::from_millis(250);
/// The same while nothing does.
const LOOK_IDLE: Duration = Duration::from_secs(1);
/// How long to rest after the store had too much to do.
const BUSY_REST: Duration = Duration::from_millis(50);
/// Attempts whose ends one commit writes down.
const ENDS_MAX: usize = 1_000;

/// Something that was under way and ended.
enum News {
    Fanned(Result<Fanned, ReadError>),
    Looked(Result<std::collections::BTreeMap<WebhookEndpointId, Timestamp>, ReadError>),
    Read(WebhookEndpointId, usize, Result<Vec<Due>, ReadError>),
    Carried(Box<Carried>),
    Committed(Result<Receipt, Refused>),
    GivenUp(WebhookEndpointId, bool),
}

/// An attempt that ended.
struct Carried {
    endpoint_id: WebhookEndpointId,
    due: Due,
    began_at: Timestamp,
    parcel: Parcel,
    sent: Sent,
}

/// What the commit under way writes down.
#[derive(Default)]
struct Committing {
    to: Position,
    ended: Vec<(WebhookEndpointId, WebhookDeliveryId)>,
    made_for: HashSet<WebhookEndpointId>,
}

/// The post while it has its turn.
pub(super) struct Office<'p> {
    webhooks: &'p Webhooks,
    courier: &'p dyn Courier,
    term: Term,
    endpoints: Arc<Endpoints>,
    lanes: HashMap<WebhookEndpointId, Lane>,
    /// How far the log was read; what is to be delivered of the last part waits for its commit.
    read_to: Position,
    fanned: Option<Fanned>,
    is_fanning: bool,
    ends: Vec<(WebhookEndpointId, Ended)>,
    committing: Option<Committing>,
    looked_at: Timestamp,
    is_looking: bool,
    is_stopping: bool,
    under_way: FuturesUnordered<BoxFuture<'p, News>>,
}

impl<'p> Office<'p> {
    pub(super) async fn open(
        webhooks: &'p Webhooks,
        courier: &'p dyn Courier,
        term: Term,
    ) -> Result<Self, Pause> {
        let room = &webhooks.room;
        let endpoints = Arc::new(Endpoints::load(room, &Endpoints::default()).await?);
        let health = room.ports.deliveries.health().await?;
        let lanes = endpoints.iter().map(|endpoint| {
            let id = endpoint.endpoint_id.clone();
            let health = health.get(&id).copied().unwrap_or_default();
            (id, Lane::new(Arc::clone(endpoint), health))
        });
        Ok(Self {
            lanes: lanes.collect(),
            read_to: term.at.position,
            webhooks,
            courier,
            term,
            endpoints,
            fanned: None,
            is_fanning: false,
            ends: Vec::new(),
            committing: None,
            looked_at: room.ports.clock.now(),
            is_looking: false,
            is_stopping: false,
            under_way: FuturesUnordered::new(),
        })
    }

    /// Work until something is in the way. When it is told to stop, what was begun is finished and written down.
    pub(super) async fn work(&mut self, stop: &mut watch::Receiver<bool>) -> Pause {
        let clock = &*self.webhooks.room.ports.clock;
        let mut head = self.webhooks.room.ports.feed.head();
        loop {
            head.mark_unchanged();
            self.begin(*head.borrow());
            if self.is_stopping && self.is_done() {
                return Pause::Stopped;
            }
            let rest = self.rest();
            let news = {
                let next = std::pin::pin!(async {
                    // Nothing under way is no news.
                    match self.under_way.next().await {
                        Some(news) => news,
                        None => std::future::pending().await,
                    }
                });
                let signal = std::pin::pin!(signal(&mut head, stop, self.is_stopping));
                let other = select(signal, clock.sleep(rest));
                match select(next, std::pin::pin!(other)).await {
                    Either::Left((news, _)) => Some(news),
                    Either::Right((Either::Left((is_stop, _)), _)) => {
                        self.is_stopping = self.is_stopping || is_stop;
                        None
                    }
                    Either::Right((Either::Right(_), _)) => None,
                }
            };
            let mut news = news;
            while let Some(one) = news {
                if let Err(pause) = self.take(one) {
                    return pause;
                }
                // What ended meanwhile shares the next commit.
                news = self.under_way.next().now_or_never().flatten();
            }
        }
    }

    /// How long to rest if nothing happens.
    fn rest(&self) -> Duration {
        if self.lanes.values().any(Lane::is_held_back) {
            GRACE / 2
        } else if self.is_idle() {
            LOOK_IDLE
        } else {
            LOOK
        }
    }

    fn is_idle(&self) -> bool {
        self.fanned.is_none() && self.ends.is_empty() && !self.lanes.values().any(Lane::is_busy)
    }

    fn is_done(&self) -> bool {
        self.ends.is_empty() && self.committing.is_none() && self.under_way.is_empty()
    }

    /// Begin whatever can be begun.
    fn begin(&mut self, head: Position) {
        let now = self.webhooks.room.ports.clock.now();
        self.commit(now);
        if self.is_stopping {
            return;
        }
        self.read_log(head);
        self.look(now);
        // After a while without a word from the store, somebody else may have the turn.
        let is_sure = !self.term.is_older(now, 2 * BEAT) || self.is_idle();
        for id in self.lanes.keys().cloned().collect::<Vec<_>>() {
            self.read_lane(&id, now);
            if is_sure {
                self.start_lane(&id, now);
            }
        }
    }

    fn read_log(&mut self, head: Position) {
        if self.is_fanning || self.fanned.is_some() || self.read_to >= head {
            return;
        }
        self.is_fanning = true;
        let (room, known, from) = (&self.webhooks.room, Arc::clone(&self.endpoints), self.read_to);
        self.under_way.push(async move { News::Fanned(fan_out(room, known, from).await) }.boxed());
    }

    fn look(&mut self, now: Timestamp) {
        let span = if self.is_idle() { LOOK_IDLE } else { LOOK };
        if self.is_looking || now.duration_since(self.looked_at).unsigned_abs() < span {
            return;
        }
        self.is_looking = true;
        let deliveries = &self.webhooks.room.ports.deliveries;
        self.under_way.push(async move { News::Looked(deliveries.due_times().await) }.boxed());
    }

    fn read_lane(&mut self, id: &WebhookEndpointId, now: Timestamp) {
        let Some((queue, limit)) = self.lanes.get_mut(id).and_then(Lane::wants_to_read) else { return };
        let (deliveries, id) = (&self.webhooks.room.ports.deliveries, id.clone());
        let asked = u32::try_from(limit).unwrap_or(u32::MAX);
        let read = async move { News::Read(id.clone(), limit, deliveries.due(&id, queue, now, asked).await) };
        self.under_way.push(read.boxed());
    }

    fn start_lane(&mut self, id: &WebhookEndpointId, now: Timestamp) {
        let Some(lane) = self.lanes.get_mut(id) else { return };
        let endpoint = Arc::clone(&lane.endpoint);
        let (courier, clock) = (self.courier, &*self.webhooks.room.ports.clock);
        let source = &self.webhooks.room.settings.public_url;
        for due in lane.start(now) {
            let Some(parcel) = Parcel::of(&endpoint, &due.delivery, &due.event, source, now) else {
                // Deliveries are made of public events only.
                tracing::error!(delivery = %due.delivery.delivery_id, "webhook_without_event");
                lane.ended(&due, false, false, now);
                continue;
            };
            let (endpoint_id, began_at) = (id.clone(), clock.now());
            let carry = async move {
                let sent = courier.carry(&parcel).await;
                News::Carried(Box::new(Carried { endpoint_id, due, began_at, parcel, sent }))
            };
            self.under_way.push(carry.boxed());
        }
    }

    /// One commit at a time; what comes up meanwhile shares the next one.
    fn commit(&mut self, now: Timestamp) {
        let is_far = self.read_to != self.term.at.position;
        let beat = if self.is_idle() && !is_far { BEAT_IDLE } else { BEAT };
        let has_to = self.fanned.is_some() || !self.ends.is_empty() || self.term.is_older(now, beat);
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

    fn take(&mut self, news: News) -> Result<(), Pause> {
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
            match self.lanes.get_mut(&endpoint.endpoint_id) {
                Some(lane) => lane.change(Arc::clone(endpoint)),
                None => {
                    let lane = Lane::new(Arc::clone(endpoint), crate::webhooks::Health::default());
                    self.lanes.insert(endpoint.endpoint_id.clone(), lane);
                }
            }
        }
    }

    fn take_carried(&mut self, carried: Carried, now: Timestamp) {
        let Carried { endpoint_id, due, began_at, parcel, sent } = carried;
        let health = self.lanes.get(&endpoint_id).map(|lane| lane.health).unwrap_or_default();
        let room = &self.webhooks.room;
        let when = When { began_at, now, jitter: room.ports.ids.below(1000) };
        let verdict = judge(&due, parcel, sent, health, &room.settings.webhooks_waits, &when);
        let still_waits = verdict.ended.state == crate::webhooks::DeliveryState::Waiting;
        self.webhooks.signs.attempted(verdict.ended.state == crate::webhooks::DeliveryState::Delivered);
        if let Some(lane) = self.lanes.get_mut(&endpoint_id) {
            lane.health = verdict.health;
            lane.ended(&due, still_waits, verdict.spare, now);
            if let Some(reason) = verdict.give_up.filter(|_| !lane.is_given_up) {
                lane.is_given_up = true;
                let webhooks = self.webhooks;
                self.under_way.push(give_up(webhooks, endpoint_id.clone(), reason).boxed());
            }
        }
        self.ends.push((endpoint_id, verdict.ended));
    }

    fn take_committed(&mut self, now: Timestamp) {
        let Some(done) = self.committing.take() else { return };
        self.term.version = self.term.version.plus(1);
        self.term.at.position = done.to;
        self.term.moved_at = now;
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

async fn give_up(webhooks: &Webhooks, id: WebhookEndpointId, reason: Disabled) -> News {
    let done = webhooks.give_up(&id, reason).await;
    match &done {
        Ok(()) => tracing::warn!(endpoint = %id, reason = reason.as_str(), "webhook_endpoint_disabled"),
        Err(problem) => tracing::warn!(endpoint = %id, error = %problem, "webhook_endpoint_not_disabled"),
    }
    News::GivenUp(id, done.is_ok())
}

/// The log moved (`false`), or it is time to stop (`true`).
async fn signal(
    head: &mut watch::Receiver<Position>,
    stop: &mut watch::Receiver<bool>,
    is_stopping: bool,
) -> bool {
    let moved = async {
        if head.changed().await.is_err() {
            // The store is closed: nothing moves any more.
            std::future::pending::<()>().await;
        }
    };
    let told = async {
        if is_stopping {
            std::future::pending::<()>().await;
        }
        stopped(stop).await;
    };
    matches!(select(std::pin::pin!(moved), std::pin::pin!(told)).await, Either::Right(_))
}
