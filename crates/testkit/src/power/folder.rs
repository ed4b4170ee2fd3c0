//! A folder of the disk: the names that are down, and the names that readers see.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use super::state::Number;

/// Names that change together: two for a rename, which happens whole or not at all, and one for all else.
pub(super) struct Move {
    /// Folder, name, and what it leads to from now on; `None`: it is gone.
    pub(super) names: Vec<(Number, OsString, Option<Number>)>,
}

impl Move {
    pub(super) fn is_in(&self, folder: Number) -> bool {
        self.names.iter().any(|(number, ..)| *number == folder)
    }
}

#[derive(Default)]
pub(super) struct Entries {
    durable: BTreeMap<OsString, Number>,
    live: BTreeMap<OsString, Number>,
}

impl Entries {
    pub(super) fn live(&self) -> &BTreeMap<OsString, Number> {
        &self.live
    }

    pub(super) fn set(&mut self, name: &OsStr, number: Option<Number>) {
        put(&mut self.live, name, number);
    }

    /// The change is on the disk.
    pub(super) fn settle(&mut self, name: &OsStr, number: Option<Number>) {
        put(&mut self.durable, name, number);
    }

    /// The power went: only what is on the disk is there.
    pub(super) fn cut(&mut self) {
        self.live.clone_from(&self.durable);
    }
}

fn put(names: &mut BTreeMap<OsString, Number>, name: &OsStr, number: Option<Number>) {
    match number {
        Some(number) => names.insert(name.to_owned(), number),
        None => names.remove(name),
    };
}
