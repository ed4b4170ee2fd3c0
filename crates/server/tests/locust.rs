//! The load user of the contract, unchanged, against `sutler dev` as a newcomer starts it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops where it stands"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Buyers at a time; each waits one to two seconds between its orders.
const USERS: &str = "20";

/// The server, which ends with the test.
struct Dev {
    process: Child,
    address: String,
}

impl Dev {
    /// Start it on a free port, and read until it is ready.
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sutler"));
        command.args(["dev", "--no-open", "--port", "0"]).current_dir(folder);
        command.env_clear().env("HOME", folder).env("NO_COLOR", "1");
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("Ready in") {
            assert!(output.read_line(&mut said).unwrap() > 0, "`sutler dev` ended after saying\n{said}");
        }
        // Whatever it says later must not fill a pipe that nobody reads.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let rest = said.split_once("http://").expect("the banner shows the address").1;
        let address = rest.split(['/', ' ', '\n']).next().unwrap().to_owned();
        Self { process, address }
    }

    /// How many orders there are.
    fn orders(&self) -> u64 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(
            stream,
            "GET /orders?limit=1&count=exact HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a head and a body");
        let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in: {answer}"));
        body.pointer("/page/total").and_then(Value::as_u64).expect("the page counts its orders")
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to end.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test has no config file: this is where the setting enters")]
fn program() -> Option<PathBuf> {
    std::env::var_os("SUTLER_LOCUST").filter(|path| !path.is_empty()).map(PathBuf::from)
}

#[test]
fn locust_places_orders_without_a_failure() {
    let Some(locust) = program() else {
        eprintln!(
            "SKIPPED: SUTLER_LOCUST names no Locust program; `cargo xtask test` installs one and runs this."
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path());
    let before = dev.orders();

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/locust/locustfile.py");
    let mut command = Command::new(locust);
    command.args([
        "--headless",
        "--only-summary",
        "--skip-log",
        "--json",
        "--users",
        USERS,
        "--spawn-rate",
        USERS,
    ]);
    command.args(["--run-time", "10s", "--stop-timeout", "10s", "--host"]);
    command.arg(format!("http://{}", dev.address)).arg("--locustfile").arg(file).current_dir(folder.path());
    let output = command.output().expect("the program that SUTLER_LOCUST names runs");
    let (said, complaints) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complaints}");

    let stats: Vec<Value> = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error} in: {said}"));
    let sum = |name: &str| stats.iter().filter_map(|row| row.get(name).and_then(Value::as_u64)).sum::<u64>();
    assert_eq!(sum("num_failures"), 0, "{said}");
    assert!(sum("num_requests") > 0, "{said}");
    assert_eq!(dev.orders() - before, sum("num_requests"), "every request that was answered is an order");
}
