//! The door that speaks GraphQL: the same engine behind its router, asked in documents.

mod request;
mod shown;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sutler_api::rest::{Api, Options, router};
use sutler_app::App;
use sutler_domain::PaymentId;
use tower::ServiceExt;

use request::{items_of, mutation, order_input, said};
use shown::{judged, level, order, product, refused, reservation};

use super::door::{
    Act, Answer, AsOf, Door, Heard, Level, Manners, Order, OrderWish, Product, ProductWish, Quote, Refused,
    Reservation, ReservationAct, StockWish, Wanted,
};

/// What the steps look at of an order.
const ORDER: &str = "fragment O on Order {
    id number customerId status paymentStatus fulfillmentStatus
    items { id productId quantity { ordered canceled fulfilled returned open } }
    totals { paid { amount } refunded { amount } due { amount } }
    payments(first: 20) { nodes { id status failure { code } nextAction { url } disputed } }
    refunds(first: 20) { nodes { status failure { code } } }
    fulfillments(first: 20) { nodes { id status tracking { carrier number } } }
    returns(first: 20) { nodes { id status } }
    holds { code }
    nextActions { action reasonDisabled }
}";

/// What they look at of a product.
const PRODUCT: &str = "fragment P on Product { id status variants { id price { amount } } }";

/// The router, without a socket before it.
pub(crate) struct Graph {
    app: App,
    router: axum::Router,
}

impl Graph {
    /// The router over this engine.
    pub(crate) fn new(app: App) -> Self {
        let options = Options { dev: true, ..Options::default() };
        Self { router: router(Api::new(app.clone(), options)), app }
    }

    /// Run a document; gives its data, whether it was answered before, and the answer as it came.
    async fn run(&self, document: &str, variables: Value) -> Result<Heard<Value>, Refused> {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let request = Request::post("/graphql")
            .header(header::AUTHORIZATION, "Bearer sk_dev_sutler")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let replayed = response.headers().contains_key("idempotency-replayed");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in: {text}"));
        if let Some(errors) = answer["errors"].as_array().filter(|errors| !errors.is_empty()) {
            return Err(refused(&errors[0]));
        }
        Ok(Heard { value: answer["data"].clone(), replayed, text })
    }

    /// A field of the query root; null is something that is not there.
    async fn read<T>(&self, document: &str, variables: Value, show: impl Fn(&Value) -> T) -> Answer<T> {
        let heard = self.run(document, variables).await?;
        let found =
            heard.value.as_object().and_then(|data| data.values().next()).cloned().unwrap_or_default();
        if found.is_null() {
            let detail = "there is no such thing".to_owned();
            return Err(Refused { code: "not_found".to_owned(), detail, ..Refused::default() });
        }
        Ok(Heard { value: show(&found), replayed: heard.replayed, text: heard.text })
    }

    /// A mutation: its payload, or the errors in it.
    async fn change<T>(
        &self,
        field: &str,
        input: Value,
        (selection, fragment): (&str, &str),
        manners: &Manners,
        show: impl Fn(&Value) -> T,
    ) -> Answer<T> {
        let document = mutation(field, selection, fragment);
        let mut input = said(input);
        if let Some(members) = input.as_object_mut() {
            members.extend(manners.key.clone().map(|key| ("idempotencyKey".to_owned(), Value::from(key))));
            members.extend(manners.if_match.map(|version| ("expectedVersion".to_owned(), version.into())));
            if manners.wait_s > 0 {
                members.insert("waitSeconds".to_owned(), manners.wait_s.into());
            }
        }
        let heard = self.run(&document, json!({ "input": input })).await?;
        judged(heard, field, show)
    }

    /// A mutation after which an order is looked at.
    async fn order_after(&self, field: &str, input: Value, manners: &Manners) -> Answer<Order> {
        let shown = |payload: &Value| order(&payload["order"]);
        self.change(field, input, ("order { ...O }", ORDER), manners, shown).await
    }
}

