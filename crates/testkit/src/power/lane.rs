//! The lane: the real server on the disk under load, until the power goes.
//!
//! The clients, their ledger and the comparison are those of the kill -9 lane; only the blow is another. Every
//! acknowledgement counts, also one that arrives while the power goes: the server may give it only when a sync had
//! succeeded, and what was synced survives.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::cut::{Mode, Toll};
use super::disk::Disk;
use super::mount::Mount;
use crate::crash::check::store::Store;
use crate::crash::check::{self, State, Violation};
use crate::crash::report::Report;
use crate::crash::scene::{REPLAYS, Scene};
use crate::crash::server::{Launch, Server, copy_database};

/// The power goes so many milliseconds after the first acknowledgement.
const CUT_AFTER_MS: std::ops::RangeInclusive<u64> = 50..=500;

/// How long a sync takes. In this time a cut meets writes that are on their way.
const SYNC_TIME: Duration = Duration::from_millis(1);

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program.
    pub sutler: PathBuf,
    /// Where the ledgers and copies go; kept when something is found.
    pub folder: PathBuf,
    /// Cuts.
    pub cuts: u32,
    /// Cuts on the same data, before a fresh shop is opened on an empty disk.
    pub cuts_of_a_shop: u32,
    /// How power is cut: one after the other, and from the first again.
    pub modes: Vec<Mode>,
    /// Clients at the same time.
    pub clients: u32,
    /// What decides about clients, moments, and what a cut leaves.
    pub seed: u64,
}

/// What the cuts so far did, each with the way in which it was done.
pub type Tolls = Vec<(Mode, Toll)>;

/// Run the plan. It ends early when something is found, so that the data is as it was then.
pub async fn run(plan: &Plan, report: &mut Report, tell: &dyn Fn(&str)) -> Result<Tolls> {
    let mut random = StdRng::seed_from_u64(plan.seed);
    let (mut left, mut number, mut tolls) = (plan.cuts, 0, Tolls::new());
    while left > 0 && report.is_clean() {
        number += 1;
        let cuts = left.min(plan.cuts_of_a_shop.max(1));
        let folder = plan.folder.join(format!("shop-{number}"));
        let (mut round, server) = Round::open(plan, &folder).await?;
        let ended = round.run(server, cuts, (&mut random, &mut tolls), report).await;
        if ended.is_err() || !report.is_clean() {
            round.keep()?;
        }
        ended.with_context(|| format!("in shop {number}, after {} cuts", tolls.len()))?;
        left -= cuts;
        tell(&format!("shop {number}: {} cuts, {} acknowledged", tolls.len(), report.tally.acknowledged));
    }
    Ok(tolls)
}

/// One shop on one disk, over many cuts.
struct Round<'a> {
    plan: &'a Plan,
    scene: Scene,
    disk: Disk,
    mount: Option<Mount>,
}

impl<'a> Round<'a> {
    /// Open a shop on an empty disk. Ledger and log are beside it, on a disk whose power stays.
    async fn open(plan: &'a Plan, folder: &Path) -> Result<(Self, Server)> {
        let launch = Launch::new(&plan.sutler, folder);
        std::fs::create_dir_all(launch.data())?;
        let disk = Disk::new(SYNC_TIME);
        let mount = Some(disk.mount(&launch.data())?);
        let (scene, server) = Scene::open(launch).await?;
        Ok((Self { plan, scene, disk, mount }, server))
    }

    /// Cut so many times, and compare at last when all is quiet.
    async fn run(
        &mut self,
        mut server: Server,
        cuts: u32,
        (random, tolls): (&mut StdRng, &mut Tolls),
        report: &mut Report,
    ) -> Result<()> {
        for cut in 1..=cuts {
            let name = format!("c{cut}");
            let mode = self.plan.modes.get(tolls.len() % self.plan.modes.len().max(1));
            let mode = mode.copied().context("there is no mode to cut in")?;
            tolls.push((mode, self.cut(server, &name, mode, random, report).await?));
            report.found(self.compare()?);
            if !report.is_clean() {
                return Ok(());
            }
            let again = self.scene.recover((&format!("{name}-"), REPLAYS), report).await?;
            let Some(again) = again else { return Ok(()) };
            server = again;
        }
        self.scene.rest(server, report).await
    }

