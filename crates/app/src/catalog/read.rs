//! Read products and variants.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use sutler_domain::{Fault, ProductId, VariantId};

use super::variants::pick;
use super::{Catalog, ProductView, VariantView};
use crate::caller::Caller;
use crate::error::Problem;
use crate::page::Page;
use crate::ports::reads::{PricedProduct, ProductName, ProductQuery};

/// Products that may be asked for at once.
pub const IDS_MAX: usize = 200;
/// Names looked up in one read.
const NAMES_PER_READ: usize = 25;
/// Reads under way at the same time for one request.
const READS_AT_ONCE: usize = 4;

impl Catalog {
    /// A product.
    pub async fn get(&self, caller: &Caller, name: &ProductName) -> Result<ProductView, Problem> {
        caller.may("catalog:read")?;
        let found = self.room.ports.catalog.products(std::slice::from_ref(name)).await?.into_iter().next();
        found.map(|(_, product)| product.into()).ok_or_else(|| unknown(name))
    }

    /// A variant.
    pub async fn get_variant(&self, caller: &Caller, name: &ProductName) -> Result<VariantView, Problem> {
        let product = self.get(caller, name).await?;
        let variant_id = &pick(name, &product.product)?.variant_id;
        product.variant(variant_id).ok_or_else(|| unknown(name))
    }

    /// Several products at once, at most [`IDS_MAX`], in the order asked, and the names that nothing has. They are
    /// fetched a few reads at a time, however many are asked for.
    pub async fn many(
        &self,
        caller: &Caller,
        names: &[String],
    ) -> Result<(Vec<ProductView>, Vec<String>), Problem> {
        caller.may("catalog:read")?;
        if names.len() > IDS_MAX {
            let detail = format!("at most {IDS_MAX} products at once, not {}", names.len());
            return Err(Problem::invalid(vec![Fault::invalid("/ids", detail)]));
        }
        let parsed: Vec<Option<ProductName>> = names.iter().map(|name| product_name(name).ok()).collect();
        let mut wanted: Vec<ProductName> = Vec::with_capacity(names.len());
        for name in parsed.iter().flatten() {
            if !wanted.contains(name) {
                wanted.push(name.clone());
            }
        }
        let reads = wanted.chunks(NAMES_PER_READ).map(|names| self.room.ports.catalog.products(names));
        let reads: Vec<_> = reads.collect();
        let found: Vec<_> = stream::iter(reads).buffered(READS_AT_ONCE).try_collect().await?;
        let known: HashMap<ProductName, PricedProduct> = found.into_iter().flatten().collect();
        let (mut products, mut missing) = (Vec::new(), Vec::new());
        for (text, name) in names.iter().zip(&parsed) {
            match name.as_ref().and_then(|name| known.get(name)) {
                Some(product) => products.push(product.clone().into()),
                None => missing.push(text.clone()),
            }
        }
        Ok((products, missing))
    }

    /// A page of products.
    pub async fn list(&self, caller: &Caller, query: &ProductQuery) -> Result<Page<ProductView>, Problem> {
        caller.may("catalog:read")?;
        Ok(self.room.ports.catalog.list(query).await?.map(ProductView::from))
    }
}

impl From<PricedProduct> for ProductView {
    fn from(priced: PricedProduct) -> Self {
        Self { product: priced.product, version: priced.version }
    }
}

/// The name of a product as callers write it: an id, `handle:…` or `sku:…`.
pub fn product_name(text: &str) -> Result<ProductName, Problem> {
    match text.split_once(':') {
        Some(("handle", handle)) => Ok(ProductName::Handle(handle.to_owned())),
        Some(("sku", sku)) if !sku.is_empty() => Ok(ProductName::Sku(sku.to_owned())),
        _ => ProductId::parse(text).map(ProductName::Id).map_err(|_| Problem::not_found("product", text)),
    }
}

/// The name of a variant as callers write it: an id or `sku:…`.
pub fn variant_name(text: &str) -> Result<ProductName, Problem> {
    match text.split_once(':') {
        Some(("sku", sku)) if !sku.is_empty() => Ok(ProductName::Sku(sku.to_owned())),
        _ => {
            VariantId::parse(text).map(ProductName::Variant).map_err(|_| Problem::not_found("variant", text))
        }
    }
}

/// A name as callers write it.
pub(crate) fn name_text(name: &ProductName) -> String {
    match name {
        ProductName::Id(id) => id.to_string(),
        ProductName::Handle(handle) => format!("handle:{handle}"),
        ProductName::Variant(id) => id.to_string(),
        ProductName::Sku(sku) => format!("sku:{sku}"),
    }
}

/// Nothing has this name.
pub(crate) fn unknown(name: &ProductName) -> Problem {
    let what =
        if matches!(name, ProductName::Variant(_) | ProductName::Sku(_)) { "variant" } else { "product" };
    Problem::not_found(what, name_text(name))
}
