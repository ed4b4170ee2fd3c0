//! What a request may hold, from the constants that refuse the rest.

use serde_json::{Value, json};
use sutler_app::webhooks;
use sutler_domain::catalog::{COLLECTION_PRODUCTS_MAX, CONDITIONS_MAX, OPTIONS_MAX, VARIANTS_MAX};
use sutler_domain::text::{BODY_MAX, LINE_MAX, METADATA_PAIRS_MAX, METADATA_VALUE_MAX, TAG_MAX, TAGS_MAX};

use super::params::{chosen_pattern, made_pattern};

/// An ISO 4217 code.
pub(super) const CURRENCY: &str = "^[A-Z]{3}$";

/// An ISO 8601 duration of hours, minutes and seconds.
const DURATION: &str = "^PT([0-9]{1,4}H)?([0-9]{1,4}M)?([0-9]{1,4}S)?$";

/// A decimal text from 0 to 10.
const RATE: &str = "^0(\\.[0-9]{1,10})?$";

/// Say of a part of a request what its members may hold.
pub(super) fn apply(part: &str, schema: &mut Value) {
    let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, member) in members.iter_mut() {
        let Some(map) = member.as_object_mut() else { continue };
        let limits = of_member(part, name);
        for (word, value) in limits.as_object().into_iter().flatten() {
            map.insert(word.clone(), value.clone());
        }
    }
}

fn of_member(part: &str, name: &str) -> Value {
    match (part, name) {
        // A name, too: `handle:…` or `sku:…`.
        ("ChangeLine", "product_id" | "variant_id") => json!({"minLength": 1}),
        (_, "metadata") => pairs(),
        (_, "tags") => {
            json!({"maxItems": TAGS_MAX, "items": {"type": "string", "minLength": 1, "maxLength": TAG_MAX}})
        }
        (_, "ttl" | "overlap") => json!({"pattern": DURATION}),
        (_, "rate") => json!({"pattern": RATE}),
        (_, "currency") => json!({"pattern": CURRENCY}),
        (_, "country") => json!({"pattern": "^[A-Z]{2}$"}),
        (_, "body" | "description_html") => json!({"maxLength": BODY_MAX}),
        ("Weight", "value") => {
            json!({"type": ["string", "number"], "pattern": "^[0-9]{1,6}(\\.[0-9]{1,3})?$", "minimum": 0})
        }
        (_, "variants") => json!({"maxItems": VARIANTS_MAX}),
        (_, "conditions") => json!({"minItems": 1, "maxItems": CONDITIONS_MAX}),
        (_, "product_ids") => {
            json!({"maxItems": COLLECTION_PRODUCTS_MAX, "items": {"type": "string", "pattern": chosen_pattern("prod")}})
        }
        (_, "options") => json!({"maxItems": OPTIONS_MAX}),
        ("NewWebhookEndpoint" | "WebhookEndpointPatch", "types") => json!({"maxItems": webhooks::TYPES_MAX}),
        (_, "product_id") => json!({"pattern": chosen_pattern("prod")}),
        (_, "variant_id") => json!({"pattern": chosen_pattern("var")}),
        (_, "category_id" | "parent_id") => json!({"pattern": made_pattern("ctg")}),
        (_, "customer_id") => json!({"pattern": chosen_pattern("cus")}),
        (_, "location" | "location_id") => json!({"pattern": chosen_pattern("loc")}),
        (_, "reservation_id") => json!({"pattern": made_pattern("res")}),
        (_, "payment_id") => json!({"pattern": made_pattern("pay")}),
        (_, "return_id") => json!({"pattern": made_pattern("ret")}),
        ("NewDiscount", "item_id") => {
            json!({"type": ["string", "integer", "null"], "pattern": "^/?items/[0-9]{1,3}$", "minimum": 0})
        }
        (_, "item_id") => json!({"pattern": made_pattern("li")}),
        (
            _,
            "title" | "name" | "reason" | "method" | "handle" | "sku" | "reference" | "vendor"
            | "product_type",
        ) => {
            json!({"maxLength": LINE_MAX})
        }
        _ => json!({}),
    }
}

fn pairs() -> Value {
    json!({"maxProperties": METADATA_PAIRS_MAX, "x-value-max-length": METADATA_VALUE_MAX})
}
