//! What is counted from the log, by a reader of it: each server that works counts every event once.

use std::sync::Arc;

use async_trait::async_trait;
use sutler_app::Recorded;
use sutler_app::job::JobEvent;
use sutler_app::ports::OrderReads;
use sutler_app::ports::reads::OrderName;
use sutler_app::relay::Handler;
use sutler_app::stream::StreamKind;
use sutler_domain::inventory::ReservationEvent;
use sutler_domain::orders::OrderEvent;
use sutler_domain::payments::Operation;
use sutler_domain::{OrderId, PaymentId};

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

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;
    use serde_json::json;
    use sutler_app::stream::StreamId;
    use sutler_domain::{EventId, Position, Version};

    use super::*;

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
