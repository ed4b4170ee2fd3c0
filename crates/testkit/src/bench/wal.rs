//! How much goes through the write-ahead log of a database, seen from outside: its index, `-shm`, says at any time how
//! long the log is and how often it was committed to.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

/// How often it is looked at. What is written between the last look and the log's beginning anew is not seen: at full
/// speed the log lasts for a tenth of a second, so that is a hundredth.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Bytes that each page has before it in the log.
const FRAME_HEAD: u64 = 24;

/// What went through the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Transactions: at `synchronous = FULL` each has one sync of the log.
    pub commits: u64,
    /// Bytes of the log.
    pub bytes: u64,
    /// How often the log began anew after a checkpoint.
    pub rounds: u64,
}

/// A look at the index of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    changes: u32,
    page_bytes: u64,
    frames: u32,
    salt: [u8; 8],
}

/// Somebody who watches a log.
pub struct Watch {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<Written>,
}

impl Watch {
    /// Begin to watch the log of this database.
    pub fn begin(database: &Path) -> Self {
        let mut index = database.as_os_str().to_owned();
        index.push("-shm");
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || watch(&PathBuf::from(index), &stopped));
        Self { stop, thread }
    }

    /// What was written since the beginning.
    pub fn end(self) -> Result<Written> {
        self.stop.send(()).ok();
        self.thread.join().map_err(|_| anyhow!("the watch of the log panicked"))
    }
}

fn watch(index: &Path, stopped: &mpsc::Receiver<()>) -> Written {
    let (mut file, mut last) = (None, None);
    let mut written = Written::default();
    loop {
        let over = !matches!(stopped.recv_timeout(LOOK_EVERY), Err(RecvTimeoutError::Timeout));
        file = file.or_else(|| File::open(index).ok());
        if let Some(Ok(Some(now))) = file.as_ref().map(look) {
            written = last.map_or(written, |last| written.and(last, now));
            last = Some(now);
        }
        if over {
            // Never closed: whoever closes a file gives up every lock that this process has on it (fcntl(2)), those of SQLite
            // among them. A row that writes beside a server, as `orders-jobs` does, would write without its lock.
            std::mem::forget(file);
            return written;
        }
    }
}

impl Written {
    fn and(self, last: Look, now: Look) -> Self {
        let is_anew = now.salt != last.salt || now.frames < last.frames;
        let frames = if is_anew { now.frames } else { now.frames - last.frames };
        Self {
            commits: self.commits + u64::from(now.changes.wrapping_sub(last.changes)),
            bytes: self.bytes + u64::from(frames) * (now.page_bytes + FRAME_HEAD),
            rounds: self.rounds + u64::from(is_anew),
        }
    }
}

/// Read the index; `None` while its two copies differ, since it is being written.
fn look(index: &File) -> Result<Option<Look>> {
    let mut bytes = [0; 96];
    index.read_exact_at(&mut bytes, 0)?;
    let (one, two) = bytes.split_at(48);
    if one != two {
        return Ok(None);
    }
    Ok(Some(Look {
        changes: word(one, 8)?,
        // 65,536 is written as 1.
        page_bytes: match one.get(14..16).and_then(|two| two.try_into().ok()).map(u16::from_ne_bytes) {
            Some(1) => 65_536,
            Some(bytes) => u64::from(bytes),
            None => 0,
        },
        frames: word(one, 16)?,
        salt: one.get(32..40).and_then(|salt| salt.try_into().ok()).context("no salt")?,
    }))
}

fn word(bytes: &[u8], at: usize) -> Result<u32> {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    Ok(u32::from_ne_bytes(four.context("the index of the log is short")?))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn commits_and_bytes_are_counted_also_when_the_log_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
        connection.execute_batch("CREATE TABLE t (a)").unwrap();
        let index = File::open(folder.path().join("a.db-shm")).unwrap();
        let mut last = look(&index).unwrap().unwrap();
        let mut written = Written::default();
        for round in 0..30 {
            connection.execute("INSERT INTO t VALUES (1)", []).unwrap();
            if round == 9 {
                connection.pragma_update_and_check(None, "wal_checkpoint", "PASSIVE", |_| Ok(())).unwrap();
            }
            let now = look(&index).unwrap().unwrap();
            (written, last) = (written.and(last, now), now);
        }
        assert_eq!((written.commits, written.rounds), (30, 1));
        assert_eq!(written.bytes, 30 * (4096 + 24), "each row dirties one page");
    }

    /// Locks that this process has on a file, as the file's own descriptors tell them (proc(5)). `/proc/locks` is no
    /// witness: it comes in pages, and misses lines while other processes lock and unlock.
    fn locks(path: &Path) -> usize {
        let path = path.canonicalize().unwrap();
        let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap());
        // The descriptor that lists the folder is gone by the time it is asked about.
        descriptors
            .filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|to| to == path))
            .map(|entry| {
                std::fs::read_to_string(Path::new("/proc/self/fdinfo").join(entry.file_name())).unwrap()
            })
            .map(|about| about.lines().filter(|line| line.starts_with("lock:")).count())
            .sum()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn whoever_watches_takes_no_lock_from_whoever_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
        connection.execute_batch("CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
        let index = folder.path().join("a.db-shm");
        let before = locks(&index);
        assert!(before > 0, "a transaction that writes has locks");
        Watch::begin(&path).end().unwrap();
        assert_eq!(locks(&index), before);
        connection.execute_batch("COMMIT").unwrap();
    }
}
