//! A PostgreSQL server of one's own: a fresh cluster in a temporary folder, reached through a socket in it.
//!
//! It syncs as a real one does. A shell waits beside it for this process to end, however it ends, and takes the server
//! and its folder away.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail, ensure};
use sutler_adapters::postgres as store;
use tokio::sync::OnceCell;

use super::keeper::Keeper;
use super::port::free_port;

/// The account that the server runs as where the tests run as root: PostgreSQL refuses to be root.
pub(super) const ACCOUNT: &str = "postgres";

/// The role that owns the cluster.
pub(super) const ROLE: &str = "sutler";

/// Where Debian keeps the programs of the server, a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A server that runs until it is dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    /// The name of its socket ends in it; so does its address, if it listens anywhere.
    port: u16,
    settings: Vec<(String, String)>,
    made: AtomicU64,
    migrated: OnceCell<String>,
    _keeper: Keeper,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Connections are ended, and what is in memory is written.
    Fast,
    /// As in a crash: the log is read anew at the next start.
    Immediate,
}

impl Postgres {
    /// Start a server with its own settings.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// Start a server with further settings, such as `("fsync", "off")`.
    pub fn start_with(settings: &[(&str, &str)]) -> Result<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("sutler-pg-").tempdir()?.keep();
        if is_root()? {
            checked(Command::new("chown").arg(ACCOUNT).arg(&folder))?;
        }
        let keeper = keep(&programs, &folder)?;
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let made = AtomicU64::new(0);
        let port = free_port()?;
        let server =
            Self { programs, folder, port, settings, made, migrated: OnceCell::new(), _keeper: keeper };
        server.found()?;
        server.start_again()?;
        Ok(server)
    }

    /// Found the cluster: a copy of the one that was founded first in this folder of temporary files, since hundreds of
    /// tests begin with it and `initdb` takes two thirds of a second.
    fn found(&self) -> Result<()> {
        let version = self.programs.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        // Nobody may read the cluster of somebody else.
        let first = std::env::temp_dir().join(format!("sutler-pg-founded-{version}-by-{}", user()?));
        if !first.exists() {
            let made = self.folder.join("founded");
            checked(self.command("initdb")?.arg("-D").arg(&made).args([
                "--username",
                ROLE,
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
                "--no-instructions",
            ]))?;
            // Somebody else may have been faster; theirs is as good, and ours goes with our folder.
            _ = std::fs::rename(&made, &first);
        }
        checked(Command::new("cp").arg("-a").arg(&first).arg(self.data())).map(drop)
    }

    /// The server of this process, for tests that only need databases of their own.
    ///
    /// # Panics
    /// When no server can be started: a test without its server has failed.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        #[expect(
            clippy::expect_used,
            reason = "a test without its server has failed, and this is the reason"
        )]
        SHARED.get_or_init(|| Self::start().expect("a PostgreSQL server"))
    }

    /// Start it once more after it was stopped.
    pub fn start_again(&self) -> Result<()> {
        self.start_at("")
    }

    /// Start it so that it is also reached at this name of this machine.
    pub fn start_at(&self, host: &str) -> Result<()> {
        let own = format!("-p {} -k {} -c listen_addresses={host}", self.port, self.folder.display());
        let settings = self.settings.iter().map(|(name, value)| format!(" -c {name}={value}"));
        let options: String = std::iter::once(own).chain(settings).collect();
        let log = self.folder.join("log");
        let started = checked(
            self.command("pg_ctl")?
                .arg("-D")
                .arg(self.data())
                .arg("-l")
                .arg(&log)
                .args(["-w", "-s", "-o"])
                .args([options.as_str(), "start"]),
        );
        started.map(drop).with_context(|| std::fs::read_to_string(&log).unwrap_or_default())
    }

    /// Stop it.
    pub fn stop(&self, how: Stop) -> Result<()> {
        let mode = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        let mut stop = self.command("pg_ctl")?;
        checked(stop.arg("-D").arg(self.data()).args(["-w", "-s", "-m", mode, "stop"])).map(drop)
    }

    /// Where a database of it is, as a store tells it.
    pub fn place(&self, database: &str) -> String {
        format!("{}:{}/{database}", self.folder.display(), self.port)
    }

    /// The port that its socket is named by.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{ROLE}@{host}:{}/{database}", self.port)
    }

    /// Make an empty database; gives its name.
    pub fn database(&self) -> Result<String> {
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        Ok(name)
    }

    /// Make a database that has the schema of a store with these options; gives its name. The first one is made by the store,
    /// the others are copies of it, whatever options they ask for.
    pub async fn migrated(&self, options: sutler_adapters::Options) -> Result<String> {
        let make = async || {
            let name = self.database()?;
            let options = store::Options { store: options, ..store::Options::default() };
            store::Postgres::open(&self.url(&name), options).await?.close().await;
            anyhow::Ok(name)
        };
        self.copy(self.migrated.get_or_try_init(make).await?)
    }

    /// Make a database that is a copy of another one; gives its name. Whoever still has that one open is sent away.
    pub fn copy(&self, database: &str) -> Result<String> {
        let open = format!("FROM pg_stat_activity WHERE datname = '{database}'");
        self.sql("postgres", &format!("SELECT pg_terminate_backend(pid) {open}"))?;
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {database}"))?;
        Ok(name)
    }

    /// Run SQL as its owner; gives the rows, columns parted by `|`.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = self.client("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]);
        Ok(String::from_utf8(checked(&mut psql)?.stdout)?.trim().to_owned())
    }

    /// A program that connects to it as its owner; the name of the database is left to the caller.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-U", ROLE, "-p", &self.port.to_string(), "-h"]).arg(&self.folder);
        command
    }

    /// The process that all others of it are children of.
    pub fn process(&self) -> Result<u32> {
        let text = std::fs::read_to_string(self.data().join("postmaster.pid"))?;
        Ok(text.lines().next().context("an empty postmaster.pid")?.trim().parse()?)
    }

    /// Whether it can be reached through a socket of somebody else.
    pub(super) fn through(&self, folder: &Path, port: u16) -> Result<()> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-U", ROLE, "-d", "postgres", "-c", "SELECT 1", "-p", &port.to_string()]);
        checked(psql.arg("-h").arg(folder)).map(drop)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A program of the server, as the account that may run it.
    fn command(&self, program: &str) -> Result<Command> {
        let program = self.programs.join(program);
        let mut command = if is_root()? {
            let mut command = Command::new("runuser");
            command.args(["-u", ACCOUNT, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder).stdin(Stdio::null());
        Ok(command)
    }
}

/// What stops it and takes its folder away.
fn keep(programs: &Path, folder: &Path) -> Result<Keeper> {
    let stop = "cat > /dev/null; cd /; $0 $1/pg_ctl -D $2/data -w -s -m immediate stop; rm -rf \"$2\"";
    let account = if is_root()? { format!("runuser -u {ACCOUNT} --") } else { "env".to_owned() };
    Keeper::start(&stop.replace("$0", &account), &[programs, folder])
}

pub(crate) fn checked(command: &mut Command) -> Result<Output> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output)
}

/// The newest version that is installed.
fn programs() -> Result<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten().filter_map(io::Result::ok);
    let newest = versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").exists())
        .max();
    match newest {
        Some((_, folder)) => Ok(folder),
        None => bail!("no PostgreSQL server in {VERSIONS}: apt-get install postgresql"),
    }
}

pub(super) fn is_root() -> Result<bool> {
    Ok(user()? == "0")
}

/// The number of whoever runs this.
fn user() -> Result<&'static str> {
    static USER: OnceLock<String> = OnceLock::new();
    if let Some(user) = USER.get() {
        return Ok(user);
    }
    let output = checked(Command::new("id").arg("-u"))?;
    Ok(USER.get_or_init(|| String::from_utf8_lossy(output.stdout.trim_ascii()).into_owned()))
}
