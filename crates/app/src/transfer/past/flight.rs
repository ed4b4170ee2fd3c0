//! Commits on their way to the door: many at once, in the order of the file.

use std::collections::HashMap;
use std::task::Poll;

use futures::future::BoxFuture;
use futures::stream::FuturesOrdered;
use futures::{FutureExt, StreamExt};

use super::groups::Group;
use super::tally::Tally;
use crate::Room;
use crate::commit::{Commit, Receipt, Refused};

/// Commits on their way at a time: twice what one write of a store takes together, so that the next ones are made while
/// it writes.
const ON_THE_WAY_MAX: usize = 512;

/// Rows of the file that are on their way with them: few orders are long, but all of a file may be.
const ROWS_ON_THE_WAY_MAX: usize = 50_000;

/// What a commit carries.
pub(super) enum Load {
    /// An order.
    Order {
        /// Its lines.
        tally: Tally,
    },
    /// Units given back.
    Back {
        /// The lines that found what they cancel.
        matched: Tally,
        /// How many refunds that makes.
        refunds: u64,
        /// Rows that found nothing, and why.
        unmatched: Vec<(u64, super::cancel::Unmatched)>,
    },
    /// Goods that were lost.
    Lost,
}

/// A commit that came back.
pub(super) struct Landed {
    pub(super) group: Group,
    pub(super) load: Load,
    pub(super) key: Option<String>,
    pub(super) result: Result<Receipt, Refused>,
}

/// The commits that are on their way, and whose orders they change.
#[derive(Default)]
pub(super) struct Flight {
    on_the_way: FuturesOrdered<BoxFuture<'static, Landed>>,
    busy: HashMap<String, u32>,
    rows: usize,
}

impl Flight {
    /// Whether somebody's orders are on their way.
    pub(super) fn is_busy(&self, key: &str) -> bool {
        self.busy.contains_key(key)
    }

    pub(super) fn is_full(&self) -> bool {
        self.on_the_way.len() >= ON_THE_WAY_MAX || self.rows >= ROWS_ON_THE_WAY_MAX
    }

    /// Send a commit.
    pub(super) fn send(
        &mut self,
        room: &Room,
        group: Group,
        load: Load,
        key: Option<String>,
        commit: Commit,
    ) {
        if let Some(key) = &key {
            let count = self.busy.entry(key.clone()).or_default();
            *count = count.saturating_add(1);
        }
        self.rows = self.rows.saturating_add(group.rows.len());
        let store = room.ports.store.clone();
        let sent = async move {
            let result = store.commit(commit).await;
            Landed { group, load, key, result }
        };
        self.on_the_way.push_back(sent.boxed());
    }

    /// The next that came back, in the order in which they were sent; `None` when nothing is on its way.
    pub(super) async fn landed(&mut self) -> Option<Landed> {
        let landed = self.on_the_way.next().await;
        self.forget(landed)
    }

    /// One that has come back already. Looking is also what sends them off.
    pub(super) async fn landed_already(&mut self) -> Option<Landed> {
        match futures::poll!(self.on_the_way.next()) {
            Poll::Ready(landed) => self.forget(landed),
            Poll::Pending => None,
        }
    }

    fn forget(&mut self, landed: Option<Landed>) -> Option<Landed> {
        self.rows = self.rows.saturating_sub(landed.as_ref().map_or(0, |landed| landed.group.rows.len()));
        if let Some(key) = landed.as_ref().and_then(|landed| landed.key.as_ref())
            && let Some(count) = self.busy.get_mut(key)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.busy.remove(key);
            }
        }
        landed
    }
}
