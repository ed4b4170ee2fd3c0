//! Reads of products.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Result, Row};
use sutler_app::page::Page;
use sutler_app::ports::reads::{PricedProduct, ProductName, ProductQuery};
use sutler_app::ports::{ProductReads, ReadError};
use sutler_domain::{VariantId, Version};

use super::Sqlite;
use super::session::{self, Session, array};
use crate::listing::products;

/// The versions of price records, by variant.
type Prices = Arc<BTreeMap<VariantId, Version>>;

/// Terms, and the products that have them; terms first, whatever the planner thinks.
const BY_TERM: &str = "product_terms CROSS JOIN products ON products.product_id = product_terms.product_id";

#[async_trait]
impl ProductReads for Sqlite {
    async fn products(
        &self,
        names: &[ProductName],
    ) -> std::result::Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        let names = names.to_vec();
        self.readers.read(move |session| session.snapshot(|session| named(session, &names))).await
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

/// The columns that [`priced`] reads; the prices come along as one JSON object, so that a page is one statement.
const COLUMNS: &str = "products.body, products.version,
    (SELECT json_group_object(prices.variant_id, prices.version) FROM variants
     JOIN prices ON prices.variant_id = variants.variant_id WHERE variants.product_id = products.product_id)";

fn priced(row: &Row<'_>) -> Result<PricedProduct> {
    let prices: BTreeMap<String, Version> = session::json(row, 2)?;
    let prices = prices.into_iter().map(|(id, version)| (VariantId::trusted(id.into()), version));
    let prices: Prices = Arc::new(prices.collect());
    Ok(PricedProduct { product: session::json(row, 0)?, version: Version(row.get(1)?), prices })
}

/// Three statements, whatever the names.
fn named(session: &Session, names: &[ProductName]) -> Result<Vec<(ProductName, PricedProduct)>> {
    let ids = ids_of(session, names)?;
    let wanted = names.iter().filter_map(|name| id_of(name, &ids)).collect::<std::collections::BTreeSet<_>>();
    let sql = format!("SELECT {COLUMNS} FROM products WHERE product_id IN rarray(?1)");
    let found = session.all(&sql, [array(wanted)], priced)?;
    let found: HashMap<&str, &PricedProduct> =
        found.iter().map(|one| (one.product.product_id.as_str(), one)).collect();
    let answer = names.iter().filter_map(|name| {
        let one = *found.get(id_of(name, &ids)?)?;
        Some((name.clone(), one.clone()))
    });
    Ok(answer.collect())
}

fn id_of<'n>(name: &'n ProductName, ids: &'n HashMap<(String, String), String>) -> Option<&'n str> {
    match name {
        ProductName::Id(id) => Some(id.as_str()),
        ProductName::Handle(handle) => ids.get(&("handle".to_owned(), handle.clone())).map(String::as_str),
        ProductName::Variant(id) => ids.get(&("variant".to_owned(), id.to_string())).map(String::as_str),
        ProductName::Sku(sku) => ids.get(&("sku".to_owned(), sku.clone())).map(String::as_str),
    }
}

/// The products of names that are not ids, by the kind of name and the name.
fn ids_of(session: &Session, names: &[ProductName]) -> Result<HashMap<(String, String), String>> {
    let pick = |text: fn(&ProductName) -> Option<&str>| array(names.iter().filter_map(text));
    let handles = pick(|name| if let ProductName::Handle(handle) = name { Some(handle) } else { None });
    let variants = pick(|name| if let ProductName::Variant(id) = name { Some(id.as_str()) } else { None });
    let skus = pick(|name| match name {
        ProductName::Sku(sku) if !sku.is_empty() => Some(sku),
        _ => None,
    });
    let sql = "SELECT 'handle', handle, product_id FROM products WHERE handle IN rarray(?1)
               UNION ALL
               SELECT 'variant', variant_id, product_id FROM variants WHERE variant_id IN rarray(?2)
               UNION ALL
               SELECT 'sku', sku, product_id FROM variants WHERE sku <> '' AND sku IN rarray(?3)";
    let rows =
        session.all(sql, (handles, variants, skus), |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(rows.into_iter().collect())
}
