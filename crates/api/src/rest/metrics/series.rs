//! The series there are. They are there from the start, at nought: a rule about what never happened yet must find it.

use metrics::{counter, gauge, histogram};
use sutler_app::App;
use sutler_app::job::{Ended, JobState, KINDS, QUEUES};
use sutler_domain::payments::Operation;

/// A verification that found nothing.
pub(super) const VERIFIED_CLEAN: &str = "clean";
/// A verification that found differences.
pub(super) const VERIFIED_DIFFERENT: &str = "different";

/// What each series is, for whoever reads the page.
pub(super) fn describe() {
    use metrics::{describe_counter as counter, describe_gauge as gauge, describe_histogram as histogram};
    histogram!("http_server_request_duration_seconds", "How long requests took.");
    counter!("sutler_orders_placed_total", "Placements, by outcome.");
    histogram!("sutler_order_place_duration_seconds", "How long placements took.");
    counter!("sutler_out_of_stock_total", "Placements refused for stock.");
    counter!("sutler_payments_total", "What gateways said, by gateway, operation and outcome.");
    counter!("sutler_gateway_notices_total", "What gateways said by themselves, by gateway and outcome.");
    gauge!("sutler_payments_differences", "Payments that the last comparison found to differ, by gateway.");
    gauge!("sutler_payments_reconciled_at_seconds", "When books were last compared, by gateway; 0: not yet.");
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
    gauge!("sutler_jobs_oldest_seconds", "For how long the job that waits longest has been due, by queue.");
    gauge!("sutler_queue_paused", "1 while nothing of the queue is begun, by queue.");
    counter!("sutler_job_attempts_total", "Attempts of jobs that this process made, by kind and outcome.");
    histogram!("sutler_job_duration_seconds", "How long attempts of jobs took, by kind.");
    gauge!("sutler_outbox_pending", "Events of the log that are still to be published to the bus.");
    gauge!("sutler_outbox_oldest_seconds", "For how long the oldest of them has been waiting.");
    counter!("sutler_outbox_published_total", "Events that the bus acknowledged to this process.");
    counter!("sutler_outbox_rewinds_total", "How often events were published anew, by what was lost.");
    gauge!("sutler_webhook_waiting", "Deliveries of webhooks whose next attempt has a time.");
    gauge!("sutler_webhook_overdue_seconds", "For how long the one that is overdue the longest has been.");
    gauge!("sutler_webhook_endpoints", "Endpoints of webhooks, by state.");
    counter!("sutler_webhook_attempts_total", "Attempts of webhooks by this process, by result.");
    gauge!("sutler_event_streams", "Open streams of events.");
    gauge!("sutler_event_streams_behind", "Positions of the log that open streams were not handed yet.");
    counter!(
        "sutler_event_streams_slow_total",
        "Readers of streams that were let go for being too far behind."
    );
    counter!("sutler_event_streams_held_total", "Waits of streams of events for each other's turn.");
    counter!("sutler_event_streams_refused_total", "Streams of events refused because too many were open.");
    gauge!("sutler_ready", "1 while this server can use its store and does not end.");
    gauge!("sutler_log_position", "The position of the newest event of the log.");
    counter!("sutler_verifications_total", "Verifications asked for over HTTP, by result.");
    gauge!("sutler_build_info", "1, with the version and the commit as labels.");
}

/// Begin every series whose labels are known beforehand.
pub(in crate::rest) fn begin(app: &App) {
    let of = |name: &'static str, label: &'static str, words: &[&'static str]| {
        for word in words {
            _ = counter!(name, label => *word);
        }
    };
    of("sutler_orders_placed_total", "outcome", &["placed", "declined", "replayed", "out_of_stock"]);
    of("sutler_idempotency_total", "result", &["new", "replayed", "reused"]);
    of("sutler_version_conflicts_total", "resource", &["orders", "products"]);
    of("sutler_rate_limited_total", "key_kind", &["anonymous", "publishable", "secret"]);
    of("sutler_job_dead_total", "kind", &KINDS.map(|kind| kind.name));
    of("sutler_verifications_total", "result", &[VERIFIED_CLEAN, VERIFIED_DIFFERENT]);
    of("sutler_webhook_attempts_total", "result", &["delivered", "failed"]);
    for state in ["enabled", "disabled"] {
        _ = gauge!("sutler_webhook_endpoints", "state" => state);
    }
    _ = gauge!("sutler_webhook_waiting");
    _ = gauge!("sutler_webhook_overdue_seconds");
    _ = counter!("sutler_out_of_stock_total");
    _ = counter!("sutler_reservation_expired_total");
    _ = counter!("sutler_revenue_minor_units_total", "currency" => app.settings.currency.to_string());
    _ = histogram!("sutler_order_place_duration_seconds");
    _ = gauge!("sutler_event_streams");
    _ = gauge!("sutler_event_streams_behind");
    _ = counter!("sutler_event_streams_slow_total");
    _ = counter!("sutler_event_streams_held_total");
    _ = counter!("sutler_event_streams_refused_total");
    _ = gauge!("sutler_ready");
    jobs();
    for gateway in app.ports.gateways.keys() {
        for operation in Operation::ALL {
            payments(gateway, operation);
        }
        books(gateway);
    }
}

fn jobs() {
    for queue in QUEUES {
        for state in JobState::ALL {
            _ = gauge!("sutler_jobs", "queue" => queue, "state" => state.as_str());
        }
        _ = gauge!("sutler_jobs_oldest_seconds", "queue" => queue);
        _ = gauge!("sutler_queue_paused", "queue" => queue);
    }
    for kind in KINDS {
        for outcome in Ended::ALL {
            let outcome = outcome.as_str();
            _ = counter!("sutler_job_attempts_total", "kind" => kind.name, "outcome" => outcome);
        }
        _ = histogram!("sutler_job_duration_seconds", "kind" => kind.name);
    }
}

/// What is known of a gateway's books and notices.
fn books(gateway: &str) {
    for outcome in ["taken", "repeated", "not_ours"] {
        let labels = [("gateway", gateway.to_owned()), ("outcome", outcome.to_owned())];
        _ = counter!("sutler_gateway_notices_total", &labels);
    }
    _ = gauge!("sutler_payments_differences", "gateway" => gateway.to_owned());
    _ = gauge!("sutler_payments_reconciled_at_seconds", "gateway" => gateway.to_owned());
}

fn payments(gateway: &str, operation: Operation) {
    for outcome in ["succeeded", "failed", "unknown"] {
        let labels = [
            ("gateway", gateway.to_owned()),
            ("operation", operation.as_str().to_owned()),
            ("outcome", outcome.to_owned()),
        ];
        _ = counter!("sutler_payments_total", &labels);
    }
}
