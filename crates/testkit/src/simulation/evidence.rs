//! What the auditor is given: plain words and numbers, copied from what was seen, without a rule of the engine in them.

use serde_json::Value;
use std::sync::Arc;
use sutler_app::admission::JournalEntry;
use sutler_app::commit::{Commit, JobOutcome, Receipt};
use sutler_app::event::Recorded;
use sutler_app::job::Job;
use sutler_app::ports::Stored;
use sutler_domain::inventory::Reservation;
use sutler_domain::orders::{Order, fulfillment_status, payment_status};

/// Everything that can be known of a run.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The epoch of the log.
    pub epoch: String,
    /// The log.
    pub log: Vec<Line>,
    /// What was seen at the door, in order.
    pub seen: Vec<Seen>,
    /// The stock journal, oldest first.
    pub journal: Vec<Row>,
    /// The levels at the end.
    pub levels: Vec<Level>,
    /// The orders at the end.
    pub orders: Vec<OrderSeen>,
    /// The baskets at the end: id, status.
    pub baskets: Vec<(String, String)>,
    /// The jobs at the end.
    pub jobs: Vec<JobSeen>,
    /// The gateway's own books.
    pub books: Vec<BookLine>,
    /// What customers asked and were told.
    pub asked: Vec<Asked>,
    /// What a reader of the log was handed: position and id.
    pub read: Vec<(u64, String)>,
    /// Variants that may be sold beyond their stock.
    pub oversold: Vec<String>,
}

/// One event of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its place.
    pub position: u64,
    /// Its id.
    pub id: String,
    /// `kind:id` of its stream.
    pub stream: String,
    /// Which event of its stream.
    pub version: u64,
    /// Its name.
    pub name: String,
    /// Its JSON as it stands.
    pub text: String,
    /// Its JSON, read.
    pub body: Value,
    /// When it happened and when it was recorded, in microseconds.
    pub times_us: (i64, i64),
    /// Who.
    pub actor: String,
    /// Because of what.
    pub causation: String,
    /// The trace.
    pub traceparent: String,
    /// The number it drew, or 0.
    pub number: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Something that was seen at the door.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A commit that stands, or the replay of one.
    Commit(CommitSeen),
    /// A job was given to a worker under this token.
    Lease(String, u64),
    /// A worker kept a job for longer.
    Renewal(String, u64),
}

/// A commit that stands.
#[derive(Clone, Debug, Default)]
pub struct CommitSeen {
    /// How many events it had.
    pub events: u64,
    /// The last position after it.
    pub position: u64,
    /// Its idempotency key.
    pub key: Option<String>,
    /// Whether it only repeated an answer.
    pub replayed: bool,
    /// The jobs it asked for.
    pub jobs: Vec<String>,
    /// The attempt it ended: job, token, and whether it is done.
    pub finishes: Option<(String, u64, bool)>,
    /// The orders it changed, as they stood after it.
    pub orders: Vec<OrderSeen>,
}

/// An order as a view shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderSeen {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u64,
    /// Its statuses: lifecycle, payment, fulfillment.
    pub statuses: [String; 3],
    /// Its total.
    pub total: i64,
    /// Its currency.
    pub currency: String,
    /// Item by item: id, ordered, canceled, fulfilled, returned, reserved.
    pub items: Vec<(String, [i64; 5])>,
    /// Payment by payment: id, captured, refunded.
    pub payments: Vec<(String, [i64; 2])>,
    /// Whether it is held for a review of its money.
    pub in_review: bool,
    /// Whether its stock is kept only for a while.
    pub expires: bool,
}

/// One row of the stock journal.
#[derive(Clone, Debug)]
pub struct Row {
    /// The position of its commit.
    pub position: u64,
    /// `variant/location`.
    pub at: String,
    /// What came to the shelf.
    pub on_hand: i64,
    /// What was promised.
    pub reserved: i64,
    /// After it: on hand, promised, kept safe.
    pub after: [i64; 3],
}

/// The level of a variant at a location.
#[derive(Clone, Debug)]
pub struct Level {
    /// `variant/location`.
    pub at: String,
    /// On hand and promised.
    pub counts: [i64; 2],
}

/// A job at the end.
#[derive(Clone, Debug)]
pub struct JobSeen {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its state.
    pub state: String,
    /// Attempts made.
    pub attempts: u32,
}

