//! Servers that share the work of one shop: those that answer, and those that run the jobs.

use serde_json::{Value, json};
use sutler_client::{Call, Client};
use sutler_testkit::servers::nats::Nats;
use sutler_testkit::servers::postgres::Postgres;

use crate::server::{API_KEY, Server, command, folder, http, run};

fn client(server: &Server) -> Client {
    server.client().with_key(API_KEY)
}

/// Place an order, and wait so long for its payment.
async fn place(server: &Server, wait: &str) -> Value {
    let order = json!({
        "items": [{"product_id": "P1", "quantity": 1}],
        "payment": {"gateway": "fake", "token": "tok_ok"}
    });
    let call = Call::post("/orders").header("prefer", wait).json(&order);
    client(server).send(call).await.unwrap().json().unwrap()
}

async fn metrics(server: &Server) -> String {
    http().get(format!("{}/metrics", server.url)).send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn what_is_placed_at_one_server_is_paid_by_another() {
    let (postgres, nats) = (Postgres::start().unwrap(), Nats::start().unwrap());
    let (url, bus) = (postgres.url(&postgres.database().unwrap()), nats.url());
    let folders = [folder(), folder()];
    let vars =
        [("DATABASE_URL", url.as_str()), ("NATS_URL", bus.as_str()), ("SUTLER_HTTP__DRAIN_DELAY", "0s")];
    let api = Server::serve_as(folders[0].path(), &["--port", "0", "--role", "api"], &vars);
    assert_eq!(api.logged("ready")[0]["role"], "api");
    let product = json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "stock": 10});
    api.ask("PUT", "/products/P1", Some(product)).await.unwrap();
    let basket = json!({"items": [{"product_id": "P1", "quantity": 1}], "ttl": "PT1S"});
    let basket = api.ask("POST", "/reservations", Some(basket)).await.unwrap();

    // The basket's time runs out while the first answer waits for a payment that nobody here makes.
    let mut placed = vec![place(&api, "wait=2").await];
    placed.push(place(&api, "wait=1").await);
    assert!(placed.iter().all(|order| order["status"] == "created"), "{placed:?}");
    let jobs = api.ask("GET", "/jobs", None).await.unwrap();
    let jobs = jobs["data"].as_array().unwrap();
    let payments = jobs.iter().filter(|job| job["kind"] == "process_order");
    assert_eq!(payments.count(), 2, "{jobs:?}");
    assert!(jobs.iter().all(|job| job["state"] == "ready" && job["attempts"] == 0), "{jobs:?}");
    let path = format!("/reservations/{}", basket["reservation_id"].as_str().unwrap());
    assert_eq!(api.ask("GET", &path, None).await.unwrap()["status"], "open");
    assert!(nats.messages("SUTLER").await.is_err(), "and it has nothing to do with the bus");

    let worker = Server::serve_as(folders[1].path(), &["--port", "0", "--role", "worker"], &vars);
    assert_eq!(worker.logged("ready")[0]["role"], "worker");
    for order in &placed {
        let path = format!("/orders/{}", order["order_id"].as_str().unwrap());
        while api.ask("GET", &path, None).await.unwrap()["status"] != "confirmed" {}
    }
    assert_eq!(place(&api, "wait=30").await["status"], "confirmed");
    while api.ask("GET", &path, None).await.unwrap()["status"] == "open" {}
    while nats.messages("SUTLER").await.unwrap().is_empty() {}

    assert_eq!(worker.ask("GET", "/orders", None).await.unwrap_err(), "not_found");
    let told = http().get(format!("{}/orders", worker.url)).send().await.unwrap().text().await.unwrap();
    assert!(told.contains("only runs jobs") && told.contains("api or all"), "{told}");
    for path in ["/livez", "/readyz"] {
        assert_eq!(http().get(format!("{}{path}", worker.url)).send().await.unwrap().status(), 200, "{path}");
    }
    assert!(metrics(&worker).await.contains("sutler_outbox_pending"));
    assert!(!metrics(&api).await.contains("sutler_outbox_pending"));
    let status = run(command(folders[1].path(), &["status", "--quiet"]), None);
    assert_eq!(status.code, 0, "a worker has a health check, too: {status:?}");
    assert_eq!((api.stop().code(), worker.stop().code()), (Some(0), Some(0)));
}

#[test]
fn a_part_of_the_work_is_refused_where_nobody_can_do_the_rest() {
    for (args, vars, role, store) in [
        (&["--role", "worker"][..], &[][..], "worker", "the SQLite file ./sutler-data/sutler.db"),
        (&["--role", "api"], &[("DATABASE_URL", "memory:")], "api", "the store in memory"),
        (&[], &[("SUTLER_ROLE", "api")], "api", "the SQLite file"),
    ] {
        let folder = folder();
        let mut serve = command(folder.path(), &["serve", "--port", "0"]);
        serve.args(args).env("API_KEY", API_KEY).envs(vars.iter().copied());
        let said = run(serve, None);
        assert_eq!(said.code, 3, "{said:?}");
        let first = format!("error: role = \"{role}\" is one part of the work, and {store}");
        assert!(said.err.starts_with(&first), "{said:?}");
        let from = if args.is_empty() { "from: SUTLER_ROLE in the environment" } else { "from: --role" };
        assert!(said.err.contains(from) && said.err.contains("DATABASE_URL=postgres://"), "{said:?}");
        assert!(!folder.path().join("sutler-data").exists(), "nothing was made");
    }
    let folder = folder();
    let said = run(command(folder.path(), &["serve", "--role", "wrkr"]), None);
    assert!(said.code == 2 && said.err.contains("[possible values: all, api, worker]"), "{said:?}");
    // A developer's server does everything, whatever the shop's are told.
    std::fs::write(folder.path().join("sutler.toml"), "role = \"worker\"\n").unwrap();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    assert_eq!(server.stop().code(), Some(0));
}
