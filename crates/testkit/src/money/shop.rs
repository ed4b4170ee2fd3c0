//! A shop on a store of this process, with the gateway of Stripe, a clock that the lane moves, and workers that die.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use futures::future::join_all;
use jiff::SignedDuration;
use rand::Rng;
use rand::rngs::StdRng;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::sqlite::{self, Sqlite};
use sutler_adapters::stripe::{self, StripeGateway};
use sutler_adapters::system::SystemIds;
use sutler_app::catalog::{ProductInput, VariantInput};
use sutler_app::job::{Calendar, JobState};
use sutler_app::orders::{Amount, ItemInput, OrderRequest, OrderView, PaymentInput};
use sutler_app::payments::Noticed;
use sutler_app::ports::jobs::{JobQuery, Wanted};
use sutler_app::ports::reads::OrderName;
use sutler_app::ports::{Clock, PaymentGateway, Ports};
use sutler_app::{App, Caller, Kind, Problem, Settings};
use sutler_domain::payments::CaptureMode;
use sutler_domain::{OrderId, ProductId};

use super::dying::Dying;
use super::{Options, happens};
use crate::builders as some;
use crate::clock::TestClock;
use crate::servers::stripe::{SECRET_KEY, Stripe, WEBHOOK_SECRET};

/// What everybody buys.
const PRODUCT: &str = "mug";

/// What it costs.
pub const PRICE: i64 = 1_000;

/// Jobs that run side by side.
const WORKERS: u32 = 512;

/// The newest events of which some arrive.
const EVENTS_MAX: usize = 500;

/// The most steps after which an attempt dies: enough to reach the end of the longest one.
const STEPS_MAX: u32 = 40;

/// How long Stripe is waited for once nothing goes wrong: on a busy machine an answer takes its time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where orders are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// In memory.
    Memory,
    /// In an SQLite database in a temporary folder.
    Sqlite,
}

/// The shop.
pub struct Shop {
    /// The engine.
    pub app: App,
    /// The gateway's other side.
    pub stripe: Stripe,
    /// Time.
    pub clock: Arc<TestClock>,
    /// Attempts that died.
    pub deaths: AtomicU64,
    deaths_per_mille: u32,
    is_safe: AtomicBool,
    _folder: tempfile::TempDir,
}

impl Shop {
    /// Open it, with goods for everybody.
    pub async fn open(options: &Options) -> Result<Self> {
        let clock = Arc::new(TestClock::default());
        let stripe = Stripe::start(clock.clone()).await?;
        let gateways = gateways(&clock, &stripe, options.timeout)?;
        let store = sutler_adapters::Options { clock: clock.clone(), ..sutler_adapters::Options::default() };
        let (shipping, ids) = (Arc::new(LogShipping), Arc::new(SystemIds::default()));
        let folder = tempfile::tempdir()?;
        let ports = match options.keeping {
            Keeping::Memory => {
                Ports::over(&Arc::new(Memory::new(store)), gateways, shipping, clock.clone(), ids)
            }
            Keeping::Sqlite => {
                let options = sqlite::Options { store, ..sqlite::Options::default() };
                let sqlite = Sqlite::open(folder.path().join("money.db"), options)?;
                Ports::over(&Arc::new(sqlite), gateways, shipping, clock.clone(), ids)
            }
        };
        let settings = Settings { default_gateway: "stripe".to_owned(), ..Settings::new(some::euro()) };
        let app = App::new(ports, settings);
        app.inventory.ensure_default_location().await?;
        let variant = VariantInput {
            price: Some(Amount { amount: PRICE, currency: None }),
            stock: Some(1_000_000),
            ..VariantInput::default()
        };
        let input =
            ProductInput { title: PRODUCT.to_owned(), variant: Some(variant), ..ProductInput::default() };
        let id = ProductId::parse(PRODUCT).map_err(|error| anyhow!("{error}"))?;
        app.catalog.put(&caller(), &id, &input).await?;
        let (deaths, is_safe) = (AtomicU64::new(0), AtomicBool::new(false));
        let deaths_per_mille = options.deaths_per_mille;
        Ok(Self { app, stripe, clock, deaths, deaths_per_mille, is_safe, _folder: folder })
    }

    /// Somebody buys so many, and pays with a token.
    pub async fn place(
        &self,
        quantity: i64,
        token: &str,
        capture: CaptureMode,
    ) -> Result<OrderView, Problem> {
        let item = ItemInput {
            product_id: ProductId::parse(PRODUCT).ok(),
            variant_id: None,
            sku: None,
            quantity,
            expected_unit_price: None,
            tax: None,
            metadata: sutler_domain::Metadata::new(),
        };
        let payment = PaymentInput { token: Some(token.to_owned()), capture, ..PaymentInput::default() };
        let request = OrderRequest { items: vec![item], payment: Some(payment), ..OrderRequest::default() };
        Ok(self.app.orders.place(&caller(), request).await?.value)
    }

