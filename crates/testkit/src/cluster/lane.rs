//! One run: a proof through the balancer, kills in turn, and the comparison when all is quiet.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::clerk::{self, Clerk};
use super::kills::{self, Kill, ROUND};
use super::proof::Proof;
use super::report::{Killed, Report};
use super::stack::{Programs, Stack};
use super::{check, report};

/// How long the first order may take.
const FIRST_ORDER: Duration = Duration::from_mins(1);

/// What is run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The programs of the product.
    pub programs: Programs,
    /// Where everything is; the data stays there when something is found.
    pub folder: PathBuf,
    /// Nodes.
    pub nodes: usize,
    /// Kills.
    pub kills: u32,
    /// Decides about what is killed when, and for how long.
    pub seed: u64,
}

/// Run it on a cluster that was started for it.
pub async fn run(plan: &Plan, stack: &mut Stack, tell: &dyn Fn(&str)) -> Result<Report> {
    let mut report = Report::default();
    let proof = Proof::begin(&plan.programs.sutler, &plan.folder, stack, ROUND * plan.kills)?;
    let clerk = Clerk::begin(&stack.balancer.address);
    let ordered = async {
        while !proof.is_over() && stack.sql("SELECT count(*) FROM orders")? == "0" {
            sleep(Duration::from_millis(50)).await;
        }
        anyhow::Ok(())
    };
    ensure!(timeout(FIRST_ORDER, ordered).await.is_ok_and(|done| done.is_ok()), "nothing is ordered");
    let begun = Instant::now();
    for kill in kills::plan(plan.seed, plan.kills, plan.nodes) {
        sleep_until(begun + kill.at).await;
        if proof.is_over() {
            report.found.push(format!("the load was over before {} was to be killed", kill.target));
            break;
        }
        let killed = one(stack, &kill, begun).await?;
        tell(&format!("{:>6} s  {} was killed, and is back", killed.at.as_secs(), killed.target));
        report.kills.push(killed);
        report.found.extend(stack.ended()?);
    }
    tell("waiting until the buyers are gone and every job has ended");
    report.proof = proof.end().await?;
    report.clerk = clerk.end().await?;
    clerk::last_change(&stack.balancer.address, stack.nodes()).await?;
    report.stream = check::stream(stack).await?;
    report.found.extend(check::log(stack)?);
    report.found.extend(check::verify(&plan.programs, &plan.folder, stack).await?);
    Ok(report)
}

async fn one(stack: &mut Stack, kill: &Kill, begun: Instant) -> Result<report::Killed> {
    let before = stack.balancer.numbers().await?;
    let at = Instant::now();
    stack.kill(kill.target).await?;
    sleep(kill.away).await;
    let after = stack.balancer.numbers().await?;
    let away = at.elapsed();
    stack.bring_back(kill.target).await?;
    let more = |(class, count): (&String, &u64)| (class.clone(), count - before.of(class));
    Ok(Killed {
        target: kill.target,
        at: at - begun,
        away,
        whole: at.elapsed(),
        answered: after.answered.iter().map(more).collect(),
        in_flight: after.in_flight,
    })
}
