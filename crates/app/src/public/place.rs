//! Places in the log as readers name them: a cursor that a page gave, the id of an event, `start`, or `now`.

use sutler_domain::{EventId, Fault, Position};

use super::reach;
use super::types;
use crate::Room;
use crate::error::{Kind, Problem};
use crate::event::Recorded;
use crate::ports::{EventFilter, FeedCursor, ReadError};

/// Which events somebody asks for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    types: Vec<String>,
    filter: EventFilter,
}

impl Wanted {
    /// Exact types, `order.*` or `*`; none: all. A type that does not exist is a fault.
    pub(super) fn of(types: &[String], subject: Option<String>) -> Result<Self, Problem> {
        let types = if types.iter().any(|t| t == "*") { Vec::new() } else { types.to_vec() };
        let names = types::names_of(&types).map_err(|fault| Problem::invalid(vec![fault]))?;
        Ok(Self { types, filter: EventFilter { names: Some(names), subject } })
    }

    /// The names in the log that may stand for them, and whose.
    pub(super) const fn filter(&self) -> &EventFilter {
        &self.filter
    }

    /// Whether an event of this type and subject is among them.
    pub(super) fn takes(&self, kind: &str, subject: &str) -> bool {
        types::wanted(&self.types, kind) && self.filter.subject.as_ref().is_none_or(|of| of == subject)
    }
}

/// Where a reader wants to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// With the oldest event that is shown.
    Start,
    /// With what happens next.
    Now,
    /// Behind this event.
    Event(String),
    /// Behind this position of a log.
    Cursor(FeedCursor),
}

impl Place {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        if text == "start" {
            return Ok(Self::Start);
        }
        if text == "now" {
            return Ok(Self::Now);
        }
        if text.starts_with("evt_") {
            return Ok(Self::Event(text.to_owned()));
        }
        let cursor = text.split_once(':').and_then(|(epoch, position)| {
            Some(FeedCursor { epoch: epoch.to_owned(), position: Position(position.parse().ok()?) })
        });
        cursor.map(Self::Cursor).ok_or_else(|| {
            let detail = "the cursor is not one of the event log; take 'next' of a page, the id of an event, \
                          'start' or 'now'";
            Problem::invalid(vec![Fault::invalid("/after", detail)])
        })
    }
}

/// Why a reader cannot go on where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// What came next is older than `events.retention`.
    Retention,
    /// The log has no such event: a backup was restored that is older than it.
    Unknown,
    /// The cursor is of a log that was restored since.
    Epoch,
}

impl Gap {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retention => "retention",
            Self::Unknown => "unknown_event",
            Self::Epoch => "epoch",
        }
    }
}

/// The log, as far as a reader is led to its place.
pub(super) struct Log<'r> {
    pub(super) room: &'r Room,
    pub(super) epoch: String,
}

impl<'r> Log<'r> {
    pub(super) async fn of(room: &'r Room) -> Result<Self, ReadError> {
        Ok(Self { room, epoch: room.ports.feed.epoch().await? })
    }

    /// The last position before a place, or why there is none.
    pub(super) async fn find(&self, place: &Place) -> Result<Result<Position, Gap>, ReadError> {
        let feed = &self.room.ports.feed;
        Ok(match place {
            Place::Start => Ok(Position(0)),
            Place::Now => Ok(*feed.head().borrow()),
            Place::Event(id) => match EventId::parse(id) {
                Ok(id) => feed.event(&id).await?.map(|event| event.position).ok_or(Gap::Unknown),
                Err(_) => Err(Gap::Unknown),
            },
            Place::Cursor(at) if at.epoch == self.epoch && self.has(at.position).await? => Ok(at.position),
            Place::Cursor(_) => Err(Gap::Epoch),
        })
    }

    /// Whether the log goes up to a position. Another node may have given it before this one heard of it.
    async fn has(&self, position: Position) -> Result<bool, ReadError> {
        let feed = &*self.room.ports.feed;
        if position <= *feed.head().borrow() {
            return Ok(true);
        }
        let before = Position(position.0.saturating_sub(1));
        let found = reach::first(feed, before, EventFilter::default()).await?;
        Ok(found.is_some_and(|event| event.position == position))
    }

    /// Whether an event is no longer shown.
    pub(super) fn is_too_old(&self, event: &Recorded) -> bool {
        event.recorded_at < reach::oldest(self.room.ports.clock.now(), self.room.settings.events_retention)
    }

    /// The last position before the oldest event that is shown.
    pub(super) async fn before_all(&self) -> Result<Position, ReadError> {
        let since = reach::oldest(self.room.ports.clock.now(), self.room.settings.events_retention);
        reach::before(&*self.room.ports.feed, since).await
    }

    /// The place behind a position, as readers name it.
    pub(super) fn cursor(&self, at: Position) -> String {
        format!("{}:{at}", self.epoch)
    }

    /// What is said to who asks for a place that is not to be had.
    pub(super) async fn refused(&self, place: &Place, gap: Gap) -> Result<Problem, ReadError> {
        let detail = match (gap, place) {
            (Gap::Unknown, Place::Event(id)) => return Ok(Problem::not_found("event", id)),
            (Gap::Retention, _) => {
                "what came after this cursor is older than events.retention; read again from the oldest position"
            }
            _ => "the log was restored since this cursor was given; read again from the oldest position",
        };
        let oldest = self.before_all().await?.0.saturating_add(1);
        Ok(Problem::new(Kind::NotFound, "cursor_stale", detail)
            .fact("epoch", self.epoch.clone())
            .fact("oldest_position", oldest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_names() {
        let at = FeedCursor { epoch: "e1".to_owned(), position: Position(7) };
        for (text, place) in [
            ("start", Place::Start),
            ("now", Place::Now),
            ("evt_x", Place::Event("evt_x".to_owned())),
            ("e1:7", Place::Cursor(at)),
        ] {
            assert_eq!(Place::parse(text), Ok(place), "{text}");
        }
        for text in ["", "7", "e1:", "e1:x", "e1:-1", "later"] {
            assert_eq!(Place::parse(text).unwrap_err().code, "validation_failed", "{text}");
        }
    }

    #[test]
    fn a_star_is_everything() {
        let of = |types: &[&str]| {
            Wanted::of(&types.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>(), None).unwrap()
        };
        assert!(of(&["*"]).takes("job.dead", "job_1") && of(&[]).takes("job.dead", "job_1"));
        assert!(of(&["order.*", "job.dead"]).takes("order.held", "ord_1"));
        assert!(!of(&["order.*"]).takes("payment.captured", "ord_1"));
    }
}
