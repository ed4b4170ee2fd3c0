//! What the gateway remembers, in memory or in a file that outlives it.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};
use sutler_app::ports::{BookEntry, BookPage, ReadError};
use sutler_domain::PaymentId;
use tokio::sync::watch;

use super::account::Account;
use super::sheets::Sheets;
use super::{keeper, turn};

/// What the file is called: the database's own name, and this.
const SUFFIX: &str = "-fake-gateway.ndjson";

/// How far the lines are on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The file is being read; nobody is answered yet.
    Opening,
    /// Up to here; in memory there is nothing to wait for.
    Synced(u64),
    /// The disk has failed. Nothing more is answered until the process starts again.
    Failed(String),
}

/// What callers and the keeper of the file share.
pub(super) struct Shelf {
    pub(super) sheets: Mutex<Sheets>,
    /// Something waits to be written, or nothing will any more.
    pub(super) wake: Condvar,
    pub(super) progress: watch::Sender<Progress>,
}

impl Shelf {
    fn new(progress: Progress) -> Arc<Self> {
        let (progress, _) = watch::channel(progress);
        Arc::new(Self { sheets: Mutex::default(), wake: Condvar::new(), progress })
    }

    pub(super) fn fail(&self, error: &io::Error) {
        tracing::error!(%error, "fake_gateway_books_failed");
        self.progress.send_replace(Progress::Failed(error.to_string()));
    }

    /// Wait until the file is read and the lines up to `end` are on the disk.
    async fn reached(&self, end: u64) -> Result<(), String> {
        let mut progress = self.progress.subscribe();
        let is_there = |progress: &Progress| match progress {
            Progress::Opening => false,
            Progress::Synced(at) => *at >= end,
            Progress::Failed(_) => true,
        };
        match progress.wait_for(is_there).await.as_deref() {
            Ok(Progress::Failed(reason)) => Err(format!("the fake gateway's books: {reason}")),
            Ok(_) => Ok(()),
            Err(closed) => Err(closed.to_string()),
        }
    }
}

/// The books of the fake gateway.
///
/// In a file, each call that it took is a line: appended, and synced before the call is answered, one sync for all that
/// wait. It is read once at the start, beside the requests; a torn last line, which nobody was answered, is cut off.
/// The format of a line stands in `crates/adapters/src/fake/line.rs`. Several processes of one machine may share a file.
pub struct Books {
    shelf: Arc<Shelf>,
    keeper: Option<JoinHandle<()>>,
}

impl Default for Books {
    fn default() -> Self {
        Self { shelf: Shelf::new(Progress::Synced(u64::MAX)), keeper: None }
    }
}

impl Books {
    /// Where the books of a shop are: beside its database.
    pub fn path(database: &Path) -> PathBuf {
        let mut path = database.as_os_str().to_owned();
        path.push(SUFFIX);
        path.into()
    }

