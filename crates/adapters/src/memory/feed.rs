//! The log as a feed.

use async_trait::async_trait;
use sutler_app::commit::Refused;
use sutler_app::event::Recorded;
use sutler_app::ports::{Bookmark, EventFilter, Feed, FeedCursor, ReadError};
use sutler_app::stream::StreamId;
use sutler_domain::{EventId, Position, Version};
use tokio::sync::watch;

use super::Memory;

#[async_trait]
impl Feed for Memory {
    async fn epoch(&self) -> Result<String, ReadError> {
        Ok(self.options.epoch.clone())
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    async fn after(
        &self,
        position: Position,
        filter: &EventFilter,
        limit: u32,
    ) -> Result<Vec<Recorded>, ReadError> {
        let state = self.state.lock();
        // Positions have no gaps from 1 on, so the position is the index of the next event.
        let skip = usize::try_from(position.0).unwrap_or(usize::MAX);
        let wanted = |event: &&Recorded| {
            filter.names.as_ref().is_none_or(|names| names.contains(&event.name.as_str()))
                && filter.subject.as_ref().is_none_or(|id| event.stream.id() == id)
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(state.events.iter().skip(skip).filter(wanted).take(limit).cloned().collect())
    }

    async fn stream(&self, stream: &StreamId, upto: Option<Version>) -> Result<Vec<Recorded>, ReadError> {
        let state = self.state.lock();
        let wanted = |event: &&Recorded| {
            &event.stream == stream && upto.is_none_or(|version| event.version <= version)
        };
        Ok(state.events.iter().filter(wanted).cloned().collect())
    }

    async fn event(&self, id: &EventId) -> Result<Option<Recorded>, ReadError> {
        Ok(self.state.lock().events.iter().find(|event| &event.event_id == id).cloned())
    }

    async fn cursor(&self, name: &str) -> Result<Position, ReadError> {
        Ok(self.state.lock().cursors.get(name).copied().unwrap_or_default())
    }

    async fn move_cursor(&self, name: &str, position: Position) -> Result<(), Refused> {
        self.state.lock().cursors.insert(name.to_owned(), position);
        Ok(())
    }

    async fn bookmark(&self, name: &str) -> Result<Bookmark, ReadError> {
        Ok(self.state.lock().bookmarks.get(name).cloned().unwrap_or_default())
    }

    async fn move_bookmark(&self, name: &str, seen: Version, to: &FeedCursor) -> Result<Version, Refused> {
        let mut state = self.state.lock();
        let mark = state.bookmarks.entry(name.to_owned()).or_default();
        if mark.version != seen {
            return Err(Refused::LeaseLost);
        }
        *mark = Bookmark { version: seen.plus(1), at: to.clone() };
        state.heads.bookmarks.insert(name.to_owned(), seen.plus(1));
        Ok(seen.plus(1))
    }
}
