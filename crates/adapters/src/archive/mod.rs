//! Backups as one file: a tar, compressed with zstd, whose first entry says what the others are.
//!
//! `manifest.json` comes first, so that whoever opens an archive knows what it is before the gigabytes follow; then
//! each file in the order of the manifest.

mod error;
mod manifest;
mod pack;
mod unpack;

use std::ops::ControlFlow;

pub use error::ArchiveError;
pub use manifest::{DATABASE, Facts, FileFacts, MANIFEST_BYTES_MAX, Manifest};
pub use pack::{Packed, Source, pack};
pub use unpack::{Known, check, unpack};

/// Told how many bytes of how many are done; says whether to go on.
pub type Watch<'w> = dyn FnMut(u64, u64) -> ControlFlow<()> + 'w;

/// Bytes that are read at a time, and after which a watch is asked.
const PIECE: usize = 256 * 1024;
