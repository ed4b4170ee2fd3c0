//! Servers on one database behind the balancer, while one is stopped and another is killed.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::future::join_all;
use serde_json::json;
use sutler_client::{Call, Client, Retries};
use sutler_testkit::servers::a_moment;
use sutler_testkit::servers::postgres::Postgres;

use crate::server::{API_KEY, Server, balancer, folder};

/// What buyers were told.
#[derive(Default)]
struct Told {
    placed: AtomicUsize,
    /// First tries that were not answered with an order.
    failed: AtomicUsize,
    stop: AtomicBool,
}

/// Place orders one after the other, each again under its key until it is acknowledged; gives their ids.
async fn buy(buyer: usize, client: Client, told: &Told) -> Vec<String> {
    let order = json!({"items": [{"product_id": "P1", "quantity": 1}], "payment": {"gateway": "fake"}});
    let mut ids = Vec::new();
    while !told.stop.load(Ordering::Relaxed) {
        let key = format!("buyer-{buyer}-order-{}", ids.len());
        let mut failed = false;
        let placed: serde_json::Value = loop {
            let call = Call::post("/orders").idempotency_key(&key).json(&order);
            match client.send(call).await {
                Ok(answer) => break answer.json().unwrap(),
                Err(_) => failed = true,
            }
        };
        told.failed.fetch_add(usize::from(failed), Ordering::Relaxed);
        told.placed.fetch_add(1, Ordering::Relaxed);
        ids.push(placed["order_id"].as_str().unwrap().to_owned());
    }
    ids
}

#[tokio::test]
async fn nodes_end_and_are_killed_behind_the_balancer_and_no_order_is_lost_or_doubled() {
    let Some(program) = balancer() else { return };
    let postgres = Postgres::start().unwrap();
    let database = postgres.database().unwrap();
    let url = postgres.url(&database);
    let folders = [folder(), folder(), folder()];
    let vars = [("DATABASE_URL", url.as_str()), ("SUTLER_HTTP__DRAIN_DELAY", "2s")];
    let [ending, killed, staying] = folders.each_ref().map(|folder| Server::serve(folder.path(), &vars));
    let product = json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "stock": 100_000});
    staying.ask("PUT", "/products/P1", Some(product)).await.unwrap();

    let mut command = std::process::Command::new(program);
    command.args(["--listen", "127.0.0.1:0", "--check-interval", "100ms"]);
    for node in [&ending, &killed, &staying] {
        command.args(["--upstream", &node.url]);
    }
    let balance = Server::of(command, folders[0].path());
    let told = Told::default();
    let more = async || {
        let goal = told.placed.load(Ordering::Relaxed) + 20;
        while told.placed.load(Ordering::Relaxed) < goal {
            a_moment().await;
        }
    };
    let buyers = 4;
    let trouble = async {
        more().await;
        // It says so, finishes what it has, and nobody notices.
        ending.signal("TERM");
        let ended = tokio::task::spawn_blocking(move || ending.end());
        let status = ended.await.unwrap();
        assert_eq!(status.code(), Some(0));
        more().await;
        assert_eq!(told.failed.load(Ordering::Relaxed), 0, "while a node ended in good order");
        killed.signal("KILL");
        more().await;
        // What was under way at the kill may be lost, once for each buyer; who repeats it is told what became of it.
        assert!(told.failed.load(Ordering::Relaxed) <= buyers);
        told.stop.store(true, Ordering::Relaxed);
    };
    let client = || Client::new(&balance.url).unwrap().with_key(API_KEY).with_retries(Retries::NEVER);
    let shop = join_all((0..buyers).map(|buyer| buy(buyer, client(), &told)));
    let (ids, ()) = futures::join!(shop, trouble);

    let ids: Vec<String> = ids.into_iter().flatten().collect();
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    assert_eq!(postgres.sql(&database, "SELECT count(*) FROM orders").unwrap(), ids.len().to_string());
    let report = balance.ask("POST", "/verify", None).await.unwrap();
    assert_eq!(report["clean"], true, "{report}");
    assert_eq!(balance.stop().code(), Some(0));
}
