//! Carrying: read a batch of the log, publish what is public, wait for the acknowledgements, go on.

use std::time::Duration;

use futures::future::{Either, select};
use jiff::Timestamp;
use sutler_domain::Position;
use tokio::sync::watch;

use super::bus::{Bus, Pause, READER, Signs, Told, log_name};
use super::start::{self, Rewind, Start};
use super::term::{BEAT, BEAT_IDLE, Term, passed, slept};
use crate::Room;
use crate::commit::Refused;
use crate::event::Recorded;
use crate::ports::publisher::{Ack, BusError, LogName, Newest, Publication, Published, Publisher};
use crate::ports::{EventFilter, FeedCursor};
use crate::public::{public, reach, type_of};
use crate::webhooks::is_import;

/// Events that are read at once, and published without waiting for each other.
const BATCH: u32 = 256;

/// How often the bus is looked at, though nothing went wrong: it may have lost what it had.
const CHECK: Duration = Duration::from_secs(5);

/// A relay that has its turn.
pub(super) struct Carry<'r> {
    room: &'r Room,
    publisher: &'r dyn Publisher,
    signs: &'r Signs,
    told: &'r mut Told,
    term: Term,
    log: LogName,
    /// Everything up to here is acknowledged, or nothing that anybody is told of.
    at: Position,
    /// The newest event of the bus, as we left it.
    newest: Option<Newest>,
    checked_at: Timestamp,
}

impl<'r> Carry<'r> {
    /// Find out where to go on.
    pub(super) async fn begin(
        bus: &'r Bus,
        publisher: &'r dyn Publisher,
        term: Term,
        told: &'r mut Told,
    ) -> Result<Self, Pause> {
        let log = log_name(&*bus.room.ports.feed).await?;
        let newest = publisher.newest().await?;
        if let Some(newest) = &newest {
            start::is_ours(newest, &log, publisher.place())?;
        }
        let Start { after, rewind } = start::start(&bus.room, &log, newest.as_ref(), &term.at).await?;
        if let Some(rewind) = rewind {
            bus.signs.rewound(rewind);
            tell(rewind, publisher.place(), &term.at, after, newest.as_ref());
        }
        let checked_at = bus.room.ports.clock.now();
        let (room, signs) = (&bus.room, &*bus.signs);
        Ok(Self { room, publisher, signs, told, term, log, at: after, newest, checked_at })
    }

    /// Carry until something is in the way.
    pub(super) async fn on(&mut self) -> Pause {
        let mut head = self.room.ports.feed.head();
        loop {
            if let Err(pause) = self.step(&mut head).await {
                return pause;
            }
        }
    }

    async fn step(&mut self, head: &mut watch::Receiver<Position>) -> Result<(), Pause> {
        let (feed, clock) = (&*self.room.ports.feed, &*self.room.ports.clock);
        head.mark_unchanged();
        let events = feed.after(self.at, &EventFilter::default(), BATCH).await?;
        if events.is_empty() {
            self.told.is_well();
            slept(head, clock.sleep(BEAT)).await;
        } else {
            if !self.term.lasts((feed, READER), clock.now()).await? {
                return Err(Pause::Replaced);
            }
            self.publish(&events).await?;
        }
        self.tend().await
    }

    /// Publish what is public of these, in order; at the end all of them are behind us.
    async fn publish(&mut self, events: &[Recorded]) -> Result<(), Pause> {
        let batch = self.publications(events);
        let mut rest = batch.as_slice();
        while !rest.is_empty() {
            let Published { acks, stopped } = self.hand_over(rest).await?;
            let (done, left) = rest.split_at(acks.len().min(rest.len()));
            if let Some(last) = done.last() {
                self.at = last.position;
            }
            let stored = done.iter().zip(&acks).rfind(|(_, ack)| **ack == Ack::Stored);
            if let Some((event, _)) = stored {
                let (position, event_id) = (event.position, event.event_id.to_string());
                self.newest = Some(Newest { log: self.log.clone(), position, event_id });
            }
            self.signs.acknowledged(done.len());
            match stopped {
                Some(error) => return Err(error.into()),
                None if done.is_empty() => return Err(BusError::Moved.into()),
                None => rest = left,
            }
        }
        if !batch.is_empty() {
            self.told.is_well();
        }
        self.at = events.last().map_or(self.at, |event| event.position);
        Ok(())
    }

    /// Hand events to the bus. While it takes its time, the others are told that we are here.
    async fn hand_over(&mut self, events: &[Publication]) -> Result<Published, Pause> {
        let Self { room, publisher, log, term, at, .. } = self;
        let (feed, clock) = (&*room.ports.feed, &*room.ports.clock);
        let mut publishing = publisher.publish(log, events);
        loop {
            match select(publishing, clock.sleep(BEAT)).await {
                Either::Left((published, _)) => return Ok(published),
                Either::Right(((), going_on)) => {
                    publishing = going_on;
                    let to = FeedCursor { epoch: log.epoch.clone(), position: *at };
                    moved(term.move_to((feed, READER), to, clock.now()).await)?;
                }
            }
        }
    }

    /// What of these others may read, and may still ask for. Imported history is news to nobody.
    fn publications(&self, events: &[Recorded]) -> Vec<Publication> {
        let since = reach::oldest(self.room.ports.clock.now(), self.room.settings.events_retention);
        let publication = |event: &Recorded| {
            let shown = public(event, &self.room.settings.public_url)?;
            // The envelope is plain data with string keys, which always has a JSON form.
            let body = serde_json::to_vec(&shown).unwrap_or_default();
            let (event_id, position) = (event.event_id.clone(), event.position);
            Some(Publication { event_id, kind: type_of(event)?, position, body })
        };
        let is_told = |event: &&Recorded| event.recorded_at >= since && !is_import(event);
        events.iter().filter(is_told).filter_map(publication).collect()
    }

    /// What is due by the clock: the bookmark is moved, and the bus looked at.
    async fn tend(&mut self) -> Result<(), Pause> {
        let (feed, now) = (&*self.room.ports.feed, self.room.ports.clock.now());
        let here = FeedCursor { epoch: self.log.epoch.clone(), position: self.at };
        let span = if self.term.at == here { BEAT_IDLE } else { BEAT };
        if self.term.is_moved_before(now, span) {
            moved(self.term.move_to((feed, READER), here, now).await)?;
        }
        if passed(self.checked_at, now, CHECK) {
            self.checked_at = now;
            let newest = self.publisher.newest().await?;
            if newest != self.newest || feed.epoch().await? != self.log.epoch {
                return Err(Pause::Changed);
            }
        }
        Ok(())
    }
}

/// What became of a move of the bookmark.
fn moved(outcome: Result<(), Refused>) -> Result<(), Pause> {
    match outcome {
        // The store took nothing; the next beat asks again.
        Ok(()) | Err(Refused::Busy) => Ok(()),
        Err(Refused::LeaseLost) => Err(Pause::Replaced),
        // It may stand or not, so the version is not known any more.
        Err(refused) => Err(Pause::Store(refused.to_string())),
    }
}

fn tell(rewind: Rewind, bus: &str, was: &FeedCursor, after: Position, newest: Option<&Newest>) {
    let (reason, was, after) = (rewind.as_str(), was.position.0, after.0);
    let newest = newest.map_or(0, |newest| newest.position.0);
    if rewind == Rewind::Ahead {
        tracing::error!(
            bus,
            reason,
            newest,
            "the bus has events that the log has not: the database lost its end; published anew"
        );
    } else {
        tracing::warn!(bus, reason, was, after, newest, "bus_rewound");
    }
}
