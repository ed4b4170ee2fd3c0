//! Endpoints and deliveries as JSON.

use sutler_app::ports::Stored;
use sutler_app::public::rfc3339;
use sutler_app::webhooks::signature::Secret;
use sutler_app::webhooks::{Attempt, Delivery, DeliveryState, Endpoint, Health};
use sutler_types::webhook as wire;

pub(super) fn endpoint_body(
    stored: &Stored<Endpoint>,
    health: Option<Health>,
    secret: Option<&Secret>,
) -> wire::WebhookEndpoint {
    let endpoint = &stored.value;
    wire::WebhookEndpoint {
        webhook_endpoint_id: endpoint.endpoint_id.to_string(),
        object: "webhook_endpoint".to_owned(),
        version: stored.version.0,
        url: endpoint.url.clone(),
        types: endpoint.types.clone(),
        description: endpoint.description.clone(),
        payload: endpoint.payload.as_str().to_owned(),
        content_type: endpoint.content_type.clone(),
        ordered: endpoint.ordered,
        include_imports: endpoint.include_imports,
        enabled: endpoint.disabled.is_none(),
        disabled_reason: endpoint.disabled.map(|reason| reason.as_str().to_owned()),
        disabled_at: endpoint.disabled_at.map(rfc3339),
        secret: secret.map(|secret| secret.expose().to_owned()),
        old_secrets_until: endpoint.old_secrets.iter().map(|old| rfc3339(old.until)).collect(),
        health: health.map(|health| wire::WebhookHealth {
            failures: health.failures,
            failing_since: health.failing_since.map(rfc3339),
            last_success_at: health.last_success_at.map(rfc3339),
        }),
        created_at: rfc3339(endpoint.created_at),
        updated_at: rfc3339(endpoint.updated_at),
    }
}

pub(super) fn delivery_body(
    delivery: &Delivery,
    attempts: Option<&[(Attempt, String)]>,
) -> wire::WebhookDelivery {
    let waits = delivery.state == DeliveryState::Waiting;
    let due_at = rfc3339(delivery.due_at);
    wire::WebhookDelivery {
        webhook_delivery_id: delivery.delivery_id.to_string(),
        object: "webhook_delivery".to_owned(),
        webhook_endpoint_id: delivery.endpoint_id.to_string(),
        event_id: delivery.event_id.to_string(),
        kind: delivery.kind.clone(),
        subject: delivery.subject.clone(),
        position: delivery.position.to_string(),
        state: delivery.state.as_str().to_owned(),
        attempt_count: delivery.attempts,
        next_attempt_at: waits.then(|| due_at.clone()),
        ended_at: (!waits).then_some(due_at),
        last_status: delivery.last_status,
        last_error: delivery.last_error.clone(),
        attempts: attempts.map(|attempts| attempts.iter().map(attempt_body).collect()),
        created_at: rfc3339(delivery.created_at),
    }
}

fn attempt_body((attempt, body): &(Attempt, String)) -> wire::WebhookAttempt {
    let timings = &attempt.timings;
    wire::WebhookAttempt {
        attempt: attempt.attempt,
        at: rfc3339(attempt.at),
        request: wire::WebhookRequest {
            url: attempt.url.clone(),
            address: attempt.address.clone(),
            headers: attempt.request_headers.clone(),
            body: body.clone(),
        },
        response: attempt.status.map(|status| wire::WebhookResponse {
            status,
            headers: attempt.response_headers.clone(),
            body: attempt.response_body.clone(),
        }),
        timings: wire::WebhookTimings {
            dns_ms: timings.dns_ms,
            connect_ms: timings.connect_ms,
            tls_ms: timings.tls_ms,
            first_byte_ms: timings.first_byte_ms,
            total_ms: timings.total_ms,
        },
        error: attempt.error.clone(),
    }
}
