//! Products and stock. A product is named by its id, `handle:blue-mug` or `sku:MUG-BLUE`; a variant by its id or SKU.

use serde::Serialize;
use sutler_types::catalog::{ImportReport, NewProduct, Product, Products as Several};
use sutler_types::inventory::{
    Adjustment, Level, Location, Movement, NewLocation, NewReservation, Reservation,
};
use sutler_types::page::List;
use sutler_types::search::SearchPage;

use crate::call::escaped;
use crate::{Call, Client, Error, Method, Pages};

/// Products.
#[derive(Clone, Copy, Debug)]
pub struct Products<'a>(pub(crate) &'a Client);

impl<'a> Products<'a> {
    /// Create or replace the product with an id of the caller's choice.
    pub async fn put(&self, product_id: &str, product: &NewProduct) -> Result<Product, Error> {
        self.0.ask(Call::new(Method::PUT, path(product_id, "")).json(product)).await
    }

    /// Create a product.
    pub async fn create(&self, product: &NewProduct) -> Result<Product, Error> {
        self.0.ask(Call::post("/products").json(product)).await
    }

    /// A product.
    pub async fn get(&self, product: &str) -> Result<Product, Error> {
        self.0.ask(Call::get(path(product, ""))).await
    }

    /// Up to 200 products by name, in the order asked.
    pub async fn several(&self, products: &[&str]) -> Result<Several, Error> {
        self.0.ask(Call::get("/products").query("ids", products.join(","))).await
    }

    /// Change some members of a product (RFC 7396).
    pub async fn patch(&self, product: &str, change: &impl Serialize) -> Result<Product, Error> {
        self.0.ask(Call::new(Method::PATCH, path(product, "")).json(change)).await
    }

    /// Take a product out of the shop.
    pub async fn archive(&self, product: &str) -> Result<Product, Error> {
        self.0.ask(Call::post(path(product, "/archive"))).await
    }

    /// Products, with filters such as `("status", "active")`.
    pub fn list(&self, filters: &[(&str, &str)]) -> Pages<'a, Product> {
        let call =
            filters.iter().fold(Call::get("/products"), |call, (name, value)| call.query(*name, *value));
        Pages::new(self.0, call)
    }

    /// Products by what they are called, with filters such as `("vendor", "Acme")`.
    pub async fn search(&self, text: &str, filters: &[(&str, &str)]) -> Result<SearchPage, Error> {
        let call = Call::get("/catalog/search").query("q", text);
        self.0.ask(filters.iter().fold(call, |call, (name, value)| call.query(*name, *value))).await
    }

    /// Import a Shopify product CSV; with `dry_run`, only judge it. A file of many thousand rows is better sent in
    /// pieces, each with the header and all rows of its products.
    pub async fn import(&self, csv: Vec<u8>, dry_run: bool) -> Result<ImportReport, Error> {
        let call =
            Call::post("/imports").query("format", "shopify_products").query("dry_run", dry_run.to_string());
        self.0.ask(call.body("text/csv", csv)).await
    }
}

/// Stock, where it lies, and what is kept for baskets.
#[derive(Clone, Copy, Debug)]
pub struct Inventory<'a>(pub(crate) &'a Client);

impl<'a> Inventory<'a> {
    /// The level of a variant at a location.
    pub async fn level(&self, variant: &str, location_id: &str) -> Result<Level, Error> {
        self.0.ask(Call::get(format!("/inventory/{}/{}", escaped(variant), escaped(location_id)))).await
    }

    /// Levels, with filters such as `("low_stock", "true")`.
    pub fn levels(&self, filters: &[(&str, &str)]) -> Pages<'a, Level> {
        let call =
            filters.iter().fold(Call::get("/inventory"), |call, (name, value)| call.query(*name, *value));
        Pages::new(self.0, call)
    }

    /// Change what lies on a shelf, or the thresholds of a level.
    pub async fn adjust(&self, adjustment: &Adjustment) -> Result<Level, Error> {
        self.0.ask(Call::post("/inventory/adjustments").json(adjustment)).await
    }

    /// The journal, newest first, with filters such as `("reason", "damaged")`.
    pub fn movements(&self, filters: &[(&str, &str)]) -> Pages<'a, Movement> {
        let call = Call::get("/inventory/movements");
        Pages::new(self.0, filters.iter().fold(call, |call, (name, value)| call.query(*name, *value)))
    }

    /// Every location.
    pub async fn locations(&self) -> Result<Vec<Location>, Error> {
        let list: List<Location> = self.0.ask(Call::get("/locations")).await?;
        Ok(list.data)
    }

    /// Make a location.
    pub async fn create_location(&self, location: &NewLocation) -> Result<Location, Error> {
        self.0.ask(Call::post("/locations").json(location)).await
    }

    /// Keep stock for a basket.
    pub async fn reserve(&self, reservation: &NewReservation) -> Result<Reservation, Error> {
        self.0.ask(Call::post("/reservations").json(reservation)).await
    }

    /// Give up what is kept for a basket.
    pub async fn release(&self, reservation_id: &str) -> Result<Reservation, Error> {
        self.0.ask(Call::post(format!("/reservations/{}/release", escaped(reservation_id)))).await
    }
}

fn path(product: &str, rest: &str) -> String {
    format!("/products/{}{rest}", escaped(product))
}
