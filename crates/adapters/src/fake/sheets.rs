//! The lines of the books: the end of them in memory, the rest on the disk, and where each payment's last line begins.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::Arc;

use sutler_app::ports::BookEntry;
use sutler_domain::PaymentId;

use super::line::{self, Line};

/// Bytes fetched at once when a line is read back.
const READ_BYTES: usize = 1024;

/// What is known of the lines.
#[derive(Default)]
pub(super) struct Sheets {
    /// Where the last line of a payment begins, by the payment's mark.
    pub(super) last: HashMap<u64, u64>,
    /// Where lines go; `None` keeps all of them in memory.
    pub(super) file: Option<File>,
    /// The same file, where other processes write to it, too.
    pub(super) shared: Option<Arc<File>>,
    /// Bytes that are on the disk for good, or, in a file that is shared, for everybody to read.
    pub(super) kept: u64,
    /// The lines after those.
    pub(super) tail: Vec<u8>,
    /// Whether nothing more will be written.
    pub(super) closed: bool,
}

impl Sheets {
    /// Where the next line will begin.
    pub(super) fn end(&self) -> u64 {
        self.kept.saturating_add(u64::try_from(self.tail.len()).unwrap_or(u64::MAX))
    }

    /// Where the lines end that outlive the process, or in memory all of them.
    pub(super) fn shown_end(&self) -> u64 {
        if self.file.is_some() { self.kept } else { self.end() }
    }

    pub(super) fn append(&mut self, entry: &BookEntry) -> Result<(), String> {
        let (at, mark) = (self.end(), line::mark(entry.payment_id.as_str().as_bytes()));
        line::write(&mut self.tail, entry, self.last.get(&mark).copied())?;
        self.last.insert(mark, at);
        Ok(())
    }

    /// The lines of a payment, oldest first.
    pub(super) fn of(&self, payment_id: &PaymentId) -> io::Result<Vec<BookEntry>> {
        let mut lines = Vec::new();
        let mut next = self.last.get(&line::mark(payment_id.as_str().as_bytes())).copied();
        while let Some(at) = next {
            let (Line { entry, previous }, _) = self.line(at)?;
            next = previous.filter(|previous| *previous < at);
            if entry.payment_id == *payment_id {
                lines.push(entry);
            }
        }
        lines.reverse();
        Ok(lines)
    }

    /// The line that begins at a byte, and where the next one does.
    pub(super) fn line(&self, at: u64) -> io::Result<(Line, u64)> {
        let bytes = self.bytes_of_line(at)?;
        let broken = || io::Error::other(format!("the line at byte {at} of the books cannot be read"));
        let line = line::read(&bytes).ok_or_else(broken)?;
        Ok((line, at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX))))
    }

    fn bytes_of_line(&self, at: u64) -> io::Result<Vec<u8>> {
        if let Some(at) = at.checked_sub(self.kept) {
            let rest = usize::try_from(at).ok().and_then(|at| self.tail.get(at..)).unwrap_or_default();
            return Ok(rest.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default().to_vec());
        }
        let mut bytes = Vec::new();
        while let Some(file) = &self.file {
            let mut more = [0; READ_BYTES];
            let from = at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            let count = read_at(file, &mut more, from)?;
            let more = more.get(..count).unwrap_or_default();
            if let Some(end) = more.iter().position(|byte| *byte == b'\n') {
                bytes.extend(more.iter().take(end.saturating_add(1)));
                break;
            }
            if more.is_empty() {
                break;
            }
            bytes.extend_from_slice(more);
        }
        Ok(bytes)
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
