//! A fault at each single call of the system: `strace` kills the server, or fails its sync, at the N-th write, sync or
//! unlink of a script of orders, for every N.
//!
//! `strace` counts per thread. The script runs twice for each kind: from an empty folder, where the thread that opens
//! the database does most, and in a shop that is there, where the writer does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;
use tokio::process::Command;

use super::check::{Invariant, State, Violation};
use super::ledger::Request;
use super::load::{self, Verdict};
use super::report::Report;
use super::scene::Scene;
use super::server::{Launch, Server, Started};
use super::shop::Shop;

/// Orders of the script, one after the other.
const ORDERS: u32 = 50;

/// Calls at which the server is killed: all by which a database, its log and the gateway's books change.
const KILLED: [&str; 7] = ["pwrite64", "write", "fdatasync", "fsync", "ftruncate", "unlink", "unlinkat"];

/// Calls that fail.
const FAILED: [&str; 2] = ["fdatasync", "fsync"];

/// Faults between two words about how far the lane is.
const TOLD_EVERY: usize = 200;

/// How long a server that was killed by its last orders may take to be gone.
const KILLED_PATIENCE: Duration = Duration::from_millis(50);

/// What happens at the N-th call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Kill,
    InputOutput,
}

/// Where the script begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Start {
    /// In a folder in which nothing is.
    EmptyFolder,
    /// In a shop that is there.
    OpenShop,
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program.
    pub sutler: PathBuf,
    /// Where the data goes; an absolute path.
    pub folder: PathBuf,
    /// Where it begins; `None`: from both.
    pub start: Option<Start>,
    /// The first N; 1 is the first call.
    pub first: NonZeroUsize,
    /// Every how-many-th N; 1 is every one.
    pub stride: NonZeroUsize,
}

/// Whether `strace` can be used here.
pub async fn has_strace() -> bool {
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-o", "/dev/null", "-e", "trace=write", "true"]);
    strace.output().await.is_ok_and(|output| output.status.success())
}

/// Run the script once for each N of each kind of call.
pub async fn run(plan: &Plan, report: &mut Report, tell: &dyn Fn(&str)) -> Result<()> {
    let lane = Lane::prepare(plan).await?;
    for start in [Start::OpenShop, Start::EmptyFolder] {
        if plan.start.is_some_and(|only| only != start) {
            continue;
        }
        let counts = lane.count(start, report).await?;
        tell(&format!("{start:?}: calls of the busiest thread: {counts:?}"));
        let kills = KILLED.map(|call| (Fault::Kill, call));
        let failures = FAILED.map(|call| (Fault::InputOutput, call));
        for (fault, call) in kills.into_iter().chain(failures) {
            let count = counts.get(call).copied().unwrap_or(0);
            let mut fired = 0;
            let tried: Vec<usize> = (plan.first.get()..=count).step_by(plan.stride.get()).collect();
            for (done, n) in tried.iter().copied().enumerate() {
                if done > 0 && done.is_multiple_of(TOLD_EVERY) {
                    tell(&format!(
                        "{start:?}: {fault:?} at {call}: {done} of {} tried, {fired} fired",
                        tried.len()
                    ));
                }
                let place = || format!("{fault:?} at {call} {n} from {start:?}");
                fired += u32::from(lane.fault(start, (fault, call, n), report).await.with_context(place)?);
                if !report.is_clean() {
                    tell(&format!("found at: {}", place()));
                    return Ok(());
                }
            }
            tell(&format!("{start:?}: {fault:?} at {call}: {fired} of {} fired", tried.len()));
            if fired == 0 && !tried.is_empty() {
                let what = format!("{fault:?} at {call} never fired: strace does not inject here");
                report.found([Violation::new(Invariant::Recovery, what)]);
            }
        }
    }
    Ok(())
}

struct Lane {
    sutler: PathBuf,
    folder: PathBuf,
    /// A shop that was opened and closed, to be copied.
    template: PathBuf,
    shop: Arc<Shop>,
}