#[async_trait]
impl Door for Graph {
    async fn put_product(&self, wish: &ProductWish) -> Answer<Product> {
        let input = json!({
            "productId": wish.product_id,
            "title": wish.product_id,
            "price": { "amount": wish.price_minor, "currency": "EUR" },
            "stock": wish.stock,
            "sku": wish.sku,
            "handle": wish.handle,
            "trackInventory": wish.untracked.then_some(false),
            "oversell": wish.oversell.then_some("ALLOW"),
        });
        self.product_after("productUpsert", input).await
    }

    async fn product(&self, name: &str) -> Answer<Product> {
        let document = format!("query($id: ID!) {{ product(id: $id) {{ ...P }} }} {PRODUCT}");
        self.read(&document, json!({ "id": name }), product).await
    }

    async fn products(&self, ids: &[String]) -> Answer<(Vec<Product>, Vec<String>)> {
        let document = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ...P }} }} {PRODUCT}");
        self.read(&document, json!({ "ids": ids }), |nodes| {
            let nodes = nodes.as_array().cloned().unwrap_or_default();
            let known = nodes.iter().filter(|node| !node.is_null()).map(product).collect();
            let missing = ids.iter().zip(&nodes).filter(|(_, node)| node.is_null());
            (known, missing.map(|(id, _)| id.clone()).collect())
        })
        .await
    }

    async fn set_for_sale(&self, product_id: &str, for_sale: bool) -> Answer<Product> {
        let field = if for_sale { "productPublish" } else { "productArchive" };
        self.product_after(field, json!({ "productId": product_id })).await
    }

    async fn level(&self, variant_id: &str) -> Answer<Level> {
        let document = "query($id: ID!) { inventoryLevel(variantId: $id, location: \"main\") \
                        { onHand reserved available } }";
        self.read(document, json!({ "id": variant_id }), level).await
    }

    async fn adjust(&self, wish: &StockWish) -> Answer<Level> {
        let input = json!({
            "variantId": wish.variant_id,
            "setTo": wish.set_to,
            "expectedOnHand": wish.expected_on_hand,
            "safetyStock": wish.safety_stock,
            "reorderPoint": wish.reorder_point,
        });
        let selection = ("inventoryLevel { onHand reserved available }", "");
        let shown = |payload: &Value| level(&payload["inventoryLevel"]);
        self.change("inventoryAdjust", input, selection, &Manners::default(), shown).await
    }

    async fn reserve(&self, items: &[Wanted], minutes: i64) -> Answer<Reservation> {
        let input = json!({ "items": items_of(items, None), "ttl": format!("PT{minutes}M") });
        self.reservation_after("reservationCreate", input).await
    }

    async fn reservation(&self, id: &str, then: &ReservationAct) -> Answer<Reservation> {
        match then {
            ReservationAct::Look => {
                let document = "query($id: ID!) { reservation(id: $id) { id status } }";
                self.read(document, json!({ "id": id }), reservation).await
            }
            ReservationAct::Release => {
                self.reservation_after("reservationRelease", json!({ "reservationId": id })).await
            }
            ReservationAct::Extend { minutes } => {
                let input = json!({ "reservationId": id, "ttl": format!("PT{minutes}M") });
                self.reservation_after("reservationExtend", input).await
            }
        }
    }

    async fn place(&self, wish: &OrderWish) -> Answer<Order> {
        self.order_after("orderPlace", order_input(wish), &wish.manners).await
    }

    async fn quote(&self, items: &[Wanted]) -> Answer<Quote> {
        let document = "query($input: OrderPlaceInput!) { quote(input: $input) \
                        { totals { total { amount } } availability { short } } }";
        let variables = json!({ "input": { "items": items_of(items, None) } });
        self.read(document, variables, |quote| {
            let short = quote["availability"].as_array().cloned().unwrap_or_default();
            Quote {
                total_minor: quote["totals"]["total"]["amount"].as_i64().unwrap(),
                short: short.iter().map(|one| one["short"].as_bool().unwrap()).collect(),
            }
        })
        .await
    }

    async fn act(&self, order_id: &str, act: &Act, manners: &Manners) -> Answer<Order> {
        let (field, input) = request::act(order_id, act);
        self.order_after(field, input, manners).await
    }

    async fn order(&self, name: &str) -> Answer<Order> {
        let document = format!("query($id: ID!) {{ order(id: $id) {{ ...O }} }} {ORDER}");
        self.read(&document, json!({ "id": name }), order).await
    }

    async fn order_at(&self, order_id: &str, at: &AsOf) -> Answer<Order> {
        let document = format!(
            "query($id: ID!, $version: Int, $at: DateTime) {{
                order(id: $id, version: $version, at: $at) {{ ...O }} }} {ORDER}"
        );
        let (version, at) = match at {
            AsOf::Version(version) => (Some(*version), None),
            AsOf::Time(time) => (None, Some(time.to_string())),
        };
        self.read(&document, json!({ "id": order_id, "version": version, "at": at }), order).await
    }

    async fn orders(&self) -> Answer<Vec<Order>> {
        let document = "{ orders(first: 200, sort: PLACED_AT) { nodes { id } } }";
        let ids = self
            .read(document, json!({}), |page| {
                let nodes = page["nodes"].as_array().cloned().unwrap_or_default();
                nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
            })
            .await?;
        let mut orders = Vec::new();
        for id in &ids.value {
            orders.push(self.order(id).await?.value);
        }
        Ok(Heard { value: orders, replayed: false, text: ids.text })
    }

    async fn explain(&self, order_id: &str) -> Answer<Vec<(String, bool, String)>> {
        let document = "query($id: ID!) { order(id: $id) { checks { check pass detail } } }";
        self.read(document, json!({ "id": order_id }), |order| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let checks = order["checks"].as_array().cloned().unwrap_or_default();
            let shown = checks.iter();
            shown
                .map(|one| (text(&one["check"]), one["pass"].as_bool().unwrap(), text(&one["detail"])))
                .collect()
        })
        .await
    }

    async fn events(&self, subject: Option<&str>) -> Answer<Vec<String>> {
        let document = "query($subject: ID) { events(first: 200, subject: $subject) { nodes { type } } }";
        self.read(document, json!({ "subject": subject }), |page| {
            let nodes = page["nodes"].as_array().cloned().unwrap_or_default();
            nodes.iter().map(|node| node["type"].as_str().unwrap().to_owned()).collect()
        })
        .await
    }

    async fn buyer_decides(&self, payment_id: &str, approves: bool) -> Answer<()> {
        // The page is a form for people, not part of the API.
        let payment_id = PaymentId::parse(payment_id).unwrap();
        let decided = self.app.payments.buyer_decided("fake", &payment_id, approves).await;
        let heard = |()| Heard { value: (), replayed: false, text: String::new() };
        decided.map(|_| heard(())).map_err(|problem| Refused {
            code: problem.code.to_owned(),
            detail: problem.detail,
            ..Refused::default()
        })
    }

    async fn literal(&self, _: &str, _: &str, _: &str) -> Option<(u16, Value)> {
        None
    }
}

impl Graph {
    async fn product_after(&self, field: &str, input: Value) -> Answer<Product> {
        let shown = |payload: &Value| product(&payload["product"]);
        self.change(field, input, ("product { ...P }", PRODUCT), &Manners::default(), shown).await
    }

    async fn reservation_after(&self, field: &str, input: Value) -> Answer<Reservation> {
        let shown = |payload: &Value| reservation(&payload["reservation"]);
        self.change(field, input, ("reservation { id status }", ""), &Manners::default(), shown).await
    }
}
