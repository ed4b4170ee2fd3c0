//! All that is stored, for whoever checks it.

use async_trait::async_trait;
use serde::Serialize;
use sutler_app::commit::StockKey;
use sutler_app::event::Recorded;
use sutler_app::ports::audit::{
    Audit, Event, JournalRow, LogEnd, Moment, Row, StoredLevel, StoredView, Visit,
};
use sutler_app::ports::{ReadError, Stored};
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{Position, Version};

use super::{Memory, State};

#[async_trait]
impl Audit for Memory {
    async fn visit(&self, visit: Visit) -> Result<(), ReadError> {
        let state = self.state.lock();
        let mut by_stream: Vec<(String, &Recorded)> =
            state.events.iter().map(|event| (event.stream.to_string(), event)).collect();
        by_stream.sort_by(|(a, x), (b, y)| (a, x.version).cmp(&(b, y.version)));
        visit(&Held { state: &state, by_stream, epoch: &self.options.epoch });
        Ok(())
    }
}

/// The state while nobody else has it.
struct Held<'s> {
    state: &'s State,
    by_stream: Vec<(String, &'s Recorded)>,
    epoch: &'s str,
}

impl Moment for Held<'_> {
    fn end(&self) -> Result<LogEnd, ReadError> {
        let heads = &self.state.heads;
        Ok(LogEnd {
            first_epoch: self.epoch.to_owned(),
            position: heads.position,
            hash: heads.hash,
            recorded_at: heads.recorded_at,
            next_number: heads.next_number,
        })
    }

    fn log(&self, after: Position, limit: u32) -> Result<Vec<Row<Recorded>>, ReadError> {
        let later = self.state.events.iter().filter(|event| event.position > after);
        Ok(later.take(size(limit)).cloned().map(Ok).collect())
    }

    fn journal(&self, after: u64, limit: u32) -> Result<Vec<JournalRow>, ReadError> {
        let rows = (1u64..).zip(&self.state.journal).skip_while(|(row, _)| *row <= after);
        Ok(rows.take(size(limit)).map(|(row, entry)| JournalRow { row, entry: Ok(entry.clone()) }).collect())
    }

    fn histories(
        &self,
        kind: StreamKind,
        (id, version): (&str, Version),
        limit: u32,
    ) -> Result<Vec<Event>, ReadError> {
        let last = (format!("{}:{id}", kind.as_str()), version);
        let begin = self.by_stream.partition_point(|(stream, e)| (stream, e.version) <= (&last.0, last.1));
        let later = self.by_stream.iter().skip(begin).map(|(_, event)| *event);
        let of_kind = later.filter(|event| event.stream.kind() == kind);
        let event = |event: &Recorded| Event {
            id: event.stream.id().to_owned(),
            version: event.version,
            event: Ok(event.clone()),
        };
        Ok(of_kind.take(size(limit)).map(event).collect())
    }

    fn versions(
        &self,
        kind: StreamKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, Version)>, ReadError> {
        let streams = self.state.heads.streams.iter();
        let of_kind = streams.filter(|(stream, _)| stream.kind() == kind && stream.id() > after);
        let mut rows: Vec<_> = of_kind.map(|(stream, version)| (stream.id().to_owned(), *version)).collect();
        rows.sort();
        rows.truncate(size(limit));
        Ok(rows)
    }

    fn views(&self, kind: StreamKind, after: &str, limit: u32) -> Result<Vec<StoredView>, ReadError> {
        let state = self.state;
        let page = Page { state, kind, after, limit: size(limit) };
        match kind {
            StreamKind::Order => page.of(state.orders.iter().map(|(id, view)| (id.as_str(), view))),
            StreamKind::Product => page.of(state.products.iter().map(|(id, view)| (id.as_str(), view))),
            StreamKind::Price => page.of(state.prices.iter().map(|(id, view)| (id.as_str(), view))),
            StreamKind::Location => page.of(state.locations.iter().map(|(id, view)| (id.as_str(), view))),
            StreamKind::Reservation => {
                page.of(state.reservations.iter().map(|(id, view)| (id.as_str(), view)))
            }
            StreamKind::Collection => page.of(state.collections.iter().map(|(id, view)| (id.as_str(), view))),
            StreamKind::Category => page.of(state.categories.iter().map(|(id, view)| (id.as_str(), view))),
            StreamKind::Customer => page.of(state.customers.iter().map(|(id, view)| (id.as_str(), view))),
            StreamKind::Key => page.of(state.keys.iter().map(|(id, view)| (id.as_str(), view))),
            _ => Ok(Vec::new()),
        }
    }

    fn levels(&self, after: Option<&StockKey>, limit: u32) -> Result<Vec<StoredLevel>, ReadError> {
        let later = self.state.heads.stock.iter().filter(|(at, _)| after.is_none_or(|last| *at > last));
        let mut rows: Vec<_> = later.collect();
        rows.sort_by_key(|(at, _)| *at);
        let stored = rows.into_iter().take(size(limit)).map(|(at, level)| {
            let stream = StreamId::stock(&at.variant_id, &at.location_id);
            let signal = self.state.signals.get(&stream).copied().unwrap_or_default();
            Ok(StoredLevel { at: at.clone(), level: *level, signal: word(&signal)? })
        });
        stored.collect()
    }
}

/// A page of views of one kind.
struct Page<'s> {
    state: &'s State,
    kind: StreamKind,
    after: &'s str,
    limit: usize,
}

impl Page<'_> {
    fn of<'v, V: Serialize + 'v>(
        &self,
        views: impl Iterator<Item = (&'v str, &'v V)>,
    ) -> Result<Vec<StoredView>, ReadError> {
        let later = views.filter(|(id, _)| *id > self.after).take(self.limit);
        let stored = later.map(|(id, view)| {
            let body = serde_json::to_string(view).map_err(|error| ReadError::Corrupt(error.to_string()))?;
            let Stored { version, number, .. } = self.state.stored(&StreamId::new(self.kind, id), ());
            Ok(StoredView { id: id.to_owned(), version, number, body })
        });
        stored.collect()
    }
}

/// The word that an enum is written as.
fn word(value: &impl Serialize) -> Result<String, ReadError> {
    let json = serde_json::to_string(value).map_err(|error| ReadError::Corrupt(error.to_string()))?;
    Ok(json.trim_matches('"').to_owned())
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
