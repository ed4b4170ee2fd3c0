//! The embedded store: one writer thread that takes many commits into one transaction, and readers beside it.

mod access;
mod audit;
pub mod backup;
mod checkpoint;
mod contacts;
mod deliveries;
mod delivery_rows;
mod error;
mod feed;
mod figures;
mod heads;
mod imports;
mod jobs;
mod keys;
mod known;
mod list;
mod open;
mod order_rows;
mod orders;
mod people;
mod people_rows;
mod products;
mod queue;
mod readers;
mod recent;
pub mod restore;
mod session;
mod stock;
mod store;
mod trouble;
mod views;
mod wal;
mod whole;
mod write;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sutler_app::commit::Refused;
use sutler_domain::Position;
use tokio::sync::watch;

pub use audit::Reading;
pub use error::OpenError;
pub use open::Options;
pub use whole::read_whole;

use self::readers::Readers;
use self::recent::Recent;
use crate::Swept;
use crate::door::Door;
use crate::work::Work;

/// A store in one SQLite file.
pub struct Sqlite {
    readers: Arc<Readers>,
    recent: Arc<Recent>,
    door: Door,
    head: watch::Receiver<Position>,
    statements: Arc<AtomicU64>,
    epoch: String,
}

impl Sqlite {
    /// Why the writer stopped, once it did. Then the process must end and start again: after a failed sync nobody
    /// knows what is on the disk until the log is read anew.
    pub fn failed(&self) -> watch::Receiver<Option<String>> {
        self.door.failed()
    }

    /// SQL statements run so far, by the writer and all readers.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Take away what is over: expired keys, and jobs that ended long ago. To be called now and then.
    pub async fn maintain(&self) -> Result<Swept, Refused> {
        self.door.ask(Work::Sweep, ()).await
    }

    /// Finish what waits at the door, write the log into the file, and let another process have it.
    pub async fn close(&self) {
        self.readers.close();
        self.door.close().await;
    }
}
