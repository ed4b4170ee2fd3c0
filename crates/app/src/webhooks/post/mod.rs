//! The post: one node of a deployment, which makes deliveries out of the log and carries them.
//!
//! On each node one waits for its turn (`turn.rs`). The one whose turn it is reads the log (`fan_out.rs`), keeps a lane
//! for each endpoint (`lane.rs`), judges what comes back (`verdict.rs`), and commits (`office.rs`): new deliveries, ended
//! attempts and the move of the bookmark in one commit, which stands whole, or not at all when another node has the turn.
//! So a delivery is made once for each event, whichever node dies; what was under way then is sent again under the same
//! `webhook-id`.

mod fan_out;
mod lane;
mod office;
mod turn;
mod verdict;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::select;
use sutler_domain::WebhookEndpointId;
use tokio::sync::watch;

use super::Webhooks;
use crate::commit::Refused;
use crate::ports::ReadError;
use crate::relay::LOOK;

pub use lane::{AWAY_FAILURES_MIN, AWAY_MIN, CONCURRENCY, GRACE};

use fan_out::Unready;
use office::Office;

/// How long to rest where a secret cannot be opened; somebody has to see to it.
const SEALED_REST: Duration = Duration::from_secs(10);

/// The name of the post's bookmark.
pub const READER: &str = "webhooks";

/// The post of this node.
#[derive(Clone)]
pub struct Post {
    webhooks: Webhooks,
}

/// What the post of this process did since it began.
#[derive(Debug, Default)]
pub struct Signs {
    delivered: AtomicU64,
    failed: AtomicU64,
}

impl Signs {
    /// Attempts after which an event was delivered.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Attempts after which it was not.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    fn attempted(&self, succeeded: bool) {
        let counter = if succeeded { &self.delivered } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Why the post stops.
#[derive(Debug)]
enum Pause {
    /// Another node has its turn.
    Replaced,
    /// It was told to.
    Stopped,
    Store(String),
    /// The secret of an endpoint is sealed with a key that is not here. Nothing is sent until it is, or the secret is
    /// rotated; nothing is lost by it.
    Sealed(WebhookEndpointId),
}

impl From<Unready> for Pause {
    fn from(unready: Unready) -> Self {
        match unready {
            Unready::Unread(error) => error.into(),
            Unready::Sealed(endpoint_id) => Self::Sealed(endpoint_id),
        }
    }
}

impl From<ReadError> for Pause {
    fn from(error: ReadError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<Refused> for Pause {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::LeaseLost => Self::Replaced,
            refused => Self::Store(refused.to_string()),
        }
    }
}

impl Post {
    pub(super) const fn new(webhooks: Webhooks) -> Self {
        Self { webhooks }
    }

    /// Carry until it is stopped; at once over when nobody carries. `alone` says that no other node has this store, so that
    /// there is no turn to wait for. What is under way when it is stopped is finished; nothing new is begun.
    pub async fn run(&self, alone: bool, mut stop: watch::Receiver<bool>) {
        let Some(courier) = self.webhooks.room.ports.courier.clone() else { return };
        loop {
            let Some(term) = self.turn(alone, &mut stop).await else { return };
            tracing::debug!(turn = term.version.0, "webhooks_begun");
            let pause = match Office::open(&self.webhooks, &*courier, term).await {
                Ok(mut office) => office.work(&mut stop).await,
                Err(pause) => pause,
            };
            match pause {
                Pause::Stopped => return,
                Pause::Replaced => tracing::info!("webhooks_replaced"),
                Pause::Sealed(endpoint) => {
                    let next = "put its key into webhooks.seal_keys, or rotate the secret";
                    tracing::error!(%endpoint, next, "webhook_secret_sealed");
                    let stopping = std::pin::pin!(stopped(&mut stop));
                    // Whether it is time to stop, the next turn sees.
                    select(stopping, self.webhooks.room.ports.clock.sleep(SEALED_REST)).await;
                }
                Pause::Store(error) => {
                    tracing::warn!(error, "webhooks_without_store");
                    self.webhooks.room.ports.clock.sleep(LOOK).await;
                }
            }
        }
    }
}

/// Ends when it is time to stop; a sender that is gone means the same.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    _ = stop.wait_for(|stop| *stop).await;
}
