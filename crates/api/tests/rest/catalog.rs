//! The catalog over HTTP.
use crate::door::{Door, Reply};
use axum::http::Method;
use serde_json::{Value, json};

const JSON: (&str, &str) = ("content-type", "application/json");

impl Door {
    async fn put(&self, path: &str, body: &Value) -> Reply {
        self.ask(Method::PUT, path, &[JSON], body.to_string().as_bytes()).await
    }

    async fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path, &[], b"").await
    }

    async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.patch_with(path, &[], body).await
    }
}

fn eur(amount: i64) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

#[tokio::test]
async fn the_seeds_product_is_put_in_its_short_form() {
    let door = Door::open().await;
    let seed = json!({"title": "P1", "price": eur(1000), "stock": 10});
    let first = door.put("/products/P1", &seed).await;
    let product = first.must(201);
    assert_eq!((first.header("location"), first.header("etag")), ("/products/P1", "\"1\""));
    let variant = &product["variants"][0];
    let variant_id = variant["variant_id"].as_str().unwrap();
    assert_eq!(
        product,
        json!({
            "product_id": "P1", "object": "product", "handle": "p1", "title": "P1", "description_html": "",
            "status": "active", "vendor": "", "product_type": "", "category_id": null, "tags": [], "options": [], "images": [],
            "seo": {"title": null, "description": null}, "metadata": {}, "version": 1,
            "created_at": "2026-11-22T13:06:56.120Z", "updated_at": "2026-11-22T13:06:56.120Z",
            "variants": [{
                "variant_id": variant_id, "object": "variant", "product_id": "P1", "sku": "", "barcode": "",
                "title": "Default", "option_values": {}, "price": eur(1000), "compare_at_price": null, "cost": null,
                "weight": null, "requires_shipping": true, "tax_code": null, "track_inventory": true,
                "oversell": "deny", "position": 1, "metadata": {}, "version": 1
            }]
        })
    );
    door.put("/products/P1", &json!({"title": "P1", "price": eur(1100)})).await.must(200);
    let level = door.get(&format!("/inventory/{variant_id}/main")).await.must(200);
    assert_eq!(level["on_hand"], 10);
    let again = door.put("/products/P1", &json!({"title": "P1", "price": 1100, "stock": 4})).await.must(200);
    assert_eq!((&again["variants"][0]["variant_id"], &again["version"]), (&json!(variant_id), &json!(2)));
    let level = door.get(&format!("/inventory/{variant_id}/main")).await.must(200);
    assert_eq!(level["on_hand"], 4);
}

#[tokio::test]
async fn a_whole_product_is_created_read_by_its_names_and_removed() {
    let door = Door::open().await;
    let body = json!({
        "title": "Tee", "handle": "tee", "description_html": "<p>Soft</p><script>x()</script>", "vendor": "Loom",
        "product_type": "Shirts", "tags": ["cotton"], "options": [{"name": "Size", "values": ["S", "M"]}],
        "images": [{"url": "https://img.example/tee.jpg", "alt": "A tee"}], "seo": {"title": "Tees"},
        "metadata": {"channel": "web"}, "currency": "JPY",
        "variants": [
            {"option_values": {"Size": "S"}, "price": 2000, "sku": "TEE-S", "weight": {"value": 0.2, "unit": "kg"}},
            {"option_values": {"Size": "M"}, "price": 2100, "sku": "TEE-M", "cost": 900, "oversell": "allow"}
        ]
    });
    let made = door.post("/products", &body).await;
    let product = made.must(201);
    let id = product["product_id"].as_str().unwrap();
    assert!(id.starts_with("prod_"));
    assert_eq!(made.header("location"), format!("/products/{id}"));
    assert_eq!(product["description_html"], "<p>Soft</p>");
    assert_eq!(product["variants"][0]["price"], json!({"amount": 2000, "currency": "JPY"}));
    assert_eq!(product["variants"][0]["weight"], json!({"value": "0.2", "unit": "kg"}));
    assert_eq!(product["variants"][1]["cost"]["amount"], 900);
    for path in
        [format!("/products/{id}"), "/products/handle:tee".to_owned(), "/products/sku:TEE-M".to_owned()]
    {
        assert_eq!(door.get(&path).await.must(200), product, "{path}");
    }
    let same = door.ask(Method::GET, "/products/handle:tee", &[("if-none-match", "\"1\"")], b"").await;
    assert_eq!(same.status, 304);
    assert_eq!(door.delete(&format!("/products/{id}")).await.status, 204);
    assert_eq!(door.get("/products/handle:tee").await.told(), "404 not_found");
    assert_eq!(door.delete(&format!("/products/{id}")).await.told(), "404 not_found");
}

