//! Connections that only read. They never wait for the writer: each read sees the last commit before it.

use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Error, ErrorCode, Result};
use sutler_app::ports::ReadError;
use tokio::sync::Semaphore;

use super::session::Session;

/// A few connections, lent for one call each.
pub(super) struct Readers {
    idle: Mutex<Vec<Session>>,
    permits: Arc<Semaphore>,
}

/// A lent session; it comes back also when a read panics.
struct Lent<'r> {
    session: Option<Session>,
    home: &'r Readers,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.home.idle.lock().extend(self.session.take());
    }
}

impl Readers {
    pub(super) fn new(sessions: Vec<Session>) -> Self {
        let permits = Arc::new(Semaphore::new(sessions.len()));
        Self { idle: Mutex::new(sessions), permits }
    }

    /// Run a read that looks up a row or a few by their key, here and now: it takes some microseconds, fewer than
    /// handing it to another thread. With every connection lent, it waits like any other.
    pub(super) async fn look_up<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&Session) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, ReadError> {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else { return self.read(ask).await };
        let lent = Lent { session: self.idle.lock().pop(), home: self };
        let found = lent.session.as_ref().map(ask);
        drop(lent);
        drop(permit);
        found.map_or_else(
            || Err(ReadError::Unavailable("the database is closed".to_owned())),
            |found| found.map_err(|error| read_error(&error)),
        )
    }

    /// Run a read on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&Session) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, ReadError> {
        let closed = || ReadError::Unavailable("the database is closed".to_owned());
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| closed())?;
        let home = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let lent = Lent { session: home.idle.lock().pop(), home: &home };
            let found = lent.session.as_ref().map(ask);
            drop(lent);
            drop(permit);
            found
        });
        match read.await {
            Ok(Some(found)) => found.map_err(|error| read_error(&error)),
            Ok(None) => Err(closed()),
            Err(error) => Err(ReadError::Unavailable(error.to_string())),
        }
    }

    /// Let no further read begin, and close the connections that are idle.
    pub(super) fn close(&self) {
        self.permits.close();
        self.idle.lock().clear();
    }
}

pub(super) fn read_error(error: &Error) -> ReadError {
    let corrupt = match error {
        Error::SqliteFailure(failure, _) => {
            matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        }
        _ => true,
    };
    if corrupt { ReadError::Corrupt(error.to_string()) } else { ReadError::Unavailable(error.to_string()) }
}
