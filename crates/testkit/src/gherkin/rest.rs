//! The door that speaks HTTP: the same engine behind its router, asked and answered in JSON.

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sutler_api::rest::{Api, Options, router};
use sutler_app::App;
use sutler_types::order::{Explanation, Related};
use sutler_types::{self as wire, ProblemBody};
use tower::ServiceExt;

use super::door::{
    Act, Answer, AsOf, Door, Fault, Fulfillment, Heard, Item, Level, Manners, Order, OrderWish, Payment,
    PaymentWish, Product, ProductWish, Quote, Refund, Refused, Reservation, ReservationAct, StockWish,
    Wanted,
};

/// Shows the parts of an order whole.
const EXPAND: &str = "expand=payments,refunds,fulfillments";

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

/// The answer, or the problem.
fn judged<T>(received: Received, show: impl Fn(&str) -> T) -> Answer<T> {
    let Received { status, replayed, text } = received;
    if status < 400 {
        return Ok(Heard { value: show(&text), replayed, text });
    }
    let problem: ProblemBody = read(&text);
    assert_eq!(problem.status, status, "the status stands in the body, too");
    assert!(!problem.error.is_empty(), "every problem has an error: {text}");
    Err(refused(&problem))
}

/// How each act is asked for.
fn request(order_id: &str, act: &Act) -> (Method, String, Option<Value>) {
    let own = |verb: &str| format!("/orders/{order_id}/{verb}");
    let post = |path: String, body: Value| (Method::POST, path, Some(said(body)));
    let bare = |path: String| (Method::POST, path, None);
    match act {
        Act::Confirm => bare(own("confirm")),
        Act::Release => bare(own("release")),
        Act::Cancel { reason, refund, items } => {
            post(own("cancel"), json!({ "reason": reason, "refund": refund, "items": units(items) }))
        }
        Act::Hold { code, reason } => post(own("holds"), json!({ "code": code, "reason": reason })),
        Act::Unhold { code } => (Method::DELETE, own(&format!("holds/{code}")), None),
        Act::Fulfill { items, ship } => {
            post(own("fulfillments"), json!({ "items": units(items), "ship": ship }))
        }
        Act::Ship { fulfillment_id, carrier, number } => {
            let tracking = json!({ "carrier": carrier, "number": number });
            post(format!("/fulfillments/{fulfillment_id}/ship"), json!({ "tracking": tracking }))
        }
        Act::Deliver { fulfillment_id } => bare(format!("/fulfillments/{fulfillment_id}/deliver")),
        Act::CancelFulfillment { fulfillment_id } => bare(format!("/fulfillments/{fulfillment_id}/cancel")),
        Act::Pay(wish) => post(own("payments"), payment_body(wish)),
        Act::Capture { payment_id, amount_minor } => {
            post(format!("/payments/{payment_id}/capture"), json!({ "amount": amount_minor.map(euro) }))
        }
        Act::Void { payment_id } => bare(format!("/payments/{payment_id}/void")),
        Act::Sync { payment_id } => bare(format!("/payments/{payment_id}/sync")),
        Act::Refund { amount_minor, items, restock } => {
            let amount = amount_minor.map(euro);
            let body = json!({
                "order_id": order_id, "amount": amount, "items": units(items), "restock": restock,
            });
            post("/refunds".to_owned(), body)
        }
    }
}

