//! `sutler bench`: a flash sale, and the proof that its promises were kept.

mod checks;
mod evidence;
mod ledger;
mod load;
mod own;
mod plan;
mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use sutler_client::{Call, Client, Method};
use tokio::sync::mpsc;

use crate::config::duration;
use crate::connect::Context;
use crate::console::{Exit, Failure, Progress, text};
use crate::serve::Signals;
use checks::Check;
use ledger::{Answer, BUYER, Ledger, Told};
use load::{Load, Target};
use own::Own;
use plan::Plan;
use report::Report;

/// What a unit costs, in cents.
const PRICE_MINOR: i64 = 1990;

/// How long answers under way may take after Ctrl-C.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Sell out under load, and check that nothing was sold, charged or told twice, or lost
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler bench --verify --stock 100 --buyers 1000
  sutler bench --verify --rate 500 --duration 30s --stock 20000 --server http://127.0.0.1:8420

It starts a server of its own in a temporary folder and removes both, unless --server names one; there it makes a product
of its own. Without --rate all buyers arrive at once; with --duration alone, each connection asks again when it was
answered. Latency counts from the planned arrival, so time spent waiting for a connection is in it. The exit code is 9
when a check finds a difference, and 7 when the server cannot be reached.")]
pub(crate) struct Bench {
    /// Compare what buyers were told with the orders, the events, the stock and the gateway's own books
    #[arg(long)]
    verify: bool,
    /// Units there are
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=1_000_000_000))]
    stock: i64,
    /// Buyers, each of whom wants one; 1000 unless rate and duration say how many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    buyers: Option<u64>,
    /// Buyers a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// How long they come, such as 30s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// Connections that carry them
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=4096))]
    connections: u32,
    /// How they pay
    #[arg(long, value_enum, default_value_t)]
    payment: Means,
    /// How long a buyer goes on asking a server that is away or busy, always under the same key
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    patience: Duration,
    /// With --server: nobody else uses it, so every charge and every job is of this run
    #[arg(long)]
    alone: bool,
    /// Where to write what each buyer was told, a line each; else it is kept only when something differs
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
}

/// How buyers pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Means {
    /// At once, through the fake gateway
    #[default]
    #[value(name = "tok_ok")]
    Ok,
    /// Not at all: the stock is kept for them
    None,
}

pub(crate) async fn run(args: Bench, context: &Context) -> Result<(), Failure> {
    let mut own = None;
    let run = format!("bench-{}", own::word().get(..12).unwrap_or_default());
    let (address, key) = if context.globals.server.is_some() {
        (context.address().0, context.key_of_server()?)
    } else {
        let started = own.insert(Own::start(&context.env)?);
        context.output.say("a server of its own, in a temporary folder, removed at the end");
        (started.url.clone(), Some(started.key.clone()))
    };
    let client = Client::new(&address)?;
    let client = key.iter().fold(client, sutler_client::Client::with_key);
    let temporary = std::env::temp_dir().join(format!("sutler-{run}.ndjson"));
    let ledger = Ledger::create(args.ledger.as_ref().unwrap_or(&temporary))?;
    let store = if own.is_some() { "SQLite".to_owned() } else { address.clone() };
    let alone = own.is_some() || args.alone;
    let mut sale = Sale { args, run, client, key, ledger, store, alone };
    let outcome = sale.hold(context).await;
    let place = sale.ledger.path.display().to_string();
    match outcome {
        Err(failure) if failure.exit == Exit::Unverified => {
            let folder = own.as_mut().and_then(Own::keep);
            let failure = failure.fact("ledger", place);
            Err(folder.into_iter().fold(failure, |failure, folder| failure.fact("data", folder)))
        }
        outcome => {
            if sale.args.ledger.is_none() {
                _ = std::fs::remove_file(&sale.ledger.path);
            }
            outcome
        }
    }
}

/// One run.
struct Sale {
    args: Bench,
    /// Its name, in keys, tags and the product.
    run: String,
    client: Client,
    key: Option<String>,
    ledger: Ledger,
    store: String,
    alone: bool,
}

