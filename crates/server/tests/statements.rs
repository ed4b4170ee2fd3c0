//! How many SQL statements one `POST /orders` runs on SQLite, all in all: docs/performance.md states the figures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use sutler_adapters::fake::FakeGateway;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::sqlite::{Options, Sqlite};
use sutler_adapters::system::{SystemClock, SystemIds};
use sutler_api::rest::{self, Api};
use sutler_app::ports::PaymentGateway;
use sutler_app::{App, Ports, Settings};
use sutler_domain::Currency;
use tower::ServiceExt;

struct Shop {
    store: Arc<Sqlite>,
    app: App,
    router: Router,
    _folder: tempfile::TempDir,
}

impl Shop {
    /// An empty shop in a file, without anything that runs beside the requests.
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::open(folder.path().join("sutler.db"), Options::default()).unwrap());
        let clock = Arc::new(SystemClock);
        let fake: Arc<dyn PaymentGateway> = Arc::new(FakeGateway::new(clock.clone(), "http://localhost"));
        let ports = Ports {
            store: store.clone(),
            orders: store.clone(),
            catalog: store.clone(),
            prices: store.clone(),
            stock: store.clone(),
            contacts: store.clone(),
            access: store.clone(),
            feed: store.clone(),
            jobs: store.clone(),
            gateways: BTreeMap::from([("fake".to_owned(), fake)]),
            shipping: Arc::new(LogShipping),
            clock,
            ids: Arc::new(SystemIds::default()),
        };
        let app = App::new(ports, Settings::new(Currency::parse("EUR").unwrap()));
        app.inventory.ensure_default_location().await.unwrap();
        let api = Api::new(app.clone(), rest::Options { dev: true, ..rest::Options::default() });
        Self { store, app, router: rest::router(api), _folder: folder }
    }

    /// Send a request; gives the statements it ran.
    async fn send(&self, method: &str, path: &str, key: &str, body: &str) -> u64 {
        let before = self.store.statements();
        let mut request =
            Request::builder().method(method).uri(path).header(header::AUTHORIZATION, "Bearer sk_dev_sutler");
        request = request.header(header::CONTENT_TYPE, "application/json");
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        let answer =
            self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED, "{method} {path}");
        self.store.statements() - before
    }

    /// Run the jobs that are due; gives the statements they ran.
    async fn work(&self) -> u64 {
        let before = self.store.statements();
        while self.app.jobs.run_due("test", 16).await.unwrap() > 0 {}
        self.store.statements() - before
    }
}

/// The figure in docs/performance.md of the row that begins with these words.
fn stated(what: &str) -> u64 {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let text = std::fs::read_to_string(root.join("docs/performance.md")).unwrap();
    let row = text.lines().find(|line| line.starts_with(&format!("| {what} |"))).unwrap();
    row.split('|').nth(2).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn the_statements_of_one_order_are_those_that_the_manual_states() {
    let shop = Shop::open().await;
    for id in ["P1", "P2", "P3"] {
        let body = r#"{"title": "Mug", "price": {"amount": 1000, "currency": "EUR"}, "stock": 1000}"#;
        shop.send("PUT", &format!("/products/{id}"), "", body).await;
    }
    shop.work().await;
    let items = |ids: &[&str]| -> String {
        let items: Vec<String> =
            ids.iter().map(|id| format!(r#"{{"product_id": "{id}", "quantity": 1}}"#)).collect();
        items.join(", ")
    };
    let one = format!(r#"{{"customer_id": "C1", "items": [{}]}}"#, items(&["P1"]));
    let three = format!(
        r#"{{"customer": {{"email": "ada@example.com"}}, "reference": "R", "items": [{}], "payment": {{"token": "tok_ok"}}}}"#,
        items(&["P1", "P2", "P3"])
    );
    let mut counted = Vec::new();
    counted.push(("one item, no more", shop.send("POST", "/orders", "", &one).await));
    counted.push(("its job, `process_order`, with nothing to pay", shop.work().await));
    counted.push(("one item, with an `Idempotency-Key`", shop.send("POST", "/orders", "k", &one).await));
    shop.work().await;
    counted.push((
        "three items, key, reference, e-mail, payment",
        shop.send("POST", "/orders", "k3", &three).await,
    ));
    counted.push(("its jobs: payment, confirmation, shipping, stock", shop.work().await));
    let stated: Vec<(&str, u64)> = counted.iter().map(|(what, _)| (*what, stated(what))).collect();
    assert_eq!(counted, stated, "docs/performance.md states other figures");
}
