//! The cycles: start, load, kill, compare, start again, repeat what was left open, and go on with the same data.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::check::{Invariant, State, Violation};
use super::load::Load;
use super::report::Report;
use super::scene::Scene;
use super::server::{Launch, Server};

/// The server is killed so many milliseconds after the first acknowledgement, at most.
pub const KILL_WITHIN_MS: u64 = 400;

/// How long a load may take to get its first acknowledgement, and then to the kill.
const LOAD_PATIENCE: Duration = Duration::from_secs(30);

/// Acknowledged requests that are sent again after each recovery: the last ones before the kill.
const REPLAYS: usize = 100;

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

/// Run the plan. It ends early when something is found, so that the data is as it was then.
pub async fn run(plan: &Plan, report: &mut Report, tell: &dyn Fn(&str)) -> Result<()> {
    let mut random = StdRng::seed_from_u64(plan.seed);
    let (mut left, mut number) = (plan.cycles, 0);
    while left > 0 && report.is_clean() {
        number += 1;
        let cycles = left.min(plan.cycles_of_a_shop.max(1));
        let folder = plan.folder.join(format!("shop-{number}"));
        let round = Round::open(&plan.sutler, &folder, plan.clients).await?;
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
pub struct Round {
    scene: Scene,
    server: Server,
    clients: u32,
}

impl Round {
    /// Start a server in a folder and open a shop, or find the one that is there.
    pub async fn open(sutler: &Path, folder: &Path, clients: u32) -> Result<Self> {
        let (scene, server) = Scene::open(Launch::new(sutler, folder)).await?;
        Ok(Self { scene, server, clients })
    }

    /// Kill so many times, and compare at last when all is quiet.
    pub async fn run(
        mut self,
        cycles: u32,
        random: &mut StdRng,
        report: &mut Report,
        tell: &dyn Fn(&str),
    ) -> Result<()> {
        for cycle in 1..=cycles {
            let Some(server) = self.cycle(cycle, random, report).await? else { return Ok(()) };
            self.server = server;
        }
        tell("waiting until every job has ended");
        self.scene.rest(self.server, report).await
    }

    /// One kill. Gives the server that came after it, unless something was found.
    async fn cycle(
        &mut self,
        cycle: u32,
        random: &mut StdRng,
        report: &mut Report,
    ) -> Result<Option<Server>> {
        let Self { scene, server, clients } = self;
        let (name, seed) = (format!("c{cycle}"), random.random());
        let until = Instant::now() + LOAD_PATIENCE;
        let load = Load::begin(&server.address, &scene.shop, &scene.ledger, (&name, seed), *clients, until);
        load.first_acknowledgement().await?;
        tokio::time::sleep(Duration::from_micros(random.random_range(0..KILL_WITHIN_MS * 1000))).await;
        server.kill().await?;
        report.tally.add(load.end().await?);
        report.kills += 1;
        report.found(scene.compare(State::Crashed)?);
        if !report.is_clean() {
            return Ok(None);
        }
        match scene.launch.start().await {
            Ok(server) => {
                report.ready.push(server.ready);
                scene.replay(&server, &format!("{name}-"), REPLAYS, report).await?;
                scene.ask_again(&server, report).await?;
                Ok(report.is_clean().then_some(server))
            }
            Err(error) => {
                report.found([Violation::new(Invariant::Recovery, format!("{error:#}"))]);
                Ok(None)
            }
        }
    }
}
