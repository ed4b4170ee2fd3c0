//! From a draft to a product: defaults, checks, and variants that keep their ids.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::product::{check_image, check_seo, handle_for, opt};
use super::{
    Image, OPTIONS_MAX, OptionValues, Oversell, Product, ProductOption, ProductStatus, Seo, VARIANTS_MAX,
    Variant, Weight,
};
use crate::fault::Faults;
use crate::text::{self, BODY_MAX, LINE_MAX, TAG_MAX, TAGS_MAX, TextError};
use crate::{CategoryId, Fault, Metadata, Money, ProductId, VariantId};

/// A product as a caller wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductDraft {
    /// Its name in addresses; made from the title when `None`.
    pub handle: Option<String>,
    /// Its name.
    pub title: String,
    /// Its description, sanitized HTML.
    pub description_html: String,
    /// Whether it can be bought.
    pub status: ProductStatus,
    /// Who makes it.
    pub vendor: String,
    /// What sort of thing it is.
    pub product_type: String,
    /// Where it stands in the tree of categories.
    pub category_id: Option<CategoryId>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The choices a buyer makes; made from the variants when empty.
    pub options: Vec<ProductOption>,
    /// Pictures.
    pub images: Vec<Image>,
    /// What search engines show.
    pub seo: Seo,
    /// Its variants; at least one.
    pub variants: Vec<VariantDraft>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// A variant as a caller wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantDraft {
    /// Its id; the id of the variant with equal options, or a fresh one, when `None`.
    pub variant_id: Option<VariantId>,
    /// The shop's own code; may be empty.
    pub sku: String,
    /// A code that is scanned.
    pub barcode: String,
    /// The choices by option name.
    pub option_values: OptionValues,
    /// What one costs.
    pub price: Money,
    /// What one used to cost.
    pub compare_at_price: Option<Money>,
    /// What one costs the shop.
    pub cost: Option<Money>,
    /// How heavy one is.
    pub weight: Option<Weight>,
    /// Whether it travels.
    pub requires_shipping: bool,
    /// Which tax applies.
    pub tax_code: Option<String>,
    /// Whether it has stock to run out of.
    pub track_inventory: bool,
    /// Whether it may be sold beyond its stock.
    pub oversell: Oversell,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// Make a product of a draft, or all that is wrong with it. `before` is the product it replaces; `fresh` gives
/// an id for each variant that has none.
pub fn compose(
    product_id: ProductId,
    draft: ProductDraft,
    before: Option<&Product>,
    mut fresh: impl FnMut() -> VariantId,
    now: Timestamp,
) -> Result<Product, Vec<Fault>> {
    let mut faults = Faults::default();
    let options = if draft.options.is_empty() { options_of(&draft.variants) } else { draft.options.clone() };
    check_texts(&draft, &mut faults);
    check_options(&options, &mut faults);
    check_variants(&draft, &options, &mut faults);
    let named = (draft.title.as_str(), product_id.as_str());
    let handle = handle_for(draft.handle.as_ref(), before.map(|b| &b.handle), named, &mut faults);

    let kept = |draft: &VariantDraft| {
        before?.variants.iter().find(|v| v.option_values == draft.option_values).map(|v| v.variant_id.clone())
    };
    let mut taken: BTreeSet<VariantId> = draft.variants.iter().filter_map(|v| v.variant_id.clone()).collect();
    let mut variants = Vec::with_capacity(draft.variants.len());
    for variant in draft.variants {
        let variant_id = match &variant.variant_id {
            Some(id) => id.clone(),
            None => kept(&variant).filter(|id| !taken.contains(id)).unwrap_or_else(&mut fresh),
        };
        taken.insert(variant_id.clone());
        variants.push(variant_of(variant, variant_id, &options));
    }
    faults.or(Product {
        product_id,
        handle,
        title: draft.title,
        description_html: draft.description_html,
        status: draft.status,
        vendor: draft.vendor,
        product_type: draft.product_type,
        category_id: draft.category_id,
        tags: draft.tags,
        options,
        images: draft.images,
        seo: draft.seo,
        variants,
        metadata: draft.metadata,
        created_at: before.map_or(now, |b| b.created_at),
        updated_at: now,
    })
}

fn check_texts(draft: &ProductDraft, faults: &mut Faults) {
    faults.require(!draft.title.trim().is_empty(), "/title", || "a product needs a title".into());
    faults.check("/title", text::line(&draft.title, LINE_MAX));
    faults.check("/description_html", text::body(&draft.description_html, BODY_MAX));
    faults.check("/vendor", text::line(&draft.vendor, LINE_MAX));
    faults.check("/product_type", text::line(&draft.product_type, LINE_MAX));
    faults.require(draft.tags.len() <= TAGS_MAX, "/tags", || format!("at most {TAGS_MAX} tags are allowed"));
    for (index, tag) in draft.tags.iter().enumerate() {
        faults.check(&format!("/tags/{index}"), text::line(tag, TAG_MAX));
    }
    for (index, image) in draft.images.iter().enumerate() {
        check_image(image, &format!("/images/{index}"), faults);
    }
    check_seo(&draft.seo, faults);
    faults.metadata("/metadata", &draft.metadata);
}

