//! Reads of products.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use sutler_app::page::Page;
use sutler_app::ports::reads::{PricedProduct, ProductName, ProductQuery};
use sutler_app::ports::{ProductReads, ReadError};
use sutler_domain::{VariantId, Version};
use tokio_postgres::Row;

use super::Postgres;
use super::list::Value;
use super::session::{self, get, number, p};
use super::trouble::Result;
use crate::listing::products;

/// The versions of price records, by variant.
type Prices = Arc<BTreeMap<VariantId, Version>>;

/// Terms, and the products that have them.
const BY_TERM: &str = "product_terms JOIN products ON products.product_id = product_terms.product_id";

#[async_trait]
impl ProductReads for Postgres {
    /// One statement, whatever the names.
    async fn products(
        &self,
        names: &[ProductName],
    ) -> std::result::Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {COLUMNS}, named.kind, named.name FROM (
                 SELECT 'id' AS kind, name, name AS product_id FROM UNNEST($1) AS name
                 UNION ALL
                 SELECT 'handle', handle, product_id FROM products WHERE handle = ANY($2)
                 UNION ALL
                 SELECT 'variant', variant_id, product_id FROM variants WHERE variant_id = ANY($3)
                 UNION ALL
                 SELECT 'sku', sku, product_id FROM variants WHERE sku <> '' AND sku = ANY($4)) AS named
             JOIN products ON products.product_id = named.product_id"
        );
        let of = |wanted: &str| -> Vec<&str> {
            names.iter().map(told).filter(|(kind, _)| *kind == wanted).map(|(_, name)| name).collect()
        };
        let (ids, handles, variants, skus) = (of("id"), of("handle"), of("variant"), of("sku"));
        let read = |row: &Row| Ok(((get::<String>(row, 3)?, get::<String>(row, 4)?), priced(row)?));
        let found = self.readers.all(&sql, &[p(&ids), p(&handles), p(&variants), p(&skus)], read).await?;
        let found: HashMap<(String, String), PricedProduct> = found.into_iter().collect();
        let answer = names.iter().filter_map(|name| {
            let (kind, text) = told(name);
            Some((name.clone(), found.get(&(kind.to_owned(), text.to_owned()))?.clone()))
        });
        Ok(answer.collect())
    }

    async fn list(&self, query: &ProductQuery) -> std::result::Result<Page<PricedProduct>, ReadError> {
        let list = products::list::<Value>(query, COLUMNS, BY_TERM);
        if query.by_updated {
            list.read::<i64, String, _>(&self.readers, &query.page, priced).await
        } else {
            list.read::<String, String, _>(&self.readers, &query.page, priced).await
        }
    }
}

/// The kind of a name, and the name.
fn told(name: &ProductName) -> (&'static str, &str) {
    match name {
        ProductName::Id(id) => ("id", id.as_str()),
        ProductName::Handle(handle) => ("handle", handle),
        ProductName::Variant(id) => ("variant", id.as_str()),
        ProductName::Sku(sku) => ("sku", sku),
    }
}

/// The columns that [`priced`] reads; the prices come along as one JSON object, so that a page is one statement.
const COLUMNS: &str = "products.body, products.version,
    (SELECT coalesce(json_object_agg(prices.variant_id, prices.version), '{}')::text FROM variants
     JOIN prices ON prices.variant_id = variants.variant_id WHERE variants.product_id = products.product_id)";

fn priced(row: &Row) -> Result<PricedProduct> {
    let prices: BTreeMap<String, Version> = session::json(row, 2)?;
    let prices = prices.into_iter().map(|(id, version)| (VariantId::trusted(id.into()), version));
    let prices: Prices = Arc::new(prices.collect());
    Ok(PricedProduct { product: session::json(row, 0)?, version: Version(number(row, 1)?), prices })
}
