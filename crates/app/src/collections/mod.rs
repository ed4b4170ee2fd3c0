//! Collections: products that are shown together, picked by hand or by a rule. What is in one by hand is kept with it; what a
//! rule means is asked of the index of the catalog each time, so a rule that changes is true at once (ADR 0033).

mod input;
mod products;
mod read;
mod save;

pub use input::{CollectionName, CollectionPatch, NewCollection};
pub use read::CollectionView;

use crate::Room;
use crate::search::Search;

/// Collections.
#[derive(Clone)]
pub struct Collections {
    room: Room,
    search: Search,
}

impl Collections {
    pub(crate) const fn new(room: Room, search: Search) -> Self {
        Self { room, search }
    }
}
