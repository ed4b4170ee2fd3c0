//! The lane of one endpoint: what is to be sent to it, and what may be sent next. A lane never waits for another one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sutler_domain::WebhookDeliveryId;

use crate::ports::deliveries::{Due, Queue};
use crate::webhooks::delivery::Health;
use crate::webhooks::endpoint::Endpoint;

/// Attempts at one endpoint at one time.
pub const CONCURRENCY: usize = 8;

/// How long the first attempt of an event is given before that of the next one of the same subject starts, when no answer
/// comes: long enough that it arrives first, and too short to be waited for.
pub const GRACE: Duration = Duration::from_millis(100);

/// How long a receiver is spared after it asked for it: half as many attempts at one time.
const SPARED: SignedDuration = SignedDuration::from_mins(10);

/// Failures in a row, and for how long, after which a receiver counts as having been away: with its first success all that
/// waits for it is sent, whatever the schedule says. One event that it does not take is no absence.
pub const AWAY_FAILURES_MIN: u64 = 10;
/// The time that goes with it.
pub const AWAY_MIN: SignedDuration = SignedDuration::from_mins(1);

/// Deliveries that are read at once.
const READ: usize = 64;

/// Deliveries at hand at most, while the first of them must wait for others of their subject.
const READY_MAX: usize = 1_024;

/// What one endpoint gets.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and all of them may hold at once"
)]
pub(super) struct Lane {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) health: Health,
    /// Read and not started, in order.
    ready: VecDeque<Due>,
    /// At hand, under way, or ended without being written down yet: not to be read anew.
    held: HashSet<WebhookDeliveryId>,
    /// Written down while a read was under way that may still show them as they were.
    landed: Vec<WebhookDeliveryId>,
    in_flight: usize,
    /// Subjects whose last first attempt started a moment ago.
    young: HashMap<String, Timestamp>,
    spared_until: Option<Timestamp>,
    /// It was away and is back: nothing waits for its time, until one fails again.
    is_back: bool,
    /// Whether the read that is under way was begun for that.
    reads_ahead: bool,
    is_reading: bool,
    may_be_due: bool,
    /// Something came up while a read was under way.
    is_outdated: bool,
    /// Nothing is started any more, since it is being disabled.
    pub(super) is_given_up: bool,
}

impl Lane {
    pub(super) fn new(endpoint: Arc<Endpoint>, health: Health) -> Self {
        Self {
            endpoint,
            health,
            ready: VecDeque::new(),
            held: HashSet::new(),
            landed: Vec::new(),
            in_flight: 0,
            young: HashMap::new(),
            spared_until: None,
            is_back: false,
            reads_ahead: false,
            is_reading: false,
            may_be_due: true,
            is_outdated: false,
            is_given_up: false,
        }
    }

    /// Whether something is under way, or ended without being written down.
    pub(super) fn is_busy(&self) -> bool {
        self.in_flight > 0 || !self.held.is_empty()
    }

    /// Whether something at hand waits for a moment to pass.
    pub(super) fn is_held_back(&self) -> bool {
        !self.ready.is_empty() && self.in_flight < CONCURRENCY
    }

    /// The endpoint as it is now. What is at hand is read again if it was disabled in between.
    pub(super) fn change(&mut self, endpoint: Arc<Endpoint>) {
        let was_stopped = self.endpoint.disabled.is_some() || self.is_given_up;
        if was_stopped && endpoint.disabled.is_none() {
            self.health = Health::default();
            self.is_given_up = false;
            self.wake();
        }
        if endpoint.disabled.is_some() || endpoint.ordered != self.endpoint.ordered {
            self.put_back();
        }
        self.endpoint = endpoint;
    }

    /// Something may be due that was not read. A read that is under way may not show it.
    pub(super) fn wake(&mut self) {
        self.may_be_due = true;
        self.is_outdated = self.is_reading;
    }

