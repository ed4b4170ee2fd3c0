//! Programs under measurement: started, asked of the system what they use, and ended.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use super::load::{self, Until};
use super::requests::{API_KEY, Requests};
use crate::servers::port::free_port;

/// The ticks of `/proc/PID/stat` on Linux: a hundredth of a second.
const TICK: Duration = Duration::from_millis(10);

/// How long a program may take to be ready.
const PATIENCE: Duration = Duration::from_mins(2);

/// A program that answers HTTP, ended when it is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to the first good answer of `/readyz`.
    pub ready_after: Duration,
    /// What it said, for when it fails.
    said: PathBuf,
    /// The node that it stands in front of, if it is a balancer.
    behind: Option<Box<Self>>,
}

impl Server {
    /// `sutler serve` on a database, with its settings as they come but for those named here.
    pub async fn sutler(
        binary: &Path,
        folder: &Path,
        database_url: &str,
        vars: &[(&str, &str)],
    ) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(binary);
        command.args(["serve", "--port", &port.to_string()]).env_clear().current_dir(folder);
        command.env("API_KEY", API_KEY).env("SUTLER_DATA_DIR", folder);
        command.env("DATABASE_URL", database_url);
        command.env("SUTLER_HTTP__DRAIN_DELAY", "0s");
        // The orders of a long run are not to expire in the middle of the next one.
        command.env("SUTLER_ORDERS__RESERVATION_TTL", "365d");
        command.envs(vars.iter().copied());
        Self::start(command, port, folder).await
    }

    /// This program again, as the bare handler.
    pub async fn ceiling(folder: &Path, body: &Path) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["ceiling", "--port", &port.to_string(), "--body"]).arg(body);
        Self::start(command, port, folder).await
    }

    /// `sutler-balance` in front of a server, with its settings as they come.
    pub async fn balance(binary: &Path, folder: &Path, node: Self) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(binary);
        command.args([
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--upstream",
            &format!("http://{}", node.address),
        ]);
        let mut balancer = Self::start(command, port, folder).await?;
        balancer.behind = Some(Box::new(node));
        Ok(balancer)
    }

    async fn start(mut command: Command, port: u16, folder: &Path) -> Result<Self> {
        let said = folder.join(format!("said-{port}.log"));
        let log = File::create(&said)?;
        let begun = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        let child = child.with_context(|| format!("starting {}", command.get_program().display()))?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut server = Self { child, address, ready_after: Duration::ZERO, said, behind: None };
        let ready = Requests::get(&["/readyz".to_owned()]);
        loop {
            let asked = load::closed(address, &ready, 1, Until::Answered(1), 0).await;
            if asked.is_ok_and(|tally| tally.done == 1) {
                break;
            }
            if server.child.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                bail!("it was never ready:\n{}", server.last_words());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    /// The end of what it said.
    pub fn last_words(&self) -> String {
        let said = fs::read_to_string(&self.said).unwrap_or_default();
        let lines: Vec<&str> = said.lines().rev().take(10).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// CPU time it has used so far, and what is behind it.
    pub fn cpu(&self) -> Result<Duration> {
        let own = cpu_of(&format!("/proc/{}/stat", self.child.id()), 2)?;
        self.behind.as_ref().map_or(Ok(own), |node| Ok(own + node.cpu()?))
    }

    /// Memory that is resident now, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        self.memory("VmRSS:")
    }

    /// The most that was resident since its start, in bytes; pages of files that it reads by address are among them.
    pub fn peak_bytes(&self) -> Result<u64> {
        self.memory("VmHWM:")
    }

    /// What is resident and in no file: memory that the system cannot take back by itself.
    pub fn anonymous_bytes(&self) -> Result<u64> {
        self.memory("RssAnon:")
    }

    fn memory(&self, name: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib =
            line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse::<u64>().ok());
        Ok(kib.with_context(|| format!("no {name}"))?.saturating_mul(1024))
    }

    /// End it in good order, so that its database is whole in one file.
    pub async fn stop(mut self) -> Result<()> {
        self.end().await?;
        match self.behind.take() {
            Some(mut node) => node.end().await,
            None => Ok(()),
        }
    }

    async fn end(&mut self) -> Result<()> {
        let ended = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        if !ended.success() {
            bail!("kill failed");
        }
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > PATIENCE {
                bail!("it did not end:\n{}", self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            _ = self.child.kill();
            _ = self.child.wait();
        }
    }
}

/// CPU time of a process and of all that it started so far, those that ended included.
pub fn family_cpu(id: u32) -> Result<Duration> {
    let mut cpu = cpu_of(&format!("/proc/{id}/stat"), 4)?;
    let entries = fs::read_dir("/proc")?.filter_map(Result::ok).map(|entry| entry.path().join("stat"));
    for path in entries.filter(|path| parent_of(path) == Some(id)) {
        // Whoever ended since is among those that the parent counts.
        cpu += cpu_of(&path.display().to_string(), 2).unwrap_or_default();
    }
    Ok(cpu)
}

fn parent_of(stat: &Path) -> Option<u32> {
    let text = fs::read_to_string(stat).ok()?;
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// A command of the program that came to its end.
#[derive(Debug)]
pub struct Ran {
    /// What it wrote to its output.
    pub output: Vec<u8>,
    /// How long it took.
    pub took: Duration,
    /// CPU time of it.
    pub cpu: Duration,
}

/// Run a command of the program in a folder; exit codes other than these are errors, with what it said.
pub fn run(
    binary: &Path,
    folder: &Path,
    vars: &[(&str, &str)],
    arguments: &[&str],
    codes: &[i32],
) -> Result<Ran> {
    let mut command = Command::new(binary);
    command.args(arguments).env_clear().current_dir(folder).stdin(Stdio::null());
    command.env("SUTLER_API_KEY", API_KEY).envs(vars.iter().copied());
    let (cpu, begun) = (ended_cpu()?, Instant::now());
    let output = command.output().with_context(|| format!("starting {}", binary.display()))?;
    let (took, cpu) = (begun.elapsed(), ended_cpu()?.saturating_sub(cpu));
    if !output.status.code().is_some_and(|code| codes.contains(&code)) {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("sutler {} ended with {}:\n{said}", arguments.join(" "), output.status);
    }
    Ok(Ran { output: output.stdout, took, cpu })
}

/// CPU time of all that this process started and that ended.
fn ended_cpu() -> Result<Duration> {
    Ok(cpu_of("/proc/self/stat", 4)?.saturating_sub(own_cpu()?))
}

/// CPU time of this process so far: the generator's.
pub fn own_cpu() -> Result<Duration> {
    cpu_of("/proc/self/stat", 2)
}

/// The first of `utime`, `stime` and the same two of children that ended, which stand behind the name in parentheses.
fn cpu_of(path: &str, times: usize) -> Result<Duration> {
    let stat = fs::read_to_string(path)?;
    let behind = stat.rsplit_once(')').map(|(_, rest)| rest).ok_or_else(|| anyhow!("{path} has no name"))?;
    let ticks = behind.split_whitespace().skip(11).take(times).map(str::parse::<u32>);
    let ticks = ticks.sum::<Result<u32, _>>()?;
    Ok(TICK.saturating_mul(ticks))
}

/// The load of the machine over the last minute, and how many cores and bytes of memory it has.
pub fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let memory = read("/proc/meminfo");
    let kib: u64 = memory.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let kernel = read("/proc/sys/kernel/osrelease");
    let model = model.trim_start_matches([' ', '\t', ':']);
    format!("{cores} cores ({model}), {} GiB, Linux {}", kib / 1024 / 1024, kernel.trim())
}

/// The load average of the last minute.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}
