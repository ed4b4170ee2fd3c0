//! Numbers for Prometheus. Labels are bounded: route templates and words of ours, never ids.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use metrics::Histogram;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use parking_lot::RwLock;
use sutler_app::job::JobEvent;
use sutler_app::ports::OrderReads;
use sutler_app::ports::reads::OrderName;
use sutler_app::relay::Handler;
use sutler_app::stream::StreamKind;
use sutler_app::{Problem, Recorded};
use sutler_domain::inventory::ReservationEvent;
use sutler_domain::orders::OrderEvent;
use sutler_domain::payments::Operation;
use sutler_domain::{OrderId, PaymentId};

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
    counter!("sutler_revenue_minor_units_total", "Money taken, in minor units, by currency.");
    counter!("sutler_reservation_expired_total", "Reservations of orders and baskets whose time ran out.");
    counter!(
        "sutler_cache_requests_total",
        "Products asked of each tier of the catalog, by tier and result."
    );
    counter!("sutler_job_dead_total", "Jobs given up after their last attempt, by kind.");
    gauge!("sutler_jobs", "Jobs, by queue and state.");
    gauge!("sutler_outbox_pending", "Events of the log that are still to be published to the bus.");
    gauge!("sutler_outbox_oldest_seconds", "For how long the oldest of them has been waiting.");
    counter!("sutler_outbox_published_total", "Events that the bus acknowledged to this process.");
    counter!("sutler_outbox_rewinds_total", "How often events were published anew, by what was lost.");
    gauge!("sutler_build_info", "1, with the version and the commit as labels.");
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

/// Counts what gateways said, the money taken, and what ended badly by itself, from the log: to be registered as a
/// reader of the feed.
pub struct PaymentCounts {
    /// Where the gateway of a payment is looked up.
    pub orders: Arc<dyn OrderReads>,
}

#[async_trait]
impl Handler for PaymentCounts {
    async fn handle(&self, event: &Recorded) -> Result<(), String> {
        // The lookup comes first: an event whose lookup fails is handed in again, and must not count twice.
        if let Some((payment_id, operation, outcome)) = said(event) {
            let name = OrderName::Id(OrderId::trusted(event.stream.id().into()));
            let order = self.orders.order(&name).await.map_err(|error| error.to_string())?;
            let payment = order.as_ref().and_then(|order| order.value.payment(&payment_id));
            let gateway = payment.map(|payment| payment.gateway.clone()).unwrap_or_default();
            let operation = operation.as_str().to_owned();
            let labels = [("gateway", gateway), ("operation", operation), ("outcome", outcome.to_owned())];
            metrics::counter!("sutler_payments_total", &labels).increment(1);
        }
        count(event);
        Ok(())
    }
}

/// Count what an event says by itself. One that cannot be read counts for nothing, and most need not be.
fn count(event: &Recorded) {
    match event.stream.kind() {
        StreamKind::Order if !matches!(event.name.as_str(), "PaymentProcessed" | "StockReleased") => {}
        StreamKind::Order => match event.read() {
            Ok(OrderEvent::PaymentProcessed { amount, .. }) => {
                // What is taken is positive; a counter never falls.
                let minor_units = u64::try_from(amount.amount).unwrap_or(0);
                let currency = amount.currency.to_string();
                metrics::counter!("sutler_revenue_minor_units_total", "currency" => currency)
                    .increment(minor_units);
            }
            Ok(OrderEvent::StockReleased { expired: true, .. }) => reservation_expired(),
            _ => {}
        },
        StreamKind::Reservation => {
            if let Ok(ReservationEvent::ReservationExpired {}) = event.read() {
                reservation_expired();
            }
        }
        StreamKind::Job => {
            if let Ok(JobEvent::JobDead { kind, .. }) = event.read() {
                metrics::counter!("sutler_job_dead_total", "kind" => kind).increment(1);
            }
        }
        _ => {}
    }
}

fn reservation_expired() {
    metrics::counter!("sutler_reservation_expired_total").increment(1);
}

