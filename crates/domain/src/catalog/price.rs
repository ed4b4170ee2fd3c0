//! The price record: what a decision about an order depends on, and nothing else of a product.

use serde::{Deserialize, Serialize};

use super::{Oversell, Product, ProductStatus, Variant};
use crate::{Money, ProductId, VariantId};

/// The part of a variant that an order's decision reads. A stream of its own, so that editing a title never
/// sends an order back to read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRecord {
    /// Whose record this is.
    pub variant_id: VariantId,
    /// The product of the variant.
    pub product_id: ProductId,
    /// The status of the product.
    pub status: ProductStatus,
    /// What one costs.
    pub price: Money,
    /// Whether it may be sold beyond its stock.
    pub oversell: Oversell,
    /// Whether it has stock to run out of.
    pub track_inventory: bool,
}

impl PriceRecord {
    /// The record of a variant as its product stands.
    pub fn of(product: &Product, variant: &Variant) -> Self {
        Self {
            variant_id: variant.variant_id.clone(),
            product_id: product.product_id.clone(),
            status: product.status,
            price: variant.price,
            oversell: variant.oversell,
            track_inventory: variant.track_inventory,
        }
    }
}
