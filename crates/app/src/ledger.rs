//! The journal of the books, double entry: what each event of an order enters, read off the log.

use std::collections::HashMap;

use jiff::Timestamp;
use sutler_domain::orders::{Balances, BookLine};
use sutler_domain::{Currency, Fault, OrderId, Position, Version};

use crate::Room;
use crate::caller::Caller;
use crate::error::Problem;
use crate::event::Recorded;
use crate::orders::Fold;
use crate::ports::feed::EventFilter;
use crate::public::type_of;

/// Events that may enter something. Money that is only secured, and goods that travel, do not.
const ENTERING: [&str; 7] = [
    "OrderPlaced",
    "OrderConfirmed",
    "PaymentProcessed",
    "RefundSucceeded",
    "ItemsCanceled",
    "OrderCanceled",
    "OrderExpired",
];

/// The books.
#[derive(Clone)]
pub struct Ledger {
    room: Room,
}

/// What an event entered: lines of which the debits equal the credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookEntry {
    /// Where the event stands in the log.
    pub position: Position,
    /// When it happened.
    pub at: Timestamp,
    /// The order.
    pub order_id: OrderId,
    /// Its number, without the prefix.
    pub number: u64,
    /// The type of the event, as others see it.
    pub event: &'static str,
    /// The currency of all lines.
    pub currency: Currency,
    /// The lines.
    pub lines: Vec<BookLine>,
}

/// A page of the journal, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookPage {
    /// The entries.
    pub entries: Vec<BookEntry>,
    /// Where to go on; also when there is nothing more yet.
    pub next: String,
    /// Whether there is more already.
    pub has_more: bool,
}

impl Ledger {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }

    /// Entries after a place that a page gave; `None`: from the beginning. The books are as long as the log, whatever
    /// `events.retention` says. A page looks at `limit` events, of which some enter nothing.
    ///
    /// Problems: `validation_failed` for a cursor that no page gave.
    pub async fn journal(
        &self,
        caller: &Caller,
        after: Option<&str>,
        limit: u32,
    ) -> Result<BookPage, Problem> {
        caller.may("orders:read")?;
        let position = after.map_or(Ok(Position(0)), place)?;
        let feed = &self.room.ports.feed;
        let filter = EventFilter { names: Some(ENTERING.to_vec()), subject: None };
        let events = feed.after(position, &filter, limit).await?;
        let mut folds = HashMap::new();
        let mut entries = Vec::with_capacity(events.len());
        for event in &events {
            if !folds.contains_key(&event.stream) {
                // Up to the last event of the page: what comes later is of a later page.
                let last =
                    events.iter().filter(|other| other.stream == event.stream).map(|e| e.version).max();
                folds.insert(event.stream.clone(), Fold::of(&feed.stream(&event.stream, last).await?)?);
            }
            let Some(fold) = folds.get(&event.stream) else { continue };
            entries.extend(entry(event, fold)?);
        }
        let has_more = u32::try_from(events.len()).is_ok_and(|count| count >= limit);
        let next = events.last().map_or(position, |event| event.position);
        Ok(BookPage { entries, next: next.0.to_string(), has_more })
    }
}

fn place(text: &str) -> Result<Position, Problem> {
    let unknown = || {
        let detail = "the cursor is not one of this list; start without one";
        Problem::invalid(vec![Fault::invalid("/after", detail)])
    };
    text.parse().map(Position).map_err(|_| unknown())
}

/// What an event entered; `None`: nothing.
fn entry(event: &Recorded, fold: &Fold) -> Result<Option<BookEntry>, Problem> {
    let broken = |error: sutler_domain::MoneyError| Problem::internal(&error);
    let missing = || Problem::internal(&format!("event {} is not in its own stream", event.position));
    let before = match event.version.0.checked_sub(1).and_then(|version| fold.at(Version(version))) {
        Some(stored) => Balances::of(&stored.value).map_err(broken)?,
        None => Balances::default(),
    };
    let stored = fold.at(event.version).ok_or_else(missing)?;
    let lines = before.to(&Balances::of(&stored.value).map_err(broken)?).map_err(broken)?;
    let sum = lines.iter().try_fold(0i64, |sum, line| sum.checked_add(line.amount));
    if sum != Some(0) {
        return Err(Problem::internal(&format!("the entry of event {} is not balanced", event.position)));
    }
    Ok((!lines.is_empty()).then(|| BookEntry {
        position: event.position,
        at: event.at,
        order_id: stored.value.order_id.clone(),
        number: stored.number,
        event: type_of(event).unwrap_or_default(),
        currency: stored.value.currency,
        lines,
    }))
}
