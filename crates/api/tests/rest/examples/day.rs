//! What happens in a day: every operation once, most of them as a shop would ask for them.

use axum::http::Method;
use serde_json::{Value, json};

use super::Day;

/// Play the day.
pub(super) async fn play(day: &mut Day) {
    catalog(day).await;
    collections(day).await;
    categories(day).await;
    inventory(day).await;
    people(day).await;
    webhooks(day).await;
    let order = orders(day).await;
    money(day, &order).await;
    goods(day, &order).await;
    system(day, &order).await;
    open(day).await;
    documents(day, &order).await;
    files(day).await;
    endings(day).await;
}

/// The id in an answer.
fn id(answer: &Value, name: &str) -> String {
    assert!(answer[name].is_string(), "no {name}: {answer:#}");
    answer[name].as_str().unwrap().to_owned()
}

fn eur(amount: i64) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

async fn catalog(day: &mut Day) {
    let mug = json!({
        "title": "Blue mug", "handle": "blue-mug", "sku": "MUG-BLUE", "price": eur(1490), "stock": 120,
        "tags": ["kitchen"], "metadata": {"season": "winter"},
    });
    day.ask(Method::PUT, "/products/P-MUG", Some(mug)).await;
    let mug = json!({"title": "Blue mug", "handle": "blue-mug", "sku": "MUG-BLUE", "price": eur(1490), "track_inventory": true});
    day.ask(Method::PUT, "/products/P-MUG", Some(mug)).await;
    let shirt = json!({
        "title": "T-shirt",
        "options": [{"name": "Size", "values": ["M", "L"]}],
        "variants": [
            {"sku": "TEE-M", "option_values": {"Size": "M"}, "price": eur(1990), "stock": 40},
            {"sku": "TEE-L", "option_values": {"Size": "L"}, "price": eur(1990), "stock": 12},
        ],
    });
    let shirt = id(&day.post("/products", shirt).await, "product_id");
    day.get("/products?status=active&limit=2").await;
    day.get("/products/P-MUG").await;
    day.patch("/products/P-MUG", json!({"vendor": "Pottery & Sons", "metadata": {"season": null}})).await;
    let shirt = format!("/products/{shirt}");
    day.get(&format!("{shirt}/variants")).await;
    day.patch(&shirt, json!({"options": [{"name": "Size", "values": ["M", "L", "XL"]}]})).await;
    let variant = json!({"sku": "TEE-XL", "option_values": {"Size": "XL"}, "price": eur(2190)});
    day.post(&format!("{shirt}/variants"), variant).await;
    day.get("/variants/sku:TEE-XL").await;
    day.patch("/variants/sku:TEE-XL", json!({"compare_at_price": eur(2490)})).await;
    day.ask(
        Method::PUT,
        "/variants/sku:TEE-XL",
        Some(json!({"price": eur(2090), "option_values": {"Size": "XL"}})),
    )
    .await;
    day.delete("/variants/sku:TEE-XL").await;
    let made = json!({"title": "Poster", "status": "draft", "price": eur(900)});
    day.ask(Method::PUT, "/products/P-POSTER", Some(made)).await;
    day.act("/products/P-POSTER/publish").await;
    day.act("/products/P-POSTER/archive").await;
    day.delete("/products/P-POSTER").await;
    day.door.app.search.catch_up().await.unwrap();
    day.get("/catalog/search?q=mug&facets=vendor,tag,price").await;
    day.get("/catalog/suggest?q=blu").await;
    day.act("/catalog/search/rebuild").await;
    let file = "Handle,Title,Variant SKU,Variant Price\ncandle,Candle,CANDLE-1,7.90\n";
    day.ask(Method::POST, "/imports?dry_run=true", Some(json!(file))).await;
}

