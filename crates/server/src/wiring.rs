//! The composition root: a configuration becomes adapters, ports, the menu, and the door to it.

mod options;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use sutler_adapters::argon2::Argon2id;
use sutler_adapters::cache::{self, Cached, Redis, Tiered};
use sutler_adapters::fake::{Books, FakeGateway};
use sutler_adapters::http::HttpCourier;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::manual::ManualGateway;
use sutler_adapters::memory::Memory;
use sutler_adapters::postgres::{self, Postgres};
use sutler_adapters::sqlite::{self, Sqlite};
use sutler_adapters::stripe::{self, StripeGateway};
use sutler_adapters::system::{SystemClock, SystemIds};
use sutler_api::rest::metrics::PaymentCounts;
use sutler_api::rest::{self, Api};
use sutler_app::ports::{Clock, Ids, Passwords, PaymentGateway, ProductReads, Storage};
use sutler_app::relay::{Handler, LogEvents};
use sutler_app::webhooks::address::Reach;
use sutler_app::{App, Ports};

use crate::config::{Cache, Config, Database, StripeAccount};
use crate::console::{Exit, Failure};
use crate::{bus, index};

pub(crate) use options::settings;
use options::{door, signed};

/// The store behind the ports, for what only the process has to do with it.
#[derive(Clone)]
pub(crate) enum StoreKeeper {
    Memory(Arc<Memory>),
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

/// Everything that runs.
#[derive(Clone)]
pub(crate) struct Wired {
    pub(crate) app: App,
    pub(crate) api: Api,
    pub(crate) router: Router,
    pub(crate) keeper: StoreKeeper,
    /// Where products are shared with other servers, for people.
    pub(crate) cache: Option<String>,
}

/// Build the engine. `address` is where it can be reached when the configuration names no public address.
pub(crate) async fn wire(config: &Config, address: &str, dev: bool) -> Result<Wired, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn Ids> = Arc::new(SystemIds::default());
    let settings = settings(config, address, dev);
    let courier = courier(config, settings.webhooks_reach)?;
    // What counts is counted from the beginning.
    rest::metrics::recorder();
    // Before the database: whoever is refused for the cache has not touched it.
    // Who shows nothing needs no Redis, and who relays nothing no bus.
    let redis = match &config.cache {
        Some(cache) if config.role.answers() => Some(open_redis(cache).await?),
        _ => None,
    };
    let cache = redis.as_ref().map(|redis| format!("redis {}", redis.place()));
    let publisher = if config.role.works() { bus::open(config).await? } else { None };
    let keeper = StoreKeeper::open(config, Arc::clone(&clock)).await?;
    let fake: Arc<dyn PaymentGateway> = Arc::new(fake_gateway(config, &clock, &settings.public_url)?);
    let manual: Arc<dyn PaymentGateway> = Arc::new(ManualGateway);
    let mut gateways = BTreeMap::from([("fake".to_owned(), fake), ("manual".to_owned(), manual)]);
    if let Some(account) = &config.stripe {
        gateways.insert("stripe".to_owned(), stripe_gateway(account, &clock)?);
    }
    let outside = Outside { gateways, clock, ids };
    let ports = match &keeper {
        StoreKeeper::Memory(store) => ports(store, Nodes::One, redis, outside).await?,
        StoreKeeper::Sqlite(store) => ports(store, Nodes::One, redis, outside).await?,
        StoreKeeper::Postgres(store) => ports(store, Nodes::Many, redis, outside).await?,
    };
    let (courier, passwords) = (Arc::new(courier), passwords()?);
    let search = index::of(config);
    let ports = Ports { publisher, courier: Some(courier), passwords: Some(passwords), search, ..ports };
    let app = App::new(ports, settings);
    bus::check(&app).await?;
    let api = Api::new(app.clone(), door(config, dev));
    let router =
        if config.role.answers() { rest::router(api.clone()) } else { rest::worker_router(api.clone()) };
    Ok(Wired { app, api, router, keeper, cache })
}

/// Who hashes passwords.
pub(crate) fn passwords() -> Result<Arc<dyn Passwords>, Failure> {
    let hashing = Argon2id::new();
    let hashing = hashing.map_err(|error| Failure::new(Exit::Failed, format!("cannot start: {error}")))?;
    Ok(Arc::new(hashing))
}

/// The readers of the log, by the name under which each one's place in it is remembered. To subscribe a handler to the
/// events, add a row; a name is for ever, since a new one begins with the first event.
pub(crate) fn readers(app: &App) -> Vec<(&'static str, Arc<dyn Handler>)> {
    let counts = PaymentCounts { orders: Arc::clone(&app.ports.orders) };
    vec![("log", Arc::new(LogEvents)), ("metrics", Arc::new(counts))]
}

