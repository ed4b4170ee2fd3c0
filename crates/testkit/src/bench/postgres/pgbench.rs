//! What pgbench drives: its own script, and the New-Order transaction of TPC-C.

use anyhow::{Context, Result};

use super::Primary;
use crate::servers::postgres::checked;

/// Counts of clients, of which the best is told.
const CLIENTS: [usize; 4] = [8, 16, 32, 64];

/// Warehouses of TPC-C. The specification has ten terminals at each (its clause 4.2.1), so four are about what 32 to 64
/// clients belong to; one would have all of them wait for its ten districts, and more would only fill memory.
const WAREHOUSES: usize = 4;

/// Items, and customers of a district (clause 4.3.3.1).
const ITEMS: usize = 100_000;
const CUSTOMERS: usize = 3_000;

/// Branches of the built-in script: as many as clients, as its manual asks, since each transaction changes a branch.
const BRANCHES: usize = 64;

/// Tables and procedures of New-Order.
pub(super) const NEW_ORDER: &str = include_str!("new_order.sql");

/// What a client of New-Order sends, over and over. Its warehouse stays the same (clause 2.4.1.1).
const TERMINAL: &str = "\\set home 1 + :client_id % :warehouses\nCALL place_any(:home, :warehouses);\n";

/// The best that was measured.
#[derive(Clone, Copy, Debug)]
pub(in crate::bench) struct Best {
    pub(in crate::bench) clients: usize,
    pub(in crate::bench) per_s: f64,
    pub(in crate::bench) mean_ms: f64,
}

/// New-Order over a database that is made for it.
pub(in crate::bench) fn new_order(primary: &Primary, seconds: u64) -> Result<Best> {
    let database = primary.empty()?;
    primary.sql(&database, NEW_ORDER)?;
    primary.sql(&database, &format!("CALL populate({WAREHOUSES}, {ITEMS}, {CUSTOMERS})"))?;
    primary.sql(&database, "VACUUM (FREEZE, ANALYZE)")?;
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("new_order.sql");
    std::fs::write(&script, TERMINAL)?;
    let (script, warehouses) = (format!("--file={}", script.display()), format!("warehouses={WAREHOUSES}"));
    let best = best(primary, &database, &["--no-vacuum", "-D", &warehouses, &script], seconds)?;
    primary.forget(&database)?;
    Ok(best)
}

/// The built-in script.
pub(in crate::bench) fn built_in(primary: &Primary, seconds: u64) -> Result<Best> {
    let database = primary.empty()?;
    let mut fill = primary.client("pgbench");
    checked(fill.args(["--initialize", "--quiet", "--scale", &BRANCHES.to_string(), &database]))?;
    let best = best(primary, &database, &["--builtin=tpcb-like"], seconds)?;
    primary.forget(&database)?;
    Ok(best)
}

fn best(primary: &Primary, database: &str, script: &[&str], seconds: u64) -> Result<Best> {
    let mut best: Option<Best> = None;
    for clients in CLIENTS {
        primary.settle()?;
        let one = run(primary, database, script, clients, seconds)?;
        if best.is_none_or(|best| one.per_s > best.per_s) {
            best = Some(one);
        }
    }
    best.context("no count of clients")
}

fn run(primary: &Primary, database: &str, script: &[&str], clients: usize, seconds: u64) -> Result<Best> {
    let mut command = primary.client("pgbench");
    command.args(script).args(["--protocol=prepared", "--jobs=1"]);
    command.args(["--client", &clients.to_string(), "--time", &seconds.to_string(), database]);
    let said = String::from_utf8(checked(&mut command)?.stdout)?;
    let (per_s, mean_ms) = told(&said).with_context(|| format!("pgbench said no rate:\n{said}"))?;
    Ok(Best { clients, per_s, mean_ms })
}

/// The rate without the making of connections, and the mean time of a transaction.
fn told(said: &str) -> Option<(f64, f64)> {
    let figure = |begin: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(begin));
        line?.split_whitespace().next()?.parse::<f64>().ok()
    };
    Some((figure("tps = ")?, figure("latency average = ")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_and_the_mean_are_read_from_what_pgbench_says() {
        let said = "number of failed transactions: 0 (0.000%)\nlatency average = 5.342 ms\n\
                    initial connection time = 12.3 ms\ntps = 1497.55 (without initial connection time)\n";
        let (per_s, mean_ms) = told(said).unwrap();
        assert!((per_s - 1497.55).abs() < 1e-9 && (mean_ms - 5.342).abs() < 1e-9);
        assert_eq!(told("connection to server failed"), None);
    }
}
