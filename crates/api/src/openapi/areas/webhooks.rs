//! Endpoints of webhooks, and deliveries to them.

use sutler_app::webhooks::DeliveryState;
use sutler_types::webhook::{
    NewWebhookEndpoint, RecoverWebhooks, WebhookDelivery, WebhookEndpoint, WebhookEndpointPatch,
    WebhookRecovery, WebhookTest,
};

use sutler_types::Nothing;

use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{id, page, words};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        of("list_webhook_endpoints").gives_list::<WebhookEndpoint>(),
        of("create_webhook_endpoint")
            .about("The secret is in this answer and nowhere else, ever; a repeat makes another endpoint.")
            .takes::<NewWebhookEndpoint>()
            .versioned()
            .gives::<WebhookEndpoint>(201, "The endpoint, with its secret.")
            .codes(&["too_many_endpoints"]),
        of("get_webhook_endpoint").gives::<WebhookEndpoint>(200, "The endpoint, and how it fares."),
        of("update_webhook_endpoint")
            .merges::<WebhookEndpointPatch>()
            .conditional()
            .versioned()
            .gives::<WebhookEndpoint>(200, "The endpoint after it."),
        of("delete_webhook_endpoint").gives_nothing(),
        of("test_webhook_endpoint")
            .may_take::<Nothing>()
            .gives::<WebhookTest>(202, "A ping is on its way; its delivery tells how it went.")
            .codes(&["invalid_transition"]),
        of("rotate_webhook_secret")
            .about("The old secret signs beside the new one for a while.")
            .may_take::<Nothing>()
            .versioned()
            .gives::<WebhookEndpoint>(200, "The endpoint, with its new secret.")
            .codes(&["invalid_transition"]),
        of("enable_webhook_endpoint")
            .may_take::<Nothing>()
            .versioned()
            .gives::<WebhookEndpoint>(200, "The endpoint, which gets events again."),
        of("recover_webhooks")
            .takes::<RecoverWebhooks>()
            .gives::<WebhookRecovery>(200, "What was queued, or would have been.")
            .codes(&["invalid_transition"]),
        of("list_webhook_deliveries")
            .query([
                id("webhook_endpoint_id", "whe", "To this endpoint."),
                id("event_id", "evt", "Of this event."),
                words("state", "In these states.", DeliveryState::ALL.map(DeliveryState::as_str)),
            ])
            .query(page())
            .gives_page::<WebhookDelivery>(),
        of("get_webhook_delivery").gives::<WebhookDelivery>(200, "The delivery, with every attempt."),
        of("resend_webhook_delivery")
            .may_take::<Nothing>()
            .gives::<WebhookDelivery>(200, "The delivery, which is made again at once.")
            .codes(&["invalid_transition"]),
    ]
}
