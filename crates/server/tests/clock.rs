//! The real binary while the machine's clock is set: forward, back, by a day, over a leap day and over a change of summer
//! time. `libfaketime` sets it, of the server alone; where that is not to be had, each test says so in a line that CI looks
//! for. Durations are not its matter: the monotonic clock goes on, as it does when a real clock is set.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sutler_testkit::crash::check::State;
use sutler_testkit::crash::load::Load;
use sutler_testkit::crash::report::Report;
use sutler_testkit::crash::scene::{Scene, quiet};
use sutler_testkit::crash::server::{Launch, Server};
use tempfile::TempDir;

/// Clients at the same time.
const CLIENTS: u32 = 4;

/// Requests that are acknowledged between two settings of the clock.
const BETWEEN: u64 = 4;

/// Where the clock is set to, in milliseconds from the right time. None of the distances between them is as long as an
/// idempotency key lives (48 hours): what a repeat under an old key is told stays the same.
const OFFSETS_MS: [i64; 10] =
    [3_600_000, 0, -3_600_000, -3_600_500, 0, 86_400_000, 0, -500, 7_200_000, 3_600_000];

/// By how much later the clock is at rest: what was put off until a time that the clock had shown before it was set back is
/// due by then.
const AT_REST_MS: i64 = 90_000_000;

/// A shop whose clock can be set.
struct Rig {
    scene: Scene,
    server: Server,
    setting: PathBuf,
    _folder: TempDir,
}

impl Rig {
    /// A server whose clock is off by so much. `None` where its clock cannot be set, which is said.
    async fn new(offset_ms: i64, zone: &str) -> Option<Self> {
        let library = library()?;
        let folder = tempfile::tempdir().unwrap();
        let setting = folder.path().join("clock");
        set(&setting, offset_ms);
        let launch = Launch::new(env!("CARGO_BIN_EXE_sutler"), folder.path())
            .with("LD_PRELOAD", library.display().to_string())
            .with("FAKETIME_TIMESTAMP_FILE", setting.display().to_string())
            .with("FAKETIME_NO_CACHE", "1")
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .with("TZ", zone);
        let (scene, server) = Scene::open(launch).await.unwrap();
        Some(Self { scene, server, setting, _folder: folder })
    }

    async fn load(&self) -> Load {
        self.scene.load(&self.server, ("clock", 1), CLIENTS).await.unwrap()
    }

    /// The load ends with the server, which is told to end; then everything is compared.
    async fn compare(self, load: Load, at_rest_ms: i64) -> Report {
        let mut report = Report::default();
        assert!(self.server.stop().await.unwrap().success(), "it ends as it should");
        report.tally.add(load.end().await.unwrap());
        report.found(self.scene.compare(State::Crashed).unwrap());
        set(&self.setting, at_rest_ms);
        let server = self.scene.recover(("clock", 50), &mut report).await.unwrap().expect("it starts again");
        report.found(quiet(&server).await.unwrap());
        self.scene.rest(server, &mut report).await.unwrap();
        report
    }
}

/// The library that sets clocks, wherever Debian keeps it.
#[expect(clippy::print_stdout, reason = "a skipped test is to be seen")]
fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let found =
        found.chain([PathBuf::from("/usr/lib/faketime/libfaketimeMT.so.1")]).find(|path| path.exists());
    if found.is_none() {
        println!("SKIPPED: no libfaketime here, so that no clock can be set: apt-get install faketime");
    }
    found
}

/// Set the clock. In one step, since the server reads the file whenever it looks at its clock.
fn set(setting: &Path, offset_ms: i64) {
    let fresh = setting.with_extension("fresh");
    let (sign, away_ms) = (if offset_ms < 0 { '-' } else { '+' }, offset_ms.unsigned_abs());
    std::fs::write(&fresh, format!("{sign}{}.{:03}\n", away_ms / 1_000, away_ms % 1_000)).unwrap();
    std::fs::rename(&fresh, setting).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_a_hundred_times_costs_nothing_and_doubles_nothing() {
    let Some(rig) = Rig::new(0, "UTC").await else { return };
    let mut load = rig.load().await;
    for jump in 0..100_u32 {
        let offset_ms = OFFSETS_MS.iter().cycle().nth(usize::try_from(jump).unwrap()).unwrap();
        set(&rig.setting, *offset_ms);
        load.acknowledged(BETWEEN * u64::from(jump + 1)).await.unwrap();
    }
    let times = told(&rig).await;
    assert!(
        times.windows(2).any(|pair| pair[1] > pair[0] + 3_000),
        "the server saw the clock jump: {times:?}"
    );
    let report = rig.compare(load, AT_REST_MS).await;
    assert_eq!(report.violations(), []);
    assert!(report.tally.acknowledged >= 400 && report.verified == 1, "{report}");
}

/// When the last orders were placed, in seconds, as the server tells it.
async fn told(rig: &Rig) -> Vec<i64> {
    let page = rig.server.wire().get("/orders?limit=200").await.unwrap();
    let placed = page["data"].as_array().unwrap().iter();
    let seconds = placed.map(|order| order["placed_at"].as_str().unwrap().parse::<Timestamp>().unwrap());
    let mut seconds: Vec<i64> = seconds.map(Timestamp::as_second).collect();
    seconds.sort_unstable();
    seconds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leap_day_and_the_hour_that_is_not_there_are_times_as_any_other() {
    for (at, zone) in [
        ("2028-02-29T23:59:58Z", "UTC"),
        ("2028-02-28T23:59:58Z", "UTC"),
        ("2027-03-28T00:59:58Z", "Europe/Berlin"),
        ("2027-10-31T00:59:58Z", "Europe/Berlin"),
    ] {
        let target = at.parse::<Timestamp>().unwrap().as_second();
        let Some(rig) = Rig::new(away_ms(target), zone).await else { return };
        let (mut load, mut enough) = (rig.load().await, 20);
        load.acknowledged(enough).await.unwrap();
        // Go back to right before it with orders on their way, however long all that took.
        let away_ms = away_ms(target);
        set(&rig.setting, away_ms);
        let (mut before, mut after) = (false, false);
        while !after {
            enough += 20;
            load.acknowledged(enough).await.unwrap();
            let times = told(&rig).await;
            // The page shows the newest only, so what is before it may be on one page and what is after it on another.
            before = before || times.iter().any(|placed| (target..target + 2).contains(placed));
            after = before && times.iter().any(|placed| *placed >= target + 4);
        }
        let report = rig.compare(load, away_ms + AT_REST_MS).await;
        assert_eq!(report.violations(), [], "{at} in {zone}");
    }
}

/// How far away a time is, in milliseconds.
#[expect(clippy::disallowed_methods, reason = "a test has no port to ask for the time")]
fn away_ms(target_s: i64) -> i64 {
    (target_s - Timestamp::now().as_second()) * 1_000
}
