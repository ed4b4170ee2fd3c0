//! The catalog: products and their variants, created, replaced, changed, archived and read.

mod change;
mod check;
mod draft;
mod input;
mod parts;
mod read;
mod save;
mod variants;

pub use check::{IMAGES_MAX, OPTION_VALUES_MAX, URL_MAX};
pub use input::{MetadataPatch, ProductInput, ProductPatch, SkuInput, VariantInput, VariantPatch};
pub use read::{IDS_MAX, product_name, variant_name};
pub use variants::SavedVariant;

pub(crate) use check::{html, picture as check_picture};
pub(crate) use draft::Drafted;
pub(crate) use parts::merge;
pub(crate) use read::{name_text, unknown};
pub(crate) use save::{Decision, Save, Target, names};
pub(crate) use variants::{named, pick};

use std::sync::Arc;

use sutler_domain::catalog::{Product, Variant};
use sutler_domain::{ProductId, VariantId, Version};

use crate::Room;
use crate::inventory::Inventory;

/// The catalog.
#[derive(Clone)]
pub struct Catalog {
    room: Room,
}

/// A product as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductView {
    /// The product.
    pub product: Arc<Product>,
    /// Its version.
    pub version: Version,
}

/// A variant as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantView {
    /// The variant.
    pub variant: Variant,
    /// Its product.
    pub product_id: ProductId,
    /// Its place among the variants of the product, from 1.
    pub position: usize,
    /// The version of its product, which is its own.
    pub version: Version,
}

/// What a change of a product left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The product.
    pub view: ProductView,
    /// Whether the product, or the variant that the change was about, was made by it.
    pub created: bool,
    /// Whether anything was written.
    pub changed: bool,
    /// The variant that the change was about.
    pub part: Option<String>,
}

impl Catalog {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }

    pub(crate) fn inventory(&self) -> Inventory {
        Inventory::new(self.room.clone())
    }
}

impl ProductView {
    /// Its variants.
    pub fn variants(&self) -> impl Iterator<Item = VariantView> {
        (1..).zip(&self.product.variants).map(|(position, variant)| VariantView {
            variant: variant.clone(),
            product_id: self.product.product_id.clone(),
            position,
            version: self.version,
        })
    }

    /// One of its variants.
    pub fn variant(&self, id: &VariantId) -> Option<VariantView> {
        self.variants().find(|v| &v.variant.variant_id == id)
    }
}
