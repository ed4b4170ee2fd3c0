//! One reader of the log as it grows.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sutler_domain::Position;
use tokio::sync::watch;

use super::kept::Look;
use super::{BEHIND_MAX, Counted, Gap, Live, Shown, Wanted};
use crate::ports::ReadError;

/// Events that a reader who catches up reads of the log at once.
const PAGE: u32 = 200;

/// What a reader is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It begins behind this place.
    Open {
        /// The place, to begin there again.
        cursor: String,
    },
    /// Events are missing between where it wanted to begin and where it begins.
    Gap {
        /// Why.
        gap: Gap,
        /// Where it begins.
        cursor: String,
        /// The oldest event that there is; `None` when there is none.
        oldest: Option<String>,
    },
    /// An event.
    Event(Arc<Shown>),
    /// It fell too far behind, and this is the last it hears.
    Slow {
        /// Events behind, at least.
        behind: usize,
    },
}

/// A reader. It counts as one until it is dropped.
#[derive(Debug)]
pub struct Reading {
    live: Live,
    counted: Counted,
    wanted: Wanted,
    epoch: String,
    at: Position,
    news: watch::Receiver<()>,
    first: Option<Told>,
    ready: VecDeque<Arc<Shown>>,
    /// Whether it was up to date once: from then on it must keep up.
    is_live: bool,
    /// Whether it was held back since it was up to date: nobody may ask it to keep up then.
    is_held: bool,
    is_over: bool,
}

impl Reading {
    pub(super) fn new(
        live: Live,
        counted: Counted,
        wanted: Wanted,
        epoch: String,
        at: Position,
        first: Told,
    ) -> Self {
        let news = live.line.news.subscribe();
        Self {
            live,
            counted,
            wanted,
            epoch,
            at,
            news,
            first: Some(first),
            ready: VecDeque::new(),
            is_live: false,
            is_held: false,
            is_over: false,
        }
    }

    /// It was made to wait, though it would have read on: until it is up to date again it is not let go for being behind.
    pub const fn held(&mut self) {
        self.is_held = true;
    }

    /// What comes next, as soon as it comes; `None` when it is over.
    pub async fn next(&mut self) -> Option<Told> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Told::Event(event));
            }
            if self.is_over || self.counted.0.is_over.load(Ordering::SeqCst) {
                return None;
            }
            self.news.mark_unchanged();
            let look = self.counted.0.kept.read().look(&self.epoch, self.at);
            match look {
                Look::Events { behind, .. } if self.must_keep_up() && behind > BEHIND_MAX => {
                    return Some(self.let_go(behind));
                }
                Look::Events { events, at, behind } => {
                    self.is_live |= behind <= BEHIND_MAX;
                    self.is_held &= events.len() < behind;
                    self.take(events, at);
                }
                Look::Nothing => {
                    (self.is_live, self.is_held) = (true, false);
                    self.news.changed().await.ok()?;
                }
                Look::NotYet => self.news.changed().await.ok()?,
                Look::Elsewhere if self.must_keep_up() => return Some(self.let_go(BEHIND_MAX)),
                Look::Elsewhere => {
                    let read = if self.is_live { self.read_shared().await } else { self.read().await };
                    if let Err(error) = read {
                        tracing::warn!(%error, "event_stream_without_log");
                        return None;
                    }
                }
                Look::Over => return None,
            }
        }
    }

    const fn must_keep_up(&self) -> bool {
        self.is_live && !self.is_held
    }

    fn let_go(&mut self, behind: usize) -> Told {
        self.is_over = true;
        self.counted.0.let_go.fetch_add(1, Ordering::Relaxed);
        Told::Slow { behind }
    }

    fn take(&mut self, events: impl IntoIterator<Item = Arc<Shown>>, at: Position) {
        let wanted = &self.wanted;
        self.ready.extend(events.into_iter().filter(|event| wanted.takes(&event.kind, &event.subject)));
        self.at = at;
    }

    /// Read a page of the log that others want too.
    async fn read_shared(&mut self) -> Result<(), ReadError> {
        let line = Arc::clone(&self.counted.0);
        match line.pages.after(&self.live, &self.epoch, self.at).await? {
            Some(page) => self.take(page.behind(self.at), page.upto),
            // What comes next is kept somewhere, so there is some; a store that does not show it yet soon will.
            None => _ = self.news.changed().await,
        }
        Ok(())
    }

    /// Read a page of the log: what is not kept in memory.
    async fn read(&mut self) -> Result<(), ReadError> {
        let room = &self.live.room;
        // What is handed out was read of the log, so everything up to there is in it.
        let known = (*room.ports.feed.head().borrow()).max(self.counted.0.kept.read().tail());
        let page = room.ports.feed.after(self.at, self.wanted.filter(), PAGE).await?;
        let is_full = u32::try_from(page.len()).is_ok_and(|len| len >= PAGE);
        // From there on it is told of everything as it comes.
        self.is_live |= !is_full;
        let last = page.last().map_or(self.at, |event| event.position);
        let at = if is_full { last } else { last.max(known) };
        let source = &room.settings.public_url;
        let shown: Vec<Arc<Shown>> =
            page.iter().filter_map(|event| Shown::of(event, source)).map(Arc::new).collect();
        self.take(shown, at);
        Ok(())
    }
}