    /// Cuts the power of the disk under load, and only then ends the process, which can do no harm any more.
    async fn cut(
        &mut self,
        mut server: Server,
        name: &str,
        mode: Mode,
        random: &mut StdRng,
        report: &mut Report,
    ) -> Result<Toll> {
        let load = self.scene.load(&server, (name, random.random()), self.plan.clients).await?;
        tokio::time::sleep(Duration::from_millis(random.random_range(CUT_AFTER_MS))).await;
        let toll = self.disk.cut(mode, random.random());
        server.kill().await?;
        report.tally.add(load.end().await?);
        report.kills += 1;
        drop(self.mount.take());
        self.mount = Some(self.disk.mount(&self.scene.launch.data())?);
        Ok(toll)
    }

    /// Compares the database as the cut left it. The gateway's books may end in shreds of lines, which the server cuts
    /// off when it starts; they are compared at rest.
    fn compare(&self) -> Result<Vec<Violation>> {
        let launch = &self.scene.launch;
        let copy = launch.folder.join("copy.db");
        copy_database(&launch.database(), &copy)?;
        Ok(check::all(&self.scene.history()?, &Store::read(&copy)?, &self.scene.shop, None, State::Crashed))
    }

    /// Copies the files of the disk, which is in memory only, to where they outlive this process.
    fn keep(&self) -> Result<()> {
        let Some(mount) = &self.mount else { return Ok(()) };
        let folder = self.scene.launch.folder.join("disk");
        std::fs::create_dir_all(&folder)?;
        for entry in std::fs::read_dir(mount.folder())? {
            let entry = entry?;
            std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
        Ok(())
    }
}

/// What the cuts did, by mode.
pub fn sums(tolls: &[(Mode, Toll)]) -> Vec<(Mode, usize, Toll)> {
    let of = |mode| tolls.iter().filter(move |(made, _)| *made == mode);
    let sum = |mode| {
        let mut sum = Toll::default();
        of(mode).for_each(|(_, toll)| sum += *toll);
        (mode, of(mode).count(), sum)
    };
    Mode::ALL.into_iter().map(sum).filter(|(_, count, _)| *count > 0).collect()
}

/// Faults that a run promised and that never happened: such a run has proved nothing.
pub fn missing(tolls: &[(Mode, Toll)]) -> Vec<String> {
    let mut missing = Vec::new();
    for (mode, count, toll) in sums(tolls) {
        if toll.dropped == 0 {
            missing.push(format!("{count} cuts of mode {mode} dropped no write"));
        }
        if mode == Mode::Torn && toll.torn == 0 {
            missing.push(format!("{count} cuts of mode {mode} tore no write"));
        }
        if mode != Mode::Drop && toll.kept == 0 {
            missing.push(format!("{count} cuts of mode {mode} kept no unsynced write"));
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_whose_faults_did_not_fire_is_told() {
        let fired = Toll { dropped: 3, torn: 1, kept: 2, ..Toll::default() };
        assert_eq!(missing(&Mode::ALL.map(|mode| (mode, fired))), [""; 0]);
        assert_eq!(missing(&[(Mode::Drop, Toll::default())]), ["1 cuts of mode drop dropped no write"]);
        let untorn = Toll { torn: 0, ..fired };
        assert_eq!(
            missing(&[(Mode::Torn, untorn), (Mode::Torn, untorn)]),
            ["2 cuts of mode torn tore no write"]
        );
    }

    #[test]
    fn tolls_are_summed_by_mode() {
        let one = Toll { dropped: 1, ..Toll::default() };
        let sums = sums(&[(Mode::Torn, one), (Mode::Drop, one), (Mode::Torn, one)]);
        assert_eq!(sums, [(Mode::Drop, 1, one), (Mode::Torn, 2, Toll { dropped: 2, ..one })]);
    }
}
