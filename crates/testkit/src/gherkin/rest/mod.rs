//! The door that speaks HTTP: the same engine behind its router, asked and answered in JSON.

mod request;
mod shown;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sutler_api::rest::{Api, Options, router};
use sutler_app::App;
use sutler_types as wire;
use sutler_types::order::Explanation;
use tower::ServiceExt;

use request::{euro, items_of, order_body, request, said};
use shown::{judged, level, order, order_of, product, product_of, read, reservation};

use super::door::{
    Act, Answer, AsOf, Door, Heard, Level, Manners, Order, OrderWish, Product, ProductWish, Quote,
    Reservation, ReservationAct, StockWish, Wanted,
};

/// Shows the parts of an order whole.
const EXPAND: &str = "expand=payments,refunds,fulfillments,returns";

/// The router, without a socket before it.
pub(crate) struct Rest {
    router: axum::Router,
}

/// An answer as it came.
struct Received {
    status: u16,
    replayed: bool,
    text: String,
}

impl Rest {
    /// The router over this engine.
    pub(crate) fn new(app: App) -> Self {
        Self { router: router(Api::new(app, Options { dev: true, ..Options::default() })) }
    }

    async fn send(&self, method: Method, path: &str, body: Option<String>, manners: &Manners) -> Received {
        let mut request =
            Request::builder().method(method).uri(path).header(header::AUTHORIZATION, "Bearer sk_dev_sutler");
        if let Some(key) = &manners.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(version) = manners.if_match {
            request = request.header(header::IF_MATCH, format!("\"{version}\""));
        }
        if manners.wait_s > 0 {
            request = request.header("prefer", format!("wait={}", manners.wait_s));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let replayed = response.headers().contains_key("idempotency-replayed");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Received { status, replayed, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// Ask, and read the answer or the problem.
    async fn ask<T>(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        manners: &Manners,
        show: impl Fn(&str) -> T,
    ) -> Answer<T> {
        judged(self.send(method, path, body.map(|body| body.to_string()), manners).await, show)
    }

    async fn get<T>(&self, path: &str, show: impl Fn(&str) -> T) -> Answer<T> {
        self.ask(Method::GET, path, None, &Manners::default(), show).await
    }

    async fn post<T>(&self, path: &str, body: Value, show: impl Fn(&str) -> T) -> Answer<T> {
        self.ask(Method::POST, path, Some(body), &Manners::default(), show).await
    }
}

#[async_trait]
impl Door for Rest {
    async fn put_product(&self, wish: &ProductWish) -> Answer<Product> {
        let body = json!({
            "title": wish.product_id,
            "price": euro(wish.price_minor),
            "stock": wish.stock,
            "sku": wish.sku,
            "handle": wish.handle,
            "track_inventory": wish.untracked.then_some(false),
            "oversell": wish.oversell.then_some("allow"),
        });
        let path = format!("/products/{}", wish.product_id);
        self.ask(Method::PUT, &path, Some(said(body)), &Manners::default(), product).await
    }

    async fn product(&self, name: &str) -> Answer<Product> {
        self.get(&format!("/products/{name}"), product).await
    }

    async fn products(&self, ids: &[String]) -> Answer<(Vec<Product>, Vec<String>)> {
        self.get(&format!("/products?ids={}", ids.join(",")), |text| {
            let products: wire::catalog::Products = read(text);
            (products.data.iter().map(product_of).collect(), products.missing)
        })
        .await
    }

    async fn set_for_sale(&self, product_id: &str, for_sale: bool) -> Answer<Product> {
        let verb = if for_sale { "publish" } else { "archive" };
        self.post(&format!("/products/{product_id}/{verb}"), json!({}), product).await
    }

    async fn level(&self, variant_id: &str) -> Answer<Level> {
        self.get(&format!("/inventory/{variant_id}/main"), level).await
    }

    async fn adjust(&self, wish: &StockWish) -> Answer<Level> {
        let body = json!({
            "variant_id": wish.variant_id,
            "set_to": wish.set_to,
            "expected_on_hand": wish.expected_on_hand,
            "safety_stock": wish.safety_stock,
            "reorder_point": wish.reorder_point,
        });
        self.post("/inventory/adjustments", said(body), level).await
    }

    async fn reserve(&self, items: &[Wanted], minutes: i64) -> Answer<Reservation> {
        let body = json!({ "items": items_of(items, None), "ttl": format!("PT{minutes}M") });
        self.post("/reservations", body, reservation).await
    }

    async fn reservation(&self, id: &str, then: &ReservationAct) -> Answer<Reservation> {
        let path = format!("/reservations/{id}");
        match then {
            ReservationAct::Look => self.get(&path, reservation).await,
            ReservationAct::Release => self.post(&format!("{path}/release"), json!({}), reservation).await,
            ReservationAct::Extend { minutes } => {
                let body = json!({ "ttl": format!("PT{minutes}M") });
                self.post(&format!("{path}/extend"), body, reservation).await
            }
        }
    }

    async fn place(&self, wish: &OrderWish) -> Answer<Order> {
        self.ask(Method::POST, "/orders", Some(order_body(wish)), &wish.manners, order).await
    }

    async fn quote(&self, items: &[Wanted]) -> Answer<Quote> {
        self.post("/quotes", json!({ "items": items_of(items, None) }), |text| {
            let quote: wire::place::Quote = read(text);
            Quote {
                total_minor: quote.totals.total.amount,
                short: quote.availability.iter().map(|item| item.short).collect(),
            }
        })
        .await
    }

    async fn act(&self, order_id: &str, act: &Act, manners: &Manners) -> Answer<Order> {
        let (method, path, body) = request(order_id, act);
        let heard = self.ask(method, &path, body, manners, |_| ()).await?;
        let value = self.order(order_id).await?.value;
        Ok(Heard { value, replayed: heard.replayed, text: heard.text })
    }

    async fn order(&self, name: &str) -> Answer<Order> {
        self.get(&format!("/orders/{name}?{EXPAND}"), order).await
    }

    async fn order_at(&self, order_id: &str, at: &AsOf) -> Answer<Order> {
        let query = match at {
            AsOf::Version(version) => format!("version={version}"),
            AsOf::Time(time) => format!("at={time}"),
        };
        self.get(&format!("/orders/{order_id}?{query}"), order).await
    }

    async fn orders(&self) -> Answer<Vec<Order>> {
        self.get("/orders?sort=placed_at&limit=200", |text| {
            let page: wire::Page<wire::Order> = read(text);
            page.data.iter().map(order_of).collect()
        })
        .await
    }

    async fn explain(&self, order_id: &str) -> Answer<Vec<(String, bool, String)>> {
        self.get(&format!("/orders/{order_id}/explain"), |text| {
            let explanation: Explanation = read(text);
            explanation.checks.into_iter().map(|check| (check.check, check.pass, check.detail)).collect()
        })
        .await
    }

    async fn events(&self, subject: Option<&str>) -> Answer<Vec<String>> {
        let about = subject.map(|subject| format!("&subject={subject}")).unwrap_or_default();
        self.get(&format!("/events?limit=200{about}"), |text| {
            let page: wire::Page<wire::event::Event> = read(text);
            page.data.into_iter().map(|event| event.kind).collect()
        })
        .await
    }

    async fn buyer_decides(&self, payment_id: &str, approves: bool) -> Answer<()> {
        // The page is a form for people, not part of the API.
        let form = if approves { "decision=approve" } else { "decision=decline" };
        let path = format!("/gateways/fake/pay/{payment_id}");
        judged(self.send(Method::POST, &path, Some(form.to_owned()), &Manners::default()).await, |_| ())
    }

    async fn literal(&self, method: &str, path: &str, body: &str) -> Option<(u16, Value)> {
        let method = method.parse().unwrap();
        let received = self.send(method, path, Some(body.to_owned()), &Manners::default()).await;
        Some((received.status, read(&received.text)))
    }
}
