//! A shop over SQLite and HTTP, in one process, where nothing runs beside the requests: jobs run when they are told to.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::Value;
use sutler_adapters::fake::FakeGateway;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::sqlite::{Options, Sqlite};
use sutler_adapters::system::{SystemClock, SystemIds};
use sutler_api::rest::{self, Api};
use sutler_app::ports::PaymentGateway;
use sutler_app::{App, Ports, Settings};
use sutler_domain::Currency;
use tower::ServiceExt;

pub(crate) struct Shop {
    pub(crate) store: Arc<Sqlite>,
    pub(crate) app: App,
    router: Router,
    _folder: tempfile::TempDir,
}

impl Shop {
    /// An empty shop in a file, without anything that runs beside the requests.
    pub(crate) async fn open() -> Self {
        Self::with(rest::Options { dev: true, ..rest::Options::default() }).await
    }

    /// One that asks everybody for a key, as in production.
    pub(crate) async fn guarded() -> Self {
        Self::with(rest::Options::default()).await
    }

    async fn with(options: rest::Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::open(folder.path().join("sutler.db"), Options::default()).unwrap());
        let clock = Arc::new(SystemClock);
        let fake: Arc<dyn PaymentGateway> = Arc::new(FakeGateway::new(clock.clone(), "http://localhost"));
        let gateways = BTreeMap::from([("fake".to_owned(), fake)]);
        let ids = Arc::new(SystemIds::default());
        let ports = Ports::over(&store, gateways, Arc::new(LogShipping), clock, ids);
        let app = App::new(ports, Settings::new(Currency::parse("EUR").unwrap()));
        app.inventory.ensure_default_location().await.unwrap();
        let api = Api::new(app.clone(), options);
        Self { store, app, router: rest::router(api), _folder: folder }
    }

    /// A shop with a thousand of each of these.
    pub(crate) async fn stocked(products: &[&str]) -> Self {
        let shop = Self::open().await;
        for id in products {
            let body = r#"{"title": "Mug", "price": {"amount": 1000, "currency": "EUR"}, "stock": 1000}"#;
            shop.send("PUT", &format!("/products/{id}"), "", body).await;
        }
        shop.work().await;
        shop
    }

    /// What stands at a path.
    pub(crate) async fn read(&self, path: &str) -> Value {
        self.send("GET", path, "", "").await
    }

    /// Send a request that must succeed; gives its answer.
    pub(crate) async fn send(&self, method: &str, path: &str, key: &str, body: &str) -> Value {
        let mut headers = vec![("authorization", "Bearer sk_dev_sutler")];
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        if !key.is_empty() {
            headers.push(("idempotency-key", key));
        }
        let (status, answer) = self.ask(method, path, &headers, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Send a request with these headers; gives the status and the answer.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status.as_u16(), serde_json::from_slice(&bytes).unwrap())
    }

    /// Run the jobs that are due, and those that follow.
    pub(crate) async fn work(&self) {
        while self.app.jobs.run_due("test", 16).await.unwrap() > 0 {}
    }
}