/// One effect in the gateway's own books.
#[derive(Clone, Debug)]
pub struct BookLine {
    /// The payment.
    pub payment: String,
    /// The order it said it was for.
    pub order: String,
    /// The key of the call.
    pub key: String,
    /// `authorize`, `charge`, `capture`, `void` or `refund`.
    pub operation: String,
    /// How much.
    pub amount: i64,
}

/// One request of a customer, with all that was answered.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The step of the plan.
    pub step: u32,
    /// The idempotency key.
    pub key: Option<String>,
    /// What was asked, in words of the trade.
    pub words: String,
    /// What was asked, in words that are equal for equal requests.
    pub request: String,
    /// For orders: product and quantity of each item.
    pub items: Option<Vec<(String, i64)>>,
    /// Whether the answer waited for the payment.
    pub waits: bool,
    /// How often it was sent.
    pub sent: u32,
    /// What came back, each time.
    pub answers: Vec<Told>,
}

/// What a customer was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    #[expect(missing_docs, reason = "said in the sentence above them")]
    /// Done: the order or other thing, its version, the answer to the byte, and whether it was given before.
    Done { id: String, version: u64, answer: String, replayed: bool },
    /// Refused, with this code.
    Refused(String),
    /// Not told: the connection died, or the store did not know.
    Unknown(String),
}

impl CommitSeen {
    pub(super) fn of(commit: &Commit) -> Self {
        Self {
            events: commit.changes.iter().map(|c| u64::try_from(c.events.len()).unwrap_or(u64::MAX)).sum(),
            key: commit.key.as_ref().map(|key| key.key.clone()),
            jobs: commit.jobs.iter().map(|job| job.job_id.to_string()).collect(),
            finishes: commit.finishes.as_ref().map(|finish| {
                let done = finish.outcome == JobOutcome::Done;
                (finish.lease.job_id.to_string(), finish.lease.token, done)
            }),
            ..Self::default()
        }
    }

    pub(super) fn receipt(&mut self, receipt: &Receipt) {
        self.position = receipt.position.0;
        self.replayed = receipt.replayed.is_some();
    }
}

impl OrderSeen {
    pub(super) fn of(stored: &Stored<Arc<Order>>) -> Self {
        let order = &stored.value;
        let statuses = [
            order.status.as_str().to_owned(),
            payment_status(order).as_str().to_owned(),
            fulfillment_status(order).as_str().to_owned(),
        ];
        let items = order.items.iter();
        Self {
            id: order.order_id.to_string(),
            version: stored.version.0,
            statuses,
            total: order.totals.total,
            currency: order.currency.to_string(),
            items: items
                .map(|i| {
                    (i.item_id.to_string(), [i.ordered, i.canceled, i.fulfilled, i.returned, i.reserved])
                })
                .collect(),
            payments: order
                .payments
                .iter()
                .map(|p| (p.payment_id.to_string(), [p.captured, p.refunded]))
                .collect(),
            in_review: order.holds.iter().any(|hold| hold.code.as_str() == "payment_review"),
            expires: order.reservation_expires_at.is_some(),
        }
    }
}

impl From<&Recorded> for Line {
    fn from(event: &Recorded) -> Self {
        Self {
            position: event.position.0,
            id: event.event_id.to_string(),
            stream: event.stream.to_string(),
            version: event.version.0,
            name: event.name.clone(),
            text: event.body.clone(),
            body: serde_json::from_str(&event.body).unwrap_or(Value::Null),
            times_us: (event.at.as_microsecond(), event.recorded_at.as_microsecond()),
            actor: event.actor.clone(),
            causation: event.causation.clone().unwrap_or_default(),
            traceparent: event.traceparent.clone().unwrap_or_default(),
            number: event.number.unwrap_or(0),
            hash: event.hash,
        }
    }
}

impl From<&JournalEntry> for Row {
    fn from(entry: &JournalEntry) -> Self {
        Self {
            position: entry.position.0,
            at: format!("{}/{}", entry.at.variant_id, entry.at.location_id),
            on_hand: entry.on_hand,
            reserved: entry.reserved,
            after: [entry.after.on_hand, entry.after.reserved, entry.after.safety_stock],
        }
    }
}

impl From<&Job> for JobSeen {
    fn from(job: &Job) -> Self {
        Self {
            id: job.job_id.to_string(),
            kind: job.kind.name().to_owned(),
            state: job.state.as_str().to_owned(),
            attempts: job.attempts,
        }
    }
}

/// A basket's id and status.
pub(super) fn basket(stored: &Stored<Reservation>) -> (String, String) {
    (stored.value.reservation_id.to_string(), stored.value.status.as_str().to_owned())
}
