//! What a line of a file asks for, and what it is told.

use serde::Serialize;
use sutler_domain::{LocationId, ProductId, VariantId, Version};

use crate::caller::Answered;
use crate::catalog::{ProductInput, ProductPatch, Saved, SavedVariant, SkuInput, VariantPatch, name_text};
use crate::inventory::AdjustInput;
use crate::ports::reads::{ProductName, StockLevel};

/// One change of the catalog or of stock.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Make a product.
    Create(Box<ProductInput>),
    /// Make or replace a product under an id of the caller's own.
    Put(ProductId, Box<ProductInput>),
    /// Change some members of a product.
    Patch(ProductName, Box<ProductPatch>),
    /// Let a product be ordered.
    Publish(ProductName),
    /// Let a product be ordered no more.
    Archive(ProductName),
    /// Take a product away.
    Delete(ProductName),
    /// Make or replace the variant of a SKU.
    PutVariant(String, Box<SkuInput>),
    /// Change some members of a variant.
    PatchVariant(ProductName, Box<VariantPatch>),
    /// Take a variant away.
    DeleteVariant(ProductName),
    /// Change what lies on a shelf.
    Adjust(Box<AdjustInput>),
}

/// What came of one change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The product that was changed.
    pub product_id: Option<ProductId>,
    /// The variant that the change was about.
    pub variant_id: Option<VariantId>,
    /// The location of the level that was changed.
    pub location_id: Option<LocationId>,
    /// The version of the product or level after it; `None` where nothing is stored yet, or it is gone.
    pub version: Option<Version>,
    /// Whether something was made.
    pub created: bool,
    /// Whether it was done before, under the same key.
    pub replayed: bool,
}

impl Ask {
    /// What one must be allowed to.
    pub const fn scope(&self) -> &'static str {
        match self {
            Self::Adjust(_) => "inventory:write",
            _ => "catalog:write",
        }
    }

    /// What is told when all was done before: as much as the ask itself says.
    pub(super) fn replayed(&self) -> Done {
        let done = Done { replayed: true, ..Done::default() };
        match self {
            Self::Put(id, _) => Done { product_id: Some(id.clone()), ..done },
            Self::Patch(name, _) | Self::Publish(name) | Self::Archive(name) | Self::Delete(name) => {
                match name {
                    ProductName::Id(id) => Done { product_id: Some(id.clone()), ..done },
                    _ => done,
                }
            }
            Self::PatchVariant(ProductName::Variant(id), _) => Done { variant_id: Some(id.clone()), ..done },
            Self::Adjust(input) => Done { variant_id: input.variant_id.clone(), ..done },
            _ => done,
        }
    }
}

/// The words of an ask, as they are part of the fingerprint of a key.
impl Serialize for Ask {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Create(input) => ("create", input).serialize(serializer),
            Self::Put(id, input) => ("put", id, input).serialize(serializer),
            Self::Patch(name, patch) => ("patch", name_text(name), patch).serialize(serializer),
            Self::Publish(name) => ("publish", name_text(name)).serialize(serializer),
            Self::Archive(name) => ("archive", name_text(name)).serialize(serializer),
            Self::Delete(name) => ("delete", name_text(name)).serialize(serializer),
            Self::PutVariant(sku, input) => ("put_variant", sku, input).serialize(serializer),
            Self::PatchVariant(name, patch) => {
                ("patch_variant", name_text(name), patch).serialize(serializer)
            }
            Self::DeleteVariant(name) => ("delete_variant", name_text(name)).serialize(serializer),
            Self::Adjust(input) => ("adjust", input).serialize(serializer),
        }
    }
}

impl Done {
    pub(super) fn product(done: &Answered<Saved>) -> Self {
        let view = &done.value.view;
        Self {
            product_id: Some(view.product.product_id.clone()),
            version: Some(view.version),
            created: done.value.created,
            replayed: done.replayed,
            ..Self::default()
        }
    }

    pub(super) fn variant(done: &Answered<SavedVariant>) -> Self {
        let view = &done.value.view;
        Self {
            product_id: Some(view.product_id.clone()),
            variant_id: Some(view.variant.variant_id.clone()),
            version: Some(view.version),
            created: done.value.created,
            replayed: done.replayed,
            ..Self::default()
        }
    }

    pub(super) fn level(done: &Answered<StockLevel>) -> Self {
        let at = &done.value.at;
        Self {
            variant_id: Some(at.variant_id.clone()),
            location_id: Some(at.location_id.clone()),
            version: Some(done.value.version),
            replayed: done.replayed,
            ..Self::default()
        }
    }
}
