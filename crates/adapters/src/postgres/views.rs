//! The views of a batch, folded: what is left of each row when all commits of the batch have had their say, so that it
//! is written once.

use std::collections::BTreeMap;

use sutler_app::stream::{StreamId, StreamKind};

use super::write::Taken;
use crate::rows::{Prepared, Row, RowChange};

/// What becomes of the view of one stream.
#[derive(Default)]
pub(super) struct Last<'b> {
    /// Its version after the batch.
    pub(super) version: u64,
    /// The number it drew in this batch.
    pub(super) drawn: Option<u64>,
    /// How it stands; `None`: as before but for its version, or gone.
    pub(super) row: Option<&'b Row>,
    /// Whether it was taken away, maybe to be written anew.
    pub(super) gone: bool,
    /// Each version of it that is kept as a row of its own.
    pub(super) versions: BTreeMap<u64, &'b Row>,
}

/// The views of a batch, by stream.
#[derive(Default)]
pub(super) struct Folded<'b> {
    streams: BTreeMap<&'b StreamId, Last<'b>>,
    /// Orders as they were before the batch.
    pub(super) orders: BTreeMap<String, StoredOrder>,
}

/// What an order was found by before.
pub(super) struct StoredOrder {
    pub(super) number: i64,
    pub(super) placed_at: i64,
    pub(super) terms: String,
}

impl<'b> Folded<'b> {
    pub(super) fn of(batch: &[Taken<'b>], orders: BTreeMap<String, StoredOrder>) -> Self {
        let mut folded = Self { orders, ..Self::default() };
        for (prepared, admitted) in batch {
            folded.add(prepared, &admitted.receipt);
        }
        folded
    }

    fn add(&mut self, prepared: &'b Prepared, receipt: &sutler_app::commit::Receipt) {
        for (change, row) in prepared.commit.changes.iter().zip(&prepared.rows) {
            let last = self.streams.entry(&change.stream).or_default();
            last.version = receipt.version_of(&change.stream).unwrap_or_default().0;
            if change.numbered {
                last.drawn = receipt.number_of(&change.stream);
            }
            match row {
                RowChange::Keep => {}
                RowChange::Put(row) => {
                    last.row = Some(row);
                    last.versions.insert(last.version, row);
                }
                RowChange::Delete => {
                    (last.row, last.gone) = (None, true);
                    last.versions.clear();
                }
            }
        }
    }

    /// The streams of a kind.
    pub(super) fn of_kind(&self, kind: StreamKind) -> impl Iterator<Item = (&'b StreamId, &Last<'b>)> {
        self.streams
            .iter()
            .filter(move |(stream, _)| stream.kind() == kind)
            .map(|(stream, last)| (*stream, last))
    }

    /// Those of a kind that stand, with their rows.
    pub(super) fn standing(&self, kind: StreamKind) -> Vec<(&'b str, i64, &'b Row)> {
        let put = self
            .of_kind(kind)
            .filter_map(|(stream, last)| Some((stream.id(), super::session::int(last.version), last.row?)));
        put.collect()
    }

    /// The ids of those that are gone.
    pub(super) fn gone(&self, kind: StreamKind) -> Vec<&'b str> {
        self.of_kind(kind).filter(|(_, last)| last.gone && last.row.is_none()).map(|(s, _)| s.id()).collect()
    }

    /// Those whose version moved without their view: ids and versions.
    pub(super) fn touched(&self, kind: StreamKind) -> (Vec<&'b str>, Vec<i64>) {
        self.of_kind(kind)
            .filter(|(_, last)| !last.gone && last.row.is_none())
            .map(|(stream, last)| (stream.id(), super::session::int(last.version)))
            .unzip()
    }
}
