//! Connections that only read. They never wait for the writer: each statement sees the last commit before it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType};
use sutler_app::ports::ReadError;
use tokio_postgres::Row;

use super::Connections;
use super::session::{Line, Param, Session};
use super::target::{CONNECT_TIMEOUT, Target};
use super::trouble::{self, Fault, Result, Trouble};

/// Connections lent for one call each.
pub(super) struct Readers {
    pool: Pool,
    statements: Arc<AtomicU64>,
}

impl Readers {
    pub(super) fn new(
        target: &Target,
        statements: &Arc<AtomicU64>,
        size: usize,
        wait: Duration,
    ) -> Result<Self> {
        let (config, tls) = target.parts();
        let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), tls.clone(), fast);
        let pool = Pool::builder(manager)
            .max_size(size.max(1))
            .wait_timeout(Some(wait))
            .create_timeout(Some(CONNECT_TIMEOUT * 2))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Fault::Away(error.to_string()))?;
        Ok(Self { pool, statements: Arc::clone(statements) })
    }

    /// Borrow a connection. Dropped within a transaction it must not come back: whoever begins one takes it for good.
    pub(super) async fn lend(&self) -> Result<Session> {
        let lent = self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => Fault::Database(error),
            PoolError::Timeout(TimeoutType::Wait) => Fault::Away(
                "all connections to the database are in use; see database.max_connections".to_owned(),
            ),
            PoolError::Closed => Fault::Away("the database is closed".to_owned()),
            error => Fault::Away(error.to_string()),
        })?;
        Ok(Session::new(Line::Lent(lent), Arc::clone(&self.statements)))
    }

    /// The row of a read that gives one at most.
    pub(super) async fn one<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.rows(sql, params, read).await?.into_iter().next())
    }

    /// The rows of a read. A connection that ended while it was idle, as all do when the server starts again, is told
    /// of by the first read: that one is tried once more.
    pub(super) async fn rows<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        match self.lend().await?.all(sql, params, &mut read).await {
            Err(fault) if Trouble::of(&fault) == Trouble::Again => {
                self.lend().await?.all(sql, params, &mut read).await
            }
            done => done,
        }
    }

    /// The same for a port.
    pub(super) async fn all<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&Row) -> Result<T>,
    ) -> std::result::Result<Vec<T>, ReadError> {
        self.rows(sql, params, read).await.map_err(|fault| trouble::read_error(&fault))
    }

    /// The same for a port, one row at most.
    pub(super) async fn first<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&Row) -> Result<T>,
    ) -> std::result::Result<Option<T>, ReadError> {
        self.one(sql, params, read).await.map_err(|fault| trouble::read_error(&fault))
    }

    pub(super) fn connections(&self) -> Connections {
        let status = self.pool.status();
        let busy = status.size.saturating_sub(status.available);
        Connections { idle: status.available, busy, waited_for: status.waiting }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Let no further read begin, and close the connections that are idle.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}