async fn collections(day: &mut Day) {
    let cheap = json!({"title": "Gifts under 20 euro", "sort": "price", "rule": {"match": "all", "conditions": [
        {"field": "tag", "relation": "is", "value": "kitchen"},
        {"field": "price", "relation": "at_most", "price": eur(2000)},
    ]}});
    let cheap = id(&day.post("/collections", cheap).await, "collection_id");
    day.get(&format!("/collections/{cheap}/products?limit=2")).await;
    day.patch(&format!("/collections/{cheap}"), json!({"publish_at": "2026-12-01T00:00:00Z"})).await;
    day.delete(&format!("/collections/{cheap}")).await;
    let list = json!({"title": "Our favourites", "product_ids": ["P-MUG"]});
    let list = id(&day.post("/collections", list).await, "collection_id");
    day.get("/collections?published=true&limit=2").await;
    day.get(&format!("/collections/{list}")).await;
    let products = format!("/collections/{list}/products");
    day.post(&products, json!({"product_ids": ["P-MUG"], "position": 1})).await;
    day.delete(&format!("{products}/P-MUG")).await;
    day.ask(Method::PUT, &products, Some(json!({"product_ids": ["P-MUG"]}))).await;
}

async fn categories(day: &mut Day) {
    let kitchen = id(&day.post("/categories", json!({"title": "Kitchen"})).await, "category_id");
    let mugs = json!({"title": "Mugs", "parent_id": kitchen, "position": 2});
    let mugs = id(&day.post("/categories", mugs).await, "category_id");
    day.patch(&format!("/categories/{mugs}"), json!({"title": "Mugs & cups"})).await;
    day.get("/categories?parent=handle:kitchen&limit=2").await;
    day.get(&format!("/categories/{mugs}")).await;
    day.patch("/products/P-MUG", json!({"category_id": mugs})).await;
    day.door.app.search.catch_up().await.unwrap();
    day.get("/categories/handle:kitchen/products?limit=2").await;
    day.patch("/products/P-MUG", json!({"category_id": null})).await;
    day.delete(&format!("/categories/{mugs}")).await;
}

async fn inventory(day: &mut Day) {
    day.post("/locations", json!({"location_id": "berlin", "name": "Berlin"})).await;
    day.get("/locations").await;
    day.get("/locations/berlin").await;
    day.post(
        "/inventory/adjustments",
        json!({"sku": "MUG-BLUE", "delta": 12, "reason": "received", "note": "delivery 4711"}),
    )
    .await;
    day.get("/inventory?low_stock=false&limit=2").await;
    day.get("/inventory/sku:MUG-BLUE/main").await;
    day.get("/inventory/movements?sku=MUG-BLUE&limit=2").await;
    let kept = json!({"items": [{"sku": "MUG-BLUE", "quantity": 1}], "ttl": "PT15M"});
    let kept = id(&day.post("/reservations", kept).await, "reservation_id");
    day.get("/reservations?limit=2").await;
    day.get(&format!("/reservations/{kept}")).await;
    day.post(&format!("/reservations/{kept}/extend"), json!({"ttl": "PT30M"})).await;
    day.act(&format!("/reservations/{kept}/release")).await;
}

async fn people(day: &mut Day) {
    let ada = json!({"customer_id": "C-ADA", "email": "ada@example.com", "name": "Ada Lovelace", "metadata": {"tier": "gold"}});
    day.post("/customers", ada).await;
    day.patch("/customers/C-ADA", json!({"phone": "+44 20 7946 0000"})).await;
    let role = json!({"email": "grace@example.com", "name": "Grace Hopper", "role": "support"});
    let grace = id(&day.post("/users", role).await, "user_id");
    day.get("/users").await;
    day.get(&format!("/users/{grace}")).await;
    day.patch(&format!("/users/{grace}"), json!({"role": "operations"})).await;
    day.act(&format!("/users/{grace}/sign_in_link")).await;
    day.delete(&format!("/users/{grace}")).await;
    let key = json!({"name": "storefront", "scopes": ["catalog:read", "orders:write"]});
    let key = id(&day.post("/api_keys", key).await, "key_id");
    day.get("/api_keys").await;
    day.get(&format!("/api_keys/{key}")).await;
    let rolled = id(&day.post(&format!("/api_keys/{key}/roll"), json!({"overlap": "PT24H"})).await, "key_id");
    day.delete(&format!("/api_keys/{rolled}")).await;
    day.get("/audit_log?action=user.created&limit=2").await;
    day.get("/whoami").await;
}

