//! Products and their variants.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Metadata, Money, ProductId, VariantId};

/// Options of one product.
pub const OPTIONS_MAX: usize = 3;
/// Variants of one product.
pub const VARIANTS_MAX: usize = 500;

/// Whether a product can be bought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Not yet for sale.
    Draft,
    /// For sale.
    #[default]
    Active,
    /// No longer for sale; kept because orders name it.
    Archived,
}

impl ProductStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }
}

/// Whether a variant may be sold beyond its stock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oversell {
    /// No reservation leaves `available` below 0.
    #[default]
    Deny,
    /// Back orders are taken.
    Allow,
}

/// A choice a buyer makes, such as Size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    /// The name of the choice.
    pub name: String,
    /// What may be chosen, in the order shown.
    pub values: Vec<String>,
}

/// What a variant chose for each option, by the option's name.
pub type OptionValues = BTreeMap<String, String>;

/// A picture, by address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Where the picture is.
    pub url: String,
    /// What it shows, for those who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
}

/// What search engines show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seo {
    /// Title of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The unit of a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightUnit {
    /// Gram.
    G,
    /// Kilogram.
    Kg,
    /// Ounce.
    Oz,
    /// Pound.
    Lb,
}

/// How heavy a variant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// The number, as decimal text.
    pub value: Decimal,
    /// Its unit.
    pub unit: WeightUnit,
}

/// What is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub product_id: ProductId,
    /// Its name in addresses; unique.
    pub handle: String,
    /// Its name.
    pub title: String,
    /// Its description, sanitized HTML.
    #[serde(default)]
    pub description_html: String,
    /// Whether it can be bought.
    pub status: ProductStatus,
    /// Who makes it.
    #[serde(default)]
    pub vendor: String,
    /// What sort of thing it is.
    #[serde(default)]
    pub product_type: String,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The choices a buyer makes.
    #[serde(default)]
    pub options: Vec<ProductOption>,
    /// Pictures, the first of which stands for it.
    #[serde(default)]
    pub images: Vec<Image>,
    /// What search engines show.
    #[serde(default)]
    pub seo: Seo,
    /// Its variants, in the order shown; at least one.
    pub variants: Vec<Variant>,
    /// The caller's own pairs.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What is put in a basket: a product with its choices made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its id.
    pub variant_id: VariantId,
    /// The shop's own code; may be empty, unique when not.
    #[serde(default)]
    pub sku: String,
    /// EAN, UPC, ISBN or another code that is scanned.
    #[serde(default)]
    pub barcode: String,
    /// The choices in words: "Blue / M".
    pub title: String,
    /// The choices by option name.
    #[serde(default)]
    pub option_values: OptionValues,
    /// What one costs.
    pub price: Money,
    /// What one used to cost.
    #[serde(default)]
    pub compare_at_price: Option<Money>,
    /// What one costs the shop.
    #[serde(default)]
    pub cost: Option<Money>,
    /// How heavy one is.
    #[serde(default)]
    pub weight: Option<Weight>,
    /// Whether it travels.
    pub requires_shipping: bool,
    /// Which tax applies.
    #[serde(default)]
    pub tax_code: Option<String>,
    /// Whether it has stock to run out of.
    pub track_inventory: bool,
    /// Whether it may be sold beyond its stock.
    pub oversell: Oversell,
    /// The caller's own pairs.
    #[serde(default)]
    pub metadata: Metadata,
}

impl Product {
    /// A variant by id.
    pub fn variant(&self, id: &VariantId) -> Option<&Variant> {
        self.variants.iter().find(|v| &v.variant_id == id)
    }
}

/// A handle made from a title: lower case ASCII letters, digits and single dashes, at most 80 characters.
pub(super) fn handle_of(title: &str) -> String {
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-").chars().take(80).collect::<String>().trim_end_matches('-').to_owned()
}
