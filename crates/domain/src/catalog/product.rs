//! Products and their variants.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::fault::Faults;
use crate::text::{self, BODY_MAX, LINE_MAX, TextError};
use crate::{CategoryId, Metadata, Money, ProductId, VariantId};

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
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Active, Self::Archived];

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
    /// Where it stands in the tree of categories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category_id: Option<CategoryId>,
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

/// The handle that was asked for, else the one from before, else one made of the title or, where that has no letter, of the
/// id; noted where it cannot be one.
pub(super) fn handle_for(
    asked: Option<&String>,
    before: Option<&String>,
    (title, id): (&str, &str),
    faults: &mut Faults,
) -> String {
    let handle = asked.or(before).cloned().unwrap_or_else(|| {
        Some(handle_of(title)).filter(|handle| !handle.is_empty()).unwrap_or_else(|| handle_of(id))
    });
    let fits = !handle.is_empty()
        && text::line(&handle, LINE_MAX).is_ok()
        && !handle.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ':' | '?' | '#'));
    faults.require(fits, "/handle", || {
        format!("'{handle}' cannot be a handle: use 1 to 255 characters without space, / : ? #")
    });
    handle
}

/// Note what is wrong with a picture at this pointer.
pub(super) fn check_image(image: &Image, at: &str, faults: &mut Faults) {
    let url_ok =
        if image.url.is_empty() { Err(TextError::Empty) } else { text::address(&image.url, BODY_MAX) };
    faults.check(&format!("{at}/url"), url_ok);
    faults.check(&format!("{at}/alt"), text::body(opt(image.alt.as_ref()), BODY_MAX));
}

/// Note what is wrong with what search engines show.
pub(super) fn check_seo(seo: &Seo, faults: &mut Faults) {
    faults.check("/seo/title", text::line(opt(seo.title.as_ref()), LINE_MAX));
    faults.check("/seo/description", text::body(opt(seo.description.as_ref()), BODY_MAX));
}

/// A text that may be missing.
pub(super) fn opt(text: Option<&String>) -> &str {
    text.map_or("", String::as_str)
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
