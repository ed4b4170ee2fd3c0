//! Products and variants to make or to change.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Image, ProductOption, Seo, Weight};
use crate::Money;

/// A product to create, or to put under an id: either with `variants`, or in the short form with one `price`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["title"]))]
pub struct NewProduct {
    /// Its name.
    pub title: String,
    /// Its name in addresses; made of the title when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Its description, HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_html: Option<String>,
    /// `draft`, `active` (the default) or `archived`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["draft", "active", "archived", null]))]
    pub status: Option<String>,
    /// Who makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// What sort of thing it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_type: Option<String>,
    /// The category in which it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_id: Option<String>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Pictures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// The short form: what its one variant costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The short form: the code of its one variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The short form: how much of it lies at the default location; untouched when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// The short form: whether it has stock to run out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_inventory: Option<bool>,
    /// The short form: what one used to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_at_price: Option<Money>,
    /// The short form: what one costs the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// The short form: a code that is scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The short form: how heavy one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// The short form: whether it travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires_shipping: Option<bool>,
    /// The short form: which tax applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// The short form: `deny` or `allow`: whether it may be sold beyond its stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["deny", "allow", null]))]
    pub oversell: Option<String>,
    /// The currency of amounts that name none; the shop's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What search engines show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seo: Option<Seo>,
    /// The choices a buyer makes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ProductOption>,
    /// Its variants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<NewVariant>,
    /// The caller's own pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// A variant to create or replace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["price"]))]
pub struct NewVariant {
    /// Its id; that of the variant with equal options, or a fresh one, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<String>,
    /// The shop's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// A code that is scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The choices by option name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub option_values: BTreeMap<String, String>,
    /// What one costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// What one used to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_at_price: Option<Money>,
    /// What one costs the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// How heavy one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// Whether it travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires_shipping: Option<bool>,
    /// Which tax applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// How much of it lies at the default location; untouched when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Whether it has stock to run out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_inventory: Option<bool>,
    /// `deny` or `allow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["deny", "allow", null]))]
    pub oversell: Option<String>,
    /// The caller's own pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// Members of a product to change: what is absent stays, `null` clears. Those of a variant are for a product with one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProductPatch {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its name in addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Its description, HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_html: Option<String>,
    /// Who makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// What sort of thing it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_type: Option<String>,
    /// The category in which it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_id: Option<String>,
    /// Words to find it by; all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// The choices a buyer makes; all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<ProductOption>>,
    /// Pictures; all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<Image>>,
    /// What search engines show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seo: Option<Seo>,
    /// The currency of amounts that name none; the shop's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The shop's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// A code that is scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// What one costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// What one used to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_at_price: Option<Money>,
    /// What one costs the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// How heavy one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// Whether it travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires_shipping: Option<bool>,
    /// Which tax applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// `deny` or `allow`: whether it may be sold beyond its stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["deny", "allow", null]))]
    pub oversell: Option<String>,
    /// Whether it has stock to run out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_inventory: Option<bool>,
    /// How much of it lies at the default location; untouched when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Its variants; all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variants: Option<Vec<NewVariant>>,
    /// Pairs to set; `null` takes one away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, Option<String>>>,
}

/// Members of a variant to change: what is absent stays, `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct VariantPatch {
    /// The shop's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// A code that is scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The choices by option name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option_values: Option<BTreeMap<String, String>>,
    /// What one costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// What one used to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_at_price: Option<Money>,
    /// What one costs the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// How heavy one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// Whether it travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires_shipping: Option<bool>,
    /// Which tax applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// `deny` or `allow`: whether it may be sold beyond its stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["deny", "allow", null]))]
    pub oversell: Option<String>,
    /// Whether it has stock to run out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_inventory: Option<bool>,
    /// How much of it lies at the default location; untouched when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Pairs to set; `null` takes one away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, Option<String>>>,
}

/// A variant to create or replace by the SKU in the path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["price"]))]
pub struct SkuVariant {
    /// Its product; needed where the SKU is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Its id; a fresh one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<String>,
    /// A code that is scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The choices by option name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub option_values: BTreeMap<String, String>,
    /// What one costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// What one used to cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_at_price: Option<Money>,
    /// What one costs the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// How heavy one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// Whether it travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires_shipping: Option<bool>,
    /// Which tax applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    /// `deny` or `allow`: whether it may be sold beyond its stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["deny", "allow", null]))]
    pub oversell: Option<String>,
    /// Whether it has stock to run out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_inventory: Option<bool>,
    /// How much of it lies at the default location; untouched when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// The caller's own pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}
