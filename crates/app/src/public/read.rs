//! The log page by page.

use sutler_domain::{EventId, Position};

use super::place::{Gap, Log, Place, Wanted};
use super::{PublicEvent, public};
use crate::Room;
use crate::caller::Caller;
use crate::error::Problem;

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Exact types, `order.*` or `*`; empty: all.
    pub types: Vec<String>,
    /// About this subject.
    pub subject: Option<String>,
    /// After this place: a cursor that a page gave, the id of an event, `start` for the oldest there is, or `now` for
    /// what comes next.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// A page of events, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<PublicEvent>,
    /// Where to go on, also when there is nothing more yet.
    pub next: String,
    /// Whether there is more already.
    pub has_more: bool,
}

/// Which events, looked at from the end of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LatestQuery {
    /// Exact types, `order.*` or `*`; empty: all.
    pub types: Vec<String>,
    /// About this subject.
    pub subject: Option<String>,
    /// At or before this position; `None`: from the end on.
    pub upto: Option<Position>,
    /// At most so many.
    pub limit: usize,
}

/// The last events, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestPage {
    /// The events.
    pub events: Vec<PublicEvent>,
    /// Where to go on looking, when the beginning of the log was not reached.
    pub older: Option<Position>,
}

/// Positions that are looked through at once on the way back.
const WINDOW: u32 = 500;

/// Windows that one request looks through: rare events take several requests, none of which takes long.
const WINDOWS_MAX: u32 = 20;

/// The log as others may read it.
#[derive(Clone)]
pub struct Events {
    room: Room,
}

impl Events {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }

    /// Events after a place, oldest first, as far back as `events.retention` reaches. Whoever names a place is not led
    /// past events that are no longer shown without a word.
    ///
    /// Problems: `cursor_stale` with the oldest position, for a cursor of another epoch or one that is too old.
    pub async fn list(&self, caller: &Caller, query: &EventQuery) -> Result<EventPage, Problem> {
        caller.may("events:read")?;
        let wanted = Wanted::of(&query.types, query.subject.clone())?;
        let place = query.after.as_deref().map_or(Ok(Place::Start), Place::parse)?;
        let (feed, log) = (&self.room.ports.feed, Log::of(&self.room).await?);
        let mut position = match log.find(&place).await? {
            Ok(position) => position,
            Err(gap) => return Err(log.refused(&place, gap).await?),
        };
        let head = *feed.head().borrow();
        let mut fetched = feed.after(position, wanted.filter(), query.limit).await?;
        if fetched.first().is_some_and(|event| log.is_too_old(event)) {
            if place != Place::Start {
                return Err(log.refused(&place, Gap::Retention).await?);
            }
            position = log.before_all().await?;
            fetched = feed.after(position, wanted.filter(), query.limit).await?;
        }
        let full = u32::try_from(fetched.len()).is_ok_and(|len| len >= query.limit);
        let mut events = Vec::with_capacity(fetched.len());
        for event in &fetched {
            position = event.position;
            let shown = public(event, &self.room.settings.public_url);
            events.extend(shown.filter(|shown| wanted.takes(&shown.kind, &shown.subject)));
        }
        if !full {
            // What is not there up to the head was looked through, and need not be again.
            position = position.max(head);
        }
        Ok(EventPage { events, next: log.cursor(position), has_more: full })
    }

    /// The last events, newest first, as far back as `events.retention` reaches. Where few of them are wanted, a page
    /// may be short, or empty, and still say where to go on.
    pub async fn latest(&self, caller: &Caller, query: &LatestQuery) -> Result<LatestPage, Problem> {
        caller.may("events:read")?;
        let wanted = Wanted::of(&query.types, query.subject.clone())?;
        let (feed, log) = (&self.room.ports.feed, Log::of(&self.room).await?);
        let head = *feed.head().borrow();
        let mut high = query.upto.map_or(head, |upto| upto.min(head));
        let mut events = Vec::with_capacity(query.limit);
        for _ in 0..WINDOWS_MAX {
            if high.0 == 0 {
                return Ok(LatestPage { events, older: None });
            }
            let low = Position(high.0.saturating_sub(WINDOW.into()));
            let found = feed.after(low, wanted.filter(), WINDOW).await?;
            for event in found.iter().rev().filter(|event| event.position <= high) {
                if log.is_too_old(event) {
                    return Ok(LatestPage { events, older: None });
                }
                if events.len() >= query.limit {
                    return Ok(LatestPage { events, older: Some(event.position) });
                }
                let shown = public(event, &self.room.settings.public_url);
                events.extend(shown.filter(|shown| wanted.takes(&shown.kind, &shown.subject)));
            }
            high = low;
        }
        Ok(LatestPage { events, older: (high.0 > 0).then_some(high) })
    }

    /// One event.
    pub async fn get(&self, caller: &Caller, id: &EventId) -> Result<PublicEvent, Problem> {
        caller.may("events:read")?;
        let found = self.room.ports.feed.event(id).await?;
        let shown = found.and_then(|event| public(&event, &self.room.settings.public_url));
        shown.ok_or_else(|| Problem::not_found("event", id))
    }
}
