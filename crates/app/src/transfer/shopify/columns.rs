//! The columns of Shopify's product files, by all the names they had: the old template, the new one of 2024, and
//! the exports between them.

use sutler_domain::text::METADATA_KEY_MAX;

use crate::digest::sha256_hex;

/// What stands before the key of a column that has no place of its own.
pub const METADATA_PREFIX: &str = "shopify.";

/// The column that says what a row is, where that cannot be seen. Shopify has none; files by a mapping have it.
pub(in crate::transfer) const ROW_IS: &str = "row is";
/// In that column: the row is the product alone, without a variant.
pub(in crate::transfer) const PRODUCT: &str = "product";
/// In that column: the row is one more price of a variant, and stands in the row of that one, too.
pub(in crate::transfer) const PRICE: &str = "price";

/// A column that has a place in a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Handle,
    Title,
    Body,
    Vendor,
    Type,
    Tags,
    Published,
    Status,
    /// The name of an option, 0 to 2.
    OptionName(usize),
    /// The value of an option, 0 to 2.
    OptionValue(usize),
    Sku,
    Grams,
    /// In the unit of its own column.
    Weight,
    WeightUnit,
    Tracker,
    Quantity,
    Policy,
    Price,
    CompareAtPrice,
    Cost,
    RequiresShipping,
    Taxable,
    TaxCode,
    Barcode,
    ImageUrl,
    ImagePosition,
    ImageAlt,
    SeoTitle,
    SeoDescription,
    RowIs,
}

impl Column {
    /// The names in lower case, the classic one first.
    pub(super) const NAMES: [(Self, &'static [&'static str]); 34] = [
        (Self::Handle, &["handle", "url handle"]),
        (Self::Title, &["title"]),
        (Self::Body, &["body (html)", "body html", "description"]),
        (Self::Vendor, &["vendor"]),
        (Self::Type, &["type"]),
        (Self::Tags, &["tags"]),
        (Self::Published, &["published", "published on online store"]),
        (Self::Status, &["status"]),
        (Self::OptionName(0), &["option1 name"]),
        (Self::OptionName(1), &["option2 name"]),
        (Self::OptionName(2), &["option3 name"]),
        (Self::OptionValue(0), &["option1 value"]),
        (Self::OptionValue(1), &["option2 value"]),
        (Self::OptionValue(2), &["option3 value"]),
        (Self::Sku, &["variant sku", "sku"]),
        (Self::Grams, &["variant grams", "weight value (grams)"]),
        (Self::Weight, &["variant weight"]),
        (Self::WeightUnit, &["variant weight unit", "weight unit for display"]),
        (Self::Tracker, &["variant inventory tracker", "inventory tracker"]),
        (Self::Quantity, &["variant inventory qty", "inventory quantity"]),
        (Self::Policy, &["variant inventory policy", "continue selling when out of stock"]),
        (Self::Price, &["variant price", "price"]),
        (Self::CompareAtPrice, &["variant compare at price", "compare-at price", "compare at price"]),
        (Self::Cost, &["cost per item"]),
        (Self::RequiresShipping, &["variant requires shipping", "requires shipping"]),
        (Self::Taxable, &["variant taxable", "charge tax"]),
        (Self::TaxCode, &["variant tax code", "tax code"]),
        (Self::Barcode, &["variant barcode", "barcode"]),
        (Self::ImageUrl, &["image src", "product image url"]),
        (Self::ImagePosition, &["image position"]),
        (Self::ImageAlt, &["image alt text"]),
        (Self::SeoTitle, &["seo title"]),
        (Self::SeoDescription, &["seo description"]),
        (Self::RowIs, &[ROW_IS]),
    ];

    /// The columns without which a file is not one of Shopify's, as a refusal names them.
    pub(super) const REQUIRED: [(Self, &'static str); 2] =
        [(Self::Handle, "'Handle' (or 'URL handle')"), (Self::Title, "'Title'")];

    /// The column of a header, whatever its case.
    pub(super) fn named(header: &str) -> Option<Self> {
        let name = header.trim().to_lowercase();
        Self::NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column)
    }

    /// Whether it says something about a variant.
    pub(super) const fn is_of_variant(self) -> bool {
        use Column::{
            Barcode, CompareAtPrice, Cost, Grams, OptionValue, Policy, Price, Quantity, RequiresShipping,
            Sku, TaxCode, Taxable, Tracker, Weight,
        };
        matches!(
            self,
            OptionValue(_)
                | Sku
                | Grams
                | Weight
                | Tracker
                | Quantity
                | Policy
                | Price
                | CompareAtPrice
                | Cost
                | RequiresShipping
                | Taxable
                | TaxCode
                | Barcode
        )
    }
}

