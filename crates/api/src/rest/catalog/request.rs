//! Requests that make or change products and variants.

use rust_decimal::Decimal;
use serde_json::Value;
use sutler_app::catalog::{ProductInput, ProductPatch, SkuInput, VariantInput, VariantPatch};
use sutler_app::patch::Patch;
use sutler_app::{Problem, Settings};
use sutler_domain::Currency;
use sutler_domain::catalog::{Image, OptionValues, ProductOption, ProductStatus, Seo, Weight};

use super::STATUSES;
use super::shape::{OVERSELL, UNITS};
use crate::rest::fields::{Fields, told};

/// The members of a product that say something of its one variant: the short form.
const SHORT: [&str; 11] = [
    "price",
    "compare_at_price",
    "cost",
    "sku",
    "barcode",
    "weight",
    "requires_shipping",
    "tax_code",
    "track_inventory",
    "oversell",
    "stock",
];

/// A product as a whole.
pub(crate) fn product(document: &Value, settings: &Settings) -> Result<ProductInput, Problem> {
    let mut f = Fields::of(document);
    f.need("title");
    let currency = f.currency("currency");
    let hint = currency.unwrap_or(settings.currency);
    let variants = f.list("variants", |f| variant_of(f, hint));
    // Without variants a product is in the short form, and its price is what is missing.
    let short = is_short(&mut f) || variants.is_none();
    let input = ProductInput {
        handle: f.text("handle"),
        title: f.text("title").unwrap_or_default(),
        description_html: f.text("description_html").unwrap_or_default(),
        status: f.word("status", &STATUSES).unwrap_or(ProductStatus::Active),
        vendor: f.text("vendor").unwrap_or_default(),
        product_type: f.text("product_type").unwrap_or_default(),
        category_id: f.id("category_id"),
        tags: f.texts("tags").unwrap_or_default(),
        options: options(&mut f).unwrap_or_default(),
        images: images(&mut f).unwrap_or_default(),
        seo: f
            .object("seo", |f| Seo { title: f.text("title"), description: f.text("description") })
            .unwrap_or_default(),
        currency,
        variants: variants.unwrap_or_default(),
        variant: short.then(|| members_of(&mut f, hint)),
        metadata: f.metadata("metadata"),
    };
    f.done()?;
    Ok(input)
}

/// A change of some members of a product.
pub(crate) fn product_patch(document: &Value, settings: &Settings) -> Result<ProductPatch, Problem> {
    let mut f = Fields::of(document);
    let currency = f.currency("currency");
    let hint = currency.unwrap_or(settings.currency);
    let cleared = |patch: Patch<String>| match patch {
        Patch::Keep => None,
        Patch::Clear => Some(String::new()),
        Patch::Set(text) => Some(text),
    };
    if f.value("status").is_some() {
        f.invalid("status", "a status is moved by POST /products/{id}/publish or /archive");
    }
    let seo = f.patch("seo", |f| {
        f.object("seo", |f| {
            (f.patch("title", |f| f.text("title")), f.patch("description", |f| f.text("description")))
        })
    });
    let (seo_title, seo_description) = match seo {
        Patch::Keep => (Patch::Keep, Patch::Keep),
        Patch::Clear => (Patch::Clear, Patch::Clear),
        Patch::Set(both) => both,
    };
    let short = is_short(&mut f);
    let patch = ProductPatch {
        handle: f.text("handle"),
        title: f.text("title"),
        description_html: cleared(f.patch("description_html", |f| f.text("description_html"))),
        vendor: cleared(f.patch("vendor", |f| f.text("vendor"))),
        product_type: cleared(f.patch("product_type", |f| f.text("product_type"))),
        category_id: f.patch("category_id", |f| f.id("category_id")),
        tags: listed(f.patch("tags", |f| f.texts("tags"))),
        options: listed(f.patch("options", options)),
        images: listed(f.patch("images", images)),
        seo_title,
        seo_description,
        currency,
        variants: f.list("variants", |f| variant_of(f, hint)),
        variant: short.then(|| patch_of(&mut f, hint)),
        metadata: f.patch("metadata", |f| f.pairs("metadata")),
    };
    f.done()?;
    Ok(patch)
}

/// A variant as a whole.
pub(crate) fn variant(document: &Value, settings: &Settings) -> Result<VariantInput, Problem> {
    let mut f = Fields::of(document);
    let input = variant_of(&mut f, settings.currency);
    f.done()?;
    Ok(input)
}

/// A variant as a whole, whose SKU stands in the path.
pub(crate) fn sku_variant(document: &Value, settings: &Settings) -> Result<SkuInput, Problem> {
    let mut f = Fields::of(document);
    let product_id = f.id("product_id");
    let input = SkuInput { product_id, variant: variant_of(&mut f, settings.currency) };
    if !input.variant.sku.is_empty() {
        f.invalid("sku", "the SKU stands in the path; PATCH /variants/sku:… renames it");
    }
    f.done()?;
    Ok(input)
}

