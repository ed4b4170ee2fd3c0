//! The log as it grows, for any number of readers who wait for it: read once a node, and kept for a moment in memory.
//!
//! One task reads what is new (`run`), if anybody listens, and keeps it in its public form. A reader takes from what is
//! kept at its own pace; only one that begins further back reads the log itself, until it has caught up. Nobody waits for
//! a reader: one that was up to date and falls too far behind is told so and let go. It comes back with the last id that
//! it saw, and has missed nothing. One that was held back by us, since all readers together take too much of the node, is
//! not let go: it reads on from the log, where many like it share what is read.

mod kept;
mod pages;
mod reading;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, select};
use parking_lot::RwLock;
use sutler_domain::Position;
use tokio::sync::{Notify, watch};

use super::place::{Gap, Log, Place, Wanted};
use super::{names, public, reach};
use crate::Room;
use crate::caller::Caller;
use crate::error::{Kind, Problem};
use crate::event::Recorded;
use crate::ports::{EventFilter, ReadError};

use kept::Kept;
use pages::Pages;
pub use reading::{Reading, Told};

/// Events that a reader may be behind once it was up to date.
pub const BEHIND_MAX: usize = 1_000;

/// Events kept in memory for readers.
pub const KEPT_MAX: usize = 4_096;

/// Bytes of events kept in memory for readers.
pub const KEPT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Events that are read of the log at once.
const BATCH: u32 = 256;

/// How often the log is looked at although nothing woke the reader.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How long to rest after the log could not be read.
const REST: Duration = Duration::from_secs(1);

/// An event as it is handed to readers.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its place in the log.
    pub position: Position,
    /// Its own id.
    pub id: String,
    /// Such as `payment.captured`.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// All of it as JSON, on one line: the bytes that every way of reading shows.
    pub json: String,
    message: OnceLock<Bytes>,
}

impl Shown {
    /// `None` for internal events.
    fn of(event: &Recorded, source: &str) -> Option<Self> {
        let shown = public(event, source)?;
        // The envelope is plain data with string keys, which always has a JSON form.
        let json = serde_json::to_string(&shown).unwrap_or_default();
        Some(Self::new(event.position, shown.id, shown.kind, shown.subject, json))
    }

    /// An event in its public form; `json` is all of it, on one line.
    pub const fn new(position: Position, id: String, kind: String, subject: String, json: String) -> Self {
        Self { position, id, kind, subject, json, message: OnceLock::new() }
    }

    /// The message that tells it to the readers of a stream, written once for all of them.
    pub fn message(&self, write: impl FnOnce(&Self) -> Bytes) -> Bytes {
        self.message.get_or_init(|| write(self)).clone()
    }
}

/// Which events a reader waits for, and from where on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveQuery {
    /// Exact types, `order.*` or `*`; empty: all.
    pub types: Vec<String>,
    /// About this subject.
    pub subject: Option<String>,
    /// After this place; `None`: what happens from now on.
    pub after: Option<String>,
    /// The last id that was seen before the connection was lost; it counts more than `after`.
    pub last_seen: Option<String>,
}

/// The log as it grows.
#[derive(Clone)]
pub struct Live {
    room: Room,
    line: Arc<Line>,
}

/// What readers and the one who reads for them share.
#[derive(Debug)]
struct Line {
    kept: RwLock<Kept>,
    /// For readers who were held back.
    pages: Pages,
    /// Moves when there is something new to see.
    news: watch::Sender<()>,
    /// Somebody came where nobody was.
    came: Notify,
    is_over: AtomicBool,
    readers: AtomicUsize,
    let_go: AtomicU64,
}

/// A reader that counts as one until it is dropped.
#[derive(Debug)]
struct Counted(Arc<Line>);

impl Counted {
    fn new(line: &Arc<Line>) -> Self {
        if line.readers.fetch_add(1, Ordering::SeqCst) == 0 {
            // Whoever reads for all of them rests while there is nobody.
            line.came.notify_one();
        }
        Self(Arc::clone(line))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.readers.fetch_sub(1, Ordering::SeqCst);
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("line", &self.line).finish_non_exhaustive()
    }
}

impl Live {
    pub(crate) fn new(room: Room) -> Self {
        let line = Line {
            kept: RwLock::default(),
            pages: Pages::default(),
            news: watch::Sender::new(()),
            came: Notify::new(),
            is_over: AtomicBool::new(false),
            readers: AtomicUsize::new(0),
            let_go: AtomicU64::new(0),
        };
        Self { room, line: Arc::new(line) }
    }

    /// Readers at this moment.
    pub fn readers(&self) -> usize {
        self.line.readers.load(Ordering::SeqCst)
    }

    /// Readers that were let go for being too far behind.
    pub fn let_go(&self) -> u64 {
        self.line.let_go.load(Ordering::Relaxed)
    }

    /// Positions of the log that were not handed to readers yet; 0 when there are none.
    pub fn behind(&self) -> u64 {
        let head = *self.room.ports.feed.head().borrow();
        if self.readers() == 0 { 0 } else { head.0.saturating_sub(self.line.kept.read().tail().0) }
    }