    /// An order as it stands.
    pub async fn order(&self, id: &OrderId) -> Result<OrderView, Problem> {
        self.app.orders.get(&caller(), &OrderName::Id(id.clone())).await
    }

    /// From now on nobody dies.
    pub fn lives(&self) {
        self.is_safe.store(true, Ordering::Relaxed);
    }

    /// Nothing goes wrong any more: Stripe answers, the engine was started anew and waits for it, and somebody retries what
    /// was given up while much went wrong. Gives how many jobs these are.
    pub async fn rests(&mut self) -> Result<usize> {
        self.stripe.dice(0, 0);
        self.lives();
        let gateways = gateways(&self.clock, &self.stripe, PATIENCE)?;
        self.app = App::new(Ports { gateways, ..(*self.app.ports).clone() }, (*self.app.settings).clone());
        let dead = JobQuery { states: vec![JobState::Dead], ..JobQuery::default() };
        let mut retried = 0;
        loop {
            let some = self.app.jobs.retry_all(&caller(), &dead).await?;
            retried += some.retried;
            if !some.has_more {
                return Ok(retried);
            }
        }
    }

    /// Work off what is due, and let time pass to what is due next, as far as `reach` from now.
    pub async fn works(&self, dice: &mut StdRng, reach: SignedDuration) -> Result<()> {
        let end = self.clock.now().saturating_add(reach)?;
        loop {
            let leased = self.app.jobs.lease("lane", &Wanted::any(WORKERS)).await?;
            let attempts = leased.iter().map(|job| {
                let dies = !self.is_safe.load(Ordering::Relaxed) && happens(dice, self.deaths_per_mille);
                let steps = dies.then(|| dice.random_range(0..STEPS_MAX));
                Dying::after(steps, self.app.jobs.run(job))
            });
            let attempts: Vec<_> = attempts.collect();
            for ended in join_all(attempts).await {
                match ended {
                    Some(ended) => drop(ended?),
                    None => _ = self.deaths.fetch_add(1, Ordering::Relaxed),
                }
            }
            self.app.orders.expire_due().await?;
            if !leased.is_empty() {
                continue;
            }
            match self.app.ports.jobs.next_due(&Wanted::any(WORKERS)).await?.filter(|due| *due <= end) {
                Some(due) => self.clock.set(due.max(self.clock.now())),
                None => return Ok(()),
            }
        }
    }

    /// Stripe's webhooks arrive: some of them, in any order, some several times.
    pub async fn hears(&self, dice: &mut StdRng) -> Result<()> {
        // Those of the last few days; older ones Stripe sends no more.
        let count = self.stripe.events_count();
        let events = self.stripe.events_from(count.saturating_sub(EVENTS_MAX));
        for _ in 0..events.len().min(EVENTS_MAX / 5) {
            let event = events.get(dice.random_range(0..events.len())).context("one of them")?;
            for _ in 0..dice.random_range(1..4) {
                // A question about the payment may fail; then Stripe sends the webhook again.
                match self.told(event).await {
                    Err(problem) if problem.kind == Kind::Busy => {}
                    told => drop(told?),
                }
            }
        }
        Ok(())
    }

    /// Refunds that were on their way arrive, and Stripe says so.
    pub async fn refunds_arrive(&self) -> Result<()> {
        let (now_s, from) = (self.clock.now().as_second(), self.stripe.events_count());
        self.stripe.books(|books| books.refunds_arrive(now_s));
        for event in self.stripe.events_from(from) {
            self.told(&event).await?;
        }
        Ok(())
    }

    /// The calendar has the books compared, and what it asks for is done.
    pub async fn compares(&self, dice: &mut StdRng) -> Result<()> {
        let mut calendar = Calendar::default();
        self.app.jobs.ask_for_due_runs(&mut calendar).await?;
        self.clock.advance(SignedDuration::from_hours(6));
        self.app.jobs.ask_for_due_runs(&mut calendar).await?;
        self.works(dice, SignedDuration::from_mins(20)).await
    }

    /// One webhook arrives.
    pub async fn told(&self, event: &serde_json::Value) -> Result<Noticed, Problem> {
        let webhook = self.stripe.webhook(event);
        self.app.payments.notified("stripe", Some(&webhook.signature), &webhook.body).await
    }
}

/// Stripe behind the port, waited for so long.
fn gateways(
    clock: &Arc<TestClock>,
    stripe: &Stripe,
    timeout: Duration,
) -> Result<BTreeMap<String, Arc<dyn PaymentGateway>>> {
    let gateway = StripeGateway::new(
        clock.clone(),
        &stripe::Options {
            url: stripe.url(),
            webhook_secrets: vec![WEBHOOK_SECRET.to_owned()],
            return_url: Some("https://shop.test/thanks".to_owned()),
            timeout,
            ..stripe::Options::new(SECRET_KEY)
        },
    )?;
    let gateway: Arc<dyn PaymentGateway> = Arc::new(gateway);
    Ok(BTreeMap::from([("stripe".to_owned(), gateway)]))
}

/// Whoever asks in the lane.
pub fn caller() -> Caller {
    Caller::system("lane")
}