fn euro(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// The members that say something: what is not wished for is left out.
fn said(body: Value) -> Value {
    let Value::Object(members) = body else { return body };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// Items by id, or nothing for all of them.
fn units(items: &[(String, i64)]) -> Option<Vec<Value>> {
    let unit = |(id, units): &(String, i64)| json!({ "item_id": id, "quantity": units });
    (!items.is_empty()).then(|| items.iter().map(unit).collect())
}

fn items_of(items: &[Wanted], expected_minor: Option<i64>) -> Vec<Value> {
    let item = |wanted: &Wanted| match wanted.product.strip_prefix("sku:") {
        Some(sku) => {
            json!({ "sku": sku, "quantity": wanted.quantity, "expected_unit_price": expected_minor })
        }
        None => json!({
            "product_id": wanted.product, "quantity": wanted.quantity, "expected_unit_price": expected_minor,
        }),
    };
    items.iter().map(item).map(said).collect()
}

fn order_body(wish: &OrderWish) -> Value {
    said(json!({
        "customer_id": wish.customer_id,
        "items": items_of(&wish.items, wish.expected_minor),
        "currency": wish.currency,
        "location": wish.location,
        "reservation_id": wish.reservation_id,
        "reference": wish.reference,
        "payment": wish.payment.as_ref().map(payment_body),
    }))
}

fn payment_body(wish: &PaymentWish) -> Value {
    said(json!({
        "gateway": wish.gateway,
        "token": wish.token,
        "amount": wish.amount_minor.map(euro),
        "capture": wish.by_hand.then_some("manual"),
        "on_failure": wish.or_not_at_all.then_some("cancel"),
    }))
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in: {text}"))
}

fn refused(problem: &ProblemBody) -> Refused {
    let fault = |fault: &wire::FieldFault| {
        let count = |name: &str| fault.facts.get(name).and_then(Value::as_i64);
        Fault { pointer: fault.pointer.clone(), available: count("available"), requested: count("requested") }
    };
    Refused {
        code: problem.code.clone(),
        detail: problem.detail.clone(),
        errors: problem.errors.iter().map(fault).collect(),
        order_id: problem.facts.get("order_id").and_then(Value::as_str).map(str::to_owned),
    }
}

fn product(text: &str) -> Product {
    product_of(&read(text))
}

fn product_of(product: &wire::catalog::Product) -> Product {
    let [variant] = product.variants.as_slice() else { panic!("not one variant: {product:?}") };
    Product {
        product_id: product.product_id.clone(),
        status: product.status.clone(),
        variant_id: variant.variant_id.clone(),
        price_minor: variant.price.amount,
    }
}

fn level(text: &str) -> Level {
    let level: wire::inventory::Level = read(text);
    Level { on_hand: level.on_hand, reserved: level.reserved, available: level.available }
}

fn reservation(text: &str) -> Reservation {
    let wire::inventory::Reservation { reservation_id, status, .. } = read(text);
    Reservation { reservation_id, status }
}

fn order(text: &str) -> Order {
    order_of(&read(text))
}

/// The parts that are shown whole.
fn wholes<T>(parts: &[Related<T>]) -> impl Iterator<Item = &T> {
    parts.iter().filter_map(|part| match part {
        Related::Id(_) => None,
        Related::Whole(whole) => Some(&**whole),
    })
}

fn order_of(order: &wire::Order) -> Order {
    let item = |item: &wire::order::Item| Item {
        item_id: item.item_id.clone(),
        product_id: item.product_id.clone(),
        ordered: item.quantity.ordered,
        canceled: item.quantity.canceled,
        fulfilled: item.quantity.fulfilled,
        returned: item.quantity.returned,
        open: item.quantity.open,
    };
    let failure = |failure: &Option<wire::payment::Failure>| failure.as_ref().map(|f| f.code.clone());
    let payment = |payment: &wire::payment::Payment| Payment {
        payment_id: payment.payment_id.clone(),
        status: payment.status.clone(),
        failure_code: failure(&payment.failure),
        page_url: payment.next_action.as_ref().map(|action| action.url.clone()),
        disputed: payment.disputed,
    };
    let refund = |refund: &wire::payment::Refund| Refund {
        status: refund.status.clone(),
        failure_code: failure(&refund.failure),
    };
    let parcel = |parcel: &wire::fulfillment::Fulfillment| Fulfillment {
        fulfillment_id: parcel.fulfillment_id.clone(),
        status: parcel.status.clone(),
        carrier: parcel.tracking.carrier.clone(),
        number: parcel.tracking.number.clone(),
    };
    let next = order.next_actions.iter();
    Order {
        order_id: order.order_id.clone(),
        number: order.number.parse().unwrap(),
        customer_id: order.customer_id.clone(),
        status: order.status.clone(),
        payment_status: order.payment_status.clone(),
        fulfillment_status: order.fulfillment_status.clone(),
        items: order.items.iter().map(item).collect(),
        paid_minor: order.totals.paid.amount,
        refunded_minor: order.totals.refunded.amount,
        due_minor: order.totals.due.amount,
        payments: wholes(&order.payments).map(payment).collect(),
        refunds: wholes(&order.refunds).map(refund).collect(),
        fulfillments: wholes(&order.fulfillments).map(parcel).collect(),
        holds: order.holds.iter().map(|hold| hold.code.clone()).collect(),
        next_actions: next.map(|action| (action.action.clone(), action.reason_disabled.clone())).collect(),
    }
}
