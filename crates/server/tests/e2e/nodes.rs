//! Several servers on one PostgreSQL database, as operators and buyers see them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures::future::join_all;
use serde_json::{Value, json};
use sutler_testkit::servers::a_moment;
use sutler_testkit::servers::postgres::Postgres;

use crate::server::{API_KEY, Server, command, folder, run};

fn product(price: i64, stock: i64) -> Value {
    json!({"title": "P1", "price": {"amount": price, "currency": "EUR"}, "stock": stock})
}

fn order() -> Value {
    json!({"items": [{"product_id": "P1", "quantity": 1}], "payment": {"gateway": "fake"}})
}

#[tokio::test]
async fn two_servers_are_one_shop() {
    let postgres = Postgres::start().unwrap();
    let url = postgres.url(&postgres.database().unwrap());
    let folders = [folder(), folder()];
    let vars = [("DATABASE_URL", url.as_str()), ("SUTLER_HTTP__DRAIN_DELAY", "0s")];
    let [one, other] = folders.each_ref().map(|folder| Server::serve(folder.path(), &vars));
    let storage = one.logged("ready").pop().unwrap()["storage"].as_str().unwrap().to_owned();
    assert!(storage.ends_with("(PostgreSQL)"), "{storage}");

    one.ask("PUT", "/products/P1", Some(product(1000, 20))).await.unwrap();
    let price = async |server: &Server| {
        let found = server.ask("GET", "/products/P1", None).await.unwrap();
        found["variants"][0]["price"]["amount"].as_i64().unwrap()
    };
    assert_eq!(price(&other).await, 1000);
    one.ask(
        "PUT",
        "/products/P1",
        Some(json!({"title": "P1", "price": {"amount": 1200, "currency": "EUR"}})),
    )
    .await
    .unwrap();
    while price(&other).await != 1200 {}

    // Each order waits for its payment, which either server may make.
    let both = [&one, &other];
    let placed = join_all((0..20).map(|n: usize| both[n % 2].ask("POST", "/orders", Some(order())))).await;
    for order in &placed {
        let order = order.as_ref().unwrap();
        assert_eq!(
            (&order["status"], &order["totals"]["total"]["amount"]),
            (&json!("confirmed"), &json!(1200))
        );
    }
    let mut numbers: Vec<_> = placed.into_iter().map(|order| order.unwrap()["number"].clone()).collect();
    numbers.sort_by_key(ToString::to_string);
    numbers.dedup();
    assert_eq!(numbers.len(), 20);
    for server in both {
        assert_eq!(server.ask("POST", "/orders", Some(order())).await.unwrap_err(), "out_of_stock");
    }

    one.signal("KILL");
    one.end();
    other.ask("GET", "/orders/number:1020", None).await.unwrap();
    other
        .ask("PUT", "/products/P2", Some(json!({"title": "P2", "price": {"amount": 1, "currency": "EUR"}})))
        .await
        .unwrap();

    let sutler = |args: &[&str]| {
        let mut command = command(folders[1].path(), args);
        command.env("DATABASE_URL", &url).env("API_KEY", API_KEY);
        run(command, None)
    };
    let verified = sutler(&["verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.out.contains("everything stored follows from"), "{verified:?}");
    let doctor = sutler(&["doctor"]);
    assert!(doctor.out.contains("PostgreSQL") && doctor.out.contains("migrations 9/9"), "{doctor:?}");
    let backup = sutler(&["backup"]);
    assert!(backup.code == 3 && backup.err.contains("pg_dump"), "{backup:?}");
    assert_eq!(other.stop().code(), Some(0));
}

/// Place orders through a server, one after the other, until told to stop; gives what was acknowledged.
async fn buy(server: &Server, stop: &AtomicBool, placed: &AtomicU64) -> Vec<String> {
    let mut told = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        if let Ok(order) = server.ask("POST", "/orders", Some(order())).await {
            told.push(order["order_id"].as_str().unwrap().to_owned());
            placed.fetch_add(1, Ordering::Relaxed);
        }
    }
    told
}

#[tokio::test]
async fn a_server_that_is_stopped_stops_no_other() {
    let postgres = Postgres::start().unwrap();
    let url = postgres.url(&postgres.database().unwrap());
    let folders = [folder(), folder()];
    let vars = [("DATABASE_URL", url.as_str()), ("SUTLER_HTTP__DRAIN_DELAY", "0s")];
    let [one, other] = folders.each_ref().map(|folder| Server::serve(folder.path(), &vars));
    one.ask("PUT", "/products/P1", Some(product(1000, 100_000))).await.unwrap();
    let (stop, by_one, by_other) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let goes_on = async |placed: &AtomicU64, more: u64| {
        let goal = placed.load(Ordering::Relaxed) + more;
        while placed.load(Ordering::Relaxed) < goal {
            a_moment().await;
        }
    };
    let trouble = async {
        for _ in 0..3 {
            goes_on(&by_one, 5).await;
            // It may have the door, or not; the other goes on in any case.
            one.signal("STOP");
            goes_on(&by_other, 5).await;
            one.signal("CONT");
        }
        goes_on(&by_one, 5).await;
        stop.store(true, Ordering::Relaxed);
    };
    let ones = join_all((0..4).map(|_| buy(&one, &stop, &by_one)));
    let others = join_all((0..4).map(|_| buy(&other, &stop, &by_other)));
    let (ones, others, ()) = futures::join!(ones, others, trouble);
    for id in ones.into_iter().chain(others).flatten() {
        other.ask("GET", &format!("/orders/{id}"), None).await.unwrap();
    }
    let report = one.ask("POST", "/verify", None).await.unwrap();
    assert_eq!(report["clean"], true, "{report}");
}

/// A node takes the money, is killed, and another one gives it back: they have one gateway, whose books outlive both.
#[tokio::test]
async fn servers_of_one_machine_may_have_one_fake_gateway() {
    let postgres = Postgres::start().unwrap();
    let url = postgres.url(&postgres.database().unwrap());
    let folders = [folder(), folder(), folder()];
    let books = folders[2].path().join("gateway.ndjson").display().to_string();
    let vars = [("DATABASE_URL", url.as_str()), ("SUTLER_PAYMENTS__FAKE_BOOKS", books.as_str())];
    let [one, other] = [&folders[0], &folders[1]].map(|folder| Server::serve(folder.path(), &vars));
    one.ask("PUT", "/products/P1", Some(product(1000, 20))).await.unwrap();
    let placed = one.ask("POST", "/orders", Some(order())).await.unwrap();
    assert_eq!(placed["status"], "confirmed");
    one.signal("KILL");
    one.end();
    let shown = other.ask("GET", "/gateways/fake/books", None).await.unwrap();
    assert_eq!(shown["data"][0]["operation"], "charge", "{shown}");
    let refund = json!({"order_id": placed["order_id"]});
    let refunded = other.ask("POST", "/refunds", Some(refund)).await.unwrap();
    assert_eq!(refunded["status"], "succeeded", "{refunded}");
    let lines = std::fs::read_to_string(&books).unwrap().lines().count();
    assert_eq!(lines, 2, "a charge and a refund");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let folder = folder();
    let start = |url: &str| {
        let mut command = command(folder.path(), &["serve", "--port", "0"]);
        command.env("DATABASE_URL", url).env("API_KEY", API_KEY);
        run(command, None)
    };
    let said = start("postgres://shop:s3cret@127.0.0.1:1/orders");
    assert_eq!(said.code, 7, "{said:?}");
    assert!(said.err.contains("cannot reach PostgreSQL at 127.0.0.1:1/orders ("), "{said:?}");
    assert!(said.err.contains("pg_isready") && !said.err.contains("s3cret"), "{said:?}");
    let said = start("postgres://shop:s3cret@db/orders?color=red");
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.err.contains("is no address of a PostgreSQL database") && !said.err.contains("s3cret"),
        "{said:?}"
    );
}
