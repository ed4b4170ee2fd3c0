//! The mappings that come with the program.

use super::Mapping;

/// Their names and texts.
pub const SHIPPED: [(&str, &str); 4] = [
    ("medusa-products", include_str!("../../../mappings/medusa-products.toml")),
    ("shopify-orders", include_str!("../../../mappings/shopify-orders.toml")),
    ("spree-products", include_str!("../../../mappings/spree-products.toml")),
    ("uci-online-retail", include_str!("../../../mappings/uci-online-retail.toml")),
];

/// The mapping of this name.
pub fn shipped(name: &str) -> Option<Mapping> {
    let (name, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
    // A test reads each of them.
    Mapping::parse(name, text).ok()
}
