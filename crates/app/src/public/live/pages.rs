//! Pages of the log that readers share who were held back: they are many, and close together.

use std::collections::VecDeque;
use std::sync::Arc;

use sutler_domain::Position;
use tokio::sync::Mutex;

use super::{BATCH, Live, Shown};
use crate::ports::{EventFilter, ReadError};

/// Pages kept; each has as many events as are read of the log at once.
const PAGES_MAX: usize = 32;

/// Events of the log between two positions.
#[derive(Debug)]
pub(super) struct Page {
    epoch: String,
    from: Position,
    /// Everything up to here is in it.
    pub(super) upto: Position,
    events: Vec<Arc<Shown>>,
}

impl Page {
    /// What comes behind a position in it.
    pub(super) fn behind(&self, at: Position) -> impl Iterator<Item = Arc<Shown>> {
        self.events.iter().filter(move |event| event.position > at).cloned()
    }

    fn goes_on_from(&self, epoch: &str, at: Position) -> bool {
        self.epoch == epoch && self.from <= at && at < self.upto
    }
}

/// The last pages that were read.
#[derive(Debug, Default)]
pub(super) struct Pages(Mutex<VecDeque<Arc<Page>>>);

impl Pages {
    /// The page that goes on from a position, read once for all who want it; `None` at the end of the log.
    pub(super) async fn after(
        &self,
        live: &Live,
        epoch: &str,
        at: Position,
    ) -> Result<Option<Arc<Page>>, ReadError> {
        // Held while it is read: the others want the same page.
        let mut pages = self.0.lock().await;
        if let Some(page) = pages.iter().rev().find(|page| page.goes_on_from(epoch, at)) {
            return Ok(Some(Arc::clone(page)));
        }
        let events = live.room.ports.feed.after(at, &EventFilter::default(), BATCH).await?;
        let Some(last) = events.last() else { return Ok(None) };
        let source = &live.room.settings.public_url;
        let page = Arc::new(Page {
            epoch: epoch.to_owned(),
            from: at,
            upto: last.position,
            events: events.iter().filter_map(|event| Shown::of(event, source)).map(Arc::new).collect(),
        });
        pages.push_back(Arc::clone(&page));
        if pages.len() > PAGES_MAX {
            pages.pop_front();
        }
        Ok(Some(page))
    }
}
