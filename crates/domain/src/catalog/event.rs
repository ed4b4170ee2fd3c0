//! Events of products and of price records.

use serde::{Deserialize, Serialize};

use super::{PriceRecord, Product};
use crate::VariantId;

/// What happened to a product; each carries the whole product after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductEvent {
    /// It was made.
    ProductCreated(Box<Product>),
    /// It was changed.
    ProductUpdated(Box<Product>),
    /// It is no longer for sale.
    ProductArchived(Box<Product>),
    /// It was removed.
    ProductDeleted(Box<Product>),
}

impl ProductEvent {
    /// The product after the change.
    pub fn product(&self) -> &Product {
        match self {
            Self::ProductCreated(p)
            | Self::ProductUpdated(p)
            | Self::ProductArchived(p)
            | Self::ProductDeleted(p) => p,
        }
    }

    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ProductCreated(_) => "ProductCreated",
            Self::ProductUpdated(_) => "ProductUpdated",
            Self::ProductArchived(_) => "ProductArchived",
            Self::ProductDeleted(_) => "ProductDeleted",
        }
    }
}

/// What happened to a variant, seen from its price record; each carries the whole record after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PriceEvent {
    /// It was made.
    VariantCreated(PriceRecord),
    /// Its status, oversell or tracking changed.
    VariantUpdated(PriceRecord),
    /// It costs something else now.
    VariantPriceChanged(PriceRecord),
    /// It was removed.
    VariantDeleted(PriceRecord),
}

impl PriceEvent {
    /// The record after the change.
    pub const fn record(&self) -> &PriceRecord {
        match self {
            Self::VariantCreated(r)
            | Self::VariantUpdated(r)
            | Self::VariantPriceChanged(r)
            | Self::VariantDeleted(r) => r,
        }
    }

    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::VariantCreated(_) => "VariantCreated",
            Self::VariantUpdated(_) => "VariantUpdated",
            Self::VariantPriceChanged(_) => "VariantPriceChanged",
            Self::VariantDeleted(_) => "VariantDeleted",
        }
    }
}

/// What a change of a product means for the price records of its variants; `after` is `None` for a removal.
pub fn price_changes(before: Option<&Product>, after: Option<&Product>) -> Vec<PriceEvent> {
    let records = |product: Option<&Product>| -> Vec<PriceRecord> {
        product.map(|p| p.variants.iter().map(|v| PriceRecord::of(p, v)).collect()).unwrap_or_default()
    };
    let (old, new) = (records(before), records(after));
    let find =
        |records: &[PriceRecord], id: &VariantId| records.iter().find(|r| &r.variant_id == id).cloned();
    let changed = new.iter().filter_map(|record| match find(&old, &record.variant_id) {
        None => Some(PriceEvent::VariantCreated(record.clone())),
        Some(was) if was == *record => None,
        Some(was) if was.price != record.price => Some(PriceEvent::VariantPriceChanged(record.clone())),
        Some(_) => Some(PriceEvent::VariantUpdated(record.clone())),
    });
    let removed = old
        .iter()
        .filter(|was| find(&new, &was.variant_id).is_none())
        .map(|was| PriceEvent::VariantDeleted(was.clone()));
    changed.chain(removed).collect()
}
