//! A server of a test's own: a fresh folder, a free port, an end in any case.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use sutler_client::{Call, Client, Method, Retries};
use tempfile::TempDir;

/// The key of a production server in these tests.
pub(crate) const API_KEY: &str = "sk_live_0123456789abcdef0123456789abcdef";

/// A command of the binary in a folder, with nothing of this process's environment but the path.
pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sutler"));
    command.args(args).current_dir(folder).env_clear().env("SUTLER_NO_HINTS", "1");
    if let Some(path) = option_env!("PATH") {
        command.env("PATH", path);
    }
    command
}

/// The program of the balancer, beside ours. Where it was not built, the test says so and shows nothing of it.
pub(crate) fn balancer() -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_sutler")).with_file_name("sutler-balance");
    if !program.is_file() {
        eprintln!("SKIPPED: the balancer was not built: cargo build -p sutler-balance");
        return None;
    }
    Some(program)
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Run a command to its end.
pub(crate) fn sutler(folder: &Path, args: &[&str]) -> Said {
    run(command(folder, args), None)
}

/// Run a command to its end, with something to read.
pub(crate) fn run(mut command: Command, stdin: Option<&str>) -> Said {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    if let Some(text) = stdin {
        pipe.write_all(text.as_bytes()).unwrap();
    }
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) folder: PathBuf,
    pub(crate) url: String,
    key: Option<&'static str>,
    /// What it said before it was ready.
    pub(crate) banner: String,
    log: Arc<Mutex<Vec<Value>>>,
    _out: Option<Lines<BufReader<ChildStdout>>>,
}

impl Server {
    /// `sutler dev` in a folder, on a free port.
    pub(crate) fn dev(folder: &Path, args: &[&str]) -> Self {
        let mut all = vec!["dev", "--port", "0"];
        all.extend(args);
        let mut child =
            command(folder, &all).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut banner = String::new();
        while !banner.contains("Ready in") {
            let line =
                lines.next().unwrap_or_else(|| panic!("it ended before it was ready: {banner}")).unwrap();
            banner = banner + &line + "\n";
        }
        let url = address(folder);
        Self {
            child,
            folder: folder.to_owned(),
            url,
            key: None,
            banner,
            log: Arc::default(),
            _out: Some(lines),
        }
    }

    /// `sutler serve` in a folder, on a free port, with these variables.
    pub(crate) fn serve(folder: &Path, vars: &[(&str, &str)]) -> Self {
        let mut command = command(folder, &["serve", "--port", "0"]);
        command.env("API_KEY", API_KEY).envs(vars.iter().copied());
        Self::of(command, folder)
    }

    /// The same with further arguments, which may say another port.
    pub(crate) fn serve_as(folder: &Path, args: &[&str], vars: &[(&str, &str)]) -> Self {
        let mut command = command(folder, &["serve"]);
        command.args(args).env("API_KEY", API_KEY).envs(vars.iter().copied());
        Self::of(command, folder)
    }

    /// A server whose log says when it is ready.
    pub(crate) fn of(mut command: Command, folder: &Path) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log: Arc<Mutex<Vec<Value>>> = Arc::default();
        let mut said = String::new();
        let url = loop {
            let line =
                lines.next().unwrap_or_else(|| panic!("it ended before it was ready: {said}")).unwrap();
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            log.lock().unwrap().push(entry.clone());
            if entry["msg"] == "ready" {
                break entry["address"].as_str().unwrap().to_owned();
            }
            said = said + &line + "\n";
        };
        let rest = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                rest.lock().unwrap().push(serde_json::from_str(&line).unwrap_or_default());
            }
        });
        Self { child, folder: folder.to_owned(), url, key: Some(API_KEY), banner: said, log, _out: None }
    }

    /// The entries of its log so far with this message.
    pub(crate) fn logged(&self, message: &str) -> Vec<Value> {
        self.log.lock().unwrap().iter().filter(|entry| entry["msg"] == message).cloned().collect()
    }

    /// A client without a key, which tries once.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url).unwrap().with_retries(Retries::NEVER)
    }

    /// Make a call and read its JSON; an error is its problem's code.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        let mut call =
            Call::new(Method::from_bytes(method.as_bytes()).unwrap(), path).header("prefer", "wait=8");
        if let Some(body) = body {
            call = call.json(&body);
        }
        let client = self.client();
        let client = match self.key {
            Some(key) => client.with_key(key),
            None => client,
        };
        let answer = client.send(call).await;
        answer.map(|answer| answer.json().unwrap_or_default()).map_err(|error| match error.code() {
            Some(code) => code.to_owned(),
            None => error.to_string(),
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Send it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Kill it, and wait until it let go of everything.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Wait for its end.
    pub(crate) fn end(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Ask it to end, and wait until it did.
    pub(crate) fn stop(self) -> ExitStatus {
        self.signal("TERM");
        self.end()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn address(folder: &Path) -> String {
    let text = std::fs::read_to_string(folder.join("sutler-data/server.json")).unwrap();
    let instance: Value = serde_json::from_str(&text).unwrap();
    instance["url"].as_str().unwrap().to_owned()
}

/// HTTP without our client, for what it would not send.
pub(crate) fn http() -> reqwest::Client {
    _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// A fresh folder.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}