impl Lane {
    async fn prepare(plan: &Plan) -> Result<Self> {
        let template = plan.folder.join("template");
        let (scene, server) = Scene::open(Launch::new(&plan.sutler, &template)).await?;
        server.stop().await?;
        let (sutler, folder) = (plan.sutler.clone(), plan.folder.clone());
        Ok(Self { sutler, folder, template, shop: scene.shop })
    }

    /// A fresh folder, as the start wants it.
    fn scene(&self, start: Start) -> Result<Scene> {
        let folder = self.folder.join("script");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let launch = Launch::new(&self.sutler, &folder);
        std::fs::create_dir_all(launch.data())?;
        if start == Start::EmptyFolder {
            return Scene::new(launch, Arc::default());
        }
        for file in std::fs::read_dir(Launch::new(&self.sutler, &self.template).data())? {
            let file = file?;
            // The one folder is the index of the search, which a server without it makes anew.
            if file.file_type()?.is_file() {
                std::fs::copy(file.path(), launch.data().join(file.file_name()))?;
            }
        }
        Scene::new(launch, Arc::clone(&self.shop))
    }

    /// How often the busiest thread makes each call in the script.
    async fn count(&self, start: Start, report: &mut Report) -> Result<BTreeMap<String, usize>> {
        let mut scene = self.scene(start)?;
        let log = self.folder.join("calls.log");
        scene.launch.wrap = strace(&scene.launch, &log, &KILLED.join(","), None);
        self.script(&mut scene, &log, report).await?;
        let mut threads: BTreeMap<(String, String), usize> = BTreeMap::new();
        for line in std::fs::read_to_string(&log)?.lines() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
            *threads.entry((thread.to_owned(), call.to_owned())).or_default() += 1;
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for ((_, call), count) in threads {
            let most = counts.entry(call).or_default();
            *most = count.max(*most);
        }
        Ok(counts)
    }

    /// The script with one fault, and everything after it. Gives whether the fault happened.
    async fn fault(
        &self,
        start: Start,
        (fault, call, n): (Fault, &str, usize),
        report: &mut Report,
    ) -> Result<bool> {
        let mut scene = self.scene(start)?;
        let log = self.folder.join("calls.log");
        let what = match fault {
            Fault::Kill => "signal=SIGKILL",
            Fault::InputOutput => "error=EIO",
        };
        scene.launch.wrap = strace(&scene.launch, &log, call, Some(&format!("{call}:{what}:when={n}")));
        let end = self.script(&mut scene, &log, report).await?;
        let fired = match fault {
            Fault::Kill => end == End::Killed,
            Fault::InputOutput => injected(&log).is_some(),
        };
        if end == End::WentOn {
            let line = injected(&log).unwrap_or_default();
            report.found([Violation::new(Invariant::Recovery, format!("the server went on after {line}"))]);
        }
        report.kills += u64::from(fired);
        // Until the first answer there may be a file without tables.
        if !scene.history()?.requests.is_empty() {
            report.found(scene.compare(State::Crashed)?);
        }
        self.recover(scene, report).await?;
        Ok(fired)
    }

    /// Start without faults, ask again what was left open, and compare once more.
    async fn recover(&self, mut scene: Scene, report: &mut Report) -> Result<()> {
        scene.launch.wrap = Vec::new();
        if let Some(mut server) = scene.recover(("", usize::MAX), report).await? {
            server.kill().await?;
            report.found(scene.compare(State::Crashed)?);
        }
        Ok(())
    }

