//! A server for one proof: the same binary, a fresh folder, a free port; ended and removed with the value.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use sutler_adapters::system::SystemIds;
use sutler_app::ports::Ids;
use tempfile::TempDir;

use crate::config::Environment;
use crate::console::{Exit, Failure, text};

/// What the server may know of the surroundings: all else is its own.
const HANDED_ON: [&str; 5] = ["PATH", "HOME", "TMPDIR", "SUTLER_SEEDED_BUG", "SYSTEMROOT"];

/// A running server.
pub(super) struct Own {
    child: Child,
    folder: Option<TempDir>,
    pub(super) url: String,
    pub(super) key: String,
}

impl Own {
    /// Start it and wait until it is ready.
    pub(super) fn start(env: &Environment) -> Result<Self, Failure> {
        let failed = |what: String| Failure::new(Exit::Failed, format!("cannot start a server ({what})"));
        let folder = tempfile::Builder::new().prefix("sutler-bench-").tempdir()?;
        let key = format!("sk_test_{}", word());
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--port", "0"]).current_dir(folder.path()).env_clear();
        for name in HANDED_ON {
            command.envs(env.get(name).map(|value| (name, value)));
        }
        command.env("API_KEY", &key).env("SUTLER_MODE", "test");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let errors = child.stderr.take();
        // From here on, it ends with this value.
        let mut own = Self { child, folder: Some(folder), url: String::new(), key };
        let mut lines = errors.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok);
        let mut said = String::new();
        while own.url.is_empty() {
            let Some(line) = lines.next() else { return Err(failed(format!("it said:{said}"))) };
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if text(&entry, "/msg") == "ready" {
                own.url = text(&entry, "/address");
            }
            said = said + "\n  " + &line;
        }
        // A pipe that nobody reads would stop the server; what matters of it is told by the checks.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(own)
    }

    /// Leave its folder behind, for whoever looks into it.
    pub(super) fn keep(&mut self) -> Option<String> {
        self.folder.take().map(|folder| shown(&folder.keep()))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A word that nobody guesses.
pub(super) fn word() -> String {
    SystemIds::default().secret().iter().fold(String::new(), |word, byte| word + &format!("{byte:02x}"))
}
