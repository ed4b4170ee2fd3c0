//! Open a database: reach it, see that it keeps what it acknowledges, bring its schema up to date, start the writer.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sutler_domain::Position;
use tokio::sync::watch;

use super::error::OpenError;
use super::gather::Gather;
use super::readers::Readers;
use super::session::{Session, get, number};
use super::target::Target;
use super::trouble::Fault;
use super::wake::{self, Wake};
use super::writer::Writer;
use super::{Postgres, schema};
use crate::door::Door;

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// What every store is told.
    pub store: crate::Options,
    /// Commits of one transaction, at most.
    pub batch_max: usize,
    /// Commits that may wait at the door; more are refused as `Busy`.
    pub queue_max: usize,
    /// Connections in all: one writes, one listens, the others read.
    pub connections_max: usize,
    /// How long a read waits for a connection.
    pub acquire_timeout: Duration,
    /// A direct address for `LISTEN`, where the other one is that of a pooler.
    pub listen_url: Option<String>,
    /// Whether pending migrations are applied; otherwise they are an error.
    pub migrate: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            store: crate::Options::default(),
            batch_max: 256,
            queue_max: 4096,
            connections_max: 16,
            acquire_timeout: Duration::from_secs(5),
            listen_url: None,
            migrate: true,
        }
    }
}

impl Postgres {
    /// Open the database at this address; an empty one is set up. Whatever the error, nothing of it was changed.
    pub async fn open(url: &str, options: Options) -> Result<Self, OpenError> {
        let target = Target::parse(url)?;
        let listen = options.listen_url.as_deref().map_or_else(|| Ok(target.clone()), Target::parse)?;
        let failed = |fault: Fault| OpenError::of(&target, &fault);
        let statements = Arc::new(AtomicU64::new(0));
        let session = target.connect(&statements).await.map_err(failed)?;
        schema::check_server(&session, &target).await?;
        schema::migrate(&session, &target, &options.store, options.migrate).await?;
        let (position, batches) = begin(&session).await.map_err(failed)?;

        let reading = options.connections_max.saturating_sub(2);
        let readers = Readers::new(&target, &statements, reading, options.acquire_timeout).map_err(failed)?;
        let readers = Arc::new(readers);
        let wake = Arc::new(Wake::at(position, batches));
        let head = wake.subscribe();
        let clock = Arc::clone(&options.store.clock);
        let place = target.place().to_owned();
        let (failure, failed) = watch::channel(None);
        let (door, works) = Door::new(options.queue_max, failed);
        let writer = Writer {
            target,
            options: options.store,
            batch_max: options.batch_max.max(1),
            statements: Arc::clone(&statements),
            wake: Arc::clone(&wake),
            session: Some(session),
            rest: Duration::ZERO,
        };
        let writing = tokio::spawn(writer.run(works));
        tokio::spawn(async move {
            if writing.await.is_err_and(|error| error.is_panic()) {
                failure.send_replace(Some("the writer of the database panicked".to_owned()));
            }
        });
        let following = tokio::spawn(wake::follow(wake, Arc::clone(&readers), listen));
        let gather = Gather::new(Arc::clone(&readers));
        Ok(Self { readers, gather, door, head, statements, clock, place, following })
    }
}

/// Where the log stands.
async fn begin(session: &Session) -> super::trouble::Result<(Position, i64)> {
    let read = |row: &tokio_postgres::Row| Ok((Position(number(row, 0)?), get(row, 1)?));
    let head = session.one("SELECT position, batches FROM head", &[], read).await?;
    head.ok_or_else(|| Fault::Unreadable("the table head is empty".to_owned()))
}
