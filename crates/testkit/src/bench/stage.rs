//! What all rows share: the program, a stocked database to copy, the script of the reference, and bodies of real length.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::catalog::Catalog;
use super::engine::{Engine, an_hour_ago};
#[cfg(unix)]
use super::postgres::Primary;
use super::process::Server;
use super::raw::{Raw, Script};
use super::recording::{BLOCK, Recording};
use super::requests::{Basket, Requests, product_id};
use super::rows::Body;
use super::{Bench, Pace, load};

/// Products with stock.
pub(super) const PRODUCTS: usize = 1_024;

/// Orders of one commit while a database is filled.
const FILL_GROUP: u64 = 1_024;

/// Databases of so many orders are kept for the next run.
const KEPT_FROM: u64 = 500_000;

/// One with more is too large to lie there twice: 6 KB an order.
const KEPT_TO: u64 = 1_000_000;

/// Everything that a row needs.
pub(super) struct Stage {
    pub(super) sutler: PathBuf,
    /// `sutler-balance`, where it was built.
    pub(super) balance: Option<PathBuf>,
    pub(super) folder: TempDir,
    pub(super) pace: Pace,
    /// Whether files and logs are short.
    pub(super) is_quick: bool,
    /// Products of the large catalog.
    pub(super) products: u64,
    catalog: OnceCell<Catalog>,
    /// A stocked database without orders.
    stocked: PathBuf,
    /// The same with the orders that were asked for.
    preloaded: PathBuf,
    pub(super) script: Arc<Script>,
    /// Bytes in the columns that one order leaves behind.
    pub(super) payload_bytes: usize,
    /// Rows that one order writes, by table.
    pub(super) rows_per_order: String,
    /// What the engine answers to an order, to a product.
    pub(super) order_body: PathBuf,
    pub(super) product_body: PathBuf,
    #[cfg(unix)]
    primary: OnceCell<Primary>,
}

impl Stage {
    pub(super) async fn set(bench: &Bench) -> Result<Self> {
        let beside = std::env::current_exe()?.with_file_name("sutler");
        let sutler = bench.sutler.clone().unwrap_or(beside);
        if !sutler.is_file() {
            bail!("{} is not there; build it: cargo build --release", sutler.display());
        }
        let sutler = sutler.canonicalize()?;
        // Beside the program: /tmp may be memory.
        let parent = sutler.parent().unwrap_or(Path::new(".")).join("bench-data");
        std::fs::create_dir_all(&parent)?;
        let folder = tempfile::tempdir_in(&parent)?;
        let path = |name: &str| folder.path().join(name);
        let (stocked, preloaded, spoiled) = (path("stocked.db"), path("preloaded.db"), path("recorded.db"));
        let now = an_hour_ago();
        let engine = Engine::open(&stocked, now, u64::try_from(BLOCK)?).await?;
        engine.stock(PRODUCTS).await?;
        engine.close().await;
        std::fs::copy(&stocked, &spoiled)?;
        let later = now.checked_add(jiff::SignedDuration::from_mins(1))?;
        let recording = Recording::make(&spoiled, PRODUCTS, BLOCK, later).await?;
        let script = Arc::new(Script::of(&recording)?);
        std::fs::copy(&stocked, &preloaded)?;
        let rows = recording.rows_per_table()?.into_iter().map(|(table, [inserts, updates, deletes])| {
            let acts = [(inserts, "+"), (updates, "~"), (deletes, "-")];
            let acts =
                acts.iter().filter(|(count, _)| *count > 0).map(|(count, act)| format!("{act}{count}"));
            format!("{table} {}", acts.collect::<Vec<_>>().join(" "))
        });
        let balance = Some(sutler.with_file_name("sutler-balance")).filter(|program| program.is_file());
        let stage = Self {
            sutler,
            balance,
            pace: bench.pace(),
            is_quick: bench.quick,
            products: bench.products,
            catalog: OnceCell::new(),
            rows_per_order: rows.collect::<Vec<_>>().join(", "),
            payload_bytes: recording.payload_bytes(),
            order_body: path("order.json"),
            product_body: path("product.json"),
            folder,
            stocked,
            preloaded,
            script,
            #[cfg(unix)]
            primary: OnceCell::new(),
        };
        if bench.orders_preload > 0 {
            stage.fill(&stage.preloaded, bench.orders_preload)?;
        }
        stage.keep_bodies().await?;
        Ok(stage)
    }

