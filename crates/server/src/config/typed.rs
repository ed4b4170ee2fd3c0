//! The configuration as the program uses it: one struct per concern.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rust_decimal::Decimal;
use sutler_domain::catalog::Oversell;
use sutler_domain::{Currency, LocationId};

use super::fault::{ConfigError, ConfigFault, Origin};
use super::keys::{Key, Kind};
use super::role::Role;
use super::sources::Layer;
use super::stripe::StripeAccount;
use super::units::{self, Database};

mod admin;
mod bus;
mod http;
mod search;
mod webhooks;

use admin::Admin;
pub(crate) use admin::First;
pub(crate) use bus::Bus;
pub(crate) use http::Http;
use search::Search;
pub(crate) use webhooks::Webhooks;

/// How this server is run.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Without a slash at its end; `None`: where the server listens.
    pub(crate) public_url: Option<String>,
    pub(crate) data_dir: PathBuf,
    pub(crate) mode: Mode,
    pub(crate) role: Role,
    pub(crate) api_key: Option<Secret>,
    pub(crate) currency: Currency,
    pub(crate) http: Http,
    pub(crate) require_if_match: bool,
    pub(crate) cors_origins: Vec<String>,
    pub(crate) database: Database,
    pub(crate) connections: Connections,
    pub(crate) migrate: bool,
    pub(crate) cache: Option<Cache>,
    pub(crate) events_retention: Duration,
    pub(crate) event_streams_max: usize,
    pub(crate) event_stream_rate: u32,
    /// Where events are published to, if anywhere.
    pub(crate) bus: Option<Bus>,
    pub(crate) jobs: Jobs,
    pub(crate) webhooks: Webhooks,
    pub(crate) search: Search,
    pub(crate) orders: Orders,
    pub(crate) locations_priority: Vec<LocationId>,
    pub(crate) default_gateway: String,
    /// Where the fake gateway's books are, when they are not where its database says.
    pub(crate) fake_books: Option<PathBuf>,
    /// The Stripe account, if there is one.
    pub(crate) stripe: Option<StripeAccount>,
    pub(crate) tax: Tax,
    pub(crate) idempotency: Idempotency,
    pub(crate) rate_limit: RateLimit,
    pub(crate) admin: Admin,
    pub(crate) log: Log,
    pub(crate) metrics_listen: Option<SocketAddr>,
}

/// Whether money is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Live,
    Test,
}

impl Mode {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

/// A text that no log and no error shows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "•••• ({} bytes)", self.0.len())
    }
}

/// How the PostgreSQL server is connected to.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pub(crate) max: usize,
    pub(crate) acquire_timeout: Duration,
    /// The server itself, where the other address is that of a pooler.
    pub(crate) listen_url: Option<Secret>,
}

/// The Redis that servers share products in.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    pub(crate) url: Secret,
    pub(crate) timeout: Duration,
}

/// How background work is run.
#[derive(Clone, Debug)]
pub(crate) struct Jobs {
    pub(crate) lease: Duration,
    pub(crate) drain_timeout: Duration,
}

#[derive(Clone, Debug)]
pub(crate) struct Orders {
    pub(crate) reservation_ttl: Duration,
    pub(crate) number_start: u64,
    pub(crate) number_prefix: String,
    pub(crate) oversell: Oversell,
    pub(crate) lines_max: usize,
    pub(crate) import_lines_max: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Tax {
    pub(crate) included: bool,
    pub(crate) rates: BTreeMap<String, Decimal>,
}

#[derive(Clone, Debug)]
pub(crate) struct Idempotency {
    pub(crate) ttl: Duration,
    pub(crate) require: bool,
}

/// How many requests a minute whoever asks may send.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "units stand last in every name")]
pub(crate) struct RateLimit {
    pub(crate) secret_per_min: Option<u32>,
    pub(crate) publishable_per_min: Option<u32>,
    pub(crate) anonymous_per_min: Option<u32>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Auto,
    Pretty,
    Json,
}

#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

/// Read every value as its type; all faults together.
pub(super) fn config(values: &Layer) -> Result<Config, ConfigError> {
    let mut read = Reading { values, faults: Vec::new() };
    let parts = read.config();
    match parts {
        Some(config) if read.faults.is_empty() => Ok(config),
        _ => Err(ConfigError(read.faults)),
    }
}

/// The values while they are read, and what is wrong with them.
pub(super) struct Reading<'a> {
    values: &'a Layer,
    pub(super) faults: Vec<ConfigFault>,
}

