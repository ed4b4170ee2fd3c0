//! The work of a turn: everything that is under way at one time, and the one commit that is.
//!
//! Nothing here waits for one thing: reading, carrying and committing go on side by side, and what each of them gives is
//! taken as it comes.

mod committing;
mod taken;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, Either, select};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use sutler_domain::{Position, WebhookEndpointId};
use tokio::sync::watch;

use super::fan_out::{Endpoints, Fanned, Unready, fan_out};
use super::lane::{GRACE, Lane};
use super::{Pause, stopped};
use crate::commit::{Receipt, Refused};
use crate::ports::ReadError;
use crate::ports::courier::{Courier, Sent};
use crate::ports::deliveries::Due;
use crate::relay::{BEAT, Term};
use crate::webhooks::Webhooks;
use crate::webhooks::delivery::Ended;
use crate::webhooks::payload::Parcel;
use committing::Committing;

/// How often it is looked at when deliveries are due, while something happens.
const LOOK: Duration = Duration::from_millis(250);
/// The same while nothing does.
const LOOK_IDLE: Duration = Duration::from_secs(1);
/// How long to rest after the store had too much to do.
const BUSY_REST: Duration = Duration::from_millis(50);

/// Something that was under way and ended.
enum News {
    Fanned(Result<Fanned, Unready>),
    Looked(Result<BTreeMap<WebhookEndpointId, Timestamp>, ReadError>),
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
        let is_sure = !self.term.is_moved_before(now, 2 * BEAT) || self.is_idle();
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
                lane.ended(&due, lane.health, false, now);
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
