//! The webhooks lane: the real binary sends events to a receiver that is down half of the time. The receiver keeps a ledger
//! of its own; once everything rests, it is compared with what the server shows as its log.
//!
//! The receiver is away in turns of its own: it answers 503, it cuts connections, or nobody listens. While it is away, orders
//! go on. The last absence lasts until the last order is placed; then it returns, and the time is taken until it has everything.

mod check;
mod inbox;
mod orders;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hyper::Method;
use serde_json::json;

use crate::crash::scene::quiet;
use crate::crash::server::{Launch, Server};
use inbox::{Absence, Inbox};
use orders::Orders;

/// How long it may take until everything is delivered, after the receiver returned for the last time.
pub const LAG_MAX: Duration = Duration::from_mins(1);

/// How long the lane waits for that before it gives up, and says what is missing.
const PATIENCE: Duration = Duration::from_mins(10);

/// Events of an order that is paid at once.
const EVENTS_OF_AN_ORDER: usize = 5;

/// What is played.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program.
    pub sutler: PathBuf,
    /// Where its data goes.
    pub folder: PathBuf,
    /// Events to be delivered, at least.
    pub events: usize,
    /// How long the receiver is there, and away, each time.
    pub phase: Duration,
    /// How often it goes away.
    pub absences: u32,
    /// `webhooks.retries`; `None`: as it is by itself.
    pub retries: Option<String>,
    /// Connections that place orders.
    pub clients: u32,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Events that were to be delivered.
    pub events: usize,
    /// Requests that the receiver saw.
    pub attempts: u64,
    /// Of those the ones that it did not take.
    pub refused: u64,
    /// Events that came again after they had been taken.
    pub repeats: u64,
    /// How long orders were placed.
    pub lasted: Duration,
    /// For how much of that the receiver was away.
    pub away: Duration,
    /// Deliveries that waited when it returned for the last time.
    pub backlog: u64,
    /// From its last return until it had everything.
    pub lag: Duration,
    /// Everything that is wrong.
    pub wrong: Vec<String>,
}

/// Play, and compare.
pub async fn run(options: &Options, tell: &dyn Fn(&str)) -> Result<Report> {
    ensure!(options.events > 0 && options.absences > 0, "at least one event and one absence are played");
    let inbox = Inbox::open()?;
    let server = start(options).await?;
    let mut wire = server.wire();
    let endpoint = json!({"url": inbox.url(), "types": ["*"]}).to_string();
    let made = wire.send(Method::POST, "/webhook_endpoints", None, Some(&endpoint)).await?;
    ensure!(made.is_success(), "POST /webhook_endpoints answered {}: {}", made.status, made.body);
    let mut report = Report::default();
    let orders = options.events.div_ceil(EVENTS_OF_AN_ORDER);
    let (begun, span) = (Instant::now(), options.phase * 2 * options.absences);
    let placing = Orders::begin(&server.address, orders, span, options.clients).await?;
    for (nth, absence) in (1..=options.absences).zip(Absence::ALL.into_iter().cycle()) {
        tokio::time::sleep(options.phase).await;
        let left = Instant::now();
        inbox.leave(absence);
        tell(&format!("absence {nth} of {}: {absence:?}, {} taken so far", options.absences, inbox.taken()));
        tokio::time::sleep(options.phase).await;
        if nth == options.absences {
            // Nobody is there until the last order is placed and everything about it has happened.
            placing.end().await?;
            report.wrong.extend(quiet(&server).await?.map(|found| found.to_string()));
            report.lasted = begun.elapsed();
            report.away += left.elapsed();
            break;
        }
        inbox.come_back();
        report.away += left.elapsed();
    }
    returns(&inbox, &server, &mut report, tell).await?;
    check::compare(&inbox, &mut report);
    let status = server.stop().await?;
    ensure!(status.success(), "the server ended with {status}");
    Ok(report)
}

async fn start(options: &Options) -> Result<Server> {
    let launch = Launch::new(&options.sutler, &options.folder).with("SUTLER_WEBHOOKS__ALLOW_PRIVATE", "true");
    let launch = match &options.retries {
        Some(retries) => launch.with("SUTLER_WEBHOOKS__RETRIES", retries.as_str()),
        None => launch,
    };
    launch.start().await
}

/// The receiver returns for the last time: how long does it take until it has everything that the log shows?
async fn returns(inbox: &Inbox, server: &Server, report: &mut Report, tell: &dyn Fn(&str)) -> Result<()> {
    let log = check::log(&mut server.wire()).await?;
    report.events = log.len();
    report.backlog = u64::try_from(log.len().saturating_sub(inbox.taken())).context("fewer than that")?;
    tell(&format!("{} events in all; {} wait when the receiver returns", report.events, report.backlog));
    let returned = Instant::now();
    inbox.come_back();
    while inbox.taken() < log.len() && returned.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    report.lag = returned.elapsed();
    inbox.shall_have(log);
    if report.lag > LAG_MAX {
        report.wrong.push(format!("{} ms until it had everything", report.lag.as_millis()));
    }
    Ok(())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "events to be delivered       {}", self.events)?;
        writeln!(f, "requests at the receiver     {}", self.attempts)?;
        writeln!(f, "of those not taken           {}", self.refused)?;
        writeln!(f, "taken more than once         {}", self.repeats)?;
        writeln!(f, "orders were placed for       {} s", self.lasted.as_secs())?;
        writeln!(f, "the receiver was away for    {} s of them", self.away.as_secs())?;
        writeln!(f, "waiting when it returned     {}", self.backlog)?;
        writeln!(f, "from its return to the last  {} ms", self.lag.as_millis())?;
        for wrong in self.wrong.iter().take(20) {
            writeln!(f, "  WRONG  {wrong}")?;
        }
        write!(f, "{} wrong", self.wrong.len())
    }
}
