//! A Redis server of one's own, in a temporary folder, reached through a socket in it and at a port of this machine.
//!
//! It keeps nothing on the disk unless it is told to. A shell waits beside it for this process to end, however it ends,
//! and takes the server and its folder away.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use parking_lot::Mutex;

use super::keeper::Keeper;
use super::port::free_port;
use super::postgres::checked;

/// How often an answer is asked for before a server counts as one that never will.
const TRIES: usize = 2_000;

/// A server that runs until it is dropped.
pub struct Redis {
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    server: Mutex<Option<Child>>,
    _keeper: Keeper,
}

impl Redis {
    /// Start a server.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// Start a server with further settings, such as `["--requirepass", "secret"]`.
    pub fn start_with(settings: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sutler-redis-").tempdir()?.keep();
        let end = "cat > /dev/null; kill -KILL \"$(cat \"$1/pid\")\"; rm -rf \"$1\"";
        let keeper = Keeper::start(end, &[&folder])?;
        let port = free_port()?;
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let server = Self { folder, port, settings, server: Mutex::default(), _keeper: keeper };
        server.start_again()?;
        Ok(server)
    }

    /// Start it once more after it was killed. It finds what it was told to [save](Self::ask).
    pub fn start_again(&self) -> Result<()> {
        let log = std::fs::File::create(self.folder.join("log"))?;
        let port = self.port.to_string();
        let started = Command::new("redis-server")
            .args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--port", &port])
            .args(["--unixsocket", "socket", "--pidfile", "pid", "--daemonize", "no"])
            .arg("--dir")
            .arg(&self.folder)
            .args(&self.settings)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("redis-server: apt-get install redis-server")?;
        std::fs::write(self.folder.join("pid"), started.id().to_string())?;
        let mut server = self.server.lock();
        let started = server.insert(started);
        for _ in 0..TRIES {
            if self.ask(&["PING"]).is_ok_and(|said| said == "PONG" || said.starts_with("NOAUTH")) {
                return Ok(());
            }
            if started.try_wait()?.is_some() {
                break;
            }
        }
        anyhow::bail!("it does not answer: {}", std::fs::read_to_string(self.folder.join("log"))?)
    }

    /// The address of its first database, at a port of this machine.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its socket and its log.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of its first database, through the socket.
    pub fn socket_url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Send it a command, as its own client does; gives what it says.
    pub fn ask(&self, command: &[&str]) -> Result<String> {
        let mut client = Command::new("redis-cli");
        client.arg("-s").arg(self.socket()).args(command).stdin(Stdio::null());
        Ok(String::from_utf8(checked(&mut client)?.stdout)?.trim_end_matches('\n').to_owned())
    }

    /// Keep any bytes under a key, for ever.
    pub fn plant(&self, key: &str, value: &[u8]) -> Result<()> {
        let file = self.folder.join("planted");
        std::fs::write(&file, value)?;
        let mut client = Command::new("redis-cli");
        client.arg("-s").arg(self.socket()).args(["-x", "SET", key]).stdin(std::fs::File::open(file)?);
        let said = checked(&mut client)?;
        ensure!(said.stdout.starts_with(b"OK"), "{}", String::from_utf8_lossy(&said.stdout));
        Ok(())
    }

    /// Stop it so that it answers nobody, without ending it.
    pub fn freeze(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Let it go on after [`Redis::freeze`].
    pub fn thaw(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Kill it; what it was not told to save is gone.
    pub fn kill(&self) -> Result<()> {
        if let Some(mut server) = self.server.lock().take() {
            server.kill()?;
            server.wait()?;
        }
        Ok(())
    }

    fn signal(&self, name: &str) -> Result<()> {
        let id = self.server.lock().as_ref().context("it does not run")?.id().to_string();
        checked(Command::new("kill").args(["-s", name, &id])).map(drop)
    }

    fn socket(&self) -> PathBuf {
        self.folder.join(Path::new("socket"))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::warn!(%error, "a server could not be ended");
        }
    }
}
