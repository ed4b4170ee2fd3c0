//! Every setting there is: the one list that `sutler.toml`, the environment, the defaults, `config show`,
//! `config schema` and the typed [`Config`](super::Config) are read from.

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// Text that is never shown; may stand in a file of its own.
    Secret,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A whole number in this range.
    Count(u64, u64),
    /// A whole number in this range, or nothing.
    CountOrNothing(u64, u64),
    /// A number and a unit, such as `15m`.
    Duration,
    /// A number and a unit, such as `1MiB`.
    Size,
    /// An address and a port.
    Address,
    /// An address and a port, or nothing.
    AddressOrNothing,
    /// An absolute `http` or `https` address, or nothing.
    WebAddress,
    /// A number of requests in a time, such as `120/min`, or nothing.
    Rate,
    /// A list of words.
    Words,
    /// Words, each with a decimal number.
    Decimals,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// Its dotted path in `sutler.toml`.
    pub(crate) path: &'static str,
    /// What it is without a word from anybody, in the form of an environment variable.
    pub(crate) default: &'static str,
    pub(crate) kind: Kind,
    /// The conventional name of its environment variable, beside `SUTLER_…`.
    pub(crate) conventional: Option<&'static str>,
    /// What it does, in one line.
    pub(crate) doc: &'static str,
}

impl Key {
    /// Its environment variable: `http.listen` is `SUTLER_HTTP__LISTEN`.
    pub(crate) fn variable(&self) -> String {
        format!("SUTLER_{}", self.path.to_uppercase().replace('.', "__"))
    }

    /// The key with this path.
    pub(crate) fn of(path: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.path == path)
    }
}

const fn key(path: &'static str, default: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { path, default, kind, conventional: None, doc }
}

const fn known_as(conventional: &'static str, key: Key) -> Key {
    Key { conventional: Some(conventional), ..key }
}