    /// In which order deliveries are to be read, and how many; `None` while there are enough.
    pub(super) fn wants_to_read(&mut self) -> Option<(Queue, usize)> {
        let is_open = self.endpoint.disabled.is_none() && !self.is_given_up;
        if self.is_reading || !self.may_be_due || !is_open {
            return None;
        }
        let is_short = self.ready.len() < READ / 2
            || (self.in_flight < CONCURRENCY && !self.endpoint.ordered && self.ready.len() < READY_MAX);
        if !is_short || (self.endpoint.ordered && self.is_busy()) {
            return None;
        }
        self.is_reading = true;
        self.reads_ahead = self.is_back && !self.endpoint.ordered;
        let by_position = self.endpoint.ordered || self.reads_ahead;
        let queue = if by_position { Queue::ByPosition } else { Queue::ByTime };
        Some((queue, self.held.len().saturating_add(READ)))
    }

    /// What was read, when so many were asked for.
    pub(super) fn take(&mut self, mut found: Vec<Due>, asked: usize) {
        self.is_reading = false;
        if self.reads_ahead && !self.is_back {
            // It is away again: what was read ahead has its time.
            found.clear();
            self.is_outdated = true;
        }
        self.may_be_due = found.len() >= asked || std::mem::take(&mut self.is_outdated);
        for due in found {
            if self.held.insert(due.delivery.delivery_id.clone()) {
                self.ready.push_back(due);
            }
        }
        for id in std::mem::take(&mut self.landed) {
            self.held.remove(&id);
        }
    }

    /// What is to be started now, in this order.
    pub(super) fn start(&mut self, now: Timestamp) -> Vec<Due> {
        if self.endpoint.disabled.is_some() || self.is_given_up {
            return Vec::new();
        }
        if self.endpoint.ordered {
            return self.start_next(now).into_iter().collect();
        }
        let is_spared = self.spared_until.is_some_and(|until| now < until);
        let places = if is_spared { CONCURRENCY / 2 } else { CONCURRENCY };
        self.young.retain(|_, started| now.duration_since(*started).unsigned_abs() < GRACE);
        let (mut started, mut passed) = (Vec::new(), HashSet::new());
        let mut left = VecDeque::with_capacity(self.ready.len());
        while let Some(due) = self.ready.pop_front() {
            if self.in_flight >= places {
                left.push_back(due);
                break;
            }
            let subject = &due.delivery.subject;
            // Only first attempts start in order; one that is tried again waits for no one.
            let is_first = due.delivery.attempts == 0;
            if is_first && (passed.contains(subject) || self.young.contains_key(subject)) {
                passed.insert(subject.clone());
                left.push_back(due);
                continue;
            }
            if is_first {
                self.young.insert(subject.clone(), now);
            }
            self.in_flight += 1;
            started.push(due);
        }
        left.append(&mut self.ready);
        self.ready = left;
        self.is_back = self.is_back && (self.is_reading || self.may_be_due || !self.ready.is_empty());
        started
    }

    /// One at a time: the next one, if its time has come. If not, it may be another one's turn by then.
    fn start_next(&mut self, now: Timestamp) -> Option<Due> {
        if self.in_flight > 0 {
            return None;
        }
        if self.ready.front()?.delivery.due_at > now {
            self.put_back();
            return None;
        }
        self.in_flight = 1;
        self.ready.pop_front()
    }

    /// An attempt ended, and the endpoint fares like this now.
    pub(super) fn ended(&mut self, due: &Due, health: Health, spare: bool, now: Timestamp) {
        let was_away = self.health.failures >= AWAY_FAILURES_MIN
            && self.health.failing_since.is_some_and(|since| now.duration_since(since) >= AWAY_MIN);
        self.in_flight = self.in_flight.saturating_sub(1);
        if due.delivery.attempts == 0 {
            self.young.remove(&due.delivery.subject);
        }
        self.health = health;
        if health.failures == 0 && was_away {
            self.is_back = true;
            self.wake();
        } else if health.failures > 0 && (self.is_back || self.endpoint.ordered) {
            self.is_back = false;
            self.put_back();
            self.wake();
        }
        if spare {
            self.spared_until = now.checked_add(SPARED).ok();
        }
    }

    /// What an attempt made of its delivery is written down.
    pub(super) fn landed(&mut self, id: WebhookDeliveryId) {
        if self.is_reading {
            self.landed.push(id);
        } else {
            self.held.remove(&id);
        }
    }

    fn put_back(&mut self) {
        for due in self.ready.drain(..) {
            self.held.remove(&due.delivery.delivery_id);
        }
    }
}
