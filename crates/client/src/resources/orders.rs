//! Orders, payments, fulfillments and refunds. An order is named by its id, `number:1061` or `ref:web-10042`.

use serde::Serialize;
use serde_json::{Value, json};
use sutler_types::fulfillment::{Fulfillment, NewFulfillment, Tracking};
use sutler_types::order::{Explanation, Note, Order, TimelineEntry};
use sutler_types::page::List;
use sutler_types::payment::{NewPayment, NewRefund, Payment, Refund};
use sutler_types::place::{NewOrder, Quote};

use crate::call::escaped;
use crate::{Call, Client, Error, Pages};

/// How long a placement or a payment waits for its outcome, in seconds.
const WAIT_S: u32 = 8;

/// Orders.
#[derive(Clone, Copy, Debug)]
pub struct Orders<'a>(pub(crate) &'a Client);

impl<'a> Orders<'a> {
    /// Place an order, and wait some seconds for its payment.
    pub async fn place(&self, order: &NewOrder) -> Result<Order, Error> {
        self.place_json(order).await
    }

    /// Place an order of any shape that the server takes.
    pub async fn place_json(&self, order: &impl Serialize) -> Result<Order, Error> {
        self.0.ask(Call::post("/orders").wait(WAIT_S).json(order)).await
    }

    /// What an order would cost. Nothing is stored or kept.
    pub async fn quote(&self, order: &NewOrder) -> Result<Quote, Error> {
        self.0.ask(Call::post("/quotes").json(order)).await
    }

    /// An order as it stands.
    pub async fn get(&self, order: &str) -> Result<Order, Error> {
        self.0.ask(Call::get(path(order, ""))).await
    }

    /// An order as it was at a version.
    pub async fn get_version(&self, order: &str, version: u64) -> Result<Order, Error> {
        self.0.ask(Call::get(path(order, "")).query("version", version.to_string())).await
    }

    /// Orders, newest first, with filters such as `("payment_status", "paid")`.
    pub fn list(&self, filters: &[(&str, &str)]) -> Pages<'a, Order> {
        let call = filters.iter().fold(Call::get("/orders"), |call, (name, value)| call.query(*name, *value));
        Pages::new(self.0, call)
    }

    /// Cancel an order and give its money back.
    pub async fn cancel(&self, order: &str) -> Result<Order, Error> {
        self.act(order, "cancel", &json!({})).await
    }

    /// Any action of an order: `confirm`, `complete`, `release`, `cancel`.
    pub async fn act(&self, order: &str, action: &str, body: &Value) -> Result<Order, Error> {
        self.0.ask(Call::post(path(order, &format!("/{action}"))).json(body)).await
    }

    /// Start another payment, and wait some seconds for it.
    pub async fn pay(&self, order: &str, payment: &NewPayment) -> Result<Payment, Error> {
        self.0.ask(Call::post(path(order, "/payments")).wait(WAIT_S).json(payment)).await
    }

    /// Plan items to travel together, or send them at once.
    pub async fn fulfill(&self, order: &str, fulfillment: &NewFulfillment) -> Result<Fulfillment, Error> {
        self.0.ask(Call::post(path(order, "/fulfillments")).json(fulfillment)).await
    }

    /// A fulfillment left.
    pub async fn ship(
        &self,
        fulfillment_id: &str,
        tracking: Option<&Tracking>,
    ) -> Result<Fulfillment, Error> {
        let body = tracking.map_or_else(|| json!({}), |tracking| json!({"tracking": tracking}));
        self.0.ask(Call::post(format!("/fulfillments/{}/ship", escaped(fulfillment_id))).json(&body)).await
    }

    /// A fulfillment arrived.
    pub async fn deliver(&self, fulfillment_id: &str) -> Result<Fulfillment, Error> {
        self.0.ask(Call::post(format!("/fulfillments/{}/deliver", escaped(fulfillment_id)))).await
    }

    /// Write a note.
    pub async fn note(&self, order: &str, body: &str) -> Result<Note, Error> {
        self.0.ask(Call::post(path(order, "/notes")).json(&json!({"body": body}))).await
    }

    /// What happened, oldest first.
    pub async fn timeline(&self, order: &str) -> Result<Vec<TimelineEntry>, Error> {
        let list: List<TimelineEntry> = self.0.ask(Call::get(path(order, "/timeline"))).await?;
        Ok(list.data)
    }

    /// Why it is as it is.
    pub async fn explain(&self, order: &str) -> Result<Explanation, Error> {
        self.0.ask(Call::get(path(order, "/explain"))).await
    }
}

/// Payments and refunds.
#[derive(Clone, Copy, Debug)]
pub struct Payments<'a>(pub(crate) &'a Client);

impl Payments<'_> {
    /// A payment.
    pub async fn get(&self, payment_id: &str) -> Result<Payment, Error> {
        self.0.ask(Call::get(format!("/payments/{}", escaped(payment_id)))).await
    }

    /// Take secured money; all of it unless minor units are named.
    pub async fn capture(&self, payment_id: &str, amount_minor: Option<i64>) -> Result<Payment, Error> {
        let body = amount_minor.map_or_else(|| json!({}), |amount| json!({"amount": amount}));
        self.act(payment_id, "capture", &body).await
    }

    /// Give up secured money.
    pub async fn void(&self, payment_id: &str) -> Result<Payment, Error> {
        self.act(payment_id, "void", &json!({})).await
    }

    /// Ask the gateway what became of it.
    pub async fn sync(&self, payment_id: &str) -> Result<Payment, Error> {
        self.act(payment_id, "sync", &json!({})).await
    }

    async fn act(&self, payment_id: &str, action: &str, body: &Value) -> Result<Payment, Error> {
        let path = format!("/payments/{}/{action}", escaped(payment_id));
        self.0.ask(Call::post(path).wait(WAIT_S).json(body)).await
    }

    /// Give money back.
    pub async fn refund(&self, refund: &NewRefund) -> Result<Refund, Error> {
        self.0.ask(Call::post("/refunds").wait(WAIT_S).json(refund)).await
    }
}

fn path(order: &str, rest: &str) -> String {
    format!("/orders/{}{rest}", escaped(order))
}