    /// Start, open the shop if there is none, place the orders one after the other, end. Stops where the server does.
    async fn script(&self, scene: &mut Scene, log: &Path, report: &mut Report) -> Result<End> {
        let mut server = match scene.launch.start_or_end().await? {
            Started::Ready(server) => *server,
            Started::Ended(status) => return Ok(End::of(status)),
        };
        if scene.shop.products.is_empty() {
            match Shop::open(&server).await {
                Ok(shop) => scene.shop = Arc::new(shop),
                Err(_) => return Ok(End::of(server.ended().await?)),
            }
        }
        place_orders(scene, &server, report).await?;
        if injected(log).is_some_and(|line| is_store(&line)) {
            // It ends by itself, with an error: nobody knows what the disk kept.
            return Ok(match server.ended().await.map(End::of) {
                Ok(End::Failed) => End::Failed,
                _ => End::WentOn,
            });
        }
        if let Ok(status) = tokio::time::timeout(KILLED_PATIENCE, server.ended()).await {
            return Ok(End::of(status?));
        }
        // A sync that fails while it closes changes no answer: the log has everything.
        Ok(match End::of(server.stop().await?) {
            End::Killed => End::Killed,
            _ => End::Stopped,
        })
    }
}

/// The orders of the script, always the same. An acknowledgement after a lost answer is a violation: the disk failed.
async fn place_orders(scene: &Scene, server: &Server, report: &mut Report) -> Result<()> {
    let (mut wire, mut lost) = (server.wire(), None);
    for number in 1..=ORDERS {
        let key = format!("order-{number}");
        let mut body = json!({
            "items": [{"product_id": format!("L{}", 1 + number % 8), "quantity": 1 + number % 3}],
            "metadata": {"request": key}
        });
        if number.is_multiple_of(5) {
            body["payment"] = json!({"token": "tok_ok"});
        }
        let request = Request { key, path: "/orders".to_owned(), body: body.to_string() };
        scene.ledger.ask(&request)?;
        let answer = match wire.post(&request).await {
            Ok(answer) if matches!(load::judge(&answer), Verdict::Success) => answer,
            _ => {
                report.tally.unanswered += 1;
                lost.get_or_insert(number);
                continue;
            }
        };
        scene.ledger.acknowledge(&request.key, &answer).await?;
        report.tally.acknowledged += 1;
        if let Some(lost) = lost {
            let what = format!("order {number} was acknowledged after order {lost} was not");
            report.found([Violation::new(Invariant::Answers, what)]);
        }
    }
    Ok(())
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// By a signal.
    Killed,
    /// By itself, with an error.
    Failed,
    /// As it was told.
    Stopped,
    /// Not, or without an error, though its disk had failed.
    WentOn,
}

impl End {
    fn of(status: std::process::ExitStatus) -> Self {
        match status.code() {
            None => Self::Killed,
            Some(0) => Self::Stopped,
            Some(_) => Self::Failed,
        }
    }
}

/// The line of strace that tells of the call that failed.
fn injected(log: &Path) -> Option<String> {
    let said = std::fs::read_to_string(log).unwrap_or_default();
    said.lines().find(|line| line.contains("(INJECTED)")).map(str::to_owned)
}

/// Whether a line of strace is about the database or its log, whose failed syncs must end the process. SQLite lets
/// failed syncs of a folder pass, as the next commit syncs the log anyway.
fn is_store(line: &str) -> bool {
    ["sutler.db>", "sutler.db-wal>"].iter().any(|name| line.contains(name))
}

/// The words that start a server under strace. The server is the child of whoever starts it (`-D`).
fn strace(launch: &Launch, log: &Path, calls: &str, inject: Option<&str>) -> Vec<OsString> {
    let mut words: Vec<OsString> =
        ["strace", "-D", "-f", "-qq", "-y", "-e", "signal=none", "-o"].map(Into::into).into();
    words.push(log.into());
    for suffix in ["", "-wal", "-shm", "-journal", "-fake-gateway.ndjson"] {
        let mut path = launch.database().into_os_string();
        path.push(suffix);
        words.extend(["-P".into(), path]);
    }
    words.extend(["-P".into(), launch.data().into_os_string()]);
    words.extend(["-e".into(), format!("trace={calls}").into()]);
    if let Some(inject) = inject {
        words.extend(["-e".into(), format!("inject={inject}").into()]);
    }
    words
}
