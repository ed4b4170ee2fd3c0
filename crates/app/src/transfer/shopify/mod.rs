//! Shopify's product files.

mod cell;
mod columns;
mod extras;
mod onto;
mod sheet;
mod sketch;

pub use columns::METADATA_PREFIX;
pub use sheet::ROW_BYTES_MAX;

pub(super) use columns::{PRICE, PRODUCT, ROW_IS};
pub(super) use sheet::Sheet;
pub(super) use sketch::Sketch;
