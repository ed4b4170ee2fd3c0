//! The first command a person runs.

use serde_json::json;

use crate::server::{Server, folder, http, sutler};

#[tokio::test]
async fn it_starts_with_a_sample_shop_and_keeps_it() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    for word in [
        "dev mode",
        "sk_dev_sutler",
        "sutler-data/dev.db",
        "24 products, 61 variants, 2 locations, 60 orders",
    ] {
        assert!(server.banner.contains(word), "{word} is missing in:\n{}", server.banner);
    }
    let orders = server.client().orders().list(&[("limit", "200")]).all().await.unwrap();
    assert_eq!(orders.len(), 60);
    assert!(orders.iter().all(|order| order.metadata["sample"] == "true"));
    for status in ["created", "confirmed", "completed", "canceled"] {
        assert!(orders.iter().any(|order| order.status == status), "no sample order is {status}");
    }
    for status in
        ["unpaid", "requires_action", "authorized", "paid", "partially_refunded", "refunded", "failed"]
    {
        assert!(orders.iter().any(|order| order.payment_status == status), "no sample order is {status}");
    }
    for status in ["unfulfilled", "partially_shipped", "shipped", "delivered"] {
        assert!(orders.iter().any(|order| order.fulfillment_status == status), "no sample order is {status}");
    }
    assert!(orders.iter().any(|order| !order.holds.is_empty()), "no sample order is on hold");
    let placed = server.ask("POST", "/orders", Some(sutler_order())).await.unwrap();
    assert_eq!(placed["number"], "1061");
    assert_eq!(server.stop().code(), Some(0));

    let again = Server::dev(folder.path(), &[]);
    assert!(again.banner.contains("from an earlier start"), "{}", again.banner);
    let kept = again.ask("GET", "/orders/number:1061", None).await.unwrap();
    assert_eq!(kept["order_id"], placed["order_id"]);
    assert_eq!(again.stop().code(), Some(0));

    let fresh = Server::dev(folder.path(), &["--fresh", "--no-sample"]);
    let orders = fresh.client().orders().list(&[]).all().await.unwrap();
    assert!(orders.is_empty(), "--fresh forgets");
}

fn sutler_order() -> serde_json::Value {
    json!({"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 1}]})
}

#[tokio::test]
async fn the_seeds_contract_holds_to_the_letter() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    let product = json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "stock": 10});
    server.ask("PUT", "/products/P1", Some(product)).await.unwrap();
    let http = http();
    let post = |body: serde_json::Value| {
        let request = http.post(format!("{}/orders", server.url)).header("content-type", "application/json");
        async move {
            let answer = request.body(body.to_string()).send().await.unwrap();
            (
                answer.status().as_u16(),
                serde_json::from_str::<serde_json::Value>(&answer.text().await.unwrap()).unwrap(),
            )
        }
    };
    let (status, placed) = post(sutler_order()).await;
    assert_eq!((status, &placed["status"]), (201, &json!("created")));
    assert!(placed["order_id"].as_str().unwrap().starts_with("ord_"));
    assert_eq!(placed["items"][0]["quantity"]["ordered"], 1);
    for (items, expected) in [
        (json!([{"product_id": "P9", "quantity": 1}]), 400),
        (json!([]), 400),
        (json!([{"product_id": "P1", "quantity": 0}]), 400),
        (json!([{"product_id": "P1", "quantity": 1.5}]), 400),
        (json!([{"product_id": "P1", "quantity": 10}]), 409),
    ] {
        let (status, body) = post(json!({"customer_id": "C1", "items": items})).await;
        assert_eq!(status, expected, "{body}");
        assert!(!body["error"].as_str().unwrap().is_empty(), "{body}");
    }
}

#[test]
fn strangers_are_not_let_in() {
    let folder = folder();
    std::fs::write(folder.path().join("sutler.toml"), "[http]\nlisten = \"0.0.0.0:0\"\n").unwrap();
    let said = sutler(folder.path(), &["dev"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.err.contains("refusing to listen on 0.0.0.0:0") && said.err.contains("--allow-remote"),
        "{said:?}"
    );
}

#[test]
fn fresh_forgets_no_database_of_others() {
    let folder = folder();
    let file = folder.path().join("orders.db");
    std::fs::write(&file, "precious").unwrap();
    let mut command = crate::server::command(folder.path(), &["dev", "--fresh"]);
    command.env("DATABASE_URL", "sqlite:///orders.db");
    let said = crate::server::run(command, None);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("DATABASE_URL"), "{said:?}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "precious");
}

#[tokio::test]
async fn the_sample_goes_out_again() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let unconfirmed = sutler(folder.path(), &["sample", "remove"]);
    assert_eq!(unconfirmed.code, 2, "{unconfirmed:?}");
    let said = sutler(folder.path(), &["sample", "remove", "--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("24 products removed"), "{said:?}");
    let open = server.client().orders().list(&[("status", "created")]).all().await.unwrap();
    assert!(open.is_empty(), "{:?}", open.first());
    let said = sutler(folder.path(), &["sample", "load"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("24 products, 61 variants, 2 locations, 0 orders"), "{said:?}");
}
