//! Every node of a shop is restarted, one after the other, while buyers and readers go on: nobody notices.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use serde_json::{Value, json};
use sutler_client::{Call, Client, Retries};
use sutler_testkit::servers::a_moment;
use sutler_testkit::servers::postgres::Postgres;
use tempfile::TempDir;

use crate::server::{API_KEY, Server, balancer, folder, http};

/// Clients of each kind.
const CLIENTS: usize = 3;

/// Requests answered between two steps.
const BETWEEN: usize = 40;

/// What clients were told.
#[derive(Default)]
struct Told {
    answered: AtomicUsize,
    placed: AtomicUsize,
    failures: Mutex<Vec<String>>,
    stop: AtomicBool,
}

impl Told {
    /// Ask one thing after the other, each once.
    async fn keep_asking(&self, client: &Client, call: impl Fn(usize) -> Call) {
        for n in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let call = call(n);
            match client.send(call).await {
                Ok(answer) => {
                    self.answered.fetch_add(1, Ordering::Relaxed);
                    self.placed.fetch_add(usize::from(answer.status == 201), Ordering::Relaxed);
                }
                Err(error) => self.failures.lock().unwrap().push(error.to_string()),
            }
        }
    }

    /// Wait until clients were answered some more, or told of a failure.
    async fn goes_on(&self) {
        let goal = self.answered.load(Ordering::Relaxed) + BETWEEN;
        while self.answered.load(Ordering::Relaxed) < goal && self.failures.lock().unwrap().is_empty() {
            a_moment().await;
        }
    }
}

/// A node that always has the same address once it has one.
fn node(folder: &TempDir, port: &str, database: &str) -> Server {
    let vars = [("DATABASE_URL", database), ("SUTLER_HTTP__DRAIN_DELAY", "500ms")];
    Server::serve_as(folder.path(), &["--port", port], &vars)
}

/// What the balancer counts: the value of a series.
async fn number(admin: &str, series: &str) -> u64 {
    let page = http().get(format!("{admin}/metrics")).send().await.unwrap().text().await.unwrap();
    let line = page.lines().find_map(|line| line.strip_prefix(series));
    line.unwrap_or_else(|| panic!("no {series} in {page}")).trim().parse().unwrap()
}

#[tokio::test]
async fn every_node_is_restarted_under_load_and_no_request_fails() {
    let Some(program) = balancer() else { return };
    let postgres = Postgres::start().unwrap();
    let database = postgres.database().unwrap();
    let url = postgres.url(&database);
    let folders: [Arc<TempDir>; 3] = [(); 3].map(|()| Arc::new(folder()));
    let mut nodes = folders.each_ref().map(|folder| Some(node(folder, "0", &url)));
    let urls = nodes.each_ref().map(|node| node.as_ref().unwrap().url.clone());
    let product = json!({"title": "P1", "price": {"amount": 1000, "currency": "EUR"}, "stock": 1_000_000});
    nodes[0].as_ref().unwrap().ask("PUT", "/products/P1", Some(product)).await.unwrap();

    let mut command = std::process::Command::new(program);
    command.args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--check-interval", "100ms"]);
    command.args(urls.iter().flat_map(|url| ["--upstream", url]));
    let balance = Server::of(command, folders[0].path());
    let admin = balance.logged("ready")[0]["admin"].as_str().unwrap().to_owned();
    let told = Told::default();
    let trouble = async {
        for (at, node_url) in urls.iter().enumerate() {
            told.goes_on().await;
            let ending = nodes[at].take().unwrap();
            let status = tokio::task::spawn_blocking(move || ending.stop()).await.unwrap();
            assert_eq!(status.code(), Some(0), "{node_url}");
            told.goes_on().await;
            let (folder, port) = (Arc::clone(&folders[at]), node_url.rsplit(':').next().unwrap().to_owned());
            let url = url.clone();
            let started = tokio::task::spawn_blocking(move || node(&folder, &port, &url));
            nodes[at] = Some(started.await.unwrap());
            let healthy = format!("sutler_balance_upstream_healthy{{upstream=\"{node_url}\"}}");
            while number(&admin, &healthy).await == 0 {}
        }
        told.goes_on().await;
        told.stop.store(true, Ordering::Relaxed);
    };
    let client = Client::new(&balance.url).unwrap().with_key(API_KEY).with_retries(Retries::NEVER);
    let order = json!({"items": [{"product_id": "P1", "quantity": 1}], "payment": {"gateway": "fake"}});
    let buyers =
        join_all((0..CLIENTS).map(|_| told.keep_asking(&client, |_| Call::post("/orders").json(&order))));
    let paths = ["/products/P1", "/orders?limit=3", "/inventory?limit=3"];
    let readers =
        join_all((0..CLIENTS).map(|_| told.keep_asking(&client, |n| Call::get(paths[n % paths.len()]))));
    futures::join!(buyers, readers, trouble);

    assert_eq!(*told.failures.lock().unwrap(), Vec::<String>::new());
    let stored = postgres.sql(&database, "SELECT count(*) FROM orders").unwrap();
    assert_eq!(stored, told.placed.load(Ordering::Relaxed).to_string(), "each order once");
    let report: Value = balance.ask("POST", "/verify", None).await.unwrap();
    assert_eq!(report["clean"], true, "{report}");
    assert_eq!(balance.stop().code(), Some(0));
}
