//! Background work as operators see it: a server that dies, a queue that is paused, and the command line.

use serde_json::{Value, json};
use sutler_testkit::servers::postgres::Postgres;

use crate::server::{API_KEY, Server, command, folder, run};

fn product() -> Value {
    json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "stock": 20})
}

/// Place an order and do not wait for its payment.
async fn place(server: &Server) -> String {
    let order = json!({
        "items": [{"product_id": "P1", "quantity": 1}],
        "payment": {"gateway": "fake", "token": "tok_ok"}
    });
    let call = sutler_client::Call::post("/orders").header("prefer", "wait=0").json(&order);
    let placed: Value = server.client().with_key(API_KEY).send(call).await.unwrap().json().unwrap();
    placed["order_id"].as_str().unwrap().to_owned()
}

/// A worker dies in the middle of a call to the gateway, which is held up while it makes it.
#[tokio::test(flavor = "multi_thread")]
async fn the_job_of_a_server_that_died_is_taken_over() {
    let postgres = Postgres::start().unwrap();
    let url = postgres.url(&postgres.database().unwrap());
    let folders = [folder(), folder(), folder(), folder()];
    let books = folders[3].path().join("gateway.ndjson");
    let vars = [
        ("DATABASE_URL", url.as_str()),
        ("SUTLER_PAYMENTS__FAKE_BOOKS", books.to_str().unwrap()),
        ("SUTLER_JOBS__LEASE", "5s"),
        ("SUTLER_HTTP__DRAIN_DELAY", "0s"),
    ];
    let serve = |folder: usize, role: &str| {
        Server::serve_as(folders[folder].path(), &["--port", "0", "--role", role], &vars)
    };
    let api = serve(0, "api");
    api.ask("PUT", "/products/P1", Some(product())).await.unwrap();
    let doomed = serve(1, "worker");
    let held = std::fs::File::options().read(true).append(true).open(&books).unwrap();
    held.lock().unwrap();
    let order = place(&api).await;
    let job = async || {
        let found = api.ask("GET", "/jobs?kind=process_order", None).await.unwrap();
        found["data"][0].clone()
    };
    while job().await["state"] != "running" {}
    assert_eq!(job().await["worker"], doomed.pid().to_string());
    doomed.signal("KILL");
    doomed.end();
    held.unlock().unwrap();

    let heir = serve(2, "worker");
    let path = format!("/orders/{order}");
    while api.ask("GET", &path, None).await.unwrap()["status"] != "confirmed" {}
    let done = job().await;
    assert_eq!((&done["state"], &done["attempts"]), (&json!("done"), &json!(2)), "{done}");
    let shown = api.ask("GET", &format!("/jobs/{}", done["job_id"].as_str().unwrap()), None).await.unwrap();
    let failures = shown["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{shown}");
    assert!(failures[0]["error"].as_str().unwrap().contains("ran out"), "{shown}");
    let shown = api.ask("GET", "/gateways/fake/books", None).await.unwrap();
    assert_eq!(shown["data"].as_array().unwrap().len(), 1, "one charge, whoever made it: {shown}");
    assert_eq!((api.stop().code(), heir.stop().code()), (Some(0), Some(0)));
}

#[tokio::test]
async fn a_queue_is_paused_over_a_restart_and_resumed_by_the_command_line() {
    let folder = folder();
    let vars = [("SUTLER_HTTP__DRAIN_DELAY", "0s")];
    let server = Server::serve(folder.path(), &vars);
    server.ask("PUT", "/products/P1", Some(product())).await.unwrap();
    let sutler = |url: &str, args: &[&str]| {
        let mut command = command(folder.path(), args);
        command.env("SUTLER_URL", url).env("API_KEY", API_KEY);
        let said = run(command, None);
        assert_eq!(said.code, 0, "{said:?}");
        said.out
    };
    assert!(sutler(&server.url, &["jobs", "pause", "payments"]).contains("payments is paused since"));
    assert_eq!(server.stop().code(), Some(0));

    let server = Server::serve(folder.path(), &vars);
    let order = place(&server).await;
    let path = format!("/orders/{order}");
    let listed = sutler(&server.url, &["jobs", "list", "--queue", "payments", "--state", "ready"]);
    assert!(listed.contains("process_order"), "{listed}");
    let queues = sutler(&server.url, &["jobs", "queues"]);
    assert!(queues.contains("payments") && queues.contains("by key:key_"), "{queues}");
    let shown = sutler(&server.url, &["jobs", "queues", "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["data"][1]["jobs"]["ready"], 1, "{shown}");
    assert_eq!(server.ask("GET", &path, None).await.unwrap()["status"], "created");
    assert!(sutler(&server.url, &["doctor"]).contains("sutler jobs resume payments"));
    assert!(sutler(&server.url, &["jobs", "resume", "payments"]).contains("payments runs"));
    while server.ask("GET", &path, None).await.unwrap()["status"] != "confirmed" {}
    let retried = sutler(&server.url, &["jobs", "retry", "--state", "dead", "--yes"]);
    assert_eq!(retried, "0 jobs wait for a worker again\n");
    assert_eq!(server.stop().code(), Some(0));
}