/// A column without a place of its own: it is kept as metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extra {
    /// Where it stands.
    pub(super) index: usize,
    /// The key of its values.
    pub(super) key: String,
    /// Whether it says something about a variant.
    pub(super) of_variant: bool,
}

impl Extra {
    pub(super) fn of(index: usize, header: &str) -> Self {
        let name = header.trim().to_lowercase();
        let of_variant =
            ["variant ", "unit price", "price /", "compare at price /", "compare-at price /", "fulfillment "]
                .iter()
                .any(|start| name.starts_with(start));
        Self { index, key: key_of(index, &name), of_variant }
    }
}

/// `google shopping / age group` is `shopify.google.age_group`, a metafield goes by its own key, and what is too
/// long for a key is cut and ends in eight characters of its hash.
fn key_of(index: usize, name: &str) -> String {
    let metafield = name.split_once("(product.metafields.").and_then(|(_, rest)| rest.split_once(')'));
    let words = match (metafield, name.strip_prefix("google shopping /")) {
        (Some((key, _)), _) => key.split('.').map(snake).collect::<Vec<_>>().join("."),
        (None, Some(rest)) => format!("google.{}", snake(rest)),
        (None, None) => snake(name.strip_prefix("variant ").unwrap_or(name)),
    };
    let words = if words.is_empty() { format!("column_{}", index.saturating_add(1)) } else { words };
    let key = format!("{METADATA_PREFIX}{words}");
    if key.chars().count() <= METADATA_KEY_MAX {
        return key;
    }
    let hash: String = sha256_hex(name.as_bytes()).chars().take(8).collect();
    let head: String = key.chars().take(METADATA_KEY_MAX - 9).collect();
    format!("{head}~{hash}")
}

fn snake(words: &str) -> String {
    let words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_templates_are_known_in_any_case() {
        for (header, column) in [
            ("Handle", Column::Handle),
            ("URL handle", Column::Handle),
            (" VARIANT PRICE ", Column::Price),
            ("Price", Column::Price),
            ("Option3 value", Column::OptionValue(2)),
            ("Continue selling when out of stock", Column::Policy),
            ("Product image URL", Column::ImageUrl),
        ] {
            assert_eq!(Column::named(header), Some(column), "{header}");
        }
        for header in ["Product Title", "Product Handle", "Price / EU", "Variant Sku 2", ""] {
            assert_eq!(Column::named(header), None, "{header}");
        }
    }

    #[test]
    fn other_columns_have_keys_that_fit() {
        for (header, key, of_variant) in [
            ("Gift Card", "shopify.gift_card", false),
            ("Variant Image", "shopify.image", true),
            ("Google Shopping / Google Product Category", "shopify.google.google_product_category", false),
            ("Fabric (product.metafields.custom.fabric)", "shopify.custom.fabric", false),
            ("Price / European Union", "shopify.price_european_union", true),
            ("", "shopify.column_4", false),
        ] {
            let extra = Extra::of(3, header);
            assert_eq!((extra.key.as_str(), extra.of_variant), (key, of_variant), "{header}");
        }
        let long = Extra::of(0, "Included / The United States of America and some islands").key;
        assert_eq!(long.chars().count(), METADATA_KEY_MAX);
        assert_ne!(long, Extra::of(0, "Included / The United States of America and other islands").key);
    }
}
