//! The page itself. What stands in the store is looked up when somebody asks.

use std::time::Duration;

use sutler_app::job::JobState;
use sutler_app::ports::ReadError;

use crate::rest::Api;

/// How long the store may take; a page that comes too late is none.
const STORE_PATIENCE: Duration = Duration::from_secs(3);

/// The text of `/metrics`. A store that is away does not take the page with it: `sutler_ready` says so, and what only the
/// store knows stays as it was.
pub(in crate::rest) async fn text(api: &Api) -> String {
    let looked = tokio::time::timeout(STORE_PATIENCE, look(api)).await;
    let ready = matches!(looked, Ok(Ok(()))) && !api.is_draining();
    metrics::gauge!("sutler_ready").set(if ready { 1.0 } else { 0.0 });
    streams(api);
    api.metrics.render()
}

/// What the streams of events of this process do.
fn streams(api: &Api) {
    let live = &api.app.live;
    metrics::gauge!("sutler_event_streams").set(number(u64::try_from(live.readers()).unwrap_or(u64::MAX)));
    metrics::gauge!("sutler_event_streams_behind").set(number(live.behind()));
    metrics::counter!("sutler_event_streams_slow_total").absolute(live.let_go());
}

/// What the store knows.
async fn look(api: &Api) -> Result<(), ReadError> {
    let ports = &api.app.ports;
    metrics::gauge!("sutler_log_position").set(number(ports.feed.head().borrow().0));
    let now = ports.clock.now();
    for queue in api.app.jobs.look_at_queues().await? {
        let name = queue.name;
        for (state, count) in JobState::ALL.into_iter().zip(queue.counts) {
            metrics::gauge!("sutler_jobs", "queue" => name, "state" => state.as_str()).set(number(count));
        }
        let oldest = queue.due_since.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0));
        metrics::gauge!("sutler_jobs_oldest_seconds", "queue" => name).set(oldest);
        metrics::gauge!("sutler_queue_paused", "queue" => name)
            .set(f64::from(u8::from(queue.paused.is_some())));
    }
    if api.app.bus.is_there() {
        outbox(api).await?;
    }
    webhooks(api).await
}

/// What waits for the post, as any node sees it, and what the post of this process did.
async fn webhooks(api: &Api) -> Result<(), ReadError> {
    let deliveries = &api.app.ports.deliveries;
    let endpoints = deliveries.endpoints().await?;
    let disabled = endpoints.iter().filter(|endpoint| endpoint.value.disabled.is_some()).count();
    for (state, count) in [("enabled", endpoints.len() - disabled), ("disabled", disabled)] {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        metrics::gauge!("sutler_webhook_endpoints", "state" => state).set(number(count));
    }
    let (waiting, now) = (deliveries.waiting().await?, api.app.ports.clock.now());
    let overdue = waiting.due_at.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0));
    metrics::gauge!("sutler_webhook_waiting").set(number(waiting.deliveries));
    metrics::gauge!("sutler_webhook_overdue_seconds").set(overdue);
    let signs = api.app.webhooks.signs();
    for (result, count) in [("delivered", signs.delivered()), ("failed", signs.failed())] {
        metrics::counter!("sutler_webhook_attempts_total", "result" => result).absolute(count);
    }
    Ok(())
}

/// How far the bus is behind the log, as any node sees it, and what the relay of this process did.
async fn outbox(api: &Api) -> Result<(), ReadError> {
    let backlog = api.app.bus.backlog().await?;
    let now = api.app.ports.clock.now();
    let oldest = backlog.oldest_at.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0));
    metrics::gauge!("sutler_outbox_pending").set(number(backlog.events));
    metrics::gauge!("sutler_outbox_oldest_seconds").set(oldest);
    let signs = api.app.bus.signs();
    metrics::counter!("sutler_outbox_published_total").absolute(signs.published());
    for (reason, count) in signs.rewinds() {
        metrics::counter!("sutler_outbox_rewinds_total", "reason" => reason).absolute(count);
    }
    Ok(())
}

/// A count as a gauge holds it: exact up to 32 bits, and in steps of 2^32 beyond.
fn number(count: u64) -> f64 {
    let [high, low] =
        [count >> 32, count & u64::from(u32::MAX)].map(|half| u32::try_from(half).unwrap_or(u32::MAX));
    f64::from(high).mul_add(4_294_967_296.0, f64::from(low))
}
