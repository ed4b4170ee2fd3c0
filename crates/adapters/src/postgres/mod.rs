//! The shared store: any number of nodes on one PostgreSQL database, one of them at the door at a time.

mod access;
mod audit;
mod batch;
mod contacts;
mod deliveries;
mod delivery_rows;
mod error;
mod feed;
mod figures;
mod gather;
mod heads;
mod imports;
mod jobs;
mod keys;
mod leases;
mod list;
mod open;
mod order_rows;
mod orders;
mod pauses;
mod people;
mod people_rows;
mod person_rows;
mod products;
mod queue;
mod readers;
mod schema;
mod session;
mod stock;
mod store;
mod target;
mod tls;
mod trouble;
mod view_rows;
mod views;
mod wake;
mod whole;
mod write;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sutler_app::commit::Refused;
use sutler_app::ports::Clock;
use sutler_domain::Position;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use audit::{Reading, Seen};
pub use error::OpenError;
pub use open::Options;
pub use whole::read_whole;

use self::gather::Gather;
use self::readers::Readers;
use crate::Swept;
use crate::door::Door;
use crate::work::Work;

/// Connections that reads are lent, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// Open, and used by nobody.
    pub idle: usize,
    /// Lent.
    pub busy: usize,
    /// Reads that wait for one.
    pub waited_for: usize,
}

/// A store in one PostgreSQL database, which other nodes may have open too.
pub struct Postgres {
    readers: Arc<Readers>,
    gather: Gather,
    door: Door,
    head: watch::Receiver<Position>,
    statements: Arc<AtomicU64>,
    clock: Arc<dyn Clock>,
    place: String,
    following: JoinHandle<()>,
}

impl Postgres {
    /// Why the writer stopped, once it did. Only a mistake of ours stops it: whatever happens to the server, the writer
    /// waits for it to come back.
    pub fn failed(&self) -> watch::Receiver<Option<String>> {
        self.door.failed()
    }

    /// Host, port and database, for people.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// SQL statements run so far, by the writer and all readers.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The connections of reads.
    pub fn connections(&self) -> Connections {
        self.readers.connections()
    }

    /// Take away what is over: expired keys, and jobs that ended long ago. To be called now and then.
    pub async fn maintain(&self) -> Result<Swept, Refused> {
        self.door.ask(Work::Sweep, ()).await
    }

    /// Finish what waits at the door and close all connections.
    pub async fn close(&self) {
        self.door.close().await;
        self.following.abort();
        self.readers.close();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.following.abort();
    }
}
