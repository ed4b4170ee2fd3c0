//! The mappings that come with the program.

use super::Mapping;

/// Their names and texts.
pub const SHIPPED: [(&str, &str); 9] = [
    ("medusa-products", include_str!("../../../mappings/medusa-products.toml")),
    ("shopify-customers", include_str!("../../../mappings/shopify-customers.toml")),
    ("shopify-orders", include_str!("../../../mappings/shopify-orders.toml")),
    ("shopify-stock", include_str!("../../../mappings/shopify-stock.toml")),
    ("spree-customers", include_str!("../../../mappings/spree-customers.toml")),
    ("spree-products", include_str!("../../../mappings/spree-products.toml")),
    ("sutler-customers", include_str!("../../../mappings/sutler-customers.toml")),
    ("sutler-stock", include_str!("../../../mappings/sutler-stock.toml")),
    ("uci-online-retail", include_str!("../../../mappings/uci-online-retail.toml")),
];

/// The mapping of this name.
pub fn shipped(name: &str) -> Option<Mapping> {
    let (name, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
    // A test reads each of them.
    Mapping::parse(name, text).ok()
}
