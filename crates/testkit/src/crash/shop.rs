//! The goods on sale: some that last, and some that run out under the load.

use anyhow::{Context, Result, ensure};
use hyper::Method;
use serde_json::{Value, json};

use super::server::Server;

/// Products of which there is more than any run sells.
const PLENTIFUL: u32 = 16;

/// Products that run out.
const SCARCE: u32 = 2;

/// Units of a product that lasts.
const MUCH: i64 = 1_000_000;

/// Units of a product that runs out.
const FEW: i64 = 150;

/// A product with one tracked variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub product_id: String,
    /// Its variant.
    pub variant_id: String,
    /// What one unit costs, in minor units of the shop's currency.
    pub price: i64,
    /// Units that were put on the shelf.
    pub stock: i64,
}

/// Everything on sale.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shop {
    /// The products.
    pub products: Vec<Product>,
}

impl Shop {
    /// Put the goods into the catalog of a server. A shop that is there already is found as it was.
    pub async fn open(server: &Server) -> Result<Self> {
        let mut wire = server.wire();
        let mut shop = Self::default();
        let lasting = (1..=PLENTIFUL).map(|n| (format!("L{n}"), MUCH));
        let scarce = (1..=SCARCE).map(|n| (format!("F{n}"), FEW));
        for (number, (product_id, stock)) in (1..).zip(lasting.chain(scarce)) {
            let price = 995 + 100 * number;
            let body = json!({"title": product_id, "price": price, "stock": stock, "status": "active"});
            let path = format!("/products/{product_id}");
            let answer = wire.send(Method::PUT, &path, None, Some(&body.to_string())).await?;
            ensure!(answer.is_success(), "PUT {path} answered {}: {}", answer.status, answer.body);
            let made: Value = serde_json::from_str(&answer.body)?;
            let variant = made.pointer("/variants/0/variant_id").and_then(Value::as_str);
            let variant_id = variant.context("a product without a variant")?.to_owned();
            shop.products.push(Product { product_id, variant_id, price, stock });
        }
        Ok(shop)
    }
}