    /// Books in a file, which is made if it is not there. One process at a time: whoever has the database.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::kept(path, keeper::keep)
    }

    /// Books in a file that several processes share, as the servers of one shop share a gateway.
    pub fn share(path: &Path) -> io::Result<Self> {
        Self::kept(path, turn::keep)
    }

    fn kept(path: &Path, keep: fn(&Shelf, File)) -> io::Result<Self> {
        let file = keeper::open(path)?;
        let shelf = Shelf::new(Progress::Opening);
        let for_keeper = Arc::clone(&shelf);
        let keeper = std::thread::Builder::new().name("fake-gateway".to_owned());
        let keeper = keeper.spawn(move || keep(&for_keeper, file))?;
        Ok(Self { shelf, keeper: Some(keeper) })
    }

    /// Read the file of books that are closed or in use, whole: each call once, as it stands now, in the order of
    /// first arrival. A torn end is left out, and left as it is. An error says that the file cannot be read, or that it
    /// is damaged elsewhere than at its end.
    pub fn read(path: &Path) -> io::Result<Vec<BookEntry>> {
        let file = File::open(path)?;
        let kept = keeper::scan(&file, 0, file.metadata()?.len(), |_, _| {})?;
        whole(&Sheets { kept, file: Some(file), ..Sheets::default() })
    }

    /// Each call once, as it stands now, in the order of first arrival.
    pub(super) fn entries(&self) -> io::Result<Vec<BookEntry>> {
        self.in_turn(|sheets| whole(sheets)).map_err(io::Error::other)?
    }

    /// The lines that begin at `after` and later, as they were written.
    pub(super) async fn page(&self, after: u64, limit: usize) -> Result<BookPage, ReadError> {
        let end = self.shown_end().await.map_err(ReadError::Unavailable)?;
        let sheets = self.shelf.sheets.lock();
        if after > end || after < end && sheets.line(after).is_err() {
            return Err(ReadError::BadCursor);
        }
        page(&sheets, after..end, limit).map_err(|error| ReadError::Unavailable(error.to_string()))
    }

    /// Where the lines end that outlive this process, those of others included.
    async fn shown_end(&self) -> Result<u64, String> {
        self.shelf.reached(0).await?;
        let end = self.in_turn(|sheets| sheets.shown_end())?;
        self.shelf.wake.notify_one();
        self.shelf.reached(end).await?;
        Ok(end)
    }

    /// Do something with the lines; where several processes share them, nobody else does meanwhile.
    fn in_turn<T>(&self, act: impl FnOnce(&mut Sheets) -> T) -> Result<T, String> {
        let mut sheets = self.shelf.sheets.lock();
        let Some(file) = sheets.shared.clone() else { return Ok(act(&mut sheets)) };
        turn::take(&file, &mut sheets, act).map_err(|error| {
            self.shelf.fail(&error);
            error.to_string()
        })
    }

    /// Look at a payment's account and write down what `act` gives, in one step. The answer is given when all that is
    /// known of the payment is on the disk; an error says why it may not be.
    pub(super) async fn with<T>(
        &self,
        payment_id: &PaymentId,
        act: impl FnOnce(&Account) -> (Vec<BookEntry>, T),
    ) -> Result<T, String> {
        self.shelf.reached(0).await?;
        let (answer, end) = self.in_turn(|sheets| {
            let known = sheets.of(payment_id).map_err(|error| error.to_string())?;
            let is_unknown = known.is_empty();
            let (lines, answer) = act(&Account::of(known));
            for line in &lines {
                sheets.append(line)?;
            }
            Ok::<_, String>((answer, if is_unknown && lines.is_empty() { 0 } else { sheets.end() }))
        })??;
        if self.keeper.is_some() {
            self.shelf.wake.notify_one();
            self.shelf.reached(end).await?;
        }
        Ok(answer)
    }
}

impl Drop for Books {
    fn drop(&mut self) {
        self.shelf.sheets.lock().closed = true;
        self.shelf.wake.notify_one();
        if let Some(keeper) = self.keeper.take() {
            _ = keeper.join();
        }
    }
}

fn page(sheets: &Sheets, Range { start, end }: Range<u64>, limit: usize) -> io::Result<BookPage> {
    let (mut entries, mut next) = (Vec::new(), start);
    while next < end && entries.len() < limit {
        let (line, following) = sheets.line(next)?;
        entries.push(line.entry);
        next = following;
    }
    Ok(BookPage { entries, next, has_more: next < end })
}

fn whole(sheets: &Sheets) -> io::Result<Vec<BookEntry>> {
    let mut places = std::collections::HashMap::new();
    let mut entries: Vec<BookEntry> = Vec::new();
    for line in page(sheets, 0..sheets.shown_end(), usize::MAX)?.entries {
        let place = *places.entry(line.key.clone()).or_insert(entries.len());
        match entries.get_mut(place) {
            Some(entry) => *entry = line,
            None => entries.push(line),
        }
    }
    Ok(entries)
}
