//! What the configuration says to the engine and to the doors, in their own words.

use std::time::Duration;

use jiff::SignedDuration;
use sutler_api::rest;
use sutler_app::Settings;
use sutler_app::webhooks::address::Reach;

use crate::config::Config;

/// How far webhooks may go: a developer's receiver is on the same machine.
const fn reach(config: &Config, dev: bool) -> Reach {
    match (config.webhooks.allow_private, dev) {
        (true, _) => Reach::Anywhere,
        (false, true) => Reach::Loopback,
        (false, false) => Reach::Public,
    }
}

/// How the engine is run; `address` is where it can be reached when the configuration names no public address.
pub(crate) fn settings(config: &Config, address: &str, dev: bool) -> Settings {
    Settings {
        shop: config.mode.as_str().to_owned(),
        reservation_ttl: signed(config.orders.reservation_ttl),
        number_prefix: config.orders.number_prefix.clone(),
        oversell: config.orders.oversell,
        order_lines_max: config.orders.lines_max,
        import_lines_max: config.orders.import_lines_max,
        locations_priority: config.locations_priority.clone(),
        default_gateway: config.default_gateway.clone(),
        tax_rates: config.tax.rates.clone(),
        tax_included: config.tax.included,
        public_url: config.public_url.clone().unwrap_or_else(|| address.to_owned()),
        require_idempotency_key: config.idempotency.require,
        require_if_match: config.require_if_match,
        events_retention: signed(config.events_retention),
        job_lease: signed(config.jobs.lease),
        webhooks_reach: reach(config, dev),
        webhooks_waits: config.webhooks.retries.iter().map(|wait| signed(*wait)).collect(),
        webhooks_overlap: signed(config.webhooks.secret_overlap),
        webhooks_seal: config.webhooks.seal.clone(),
        session_ttl: signed(config.admin.session_ttl),
        session_idle: signed(config.admin.session_idle),
        search_synonyms: config.search.synonyms.clone(),
        support_refund_max: i64::try_from(config.admin.support_refund_max).unwrap_or(i64::MAX),
        ..Settings::new(config.currency)
    }
}

/// How the doors are run.
pub(super) fn door(config: &Config, dev: bool) -> rest::Options {
    rest::Options {
        dev,
        body_bytes_max: config.http.max_body_bytes,
        request_timeout: config.http.request_timeout,
        cors_origins: config.cors_origins.clone(),
        publishable_per_min: config.rate_limit.publishable_per_min,
        secret_per_min: config.rate_limit.secret_per_min,
        anonymous_per_min: config.rate_limit.anonymous_per_min,
        trusted_proxies: config.http.trusted_proxies.clone(),
        event_streams_max: config.event_streams_max,
        event_stream_rate: config.event_stream_rate,
        dashboard: config.admin.enabled,
        version: env!("CARGO_PKG_VERSION"),
        commit: crate::commands::about::COMMIT,
        ..rest::Options::default()
    }
}

/// Durations of a configuration end long before the range of the type does.
pub(super) fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