fn check_options(options: &[ProductOption], faults: &mut Faults) {
    faults.require(options.len() <= OPTIONS_MAX, "/options", || {
        format!("at most {OPTIONS_MAX} options are allowed, these are {}", options.len())
    });
    let mut names = BTreeSet::new();
    for (index, option) in options.iter().enumerate() {
        let name = format!("/options/{index}/name");
        faults.require(!option.name.is_empty(), &name, || "an option needs a name".into());
        faults.require(names.insert(&option.name), &name, || format!("'{}' stands twice", option.name));
        faults.check(&name, text::line(&option.name, LINE_MAX));
        for value in &option.values {
            let value_ok = if value.is_empty() { Err(TextError::Empty) } else { text::line(value, LINE_MAX) };
            faults.check(&format!("/options/{index}/values"), value_ok);
        }
    }
}

fn check_variants(draft: &ProductDraft, options: &[ProductOption], faults: &mut Faults) {
    let count = draft.variants.len();
    faults.require((1..=VARIANTS_MAX).contains(&count), "/variants", || {
        format!("a product has 1 to {VARIANTS_MAX} variants, this one has {count}")
    });
    let (mut skus, mut choices, mut ids) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let currency = draft.variants.first().map(|v| v.price.currency);
    for (index, variant) in draft.variants.iter().enumerate() {
        let at = |field: &str| format!("/variants/{index}/{field}");
        faults.check(&at("sku"), text::product_code(&variant.sku, LINE_MAX));
        faults.check(&at("barcode"), text::product_code(&variant.barcode, LINE_MAX));
        faults.check(&at("tax_code"), text::line(opt(variant.tax_code.as_ref()), LINE_MAX));
        let weight_ok = variant.weight.is_none_or(|w| !w.value.is_sign_negative());
        faults.require(weight_ok, &at("weight"), || "a weight is not below zero".into());
        let sku_free = variant.sku.is_empty() || skus.insert(variant.sku.clone());
        faults.require(sku_free, &at("sku"), || {
            format!("the SKU '{}' stands twice in this product", variant.sku)
        });
        faults.require(choices.insert(&variant.option_values), &at("option_values"), || {
            "another variant of this product has the same options".into()
        });
        let id_free = variant.variant_id.as_ref().is_none_or(|id| ids.insert(id));
        faults.require(id_free, &at("variant_id"), || "this variant_id stands twice in this product".into());
        for (field, money) in [
            ("price", Some(variant.price)),
            ("compare_at_price", variant.compare_at_price),
            ("cost", variant.cost),
        ] {
            let Some(money) = money else { continue };
            faults.require(money.amount >= 0, &at(field), || format!("{money} is below zero"));
            faults.check(&at(field), Money::new(money.amount, money.currency).map(|_| ()));
            let one_currency = currency == Some(money.currency);
            faults.require(one_currency, &at(field), || {
                format!("{} where the product has another currency", money.currency)
            });
        }
        faults.metadata(&at("metadata"), &variant.metadata);
        let unknown = variant.option_values.keys().find(|name| !options.iter().any(|o| &o.name == *name));
        faults.require(unknown.is_none(), &at("option_values"), || {
            format!("the product has no option '{}'", unknown.map_or("", String::as_str))
        });
        for option in options {
            let chosen = variant.option_values.get(&option.name).is_some_and(|v| option.values.contains(v));
            faults.require(chosen, &at("option_values"), || {
                format!("'{}' must be one of: {}", option.name, option.values.join(", "))
            });
        }
    }
}

/// The options that the variants use, in the order in which values first appear.
fn options_of(variants: &[VariantDraft]) -> Vec<ProductOption> {
    let mut options: Vec<ProductOption> = Vec::new();
    for (name, value) in variants.iter().flat_map(|v| &v.option_values) {
        match options.iter_mut().find(|o| &o.name == name) {
            Some(option) if option.values.contains(value) => {}
            Some(option) => option.values.push(value.clone()),
            None => options.push(ProductOption { name: name.clone(), values: vec![value.clone()] }),
        }
    }
    options
}

fn variant_of(draft: VariantDraft, variant_id: VariantId, options: &[ProductOption]) -> Variant {
    let chosen: Vec<&str> =
        options.iter().filter_map(|o| draft.option_values.get(&o.name)).map(String::as_str).collect();
    let title = if chosen.is_empty() { "Default".to_owned() } else { chosen.join(" / ") };
    Variant {
        variant_id,
        title,
        sku: draft.sku,
        barcode: draft.barcode,
        option_values: draft.option_values,
        price: draft.price,
        compare_at_price: draft.compare_at_price,
        cost: draft.cost,
        weight: draft.weight,
        requires_shipping: draft.requires_shipping,
        tax_code: draft.tax_code,
        track_inventory: draft.track_inventory,
        oversell: draft.oversell,
        metadata: draft.metadata,
    }
}
