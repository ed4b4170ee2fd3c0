//! Readers of the feed: named, durable, at least once. This is the event bus; the log is its queue. For those who read
//! elsewhere, a relay hands the events on ([`Bus`]).

mod bus;
mod candidate;
mod carry;
mod start;
mod term;

use std::time::Duration;

use async_trait::async_trait;
use sutler_domain::Position;
use sutler_domain::seeded::{Bug, seeded};

use crate::event::Recorded;
use crate::ports::{Clock, EventFilter, Feed};

pub use bus::{Backlog, Bus, READER, Signs};
pub(crate) use term::{BEAT, BEAT_IDLE, Candidate, LOOK, Term, Work, turn};
pub use term::{PATIENCE, PATIENCE_IDLE};

/// Events that a reader takes before it remembers where it is.
const BATCH: u32 = 256;
/// The first wait after a handler failed; doubled up to [`WAIT_MAX`].
const WAIT_MIN: Duration = Duration::from_millis(100);
/// The longest wait after a handler failed, and the floor of polling when nothing wakes the reader.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// What is done with each event. It may see an event again after a crash, and must not mind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Handle one event; an error is tried again until it works, so that none is skipped.
    async fn handle(&self, event: &Recorded) -> Result<(), String>;
}

impl dyn Feed {
    /// Hand every event of the log to `handler`, in order, from where the reader `cursor` stood; for ever. The
    /// cursor moves after the events were handled, so a crash repeats some and loses none.
    pub async fn follow(&self, cursor: &str, handler: &dyn Handler, clock: &dyn Clock) {
        let mut head = self.head();
        let mut wait = WAIT_MIN;
        let mut from = None;
        loop {
            head.mark_unchanged();
            match self.take(cursor, &mut from, handler).await {
                Ok(0) => {
                    let moved = std::pin::pin!(head.changed());
                    futures::future::select(moved, clock.sleep(WAIT_MAX)).await;
                }
                Ok(_) => wait = WAIT_MIN,
                Err(error) => {
                    tracing::warn!(reader = cursor, %error, "feed_handler_failed");
                    clock.sleep(wait).await;
                    wait = (wait * 2).min(WAIT_MAX);
                }
            }
        }
    }

    /// Handle one batch; gives how many events there were. Where the reader is, is read from the store at first and
    /// whenever something went wrong.
    async fn take(
        &self,
        cursor: &str,
        known: &mut Option<Position>,
        handler: &dyn Handler,
    ) -> Result<usize, String> {
        let from = match known.take() {
            Some(position) => position,
            None => self.cursor(cursor).await.map_err(|e| e.to_string())?,
        };
        let events = self.after(from, &EventFilter::default(), BATCH).await.map_err(|e| e.to_string())?;
        if let Some(last) = events.last().filter(|_| seeded(Bug::NaiveCursor)) {
            self.remember(cursor, last.position).await?;
        }
        let (mut at, mut failed) = (from, None);
        for event in &events {
            if let Err(error) = handler.handle(event).await {
                failed = Some(error);
                break;
            }
            at = event.position;
        }
        if at > from {
            self.remember(cursor, at).await?;
        }
        if let Some(error) = failed {
            return Err(error);
        }
        *known = Some(at);
        Ok(events.len())
    }

    async fn remember(&self, cursor: &str, position: Position) -> Result<(), String> {
        self.move_cursor(cursor, position).await.map_err(|e| e.to_string())
    }
}

/// A reader that writes each public event to the log of the process, for those who log at `debug`: what happened, to
/// what, by whom.
#[derive(Debug, Default)]
pub struct LogEvents;

#[async_trait]
impl Handler for LogEvents {
    async fn handle(&self, event: &Recorded) -> Result<(), String> {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return Ok(());
        }
        if let Some(kind) = crate::public::type_of(event) {
            tracing::debug!(
                event = kind,
                subject = event.stream.id(),
                version = event.version.0,
                actor = %event.actor,
                "state_changed"
            );
        }
        Ok(())
    }
}
