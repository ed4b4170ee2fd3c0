//! Stock, locations and reservations over HTTP.
use crate::door::{Door, Reply, basket};
use axum::http::Method;
use serde_json::{Value, json};

impl Door {
    async fn with_mugs(stock: i64) -> (Self, String) {
        let door = Self::open().await;
        door.product("MUG", 1490, Some(stock)).await;
        let variant = door.get("/variants/sku:SKU-MUG").await.must(200);
        let id = variant["variant_id"].as_str().unwrap().to_owned();
        (door, id)
    }

    async fn adjust(&self, body: Value) -> Reply {
        self.post("/inventory/adjustments", &body).await
    }
}

#[tokio::test]
async fn locations_are_made_and_listed_default_first() {
    let door = Door::open().await;
    let made = door.post("/locations", &json!({"location_id": "annex", "name": "Annex"})).await;
    let annex = json!({"location_id": "annex", "object": "location", "name": "Annex", "default": false, "version": 1});
    assert_eq!(made.must(201), annex);
    assert_eq!(made.header("location"), "/locations/annex");
    assert_eq!(door.get("/locations/annex").await.must(200), annex);
    let all = door.get("/locations").await.must(200);
    assert_eq!((&all["data"][0]["location_id"], &all["data"][1]), (&json!("main"), &annex));
    assert_eq!(
        door.post("/locations", &json!({"location_id": "annex", "name": "A"})).await.told(),
        "409 location_exists"
    );
    assert_eq!(
        door.post("/locations", &json!({})).await.told(),
        "400 validation_failed; /name validation_failed"
    );
    assert_eq!(door.get("/locations/moon").await.told(), "404 not_found");
}

#[tokio::test]
async fn a_level_is_adjusted_and_every_move_is_in_the_journal() {
    let (door, variant) = Door::with_mugs(5).await;
    let body = json!({"sku": "SKU-MUG", "delta": 20, "reason": "received", "note": "pallet 7"});
    let level = door.adjust(body).await.must(200);
    assert_eq!(
        level,
        json!({
            "variant_id": variant, "object": "inventory_level", "product_id": "MUG", "sku": "SKU-MUG",
            "location_id": "main", "on_hand": 25, "reserved": 0, "available": 25, "safety_stock": 0,
            "reorder_point": null, "status": "in_stock", "version": level["version"]
        })
    );
    let order = door.post("/orders", &basket("MUG", 2)).await.must(201);
    let thresholds =
        json!({"variant_id": variant, "location": "main", "safety_stock": 3, "reorder_point": 30});
    let level = door.adjust(thresholds).await.must(200);
    assert_eq!((&level["available"], &level["status"]), (&json!(20), &json!("low")));
    assert_eq!(door.get(&format!("/inventory/{variant}/main")).await.must(200), level);
    assert_eq!(door.get("/inventory/sku:SKU-MUG/main").await.must(200), level);
    let low = door.get("/inventory?low_stock=true&location=main").await.must(200);
    assert_eq!(low["data"], json!([level]));
    let cleared = door.adjust(json!({"variant_id": variant, "reorder_point": null})).await.must(200);
    assert_eq!(cleared["reorder_point"], Value::Null);
    assert_eq!(door.get("/inventory?low_stock=true").await.must(200)["data"], json!([]));

    let received = door.get("/inventory/movements?sku=SKU-MUG&reason=received").await.must(200);
    let row = &received["data"][0];
    assert_eq!(
        (&row["on_hand"], &row["on_hand_after"], &row["note"], &row["actor"]),
        (&json!(20), &json!(25), &json!("pallet 7"), &json!("dev"))
    );
    let order_id = order["order_id"].as_str().unwrap();
    let for_order = door.get(&format!("/inventory/movements?order={order_id}")).await.must(200);
    assert_eq!(
        (&for_order["data"][0]["reserved"], &for_order["data"][0]["order_id"]),
        (&json!(2), &json!(order_id))
    );
}

#[tokio::test]
async fn wrong_adjustments_are_refused() {
    let (door, _) = Door::with_mugs(5).await;
    for (body, told) in [
        (json!({"sku": "SKU-MUG", "set_to": 9, "expected_on_hand": 4}), "409 stock_moved"),
        (json!({"sku": "SKU-MUG", "delta": -6, "reason": "lost"}), "409 out_of_stock; /delta out_of_stock"),
        (json!({"sku": "NONE", "set_to": 1}), "400 product_unknown; /sku product_unknown"),
        (json!({"sku": "SKU-MUG", "delta": 1}), "400 validation_failed; /reason validation_failed"),
        (
            json!({"sku": "SKU-MUG", "delta": 1, "reason": "reserved"}),
            "400 validation_failed; /reason validation_failed",
        ),
        (
            json!({"sku": "SKU-MUG", "delta": 1.5, "reason": "found"}),
            "400 validation_failed; /delta validation_failed",
        ),
        (
            json!({"sku": "SKU-MUG", "set_to": 1_000_000_001}),
            "400 validation_failed; /set_to validation_failed",
        ),
        (
            json!({"sku": "SKU-MUG", "set_to": 1, "location": "moon"}),
            "400 validation_failed; /location validation_failed",
        ),
        (json!({"sku": "SKU-MUG", "set_too": 1}), "400 unknown_field; /set_too unknown_field"),
    ] {
        assert_eq!(door.adjust(body.clone()).await.told(), told, "{body}");
    }
    let level = door.get("/inventory/sku:SKU-MUG/main").await.must(200);
    assert_eq!(level["on_hand"], 5);
    let moved = door.adjust(json!({"sku": "SKU-MUG", "set_to": 9, "expected_on_hand": 4})).await.json();
    assert_eq!(moved["on_hand"], 5);
}

