//! Raw SQLite: every row and index that one order of ours writes, written by prepared statements on one thread, with
//! nothing around it. What is written comes from a [`Recording`] of the engine; how it is written is this file's own.
//!
//! Rows of a group of orders go table by table, so that pages are met while they are warm. What an order's job writes
//! later, its lease and its end, goes into the commits of the groups that follow, as under load; a row that several of
//! them change, such as the head of the log, is written once a commit. So the reference is as fast as we could make it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, params_from_iter};

use super::pattern::Pattern;
use super::recording::{Act, Recording, Table, Written};

/// How the engine's writer opens its connection, and when it checkpoints; a test compares them with its source.
pub(super) const PRAGMAS: [&str; 5] = [
    "PRAGMA synchronous = FULL;",
    "PRAGMA secure_delete = ON;",
    "PRAGMA foreign_keys = ON;",
    "PRAGMA temp_store = MEMORY;",
    "PRAGMA cache_size = -16384;",
];
pub(super) const CHECKPOINT_PAGES: i32 = 8192;

/// A statement of the reference with the patterns of its parameters.
#[derive(Clone, Debug)]
struct Step {
    /// Which of the statements.
    statement: usize,
    phase: usize,
    parameters: Vec<Pattern>,
    /// The last so many parameters say which row is changed; 0 for one that is new.
    key_length: usize,
}

/// What the orders of a round write, and how it goes on.
pub(super) struct Script {
    statements: Vec<String>,
    orders: Vec<Vec<Step>>,
    phases: usize,
}

impl Script {
    /// Turn what was recorded into statements.
    pub(super) fn of(recording: &Recording) -> Result<Self> {
        let [first, second] = &recording.rounds;
        let mut statements = HashMap::new();
        let mut orders = Vec::with_capacity(first.len());
        for (a, b) in first.iter().zip(second) {
            if a.len() != b.len() {
                bail!("an order wrote {} rows in one round and {} in the next", a.len(), b.len());
            }
            let steps = a.iter().zip(b).map(|(a, b)| step(recording, &mut statements, a, b));
            orders.push(steps.filter_map(Result::transpose).collect::<Result<Vec<_>>>()?);
        }
        let mut sorted: Vec<(String, usize)> = statements.into_iter().collect();
        sorted.sort_by_key(|(_, at)| *at);
        let phases =
            orders.iter().flatten().map(|step| step.phase + 1).max().context("nothing was recorded")?;
        Ok(Self { statements: sorted.into_iter().map(|(sql, _)| sql).collect(), orders, phases })
    }

    /// Orders of a round.
    fn round(&self) -> u64 {
        u64::try_from(self.orders.len()).unwrap_or(1).max(1)
    }
}

fn step(
    recording: &Recording,
    statements: &mut HashMap<String, usize>,
    a: &Written,
    b: &Written,
) -> Result<Option<Step>> {
    let table = recording.tables.get(a.table).context("a table that was not recorded")?;
    if (a.table, a.act, a.phase) != (b.table, b.act, b.phase) {
        bail!(
            "two rounds of the same order wrote different rows: {:?} of {} in its commit {}, {:?} in its commit {}",
            a.act,
            table.name,
            a.phase,
            b.act,
            b.phase
        );
    }
    let changed: Vec<usize> = match a.act {
        Act::Update => (0..table.columns.len())
            .filter(|at| a.old.get(*at) != a.new.get(*at) || b.old.get(*at) != b.new.get(*at))
            .collect(),
        Act::Insert => (0..table.columns.len()).collect(),
        Act::Delete => Vec::new(),
    };
    if a.act == Act::Update && changed.is_empty() {
        // It was written as it was, which SQLite does not write.
        return Ok(None);
    }
    let new = changed.iter().map(|at| (a.new.get(*at), b.new.get(*at)));
    let old = table.key.iter().map(|at| (a.old.get(*at), b.old.get(*at)));
    let places: Vec<_> = if a.act == Act::Insert { new.collect() } else { new.chain(old).collect() };
    let parameters = places.into_iter().map(|(a, b)| {
        let (Some(a), Some(b)) = (a, b) else { bail!("a row of {} lacks a column", table.name) };
        Pattern::of(a, b).with_context(|| format!("in table {}", table.name))
    });
    let parameters = parameters.collect::<Result<Vec<_>>>()?;
    let sql = sql(table, a.act, &changed);
    let next = statements.len();
    let statement = *statements.entry(sql).or_insert(next);
    let key_length = if a.act == Act::Insert { 0 } else { table.key.len() };
    Ok(Some(Step { statement, phase: a.phase, parameters, key_length }))
}

fn sql(table: &Table, act: Act, changed: &[usize]) -> String {
    let name = |at: &usize| table.columns.get(*at).map_or("", String::as_str);
    let equal = |at: &usize| format!("\"{}\" = ?", name(at));
    let key = table.key.iter().map(equal).collect::<Vec<_>>().join(" AND ");
    match act {
        Act::Insert => {
            let columns = changed.iter().map(|at| format!("\"{}\"", name(at))).collect::<Vec<_>>().join(", ");
            let places = vec!["?"; changed.len()].join(", ");
            format!("INSERT INTO \"{}\" ({columns}) VALUES ({places})", table.name)
        }
        Act::Update => {
            let set = changed.iter().map(equal).collect::<Vec<_>>().join(", ");
            format!("UPDATE \"{}\" SET {set} WHERE {key}", table.name)
        }
        Act::Delete => format!("DELETE FROM \"{}\" WHERE {key}", table.name),
    }
}

