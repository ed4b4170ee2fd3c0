//! Heads that the writer remembers from one batch to the next. It is the only one who moves them, so what it wrote last
//! is what stands; after anything went wrong it forgets all of them and reads again.

use std::collections::HashMap;

use sutler_app::admission::{Heads, JobHead};
use sutler_app::commit::StockKey;
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::inventory::Level;
use sutler_domain::{JobId, Version};

/// Heads of one kind that are remembered; beyond it all of the kind are forgotten.
const KEPT_MAX: usize = 16_384;

/// What many commits ask about: price records, levels of stock, and running jobs.
#[derive(Default)]
pub(super) struct Known {
    prices: HashMap<StreamId, Version>,
    stock: HashMap<StockKey, Level>,
    jobs: HashMap<JobId, JobHead>,
}

impl Known {
    pub(super) fn version(&self, stream: &StreamId) -> Option<Version> {
        self.prices.get(stream).copied()
    }

    pub(super) fn level(&self, at: &StockKey) -> Option<Level> {
        self.stock.get(at).copied()
    }

    pub(super) fn job(&self, id: &JobId) -> Option<JobHead> {
        self.jobs.get(id).copied()
    }

    /// A job was leased.
    pub(super) fn leased(&mut self, id: &JobId, head: JobHead) {
        if self.jobs.len() >= KEPT_MAX {
            self.jobs.clear();
        }
        self.jobs.insert(id.clone(), head);
    }

    /// The heads after a batch that was written.
    pub(super) fn learn(&mut self, heads: Heads) {
        if self.prices.len() >= KEPT_MAX {
            self.prices.clear();
        }
        if self.stock.len() >= KEPT_MAX {
            self.stock.clear();
        }
        self.prices
            .extend(heads.streams.into_iter().filter(|(stream, _)| stream.kind() == StreamKind::Price));
        self.stock.extend(heads.stock);
        // Jobs that were finished or moved by hand are read again, should anybody ask.
        for id in heads.jobs.keys() {
            self.jobs.remove(id);
        }
    }

    /// Something was not written as it was meant to be.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}