/// Which payment an event is about, what the gateway was asked, and what it said.
fn said(event: &Recorded) -> Option<(PaymentId, Operation, &'static str)> {
    let of_money = event.name.starts_with("Payment") || event.name.starts_with("Refund");
    if event.stream.kind() != StreamKind::Order || !of_money {
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
    if api.app.bus.is_there() {
        outbox(api).await?;
    }
    Ok(api.metrics.render())
}

/// How far the bus is behind the log, as any node sees it, and what the relay of this process did.
async fn outbox(api: &Api) -> Result<(), Problem> {
    let backlog = api.app.bus.backlog().await?;
    let pending = f64::from(u32::try_from(backlog.events).unwrap_or(u32::MAX));
    let now = api.app.ports.clock.now();
    let oldest = backlog.oldest_at.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0));
    metrics::gauge!("sutler_outbox_pending").set(pending);
    metrics::gauge!("sutler_outbox_oldest_seconds").set(oldest);
    let signs = api.app.bus.signs();
    metrics::counter!("sutler_outbox_published_total").absolute(signs.published());
    for (reason, count) in signs.rewinds() {
        metrics::counter!("sutler_outbox_rewinds_total", "reason" => reason).absolute(count);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sutler_app::stream::StreamId;
    use sutler_domain::{EventId, Position, Version};

    /// What `/metrics` shows once these events were counted by a recorder of the test's own.
    fn counted(events: &[(StreamKind, serde_json::Value)]) -> String {
        let recorder = PrometheusBuilder::new().build_recorder();
        let read_back = |(kind, body): &(StreamKind, serde_json::Value)| Recorded {
            position: Position(1),
            event_id: EventId::parse("evt_01h455vb4pex5vsknk084sn02q").unwrap(),
            stream: StreamId::new(*kind, "x"),
            version: Version(1),
            name: body.as_object().and_then(|body| body.keys().next()).unwrap().clone(),
            body: body.to_string(),
            at: "2026-11-22T13:06:56.120Z".parse().unwrap(),
            recorded_at: "2026-11-22T13:06:56.120Z".parse().unwrap(),
            actor: "system".to_owned(),
            causation: None,
            traceparent: None,
            number: None,
            hash: [0; 32],
        };
        metrics::with_local_recorder(&recorder, || {
            events.iter().map(read_back).for_each(|event| count(&event));
        });
        recorder.handle().render()
    }

    #[test]
    fn money_taken_is_counted_by_currency() {
        let taken = |amount: i64, currency: &str| {
            let body = json!({"PaymentProcessed": {
                "order_id": "ord_01h455vb4pex5vsknk084sn02q", "payment_id": "pay_01h455vb4pex5vsknk084sn02q", "amount": {"amount": amount, "currency": currency},
                "transaction_id": "t", "operation": "charge", "n": 1
            }});
            (StreamKind::Order, body)
        };
        let text = counted(&[taken(1000, "EUR"), taken(490, "EUR"), taken(7, "USD")]);
        assert!(text.contains("sutler_revenue_minor_units_total{currency=\"EUR\"} 1490"), "{text}");
        assert!(text.contains("sutler_revenue_minor_units_total{currency=\"USD\"} 7"), "{text}");
    }

    #[test]
    fn reservations_that_ran_out_are_counted_and_released_ones_are_not() {
        let released = |expired: bool| json!({"StockReleased": {"lines": [], "expired": expired}});
        let text = counted(&[
            (StreamKind::Order, released(true)),
            (StreamKind::Order, released(false)),
            (StreamKind::Reservation, json!({"ReservationExpired": {}})),
            (StreamKind::Reservation, json!({"ReservationReleased": {}})),
        ]);
        assert!(text.contains("sutler_reservation_expired_total 2"), "{text}");
    }

    #[test]
    fn jobs_given_up_are_counted_by_kind() {
        let dead = json!({"JobDead": {
            "job_id": "job_01h455vb4pex5vsknk084sn02q", "kind": "process_payment", "subject": "order", "attempts": 20, "error": "e"
        }});
        let text = counted(&[(StreamKind::Job, dead)]);
        assert!(text.contains("sutler_job_dead_total{kind=\"process_payment\"} 1"), "{text}");
    }
}