#[tokio::test]
async fn wrong_products_are_told_where_they_are_wrong_and_change_nothing() {
    let door = Door::open().await;
    for (body, told) in [
        (json!({"title": "P"}), "400 validation_failed; /price validation_failed"),
        (json!({"price": 1}), "400 validation_failed; /title validation_failed"),
        (json!({"title": "P", "price": 14.9}), "400 money_format; /price money_format"),
        (json!({"title": "P", "price": "14.90"}), "400 money_format; /price money_format"),
        (json!({"title": "P", "price": -1}), "400 validation_failed; /price validation_failed"),
        (json!({"title": "P", "price": 1, "stock": -1}), "400 validation_failed; /stock validation_failed"),
        (json!({"title": "P", "price": 1, "stock": 1.5}), "400 validation_failed; /stock validation_failed"),
        (json!({"title": "P", "price": 1, "prize": 2}), "400 unknown_field; /prize unknown_field"),
        (
            json!({"title": "P", "price": {"amount": 1, "currency": "EURO"}}),
            "400 validation_failed; /price/currency validation_failed",
        ),
        (
            json!({"title": "P", "price": 1, "status": "sold"}),
            "400 validation_failed; /status validation_failed",
        ),
        (json!({"title": "P", "variants": []}), "400 validation_failed; /variants validation_failed"),
        (
            json!({"title": "P", "variants": [{"price": 1}, {"price": 2}]}),
            "400 validation_failed; /variants/1/option_values validation_failed",
        ),
        (
            json!({"title": "P", "variants": [{"price": 1}], "price": 1}),
            "400 validation_failed; /variants validation_failed",
        ),
        (
            json!({"title": "P", "price": 1, "metadata": {"a": 1}}),
            "400 validation_failed; /metadata/a validation_failed",
        ),
        (
            json!({"title": "P", "price": 1, "weight": {"value": "x", "unit": "kg"}}),
            "400 validation_failed; /weight/value validation_failed",
        ),
        (json!([]), "400 validation_failed;  validation_failed"),
    ] {
        let found = door.put("/products/P1", &body).await.told();
        assert_eq!(found, told, "{body}");
    }
    assert_eq!(
        door.put("/products/a%20b", &json!({"title": "P", "price": 1})).await.told(),
        "400 validation_failed;  validation_failed"
    );
    assert_eq!(door.get("/products").await.must(200)["data"], json!([]));
}

#[tokio::test]
async fn names_that_are_taken_are_told_with_their_holder() {
    let door = Door::open().await;
    door.put("/products/P1", &json!({"title": "Mug", "price": 1, "sku": "MUG"})).await.must(201);
    let same_sku = door.put("/products/P2", &json!({"title": "Cup", "price": 1, "sku": "MUG"})).await;
    assert_eq!((same_sku.told().as_str(), &same_sku.json()["holder"]), ("409 sku_exists", &json!("P1")));
    let same_handle = door.post("/products", &json!({"title": "Cup", "price": 1, "handle": "mug"})).await;
    assert_eq!(same_handle.told(), "409 handle_exists");
    door.put("/products/P3", &json!({"title": "Mug", "price": 1})).await.must(201);
}

#[tokio::test]
async fn a_merge_patch_changes_what_it_names() {
    let door = Door::open().await;
    let body = json!({
        "title": "Mug", "price": 1000, "compare_at_price": 1500, "vendor": "Potter", "tags": ["a"],
        "seo": {"title": "Mugs", "description": "All"}, "metadata": {"a": "1", "b": "2"}
    });
    door.put("/products/P1", &body).await.must(201);
    let patch = json!({
        "title": "Cup", "vendor": null, "tags": null, "price": 1200, "compare_at_price": null,
        "seo": {"title": null}, "metadata": {"a": null, "c": "3"}
    });
    let product = door.patch("/products/P1", &patch).await.must(200);
    assert_eq!(
        (&product["title"], &product["vendor"], &product["tags"]),
        (&json!("Cup"), &json!(""), &json!([]))
    );
    assert_eq!(product["seo"], json!({"title": null, "description": "All"}));
    assert_eq!(product["metadata"], json!({"b": "2", "c": "3"}));
    assert_eq!(product["variants"][0]["price"], eur(1200));
    assert_eq!(product["variants"][0]["compare_at_price"], Value::Null);
    assert_eq!(
        door.patch("/products/P1", &json!({"status": "draft"})).await.told(),
        "400 validation_failed; /status validation_failed"
    );
    let stale = door.patch_with("/products/P1", &[("if-match", "\"1\"")], &json!({"title": "Pot"})).await;
    assert_eq!(
        (stale.told().as_str(), &stale.json()["current_version"]),
        ("412 version_mismatch", &json!(2))
    );
    door.patch_with("/products/P1", &[("if-match", "\"2\"")], &json!({"title": "Pot"})).await.must(200);
}