    /// Let every reader go, and take no more: the server ends.
    pub fn close(&self) {
        self.line.is_over.store(true, Ordering::SeqCst);
        self.line.news.send_replace(());
    }

    /// Wait until [`Live::close`] is called.
    pub async fn closed(&self) {
        let mut news = self.line.news.subscribe();
        while !self.line.is_over.load(Ordering::SeqCst) {
            // The sender lives as long as the line, which is held here.
            if news.changed().await.is_err() {
                return;
            }
        }
    }

    /// Read the log for all readers, for ever. Without this running, readers that have caught up see nothing new.
    pub async fn run(&self) {
        let clock = &self.room.ports.clock;
        let mut head = self.room.ports.feed.head();
        loop {
            head.mark_unchanged();
            match self.carry().await {
                Ok(0) => {
                    let moved = std::pin::pin!(head.changed());
                    let came = std::pin::pin!(self.line.came.notified());
                    let rested = select(came, clock.sleep(LOOK_EVERY));
                    // A store that is gone moves no more.
                    if let Either::Left((Err(_), _)) = select(moved, rested).await {
                        return;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "event_streams_without_log");
                    clock.sleep(REST).await;
                }
            }
        }
    }

    /// Take in what is new; gives how many events were read.
    async fn carry(&self) -> Result<usize, ReadError> {
        let feed = &self.room.ports.feed;
        let head = *feed.head().borrow();
        {
            let mut kept = self.line.kept.write();
            // Whoever comes after this look begins at the head, or reads the log itself.
            if self.line.readers.load(Ordering::SeqCst) == 0 {
                kept.skip_to(head);
                return Ok(0);
            }
        }
        let epoch = feed.epoch().await?;
        let (from, is_another) = self.line.kept.write().begin(&epoch, head);
        if is_another {
            // Positions mean something else now: everybody comes back with an id.
            self.line.news.send_replace(());
        }
        let events = feed.after(from, &EventFilter::default(), BATCH).await?;
        let Some(last) = events.last().map(|event| event.position) else { return Ok(0) };
        let source = &self.room.settings.public_url;
        let shown: Vec<Arc<Shown>> =
            events.iter().filter_map(|event| Shown::of(event, source)).map(Arc::new).collect();
        let is_news = !shown.is_empty();
        self.line.kept.write().add(shown, last);
        if is_news {
            self.line.news.send_replace(());
        }
        Ok(events.len())
    }

    /// Begin to read.
    ///
    /// Problems: `cursor_stale` for an `after` of another epoch. An id that the log no longer shows is none: the reader is
    /// told of the gap first.
    pub async fn open(&self, caller: &Caller, query: &LiveQuery) -> Result<Reading, Problem> {
        caller.may("events:read")?;
        if self.line.is_over.load(Ordering::SeqCst) {
            let detail = "this server is being stopped; connect again, another one will answer";
            return Err(Problem::new(Kind::Busy, "shutting_down", detail));
        }
        let wanted = Wanted::of(&query.types, query.subject.clone())?;
        // Before the head is looked at: from here on nothing is skipped.
        let counted = Counted::new(&self.line);
        let log = Log::of(&self.room).await?;
        let place = match (&query.last_seen, &query.after) {
            (Some(id), _) => Place::parse(id)?,
            (None, Some(after)) => Place::parse(after)?,
            (None, None) => Place::Now,
        };
        let (at, gap) = match self.begin(&log, &place, &wanted).await? {
            Ok(at) => (at, None),
            Err(gap) if query.last_seen.is_none() && matches!(place, Place::Cursor(_)) => {
                return Err(log.refused(&place, gap).await?);
            }
            Err(gap) => (log.before_all().await?, Some(gap)),
        };
        let first = match gap {
            None => Told::Open { cursor: log.cursor(at) },
            Some(gap) => Told::Gap { gap, cursor: log.cursor(at), oldest: self.oldest_id(at).await? },
        };
        Ok(Reading::new(self.clone(), counted, wanted, log.epoch, at, first))
    }

    /// Where a reader begins, or what it has missed.
    async fn begin(
        &self,
        log: &Log<'_>,
        place: &Place,
        wanted: &Wanted,
    ) -> Result<Result<Position, Gap>, ReadError> {
        if *place == Place::Start {
            return Ok(Ok(log.before_all().await?));
        }
        let at = match log.find(place).await? {
            Ok(at) => at,
            Err(gap) => return Ok(Err(gap)),
        };
        let next = reach::first(&*self.room.ports.feed, at, wanted.filter().clone()).await?;
        let is_lost = next.is_some_and(|event| log.is_too_old(&event));
        Ok(if is_lost { Err(Gap::Retention) } else { Ok(at) })
    }

    /// The id of the oldest event after a position.
    async fn oldest_id(&self, at: Position) -> Result<Option<String>, ReadError> {
        let filter = EventFilter { names: Some(names()), subject: None };
        let found = reach::first(&*self.room.ports.feed, at, filter).await?;
        Ok(found.map(|event| event.event_id.to_string()))
    }
}
