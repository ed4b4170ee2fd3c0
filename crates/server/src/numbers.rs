//! The numbers that only this process knows: its own, and those of the store it opened.

use std::path::Path;
#[cfg(target_os = "linux")]
use std::time::Duration;

use metrics::{Gauge, Unit, counter, describe_counter, describe_gauge, gauge};

use crate::config::{Config, Database};
use crate::wiring::StoreKeeper;

/// What is looked at every few seconds.
pub(crate) struct Numbers {
    keeper: StoreKeeper,
    database: Database,
}

impl Numbers {
    /// The numbers are there from now on.
    pub(crate) fn begin(keeper: StoreKeeper, config: &Config) -> Self {
        describe_gauge!("sutler_store_bytes", Unit::Bytes, "Size of the SQLite database and of its log.");
        describe_gauge!("sutler_store_connections", "Connections to PostgreSQL, by state.");
        describe_counter!("sutler_store_statements_total", "SQL statements run by this process.");
        describe_gauge!("process_cpu_seconds_total", Unit::Seconds, "CPU that this process has used.");
        describe_gauge!("process_resident_memory_bytes", Unit::Bytes, "Memory of this process.");
        describe_gauge!("process_open_fds", "Descriptors that this process has open.");
        describe_gauge!("process_max_fds", "Descriptors that it may have open.");
        describe_gauge!("process_threads", "Threads of this process.");
        let numbers = Self { keeper, database: config.database.clone() };
        numbers.look();
        numbers
    }

    /// Bring them up to date.
    pub(crate) fn look(&self) {
        #[cfg(target_os = "linux")]
        if let Err(error) = process() {
            tracing::debug!(%error, "process_not_seen");
        }
        match (&self.keeper, &self.database) {
            (StoreKeeper::Sqlite(store), Database::Sqlite(path)) => {
                statements(store.statements());
                bytes("database", path);
                bytes("log", Path::new(&format!("{}-wal", path.display())));
            }
            (StoreKeeper::Postgres(store), _) => {
                statements(store.statements());
                let found = store.connections();
                for (state, count) in
                    [("idle", found.idle), ("busy", found.busy), ("waited_for", found.waited_for)]
                {
                    gauge!("sutler_store_connections", "state" => state).set(number(count));
                }
            }
            _ => {}
        }
    }
}

/// What the system says of this process, under the names that Prometheus has for it.
#[cfg(target_os = "linux")]
fn process() -> procfs::ProcResult<()> {
    use procfs::WithCurrentSystemInfo as _;
    let process = procfs::process::Process::myself()?;
    let stat = process.stat()?;
    let ticks = stat.utime.saturating_add(stat.stime);
    let cpu_ms = ticks.saturating_mul(1000) / procfs::ticks_per_second().max(1);
    gauge!("process_cpu_seconds_total").set(Duration::from_millis(cpu_ms).as_secs_f64());
    set_bytes(&gauge!("process_resident_memory_bytes"), stat.rss_bytes().get());
    gauge!("process_open_fds").set(number(process.fd_count()?));
    if let procfs::process::LimitValue::Value(most) = process.limits()?.max_open_files.soft_limit {
        gauge!("process_max_fds").set(number(usize::try_from(most).unwrap_or(usize::MAX)));
    }
    gauge!("process_threads").set(number(usize::try_from(stat.num_threads).unwrap_or_default()));
    Ok(())
}

fn statements(count: u64) {
    counter!("sutler_store_statements_total").absolute(count);
}

/// A file that is not there has no bytes.
fn bytes(file: &'static str, path: &Path) {
    let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    set_bytes(&gauge!("sutler_store_bytes", "file" => file), length);
}

/// In whole KiB, which is exact enough for a graph and leaves room for four TiB.
fn set_bytes(gauge: &Gauge, length: u64) {
    let kib = f64::from(u32::try_from(length / 1024).unwrap_or(u32::MAX));
    gauge.set(kib.mul_add(1024.0, 0.0));
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