async fn webhooks(day: &mut Day) {
    let endpoint = json!({"url": "https://shop.example.com/hooks", "types": ["order.*"], "description": "the warehouse"});
    let endpoint = id(&day.post("/webhook_endpoints", endpoint).await, "webhook_endpoint_id");
    day.get("/webhook_endpoints").await;
    let path = format!("/webhook_endpoints/{endpoint}");
    day.get(&path).await;
    day.patch(&path, json!({"types": ["order.*", "payment.*"]})).await;
    day.act(&format!("{path}/test")).await;
    day.act(&format!("{path}/rotate_secret")).await;
    day.act(&format!("{path}/enable")).await;
    day.post(&format!("{path}/recover"), json!({"since": "2026-11-22T00:00:00Z", "only": "all"})).await;
    let deliveries = day.get("/webhook_deliveries?state=waiting&limit=2").await;
    if let Some(delivery) = deliveries["data"][0]["webhook_delivery_id"].as_str() {
        day.get(&format!("/webhook_deliveries/{delivery}")).await;
        day.act(&format!("/webhook_deliveries/{delivery}/resend")).await;
    }
}

/// A basket of Ada's, to be paid with this token.
fn basket(token: &str) -> Value {
    json!({
        "customer_id": "C-ADA",
        "customer": {"email": "ada@example.com", "name": "Ada Lovelace"},
        "items": [{"sku": "MUG-BLUE", "quantity": 2, "expected_unit_price": eur(1490)}],
        "shipping": {"method": "standard", "amount": eur(490)},
        "shipping_address": {"name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London", "postal_code": "SW1Y 4JH", "country": "GB"},
        "payment": {"gateway": "fake", "token": token},
        "reference": format!("web-{token}"),
    })
}

async fn orders(day: &mut Day) -> String {
    day.post("/quotes", json!({"items": [{"sku": "MUG-BLUE", "quantity": 2}]})).await;
    let placed = id(&day.post("/orders", basket("tok_ok")).await, "order_id");
    day.settle().await;
    let path = format!("/orders/{placed}");
    day.get("/orders?payment_status=paid&sort=-placed_at&limit=2").await;
    day.get(&path).await;
    day.patch(&path, json!({"tags": ["gift"], "metadata": {"channel": "web"}})).await;
    day.post(&format!("{path}/holds"), json!({"code": "address_check", "reason": "the street is missing"}))
        .await;
    day.delete(&format!("{path}/holds/address_check")).await;
    day.post(&format!("{path}/notes"), json!({"body": "The buyer called."})).await;
    for part in ["notes", "timeline", "events", "explain", "replay"] {
        day.get(&format!("{path}/{part}")).await;
    }
    let unpaid = json!({"items": [{"sku": "TEE-M", "quantity": 1}]});
    for action in ["confirm", "release", "cancel"] {
        let other = id(&day.post("/orders", unpaid.clone()).await, "order_id");
        let body =
            if action == "cancel" { json!({"reason": "the buyer changed their mind"}) } else { json!({}) };
        day.post(&format!("/orders/{other}/{action}"), body).await;
    }
    placed
}

