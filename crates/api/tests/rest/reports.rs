//! Reports and the books over HTTP, and as a page.

use axum::http::Method;
use serde_json::json;

use crate::door::{Door, paid};

async fn shop() -> Door {
    let door = Door::open().await;
    door.product("P1", 1490, Some(10)).await;
    for (quantity, token) in [(2, "tok_ok"), (1, "tok_declined")] {
        door.post("/orders", &paid("P1", quantity, token)).await.must(201);
    }
    door.settle().await;
    door
}

#[tokio::test]
async fn a_report_is_json_csv_and_a_picture() {
    let door = shop().await;
    let json = door.get("/reports/sales_by_day?from=2026-11-21&until=2026-11-22").await.must(200);
    assert_eq!(json["columns"][3], json!({"name": "revenue", "title": "Revenue", "type": "money"}));
    let today =
        json!({"day": "2026-11-22", "orders": 2, "paid": 1, "revenue": {"amount": 2980, "currency": "EUR"}});
    assert_eq!(json["data"][1], today);
    assert_eq!(
        (&json["from"], &json["until"]),
        (&json!("2026-11-21T00:00:00.000Z"), &json!("2026-11-23T00:00:00.000Z"))
    );

    let csv = door.get("/reports/best_sellers?format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = String::from_utf8(csv.bytes).unwrap();
    assert_eq!(text, "title,product_id,sku,units,sales,currency\nP1,P1,SKU-P1,2,29.80,EUR\n");
    let svg = door.get("/reports/sales_by_day?format=svg").await;
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    let text = String::from_utf8(svg.bytes).unwrap();
    assert_eq!(text.matches("<rect").count(), 30, "a bar for each of the last 30 days");
    assert!(text.contains("<title>2026-11-22: 29.80 EUR</title>"), "{text}");

    for (path, told) in [
        ("/reports/sales", "404 not_found"),
        ("/reports/refunds?from=yesterday", "400 validation_failed; /from validation_failed"),
        ("/reports/refunds?format=pdf", "400 validation_failed; /format validation_failed"),
        (
            "/reports/refunds?from=2026-11-22&until=2026-11-21",
            "400 validation_failed; /until validation_failed",
        ),
    ] {
        assert_eq!(door.get(path).await.told(), told, "{path}");
    }
}

#[tokio::test]
async fn the_dashboard_shows_each_report_and_gives_it_as_a_file() {
    let door = shop().await;
    for name in [
        "sales_by_day",
        "sales_by_product",
        "sales_by_channel",
        "best_sellers",
        "stock_value",
        "refunds",
        "unpaid",
    ] {
        let reply = door.get(&format!("/admin/reports/{name}")).await;
        assert_eq!(reply.status, 200, "{name}");
        let page = String::from_utf8(reply.bytes).unwrap();
        assert!(page.contains("class=\"report-bars\"") && !page.contains("<style>"), "{name}");
    }
    let csv = door.get("/admin/reports/unpaid?format=csv").await;
    assert!(String::from_utf8(csv.bytes).unwrap().contains(",failed,14.90,EUR"));
    let first = door.ask(Method::GET, "/admin/reports", &[], b"").await;
    assert_eq!((first.status.as_u16(), first.header("location")), (303, "/admin/reports/sales_by_day"));
}

#[tokio::test]
async fn the_books_are_read_page_by_page() {
    let door = shop().await;
    let first = door.get("/journal?limit=1").await.must(200);
    assert_eq!(first["page"]["has_more"], true);
    let entry = &first["data"][0];
    assert_eq!((&entry["event"], &entry["object"]), (&json!("order.placed"), &json!("book_entry")));
    assert_eq!(entry["lines"][0]["debit"], json!({"amount": 2980, "currency": "EUR"}));
    assert_eq!(entry["lines"][1]["account"], "revenue");
    assert_eq!(entry["lines"][1]["credit"]["amount"], 2980);
    let next = first["page"]["next"].as_str().unwrap();
    let rest = door.get(&format!("/journal?after={next}")).await.must(200);
    assert_eq!(rest["data"].as_array().unwrap().len(), 2, "{rest}");
    assert_eq!(door.get("/journal?after=x").await.told(), "400 validation_failed; /after validation_failed");
}
