//! `cargo xtask nightly`: the lanes at the length of a release, one after the other. It takes a night on two cores.

use crate::shell;

/// What is run, in the words a person would use.
const LANES: [&[&str]; 10] = [
    &["sim", "--seeds", "0..1000000"],
    &["money", "--payments", "10000"],
    &["webhooks", "--events", "100000"],
    &["crash", "--cycles", "500"],
    &["crash", "--events", "1000000", "--cycles", "50"],
    &["crash", "--syscalls"],
    &["power", "--cuts", "500"],
    &["cluster", "test", "--kills", "100"],
    &["api", "--examples", "100"],
    &["bench"],
];

/// Runs them all, and fails on the first that does.
pub(crate) fn run() -> anyhow::Result<()> {
    for lane in LANES {
        let mut task = shell::cargo(["xtask"]);
        task.args(lane);
        shell::run(task)?;
    }
    Ok(())
}