async fn money(day: &mut Day, order: &str) {
    day.get(&format!("/orders/{order}/payments")).await;
    day.get("/payments?limit=2").await;
    for action in ["capture", "void"] {
        let mut held = basket("tok_auth_only");
        held["payment"]["capture"] = json!("manual");
        held["reference"] = json!(format!("web-{action}"));
        let held = id(&day.post("/orders", held).await, "order_id");
        day.settle().await;
        let payments = day.get(&format!("/orders/{held}/payments")).await;
        let payment = id(&payments["data"][0], "payment_id");
        day.get(&format!("/payments/{payment}")).await;
        let body = if action == "capture" { json!({"amount": eur(1000)}) } else { json!({}) };
        day.post(&format!("/payments/{payment}/{action}"), body).await;
        day.settle().await;
    }
    let declined = id(&day.post("/orders", basket("tok_declined")).await, "order_id");
    day.settle().await;
    day.post(&format!("/orders/{declined}/payments"), json!({"gateway": "fake", "token": "tok_ok"})).await;
    day.settle().await;
    let waiting = id(&day.post("/orders", basket("tok_3ds")).await, "order_id");
    day.settle().await;
    let payments = day.get(&format!("/orders/{waiting}/payments")).await;
    let payment = id(&payments["data"][0], "payment_id");
    day.act(&format!("/payments/{payment}/sync")).await;
    day.settle().await;
    day.get(&format!("/gateways/fake/pay/{payment}")).await;
    day.ask(Method::POST, &format!("/gateways/fake/pay/{payment}"), Some(json!("decision=approve"))).await;
    day.settle().await;
    let refund = json!({"order_id": order, "amount": eur(490), "reason": "the parcel was late"});
    let refund = id(&day.post("/refunds", refund).await, "refund_id");
    day.settle().await;
    day.get("/refunds?limit=2").await;
    day.get(&format!("/refunds/{refund}")).await;
    day.get("/gateways/fake/books?limit=2").await;
    day.get("/gateways/fake/reconciliation").await;
}

async fn goods(day: &mut Day, order: &str) {
    let path = format!("/orders/{order}");
    let parcel = id(
        &day.post(&format!("{path}/fulfillments"), json!({"tracking": {"carrier": "DHL"}})).await,
        "fulfillment_id",
    );
    day.act(&format!("/fulfillments/{parcel}/cancel")).await;
    let parcel = id(&day.post(&format!("{path}/fulfillments"), json!({})).await, "fulfillment_id");
    day.get(&format!("{path}/fulfillments")).await;
    let parcel = format!("/fulfillments/{parcel}");
    day.get(&parcel).await;
    day.post(&format!("{parcel}/ship"), json!({"tracking": {"carrier": "DHL", "number": "JD014600003"}}))
        .await;
    day.patch(&parcel, json!({"tracking": {"url": "https://track.example.com/JD014600003"}})).await;
    day.act(&format!("{parcel}/deliver")).await;
    let items = day.get(&path).await;
    let item = id(&items["items"][0], "item_id");
    for ending in ["reject", "close"] {
        let asked = json!({"items": [{"item_id": item, "quantity": 1, "reason": "too small"}]});
        let back = id(&day.post(&format!("{path}/returns"), asked).await, "return_id");
        let back = format!("/returns/{back}");
        if ending == "reject" {
            day.post(&format!("{back}/reject"), json!({"reason": "worn"})).await;
            continue;
        }
        day.get(&back).await;
        day.post(&format!("{back}/approve"), json!({"label": {"carrier": "DHL", "number": "RET0815"}})).await;
        day.post(
            &format!("{back}/receive"),
            json!({"items": [{"item_id": item, "quantity": 1, "condition": "sellable"}]}),
        )
        .await;
        day.act(&format!("{back}/close")).await;
    }
    day.get(&format!("{path}/returns")).await;
    day.get("/returns?status=closed&limit=2").await;
    let mut sent = basket("tok_ok");
    sent["reference"] = json!("web-sent");
    let sent = id(&day.post("/orders", sent).await, "order_id");
    day.settle().await;
    day.post(&format!("/orders/{sent}/fulfillments"), json!({"ship": true})).await;
    day.act(&format!("/orders/{sent}/complete")).await;
}

