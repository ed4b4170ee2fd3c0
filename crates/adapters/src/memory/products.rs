//! Reads of products.

use std::sync::Arc;

use async_trait::async_trait;
use sutler_app::page::Page;
use sutler_app::ports::reads::{PricedProduct, ProductName, ProductQuery};
use sutler_app::ports::{ProductReads, ReadError};
use sutler_app::stream::StreamId;
use sutler_domain::catalog::Product;

use super::{Memory, State, page};

#[async_trait]
impl ProductReads for Memory {
    async fn products(&self, names: &[ProductName]) -> Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        let state = self.state.lock();
        let found = names.iter().filter_map(|name| Some((name.clone(), state.priced(state.named(name)?))));
        Ok(found.collect())
    }

    async fn list(&self, query: &ProductQuery) -> Result<Page<PricedProduct>, ReadError> {
        let state = self.state.lock();
        let rows = state.products.values().filter(|product| matches(product, query));
        let id = |product: &Product| product.product_id.to_string();
        if query.by_updated {
            let keyed = rows.map(|p| ((p.updated_at.as_microsecond(), id(p)), state.priced(p)));
            page::cut(keyed.collect(), query.descending, &query.page)
        } else {
            let keyed = rows.map(|p| ((p.title.clone(), id(p)), state.priced(p)));
            page::cut(keyed.collect(), query.descending, &query.page)
        }
    }
}

impl State {
    fn named(&self, name: &ProductName) -> Option<&Product> {
        let mut all = self.products.values();
        match name {
            ProductName::Id(id) => self.products.get(id),
            ProductName::Handle(handle) => all.find(|p| &p.handle == handle),
            ProductName::Variant(id) => all.find(|p| p.variant(id).is_some()),
            ProductName::Sku(sku) => {
                all.find(|p| !sku.is_empty() && p.variants.iter().any(|v| &v.sku == sku))
            }
        }
    }

    fn priced(&self, product: &Product) -> PricedProduct {
        let variants = product.variants.iter().filter(|v| self.prices.contains_key(&v.variant_id));
        let prices = variants.map(|v| {
            let version = self.heads.version(&StreamId::price(&v.variant_id));
            (v.variant_id.clone(), version)
        });
        PricedProduct {
            product: Arc::new(product.clone()),
            version: self.heads.version(&StreamId::from(&product.product_id)),
            prices: Arc::new(prices.collect()),
        }
    }
}

fn matches(product: &Product, query: &ProductQuery) -> bool {
    (query.status.is_empty() || query.status.contains(&product.status))
        && query.tag.as_ref().is_none_or(|tag| product.tags.contains(tag))
        && query.vendor.as_ref().is_none_or(|vendor| &product.vendor == vendor)
        && query.product_type.as_ref().is_none_or(|sort| &product.product_type == sort)
        && query.category_id.as_ref().is_none_or(|id| product.category_id.as_ref() == Some(id))
        && query.metadata.iter().all(|(key, value)| product.metadata.get(key) == Some(value))
}