impl Reading<'_> {
    /// `None` only when a fault was noted; every key is read before that is decided.
    fn config(&mut self) -> Option<Config> {
        let data_dir = self.text("data_dir");
        let debug = self.switch("debug");
        let http = self.http();
        let database = self.checked("database.url", |url| units::database(url, &data_dir));
        let role = self.role(database.as_ref());
        let connections = self.connections();
        let cache_url = self.optional("cache.url", units::redis);
        let cache_timeout = self.checked("cache.timeout", units::wait);
        let currency =
            self.checked("shop.currency", |code| Currency::parse(code).map_err(|e| format!("is wrong: {e}")));
        let lease = self.checked("jobs.lease", units::lease);
        let drain = self.checked("jobs.drain_timeout", units::duration);
        let orders = self.orders();
        let locations = self.checked("locations.priority", |text| {
            units::words(text)
                .iter()
                .map(|id| LocationId::parse(id).map_err(|e| format!("is wrong: {e}")))
                .collect()
        });
        let rates = self.checked("tax.rates", units::decimals);
        let idempotency_ttl = self.checked("idempotency.ttl", units::duration);
        let events_retention = self.checked("events.retention", units::duration);
        let event_streams_max = self.count("events.max_streams");
        let event_stream_rate = self.count("events.stream_rate");
        let bus = self.bus();
        let webhooks = self.webhooks();
        let search = self.search();
        let rate_limit = RateLimit {
            secret_per_min: self.optional("rate_limit.secret", units::rate_per_min),
            publishable_per_min: self.optional("rate_limit.publishable", units::rate_per_min),
            anonymous_per_min: self.optional("rate_limit.anonymous", units::rate_per_min),
        };
        let admin = self.admin();
        let public_url = self.optional("public_url", units::web_address);
        let mode = if self.choice("mode") == "test" { Mode::Test } else { Mode::Live };
        let log = self.log(debug);
        let default_gateway = self.choice("payments.default");
        let stripe = StripeAccount::read(self, &default_gateway);
        let metrics_listen = self.optional("metrics.listen", units::address);
        Some(Config {
            public_url,
            mode,
            role,
            api_key: Some(self.text("api_key")).filter(|key| !key.is_empty()).map(Secret::new),
            currency: currency?,
            http: http?,
            require_if_match: self.switch("api.require_if_match"),
            cors_origins: units::words(&self.text("api.cors_origins")),
            database: database?,
            connections: connections?,
            migrate: self.switch("database.migrate"),
            cache: cache_url.zip(cache_timeout).map(|(url, timeout)| Cache { url, timeout }),
            data_dir: PathBuf::from(data_dir),
            events_retention: events_retention?,
            event_streams_max: usize::try_from(event_streams_max?).ok()?,
            event_stream_rate: u32::try_from(event_stream_rate?).ok()?,
            bus,
            jobs: Jobs { lease: lease?, drain_timeout: drain? },
            webhooks: webhooks?,
            search: search?,
            orders: orders?,
            locations_priority: locations?,
            default_gateway,
            fake_books: Some(self.text("payments.fake_books"))
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
            stripe,
            tax: Tax { included: self.switch("tax.included"), rates: rates? },
            idempotency: Idempotency { ttl: idempotency_ttl?, require: self.switch("idempotency.require") },
            rate_limit,
            admin: admin?,
            log,
            metrics_listen,
        })
    }

    fn role(&mut self, database: Option<&Database>) -> Role {
        let role = Role::of(&self.choice("role"));
        if let (Some(database), Some(word)) = (database, self.values.get("role")) {
            self.faults.extend(role.alone_on(database, &word.origin));
        }
        role
    }

    fn connections(&mut self) -> Option<Connections> {
        let max = self.count("database.max_connections");
        let acquire_timeout = self.checked("database.acquire_timeout", units::duration);
        let listen_url = Some(self.text("database.listen_url")).filter(|url| !url.is_empty());
        let (max, acquire_timeout) = (usize::try_from(max?).ok()?, acquire_timeout?);
        Some(Connections { max, acquire_timeout, listen_url: listen_url.map(Secret::new) })
    }

    fn orders(&mut self) -> Option<Orders> {
        let reservation_ttl = self.checked("orders.reservation_ttl", units::duration);
        let number_start = self.count("orders.number_start");
        let lines_max = self.count("limits.order_lines");
        let import_lines_max = self.count("limits.import_lines");
        let oversell =
            if self.choice("orders.oversell") == "allow" { Oversell::Allow } else { Oversell::Deny };
        Some(Orders {
            reservation_ttl: reservation_ttl?,
            number_start: number_start?,
            number_prefix: self.text("orders.number_prefix"),
            oversell,
            lines_max: usize::try_from(lines_max?).ok()?,
            import_lines_max: usize::try_from(import_lines_max?).ok()?,
        })
    }

    fn log(&mut self, debug: bool) -> Log {
        let format = match self.choice("log.format").as_str() {
            "pretty" => LogFormat::Pretty,
            "json" => LogFormat::Json,
            _ => LogFormat::Auto,
        };
        // DEBUG=true means the level debug, unless somebody asked for a level.
        let asked = self.values.get("log.level").is_some_and(|found| found.origin != Origin::Default);
        let level = self.choice("log.level");
        let level = if debug && !asked { "debug".to_owned() } else { level };
        Log { level, format }
    }

    pub(super) fn text(&self, path: &'static str) -> String {
        self.values.get(path).map(|found| found.text.clone()).unwrap_or_default()
    }

    pub(super) fn checked<T>(
        &mut self,
        path: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let found = self.values.get(path)?;
        match parse(&found.text) {
            Ok(value) => Some(value),
            Err(reason) => {
                // An address may hold a password.
                let shown = units::masked(&found.text);
                let what = format!("{path} = \"{shown}\" {reason}");
                self.faults.push(ConfigFault::new(what, format!("from: {}", found.origin)));
                None
            }
        }
    }

    pub(super) fn optional<T>(
        &mut self,
        path: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.text(path).is_empty() { None } else { self.checked(path, parse) }
    }

    pub(super) fn count(&mut self, path: &'static str) -> Option<u64> {
        let Some(Kind::Count(least, most)) = Key::of(path).map(|key| key.kind) else { return None };
        self.checked(path, |text| {
            let number = text.parse::<u64>().ok().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| format!("is out of range: write a whole number from {least} to {most}"))
        })
    }

    pub(super) fn switch(&mut self, path: &'static str) -> bool {
        let yes = self.checked(path, |text| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" | "" => Ok(false),
            _ => Err("is neither true nor false".to_owned()),
        });
        yes.unwrap_or(false)
    }

    fn choice(&mut self, path: &'static str) -> String {
        let Some(Kind::Choice(words)) = Key::of(path).map(|key| key.kind) else { return String::new() };
        // Levels are often written in capitals.
        let word = self.checked(path, |text| {
            let text = text.to_ascii_lowercase();
            let known = words.contains(&text.as_str());
            if known { Ok(text) } else { Err(format!("is none of {}", words.join(", "))) }
        });
        word.unwrap_or_default()
    }
}
