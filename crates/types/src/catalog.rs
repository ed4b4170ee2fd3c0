//! Products and their variants.

mod request;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Money, Page};

pub use request::{NewProduct, NewVariant, ProductPatch, SkuVariant, VariantPatch};

/// What is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Product {
    /// Its id, chosen by the caller or made.
    pub product_id: String,
    /// `product`.
    #[schemars(extend("const" = "product"))]
    pub object: String,
    /// Its name in addresses; unique.
    pub handle: String,
    /// Its name.
    pub title: String,
    /// Its description, sanitized HTML.
    pub description_html: String,
    /// `draft`, `active` or `archived`.
    #[schemars(extend("enum" = ["draft", "active", "archived"]))]
    pub status: String,
    /// Who makes it.
    pub vendor: String,
    /// What sort of thing it is.
    pub product_type: String,
    /// Where it stands in the tree of categories.
    #[serde(default)]
    pub category_id: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The choices a buyer makes.
    pub options: Vec<ProductOption>,
    /// Pictures, the first of which stands for it.
    pub images: Vec<Image>,
    /// What search engines show.
    pub seo: Seo,
    /// Its variants, in the order shown; at least one.
    pub variants: Vec<Variant>,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// Its version, also in `ETag`.
    pub version: u64,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

/// What is put in a basket: a product with its choices made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Variant {
    /// Its id.
    pub variant_id: String,
    /// `variant`.
    #[schemars(extend("const" = "variant"))]
    pub object: String,
    /// Its product.
    pub product_id: String,
    /// The shop's own code; may be empty, unique when not.
    pub sku: String,
    /// EAN, UPC, ISBN or another code that is scanned.
    pub barcode: String,
    /// The choices in words: "Blue / M".
    pub title: String,
    /// The choices by option name.
    pub option_values: BTreeMap<String, String>,
    /// What one costs.
    pub price: Money,
    /// What one used to cost.
    pub compare_at_price: Option<Money>,
    /// What one costs the shop; null for callers who may not write the catalog.
    pub cost: Option<Money>,
    /// How heavy one is.
    pub weight: Option<Weight>,
    /// Whether it travels.
    pub requires_shipping: bool,
    /// Which tax applies.
    pub tax_code: Option<String>,
    /// Whether it has stock to run out of.
    pub track_inventory: bool,
    /// `deny` or `allow`: whether it may be sold beyond its stock.
    #[schemars(extend("enum" = ["deny", "allow"]))]
    pub oversell: String,
    /// Its place among the variants of its product, from 1.
    pub position: usize,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// The version of its product, also in `ETag`.
    pub version: u64,
}

/// A choice a buyer makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProductOption {
    /// The name of the choice, such as Size.
    pub name: String,
    /// What may be chosen, in the order shown.
    pub values: Vec<String>,
}

/// A picture, by address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ProductImage")]
pub struct Image {
    /// Where the picture is.
    pub url: String,
    /// What it shows, for those who cannot see it.
    pub alt: Option<String>,
}

/// What search engines show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Seo {
    /// Title of the page.
    pub title: Option<String>,
    /// Description of the page.
    pub description: Option<String>,
}

/// How heavy a variant is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Weight {
    /// The number, as decimal text.
    pub value: String,
    /// `g`, `kg`, `oz` or `lb`.
    #[schemars(extend("enum" = ["g", "kg", "oz", "lb"]))]
    pub unit: String,
}

/// Several products that were asked for by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Products {
    /// Those that exist, in the order asked.
    pub data: Vec<Product>,
    /// The names that nothing has.
    pub missing: Vec<String>,
}

/// Products: a page of the list, or those that were asked for by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ProductList {
    /// A page of the list.
    Page(Page<Product>),
    /// Those that were asked for by name.
    Named(Products),
}

/// What became of an imported file. A product with a wrong row was not taken at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReport {
    /// `import_report`.
    #[schemars(extend("const" = "import_report"))]
    pub object: String,
    /// Whether nothing was written, only looked at.
    pub dry_run: bool,
    /// Rows of the file without the header.
    pub rows: usize,
    /// Products that are new.
    pub products_created: usize,
    /// Products that were known and changed.
    pub products_updated: usize,
    /// Products that were known and are as the file says.
    pub products_unchanged: usize,
    /// Variants of all products taken.
    pub variants: usize,
    /// Pictures of all products taken.
    pub images: usize,
    /// What is wrong, in the order of the rows.
    pub errors: Vec<RowError>,
    /// What was taken otherwise than it stands in the file.
    pub warnings: Vec<RowWarning>,
    /// All rows of the products that were not taken, as a CSV file with the reasons; to be mended and imported
    /// alone. Null when all were taken.
    pub errors_csv: Option<String>,
}

/// A row of a file that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowError {
    /// Its number; the header is row 1.
    pub row: usize,
    /// The product it is of.
    pub handle: String,
    /// A stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

/// Something of a row that was taken otherwise than it stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowWarning {
    /// Its number; the header is row 1.
    pub row: usize,
    /// The product it is of.
    pub handle: String,
    /// What was done.
    pub message: String,
}
