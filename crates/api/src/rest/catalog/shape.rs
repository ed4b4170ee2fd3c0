//! Products and variants as JSON.

use sutler_app::Caller;
use sutler_app::catalog::{ProductView, VariantView};
use sutler_app::public::rfc3339;
use sutler_domain::Money;
use sutler_domain::catalog::{Oversell, Weight, WeightUnit};
use sutler_types::catalog as wire;

/// A product, as this caller may see it.
pub(crate) fn product_body(view: &ProductView, caller: &Caller) -> wire::Product {
    let product = &view.product;
    let option = |option: &sutler_domain::catalog::ProductOption| wire::ProductOption {
        name: option.name.clone(),
        values: option.values.clone(),
    };
    let image = |image: &sutler_domain::catalog::Image| wire::Image {
        url: image.url.clone(),
        alt: image.alt.clone(),
    };
    wire::Product {
        product_id: product.product_id.to_string(),
        object: "product".to_owned(),
        handle: product.handle.clone(),
        title: product.title.clone(),
        description_html: product.description_html.clone(),
        status: product.status.as_str().to_owned(),
        vendor: product.vendor.clone(),
        product_type: product.product_type.clone(),
        tags: product.tags.clone(),
        options: product.options.iter().map(option).collect(),
        images: product.images.iter().map(image).collect(),
        seo: wire::Seo { title: product.seo.title.clone(), description: product.seo.description.clone() },
        variants: view.variants().map(|variant| variant_body(&variant, caller)).collect(),
        metadata: product.metadata.clone(),
        version: view.version.0,
        created_at: rfc3339(product.created_at),
        updated_at: rfc3339(product.updated_at),
    }
}

/// A variant, as this caller may see it: what it costs the shop is not for every key.
pub(crate) fn variant_body(view: &VariantView, caller: &Caller) -> wire::Variant {
    let variant = &view.variant;
    let cost = variant.cost.filter(|_| caller.scopes.allow("catalog:write"));
    wire::Variant {
        variant_id: variant.variant_id.to_string(),
        object: "variant".to_owned(),
        product_id: view.product_id.to_string(),
        sku: variant.sku.clone(),
        barcode: variant.barcode.clone(),
        title: variant.title.clone(),
        option_values: variant.option_values.clone(),
        price: money(variant.price),
        compare_at_price: variant.compare_at_price.map(money),
        cost: cost.map(money),
        weight: variant.weight.map(weight),
        requires_shipping: variant.requires_shipping,
        tax_code: variant.tax_code.clone(),
        track_inventory: variant.track_inventory,
        oversell: oversell_word(variant.oversell).to_owned(),
        position: view.position,
        metadata: variant.metadata.clone(),
        version: view.version.0,
    }
}

fn money(money: Money) -> sutler_types::Money {
    sutler_types::Money::new(money.amount, money.currency.code())
}

fn weight(weight: Weight) -> wire::Weight {
    let unit = UNITS.iter().find(|(_, unit)| *unit == weight.unit).map_or("g", |(word, _)| word);
    wire::Weight { value: weight.value.to_string(), unit: unit.to_owned() }
}

fn oversell_word(oversell: Oversell) -> &'static str {
    OVERSELL.iter().find(|(_, value)| *value == oversell).map_or("deny", |(word, _)| word)
}

/// The words of units of weight.
pub(super) const UNITS: [(&str, WeightUnit); 4] =
    [("g", WeightUnit::G), ("kg", WeightUnit::Kg), ("oz", WeightUnit::Oz), ("lb", WeightUnit::Lb)];

/// The words of what happens when stock runs out.
pub(super) const OVERSELL: [(&str, Oversell); 2] = [("deny", Oversell::Deny), ("allow", Oversell::Allow)];
