//! What each code means: one row a code, and its status. The code is the contract; the words may change.
//! `tests/problems.rs` fails for a code without a row.

/// What a problem code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The code.
    pub code: &'static str,
    /// What it means, in a few words.
    pub title: &'static str,
    /// Its HTTP status.
    pub status: u16,
    /// Whether to repeat the identical request soon makes sense.
    pub retryable: bool,
    /// Why it happens.
    pub cause: &'static str,
    /// A request it happens to.
    pub example: &'static str,
    /// What to do.
    pub fix: &'static str,
}

const fn page(
    code: &'static str,
    status: u16,
    title: &'static str,
    [cause, example, fix]: [&'static str; 3],
) -> Page {
    Page { code, title, status, retryable: matches!(status, 408 | 429 | 503), cause, example, fix }
}

/// Every code.
pub const PAGES: &[Page] = &[
    page(
        "malformed_json",
        400,
        "The body is not JSON",
        [
            "The body is not one JSON value as RFC 8259 has it: a comma too many, a name that stands twice in one object, invalid UTF-8, a byte order mark, U+0000, or more than 64 levels.",
            "{\"items\": [{\"sku\": \"MUG\", \"quantity\": 1,}]}",
            "Let a JSON library write the body. `line` and `column` say where reading stopped.",
        ],
    ),
    page(
        "unknown_parameter",
        400,
        "Unknown query parameter",
        [
            "The query has a parameter that this path does not know. It is refused rather than ignored, because a misspelled filter would answer with everything.",
            "GET /orders?payment_staus=paid",
            "Take the name from `did_you_mean`, or from the list in the detail.",
        ],
    ),
    page(
        "unknown_field",
        400,
        "Unknown field",
        [
            "The body has a field that this request does not know. It is refused rather than ignored, because a misspelled `expected_unit_price` would pass silently.",
            "{\"items\": [{\"sku\": \"MUG\", \"quantity\": 1, \"expected_unit_prize\": 1490}]}",
            "Take the name from `did_you_mean`, or leave the field out.",
        ],
    ),
    page(
        "validation_failed",
        400,
        "The request is not valid",
        [
            "One or more values are missing, of the wrong type or out of range. All of them are listed in `errors`, each with a JSON pointer.",
            "{\"items\": [{\"product_id\": \"P1\", \"quantity\": 0}]}",
            "Mend each entry of `errors` and send the request again; the same Idempotency-Key may be used.",
        ],
    ),
    page(
        "money_format",
        400,
        "Not a minor-unit amount",
        [
            "An amount was sent as a decimal number or a text. Amounts are whole minor units (cents for EUR), because decimals are rounded by JSON readers.",
            "{\"amount\": 14.90, \"currency\": \"EUR\"}",
            "Send the integer in `did_you_mean`: 1490 for EUR 14.90.",
        ],
    ),
    page(
        "unauthenticated",
        401,
        "Who are you?",
        [
            "The request carries no API key, or one that does not exist or has ended.",
            "curl http://localhost:8420/orders",
            "Send `Authorization: Bearer sk_…`, or the key as user name: `curl -u sk_…:`.",
        ],
    ),
    page(
        "key_revoked",
        401,
        "The key was revoked",
        [
            "The API key existed and was revoked, or replaced by rolling it.",
            "Authorization: Bearer sk_live_…",
            "Use the key that replaced it; `sutler keys list` shows which are valid.",
        ],
    ),
    page(
        "insufficient_scope",
        403,
        "The key may not do this",
        [
            "The key is valid and lacks the scope named in `scope`.",
            "POST /orders with a key of scope catalog:read",
            "Use a key with that scope, or make one: `sutler keys create --scopes orders:write`.",
        ],
    ),
    page(
        "dev_key_refused",
        401,
        "The development key does not work here",
        [
            "`sk_dev_sutler` is known to everybody and works only with `sutler dev`.",
            "Authorization: Bearer sk_dev_sutler",
            "Make a key: `sutler keys create --name shop`.",
        ],
    ),
    page(
        "not_found",
        404,
        "There is no such thing",
        [
            "Nothing has this id or alias, or the path does not exist.",
            "GET /orders/ord_01h455vb4pex5vsknk084sn02q",
            "Check the id. Aliases carry their kind: `number:1061`, `ref:web-10042`, `sku:MUG-BLUE`.",
        ],
    ),
    page(
        "cursor_stale",
        410,
        "The cursor is of another log",
        [
            "The cursor of the event log is from before a restore or a failover; positions may have been handed out again since.",
            "GET /events?after=…",
            "Start again at the oldest position given in the problem, and skip events by `id`.",
        ],
    ),
    page(
        "method_not_allowed",
        405,
        "The path does not take this method",
        [
            "The path exists; the method does not belong to it. `Allow` lists those that do.",
            "PUT /orders",
            "Use one of the methods in `Allow`.",
        ],
    ),
    page(
        "request_timeout",
        408,
        "The request took too long",
        [
            "The body did not arrive in time, or the answer could not be given in time. In the second case the change may have been made.",
            "a body that stops half way",
            "Send it again with the same Idempotency-Key: what was done is answered, not done twice.",
        ],
    ),
    page(
        "reference_exists",
        409,
        "The reference is taken",
        [
            "Another order has this `reference`, which is unique.",
            "{\"reference\": \"web-10042\", \"items\": […]}",
            "If it is the same order, read it: `GET /orders/ref:web-10042`. Otherwise choose another reference.",
        ],
    ),
    page(
        "handle_exists",
        409,
        "The handle is taken",
        [
            "Another product has this `handle`, which is unique.",
            "PUT /products/P2 {\"handle\": \"blue-mug\", …}",
            "Choose another handle.",
        ],
    ),
    page(
        "sku_exists",
        409,
        "The SKU is taken",
        [
            "Another variant has this `sku`, which is unique where it is not empty.",
            "PUT /products/P2 {\"variants\": [{\"sku\": \"MUG-BLUE\", …}]}",
            "Choose another SKU, or leave it empty.",
        ],
    ),
    page(
        "variant_exists",
        409,
        "The variant id is taken",
        [
            "Another product has a variant of this id.",
            "PUT /products/P2 {\"variants\": [{\"variant_id\": \"V1\", …}]}",
            "Leave `variant_id` out, or choose another.",
        ],
    ),
    page(
        "email_exists",
        409,
        "The e-mail address is taken",
        [
            "Another customer has this e-mail address.",
            "{\"customer\": {\"email\": \"ada@example.com\"}}",
            "Name the customer that has it by `customer_id`.",
        ],
    ),
    page(
        "product_unknown",
        400,
        "No such product",
        [
            "An item names a product, variant or SKU that is not in the catalog.",
            "{\"items\": [{\"product_id\": \"P9\", \"quantity\": 1}]}",
            "Check the id or SKU; `GET /products` lists what there is.",
        ],
    ),
    page(
        "variant_required",
        400,
        "Which variant?",
        [
            "An item names a product that has several variants.",
            "{\"items\": [{\"product_id\": \"TEE\", \"quantity\": 1}]}",
            "Name the variant by `variant_id` or `sku`.",
        ],
    ),
    page(
        "product_unavailable",
        409,
        "The product is not for sale",
        [
            "The product is a draft or archived.",
            "{\"items\": [{\"product_id\": \"P1\", \"quantity\": 1}]}",
            "Publish it: `POST /products/P1/publish`.",
        ],
    ),
    page(
        "out_of_stock",
        409,
        "Not enough stock",
        [
            "At least one item cannot be reserved in full. Nothing was stored. `errors` lists every short item with what is available.",
            "{\"items\": [{\"sku\": \"MUG-BLUE\", \"quantity\": 2}]}",
            "Order what is available, or wait for `inventory.back_in_stock`.",
        ],
    ),
    page(
        "stock_moved",
        409,
        "The stock moved meanwhile",
        [
            "`expected_on_hand` no longer holds.",
            "{\"sku\": \"MUG\", \"set_to\": 40, \"expected_on_hand\": 42, \"reason\": \"count\"}",
            "Count again from `on_hand`.",
        ],
    ),
    page(
        "price_changed",
        409,
        "The price changed",
        [
            "`expected_unit_price` is not the price now. `errors` has the current price of each item.",
            "{\"items\": [{\"sku\": \"MUG-BLUE\", \"quantity\": 1, \"expected_unit_price\": 1490}]}",
            "Show the buyer the current price and send the order again with it.",
        ],
    ),
    page(
        "currency_mismatch",
        400,
        "Two currencies",
        [
            "One order has one currency, and every amount in it must be in it.",
            "{\"currency\": \"EUR\", \"shipping\": {\"method\": \"std\", \"amount\": {\"amount\": 490, \"currency\": \"USD\"}}}",
            "Send every amount in the order's currency.",
        ],
    ),
    page(
        "invalid_transition",
        409,
        "Not possible in this state",
        [
            "What was asked does not fit where the thing stands. `current` says where, `allowed` what may be done instead.",
            "POST /orders/{id}/cancel on a shipped order",
            "Choose from `allowed`, or read `GET /orders/{id}/explain`.",
        ],
    ),
    page(
        "order_on_hold",
        409,
        "The order is on hold",
        [
            "A hold stops fulfillment; `holds` names it.",
            "POST /orders/{id}/fulfillments",
            "Release the hold first: `DELETE /orders/{id}/holds/{code}`.",
        ],
    ),
    page(
        "version_mismatch",
        412,
        "The version is stale",
        [
            "`If-Match` names a version that is no longer the newest; `current_version` is.",
            "If-Match: \"7\"",
            "Read the resource again, look at what changed, and repeat with the new ETag.",
        ],
    ),
    page(
        "precondition_required",
        428,
        "Which version?",
        [
            "This server takes changes only with `If-Match`, so that no one overwrites what they have not seen.",
            "PATCH /orders/{id} without If-Match",
            "Send the ETag of what you read: `If-Match: \"7\"`.",
        ],
    ),
    page(
        "idempotency_key_required",
        400,
        "An idempotency key is needed",
        [
            "This server takes a POST only with an `Idempotency-Key`.",
            "POST /orders",
            "Send a fresh random value, such as a UUID, and the same one when you repeat the request.",
        ],
    ),
    page(
        "idempotency_key_reused",
        422,
        "The key was used for something else",
        [
            "The `Idempotency-Key` was used with another request in the last 48 hours. Nothing was done.",
            "Idempotency-Key: 42 with another body",
            "Take a new key for a new request.",
        ],
    ),
    page(
        "payment_declined",
        402,
        "The payment was declined",
        [
            "The gateway declined, and the order was placed with `payment.on_failure: cancel`: it is stored as canceled and its stock is free again.",
            "{\"payment\": {\"token\": \"tok_declined\", \"on_failure\": \"cancel\"}, …}",
            "Ask the buyer for other means and place a new order with a new key. `failure` has the gateway's reason.",
        ],
    ),
    page(
        "amount_exceeds_capturable",
        409,
        "More than can be captured",
        [
            "The amount is larger than what is authorized and not captured.",
            "POST /payments/{id}/capture {\"amount\": 9999}",
            "Capture at most `capturable`.",
        ],
    ),
    page(
        "amount_exceeds_refundable",
        409,
        "More than can be refunded",
        [
            "The amount is larger than what was captured and not refunded.",
            "POST /refunds {\"order_id\": \"…\", \"amount\": 9999}",
            "Refund at most `refundable`.",
        ],
    ),
    page(
        "quantity_exceeds_fulfillable",
        409,
        "More than can be fulfilled",
        [
            "More units than are open and not planned yet.",
            "POST /orders/{id}/fulfillments {\"items\": [{\"item_id\": \"…\", \"quantity\": 9}]}",
            "Send at most `fulfillable` units.",
        ],
    ),
    page(
        "quantity_exceeds_returnable",
        409,
        "More than can come back",
        [
            "More units than the customer has.",
            "POST /refunds {\"order_id\": \"…\", \"items\": [{\"item_id\": \"…\", \"quantity\": 9}]}",
            "Name at most `returnable` units.",
        ],
    ),
    page(
        "gateway_unavailable",
        503,
        "No such gateway, or it is away",
        [
            "The payment gateway cannot be reached, or none of that name is set up.",
            "{\"payment\": {\"gateway\": \"nowhere\"}}",
            "Repeat with the same Idempotency-Key; check the name under [payments].",
        ],
    ),
    page(
        "payload_too_large",
        413,
        "The body is too large",
        [
            "The body is larger than 1 MiB, or than the limit set for this server.",
            "a POST of 2 MiB",
            "Send less at once.",
        ],
    ),
    page(
        "unsupported_media_type",
        415,
        "Not JSON",
        [
            "The body is not declared as JSON in UTF-8.",
            "Content-Type: text/plain",
            "Send `Content-Type: application/json`.",
        ],
    ),
    page(
        "rate_limited",
        429,
        "Too many requests",
        [
            "The quota of this address or key is used up for the moment; `RateLimit` says when it is refilled.",
            "121 requests in a minute with a publishable key",
            "Wait for `Retry-After` seconds.",
        ],
    ),
    page(
        "busy",
        503,
        "Busy",
        [
            "The store has as much to do as it can take.",
            "a flood of orders",
            "Repeat after `Retry-After` with the same Idempotency-Key.",
        ],
    ),
    page(
        "unavailable",
        503,
        "Not available",
        [
            "The store cannot be read or written now.",
            "a full disk",
            "Repeat after `Retry-After` with the same Idempotency-Key; `/readyz` tells when it is back.",
        ],
    ),
    page(
        "shutting_down",
        503,
        "Shutting down",
        [
            "This node is being stopped and takes no new work.",
            "a request during a deployment",
            "Repeat after `Retry-After`: another node will answer.",
        ],
    ),
    page(
        "internal",
        500,
        "Our fault",
        [
            "Something broke inside the engine. Nothing was changed.",
            "–",
            "Look for the `request_id` in the log, and report it with what you find there.",
        ],
    ),
];