#[tokio::test]
async fn statuses_move_by_actions() {
    let door = Door::open().await;
    door.put("/products/P1", &json!({"title": "Mug", "price": 1, "status": "draft"})).await.must(201);
    assert_eq!(door.post("/products/P1/publish", &json!({})).await.must(200)["status"], "active");
    assert_eq!(
        door.ask(Method::POST, "/products/P1/archive", &[], b"").await.must(200)["status"],
        "archived"
    );
    assert_eq!(
        door.post("/products/P1/publish", &json!({"now": true})).await.told(),
        "400 unknown_field; /now unknown_field"
    );
    let listed = door.get("/products?status=archived").await.must(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(door.get("/products?status=active,draft").await.must(200)["data"], json!([]));
}

#[tokio::test]
async fn a_repeated_key_is_answered_to_the_byte() {
    let door = Door::open().await;
    let body = json!({"title": "Mug", "price": 1000, "stock": 2});
    let key = [("idempotency-key", "k1")];
    let first = door.post_with("/products", &key, &body).await;
    let id = first.must(201)["product_id"].as_str().unwrap().to_owned();
    door.patch(&format!("/products/{id}"), &json!({"title": "Cup"})).await.must(200);
    let again = door.post_with("/products", &key, &body).await;
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for header in ["location", "etag", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    let other = door.post_with("/products", &key, &json!({"title": "Pot", "price": 1})).await;
    assert_eq!(other.told(), "422 idempotency_key_reused");
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged() {
    let door = Door::open().await;
    for (id, vendor) in [("P1", "Loom"), ("P2", "Potter"), ("P3", "Potter")] {
        let body = json!({"title": id, "price": 1, "vendor": vendor, "tags": [id], "metadata": {"n": id}});
        door.put(&format!("/products/{id}"), &body).await.must(201);
    }
    let ids = |body: &Value| -> Vec<String> {
        body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["product_id"].as_str().unwrap().to_owned())
            .collect()
    };
    for (query, expected) in [
        ("", vec!["P1", "P2", "P3"]),
        ("?sort=-title", vec!["P3", "P2", "P1"]),
        ("?vendor=Potter", vec!["P2", "P3"]),
        ("?tag=P2", vec!["P2"]),
        ("?metadata[n]=P3", vec!["P3"]),
        ("?vendor=Nobody", vec![]),
    ] {
        assert_eq!(ids(&door.get(&format!("/products{query}")).await.must(200)), expected, "{query}");
    }
    let page = door.get("/products?limit=2").await;
    let body = page.must(200);
    assert_eq!(
        (ids(&body), &body["page"]["has_more"]),
        (vec!["P1".to_owned(), "P2".to_owned()], &json!(true))
    );
    assert!(page.header("link").contains("rel=\"next\""));
    let next = body["page"]["next"].as_str().unwrap();
    assert_eq!(ids(&door.get(&format!("/products?limit=2&after={next}")).await.must(200)), ["P3"]);
    assert_eq!(door.get("/products?vendr=x").await.told(), "400 unknown_parameter; /vendr unknown_parameter");
}

#[tokio::test]
async fn several_at_once_come_in_the_order_asked() {
    let door = Door::open().await;
    for id in ["P1", "P2", "P3"] {
        door.put(&format!("/products/{id}"), &json!({"title": id, "price": 1})).await.must(201);
    }
    let body = door.get("/products?ids=P3,nope,P1,handle:p2").await.must(200);
    let ids: Vec<&str> =
        body["data"].as_array().unwrap().iter().map(|p| p["product_id"].as_str().unwrap()).collect();
    assert_eq!((ids, &body["missing"]), (vec!["P3", "P1", "P2"], &json!(["nope"])));
    let many = vec!["P1"; 201].join(",");
    assert_eq!(
        door.get(&format!("/products?ids={many}")).await.told(),
        "400 validation_failed; /ids validation_failed"
    );
    let most = vec!["P1"; 200].join(",");
    assert_eq!(
        door.get(&format!("/products?ids={most}")).await.must(200)["data"].as_array().unwrap().len(),
        200
    );
}

#[tokio::test]
async fn variants_are_resources_of_their_own() {
    let door = Door::open().await;
    let small = json!({"option_values": {"Size": "S"}, "price": 2000});
    door.put("/products/TEE", &json!({"title": "Tee", "variants": [small]})).await.must(201);
    let large = json!({"option_values": {"Size": "L"}, "price": 2200, "sku": "TEE/L", "stock": 3});
    let made = door.post("/products/TEE/variants", &large).await;
    let variant = made.must(201);
    let id = variant["variant_id"].as_str().unwrap();
    assert_eq!(
        (made.header("location"), &variant["position"]),
        (format!("/variants/{id}").as_str(), &json!(2))
    );
    assert_eq!(door.get("/variants/sku:TEE%2FL").await.must(200), variant);
    let patched =
        door.patch("/variants/sku:TEE%2FL", &json!({"price": 2300, "tax_code": "reduced"})).await.must(200);
    assert_eq!(
        (&patched["price"]["amount"], &patched["tax_code"], &patched["version"]),
        (&json!(2300), &json!("reduced"), &json!(3))
    );
    let all = door.get("/products/TEE/variants").await.must(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    assert_eq!(door.delete(&format!("/variants/{id}")).await.status, 204);
    let last = all["data"][0]["variant_id"].as_str().unwrap();
    assert_eq!(door.delete(&format!("/variants/{last}")).await.told(), "409 last_variant");
}

#[tokio::test]
async fn a_variant_is_put_by_its_sku() {
    let door = Door::open().await;
    door.put(
        "/products/TEE",
        &json!({"title": "Tee", "variants": [{"option_values": {"Size": "S"}, "price": 1}]}),
    )
    .await
    .must(201);
    let medium = json!({"product_id": "TEE", "option_values": {"Size": "M"}, "price": 2100, "stock": 5});
    let made = door.put("/variants/sku:TEE-M", &medium).await;
    assert_eq!(made.must(201)["sku"], "TEE-M");
    let again = door
        .put("/variants/sku:TEE-M", &json!({"option_values": {"Size": "M"}, "price": 2200}))
        .await
        .must(200);
    assert_eq!((&again["variant_id"], &again["price"]["amount"]), (&made.json()["variant_id"], &json!(2200)));
    assert_eq!(
        door.put("/variants/sku:NEW", &json!({"price": 1})).await.told(),
        "400 validation_failed; /product_id validation_failed"
    );
    assert_eq!(
        door.put("/variants/V1", &json!({"price": 1})).await.told(),
        "400 validation_failed;  validation_failed"
    );
}

#[tokio::test]
async fn what_a_variant_costs_the_shop_is_not_for_readers() {
    let door = Door::open().await;
    door.put("/products/P1", &json!({"title": "Mug", "price": 1000, "cost": 400})).await.must(201);
    let secret = door.key(&["catalog:read"]).await;
    let bearer = format!("Bearer {secret}");
    let seen = door.ask(Method::GET, "/products/P1", &[("authorization", &bearer)], b"").await.must(200);
    assert_eq!(seen["variants"][0]["cost"], Value::Null);
    let refused = door.ask(Method::DELETE, "/products/P1", &[("authorization", &bearer)], b"").await;
    assert_eq!(refused.told(), "403 insufficient_scope");
    assert_eq!(door.get("/products/P1").await.must(200)["variants"][0]["cost"], eur(400));
}

#[tokio::test]
async fn a_shopify_file_is_judged_and_imported() {
    let door = Door::open().await;
    let csv = "Handle,Title,Variant Price,Variant SKU\nmug,Mug,14.90,MUG\ncup,Cup,9.999,CUP\n";
    let send = async |path: &str, kind: &str, body: &str| {
        door.ask(Method::POST, path, &[("content-type", kind)], body.as_bytes()).await
    };
    let dry = send("/imports?dry_run=true", "text/csv", csv).await.must(200);
    assert_eq!((&dry["products_created"], &dry["dry_run"]), (&json!(1), &json!(true)));
    assert_eq!(door.get("/products").await.must(200)["data"], json!([]));
    let report = send("/imports", "text/csv; charset=utf-8", csv).await.must(200);
    assert_eq!(
        (&report["products_created"], &report["errors"][0]["row"], &report["errors"][0]["code"]),
        (&json!(1), &json!(3), &json!("excess_precision"))
    );
    let mended = report["errors_csv"].as_str().unwrap().replace("9.999", "9.99");
    let again = send("/imports", "text/csv", &mended).await.must(200);
    assert_eq!((&again["products_created"], &again["errors_csv"]), (&json!(1), &Value::Null));
    assert_eq!(door.get("/products/handle:cup").await.must(200)["variants"][0]["price"], eur(999));
    let other = send("/imports", "text/csv", "Product Handle,Product Title\na,A\n").await;
    assert_eq!(
        (other.told().as_str(), &other.json()["missing_column"]),
        ("400 not_a_shopify_file", &json!("Handle"))
    );
    assert_eq!(send("/imports", "application/json", "{}").await.told(), "415 unsupported_media_type");
    assert_eq!(
        send("/imports?format=woo", "text/csv", csv).await.told(),
        "400 validation_failed; /format validation_failed"
    );
}
