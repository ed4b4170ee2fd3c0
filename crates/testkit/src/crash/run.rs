//! The cycles: start, load, kill, compare, start again, repeat what was left open, and go on with the same data.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::check::State;
use super::fill;
use super::report::Report;
use super::scene::{REPLAYS, Scene};
use super::server::{Launch, Server};

/// The server is killed so many milliseconds after the first acknowledgement, at most.
pub const KILL_WITHIN_MS: u64 = 400;

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
    /// Events that are in the log before the first kill. With any, the files are not compared, which would take longer
    /// than everything else: replays show that what was acknowledged is there.
    pub events: u64,
}

/// How long the readers of a long log may take to come to its end.
const CATCH_UP_PATIENCE: Duration = Duration::from_mins(10);

/// Run the plan. It ends early when something is found, so that the data is as it was then.
pub async fn run(plan: &Plan, report: &mut Report, tell: &dyn Fn(&str)) -> Result<()> {
    let mut random = StdRng::seed_from_u64(plan.seed);
    let (mut left, mut number) = (plan.cycles, 0);
    while left > 0 && report.is_clean() {
        number += 1;
        let cycles = left.min(plan.cycles_of_a_shop.max(1));
        let folder = plan.folder.join(format!("shop-{number}"));
        let round = Round::open(plan, &folder, tell).await?;
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
    compares: bool,
}

impl Round {
    /// Start a server in a fresh folder and open a shop, on a long log if the plan says so.
    pub async fn open(plan: &Plan, folder: &Path, tell: &dyn Fn(&str)) -> Result<Self> {
        let launch = Launch::new(&plan.sutler, folder);
        let compares = plan.events == 0;
        if !compares {
            let begun = Instant::now();
            std::fs::create_dir_all(launch.data())?;
            fill::fill(&launch.database(), plan.events).await?;
            tell(&format!("{} events written in {} s", plan.events, begun.elapsed().as_secs()));
        }
        let (scene, server) = Scene::open(launch).await?;
        if !compares {
            fill::caught_up(&scene.launch.database(), CATCH_UP_PATIENCE).await?;
        }
        Ok(Self { scene, server, clients: plan.clients, compares })
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
        if !self.compares {
            return Ok(());
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
        let Self { scene, server, clients, compares } = self;
        let (name, seed) = (format!("c{cycle}"), random.random());
        let load = scene.load(server, (&name, seed), *clients).await?;
        tokio::time::sleep(Duration::from_micros(random.random_range(0..KILL_WITHIN_MS * 1000))).await;
        server.kill().await?;
        report.tally.add(load.end().await?);
        report.kills += 1;
        if *compares {
            report.found(scene.compare(State::Crashed)?);
        }
        if !report.is_clean() {
            return Ok(None);
        }
        let server = scene.recover((&format!("{name}-"), REPLAYS), report).await?;
        Ok(server.filter(|_| report.is_clean()))
    }
}
