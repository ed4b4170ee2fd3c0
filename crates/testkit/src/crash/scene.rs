//! A shop, its clients' ledger and the folder of its server: what every lane compares after a fault.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::Value;
use tokio::process::Command;

use super::check::store::Store;
use super::check::{self, Invariant, State, Violation, books};
use super::ledger::{History, Ledger};
use super::load::{self, Load, Verdict};
use super::report::Report;
use super::server::{Launch, Server, copy_database};
use super::shop::Shop;

/// Orders whose time ran out are looked for once a second, and leave jobs. A server that just started, or whose clock was
/// set, has all of them before it.
const SWEEP: Duration = Duration::from_millis(1_500);

/// How long jobs may take to end: the lease of a worker that was killed, and some.
const QUIET_PATIENCE: Duration = Duration::from_secs(90);

/// Acknowledged requests that are sent again after each recovery: the last ones before the fault.
pub const REPLAYS: usize = 100;

/// The file of the ledger, beside the server's data and not in it.
const LEDGER: &str = "ledger.ndjson";

/// A shop under test.
pub struct Scene {
    /// How its server is started.
    pub launch: Launch,
    /// What it sells.
    pub shop: Arc<Shop>,
    /// What its clients know.
    pub ledger: Ledger,
}

impl Scene {
    /// A shop that is there already, with a ledger that begins now.
    pub fn new(launch: Launch, shop: Arc<Shop>) -> Result<Self> {
        std::fs::create_dir_all(&launch.folder)?;
        let ledger = Ledger::open(&launch.folder.join(LEDGER))?;
        Ok(Self { launch, shop, ledger })
    }

    /// Start a server in a fresh folder and open a shop.
    pub async fn open(launch: Launch) -> Result<(Self, Server)> {
        let server = launch.start().await?;
        let shop = Arc::new(Shop::open(&server).await?);
        Ok((Self::new(launch, shop)?, server))
    }

    /// Begin a load, and wait until something of it is acknowledged.
    pub async fn load(&self, server: &Server, named: (&str, u64), clients: u32) -> Result<Load> {
        let mut load = Load::begin(&server.address, &self.shop, &self.ledger, named, clients);
        load.acknowledged(1).await?;
        Ok(load)
    }

    /// Start a server again after a fault, repeat so many of the acknowledged requests whose keys begin with `prefix`,
    /// and what was left open. None when no server came up, which is found.
    pub async fn recover(
        &self,
        (prefix, count): (&str, usize),
        report: &mut Report,
    ) -> Result<Option<Server>> {
        match self.launch.start().await {
            Ok(server) => {
                report.ready.push(server.ready);
                self.replay(&server, prefix, count, report).await?;
                self.ask_again(&server, report).await?;
                Ok(Some(server))
            }
            Err(error) => {
                report.found([Violation::new(Invariant::Recovery, format!("{error:#}"))]);
                Ok(None)
            }
        }
    }

    /// The ledger, read back from its file.
    pub fn history(&self) -> Result<History> {
        History::read(&self.launch.folder.join(LEDGER))
    }

    /// Compare the files as they lie there; no server runs.
    pub fn compare(&self, state: State) -> Result<Vec<Violation>> {
        let copy = self.launch.folder.join("copy.db");
        copy_database(&self.launch.database(), &copy)?;
        self.compare_with(&copy, state)
    }

    /// Compare with a copy of the database.
    pub fn compare_with(&self, copy: &Path, state: State) -> Result<Vec<Violation>> {
        let books = self.launch.books();
        let books = if books.exists() { Some(books::read(&books)?) } else { None };
        Ok(check::all(&self.history()?, &Store::read(copy)?, &self.shop, books.as_deref(), state))
    }

    /// Send so many of the acknowledged requests again whose keys begin with `prefix`: each is answered as before.
    pub async fn replay(
        &self,
        server: &Server,
        prefix: &str,
        count: usize,
        report: &mut Report,
    ) -> Result<()> {
        let (mut wire, history) = (server.wire(), self.history()?);
        let mine: Vec<_> =
            history.acknowledged().filter(|(asked, _)| asked.key.starts_with(prefix)).collect();
        for (request, told) in mine.iter().rev().take(count) {
            report.found(load::differs(request, told, &wire.post(request).await?));
            report.replayed += 1;
        }
        Ok(())
    }

    /// Send again what was left open, under the same keys; from then on nothing is.
    pub async fn ask_again(&self, server: &Server, report: &mut Report) -> Result<()> {
        let mut wire = server.wire();
        for request in self.history()?.unanswered() {
            let answer = wire.post(request).await?;
            match load::judge(&answer) {
                Verdict::Success => self.ledger.acknowledge(&request.key, &answer).await?,
                Verdict::Refusal => self.ledger.refuse(&request.key, answer.status)?,
                Verdict::Busy | Verdict::Wrong => {
                    let what = format!("{} was asked again and answered {answer:?}", request.key);
                    report.found([Violation::new(Invariant::Answers, what)]);
                }
            }
        }
        Ok(())
    }

    /// Wait until every job has ended, end the server as one should, compare for the last time, and let the program
    /// itself verify its store.
    pub async fn rest(&self, server: Server, report: &mut Report) -> Result<()> {
        report.found(quiet(&server).await?);
        let status = server.stop().await?;
        if !status.success() {
            let what = format!("a server that was told to end: {status}");
            report.found([Violation::new(Invariant::Recovery, what)]);
        }
        report.found(self.compare(State::Quiet)?);
        if has_verify(&self.launch).await? {
            report.found(verify(&self.launch).await?);
            report.verified += 1;
        }
        Ok(())
    }
}

/// Wait until no job is ready or running, and none was for as long as a sweep may take to find more work.
pub async fn quiet(server: &Server) -> Result<Option<Violation>> {
    let mut wire = server.wire();
    let begun = Instant::now();
    let mut busy_at = begun;
    loop {
        let mut open = Vec::new();
        for state in ["ready", "running"] {
            let page = wire.get(&format!("/jobs?state={state}&limit=5")).await?;
            open.extend(page["data"].as_array().into_iter().flatten().map(Value::to_string));
        }
        if !open.is_empty() {
            busy_at = Instant::now();
        } else if busy_at.elapsed() > SWEEP {
            return Ok(None);
        }
        if begun.elapsed() > QUIET_PATIENCE {
            let what = format!("after {QUIET_PATIENCE:?} there are still {}", open.join(", "));
            return Ok(Some(Violation::new(Invariant::Jobs, what)));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Whether the program has the command `verify`.
pub async fn has_verify(launch: &Launch) -> Result<bool> {
    let sutler = std::path::absolute(&launch.sutler)?;
    Ok(Command::new(sutler).args(["verify", "--help"]).env_clear().output().await?.status.success())
}

/// Ask `sutler verify` about a store that nobody has open.
pub async fn verify(launch: &Launch) -> Result<Option<Violation>> {
    let sutler = std::path::absolute(&launch.sutler)?;
    let output = Command::new(sutler).arg("verify").current_dir(&launch.folder).env_clear().output().await?;
    let said = [output.stdout, output.stderr].concat();
    let what = || format!("{}: {}", output.status, String::from_utf8_lossy(&said));
    Ok((!output.status.success()).then(|| Violation::new(Invariant::Verify, what())))
}