/// What the engine needs beside its store.
struct Outside {
    gateways: BTreeMap<String, Arc<dyn PaymentGateway>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// One store answers every port of storage; what requests read most is remembered in front of it, and what other nodes
/// change is forgotten. Decisions are never made on what Redis says: with one, answers have memories of their own.
async fn ports<S: Storage>(
    store: &Arc<S>,
    nodes: Nodes,
    redis: Option<Redis>,
    outside: Outside,
) -> Result<Ports, Failure> {
    let Outside { gateways, clock, ids } = outside;
    // Redis may bring back what is old until it has heard of the change, also where nobody else changes anything.
    let hears_of_changes = nodes == Nodes::Many || redis.is_some();
    let (cached, catalog): (_, Arc<dyn ProductReads>) = match redis {
        None => {
            let cached = Arc::new(Cached::new(Arc::clone(store)));
            (Arc::clone(&cached), cached)
        }
        Some(redis) => {
            let tiered = Tiered::open(Arc::clone(store), redis, Arc::clone(&ids)).await.map_err(|error| {
                Failure::new(Exit::Failed, format!("cannot start: {error}")).next("look: sutler doctor")
            })?;
            let tiered = Arc::new(tiered);
            let cached = Arc::new(Cached::beside(Arc::clone(store), &tiered));
            let telling = Arc::clone(&tiered);
            tokio::spawn(async move { telling.follow().await });
            (cached, tiered)
        }
    };
    if hears_of_changes {
        let following = Arc::clone(&cached);
        tokio::spawn(async move { following.follow().await });
    }
    Ok(Ports {
        store: cached.clone(),
        catalog,
        prices: cached.clone(),
        stock: cached.clone(),
        access: cached,
        ..Ports::over(store, gateways, Arc::new(LogShipping), clock, ids)
    })
}

/// How many processes change one store.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nodes {
    One,
    Many,
}

async fn open_redis(cache: &Cache) -> Result<Redis, Failure> {
    Redis::open(cache.url.expose(), cache.timeout).await.map_err(|error| refused_cache(&error))
}

/// Why Redis was not opened: its own words, which end with what to do.
fn refused_cache(error: &cache::OpenError) -> Failure {
    use cache::OpenError::{Denied, Unreachable};
    let exit = match error {
        Unreachable { .. } => Exit::Unreachable,
        Denied { .. } => Exit::Denied,
        _ => Exit::Config,
    };
    in_its_words(exit, error)
}

/// The fake gateway's books last as long as the orders. Whoever has the database has them, so they are opened after it;
/// where several servers have it, they need a file to share, or each has books of its own, in memory.
fn fake_gateway(config: &Config, clock: &Arc<dyn Clock>, public_url: &str) -> Result<FakeGateway, Failure> {
    let (clock, failed) = (Arc::clone(clock), |books: &Path, error| {
        let what = format!("cannot open the fake gateway's books {} ({error})", books.display());
        Failure::new(Exit::Config, what).next("look: sutler doctor")
    });
    match (&config.fake_books, &config.database) {
        (Some(books), _) => {
            FakeGateway::share(clock, public_url, books).map_err(|error| failed(books, error))
        }
        (None, Database::Sqlite(database)) => {
            let books = Books::path(database);
            FakeGateway::open(clock, public_url, &books).map_err(|error| failed(&books, error))
        }
        (None, _) => Ok(FakeGateway::new(clock, public_url)),
    }
}

