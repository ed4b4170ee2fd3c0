//! A balancer of a test's own: a free port, an end in any case.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use sutler_testkit::servers::a_moment;
use sutler_testkit::servers::node::Node;

use crate::asking::client;

/// The program.
pub(crate) fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sutler-balance"));
    command.args(args);
    command
}

/// Run it to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    program(args).stdin(Stdio::null()).output().unwrap()
}

/// A balancer that runs.
pub(crate) struct Balance {
    child: Child,
    pub(crate) url: String,
    pub(crate) admin: String,
    log: Arc<Mutex<Vec<Value>>>,
}

impl Balance {
    /// In front of these nodes, which are asked ten times a second how they are.
    pub(crate) fn start(nodes: &[&Node], args: &[&str]) -> Self {
        let urls: Vec<String> = nodes.iter().map(|node| node.url()).collect();
        let upstreams = urls.iter().flat_map(|url| ["--upstream", url.as_str()]);
        let mut command = program(&["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        command.args(upstreams).args(args);
        if !args.contains(&"--check-interval") {
            command.args(["--check-interval", "100ms"]);
        }
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log: Arc<Mutex<Vec<Value>>> = Arc::default();
        let mut said = String::new();
        let (url, admin) = loop {
            let line =
                lines.next().unwrap_or_else(|| panic!("it ended before it was ready: {said}")).unwrap();
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            log.lock().unwrap().push(entry.clone());
            if entry["msg"] == "ready" {
                let text = |name: &str| entry[name].as_str().unwrap().to_owned();
                break (text("address"), text("admin"));
            }
            said = said + &line + "\n";
        };
        let rest = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                rest.lock().unwrap().push(serde_json::from_str(&line).unwrap_or_default());
            }
        });
        Self { child, url, admin, log }
    }

    /// The entries of its log so far with this message.
    pub(crate) fn logged(&self, message: &str) -> Vec<Value> {
        self.log.lock().unwrap().iter().filter(|entry| entry["msg"] == message).cloned().collect()
    }

    /// Wait until it logged this message so often: what is told elsewhere may be told before it is written.
    pub(crate) async fn until_logged(&self, message: &str, times: usize) -> Vec<Value> {
        loop {
            let entries = self.logged(message);
            if entries.len() >= times {
                return entries;
            }
            a_moment().await;
        }
    }

    /// A page of its admin listener: status and text.
    pub(crate) async fn page(&self, path: &str) -> (u16, String) {
        let answer = client().get(format!("{}{path}", self.admin)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// One of its numbers.
    pub(crate) async fn number(&self, series: &str) -> u64 {
        let (_, text) = self.page("/metrics").await;
        let found = text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok());
        found.unwrap_or_else(|| panic!("no {series} in\n{text}"))
    }

    /// Wait until so many nodes are up.
    pub(crate) async fn until_up(&self, nodes: usize) {
        let wanted = format!("{nodes} of ");
        while !self.page("/readyz").await.1.starts_with(&wanted) {}
    }

    /// Send it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Whether it runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Wait for its end.
    pub(crate) fn end(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Balance {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
