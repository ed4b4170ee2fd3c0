//! Numbers for Prometheus. Labels are bounded: route templates and words of ours, never ids.

mod events;
mod page;
mod series;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::Histogram;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use parking_lot::RwLock;
use sutler_app::Problem;

use super::Options;

pub use events::PaymentCounts;
pub(super) use page::text;
pub(super) use series::begin;

/// The buckets that OpenTelemetry gives `http.server.request.duration`, in seconds.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The process's recorder, installed by the first who asks.
pub fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new();
        // Refused for an empty list of buckets only.
        let builder = builder
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder was installed first; /metrics stays empty");
        }
        series::describe();
        handle
    };
    RECORDER.get_or_init(install).clone()
}

pub(super) fn build_info(options: &Options) {
    metrics::gauge!("sutler_build_info", "version" => options.version, "commit" => options.commit).set(1.0);
}

/// The histograms of a route.
type OfRoute = Vec<(Method, StatusCode, Histogram)>;

/// The histograms of requests by route, registered once and looked up for every request.
static REQUESTS: RwLock<BTreeMap<String, OfRoute>> = RwLock::new(BTreeMap::new());

/// A request was answered.
pub(super) fn request(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let took_s = took.as_secs_f64();
    if let Some(known) = REQUESTS.read().get(route)
        && let Some((.., histogram)) = known.iter().find(|(m, s, _)| m == method && *s == status)
    {
        return histogram.record(took_s);
    }
    // A stranger may invent methods; a label must not grow with them, nor what is remembered.
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let is_known = known.contains(method);
    let word = if is_known { method.as_str() } else { "other" };
    let labels =
        [("method", word.to_owned()), ("route", route.to_owned()), ("status", status.as_str().to_owned())];
    let histogram = metrics::histogram!("http_server_request_duration_seconds", &labels);
    histogram.record(took_s);
    if is_known {
        REQUESTS.write().entry(route.to_owned()).or_default().push((method.clone(), status, histogram));
    }
}

/// A placement ended so.
pub(crate) fn placed(outcome: &'static str) {
    metrics::counter!("sutler_orders_placed_total", "outcome" => outcome).increment(1);
}

/// A request with an idempotency key was answered.
pub(crate) fn idempotency(result: &'static str) {
    metrics::counter!("sutler_idempotency_total", "result" => result).increment(1);
}

/// A request failed with a problem that is worth a counter of its own.
pub(super) fn problem(problem: &Problem, route: &str) {
    match problem.code {
        "out_of_stock" => metrics::counter!("sutler_out_of_stock_total").increment(1),
        "idempotency_key_reused" => idempotency("reused"),
        "version_mismatch" => {
            let resource = route.split('/').nth(1).unwrap_or_default().to_owned();
            metrics::counter!("sutler_version_conflicts_total", "resource" => resource).increment(1);
        }
        _ => {}
    }
}

/// The books of a gateway were compared with ours.
pub(super) fn reconciled(gateway: &str, differences: usize, at: jiff::Timestamp) {
    let differences = u32::try_from(differences).unwrap_or(u32::MAX);
    metrics::gauge!("sutler_payments_differences", "gateway" => gateway.to_owned()).set(differences);
    let at_s = u32::try_from(at.as_second()).unwrap_or(u32::MAX);
    metrics::gauge!("sutler_payments_reconciled_at_seconds", "gateway" => gateway.to_owned()).set(at_s);
}

/// A stream of events waits, since all of them together are told as much as they may.
pub(crate) fn stream_held() {
    metrics::counter!("sutler_event_streams_held_total").increment(1);
}

/// A stream of events was refused: all places are taken.
pub(crate) fn stream_refused() {
    metrics::counter!("sutler_event_streams_refused_total").increment(1);
}

/// What is stored was verified; whether it is as it should be.
pub(crate) fn verified(clean: bool) {
    let result = if clean { series::VERIFIED_CLEAN } else { series::VERIFIED_DIFFERENT };
    metrics::counter!("sutler_verifications_total", "result" => result).increment(1);
}
