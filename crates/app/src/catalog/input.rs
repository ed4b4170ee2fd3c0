//! What a caller may ask of the catalog. Every door parses into these; with the use case they are the fingerprint
//! of an idempotency key.

use std::collections::BTreeMap;

use serde::Serialize;
use sutler_domain::catalog::{Image, OptionValues, Oversell, ProductOption, ProductStatus, Seo, Weight};
use sutler_domain::{CategoryId, Currency, Metadata, ProductId, VariantId};

use crate::orders::Amount;
use crate::patch::Patch;

/// A product as a whole: what is not said has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProductInput {
    /// Its name in addresses; `None`: kept, or made of the title.
    pub handle: Option<String>,
    /// Its name.
    pub title: String,
    /// Its description, HTML.
    pub description_html: String,
    /// Whether it can be bought.
    pub status: ProductStatus,
    /// Who makes it.
    pub vendor: String,
    /// What sort of thing it is.
    pub product_type: String,
    /// Where it stands in the tree of categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_id: Option<CategoryId>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The choices a buyer makes; made of the variants when empty.
    pub options: Vec<ProductOption>,
    /// Pictures.
    pub images: Vec<Image>,
    /// What search engines show.
    pub seo: Seo,
    /// The currency of its amounts that name none; `None`: the shop's.
    pub currency: Option<Currency>,
    /// Its variants.
    pub variants: Vec<VariantInput>,
    /// The short form: its one variant, without options, in place of `variants`.
    pub variant: Option<VariantInput>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// A variant as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VariantInput {
    /// Its id; `None`: that of the variant with equal options, or a fresh one.
    pub variant_id: Option<VariantId>,
    /// The shop's own code; may be empty.
    pub sku: String,
    /// A code that is scanned.
    pub barcode: String,
    /// The choices by option name.
    pub option_values: OptionValues,
    /// What one costs; needed.
    pub price: Option<Amount>,
    /// What one used to cost.
    pub compare_at_price: Option<Amount>,
    /// What one costs the shop.
    pub cost: Option<Amount>,
    /// How heavy one is.
    pub weight: Option<Weight>,
    /// Whether it travels; `None`: it does.
    pub requires_shipping: Option<bool>,
    /// Which tax applies.
    pub tax_code: Option<String>,
    /// Whether it has stock to run out of; `None`: as before, and a new one has.
    pub track_inventory: Option<bool>,
    /// Whether it may be sold beyond its stock; `None`: as before, or as the shop is set.
    pub oversell: Option<Oversell>,
    /// What lies on the shelf of the default location, in units; `None`: as before.
    pub stock: Option<i64>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// Pairs to merge; `None` deletes one.
pub type MetadataPatch = BTreeMap<String, Option<String>>;

/// A change of some members of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProductPatch {
    /// Its name in addresses.
    pub handle: Option<String>,
    /// Its name.
    pub title: Option<String>,
    /// Its description, HTML; empty clears it.
    pub description_html: Option<String>,
    /// Who makes it; empty clears it.
    pub vendor: Option<String>,
    /// What sort of thing it is; empty clears it.
    pub product_type: Option<String>,
    /// Where it stands in the tree of categories.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub category_id: Patch<CategoryId>,
    /// All words to find it by.
    pub tags: Option<Vec<String>>,
    /// All choices a buyer makes.
    pub options: Option<Vec<ProductOption>>,
    /// All pictures.
    pub images: Option<Vec<Image>>,
    /// The title that search engines show.
    pub seo_title: Patch<String>,
    /// The description that search engines show.
    pub seo_description: Patch<String>,
    /// The currency of its amounts that name none; `None`: as before.
    pub currency: Option<Currency>,
    /// All variants.
    pub variants: Option<Vec<VariantInput>>,
    /// The short form: a change of its one variant.
    pub variant: Option<VariantPatch>,
    /// Pairs to merge.
    pub metadata: Patch<MetadataPatch>,
}

/// A change of some members of a variant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VariantPatch {
    /// The shop's own code; empty clears it.
    pub sku: Option<String>,
    /// A code that is scanned; empty clears it.
    pub barcode: Option<String>,
    /// The choices by option name.
    pub option_values: Option<OptionValues>,
    /// What one costs.
    pub price: Option<Amount>,
    /// What one used to cost.
    pub compare_at_price: Patch<Amount>,
    /// What one costs the shop.
    pub cost: Patch<Amount>,
    /// How heavy one is.
    pub weight: Patch<Weight>,
    /// Whether it travels.
    pub requires_shipping: Option<bool>,
    /// Which tax applies.
    pub tax_code: Patch<String>,
    /// Whether it has stock to run out of.
    pub track_inventory: Option<bool>,
    /// Whether it may be sold beyond its stock.
    pub oversell: Option<Oversell>,
    /// What lies on the shelf of the default location, in units.
    pub stock: Option<i64>,
    /// Pairs to merge.
    pub metadata: Patch<MetadataPatch>,
}

/// A variant to create or replace by its SKU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkuInput {
    /// The product of a new variant; of a known one it must be the right one.
    pub product_id: Option<ProductId>,
    /// The variant; its SKU is the one asked for.
    pub variant: VariantInput,
}
