//! The catalog: products with options and variants, the price record of each variant, and what they are shown in: collections and categories.
//!
//! State-stored: each event carries the whole resource after the change, so the fold is the last event.

mod category;
mod collection;
mod compose;
mod event;
mod price;
mod price_change;
mod product;
mod rule;
#[cfg(test)]
mod tests;

pub use category::{
    CATEGORIES_MAX, CATEGORY_LEVELS_MAX, Category, CategoryDraft, CategoryEvent, PlaceError, Tree,
};
pub use collection::{
    COLLECTION_PRODUCTS_MAX, Collection, CollectionDraft, CollectionEvent, CollectionSort, Members, placed,
};
pub use compose::{ProductDraft, VariantDraft, compose};
pub use event::{PriceEvent, ProductEvent, price_changes};
pub use price::PriceRecord;
pub use price_change::{PRICE_RISE_PERCENT_MAX, PriceChange, PriceChangeError};
pub use product::{
    Image, OPTIONS_MAX, OptionValues, Oversell, Product, ProductOption, ProductStatus, Seo, VARIANTS_MAX,
    Variant, Weight, WeightUnit,
};
pub use rule::{CONDITIONS_MAX, Condition, Equality, Limit, Matching, Rule, Side, Wording};
