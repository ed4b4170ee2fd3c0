//! The real binary: started on a folder, watched until it is ready, killed without warning.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use super::wire::{API_KEY, Wire};
use crate::servers::port::free_port;

/// How long a start may take before it counts as one that hangs.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// How long an end may take after it was asked for.
const END_PATIENCE: Duration = Duration::from_mins(1);

/// How often a server that starts is asked whether it is ready.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program.
    pub sutler: PathBuf,
    /// Where it works: its data is in `sutler-data` below, its log in `server.log`.
    pub folder: PathBuf,
    /// A program and its arguments that start it instead, such as `strace -D`. It must become the server itself, so
    /// that a signal to it is one to the server.
    pub wrap: Vec<OsString>,
    /// Settings beside those that every server of this lane has.
    pub vars: Vec<(String, String)>,
    /// The port that it has at each start; otherwise one that is free now.
    pub port: Option<u16>,
}

impl Launch {
    /// `sutler serve` in a folder, on SQLite, with the fake gateway.
    pub fn new(sutler: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self { sutler: sutler.into(), folder: folder.into(), wrap: Vec::new(), vars: Vec::new(), port: None }
    }

    /// The same with another setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.vars.push((name.to_owned(), value.into()));
        self
    }

    /// The folder in which the server keeps its files.
    pub fn data(&self) -> PathBuf {
        self.folder.join("sutler-data")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.data().join("sutler.db")
    }

    /// The fake gateway's own books.
    pub fn books(&self) -> PathBuf {
        let mut path = self.database().into_os_string();
        path.push("-fake-gateway.ndjson");
        path.into()
    }

    /// Start it, and wait until it is ready. A start that ends before that is an error with the end of its log.
    pub async fn start(&self) -> Result<Server> {
        match self.start_or_end().await? {
            Started::Ready(server) => Ok(*server),
            Started::Ended(status) => {
                bail!("the server ended before it was ready ({status}): {}", self.last_words())
            }
        }
    }

    /// Start it, and wait until it is ready or has ended, as one that is killed at its first write does.
    pub async fn start_or_end(&self) -> Result<Started> {
        std::fs::create_dir_all(&self.folder)?;
        let port = match self.port {
            Some(port) => port,
            None => free_port()?,
        };
        let address = format!("127.0.0.1:{port}");
        let mut command = self.command(port)?;
        let begun = Instant::now();
        let mut child = command.spawn().with_context(|| format!("cannot start {}", self.sutler.display()))?;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Started::Ended(status));
            }
            let answer = Wire::new(&address).send(hyper::Method::GET, "/readyz", None, None).await;
            if answer.is_ok_and(|answer| answer.is_success()) {
                let ready = begun.elapsed();
                return Ok(Started::Ready(Box::new(Server { child, address, ready })));
            }
            if begun.elapsed() > START_PATIENCE {
                bail!("the server is not ready after {START_PATIENCE:?}: {}", self.last_words());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn command(&self, port: u16) -> Result<Command> {
        let sutler = std::path::absolute(&self.sutler)?;
        let mut words = self.wrap.iter().cloned().chain([sutler.into_os_string()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        let log = File::options().append(true).create(true).open(self.log())?;
        command
            .args(words)
            .args(["serve", "--port", &port.to_string()])
            .current_dir(&self.folder)
            .env_clear()
            .envs(option_env!("PATH").map(|path| ("PATH", path)))
            .env("API_KEY", API_KEY)
            .env("LOG_LEVEL", "warn")
            .env("SUTLER_NO_HINTS", "1")
            .env("SUTLER_HTTP__DRAIN_DELAY", "0s")
            .envs(self.vars.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        Ok(command)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }
}

/// What became of a start.
pub enum Started {
    /// It answers.
    Ready(Box<Server>),
    /// It ended before it did.
    Ended(ExitStatus),
}

/// A server that runs. It is killed when this is dropped.
pub struct Server {
    child: Child,
    /// Where it answers: `host:port`.
    pub address: String,
    /// The time from the start of the process to the first answer that it is ready.
    pub ready: Duration,
}

impl Server {
    /// A connection to it.
    pub fn wire(&self) -> Wire {
        Wire::new(&self.address)
    }

    /// Kill it with SIGKILL, at once, and wait until the kernel has closed its files.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Ask it to end, and wait until it did.
    pub async fn stop(mut self) -> Result<ExitStatus> {
        if let Some(pid) = self.child.id() {
            Command::new("kill").args(["-s", "TERM", &pid.to_string()]).status().await?;
        }
        self.ended().await
    }

    /// Wait for an end that comes by itself.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let ended = tokio::time::timeout(END_PATIENCE, self.child.wait()).await;
        Ok(ended.with_context(|| format!("the server has not ended after {END_PATIENCE:?}"))??)
    }

    /// How it ended, if it did.
    pub fn end(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }
}

/// Copy a database that nobody writes, with its write-ahead log, so that reading the copy leaves the original as the
/// crash left it.
pub fn copy_database(from: &Path, to: &Path) -> Result<()> {
    for suffix in ["", "-wal"] {
        let name = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let (from, to) = (name(from), name(to));
        if from.exists() {
            std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        } else if to.exists() {
            std::fs::remove_file(&to)?;
        }
    }
    Ok(())
}