fn stripe_gateway(
    account: &StripeAccount,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn PaymentGateway>, Failure> {
    let options = stripe::Options {
        url: account.url.clone(),
        webhook_secrets: account.webhook_secrets.iter().map(|secret| secret.expose().to_owned()).collect(),
        return_url: account.return_url.clone(),
        ..stripe::Options::new(account.secret_key.expose())
    };
    let opened = StripeGateway::new(Arc::clone(clock), &options);
    let gateway = opened.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    Ok(Arc::new(gateway))
}

/// Who carries webhooks.
fn courier(config: &Config, reach: Reach) -> Result<HttpCourier, Failure> {
    let file = config.webhooks.trusted_certificates.as_ref();
    let unfit = |reason: String| {
        let named = file.map(|path| format!("webhooks.trusted_certificates = \"{}\" ", path.display()));
        let next = "name a file of certificates in PEM, each between BEGIN CERTIFICATE and END CERTIFICATE";
        Failure::new(Exit::Config, format!("{}{reason}", named.unwrap_or_default())).next(next)
    };
    let trusted_pem =
        file.map(std::fs::read).transpose().map_err(|error| unfit(format!("cannot be read ({error})")))?;
    let options = sutler_adapters::http::Options {
        reach,
        timeout: config.webhooks.timeout,
        trusted_pem,
        ..sutler_adapters::http::Options::default()
    };
    HttpCourier::new(options).map_err(unfit)
}

/// Why the store did not open: its own words, which end with what to do.
fn refused(error: &sqlite::OpenError) -> Failure {
    use sqlite::OpenError::{Broken, InUse, Migration};
    let exit = match error {
        InUse { .. } | Migration { .. } | Broken { .. } => Exit::Failed,
        _ => Exit::Config,
    };
    in_its_words(exit, error)
}

/// The same of PostgreSQL.
pub(crate) fn refused_there(error: &postgres::OpenError) -> Failure {
    use postgres::OpenError::{Broken, Denied, Unreachable};
    let exit = match error {
        Unreachable { .. } => Exit::Unreachable,
        Denied { .. } => Exit::Denied,
        Broken { .. } => Exit::Failed,
        _ => Exit::Config,
    };
    in_its_words(exit, error)
}

/// A failure that is told by an error whose further lines are the next steps.
pub(crate) fn in_its_words(exit: Exit, error: &impl std::error::Error) -> Failure {
    let text = error.to_string();
    let (what, next) = text.split_once('\n').unwrap_or((&text, ""));
    next.lines().fold(Failure::new(exit, what), |failure, line| failure.next(line.trim_start()))
}

impl StoreKeeper {
    pub(crate) async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let options = sutler_adapters::Options {
            clock,
            number_start: config.orders.number_start,
            key_ttl: signed(config.idempotency.ttl),
            delivery_ttl: signed(config.webhooks.log_retention),
            ..sutler_adapters::Options::default()
        };
        match &config.database {
            Database::Memory => Ok(Self::Memory(Arc::new(Memory::new(options)))),
            Database::Sqlite(path) => {
                let options = sqlite::Options {
                    store: options,
                    migrate: config.migrate,
                    takes_over: true,
                    ..sqlite::Options::default()
                };
                let path = path.clone();
                // It reads the disk and may migrate for a while.
                let opened = tokio::task::spawn_blocking(move || Sqlite::open(path, options)).await;
                let opened = opened.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
                Ok(Self::Sqlite(Arc::new(opened.map_err(|error| refused(&error))?)))
            }
            Database::Postgres(url) => Self::postgres(url.expose(), options, config).await,
        }
    }

    async fn postgres(
        url: &str,
        options: sutler_adapters::Options,
        config: &Config,
    ) -> Result<Self, Failure> {
        let options = postgres::Options {
            store: options,
            migrate: config.migrate,
            connections_max: config.connections.max,
            acquire_timeout: config.connections.acquire_timeout,
            listen_url: config.connections.listen_url.as_ref().map(|url| url.expose().to_owned()),
            ..postgres::Options::default()
        };
        let opened = Postgres::open(url, options).await;
        Ok(Self::Postgres(Arc::new(opened.map_err(|error| refused_there(&error))?)))
    }

    /// Whether no other server can have the same store.
    pub(crate) const fn is_alone(&self) -> bool {
        !matches!(self, Self::Postgres(_))
    }

    /// Where orders are kept, for people.
    pub(crate) fn describe(&self, config: &Config) -> String {
        match (self, &config.database) {
            (Self::Sqlite(_), Database::Sqlite(path)) => format!("{}  (SQLite)", path.display()),
            (Self::Postgres(store), _) => format!("{}  (PostgreSQL)", store.place()),
            _ => "in memory: everything is forgotten at the end".to_owned(),
        }
    }

    /// Ends with the reason when the store can take no more changes until the process starts again.
    pub(crate) async fn failed(&self) -> String {
        let failed = match self {
            Self::Memory(_) => None,
            Self::Sqlite(store) => Some(store.failed()),
            Self::Postgres(store) => Some(store.failed()),
        };
        if let Some(mut failed) = failed
            && let Ok(reason) = failed.wait_for(Option::is_some).await
        {
            return reason.clone().unwrap_or_default();
        }
        std::future::pending().await
    }

    /// Write what is open and let another process have the file.
    pub(crate) async fn close(&self) {
        match self {
            Self::Memory(_) => {}
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}
