//! The REST door of a shop on the memory store, with a clock that stands still, driven in-process.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use sutler_adapters::fake::FakeGateway;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::system::SystemIds;
use sutler_api::rest::{Api, Options, router};
use sutler_app::access::CreateKey;
use sutler_app::catalog::{ProductInput, VariantInput};
use sutler_app::orders::Amount;
use sutler_app::ports::{Clock, PaymentGateway, Ports};
use sutler_app::{App, Caller, Settings};
use sutler_domain::{Currency, ProductId};
use tower::ServiceExt;

use crate::description;

/// A clock that stands still, so that no wait ends by itself.
struct StillClock(Timestamp);

#[async_trait]
impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        self.0
    }
    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

/// A shop and its door.
pub(crate) struct Door {
    /// The engine behind it.
    pub(crate) app: App,
    /// The door.
    pub(crate) api: Api,
    router: Router,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// The body as JSON; `null` when there is none.
    pub(crate) fn json(&self) -> Value {
        if self.bytes.is_empty() { Value::Null } else { serde_json::from_slice(&self.bytes).unwrap() }
    }

    /// A header; empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and, for a problem, its code and the pointer and code of each fault.
    pub(crate) fn told(&self) -> String {
        let body: Value = serde_json::from_slice(&self.bytes).unwrap_or_default();
        let mut told = format!("{} {}", self.status.as_u16(), body["code"].as_str().unwrap_or("-"));
        for fault in body["errors"].as_array().into_iter().flatten() {
            let [pointer, code] = ["pointer", "code"].map(|name| fault[name].as_str().unwrap());
            told = format!("{told}; {pointer} {code}");
        }
        told
    }

    /// Insist on a status; gives the JSON.
    #[track_caller]
    pub(crate) fn must(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }
}

impl Door {
    /// A shop in dev mode, whose tests need no keys.
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}, Options { dev: true, ..Options::default() }).await
    }

    /// A shop that is set up otherwise.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings), options: Options) -> Self {
        Self::behind(|_| {}, change, options).await
    }

    /// A shop whose store, or whatever else, is another one.
    pub(crate) async fn behind(
        swap: impl FnOnce(&mut Ports),
        change: impl FnOnce(&mut Settings),
        options: Options,
    ) -> Self {
        let clock = Arc::new(StillClock("2026-11-22T13:06:56.120Z".parse().unwrap()));
        let memory = Arc::new(Memory::new(sutler_adapters::Options {
            clock: clock.clone(),
            epoch: "e1".to_owned(),
            ..sutler_adapters::Options::default()
        }));
        let fake: Arc<dyn PaymentGateway> = Arc::new(FakeGateway::new(clock.clone(), "http://shop.test"));
        let gateways = BTreeMap::from([("fake".to_owned(), fake)]);
        let ids = Arc::new(SystemIds::default());
        let mut ports = Ports::over(&memory, gateways, Arc::new(LogShipping), clock, ids);
        swap(&mut ports);
        let mut settings = Settings::new(Currency::parse("EUR").unwrap());
        settings.public_url = String::from("http://shop.test");
        change(&mut settings);
        let app = App::new(ports, settings);
        app.inventory.ensure_default_location().await.unwrap();
        let api = Api::new(app.clone(), options);
        Self { app, router: router(api.clone()), api }
    }

    /// A product with one variant of the same SKU, its price in cents, and its stock.
    pub(crate) async fn product(&self, id: &str, price: i64, stock: Option<i64>) {
        let variant = VariantInput {
            sku: format!("SKU-{id}"),
            price: Some(Amount { amount: price, currency: None }),
            stock,
            track_inventory: Some(stock.is_some()),
            ..VariantInput::default()
        };
        let input = ProductInput { title: id.to_owned(), variant: Some(variant), ..ProductInput::default() };
        let id = ProductId::parse(id).unwrap();
        self.app.catalog.put(&Caller::system("test"), &id, &input).await.expect("a product");
    }

    /// The secret of a new key with these scopes.
    pub(crate) async fn key(&self, scopes: &[&str]) -> String {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let input = CreateKey { name: "test".to_owned(), scopes, expires_at: None };
        self.app.access.create(&Caller::system("test"), &input).await.unwrap().1
    }

    /// Run jobs until none is due.
    pub(crate) async fn settle(&self) {
        while self.app.jobs.run_due("test", 16).await.unwrap() > 0 {}
    }

    /// Send a request from this machine, and leave the body of its answer to whoever reads it as it comes.
    pub(crate) async fn begin(&self, mut request: Request<Body>) -> Response<Body> {
        let peer: SocketAddr = "127.0.0.1:50000".parse().unwrap();
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Send a request from this machine.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().to_string());
        let (parts, body) = self.begin(request).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        description::judge(&method, &path, parts.status, &parts.headers, &bytes);
        Reply { status: parts.status, headers: parts.headers, bytes }
    }

    /// Send a request with headers and a body of bytes.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let judged = method.clone();
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let uri = request.uri_ref().unwrap().to_string();
        let reply = self.send(request.body(Body::from(body.to_vec())).unwrap()).await;
        if reply.status.is_success() {
            description::judge_taken(&judged, &uri, body);
        }
        reply
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, &[], b"").await
    }

    /// POST of JSON.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_with(path, &[], body).await
    }

    /// POST of JSON with headers.
    pub(crate) async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let headers = [headers, &[("content-type", "application/json")]].concat();
        self.ask(Method::POST, path, &headers, body.to_string().as_bytes()).await
    }

    /// PATCH with headers.
    pub(crate) async fn patch_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let headers = [headers, &[("content-type", "application/merge-patch+json")]].concat();
        self.ask(Method::PATCH, path, &headers, body.to_string().as_bytes()).await
    }
}

/// One unit of a product for a customer: the smallest order there is.
pub(crate) fn basket(product: &str, quantity: i64) -> Value {
    json!({"customer_id": "C1", "items": [{"product_id": product, "quantity": quantity}]})
}

/// A basket that is paid with a token.
pub(crate) fn paid(product: &str, quantity: i64, token: &str) -> Value {
    let mut order = basket(product, quantity);
    order["payment"] = json!({"gateway": "fake", "token": token});
    order
}

/// Ids and everything that is random in a body, by what they are.
pub(crate) fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.split_once('_') {
            Some((prefix, rest)) if rest.len() == 26 => json!(format!("[{prefix}]")),
            _ if text.starts_with('/') || text.starts_with("http") => {
                json!(
                    text.split('/')
                        .map(|p| if p.len() == 30 { "[id]" } else { p })
                        .collect::<Vec<_>>()
                        .join("/")
                )
            }
            _ => value.clone(),
        },
        Value::Array(list) => list.iter().map(redacted).collect(),
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), redacted(value))).collect(),
        _ => value.clone(),
    }
}
