//! Power cuts: a disk of our own that forgets what was not synced, and the lane that cuts the power of the server.
//!
//! A disk under power keeps what was written in its cache for a while, and writes it down in any order, in sectors.
//! [`Disk`] does the same in memory, and a cut decides by a seed what of the unsynced had reached it. It is mounted
//! through FUSE, so that the binary under test is the one that is shipped.

mod cut;
mod disk;
mod door;
mod file;
mod folder;
pub mod lane;
mod mount;
mod state;

pub use cut::{Mode, Toll};
pub use disk::Disk;
pub use mount::{Mount, NoFuse, clear_leftovers, probe};