impl Sale {
    async fn hold(&mut self, context: &Context) -> Result<(), Failure> {
        let plan = Plan::of(self.args.buyers, self.args.rate, self.args.duration);
        let start = if self.args.verify { Some(evidence::before(&self.client).await?) } else { None };
        let variant_id = self.product().await?;
        let body = self.order(&variant_id);
        let target = Target::new(self.client.address(), self.key.clone(), &self.run, body)?;
        let (load, answers) = Load::open(target, plan, self.args.connections, self.args.patience);
        let progress = Progress::new("bench", "buyers", plan.buyers, context.globals.quiet);
        let interrupted = self.listen(&load, answers, progress).await?;
        let took = load.elapsed();
        self.ledger.end()?;
        let checks = match &start {
            Some(start) if !interrupted && self.unreachable().is_none() => {
                let evidence = evidence::after(&self.client, start, &self.run, &variant_id).await?;
                checks::all(&self.checked(), &evidence)
            }
            _ => Vec::new(),
        };
        let asked = u64::try_from(self.ledger.answers.len()).unwrap_or(u64::MAX);
        let report = Report {
            ledger: &self.ledger,
            pace: plan.said(asked),
            stock: self.args.stock,
            connections: self.args.connections,
            store: self.store.clone(),
            took,
            checks: &checks,
        };
        report.tell(context)?;
        self.verdict(interrupted, &checks)
    }

    fn checked(&self) -> checks::Sale<'_> {
        checks::Sale {
            stock: self.args.stock,
            paid: self.args.payment == Means::Ok,
            alone: self.alone,
            answers: &self.ledger.answers,
        }
    }

    /// Take the answers down until the last one; `true` when somebody asked to end before that.
    async fn listen(
        &mut self,
        load: &Arc<Load>,
        mut answers: mpsc::Receiver<Answer>,
        mut progress: Progress,
    ) -> Result<bool, Failure> {
        let mut signals = Signals::listen()?;
        let (mut done, mut wrong) = (0_u64, 0_usize);
        let interrupted = loop {
            let answer = tokio::select! {
                answer = answers.recv() => answer,
                () = signals.next() => break true,
            };
            let Some(answer) = answer else { break false };
            done = done.saturating_add(1);
            wrong =
                wrong.saturating_add(usize::from(!matches!(answer.told, Told::Placed(_) | Told::OutOfStock)));
            self.ledger.add(answer)?;
            progress.at(done, wrong);
        };
        progress.end();
        if interrupted {
            load.stop();
            let rest = async {
                while let Some(answer) = answers.recv().await {
                    self.ledger.add(answer)?;
                }
                Ok::<_, Failure>(())
            };
            tokio::time::timeout(LAST_ANSWERS, rest).await.unwrap_or(Ok(()))?;
        }
        Ok(interrupted)
    }

    /// The product that is sold out; gives its variant.
    async fn product(&self) -> Result<String, Failure> {
        let price = json!({"amount": PRICE_MINOR, "currency": "EUR"});
        let product = json!({
            "title": format!("sutler {}", self.run), "price": price, "stock": self.args.stock, "tags": ["bench"],
        });
        let call = Call::new(Method::PUT, format!("/products/{}", self.run)).json(&product);
        let made: Value = self.client.send(call).await?.json()?;
        Ok(text(&made, "/variants/0/variant_id"))
    }

    /// What every buyer sends, up to their number and from there on.
    fn order(&self, variant_id: &str) -> (String, String) {
        let mut order = json!({
            "items": [{"variant_id": variant_id, "quantity": 1}],
            "tags": [self.run],
        });
        if let (Means::Ok, Some(order)) = (self.args.payment, order.as_object_mut()) {
            order.insert("payment".to_owned(), json!({"gateway": "fake", "token": "tok_ok"}));
        }
        let head = order.to_string();
        let head = head.strip_suffix('}').unwrap_or(&head);
        (format!("{head},\"metadata\":{{\"{BUYER}\":\""), "\"}}".to_owned())
    }

    /// Why a buyer gave up.
    fn unreachable(&self) -> Option<&str> {
        self.ledger.answers.iter().find_map(|answer| match &answer.told {
            Told::Nothing { reason } => Some(reason.as_str()),
            _ => None,
        })
    }

    fn verdict(&self, interrupted: bool, checks: &[Check]) -> Result<(), Failure> {
        if interrupted {
            return Err(Failure::new(Exit::Interrupted, "interrupted: this is what was done until then"));
        }
        if let Some(reason) = self.unreachable() {
            let address = self.client.address();
            return Err(Failure::new(
                Exit::Unreachable,
                format!("cannot reach sutler at {address} ({reason})"),
            )
            .next("what was acknowledged until then was not checked"));
        }
        let differences: usize = checks.iter().map(|check| check.differences.len()).sum();
        if differences > 0 {
            let failed: Vec<&str> =
                checks.iter().filter(|check| !check.holds()).map(|check| check.name).collect();
            let what = format!("the promise was broken: {differences} differences in: {}", failed.join(", "));
            return Err(Failure::new(Exit::Unverified, what).next("look: sutler verify"));
        }
        Ok(())
    }
}