/// In the order of `sutler.toml`: first those without a section, then section by section.
pub(crate) const KEYS: &[Key] = &[
    key(
        "public_url",
        "",
        Kind::WebAddress,
        "where the server is reached from outside: the source of events, the base of links",
    ),
    key("data_dir", "./sutler-data", Kind::Text, "where files live"),
    key(
        "mode",
        "live",
        Kind::Choice(&["live", "test"]),
        "live | test; keys and idempotency keys of the two are apart",
    ),
    key(
        "role",
        "all",
        Kind::Choice(&["all", "api", "worker"]),
        "all | api | worker: answers requests and runs jobs, or one of the two; the parts need PostgreSQL",
    ),
    known_as(
        "API_KEY",
        key(
            "api_key",
            "",
            Kind::Secret,
            "creates one secret key with every right, 24 characters or more; better in the environment",
        ),
    ),
    known_as("DEBUG", key("debug", "false", Kind::Switch, "log level debug; never disables auth")),
    key("shop.currency", "EUR", Kind::Text, "ISO 4217 code of amounts that name none"),
    key("http.listen", "127.0.0.1:8420", Kind::Address, "address and port"),
    known_as(
        "PORT",
        key(
            "http.port",
            "",
            Kind::CountOrNothing(0, 65_535),
            "the port alone, instead of the one in listen; 0 takes a free one",
        ),
    ),
    key("http.max_body", "1MiB", Kind::Size, "the largest body of a request"),
    key("http.request_timeout", "30s", Kind::Duration, "after which a request is answered with 408"),
    key(
        "http.max_connections",
        "4096",
        Kind::Count(1, 1_000_000),
        "open at one time; more wait in the kernel",
    ),
    key("http.drain_delay", "5s", Kind::Duration, "how long /readyz says 503 before connections are refused"),
    key(
        "http.drain_timeout",
        "25s",
        Kind::Duration,
        "how long requests in flight may take to finish at shutdown",
    ),
    key(
        "http.trusted_proxies",
        "",
        Kind::Words,
        "addresses and networks of balancers whose X-Forwarded-For is believed, such as 10.0.0.0/8; empty = nobody's",
    ),
    key("api.require_if_match", "false", Kind::Switch, "refuse changes without If-Match (428)"),
    key("api.cors_origins", "", Kind::Words, "origins whose pages may call with a pk_ key; empty = none"),
    known_as(
        "DATABASE_URL",
        key(
            "database.url",
            "sqlite://{data_dir}/sutler.db",
            Kind::Text,
            "sqlite://path, postgres://user:password@host:5432/database, or memory: for a store that forgets",
        ),
    ),
    key(
        "database.max_connections",
        "16",
        Kind::Count(3, 1_000),
        "to PostgreSQL, of this node: one writes, one listens, the others read",
    ),
    key("database.acquire_timeout", "5s", Kind::Duration, "how long a read waits for one of them"),
    key(
        "database.listen_url",
        "",
        Kind::Text,
        "the PostgreSQL server itself, when url is that of a pooler; without it news are looked for every 50 ms",
    ),
    key("database.migrate", "true", Kind::Switch, "apply pending migrations at start"),
    known_as(
        "REDIS_URL",
        key(
            "cache.url",
            "",
            Kind::Text,
            "a Redis that servers share products in: redis://user:password@host:6379/0, rediss:// for TLS, redis+unix:///path; empty = each by itself",
        ),
    ),
    key(
        "cache.timeout",
        "50ms",
        Kind::Duration,
        "how long a read waits for that Redis before the database is asked",
    ),
    known_as(
        "NATS_URL",
        key(
            "events.url",
            "",
            Kind::Text,
            "nats://user:password@host:4222 or tls://…, several with commas: where events are published to; empty = nowhere",
        ),
    ),
    key("events.creds_file", "", Kind::Text, "a file with credentials for NATS, as nsc writes it"),
    key("events.stream", "SUTLER", Kind::Text, "the stream; in small letters it is what subjects begin with"),
    key("events.replicas", "1", Kind::Count(1, 5), "copies of the stream, in a cluster of NATS servers"),
    key(
        "events.retention",
        "90d",
        Kind::Duration,
        "what GET /events, /events/stream and the stream of NATS reach back to; the log itself is never trimmed",
    ),
    key(
        "events.max_streams",
        "2000",
        Kind::Count(1, 100_000),
        "open at one time on GET /events/stream, of this node; more are answered with 503",
    ),
    key(
        "events.stream_rate",
        "50000",
        Kind::Count(100, 10_000_000),
        "events a second that all streams of this node are told together; at more they lag, so that orders do not",
    ),
    key(
        "jobs.lease",
        "60s",
        Kind::Duration,
        "after which a job of a server that died is taken over; 5 s or more",
    ),
    key(
        "jobs.drain_timeout",
        "10s",
        Kind::Duration,
        "how long running jobs may take to finish at shutdown; the rest is given back",
    ),
    key(
        "webhooks.allow_private",
        "false",
        Kind::Switch,
        "whether webhooks may go to private addresses, and over http://; for receivers in your own network",
    ),
    key("webhooks.timeout", "15s", Kind::Duration, "how long a receiver may take to answer"),
    key(
        "webhooks.retries",
        "5s,5m,30m,2h,5h,10h,14h,20h,24h",
        Kind::Words,
        "the waits before the attempts after the first one, each 20 % longer or shorter by chance",
    ),
    key(
        "webhooks.secret_overlap",
        "24h",
        Kind::Duration,
        "how long the secret before a rotation goes on signing beside the new one",
    ),
    key(
        "webhooks.seal_keys",
        "",
        Kind::Secret,
        "keys that seal the secrets of endpoints in the database, each 32 bytes in base64; the first one seals, all open; empty = they are stored as they are",
    ),
    key(
        "webhooks.trusted_certificates",
        "",
        Kind::Text,
        "a file of certificates in PEM whose holders webhooks may go to, beside those that this machine trusts: for receivers with certificates of an authority of your own",
    ),
    key("webhooks.log_retention", "30d", Kind::Duration, "how long deliveries that ended can be looked at"),
    key(
        "search.enabled",
        "true",
        Kind::Switch,
        "whether this server searches the catalog, with an index in data_dir",
    ),
    key(
        "search.synonyms",
        "",
        Kind::Words,
        "words that mean the same to whoever searches, such as sofa=couch=settee; several groups with commas",
    ),
    key("orders.reservation_ttl", "15m", Kind::Duration, "how long stock of an unpaid order is kept"),
    key("orders.number_start", "1001", Kind::Count(1, 1_000_000_000), "the number of the first order"),
    key("orders.number_prefix", "", Kind::Text, "what stands before the number of an order"),
    key(
        "orders.oversell",
        "deny",
        Kind::Choice(&["deny", "allow"]),
        "deny | allow, for variants that do not say",
    ),
    key("limits.order_lines", "500", Kind::Count(1, 5_000), "items of one order over HTTP"),
    key("limits.import_lines", "5000", Kind::Count(1, 50_000), "items of one order in an import"),
    key(
        "locations.priority",
        "",
        Kind::Words,
        "where to reserve first; empty = the default location, then the others by name",
    ),
    key(
        "payments.default",
        "fake",
        Kind::Choice(&["fake", "manual", "stripe"]),
        "the gateway of payments that name none",
    ),
    key(
        "payments.fake_books",
        "",
        Kind::Text,
        "a file for the books of the fake gateway, which servers of one machine may share; empty = beside the SQLite database, else in memory",
    ),
    known_as(
        "STRIPE_SECRET_KEY",
        key(
            "payments.stripe.secret_key",
            "",
            Kind::Secret,
            "sk_… or rk_… of the Stripe account; empty = no gateway 'stripe'",
        ),
    ),
    known_as(
        "STRIPE_WEBHOOK_SECRET",
        key(
            "payments.stripe.webhook_secret",
            "",
            Kind::Secret,
            "whsec_… of the endpoint /gateways/stripe/webhook; several with commas while one replaces the other",
        ),
    ),
    key(
        "payments.stripe.return_url",
        "",
        Kind::WebAddress,
        "where banks send buyers back to after 3-D Secure; empty = the shop's page finishes it with the client secret",
    ),
    key(
        "payments.stripe.url",
        "https://api.stripe.com",
        Kind::WebAddress,
        "where Stripe is; something else only for tests",
    ),
    key("tax.included", "true", Kind::Switch, "whether prices hold their tax"),
    key(
        "tax.rates",
        "",
        Kind::Decimals,
        "the rate by tax code, such as { standard = \"0.19\", reduced = \"0.07\" }",
    ),
    key("idempotency.ttl", "48h", Kind::Duration, "how long keys are remembered, by the store's clock"),
    key("idempotency.require", "false", Kind::Switch, "refuse a POST without Idempotency-Key"),
    key(
        "rate_limit.secret",
        "",
        Kind::Rate,
        "per secret key; empty = no limit: a storefront sends all its buyers through one key",
    ),
    key("rate_limit.publishable", "120/min", Kind::Rate, "per address, with publishable keys"),
    key("rate_limit.anonymous", "120/min", Kind::Rate, "per address, without a key that is known"),
    key("admin.enabled", "true", Kind::Switch, "whether this server shows the dashboard, under /admin"),
    known_as(
        "SUTLER_ADMIN_EMAIL",
        key(
            "admin.email",
            "",
            Kind::Text,
            "the first administrator: made at start if nobody signs in by this address",
        ),
    ),
    known_as(
        "SUTLER_ADMIN_PASSWORD",
        key("admin.password", "", Kind::Secret, "their password, 12 characters or more; better in a file"),
    ),
    key(
        "admin.session_ttl",
        "12h",
        Kind::Duration,
        "how long somebody stays signed in, however much they do",
    ),
    key("admin.session_idle", "2h", Kind::Duration, "how long somebody stays signed in who does nothing"),
    key(
        "admin.support_refund_max",
        "10000",
        Kind::Count(0, 1_000_000_000),
        "the most of one order that whoever may only give refunds (the role support) gives back, in minor units",
    ),
    known_as(
        "LOG_LEVEL",
        key(
            "log.level",
            "info",
            Kind::Choice(&["error", "warn", "info", "debug", "trace"]),
            "error | warn | info | debug | trace",
        ),
    ),
    key(
        "log.format",
        "auto",
        Kind::Choice(&["auto", "pretty", "json"]),
        "auto = pretty on a terminal, json otherwise",
    ),
    key("metrics.listen", "", Kind::AddressOrNothing, "empty = same port, loopback or token"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stands_once_and_sections_stay_together() {
        let mut seen: Vec<&str> = Vec::new();
        for key in KEYS {
            let section = key.path.split_once('.').map_or("", |(section, _)| section);
            if seen.last() != Some(&section) {
                assert!(!seen.contains(&section), "the section of {} is torn apart", key.path);
                seen.push(section);
            }
        }
    }

    #[test]
    fn variables_nest_with_two_underscores() {
        assert_eq!(Key::of("http.max_body").unwrap().variable(), "SUTLER_HTTP__MAX_BODY");
        assert_eq!(Key::of("data_dir").unwrap().variable(), "SUTLER_DATA_DIR");
    }
}
