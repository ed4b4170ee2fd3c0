//! Where to go on: behind the newest event of the bus, if that is one of this log; otherwise from the oldest event that
//! readers may still ask for. The bus is believed about what it has, and the log about everything else.

use jiff::Timestamp;
use sutler_domain::Position;

use super::bus::Pause;
use crate::Room;
use crate::ports::publisher::{BusError, LogName, Newest};
use crate::ports::{EventFilter, Feed, FeedCursor, ReadError};
use crate::public;
use crate::public::reach::{before, first, oldest};

/// Why events are published anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rewind {
    /// The bus has nothing, and had something.
    Wiped,
    /// It lost its end.
    Shortened,
    /// The log was restored from a backup: it is another one from there on.
    Restored,
    /// The bus has an event that the log has not, though nobody said that it was restored: the log lost its end.
    Ahead,
}

impl Rewind {
    pub(super) const ALL: [Self; 4] = [Self::Wiped, Self::Shortened, Self::Restored, Self::Ahead];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Wiped => "wiped",
            Self::Shortened => "shortened",
            Self::Restored => "restored",
            Self::Ahead => "ahead",
        }
    }
}

/// Where to go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Behind this position.
    pub(super) after: Position,
    pub(super) rewind: Option<Rewind>,
}

/// Refuse a bus with the events of another shop.
pub(super) fn is_ours(newest: &Newest, log: &LogName, place: &str) -> Result<(), BusError> {
    if newest.log.first_epoch == log.first_epoch {
        return Ok(());
    }
    Err(BusError::Refused(format!(
        "{place} holds the events of another log ({}, and this one is {}); \
         name another stream in events.stream, or remove that one if nobody needs it",
        newest.log.first_epoch, log.first_epoch
    )))
}

/// Where to go on, by the newest event of the bus and by where the relay was.
pub(super) async fn start(
    room: &Room,
    log: &LogName,
    newest: Option<&Newest>,
    was: &FeedCursor,
) -> Result<Start, Pause> {
    let feed = &*room.ports.feed;
    let since = oldest(room.ports.clock.now(), room.settings.events_retention);
    let anew = async |rewind| Ok(Start { after: before(feed, since).await?, rewind });
    let Some(newest) = newest else {
        let after = before(feed, since).await?;
        let had = lost(feed, after, was, log, since).await?;
        return Ok(Start { after, rewind: had.then_some(Rewind::Wiped) });
    };
    if newest.log.epoch != log.epoch {
        return anew(Some(Rewind::Restored)).await;
    }
    if !stands(feed, newest).await? {
        return anew(Some(Rewind::Ahead)).await;
    }
    let is_short = lost(feed, newest.position, was, log, since).await?;
    Ok(Start { after: newest.position, rewind: is_short.then_some(Rewind::Shortened) })
}

/// Whether the log has this event in this place.
async fn stands(feed: &dyn Feed, newest: &Newest) -> Result<bool, ReadError> {
    let found = first(feed, Position(newest.position.0.saturating_sub(1)), EventFilter::default()).await?;
    Ok(found
        .is_some_and(|event| event.position == newest.position && event.event_id.as_str() == newest.event_id))
}

/// Whether there is a public event behind a place that the relay had passed.
async fn lost(
    feed: &dyn Feed,
    after: Position,
    was: &FeedCursor,
    log: &LogName,
    since: Timestamp,
) -> Result<bool, ReadError> {
    if was.epoch != log.epoch || was.position <= after {
        return Ok(false);
    }
    let filter = EventFilter { names: Some(public::names()), subject: None };
    let found = first(feed, after, filter).await?;
    Ok(found.is_some_and(|event| event.position <= was.position && event.recorded_at >= since))
}
