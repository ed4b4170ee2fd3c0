//! Where a file comes from, and how it is read: twice, and never held whole.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use ring::digest::{Context, SHA256};

use super::ROW_BYTES_MAX;

/// A file that can be read from its beginning as often as it is asked for.
pub trait Source: Send + Sync {
    /// Begin to read.
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;
}

impl Source for PathBuf {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(self)?))
    }
}

/// One reader at a time: they share the place in the file.
impl Source for File {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let mut file = self.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Box::new(file))
    }
}

impl Source for Arc<[u8]> {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(Self::clone(self))))
    }
}

/// A reader that knows what went through it, and refuses a row without an end.
pub(super) struct Metered {
    inner: Box<dyn Read + Send>,
    gauge: Arc<Mutex<Gauge>>,
}

/// What went through a reader.
pub(super) struct Gauge {
    digest: Context,
    since_row: usize,
}

/// What a reader may read ahead of the row that it is asked for.
const AHEAD: usize = 64 * 1024;

impl Metered {
    pub(super) fn new(inner: Box<dyn Read + Send>) -> (Self, Arc<Mutex<Gauge>>) {
        let gauge = Arc::new(Mutex::new(Gauge { digest: Context::new(&SHA256), since_row: 0 }));
        (Self { inner, gauge: Arc::clone(&gauge) }, gauge)
    }
}

impl Gauge {
    /// A row has ended.
    pub(super) const fn row(&mut self) {
        self.since_row = 0;
    }

    /// The SHA-256 of all that went through, in hex.
    pub(super) fn sha256(&self) -> String {
        hex::encode(self.digest.clone().finish())
    }
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let mut gauge = self.gauge.lock();
        gauge.digest.update(buffer.get(..read).unwrap_or_default());
        gauge.since_row = gauge.since_row.saturating_add(read);
        if gauge.since_row > ROW_BYTES_MAX.saturating_add(AHEAD) {
            let detail =
                format!("a row has more than {ROW_BYTES_MAX} bytes; look for a quote that is not closed");
            return Err(io::Error::other(detail));
        }
        Ok(read)
    }
}
