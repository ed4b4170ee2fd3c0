//! The write-ahead log as a file, before SQLite reads it.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::open;

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// Write what is in the log of the database at `path` in its place again, and sync it.
///
/// After a sync that failed, the system shows pages that are on no disk and no longer counts them as unwritten, so that
/// the next sync passes without them. Whoever goes on from such a log would acknowledge orders that stand on nothing:
/// so every start that finds a log makes sure of it first. A clean end leaves none.
pub(super) fn write_again(path: &Path) -> io::Result<()> {
    let mut file = match File::options().read(true).write(true).open(open::beside(path, "-wal")) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let (mut piece, mut at) = (vec![0; PIECE], 0u64);
    loop {
        file.seek(SeekFrom::Start(at))?;
        let count = file.read(&mut piece)?;
        let Some(read) = piece.get(..count).filter(|read| !read.is_empty()) else { break };
        file.seek(SeekFrom::Start(at))?;
        file.write_all(read)?;
        at = at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
    if at == 0 { Ok(()) } else { file.sync_all() }
}
