//! Books that several processes share: whoever has a call takes the file's lock, reads what others wrote since, appends
//! its own lines and gives the lock back. A process that dies gives it back, too.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;

use super::books::{Progress, Shelf};
use super::keeper::scan;
use super::sheets::Sheets;

/// Act on the books as everybody left them. What is appended is in the file when this returns, though not yet synced.
pub(super) fn take<T>(file: &File, sheets: &mut Sheets, act: impl FnOnce(&mut Sheets) -> T) -> io::Result<T> {
    file.lock()?;
    let done = catch_up(file, sheets).and_then(|()| {
        let done = act(sheets);
        write(file, sheets).map(|()| done)
    });
    file.unlock()?;
    done
}

/// Sync what was written, once for all that wait, until the books are closed. A disk that fails ends it.
pub(super) fn keep(shelf: &Shelf, file: File) {
    if let Err(error) = begin(shelf, file).and_then(|file| sync_for_all(shelf, &file)) {
        shelf.fail(&error);
    }
}

fn begin(shelf: &Shelf, file: File) -> io::Result<Arc<File>> {
    let mut sheets = shelf.sheets.lock();
    sheets.file = Some(file.try_clone()?);
    let file = Arc::new(file);
    take(&file, &mut sheets, |_| ())?;
    sheets.shared = Some(Arc::clone(&file));
    shelf.progress.send_replace(Progress::Synced(0));
    Ok(file)
}

fn sync_for_all(shelf: &Shelf, file: &File) -> io::Result<()> {
    let mut synced = 0;
    while let Some(end) = next_end(shelf, synced) {
        file.sync_data()?;
        synced = end;
        shelf.progress.send_replace(Progress::Synced(end));
    }
    Ok(())
}

/// How far the file goes, once that is further than what is synced; `None` when the books are closed and nothing is.
fn next_end(shelf: &Shelf, synced: u64) -> Option<u64> {
    let mut sheets = shelf.sheets.lock();
    while sheets.kept == synced {
        if sheets.closed {
            return None;
        }
        shelf.wake.wait(&mut sheets);
    }
    Some(sheets.kept)
}

/// Find the lines of others. An end that is torn was left by one who died while it had the lock: nobody was answered.
fn catch_up(file: &File, sheets: &mut Sheets) -> io::Result<()> {
    let whole = file.metadata()?.len();
    if whole < sheets.kept {
        return Err(io::Error::other(format!("the file ends at byte {whole}, and had {}", sheets.kept)));
    }
    if whole > sheets.kept {
        let (mut file, from) = (file, sheets.kept);
        file.seek(SeekFrom::Start(from))?;
        sheets.kept = scan(file, from, whole, |at, mark| _ = sheets.last.insert(mark, at))?;
        if sheets.kept < whole {
            tracing::warn!(bytes = whole - sheets.kept, "fake_gateway_books_torn_end_cut");
            file.set_len(sheets.kept)?;
        }
    }
    Ok(())
}

fn write(mut file: &File, sheets: &mut Sheets) -> io::Result<()> {
    file.write_all(&sheets.tail)?;
    sheets.kept = sheets.end();
    sheets.tail.clear();
    Ok(())
}
