//! Numbers for Prometheus. Labels are bounded: route templates and words of ours, never ids.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sutler_app::ports::OrderReads;
use sutler_app::ports::reads::OrderName;
use sutler_app::relay::Handler;
use sutler_app::stream::StreamKind;
use sutler_app::{Problem, Recorded};
use sutler_domain::PaymentId;
use sutler_domain::orders::OrderEvent;
use sutler_domain::payments::Operation;

use super::{Api, Options};

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
        describe();
        handle
    };
    RECORDER.get_or_init(install).clone()
}

fn describe() {
    use metrics::{describe_counter as counter, describe_gauge as gauge, describe_histogram as histogram};
    histogram!("http_server_request_duration_seconds", "How long requests took.");
    counter!("sutler_orders_placed_total", "Placements, by outcome.");
    histogram!("sutler_order_place_duration_seconds", "How long placements took.");
    counter!("sutler_out_of_stock_total", "Placements refused for stock.");
    counter!("sutler_payments_total", "What gateways said, by gateway, operation and outcome.");
    counter!("sutler_idempotency_total", "Requests with an idempotency key, by result.");
    counter!("sutler_version_conflicts_total", "Changes refused for a stale If-Match, by resource.");
    counter!("sutler_rate_limited_total", "Requests refused for their quota, by kind of key.");
    gauge!("sutler_jobs", "Jobs, by queue and state.");
    gauge!("sutler_build_info", "1, with the version and the commit as labels.");
}

pub(super) fn build_info(options: &Options) {
    metrics::gauge!("sutler_build_info", "version" => options.version, "commit" => options.commit).set(1.0);
}

/// A request was answered.
pub(super) fn request(method: &Method, route: &str, status: StatusCode, took: Duration) {
    // A stranger may invent methods; a label must not grow with them.
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let method = if known.contains(method) { method.as_str() } else { "other" };
    let labels =
        [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.as_str().to_owned())];
    metrics::histogram!("http_server_request_duration_seconds", &labels).record(took.as_secs_f64());
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

/// Counts what gateways said, from the log: to be registered as a reader of the feed.
pub struct PaymentCounts {
    /// Where the gateway of a payment is looked up.
    pub orders: Arc<dyn OrderReads>,
}

#[async_trait]
impl Handler for PaymentCounts {
    async fn handle(&self, event: &Recorded) -> Result<(), String> {
        let Some((payment_id, operation, outcome)) = said(event) else { return Ok(()) };
        let name = OrderName::Part(payment_id.to_string());
        let order = self.orders.order(&name).await.map_err(|error| error.to_string())?;
        let payment = order.as_ref().and_then(|order| order.value.payment(&payment_id));
        let gateway = payment.map(|payment| payment.gateway.clone()).unwrap_or_default();
        let labels =
            [("gateway", gateway), ("operation", operation.as_str().into()), ("outcome", outcome.to_owned())];
        metrics::counter!("sutler_payments_total", &labels).increment(1);
        Ok(())
    }
}

/// Which payment an event is about, what the gateway was asked, and what it said.
fn said(event: &Recorded) -> Option<(PaymentId, Operation, &'static str)> {
    if event.stream.kind() != StreamKind::Order {
        return None;
    }
    Some(match event.read().ok()? {
        OrderEvent::PaymentAuthorized { payment_id, .. } => (payment_id, Operation::Authorize, "succeeded"),
        OrderEvent::PaymentProcessed { payment_id, operation, .. } => (payment_id, operation, "succeeded"),
        OrderEvent::PaymentFailed { payment_id, operation, .. } => (payment_id, operation, "failed"),
        OrderEvent::PaymentOutcomeUnknown { payment_id, operation, .. } => (payment_id, operation, "unknown"),
        OrderEvent::PaymentVoided { payment_id, .. } => (payment_id, Operation::Void, "succeeded"),
        OrderEvent::RefundSucceeded { payment_id, .. } => (payment_id, Operation::Refund, "succeeded"),
        OrderEvent::RefundFailed { payment_id, .. } => (payment_id, Operation::Refund, "failed"),
        _ => return None,
    })
}

/// The text of `/metrics`; what stands in the store is counted now.
pub(super) async fn text(api: &Api) -> Result<String, Problem> {
    for (state, count) in api.app.ports.jobs.counts().await? {
        let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("sutler_jobs", "queue" => "default", "state" => state).set(count);
    }
    Ok(api.metrics.render())
}
