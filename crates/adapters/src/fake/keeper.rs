//! Who keeps the books' file: reads it once at the start, then writes what waits and syncs it, one sync for all.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use super::books::{Progress, Shelf};
use super::line;

/// Bytes that are written before they are synced. What a power cut can tear lies within so much of the end.
pub(super) const GROUP_BYTES_MAX: usize = 1024 * 1024;

/// Bytes read at once from the file at the start.
const READ_BYTES: usize = 256 * 1024;

/// Open the file, or make it, so that it outlives a power cut.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    #[cfg(unix)]
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file)
}

/// Read the file, then write until the books are closed. A disk that fails ends it: nobody can know what it kept.
pub(super) fn keep(shelf: &Shelf, mut file: File) {
    let kept = match begin(shelf, &file) {
        Ok(kept) => kept,
        Err(error) => return shelf.fail(&error),
    };
    shelf.progress.send_replace(Progress::Synced(kept));
    while let Some(group) = next_group(shelf) {
        if let Err(error) = file.write_all(&group).and_then(|()| file.sync_data()) {
            return shelf.fail(&error);
        }
        let kept = {
            let mut sheets = shelf.sheets.lock();
            sheets.tail.drain(..group.len());
            sheets.kept = sheets.kept.saturating_add(u64::try_from(group.len()).unwrap_or(u64::MAX));
            sheets.kept
        };
        shelf.progress.send_replace(Progress::Synced(kept));
    }
}

/// What waits to be written; `None` when the books are closed and nothing does.
fn next_group(shelf: &Shelf) -> Option<Vec<u8>> {
    let mut sheets = shelf.sheets.lock();
    while sheets.tail.is_empty() {
        if sheets.closed {
            return None;
        }
        shelf.wake.wait(&mut sheets);
    }
    let count = sheets.tail.len().min(GROUP_BYTES_MAX);
    sheets.tail.get(..count).map(<[u8]>::to_vec)
}

/// Find every payment's last line and cut off a torn end; gives where the lines end.
fn begin(shelf: &Shelf, file: &File) -> io::Result<u64> {
    let whole = file.metadata()?.len();
    let mut last = HashMap::new();
    let kept = scan(file, 0, whole, |at, mark| _ = last.insert(mark, at))?;
    if kept < whole {
        tracing::warn!(bytes = whole.saturating_sub(kept), "fake_gateway_books_torn_end_cut");
        file.set_len(kept)?;
        file.sync_all()?;
    }
    let mut sheets = shelf.sheets.lock();
    (sheets.last, sheets.kept, sheets.file) = (last, kept, Some(file.try_clone()?));
    Ok(kept)
}

/// Go through the lines of a file that was read up to `at`; gives where the last whole one ends. What was answered was synced, so only the end can be
/// torn, and there every line is read to the letter; an earlier one that is none is damage, and not ours to mend.
pub(super) fn scan(file: &File, mut at: u64, whole: u64, mut each: impl FnMut(u64, u64)) -> io::Result<u64> {
    let group = u64::try_from(GROUP_BYTES_MAX).unwrap_or(u64::MAX);
    let (mut reader, mut bytes) = (BufReader::with_capacity(READ_BYTES, file), Vec::new());
    loop {
        bytes.clear();
        let count = u64::try_from(reader.read_until(b'\n', &mut bytes)?).unwrap_or(u64::MAX);
        if count == 0 {
            return Ok(at);
        }
        let may_be_torn = whole.saturating_sub(at) <= group;
        match line::payment(&bytes).filter(|_| !may_be_torn || line::read(&bytes).is_some()) {
            Some(mark) => each(at, mark),
            None if may_be_torn => return Ok(at),
            None => return Err(io::Error::other(format!("its line at byte {at} is damaged"))),
        }
        at = at.saturating_add(count);
    }
}