    /// A fresh stocked database without orders.
    pub(super) fn empty(&self, name: &str) -> Result<PathBuf> {
        self.copy(&self.stocked, name)
    }

    /// A fresh stocked database with the orders that were asked for.
    pub(super) fn database(&self, name: &str) -> Result<PathBuf> {
        self.copy(&self.preloaded, name)
    }

    fn copy(&self, from: &Path, name: &str) -> Result<PathBuf> {
        let path = self.fresh(name)?;
        std::fs::copy(from, &path)?;
        Ok(path)
    }

    /// Where a database may be made, with nothing there.
    pub(super) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let path = self.folder.path().join(format!("{name}.db"));
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let mut beside = path.as_os_str().to_owned();
            beside.push(suffix);
            match std::fs::remove_file(beside) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(path)
    }

    /// The large catalog, made for the first of its rows.
    pub(super) async fn catalog(&self) -> Result<&Catalog> {
        self.catalog.get_or_try_init(|| Catalog::make(self)).await
    }

    /// Write so many orders into a stocked database, as the reference does, without waiting for the disk.
    pub(super) fn fill(&self, database: &Path, orders: u64) -> Result<()> {
        let mut raw = Raw::open(database, Arc::clone(&self.script), false)?;
        let mut took = raw.write(orders, FILL_GROUP)?;
        raw.drain(&mut took)?;
        raw.close()?;
        catch_up(database)
    }

    /// A stocked database with so many orders; the largest is kept beside the program, since it takes a minute to write.
    pub(super) async fn filled(&self, orders: u64) -> Result<PathBuf> {
        let path = self.empty(&format!("filled-{orders}"))?;
        if !(KEPT_FROM..=KEPT_TO).contains(&orders) {
            self.fill(&path, orders)?;
            return Ok(path);
        }
        let kept = self.kept(orders)?;
        if !kept.is_file() {
            self.fill(&path, orders)?;
            // A look at the whole file by an engine writes the log into it.
            Engine::open(&path, an_hour_ago(), 0).await?.close().await;
            std::fs::rename(&path, &kept)?;
        }
        std::fs::copy(&kept, &path)?;
        Ok(path)
    }

    /// Where a filled database is kept: by the day, since jobs that are a week old are swept.
    fn kept(&self, orders: u64) -> Result<PathBuf> {
        let day = an_hour_ago().strftime("%Y%m%d").to_string();
        self.beside_program(&format!("filled-{orders}"), [self.rows_per_order.as_str(), day.as_str()])
    }

    /// Where a database is kept for the next run: by its schema, and by what else makes it another one.
    pub(super) fn beside_program<'t>(
        &self,
        name: &str,
        others: impl IntoIterator<Item = &'t str>,
    ) -> Result<PathBuf> {
        let connection = look(&self.stocked)?;
        let mut statement =
            connection.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")?;
        let schema = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut hash = 0_u64;
        let mut texts = schema.collect::<rusqlite::Result<Vec<_>>>()?;
        texts.extend(others.into_iter().map(str::to_owned));
        for text in texts {
            for byte in text.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        let parent = self.folder.path().parent().unwrap_or(Path::new("."));
        Ok(parent.join(format!("{name}-{hash:016x}.db")))
    }

    /// The file with a body of an answer.
    pub(super) fn body(&self, body: Body) -> &Path {
        match body {
            Body::Product => &self.product_body,
            Body::Order => &self.order_body,
        }
    }

    pub(super) async fn serve(&self, database: &Path) -> Result<Server> {
        self.serve_with(database, &[]).await
    }

    /// A server with further settings.
    pub(super) async fn serve_with(&self, database: &Path, vars: &[(&str, &str)]) -> Result<Server> {
        let folder = tempfile::tempdir_in(self.folder.path())?.keep();
        // Three slashes, and the one that the path begins with.
        let url = format!("sqlite:///{}", database.display());
        Server::sutler(&self.sutler, &folder, &url, vars).await
    }

    /// A server on a database, with its own files in this folder, which may hold those of an earlier one.
    pub(super) async fn serve_in(&self, folder: &Path, database: &Path) -> Result<Server> {
        Server::sutler(&self.sutler, folder, &format!("sqlite:///{}", database.display()), &[]).await
    }

    /// A server on the database at this address.
    pub(super) async fn node(&self, url: &str) -> Result<Server> {
        let folder = tempfile::tempdir_in(self.folder.path())?.keep();
        Server::sutler(&self.sutler, &folder, url, &[]).await
    }

    /// The server of PostgreSQL that all of its rows share, started for the first of them.
    #[cfg(unix)]
    pub(super) async fn primary(&self) -> Result<&Primary> {
        self.primary.get_or_try_init(Primary::start).await
    }

    /// What the server of the shared store is, if a row needed one.
    pub(super) fn about_server(&self) -> String {
        #[cfg(unix)]
        let about = self.primary.get().map(|primary| primary.about.clone());
        #[cfg(not(unix))]
        let about = None;
        about.unwrap_or_default()
    }

    /// The same behind a balancer.
    pub(super) async fn serve_behind(&self, database: &Path) -> Result<Server> {
        let balance = self.balance.as_deref().context("sutler-balance is not beside sutler")?;
        let folder = tempfile::tempdir_in(self.folder.path())?.keep();
        Server::balance(balance, &folder, self.serve(database).await?).await
    }

    async fn keep_bodies(&self) -> Result<()> {
        let server = self.serve(&self.empty("bodies")?).await?;
        let order = load::fetch(server.address, &Requests::orders(Basket::Many, PRODUCTS, "bo")).await?;
        let product = Requests::get(&[format!("/products/{}", product_id(1))]);
        let product = load::fetch(server.address, &product).await?;
        server.stop().await?;
        let read: Value = serde_json::from_slice(&order)?;
        read.pointer("/order_id").context("an order without an id")?;
        std::fs::write(&self.order_body, order)?;
        std::fs::write(&self.product_body, product)?;
        Ok(())
    }
}

