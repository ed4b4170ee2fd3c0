//! What the registry says of each type beyond its name: what it means for a consumer, which facts it carries, what usually
//! follows. `GET /event_types`, `/asyncapi.json` and `/docs/events` are all written from here.

use super::facts;
use super::shape::Field;
use super::types::EventType;

/// The facts of an event, and whether it is one of an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) fields: &'static [Field],
    pub(super) is_of_order: bool,
}

const fn order(fields: &'static [Field]) -> Facts {
    Facts { fields, is_of_order: true }
}

const fn other(fields: &'static [Field]) -> Facts {
    Facts { fields, is_of_order: false }
}

impl EventType {
    /// The facts it carries. A test fails for a type without.
    pub(super) fn facts(&self) -> Option<Facts> {
        Some(match self.logged {
            "OrderPlaced" => order(facts::ORDER_PLACED),
            "OrderConfirmed" | "OrderExpired" | "OrderCompleted" => order(facts::NOTHING),
            "OrderUpdated" => order(facts::ORDER_UPDATED),
            "ItemsCanceled" => order(facts::ITEMS_CANCELED),
            "OrderHeld" => order(facts::ORDER_HELD),
            "OrderHoldReleased" => order(facts::HOLD_RELEASED),
            "OrderCanceled" => order(facts::ORDER_CANCELED),
            "StockReserved" => order(facts::STOCK_RESERVED),
            "StockReleased" => order(facts::STOCK_RELEASED),
            "ReservationCreated" => other(facts::RESERVATION_CREATED),
            "ReservationCommitted" => other(facts::RESERVATION_COMMITTED),
            "ReservationReleased" | "ReservationExpired" => other(facts::NOTHING),
            "PaymentStarted" => order(facts::PAYMENT_CREATED),
            "PaymentRequiresAction" => order(facts::REQUIRES_ACTION),
            "PaymentAuthorized" => order(facts::PAYMENT_AUTHORIZED),
            "PaymentProcessed" => order(facts::PAYMENT_CAPTURED),
            "PaymentFailed" => order(facts::PAYMENT_FAILED),
            "PaymentVoided" => order(facts::PAYMENT_VOIDED),
            "PaymentDisputed" => order(facts::PAYMENT_ALONE),
            "RefundStarted" => order(facts::REFUND_CREATED),
            "RefundSucceeded" => order(facts::REFUND_SUCCEEDED),
            "RefundFailed" => order(facts::REFUND_FAILED),
            "FulfillmentCreated" => order(facts::FULFILLMENT_CREATED),
            "FulfillmentShipped" => order(facts::FULFILLMENT_SHIPPED),
            "TrackingUpdated" => order(facts::TRACKING_UPDATED),
            "FulfillmentDelivered" | "FulfillmentCanceled" => order(facts::FULFILLMENT_ALONE),
            "ReturnRequested" => order(facts::RETURN_REQUESTED),
            "ReturnApproved" => order(facts::RETURN_APPROVED),
            "ReturnReceived" => order(facts::RETURN_RECEIVED),
            "ReturnRejected" => order(facts::RETURN_REJECTED),
            "ReturnClosed" => order(facts::RETURN_ALONE),
            "InventoryAdjusted" => other(facts::INVENTORY_ADJUSTED),
            "InventoryLow" | "InventoryOutOfStock" | "InventoryBackInStock" => other(facts::LEVEL_CROSSED),
            "ProductCreated" | "ProductUpdated" | "ProductArchived" | "ProductDeleted" => {
                other(facts::PRODUCT)
            }
            "VariantCreated" | "VariantUpdated" | "VariantPriceChanged" | "VariantDeleted" => {
                other(facts::PRICE)
            }
            "CategoryCreated" | "CategoryUpdated" | "CategoryDeleted" => other(facts::CATEGORY),
            "CollectionCreated" | "CollectionUpdated" | "CollectionDeleted" => other(facts::COLLECTION),
            "CustomerCreated" => other(facts::CUSTOMER_CREATED),
            "CustomerUpdated" => other(facts::CUSTOMER_UPDATED),
            "CustomerErased" => other(facts::CUSTOMER_ALONE),
            "JobDead" => other(facts::JOB_DEAD),
            "WebhookEndpointDisabled" => other(facts::ENDPOINT_DISABLED),
            "WebhookPinged" => other(facts::ENDPOINT_PINGED),
            _ => return None,
        })
    }

