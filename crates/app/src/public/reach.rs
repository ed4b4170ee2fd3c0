//! How far back readers may look: `events.retention`. The log itself is never trimmed.

use jiff::{SignedDuration, Timestamp};
use sutler_domain::Position;

use crate::event::Recorded;
use crate::ports::{EventFilter, Feed, ReadError};

/// The time before which events are nobody's any more.
pub(crate) fn oldest(now: Timestamp, retention: SignedDuration) -> Timestamp {
    now.checked_sub(retention).unwrap_or(Timestamp::MIN)
}

/// The last position of which the event was recorded before a time; they never fall along positions.
pub(crate) async fn before(feed: &dyn Feed, since: Timestamp) -> Result<Position, ReadError> {
    let (mut low, mut high) = (0, feed.head().borrow().0);
    while low < high {
        let middle = low + (high - low) / 2;
        match first(feed, Position(middle), EventFilter::default()).await? {
            Some(event) if event.recorded_at < since => low = event.position.0,
            _ => high = middle,
        }
    }
    Ok(Position(low))
}

/// The first event after a position.
pub(crate) async fn first(
    feed: &dyn Feed,
    after: Position,
    filter: EventFilter,
) -> Result<Option<Recorded>, ReadError> {
    Ok(feed.after(after, &filter, 1).await?.into_iter().next())
}