/// A change of some members of a variant.
pub(crate) fn variant_patch(document: &Value, settings: &Settings) -> Result<VariantPatch, Problem> {
    let mut f = Fields::of(document);
    let mut patch = patch_of(&mut f, settings.currency);
    patch.option_values = option_values(&mut f);
    patch.metadata = f.patch("metadata", |f| f.pairs("metadata"));
    f.done()?;
    Ok(patch)
}

/// An action without words.
pub(super) fn nothing(document: &Value) -> Result<(), Problem> {
    Fields::of(document).done()
}

fn is_short(f: &mut Fields<'_>) -> bool {
    let mut short = false;
    for name in SHORT {
        short |= !f.patch(name, |f| f.value(name)).is_keep();
    }
    short
}

fn variant_of(f: &mut Fields<'_>, hint: Currency) -> VariantInput {
    let (variant_id, option_values) = (f.id("variant_id"), option_values(f));
    VariantInput {
        variant_id,
        option_values: option_values.unwrap_or_default(),
        metadata: f.metadata("metadata"),
        ..members_of(f, hint)
    }
}

/// The members that a variant has in the short form too.
fn members_of(f: &mut Fields<'_>, hint: Currency) -> VariantInput {
    f.need("price");
    VariantInput {
        variant_id: None,
        sku: f.text("sku").unwrap_or_default(),
        barcode: f.text("barcode").unwrap_or_default(),
        option_values: OptionValues::new(),
        price: f.amount("price", hint),
        compare_at_price: f.amount("compare_at_price", hint),
        cost: f.amount("cost", hint),
        weight: weight(f),
        requires_shipping: f.flag("requires_shipping"),
        tax_code: f.text("tax_code"),
        track_inventory: f.flag("track_inventory"),
        oversell: f.word("oversell", &OVERSELL),
        stock: f.whole("stock"),
        metadata: sutler_domain::Metadata::new(),
    }
}

fn patch_of(f: &mut Fields<'_>, hint: Currency) -> VariantPatch {
    let text = |patch: Patch<String>| match patch {
        Patch::Keep => None,
        Patch::Clear => Some(String::new()),
        Patch::Set(text) => Some(text),
    };
    VariantPatch {
        sku: text(f.patch("sku", |f| f.text("sku"))),
        barcode: text(f.patch("barcode", |f| f.text("barcode"))),
        option_values: None,
        price: f.amount("price", hint),
        compare_at_price: f.patch("compare_at_price", |f| f.amount("compare_at_price", hint)),
        cost: f.patch("cost", |f| f.amount("cost", hint)),
        weight: f.patch("weight", weight),
        requires_shipping: f.flag("requires_shipping"),
        tax_code: f.patch("tax_code", |f| f.text("tax_code")),
        track_inventory: f.flag("track_inventory"),
        oversell: f.word("oversell", &OVERSELL),
        stock: f.whole("stock"),
        metadata: Patch::Keep,
    }
}

fn listed<T>(patch: Patch<Vec<T>>) -> Option<Vec<T>> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => Some(Vec::new()),
        Patch::Set(list) => Some(list),
    }
}

fn options(f: &mut Fields<'_>) -> Option<Vec<ProductOption>> {
    f.list("options", |f| {
        f.need("name");
        ProductOption {
            name: f.text("name").unwrap_or_default(),
            values: f.texts("values").unwrap_or_default(),
        }
    })
}

fn images(f: &mut Fields<'_>) -> Option<Vec<Image>> {
    f.list("images", |f| {
        f.need("url");
        Image { url: f.text("url").unwrap_or_default(), alt: f.text("alt") }
    })
}

fn option_values(f: &mut Fields<'_>) -> Option<OptionValues> {
    f.value("option_values")?;
    Some(f.metadata("option_values"))
}

/// `{"value": 0.25, "unit": "kg"}`; the number may be a decimal text.
fn weight(f: &mut Fields<'_>) -> Option<Weight> {
    f.object("weight", |f| {
        f.need("value");
        f.need("unit");
        let unit = f.word("unit", &UNITS);
        let value = f.value("value")?;
        let decimal = match value {
            Value::Number(number) => number.to_string().parse::<Decimal>().ok(),
            Value::String(text) => text.parse::<Decimal>().ok(),
            _ => None,
        };
        if decimal.is_none() {
            f.invalid("value", format!("{} is not a weight; write it as 0.25 or \"0.25\"", told(value)));
        }
        Some(Weight { value: decimal?, unit: unit? })
    })?
}