    /// The fields of `data.object`, beside `object` itself.
    pub fn fields(&self) -> &'static [Field] {
        self.facts().map_or(&[], |facts| facts.fields)
    }

    /// Whether it has `data.order`.
    pub fn is_of_order(&self) -> bool {
        self.facts().is_some_and(|facts| facts.is_of_order)
    }

    /// What it means for a consumer. A test fails for a type without.
    pub fn means(&self) -> &'static str {
        match (self.name, self.logged) {
            ("order.placed", _) => "Count it, do not pack it yet",
            ("order.confirmed", _) => "Pack it",
            ("order.updated", "OrderUpdated") => "Read the order again if you show it",
            ("order.updated", "ItemsCanceled") => "Take them off the packing list; totals changed",
            ("order.held", _) => "Do not ship; payment may go on",
            ("order.hold_released", _) => "Ship, if no other hold is open",
            ("order.canceled", _) => "Stop; money taken goes back by `refund.*`",
            ("order.expired", _) => "The basket was abandoned; late money may still confirm it",
            ("order.completed", _) => "The end of its life; archive it",
            ("reservation.created", "StockReserved") => "Available stock fell",
            ("reservation.released" | "reservation.expired", _) => "Available stock rose",
            ("reservation.created", "ReservationCreated") => "Available stock fell, for a time",
            ("reservation.committed", _) => "Nothing moved; it has an order now",
            ("payment.created" | "refund.created", _) => "An intent, not money",
            ("payment.requires_action", _) => "Send the buyer to the address in it",
            ("payment.authorized", _) => "It can be captured or voided",
            ("payment.captured" | "refund.succeeded", _) => "Book it",
            ("payment.failed", _) => "Another payment may be started until the reservation ends",
            ("payment.voided", _) => "It will not be captured",
            ("payment.disputed", _) => "Gather proof of delivery",
            ("refund.failed", _) => "Somebody must look",
            ("fulfillment.created", _) => "Print a packing slip",
            ("fulfillment.shipped", _) => "Tell the buyer; `on_hand` fell",
            ("fulfillment.tracking_updated", _) => "Tell the buyer",
            ("fulfillment.delivered", _) => "The time for returns begins",
            ("fulfillment.canceled", _) => "The items are open again",
            ("return.requested", _) => "Somebody must approve or reject it",
            ("return.approved", _) => "Send the buyer the label",
            ("return.received", _) => "What is restocked lies on the shelf; refund it",
            ("return.rejected", _) => "Tell the buyer why",
            ("return.closed", _) => "The end of its life; units that never came are with the customer",
            ("inventory.adjusted", _) => "A delivery, a count, a loss: the reason says which",
            ("inventory.low", _) => "Order more",
            ("inventory.out_of_stock", _) => "Take it off the front page",
            ("inventory.back_in_stock", _) => "Tell those who wait",
            ("product.created", _) => "Index it",
            ("product.updated", _) => "Drop it from your cache",
            ("product.archived", _) => "Take it down; orders of it go on",
            ("product.deleted" | "variant.deleted", _) => "Forget it",
            ("variant.created", _) => "It has a price",
            ("variant.updated", _) => "Whether it may be sold changed",
            ("variant.price_changed", _) => "Show the new price; placed orders keep theirs",
            ("category.created", _) => "Put it into your menu",
            ("category.updated", _) => "Draw your menu anew: it may have moved",
            ("category.deleted", _) => "Take it out of your menu",
            ("collection.created", _) => "Link to it once it is published",
            ("collection.updated", _) => "Drop its pages from your cache",
            ("collection.deleted", _) => "Take its page down; its products stay",
            ("customer.created", _) => "Read the customer for who it is",
            ("customer.updated", _) => "Read the customer again if you show them",
            ("customer.erased", _) => "Forget them too: by law it is your turn now",
            ("job.dead", _) => "Somebody must look: `sutler jobs show`",
            ("webhook_endpoint.disabled", _) => {
                "Mend the receiver, enable the endpoint, recover what was missed"
            }
            ("webhook.ping", _) => "Answer 2xx; it means nothing else",
            _ => "",
        }
    }

    /// Which types usually follow, about the same subject or one that belongs to it.
    pub fn followed_by(&self) -> &'static [&'static str] {
        match (self.name, self.logged) {
            ("order.placed", _) => &["reservation.created", "payment.created"],
            ("order.confirmed" | "order.hold_released", _) => &["fulfillment.created"],
            ("order.updated", "ItemsCanceled") => &["reservation.released", "refund.created"],
            ("order.held", _) => &["order.hold_released"],
            ("order.canceled", _) => &["reservation.released", "payment.voided", "refund.created"],
            ("order.expired", _) => &["reservation.expired"],
            ("reservation.created", "StockReserved") => &["payment.created", "order.confirmed"],
            ("reservation.created", "ReservationCreated") => {
                &["reservation.committed", "reservation.expired"]
            }
            ("payment.created", _) => {
                &["payment.captured", "payment.authorized", "payment.requires_action", "payment.failed"]
            }
            ("payment.requires_action", _) => &["payment.captured", "payment.authorized", "payment.failed"],
            ("payment.authorized", _) => &["order.confirmed", "payment.captured", "payment.voided"],
            ("payment.captured", _) => &["order.confirmed"],
            ("payment.failed", _) => &["payment.created", "order.expired"],
            ("refund.created", _) => &["refund.succeeded", "refund.failed"],
            ("fulfillment.created", _) => &["fulfillment.shipped", "fulfillment.canceled"],
            ("fulfillment.shipped", _) => &["fulfillment.tracking_updated", "fulfillment.delivered"],
            ("fulfillment.tracking_updated", _) => &["fulfillment.delivered"],
            ("fulfillment.delivered", _) => &["order.completed", "return.requested"],
            ("return.requested", _) => &["return.approved", "return.rejected"],
            ("return.approved", _) => &["return.received", "return.closed"],
            ("return.received", _) => &["refund.created", "return.closed"],
            ("inventory.low", _) => &["inventory.out_of_stock"],
            ("inventory.out_of_stock", _) => &["inventory.back_in_stock"],
            ("product.created", _) => &["variant.created"],
            ("product.updated", _) => &["variant.price_changed", "variant.updated"],
            ("product.deleted", _) => &["variant.deleted"],
            _ => &[],
        }
    }
}
