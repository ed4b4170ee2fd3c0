//! Products and stock. A product is named by its id, `handle:blue-mug` or `sku:MUG-BLUE`; a variant by its id or SKU.

use serde::Serialize;
use serde_json::{Value, json};

use crate::call::escaped;
use crate::{Call, Client, Error, Method, Pages};

/// Products.
#[derive(Clone, Copy, Debug)]
pub struct Products<'a>(pub(crate) &'a Client);

impl<'a> Products<'a> {
    /// Create or replace the product with an id of the caller's choice.
    pub async fn put(&self, product_id: &str, product: &impl Serialize) -> Result<Value, Error> {
        self.0.ask(Call::new(Method::PUT, path(product_id, "")).json(product)).await
    }

    /// Create a product.
    pub async fn create(&self, product: &impl Serialize) -> Result<Value, Error> {
        self.0.ask(Call::post("/products").json(product)).await
    }

    /// A product.
    pub async fn get(&self, product: &str) -> Result<Value, Error> {
        self.0.ask(Call::get(path(product, ""))).await
    }

    /// Change some members of a product (RFC 7396).
    pub async fn patch(&self, product: &str, change: &impl Serialize) -> Result<Value, Error> {
        self.0.ask(Call::new(Method::PATCH, path(product, "")).json(change)).await
    }

    /// Take a product out of the shop.
    pub async fn archive(&self, product: &str) -> Result<Value, Error> {
        self.0.ask(Call::post(path(product, "/archive"))).await
    }

    /// Products, with filters such as `("status", "active")`.
    pub fn list(&self, filters: &[(&str, &str)]) -> Pages<'a, Value> {
        let call =
            filters.iter().fold(Call::get("/products"), |call, (name, value)| call.query(*name, *value));
        Pages::new(self.0, call)
    }
}

/// Stock.
#[derive(Clone, Copy, Debug)]
pub struct Inventory<'a>(pub(crate) &'a Client);

impl Inventory<'_> {
    /// The level of a variant at a location.
    pub async fn level(&self, variant: &str, location_id: &str) -> Result<Value, Error> {
        self.0.ask(Call::get(format!("/inventory/{}/{}", escaped(variant), escaped(location_id)))).await
    }

    /// Add or take away units of a SKU at a location, for a reason such as `received`.
    pub async fn adjust(
        &self,
        sku: &str,
        location_id: &str,
        delta: i64,
        reason: &str,
    ) -> Result<Value, Error> {
        let body = json!({"sku": sku, "location": location_id, "delta": delta, "reason": reason});
        self.0.ask(Call::post("/inventory/adjustments").json(&body)).await
    }
}

fn path(product: &str, rest: &str) -> String {
    format!("/products/{}{rest}", escaped(product))
}
