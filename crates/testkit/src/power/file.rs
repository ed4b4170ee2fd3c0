//! A file of the disk: the bytes that are down, the bytes that readers see, and what lies between.

use super::cut::Chance;

/// Something that was done to a file and is not on the disk yet.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize { len: usize },
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => {
                let end = at.saturating_add(bytes.len());
                if content.len() < end {
                    content.resize(end, 0);
                }
                if let Some(place) = content.get_mut(*at..end) {
                    place.copy_from_slice(bytes);
                }
            }
            Self::Resize { len } => content.resize(*len, 0),
        }
    }
}

/// `durable` with every volatile change applied is `live`, always; a sync makes them equal. The one exception is a
/// sync that failed: its changes are gone for good, although they are still seen until the power goes.
#[derive(Default)]
pub(super) struct File {
    durable: Vec<u8>,
    live: Vec<u8>,
    /// Each with the tick of the disk at which it was made, ascending.
    volatile: Vec<(u64, Change)>,
}

impl File {
    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    /// At most `len` bytes from `at` on, fewer at the end of the file.
    pub(super) fn read(&self, at: usize, len: usize) -> &[u8] {
        let end = at.saturating_add(len).min(self.live.len());
        self.live.get(at..end).unwrap_or_default()
    }

    pub(super) fn change(&mut self, tick: u64, change: Change) {
        change.apply(&mut self.live);
        self.volatile.push((tick, change));
    }

    /// What was done up to this tick is on the disk from now on.
    pub(super) fn sync(&mut self, tick: u64) {
        for change in self.take(tick) {
            change.apply(&mut self.durable);
        }
    }

    /// The sync failed. As on Linux, the pages count as clean afterwards, so that a later sync succeeds without
    /// having written them.
    pub(super) fn fail_sync(&mut self, tick: u64) {
        drop(self.take(tick));
    }

    /// The power goes: chance says which of the volatile changes had reached the disk.
    pub(super) fn cut(&mut self, chance: &mut Chance) {
        let volatile = self.take(u64::MAX);
        for change in chance.leaves(volatile) {
            change.apply(&mut self.durable);
        }
        self.live.clone_from(&self.durable);
    }

    fn take(&mut self, tick: u64) -> Vec<Change> {
        let count = self.volatile.partition_point(|(made, _)| *made <= tick);
        self.volatile.drain(..count).map(|(_, change)| change).collect()
    }
}
