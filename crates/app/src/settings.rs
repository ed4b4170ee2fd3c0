//! How a shop is run. Every value has a default and is documented in `sutler.toml`.

use jiff::SignedDuration;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use sutler_domain::catalog::Oversell;
use sutler_domain::{Currency, LocationId};

use crate::search::Synonyms;
use crate::webhooks::address::Reach;
use crate::webhooks::schedule;
use crate::webhooks::seal::SealKeys;

/// How a shop is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The shop: `live` or `test`; the scope of idempotency keys.
    pub shop: String,
    /// The currency of amounts that name none.
    pub currency: Currency,
    /// How long the stock of an unpaid order, or of a basket, is kept.
    pub reservation_ttl: SignedDuration,
    /// What stands before an order's number.
    pub number_prefix: String,
    /// Whether variants that do not say may be oversold.
    pub oversell: Oversell,
    /// Items of one order over HTTP.
    pub order_lines_max: usize,
    /// Items of one order in an import.
    pub import_lines_max: usize,
    /// Where to reserve first; locations not named follow by name, the default location before them.
    pub locations_priority: Vec<LocationId>,
    /// The gateway of payments that name none.
    pub default_gateway: String,
    /// The tax rate by tax code, for items that name no tax; the empty code is for variants without one.
    pub tax_rates: BTreeMap<String, Decimal>,
    /// Whether prices hold their tax.
    pub tax_included: bool,
    /// Where the server is reached from outside: the source of events, the base of links.
    pub public_url: String,
    /// Whether a POST without an idempotency key is refused.
    pub require_idempotency_key: bool,
    /// Whether a change without `If-Match` is refused.
    pub require_if_match: bool,
    /// How far back `GET /events` reaches.
    pub events_retention: SignedDuration,
    /// How long a worker may keep a job without a sign of life.
    pub job_lease: SignedDuration,
    /// How far webhooks may go.
    pub webhooks_reach: Reach,
    /// The waits before the attempts of a delivery after its first one.
    pub webhooks_waits: Vec<SignedDuration>,
    /// How long somebody stays signed in, however much they do.
    pub session_ttl: SignedDuration,
    /// How long somebody stays signed in who does nothing.
    pub session_idle: SignedDuration,
    /// The most that whoever may only give refunds gives back at once, in minor units of the shop's currency.
    pub support_refund_max: i64,
    /// How long the secret before a rotation goes on signing.
    pub webhooks_overlap: SignedDuration,
    /// What secrets of endpoints are sealed with where they are stored.
    pub webhooks_seal: SealKeys,
    /// Words that mean the same to whoever searches.
    pub search_synonyms: Synonyms,
}

impl Settings {
    /// The defaults of a shop that trades in `currency`.
    pub fn new(currency: Currency) -> Self {
        Self {
            shop: "live".to_owned(),
            currency,
            reservation_ttl: SignedDuration::from_mins(15),
            number_prefix: String::new(),
            oversell: Oversell::Deny,
            order_lines_max: 500,
            import_lines_max: 5_000,
            locations_priority: Vec::new(),
            default_gateway: "fake".to_owned(),
            tax_rates: BTreeMap::new(),
            tax_included: true,
            public_url: "http://127.0.0.1:8420".to_owned(),
            require_idempotency_key: false,
            require_if_match: false,
            events_retention: SignedDuration::from_hours(90 * 24),
            job_lease: crate::job::LEASE,
            webhooks_reach: Reach::default(),
            webhooks_waits: schedule::WAITS.into(),
            session_ttl: SignedDuration::from_hours(12),
            session_idle: SignedDuration::from_hours(2),
            support_refund_max: 10_000,
            webhooks_overlap: SignedDuration::from_hours(24),
            webhooks_seal: SealKeys::default(),
            search_synonyms: Synonyms::default(),
        }
    }
}
