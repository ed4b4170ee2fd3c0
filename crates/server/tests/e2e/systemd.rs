//! Under systemd: it is told what it waits for, its socket is taken over, and the unit is one.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::server::{API_KEY, Server, folder};

/// Nothing takes longer than this, unless something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);

/// The next thing that is told.
fn told(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 256];
    let length = socket.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[test]
fn it_says_that_it_is_ready_that_it_lives_and_that_it_ends() {
    let folder = folder();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let vars = [
        ("NOTIFY_SOCKET", path.to_str().unwrap()),
        ("WATCHDOG_USEC", "200000"),
        ("SUTLER_HTTP__DRAIN_DELAY", "0s"),
    ];
    let server = Server::serve(folder.path(), &vars);
    assert_eq!(told(&socket), "READY=1\n");
    assert_eq!([told(&socket), told(&socket)], ["WATCHDOG=1\n", "WATCHDOG=1\n"]);
    // Stopped, it does not say that it lives; systemd would start it anew.
    server.signal("STOP");
    socket.set_read_timeout(Some(Duration::from_millis(400))).unwrap();
    let mut buffer = [0; 256];
    while socket.recv(&mut buffer).is_ok() {}
    server.signal("CONT");
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(told(&socket), "WATCHDOG=1\n");
    server.signal("TERM");
    while told(&socket) != "STOPPING=1\n" {}
    assert_eq!(server.end().code(), Some(0));
}

/// A server that is handed a listener, as systemd does: descriptor 3, and two variables.
fn handed(folder: &Path, listener: &TcpListener) -> Server {
    let mut command = Command::new("sh");
    let script = "exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" serve";
    command.args(["-c", script, env!("CARGO_BIN_EXE_sutler")]).current_dir(folder);
    command.env_clear().env("API_KEY", API_KEY).env("SUTLER_HTTP__DRAIN_DELAY", "0s");
    command.stdin(Stdio::from(OwnedFd::from(listener.try_clone().unwrap())));
    Server::of(command, folder)
}

#[test]
fn who_connects_while_it_is_restarted_waits_at_systemds_socket() {
    let folder = folder();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = handed(folder.path(), &listener);
    assert_eq!(server.url, format!("http://{address}"), "and not at the address of the settings");
    assert_eq!(server.stop().code(), Some(0));

    let mut waiting = TcpStream::connect(address).unwrap();
    waiting.write_all(b"GET /livez HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n").unwrap();
    let server = handed(folder.path(), &listener);
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("ok\n"), "{answer}");
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn the_units_are_what_systemd_understands() {
    let folder = folder();
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("deploy/systemd");
    let names = ["sutler.service", "sutler.socket"];
    for name in names {
        let text = std::fs::read_to_string(units.join(name)).unwrap();
        let here = text.replace("/usr/local/bin/sutler", env!("CARGO_BIN_EXE_sutler"));
        std::fs::write(folder.path().join(name), here).unwrap();
    }
    let mut verify = Command::new("systemd-analyze");
    // The manual is not installed beside a binary under test.
    verify.args(["verify", "--man=no", "--recursive-errors=no"]).args(names).current_dir(folder.path());
    match verify.output() {
        Err(error) => eprintln!("SKIPPED: systemd-analyze is not to be had ({error})"),
        Ok(said) => assert!(said.status.success() && said.stderr.is_empty(), "{said:?}"),
    }
}