/// A connection that writes orders of a script.
pub(super) struct Raw {
    connection: Connection,
    script: Arc<Script>,
    wal_pages: Arc<AtomicI32>,
    wal_checkpointed: i32,
    /// The orders of the groups whose jobs are not through, the newest last.
    under_way: Vec<std::ops::Range<u64>>,
    next: u64,
}

/// What the writing of orders took, without the making of the values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Took {
    pub(super) orders: u64,
    pub(super) time: Duration,
    pub(super) cpu: Duration,
}

impl Raw {
    /// Go on in a database that an engine has stocked and nobody has ordered from. `durable`: as the engine syncs.
    pub(super) fn open(database: &Path, script: Arc<Script>, durable: bool) -> Result<Self> {
        let mut connection = Connection::open(database)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        for pragma in PRAGMAS {
            connection.execute_batch(pragma)?;
        }
        if !durable {
            connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;")?;
        }
        connection.set_prepared_statement_cache_capacity(256);
        let wal_pages = Arc::new(AtomicI32::new(0));
        let counted = Arc::clone(&wal_pages);
        connection.wal_hook(Some(move |_: &mut _, pages| {
            counted.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { connection, script, wal_pages, wal_checkpointed: 0, under_way: Vec::new(), next: 0 })
    }

    /// Write further orders, so many a commit.
    pub(super) fn write(&mut self, orders: u64, group: u64) -> Result<Took> {
        let mut took = Took { orders, ..Took::default() };
        let end = self.next + orders;
        while self.next < end {
            let size = group.min(end - self.next);
            self.under_way.push(self.next..self.next + size);
            self.next += size;
            self.commit(&mut took)?;
        }
        Ok(took)
    }

    /// Let the jobs of the last groups end.
    pub(super) fn drain(&mut self, took: &mut Took) -> Result<()> {
        for _ in 1..self.script.phases {
            self.under_way.push(0..0);
            self.commit(took)?;
        }
        Ok(())
    }

    /// Write the log into the file, so that it can be copied alone.
    pub(super) fn close(self) -> Result<()> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        self.connection.close().map_err(|(_, error)| error.into())
    }

    /// One commit: the newest group's orders, and what is due of the groups before it.
    fn commit(&mut self, took: &mut Took) -> Result<()> {
        let rows = self.rows();
        let cpu = thread_cpu()?;
        let begun = Instant::now();
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut prepared: Option<(usize, CachedStatement<'_>)> = None;
        for (at, values) in &rows {
            if prepared.as_ref().is_none_or(|(prepared, _)| prepared != at) {
                let sql = self.script.statements.get(*at).context("a statement that was not recorded")?;
                prepared = Some((*at, self.connection.prepare_cached(sql)?));
            }
            let (_, statement) = prepared.as_mut().context("no statement")?;
            let changed = statement.execute(params_from_iter(values))?;
            if changed != 1 {
                bail!("a row that was recorded is not there: {:?}", self.script.statements.get(*at));
            }
        }
        drop(prepared);
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        self.checkpoint_if_long()?;
        took.time += begun.elapsed();
        took.cpu += thread_cpu()?.saturating_sub(cpu);
        if self.under_way.len() >= self.script.phases {
            self.under_way.remove(0);
        }
        Ok(())
    }

    /// The values of the next commit, statement by statement. A row that several orders change is written once, as the
    /// last of them leaves it.
    fn rows(&self) -> Vec<(usize, Vec<Value>)> {
        let mut rows: Vec<(usize, Vec<Value>)> = Vec::new();
        let mut changed: HashMap<(usize, String), usize> = HashMap::new();
        for (phase, group) in self.under_way.iter().rev().enumerate() {
            for order in group.clone() {
                let (round, at) = (order / self.script.round(), order % self.script.round());
                let steps = usize::try_from(at).ok().and_then(|at| self.script.orders.get(at));
                for step in steps.into_iter().flatten().filter(|step| step.phase == phase) {
                    let values: Vec<Value> =
                        step.parameters.iter().map(|pattern| pattern.value(round, order)).collect();
                    let (_, key) = values.split_at(values.len() - step.key_length);
                    let place = changed.entry((step.statement, format!("{key:?}"))).or_insert(rows.len());
                    if let Some(row) = rows.get_mut(*place).filter(|_| step.key_length > 0) {
                        row.1 = values;
                    } else {
                        *place = rows.len();
                        rows.push((step.statement, values));
                    }
                }
            }
        }
        rows.sort_by_key(|(statement, _)| *statement);
        rows
    }

    fn checkpoint_if_long(&mut self) -> Result<()> {
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages < self.wal_checkpointed {
            self.wal_checkpointed = 0;
        }
        if pages.saturating_sub(self.wal_checkpointed) >= CHECKPOINT_PAGES {
            self.wal_checkpointed = pages;
            self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        }
        Ok(())
    }
}

/// CPU time of this thread, in nanoseconds as the scheduler counts it.
fn thread_cpu() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split_whitespace().next().and_then(|word| word.parse().ok());
    Ok(Duration::from_nanos(nanos.ok_or_else(|| anyhow!("no schedstat"))?))
}
