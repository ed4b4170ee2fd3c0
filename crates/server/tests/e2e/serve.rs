//! The production server: who is let in, and how it ends.

use serde_json::json;
use sutler_testkit::servers::a_moment;

use crate::server::{API_KEY, Server, folder, http, sutler};

#[tokio::test]
async fn it_takes_no_key_but_its_own() {
    let folder = folder();
    let server = Server::serve(folder.path(), &[]);
    let ready = server.logged("ready");
    assert_eq!(ready[0]["level"], "info");
    assert!(ready[0]["storage"].as_str().unwrap().contains("sutler.db"), "{ready:?}");
    let list = |key: Option<&str>| {
        let client = server.client();
        let client = match key {
            Some(key) => client.with_key(key),
            None => client,
        };
        async move { client.orders().list(&[]).all().await.map_err(|error| error.code().unwrap().to_owned()) }
    };
    assert_eq!(list(None).await.unwrap_err(), "unauthenticated");
    assert_eq!(list(Some("sk_dev_sutler")).await.unwrap_err(), "dev_key_refused");
    assert_eq!(list(Some(API_KEY)).await.unwrap(), []);
    let instance = std::fs::read_to_string(folder.path().join("sutler-data/server.json")).unwrap();
    assert!(!instance.contains("key"), "a production key is told to nobody: {instance}");
}

#[test]
fn commands_beside_the_env_file_have_its_key_for_that_server_alone() {
    let folder = folder();
    std::fs::write(folder.path().join(".env"), format!("API_KEY={API_KEY}\n")).unwrap();
    let server = Server::serve(folder.path(), &[]);
    assert_eq!(sutler(folder.path(), &["keys", "list"]).code, 0);
    let by_name = server.url.replace("127.0.0.1", "localhost");
    assert_eq!(sutler(folder.path(), &["keys", "list", "--server", &by_name]).code, 4);
}

#[tokio::test]
async fn orders_are_there_after_a_restart_and_after_a_kill() {
    let folder = folder();
    let server = Server::serve(folder.path(), &[]);
    let product = json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "stock": 10});
    server.ask("PUT", "/products/P1", Some(product)).await.unwrap();
    let order = json!({"items": [{"product_id": "P1", "quantity": 1}], "payment": {"gateway": "fake"}});
    let placed = server.ask("POST", "/orders", Some(order.clone())).await.unwrap();
    assert_eq!(placed["status"], "confirmed");
    assert_eq!(server.stop().code(), Some(0));

    let server = Server::serve(folder.path(), &[]);
    let kept = server.ask("GET", "/orders/number:1001", None).await.unwrap();
    assert_eq!(kept["order_id"], placed["order_id"]);
    server.ask("POST", "/orders", Some(order)).await.unwrap();
    server.signal("KILL");
    server.end();

    let server = Server::serve(folder.path(), &[]);
    server.ask("GET", "/orders/number:1002", None).await.unwrap();
    let level = server.ask("GET", "/inventory?limit=1", None).await.unwrap();
    assert_eq!(level["data"][0]["reserved"], 2);
}

#[tokio::test]
async fn it_says_that_it_drains_before_it_ends() {
    let folder = folder();
    let server = Server::serve(folder.path(), &[("SUTLER_HTTP__DRAIN_DELAY", "60s")]);
    assert_eq!(http().get(format!("{}/readyz", server.url)).send().await.unwrap().status(), 200);
    server.signal("TERM");
    while http().get(format!("{}/readyz", server.url)).send().await.unwrap().status() != 503 {}
    // A balancer that has not noticed yet is still served.
    server.ask("GET", "/orders", None).await.unwrap();
    server.signal("TERM");
    assert_eq!(server.end().code(), Some(130), "a second signal ends it at once");
}

#[tokio::test]
async fn the_memory_store_forgets() {
    let folder = folder();
    let vars = [("DATABASE_URL", "sqlite:///:memory:"), ("SUTLER_HTTP__DRAIN_DELAY", "0s")];
    let server = Server::serve(folder.path(), &vars);
    let product = json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}});
    server.ask("PUT", "/products/P1", Some(product)).await.unwrap();
    assert_eq!(server.stop().code(), Some(0));
    let server = Server::serve(folder.path(), &vars);
    assert_eq!(server.ask("GET", "/products/P1", None).await.unwrap_err(), "not_found");
}

#[tokio::test]
async fn the_numbers_may_have_a_listener_of_their_own() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    drop(taken);
    let folder = folder();
    let _server = Server::serve(folder.path(), &[("SUTLER_METRICS__LISTEN", &address)]);
    let answer = http().get(format!("http://{address}/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("sutler_build_info"));
    assert_eq!(http().get(format!("http://{address}/orders")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_request_is_one_line_of_the_log() {
    let folder = folder();
    let server = Server::serve(folder.path(), &[]);
    server.ask("GET", "/orders/number:7", None).await.unwrap_err();
    let line = loop {
        if let Some(line) = server.logged("request").pop() {
            break line;
        }
        a_moment().await;
    };
    assert_eq!((&line["status"], &line["route"]), (&404.into(), &"/orders/{id}".into()));
    assert_eq!(line["error"], "not_found");
    assert!(line["request_id"].as_str().unwrap().starts_with("req_"), "{line}");
    assert!(!line.to_string().contains(API_KEY), "a key is never in the log");
}