/// Where single products, or the orders of a database, are read.
pub(super) fn paths(database: &Path, body: Body) -> Result<Vec<String>> {
    match body {
        Body::Product => Ok((0..PRODUCTS).map(|n| format!("/products/{}", product_id(n))).collect()),
        Body::Order => {
            let connection = look(database)?;
            let mut statement = connection.prepare("SELECT order_id FROM orders LIMIT 1000")?;
            let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
            Ok(ids.map(|id| Ok(format!("/orders/{}", id?))).collect::<rusqlite::Result<_>>()?)
        }
    }
}

/// Readers of the log that a server has beside the post of webhooks.
const FOLLOWERS: [&str; 2] = ["log", "metrics"];

/// Put every reader of the log at its end, where those of a shop are that has been running. Otherwise a server reads all
/// of it beside what is measured.
pub(super) fn catch_up(database: &Path) -> Result<()> {
    let connection = Connection::open(database)?;
    for name in FOLLOWERS {
        let sql = "INSERT OR REPLACE INTO cursors (name, position) SELECT ?1, max(position) FROM events";
        connection.execute(sql, [name])?;
    }
    let sql = "INSERT OR REPLACE INTO bookmarks (name, version, epoch, position)
               SELECT ?1, 1, (SELECT epoch FROM head), max(position) FROM events";
    connection.execute(sql, [sutler_app::webhooks::READER])?;
    Ok(())
}

/// A second pair of eyes on a database that a server has open.
pub(super) fn look(database: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}

/// Wait until a question has the answer nought.
pub(super) async fn until_none(connection: &Connection, sql: &str, patience: Duration) -> Result<()> {
    let begun = std::time::Instant::now();
    loop {
        let left: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        if left == 0 {
            return Ok(());
        }
        if begun.elapsed() > patience {
            bail!("after {patience:?} there are still {left}: {sql}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
