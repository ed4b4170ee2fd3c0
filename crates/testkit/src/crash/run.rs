//! The cycles: start, load, kill, compare, start again, repeat what was left open, and go on with the same data.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use tokio::process::Command;

use super::check::store::Store;
use super::check::{self, Invariant, State, Violation, books};
use super::ledger::{Fate, History, Ledger};
use super::load::{self, Load, Verdict};
use super::report::Report;
use super::server::{Launch, Server, copy_database};
use super::shop::Shop;

/// The server is killed so many milliseconds after the first acknowledgement, at most.
const KILL_WITHIN_MS: u64 = 400;

/// How long a load may take to get its first acknowledgement, and then to the kill.
const LOAD_PATIENCE: Duration = Duration::from_secs(30);

/// Acknowledged requests that are sent again after each recovery: the last ones before the kill.
const REPLAYS: usize = 100;

/// How long jobs may take to end: the lease of a worker that was killed, and some.
const QUIET_PATIENCE: Duration = Duration::from_secs(90);

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program.
    pub sutler: PathBuf,
    /// Where the data goes; kept when something is found.
    pub folder: PathBuf,
    /// Kills.
    pub cycles: u32,
    /// Kills on the same data, before a fresh shop is opened.
    pub cycles_of_a_shop: u32,
    /// Clients at the same time.
    pub clients: u32,
    /// What decides about clients and moments.
    pub seed: u64,
}

/// How a server ends in the middle of its work. Afterwards its files can be read again, and it can be started.
pub trait Blow {
    /// Wait for a moment of its choice, and strike.
    fn strike(&mut self, server: Server, random: &mut StdRng) -> impl Future<Output = Result<()>>;
}

/// SIGKILL: the process is gone at once, the machine goes on.
#[derive(Clone, Copy, Debug)]
pub struct Kill;

impl Blow for Kill {
    async fn strike(&mut self, server: Server, random: &mut StdRng) -> Result<()> {
        tokio::time::sleep(Duration::from_micros(random.random_range(0..KILL_WITHIN_MS * 1000))).await;
        server.kill().await
    }
}

/// Run the plan. It ends early when something is found, so that the data is as it was then.
pub async fn run(plan: &Plan, report: &mut Report, tell: &dyn Fn(&str)) -> Result<()> {
    let mut random = StdRng::seed_from_u64(plan.seed);
    let (mut left, mut number) = (plan.cycles, 0);
    while left > 0 && report.is_clean() {
        number += 1;
        let cycles = left.min(plan.cycles_of_a_shop.max(1));
        let folder = plan.folder.join(format!("shop-{number}"));
        let mut round = Round::open(Launch::new(&plan.sutler, &folder), plan.clients, Kill).await?;
        round.run(cycles, &mut random, report, tell).await.with_context(|| format!("in shop {number}"))?;
        if report.is_clean() {
            std::fs::remove_dir_all(&folder)?;
        }
        left -= cycles;
        tell(&format!("shop {number}: {} kills, {} acknowledged", report.kills, report.tally.acknowledged));
    }
    Ok(())
}

/// One shop, over many kills.
pub struct Round<B> {
    launch: Launch,
    shop: Arc<Shop>,
    ledger: Ledger,
    clients: u32,
    server: Option<Server>,
    /// What ends the server.
    pub blow: B,
}

impl<B: Blow> Round<B> {
    /// Start a server in a fresh folder and open a shop.
    pub async fn open(launch: Launch, clients: u32, blow: B) -> Result<Self> {
        let server = launch.start().await?;
        let shop = Arc::new(Shop::open(&server).await?);
        let ledger = Ledger::open(&launch.folder.join("ledger.ndjson"))?;
        Ok(Self { launch, shop, ledger, clients, server: Some(server), blow })
    }

    /// Kill so many times, and compare at last when all is quiet.
    pub async fn run(
        &mut self,
        cycles: u32,
        random: &mut StdRng,
        report: &mut Report,
        tell: &dyn Fn(&str),
    ) -> Result<()> {
        for cycle in 1..=cycles {
            self.cycle(cycle, random, report).await?;
            if !report.is_clean() {
                return Ok(());
            }
        }
        tell("waiting until every job has ended");
        self.rest(report).await
    }

    async fn cycle(&mut self, cycle: u32, random: &mut StdRng, report: &mut Report) -> Result<()> {
        let server = self.server.take().context("no server runs")?;
        let (name, seed) = (format!("c{cycle}"), random.random());
        let until = Instant::now() + LOAD_PATIENCE;
        let load = Load::begin(&server.address, &self.shop, &self.ledger, (&name, seed), self.clients, until);
        load.first_acknowledgement().await?;
        self.blow.strike(server, random).await?;
        report.tally.add(load.end().await?);
        report.kills += 1;
        let history = self.compare(State::Crashed, report)?;
        match self.launch.start().await {
            Ok(server) => {
                report.ready.push(server.ready);
                self.go_on(&server, &history, &name, report).await?;
                self.server = Some(server);
            }
            Err(error) => report.found([Violation::new(Invariant::Recovery, format!("{error:#}"))]),
        }
        Ok(())
    }

    /// Compare the files as they lie there; no server runs.
    fn compare(&self, state: State, report: &mut Report) -> Result<History> {
        let copy = self.launch.folder.join("copy.db");
        copy_database(&self.launch.database(), &copy)?;
        let history = History::read(&self.launch.folder.join("ledger.ndjson"))?;
        let books = self.launch.books();
        let books = if books.exists() { Some(books::read(&books)?) } else { None };
        report.found(check::all(&history, &Store::read(&copy)?, &self.shop, books.as_deref(), state));
        Ok(history)
    }

    /// After a recovery: what was acknowledged last is answered again, and what was left open is asked again.
    async fn go_on(&self, server: &Server, history: &History, name: &str, report: &mut Report) -> Result<()> {
        let mut wire = server.wire();
        let mine = format!("{name}-");
        let last: Vec<_> = history.acknowledged().filter(|(request, _)| request.key.starts_with(&mine)).collect();
        for (request, told) in last.iter().rev().take(REPLAYS) {
            report.found(load::differs(request, told, &wire.post(request).await?));
            report.replayed += 1;
        }
        for (request, _) in history.requests.values().filter(|(_, fate)| *fate == Fate::Unanswered) {
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

    /// Wait until every job has ended, end the server as one should, and compare for the last time.
    async fn rest(&mut self, report: &mut Report) -> Result<()> {
        let server = self.server.take().context("no server runs")?;
        report.found(quiet(&server).await?);
        let status = server.stop().await?;
        if !status.success() {
            report.found([Violation::new(Invariant::Recovery, format!("a server that was told to end: {status}"))]);
        }
        self.compare(State::Quiet, report)?;
        if has_verify(&self.launch).await? {
            report.found(verify(&self.launch).await?);
            report.verified += 1;
        }
        Ok(())
    }
}

/// Wait until no job is ready or running.
pub async fn quiet(server: &Server) -> Result<Option<Violation>> {
    let mut wire = server.wire();
    let begun = Instant::now();
    loop {
        let mut open = Vec::new();
        for state in ["ready", "running"] {
            let page = wire.get(&format!("/jobs?state={state}&limit=5")).await?;
            open.extend(page["data"].as_array().into_iter().flatten().map(Value::to_string));
        }
        if open.is_empty() {
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
