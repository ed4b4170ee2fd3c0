//! The catalog of public event types, and the names in the log that they stand for.

use sutler_domain::Fault;
use sutler_domain::orders::OrderEvent;

use crate::event::Recorded;

/// A public type of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType {
    /// Such as `payment.captured`.
    pub name: &'static str,
    /// Its name in the log.
    pub logged: &'static str,
    /// When it happens.
    pub description: &'static str,
}

const fn of(name: &'static str, logged: &'static str, description: &'static str) -> EventType {
    EventType { name, logged, description }
}

/// Every public type. Events of the log that stand nowhere here are internal.
pub const TYPES: [EventType; 60] = [
    of("order.placed", "OrderPlaced", "An order was stored; its stock is reserved, its payment pending."),
    of(
        "order.confirmed",
        "OrderConfirmed",
        "Captured + authorized reach the total, or the terms were accepted.",
    ),
    of("order.updated", "OrderUpdated", "Person, tags or metadata were changed."),
    of("order.updated", "ItemsCanceled", "Some units will not be delivered."),
    of("order.held", "OrderHeld", "Fulfillment is stopped."),
    of("order.hold_released", "OrderHoldReleased", "Fulfillment goes on."),
    of("order.canceled", "OrderCanceled", "The order was called off before anything shipped."),
    of("order.expired", "OrderExpired", "The reservation ran out, or was given up, before payment."),
    of(
        "order.completed",
        "OrderCompleted",
        "Everything is delivered or returned, nothing left to pay or refund.",
    ),
    of("reservation.created", "StockReserved", "Stock is kept for an order."),
    of("reservation.released", "StockReleased", "Stock is no longer kept for an order."),
    of("reservation.expired", "StockReleased", "The time of a reservation ran out."),
    of("reservation.created", "ReservationCreated", "Stock is kept for a basket."),
    of("reservation.committed", "ReservationCommitted", "An order took over what a basket kept."),
    of("reservation.released", "ReservationReleased", "A basket's reservation was given up."),
    of("reservation.expired", "ReservationExpired", "The time of a basket's reservation ran out."),
    of("payment.created", "PaymentStarted", "A payment was started; the gateway will be called."),
    of("payment.requires_action", "PaymentRequiresAction", "The buyer must approve the payment."),
    of("payment.authorized", "PaymentAuthorized", "The money is secured."),
    of("payment.captured", "PaymentProcessed", "The money was taken."),
    of("payment.failed", "PaymentFailed", "A gateway call did not work; the failure says why."),
    of("payment.voided", "PaymentVoided", "Secured money was given up."),
    of("payment.disputed", "PaymentDisputed", "The buyer disputes the payment at the bank."),
    of("refund.created", "RefundStarted", "Money is to go back; the gateway will be called."),
    of("refund.succeeded", "RefundSucceeded", "Money went back."),
    of("refund.failed", "RefundFailed", "Money did not go back; the failure says why."),
    of("fulfillment.created", "FulfillmentCreated", "Items are to travel together."),
    of("fulfillment.shipped", "FulfillmentShipped", "They left, and their stock with them."),
    of("fulfillment.tracking_updated", "TrackingUpdated", "Where they are became known."),
    of("fulfillment.delivered", "FulfillmentDelivered", "They arrived."),
    of("fulfillment.canceled", "FulfillmentCanceled", "They stay."),
    of("return.requested", "ReturnRequested", "Goods that were shipped are to come back."),
    of("return.approved", "ReturnApproved", "They may come."),
    of("return.received", "ReturnReceived", "Some of them came, or all; each unit with its condition."),
    of("return.rejected", "ReturnRejected", "They stay with the customer."),
    of("return.closed", "ReturnClosed", "No more of them will come."),
    of("inventory.adjusted", "InventoryAdjusted", "Somebody changed what lies on a shelf."),
    of("inventory.low", "InventoryLow", "What is available fell to the reorder point."),
    of("inventory.out_of_stock", "InventoryOutOfStock", "Nothing is available any more."),
    of("inventory.back_in_stock", "InventoryBackInStock", "Something is available again."),
    of("product.created", "ProductCreated", "A product was made."),
    of("product.updated", "ProductUpdated", "A product was changed."),
    of("product.archived", "ProductArchived", "A product is no longer for sale."),
    of("product.deleted", "ProductDeleted", "A product was removed."),
    of("variant.created", "VariantCreated", "A variant was made."),
    of("variant.updated", "VariantUpdated", "Status, oversell or tracking of a variant changed."),
    of("variant.price_changed", "VariantPriceChanged", "A variant costs something else now."),
    of("variant.deleted", "VariantDeleted", "A variant was removed."),
    of("category.created", "CategoryCreated", "A category of products was made."),
    of("category.updated", "CategoryUpdated", "A category was changed, or moved with all that is below it."),
    of("category.deleted", "CategoryDeleted", "A category was taken away."),
    of("collection.created", "CollectionCreated", "A collection of products was made."),
    of("collection.updated", "CollectionUpdated", "A collection, or which products are in it, was changed."),
    of("collection.deleted", "CollectionDeleted", "A collection was taken away."),
    of("customer.created", "CustomerCreated", "A customer was made, or came back after they were erased."),
    of("customer.updated", "CustomerUpdated", "What is known of a customer was changed."),
    of("customer.erased", "CustomerErased", "A person was erased, everywhere."),
    of("job.dead", "JobDead", "A job was given up after its last attempt."),
    of(
        "webhook_endpoint.disabled",
        "WebhookEndpointDisabled",
        "Nothing is delivered to an endpoint any more; the reason says why.",
    ),
    of("webhook.ping", "WebhookPinged", "Somebody tests an endpoint; only that one is told."),
];

/// The public type of an event of the log; `None` for internal ones.
pub fn type_of(event: &Recorded) -> Option<&'static str> {
    if event.name == "StockReleased" {
        let expired = matches!(event.read(), Ok(OrderEvent::StockReleased { expired: true, .. }));
        return Some(if expired { "reservation.expired" } else { "reservation.released" });
    }
    TYPES.iter().find(|t| t.logged == event.name).map(|t| t.name)
}

/// The names in the log of all events that may be public.
pub(crate) fn names() -> Vec<&'static str> {
    TYPES.iter().map(|t| t.logged).collect()
}

/// Whether a public type is among those asked for.
pub(crate) fn wanted(patterns: &[String], kind: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, kind))
}

/// The names in the log that may stand for the types asked for; of all public types when none are. A type that
/// does not exist is a fault.
pub(super) fn names_of(patterns: &[String]) -> Result<Vec<&'static str>, Fault> {
    if patterns.is_empty() {
        return Ok(names());
    }
    let mut names = Vec::new();
    for pattern in patterns {
        let before = names.len();
        names.extend(TYPES.iter().filter(|t| matches(pattern, t.name)).map(|t| t.logged));
        if names.len() == before {
            let detail = format!(
                "'{pattern}' is no event type; GET /event_types lists them, and order.* means all of a group"
            );
            return Err(Fault::invalid("/type", detail));
        }
    }
    names.dedup();
    Ok(names)
}

/// Whether this asks for a type that exists: its name, all of its group, or all.
pub(crate) fn is_pattern(pattern: &str) -> bool {
    let is_plain = !pattern.contains('*') || pattern == "*" || pattern.ends_with(".*");
    is_plain && TYPES.iter().any(|t| matches(pattern, t.name))
}

fn matches(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => pattern == kind,
    }
}
