//! The catalog: products with options and variants, and the price record of each variant.
//!
//! State-stored: each event carries the whole resource after the change, so the fold is the last event.

mod compose;
mod event;
mod price;
mod product;
#[cfg(test)]
mod tests;

pub use compose::{ProductDraft, VariantDraft, compose};
pub use event::{PriceEvent, ProductEvent, price_changes};
pub use price::PriceRecord;
pub use product::{
    Image, OPTIONS_MAX, OptionValues, Oversell, Product, ProductOption, ProductStatus, Seo, VARIANTS_MAX,
    Variant, Weight, WeightUnit,
};
