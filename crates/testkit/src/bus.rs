//! A bus in memory that does to its users what a real one does on bad days.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;
use sutler_app::ports::publisher::{Ack, BusError, LogName, Newest, Publication, Published, Publisher};
use sutler_domain::Position;

/// An event as it lies on a bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whose event it is.
    pub log: LogName,
    /// Its id.
    pub event_id: String,
    /// Its public type.
    pub kind: String,
    /// Its place in the log.
    pub position: Position,
    /// Its JSON.
    pub body: Vec<u8>,
}

/// What goes wrong with the next events that are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// So many are stored, and nobody hears of any.
    AcksLost(usize),
    /// So many are stored and acknowledged; then the connection is gone.
    CutAfter(usize),
}

/// The bus, of which each node has a line of its own.
#[derive(Default)]
pub struct FakeBus(Mutex<State>);

#[derive(Default)]
struct State {
    messages: Vec<Message>,
    /// How many were ever stored since it was made: the end that who publishes must have seen.
    end: u64,
    /// Ids of events that came lately, whether they are still there or not.
    lately: BTreeSet<String>,
    is_away: bool,
    mishaps: VecDeque<Mishap>,
}

/// A node's line to the bus.
pub struct Line {
    bus: Arc<FakeBus>,
    seen: Mutex<Option<u64>>,
    handed: AtomicU64,
}

impl FakeBus {
    /// A line to it.
    pub fn line(self: &Arc<Self>) -> Arc<Line> {
        Arc::new(Line { bus: Arc::clone(self), seen: Mutex::new(None), handed: AtomicU64::new(0) })
    }

    /// What is on it, in order.
    pub fn messages(&self) -> Vec<Message> {
        self.0.lock().messages.clone()
    }

    /// Take it away, or bring it back.
    pub fn set_away(&self, is_away: bool) {
        self.0.lock().is_away = is_away;
    }

    /// Let this happen the next time that events are handed over.
    pub fn next(&self, mishap: Mishap) {
        self.0.lock().mishaps.push_back(mishap);
    }

    /// Lose everything, as when the disk is new.
    pub fn wipe(&self) {
        let mut state = self.0.lock();
        *state = State { is_away: state.is_away, ..State::default() };
    }

    /// Lose the last `count` events, as when an old copy of the disk was put back.
    pub fn shorten(&self, count: usize) {
        let mut state = self.0.lock();
        let left = state.messages.len().saturating_sub(count);
        for lost in state.messages.split_off(left) {
            state.lately.remove(&lost.event_id);
            state.end -= 1;
        }
    }

    /// Remove all events, as an operator does: that they came lately is remembered.
    pub fn empty(&self) {
        self.0.lock().messages.clear();
    }

    /// Forget what came lately, as happens with time.
    pub fn forget(&self) {
        self.0.lock().lately.clear();
    }

    /// Put an event there, as somebody else would.
    pub fn put(&self, message: Message) {
        self.0.lock().store(message);
    }
}

impl Line {
    /// How often events were handed over through this line.
    pub fn handed(&self) -> u64 {
        self.handed.load(Ordering::Relaxed)
    }
}

impl State {
    fn store(&mut self, message: Message) {
        self.lately.insert(message.event_id.clone());
        self.end += 1;
        self.messages.push(message);
    }

    fn take(&mut self, log: &LogName, event: &Publication) -> Result<Ack, BusError> {
        let id = event.event_id.to_string();
        if self.lately.contains(&id) {
            let is_there = self.messages.iter().any(|message| message.event_id == id);
            let gone = || BusError::Away(format!("{id} was removed, and cannot come again yet"));
            return if is_there { Ok(Ack::Known) } else { Err(gone()) };
        }
        self.store(Message {
            log: log.clone(),
            event_id: id,
            kind: event.kind.to_owned(),
            position: event.position,
            body: event.body.clone(),
        });
        Ok(Ack::Stored)
    }
}

fn away() -> BusError {
    BusError::Away("the bus of the test is away".to_owned())
}

#[async_trait]
impl Publisher for Line {
    async fn newest(&self) -> Result<Option<Newest>, BusError> {
        let state = self.bus.0.lock();
        if state.is_away {
            return Err(away());
        }
        *self.seen.lock() = Some(state.end);
        Ok(state.messages.last().map(|message| Newest {
            log: message.log.clone(),
            position: message.position,
            event_id: message.event_id.clone(),
        }))
    }

    async fn publish(&self, log: &LogName, events: &[Publication]) -> Published {
        let mut state = self.bus.0.lock();
        let mut seen = self.seen.lock();
        let stopped = |error| Published { acks: Vec::new(), stopped: Some(error) };
        if state.is_away {
            *seen = None;
            return stopped(away());
        }
        self.handed.fetch_add(1, Ordering::Relaxed);
        if seen.take() != Some(state.end) {
            return stopped(BusError::Moved);
        }
        let mishap = state.mishaps.pop_front();
        let stored_max = match mishap {
            Some(Mishap::AcksLost(count) | Mishap::CutAfter(count)) => count,
            None => events.len(),
        };
        let mut published = Published::default();
        for event in events.iter().take(stored_max) {
            match state.take(log, event) {
                Ok(ack) => published.acks.push(ack),
                Err(error) => {
                    published.stopped = Some(error);
                    return published;
                }
            }
        }
        match mishap {
            Some(Mishap::AcksLost(_)) => stopped(away()),
            Some(Mishap::CutAfter(_)) => Published { stopped: Some(away()), ..published },
            None => {
                *seen = Some(state.end);
                published
            }
        }
    }

    fn place(&self) -> &'static str {
        "the bus of the test"
    }
}
