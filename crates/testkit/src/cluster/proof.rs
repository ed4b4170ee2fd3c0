//! The load: the real `sutler bench --verify`, through the balancer.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::program::program;
use super::stack::Stack;
use crate::crash::wire::API_KEY;

/// Buyers a second.
const RATE: u64 = 80;

/// Of twenty buyers one comes too late: the stock runs out while the load goes on.
const STOCK_OF_20: u64 = 19;

/// How long it may take beyond the load: a job whose node was killed waits a minute.
const PATIENCE: Duration = Duration::from_mins(4);

/// The exit code of a proof that found differences.
const DIFFERS: i32 = 9;

/// A proof that runs.
pub struct Proof {
    ended: JoinHandle<std::io::Result<Output>>,
    lasts: Duration,
}

impl Proof {
    /// Begin: buyers come for so long. What each of them was told goes to `told.ndjson`.
    pub fn begin(sutler: &Path, folder: &Path, stack: &Stack, lasts: Duration) -> Result<Self> {
        let buyers = RATE * lasts.as_secs();
        let mut command = program(sutler, folder)?;
        command.args(["bench", "--verify", "--json", "--quiet", "--alone", "--patience", "60s"]);
        command.args(["--ledger", "told.ndjson", "--server", &format!("http://{}", stack.balancer.address)]);
        command.args(["--stock", &(buyers * STOCK_OF_20 / 20).to_string(), "--rate", &RATE.to_string()]);
        command.args(["--duration", &format!("{}s", lasts.as_secs())]);
        let child = command
            .env("API_KEY", API_KEY)
            .env("TMPDIR", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Self { ended: tokio::spawn(child.wait_with_output()), lasts })
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.ended.is_finished()
    }

    /// Wait for its end; gives what it says. Differences are in there; a proof that could not be held is an error.
    pub async fn end(self) -> Result<Value> {
        let ended = tokio::time::timeout(self.lasts + PATIENCE, self.ended).await;
        let output = ended.context("the proof does not end")???;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        match output.status.code() {
            Some(0 | DIFFERS) => serde_json::from_str(&out).with_context(|| format!("{out}{err}")),
            _ => bail!("sutler bench ended with {}: {out}{err}", output.status),
        }
    }
}