#[tokio::test]
async fn a_repeated_adjustment_is_made_once() {
    let (door, _) = Door::with_mugs(5).await;
    let body = json!({"sku": "SKU-MUG", "delta": 10, "reason": "received"});
    let key = [("idempotency-key", "k1")];
    let first = door.post_with("/inventory/adjustments", &key, &body).await;
    first.must(200);
    door.adjust(json!({"sku": "SKU-MUG", "set_to": 1})).await.must(200);
    let again = door.post_with("/inventory/adjustments", &key, &body).await;
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(door.get("/inventory/sku:SKU-MUG/main").await.must(200)["on_hand"], 1);
}

#[tokio::test]
async fn a_basket_keeps_stock_until_it_is_released() {
    let (door, variant) = Door::with_mugs(5).await;
    let body =
        json!({"items": [{"sku": "SKU-MUG", "quantity": 4}], "ttl": "PT10M", "metadata": {"cart": "7"}});
    let made = door.post("/reservations", &body).await;
    let kept = made.must(201);
    let id = kept["reservation_id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("/reservations/{id}"));
    assert_eq!(
        kept,
        json!({
            "reservation_id": id, "object": "reservation", "status": "open",
            "lines": [{"variant_id": variant, "location_id": "main", "quantity": 4}],
            "expires_at": "2026-11-22T13:16:56.120Z", "order_id": null, "metadata": {"cart": "7"}, "version": 1,
            "created_at": "2026-11-22T13:06:56.120Z"
        })
    );
    let short = door.post("/reservations", &json!({"items": [{"sku": "SKU-MUG", "quantity": 2}]})).await;
    assert_eq!(short.told(), "409 out_of_stock; /items/0/quantity out_of_stock");
    assert_eq!(short.json()["errors"][0]["available"], 1);
    let path = format!("/reservations/{id}");
    let longer = door.post(&format!("{path}/extend"), &json!({"ttl": "PT1H"})).await.must(200);
    assert_eq!(longer["expires_at"], "2026-11-22T14:06:56.120Z");
    let stale = door.post_with(&format!("{path}/release"), &[("if-match", "\"1\"")], &json!({})).await;
    assert_eq!(stale.told(), "412 version_mismatch");
    let done = door.ask(Method::POST, &format!("{path}/release"), &[], b"").await;
    assert_eq!((&done.must(200)["status"], done.header("etag")), (&json!("released"), "\"3\""));
    let again = door.ask(Method::POST, &format!("{path}/release"), &[], b"").await;
    assert_eq!(
        (again.told().as_str(), &again.json()["current"]),
        ("409 invalid_transition", &json!("released"))
    );
    assert_eq!(door.get(&path).await.must(200), done.json());
    assert_eq!(door.get("/reservations").await.must(200)["data"].as_array().unwrap().len(), 1);
    assert_eq!(door.get("/inventory/sku:SKU-MUG/main").await.must(200)["available"], 5);
}

#[tokio::test]
async fn wrong_baskets_are_refused() {
    let (door, _) = Door::with_mugs(5).await;
    let one = json!([{"sku": "SKU-MUG", "quantity": 1}]);
    for (body, told) in [
        (json!({}), "400 validation_failed; /items validation_failed"),
        (json!({"items": []}), "400 validation_failed; /items validation_failed"),
        (
            json!({"items": [{"sku": "SKU-MUG", "quantity": 0}]}),
            "400 validation_failed; /items/0/quantity validation_failed",
        ),
        (
            json!({"items": [{"sku": "NONE", "quantity": 1}]}),
            "400 product_unknown; /items/0/sku product_unknown",
        ),
        (json!({"items": one, "ttl": "15 minutes"}), "400 validation_failed; /ttl validation_failed"),
        (json!({"items": one, "ttl": "PT25H"}), "400 validation_failed; /ttl validation_failed"),
        (json!({"items": one, "ttl": "-PT5M"}), "400 validation_failed; /ttl validation_failed"),
    ] {
        assert_eq!(door.post("/reservations", &body).await.told(), told, "{body}");
    }
    assert_eq!(door.get("/reservations/res_1").await.told(), "404 not_found");
    assert_eq!(door.get("/inventory/sku:SKU-MUG/main").await.must(200)["reserved"], 0);
}
