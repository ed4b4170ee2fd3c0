//! The real balancer, and what it counts: how many requests were answered, and which nodes get some.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hyper::Method;
use tokio::process::Child;

use super::program::program;
use crate::crash::wire::Wire;
use crate::servers::port::free_port;

/// How long it may take until it answers, and until every node gets requests again.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often it is asked.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A balancer that runs until it is dropped.
pub struct Balancer {
    child: Child,
    /// Where clients reach it: `host:port`.
    pub address: String,
    /// Where it tells of itself.
    pub admin: String,
}

/// What it has counted so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Answers by class of status, such as `2xx`, its own included.
    pub answered: BTreeMap<String, u64>,
    /// Requests that nodes have now.
    pub in_flight: u64,
    /// Nodes that get requests.
    pub up: u64,
}

impl Balancer {
    /// Start it in front of these nodes, and wait until it answers. What it says goes to `balance.log`.
    pub async fn start(path: &Path, folder: &Path, nodes: &[String]) -> Result<Self> {
        let [address, admin] = [free_port()?, free_port()?].map(|port| format!("127.0.0.1:{port}"));
        let mut command = program(path, folder)?;
        command.args(["--listen", &address, "--admin", &admin]);
        for node in nodes {
            command.args(["--upstream", &format!("http://{node}")]);
        }
        let log = File::create(folder.join("balance.log"))?;
        let child = command.stdout(Stdio::null()).stderr(log).spawn();
        let mut balancer = Self {
            child: child.with_context(|| format!("cannot start {}", path.display()))?,
            address,
            admin,
        };
        let begun = Instant::now();
        while !balancer.get("/readyz").await.is_ok_and(|answer| answer.is_success()) {
            if let Some(status) = balancer.child.try_wait()? {
                let said = std::fs::read_to_string(folder.join("balance.log"))?;
                bail!("the balancer ended before it was ready ({status}): {said}");
            }
            if begun.elapsed() > PATIENCE {
                bail!("the balancer is not ready after {PATIENCE:?}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(balancer)
    }

    /// What it has counted so far.
    pub async fn numbers(&self) -> Result<Numbers> {
        Ok(Numbers::read(&self.get("/metrics").await?.body))
    }

    /// Wait until so many nodes get requests.
    pub async fn has_up(&self, nodes: u64) -> Result<()> {
        let begun = Instant::now();
        while self.numbers().await?.up < nodes {
            if begun.elapsed() > PATIENCE {
                bail!("fewer than {nodes} nodes get requests after {PATIENCE:?}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// End it, and wait for its end.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    async fn get(&self, path: &str) -> Result<crate::crash::ledger::Answer> {
        Wire::new(&self.admin).send(Method::GET, path, None, None).await
    }
}

impl Numbers {
    fn read(page: &str) -> Self {
        let mut numbers = Self::default();
        for line in page.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let count: u64 = value.parse().unwrap_or(0);
            match series.split('{').next().unwrap_or_default() {
                "sutler_balance_requests_total" => {
                    let class = series.split("class=\"").nth(1).and_then(|rest| rest.split('"').next());
                    *numbers.answered.entry(class.unwrap_or_default().to_owned()).or_default() += count;
                }
                "sutler_balance_upstream_in_flight" => numbers.in_flight += count,
                "sutler_balance_upstream_healthy" => numbers.up += count,
                _ => {}
            }
        }
        numbers
    }

    /// Answers of a class.
    pub fn of(&self, class: &str) -> u64 {
        self.answered.get(class).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_added_up_over_the_nodes() {
        let page = "# TYPE sutler_balance_requests_total counter\n\
            sutler_balance_requests_total{upstream=\"127.0.0.1:1\",class=\"2xx\"} 5\n\
            sutler_balance_requests_total{upstream=\"-\",class=\"5xx\"} 2\n\
            sutler_balance_requests_total{upstream=\"127.0.0.1:2\",class=\"2xx\"} 7\n\
            sutler_balance_upstream_healthy{upstream=\"127.0.0.1:1\"} 1\n\
            sutler_balance_upstream_healthy{upstream=\"127.0.0.1:2\"} 0\n\
            sutler_balance_upstream_in_flight{upstream=\"127.0.0.1:2\"} 3\n";
        let numbers = Numbers::read(page);
        assert_eq!((numbers.of("2xx"), numbers.of("5xx"), numbers.of("4xx")), (12, 2, 0));
        assert_eq!((numbers.up, numbers.in_flight), (1, 3));
    }
}
