//! Categories: a tree, in which a product stands in one place at most.

mod input;
mod read;
mod save;

pub use input::{CategoryName, CategoryPatch, NewCategory};
pub use read::CategoryView;

use crate::Room;
use crate::search::Search;

/// Categories.
#[derive(Clone)]
pub struct Categories {
    room: Room,
    search: Search,
}

impl Categories {
    pub(crate) const fn new(room: Room, search: Search) -> Self {
        Self { room, search }
    }
}
