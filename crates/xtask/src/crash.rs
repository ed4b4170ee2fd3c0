//! `cargo xtask crash`: build the server and the lane that kills it, optimized, and let the lane run.

use std::path::Path;

use clap::Args;

use crate::{lanes, settings, shell, tools};

#[derive(Args)]
pub(crate) struct Crash {
    #[command(flatten)]
    build: lanes::Build,
    /// At each single write, sync and unlink of a script of 50 orders instead; needs strace, and installs it as root.
    #[arg(long)]
    syscalls: bool,
    /// What the lane is told: `--cycles N`, `--seed S`, `--clients N`, `--events N`; `--start S`, `--first N`, `--stride K` with --syscalls.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds both, with the build that the simulation and the power cuts use too, then kills.
pub(crate) fn run(crash: &Crash) -> anyhow::Result<()> {
    if crash.syscalls && !tools::strace() {
        return Ok(());
    }
    let built = crash.build.folder()?;
    let mut lane = shell::program(&built.join("crash"));
    lane.arg("--sutler").arg(built.join("sutler")).arg("--folder").arg(settings::target().join("crash"));
    if crash.syscalls {
        lane.arg("--syscalls");
    }
    lane.args(&crash.rest);
    shell::run(lane)
}

/// Whether strace may trace here; that is not so in every container.
pub(crate) fn can_trace() -> bool {
    let mut strace = shell::program(Path::new("strace"));
    strace.args(["-qq", "-o", "/dev/null", "-e", "trace=write", "true"]);
    shell::succeeds(strace)
}