async fn system(day: &mut Day, order: &str) {
    let events = day.get(&format!("/events?subject={order}&type=order.*&limit=2")).await;
    let event = id(&events["data"][0], "id");
    day.get(&format!("/events/{event}")).await;
    day.get("/event_types").await;
    day.get("/event_types/order.placed").await;
    let waiting =
        id(&day.post("/orders", json!({"items": [{"sku": "TEE-M", "quantity": 1}]})).await, "order_id");
    day.get(&format!("/orders/{waiting}")).await;
    let jobs = day.get("/jobs?state=ready&limit=2").await;
    let job = id(&jobs["data"][0], "job_id");
    day.act(&format!("/jobs/{job}/cancel")).await;
    day.act(&format!("/jobs/{job}/retry")).await;
    day.get(&format!("/jobs/{job}")).await;
    day.act("/jobs/retry?state=dead").await;
    day.get("/queues").await;
    day.act("/queues/payments/pause").await;
    day.act("/queues/payments/resume").await;
    day.get("/stats/overview?range=24h").await;
    day.get("/reports/sales_by_day?from=2026-11-21&until=2026-11-22").await;
    day.get("/reports/best_sellers?format=csv").await;
    day.get("/reports/best_sellers?format=svg").await;
    day.get("/journal?limit=2").await;
    day.get("/settings").await;
    day.act("/verify").await;
}

async fn open(day: &mut Day) {
    let pages = [
        "/livez",
        "/readyz",
        "/healthz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/asyncapi.json",
        "/docs/events",
        "/event_types/order.placed/1.json",
        "/graphql",
        "/schema.graphql",
        "/problems",
        "/problems/out-of-stock",
    ];
    for page in pages {
        day.get(page).await;
    }
}

async fn documents(day: &mut Day, order: &str) {
    let document =
        "query($id: ID!) { order(id: $id) { number paymentStatus items { sku quantity { ordered } } } }";
    day.post("/graphql", json!({"query": document, "variables": {"id": order}})).await;
}

/// Orders of a file, and orders that were placed elsewhere.
async fn files(day: &mut Day) {
    let lines = "{\"reference\":\"till-1\",\"items\":[{\"sku\":\"MUG-BLUE\",\"quantity\":1}]}\n\
                 {\"reference\":\"till-2\",\"items\":[{\"sku\":\"NO-SUCH\",\"quantity\":1}]}\n";
    day.ask(Method::POST, "/orders/bulk", Some(json!(lines))).await;
    let changes = "{\"key\":\"price\",\"resource\":\"variant\",\"op\":\"update\",\"variant_id\":\"sku:MUG-BLUE\",\"body\":{\"barcode\":\"4006381333931\"}}\n\
                   {\"key\":\"count\",\"resource\":\"inventory\",\"op\":\"adjust\",\"body\":{\"sku\":\"NO-SUCH\",\"set_to\":40}}\n";
    day.ask(Method::POST, "/bulk", Some(json!(changes))).await;
    let past = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
                536365,85123A,White heart,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n\
                536366,22633,Hand warmer,many,2010-12-01 08:28:00,1.85,17850,United Kingdom\n";
    day.ask(Method::POST, "/imports?map=uci-online-retail", Some(json!(past))).await;
    let imports = day.get("/imports").await;
    let import = id(&imports["data"][0], "import_id");
    day.get(&format!("/imports/{import}")).await;
    day.get(&format!("/imports/{import}/errors.csv")).await;
}

async fn endings(day: &mut Day) {
    day.get("/customers?expand=lifetime&limit=2").await;
    day.get("/customers/C-ADA?expand=lifetime").await;
    day.get("/customers/C-ADA/export").await;
    day.act("/customers/C-ADA/erase").await;
    let endpoints = day.get("/webhook_endpoints").await;
    day.delete(&format!("/webhook_endpoints/{}", id(&endpoints["data"][0], "webhook_endpoint_id"))).await;
    day.get("/sessions").await;
}
