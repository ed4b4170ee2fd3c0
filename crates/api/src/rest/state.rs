//! What every handler holds: the menu, and how this door is run.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use metrics_exporter_prometheus::PrometheusHandle;
use sutler_app::App;
use tokio::sync::watch;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::orders::Files;
use super::quota::{self, Quotas};
use super::rendered::Rendered;
use super::system::{Figures, Streams};
use super::turn::{PLACING_MAX, Turns};
use super::{TrustedProxies, metrics};
use crate::dashboard::{Looked, Pulse};
use crate::graphql::{Documents, Persisted};

/// Open streams of events, unless the shop says otherwise.
const EVENT_STREAMS_DEFAULT: usize = 2_000;

/// Where nothing else is asked for: events told to all streams of a node in a second.
const EVENT_STREAM_RATE_DEFAULT: u32 = 50_000;

/// How the REST door is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sutler dev`: a request from loopback without a key acts as the dev key, and `sk_dev_sutler` is a key.
    pub dev: bool,
    /// Where the problem pages are reached; the start of every problem's `type`. Empty: the shop's public URL.
    pub docs_url: String,
    /// The largest body, in bytes.
    pub body_bytes_max: usize,
    /// How long a body may take to arrive. An answer may take this and, with `Prefer: wait`, 30 s more.
    pub request_timeout: Duration,
    /// Origins whose pages may call; empty: no CORS.
    pub cors_origins: Vec<String>,
    /// Requests a minute from one address with a publishable key; `None`: any number.
    pub publishable_per_min: Option<u32>,
    /// Requests a minute with one secret key; `None`: any number.
    pub secret_per_min: Option<u32>,
    /// Requests a minute from one address without a key that is known; `None`: any number.
    pub anonymous_per_min: Option<u32>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Open streams of events; more are sent away.
    pub event_streams_max: usize,
    /// Events that all streams together are told in a second; at more they lag.
    pub event_stream_rate: u32,
    /// Whether the dashboard answers, under `/admin`.
    pub dashboard: bool,
    /// The program's version, for `/metrics`.
    pub version: &'static str,
    /// The commit it was built from, for `/metrics`.
    pub commit: &'static str,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dev: false,
            docs_url: String::new(),
            body_bytes_max: 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            cors_origins: Vec::new(),
            publishable_per_min: Some(120),
            secret_per_min: None,
            anonymous_per_min: Some(120),
            trusted_proxies: TrustedProxies::default(),
            event_streams_max: EVENT_STREAMS_DEFAULT,
            event_stream_rate: EVENT_STREAM_RATE_DEFAULT,
            dashboard: true,
            version: env!("CARGO_PKG_VERSION"),
            commit: "",
        }
    }
}

/// The state of the door. Every layer and every handler of a request holds one, so a clone is one count and no more.
#[derive(Clone)]
pub struct Api(Arc<Door>);

/// What a door consists of.
pub struct Door {
    /// The menu.
    pub app: App,
    /// How the door is run.
    pub options: Options,
    pub(crate) quotas: Quotas,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) turns: Turns,
    pub(crate) streams: Streams,
    pub(crate) figures: Figures,
    pub(crate) rendered: Rendered,
    pub(crate) looked: Looked,
    pub(crate) pulse: Pulse,
    pub(crate) files: Files,
    draining: watch::Sender<bool>,
    pub(crate) persisted: Persisted,
    pub(crate) documents: Documents,
}

impl Deref for Api {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.0
    }
}

impl Api {
    /// A door to this menu.
    pub fn new(app: App, mut options: Options) -> Self {
        if options.docs_url.is_empty() {
            options.docs_url.clone_from(&app.settings.public_url);
        }
        let metrics = metrics::recorder();
        metrics::build_info(&options);
        metrics::begin(&app);
        Self(Arc::new(Door {
            quotas: Quotas::new(&options),
            streams: Streams::new(options.event_streams_max, options.event_stream_rate),
            figures: Figures::default(),
            app,
            options,
            metrics,
            turns: Turns::new(PLACING_MAX),
            rendered: Rendered::default(),
            looked: Looked::default(),
            pulse: Pulse::default(),
            files: Files::default(),
            draining: watch::Sender::new(false),
            persisted: Persisted::default(),
            documents: Documents::default(),
        }))
    }

    /// From now on `/readyz` answers 503, so that a balancer sends nothing new. What is under way goes on.
    pub fn drain(&self) {
        self.draining.send_replace(true);
    }

    /// End the streams of events, which would go on for ever. Their readers connect again, and go on where they were.
    pub fn end_streams(&self) {
        self.app.live.close();
    }

    /// Whether [`Api::drain`] was called.
    pub fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Sees when [`Api::drain`] is called, for answers that go on for long.
    pub(crate) fn draining(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }

    /// To be called every few seconds: without it histograms and the counters of addresses grow for ever.
    pub fn upkeep(&self) {
        self.metrics.run_upkeep();
        self.quotas.forget_the_idle();
        for (gateway, (differences, at)) in self.app.payments.compared() {
            metrics::reconciled(&gateway, differences, at);
        }
    }
}

/// CORS for the listed origins; without any, no header at all.
pub(super) fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins = origins.iter().filter_map(|origin| origin.parse().ok());
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("prefer"),
            HeaderName::from_static("x-request-id"),
        ])
        .expose_headers(
            quota::HEADERS
                .into_iter()
                .cloned()
                .chain([
                    header::ETAG,
                    header::LINK,
                    header::LOCATION,
                    header::RETRY_AFTER,
                    HeaderName::from_static("idempotency-replayed"),
                    HeaderName::from_static("x-request-id"),
                ])
                .collect::<Vec<_>>(),
        )
        .max_age(Duration::from_mins(10));
    Some(layer)
}
