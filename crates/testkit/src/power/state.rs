//! What is on the disk and what is in its cache: files and folders by number.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ffi::{OsStr, OsString},
    ops::RangeInclusive,
};

use super::{
    cut::{Chance, Toll},
    file::{Change, File},
    folder::{Entries, Move},
};

/// How a file or folder is known to the kernel.
pub(super) type Number = u64;

/// The root of the disk, by the convention of FUSE.
pub(super) const ROOT: Number = 1;

/// Why the disk did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The power is off, or was off since this mount began.
    Dark,
    Missing,
    Exists,
    NotAFolder,
    IsAFolder,
    NotEmpty,
    Full,
    SyncFailed,
}

pub(super) type Done<T> = Result<T, Refusal>;

/// What a number stands for.
pub(super) enum Node {
    File(File),
    Folder(Entries),
}

/// What the kernel wants to know of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) number: Number,
    pub(super) is_folder: bool,
    pub(super) len: usize,
    pub(super) mode: u16,
    pub(super) owner: (u32, u32),
}

pub(super) struct State {
    nodes: HashMap<Number, Node>,
    rights: HashMap<Number, (u16, (u32, u32))>,
    next: Number,
    /// Names changed since their folders were synced, in order.
    moves: Vec<(u64, Move)>,
    /// Counts every change, so that a sync makes safe what was there when it was asked for, and no more.
    pub(super) tick: u64,
    /// Counts the times that power came on; a mount of an earlier time reaches nothing.
    pub(super) life: u64,
    pub(super) is_dark: bool,
    pub(super) bytes_max: Option<usize>,
    pub(super) syncs: u64,
    pub(super) failing_syncs: RangeInclusive<u64>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            nodes: HashMap::from([(ROOT, Node::Folder(Entries::default()))]),
            rights: HashMap::from([(ROOT, (0o755, (0, 0)))]),
            next: 1000,
            moves: Vec::new(),
            tick: 0,
            life: 0,
            is_dark: true,
            bytes_max: None,
            syncs: 0,
            failing_syncs: 0..=0,
        }
    }

    pub(super) fn check(&self, life: u64) -> Done<()> {
        if self.is_dark || self.life != life { Err(Refusal::Dark) } else { Ok(()) }
    }

    pub(super) fn cut(&mut self, mut chance: Chance) -> Toll {
        self.is_dark = true;
        for (_, entry) in std::mem::take(&mut self.moves) {
            if chance.keeps_entry() {
                self.settle(&entry);
            }
        }
        // In the order of numbers, so that a seed always means the same.
        let mut numbers: Vec<_> = self.nodes.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            match self.nodes.get_mut(&number) {
                Some(Node::File(file)) => file.cut(&mut chance),
                Some(Node::Folder(entries)) => entries.cut(),
                None => {}
            }
        }
        self.forget_unnamed();
        chance.toll
    }

    fn settle(&mut self, entry: &Move) {
        for (folder, name, number) in &entry.names {
            if let Some(Node::Folder(entries)) = self.nodes.get_mut(folder) {
                entries.settle(name, *number);
            }
        }
    }

    pub(super) fn sync(&mut self, number: Number, tick: u64, fails: bool) -> Done<()> {
        match self.nodes.get_mut(&number).ok_or(Refusal::Missing)? {
            Node::File(file) if fails => file.fail_sync(tick),
            Node::File(file) => file.sync(tick),
            Node::Folder(_) => {
                let (now, later) = std::mem::take(&mut self.moves)
                    .into_iter()
                    .partition(|(made, entry)| *made <= tick && entry.is_in(number));
                self.moves = later;
                let settled: Vec<(u64, Move)> = now;
                settled.iter().filter(|_| !fails).for_each(|(_, entry)| self.settle(entry));
            }
        }
        if fails { Err(Refusal::SyncFailed) } else { Ok(()) }
    }

    /// What no name leads to is gone when the power is.
    fn forget_unnamed(&mut self) {
        let mut named = HashSet::from([ROOT]);
        let mut open = vec![ROOT];
        while let Some(number) = open.pop() {
            if let Some(Node::Folder(entries)) = self.nodes.get(&number) {
                open.extend(entries.live().values().filter(|number| named.insert(**number)));
            }
        }
        self.nodes.retain(|number, _| named.contains(number));
        self.rights.retain(|number, _| named.contains(number));
    }

    pub(super) fn bytes(&self) -> usize {
        let files = self.nodes.values().map(|node| match node {
            Node::File(file) => file.len(),
            Node::Folder(_) => 0,
        });
        files.sum()
    }

    fn next_tick(&mut self) -> u64 {
        self.tick += 1;
        self.tick
    }

    pub(super) fn shape(&self, number: Number) -> Done<Shape> {
        let node = self.nodes.get(&number).ok_or(Refusal::Missing)?;
        let (mode, owner) = self.rights.get(&number).copied().unwrap_or((0o600, (0, 0)));
        let (is_folder, len) = match node {
            Node::File(file) => (false, file.len()),
            Node::Folder(_) => (true, 0),
        };
        Ok(Shape { number, is_folder, len, mode, owner })
    }

    pub(super) fn set_rights(
        &mut self,
        number: Number,
        mode: Option<u16>,
        owner: (Option<u32>, Option<u32>),
    ) {
        if let Some((old_mode, old_owner)) = self.rights.get_mut(&number) {
            *old_mode = mode.unwrap_or(*old_mode);
            *old_owner = (owner.0.unwrap_or(old_owner.0), owner.1.unwrap_or(old_owner.1));
        }
    }

    pub(super) fn names(&self, folder: Number) -> Done<&BTreeMap<OsString, Number>> {
        match self.nodes.get(&folder).ok_or(Refusal::Missing)? {
            Node::Folder(entries) => Ok(entries.live()),
            Node::File(_) => Err(Refusal::NotAFolder),
        }
    }

    pub(super) fn find(&self, folder: Number, name: &OsStr) -> Done<Number> {
        self.names(folder)?.get(name).copied().ok_or(Refusal::Missing)
    }

    pub(super) fn create(
        &mut self,
        (folder, name): (Number, &OsStr),
        is_folder: bool,
        mode: u16,
        owner: (u32, u32),
    ) -> Done<Shape> {
        if self.names(folder)?.contains_key(name) {
            return Err(Refusal::Exists);
        }
        let number = self.next;
        self.next += 1;
        let node = if is_folder { Node::Folder(Entries::default()) } else { Node::File(File::default()) };
        self.nodes.insert(number, node);
        self.rights.insert(number, (mode, owner));
        self.name([(folder, name.to_owned(), Some(number))].into());
        self.shape(number)
    }

    pub(super) fn remove(&mut self, folder: Number, name: &OsStr, is_folder: bool) -> Done<()> {
        let number = self.find(folder, name)?;
        self.check_removable(number, is_folder)?;
        self.name([(folder, name.to_owned(), None)].into());
        Ok(())
    }

    pub(super) fn rename(&mut self, from: (Number, &OsStr), to: (Number, &OsStr)) -> Done<()> {
        let number = self.find(from.0, from.1)?;
        if let Some(replaced) = self.names(to.0)?.get(to.1).copied() {
            if replaced == number {
                return Ok(());
            }
            self.check_removable(replaced, self.shape(number)?.is_folder)?;
        }
        self.name([(from.0, from.1.to_owned(), None), (to.0, to.1.to_owned(), Some(number))].into());
        Ok(())
    }

    fn check_removable(&self, number: Number, is_folder: bool) -> Done<()> {
        match (self.nodes.get(&number).ok_or(Refusal::Missing)?, is_folder) {
            (Node::Folder(entries), true) if !entries.live().is_empty() => Err(Refusal::NotEmpty),
            (Node::Folder(_), false) => Err(Refusal::IsAFolder),
            (Node::File(_), true) => Err(Refusal::NotAFolder),
            (Node::Folder(_), true) | (Node::File(_), false) => Ok(()),
        }
    }

    /// Names change at once for readers, and on the disk when their folder is synced.
    fn name(&mut self, names: Vec<(Number, OsString, Option<Number>)>) {
        for (folder, name, number) in &names {
            if let Some(Node::Folder(entries)) = self.nodes.get_mut(folder) {
                entries.set(name, *number);
            }
        }
        let tick = self.next_tick();
        self.moves.push((tick, Move { names }));
    }

    pub(super) fn read(&self, number: Number, at: usize, len: usize) -> Done<&[u8]> {
        match self.nodes.get(&number).ok_or(Refusal::Missing)? {
            Node::File(file) => Ok(file.read(at, len)),
            Node::Folder(_) => Err(Refusal::IsAFolder),
        }
    }

    pub(super) fn write(&mut self, number: Number, at: usize, bytes: &[u8]) -> Done<()> {
        let end = at.saturating_add(bytes.len());
        self.change(number, end, Change::Write { at, bytes: bytes.to_vec() })
    }

    pub(super) fn resize(&mut self, number: Number, len: usize) -> Done<()> {
        self.change(number, len, Change::Resize { len })
    }

    fn change(&mut self, number: Number, end: usize, change: Change) -> Done<()> {
        let (tick, bytes, bytes_max) = (self.next_tick(), self.bytes(), self.bytes_max);
        let Some(Node::File(file)) = self.nodes.get_mut(&number) else { return Err(Refusal::IsAFolder) };
        let growth = end.saturating_sub(file.len());
        if growth > 0 && bytes_max.is_some_and(|max| bytes.saturating_add(growth) > max) {
            return Err(Refusal::Full);
        }
        file.change(tick, change);
        Ok(())
    }

    /// Bytes that the disk has, and those that are free.
    pub(super) fn room(&self) -> (usize, usize) {
        let bytes = self.bytes();
        let max = self.bytes_max.unwrap_or(1 << 40);
        (max, max.saturating_sub(bytes))
    }
}
