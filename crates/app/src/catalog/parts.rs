//! Parts of a draft: variants of what was asked or of what stands, amounts, metadata and options.

use sutler_domain::catalog::{OptionValues, Product, ProductOption, Variant, VariantDraft};
use sutler_domain::fault::Faults;
use sutler_domain::{Currency, Metadata, Money};

use super::input::{MetadataPatch, VariantInput};
use crate::orders::Amount;
use crate::patch::Patch;
use crate::settings::Settings;

pub(super) fn variants(
    inputs: &[VariantInput],
    before: Option<&Product>,
    currency: Currency,
    settings: &Settings,
    short: bool,
    faults: &mut Faults,
) -> Vec<VariantDraft> {
    let known = |input: &VariantInput| {
        let all = &before?.variants;
        match &input.variant_id {
            Some(id) => all.iter().find(|v| &v.variant_id == id),
            None => all.iter().find(|v| v.option_values == input.option_values),
        }
    };
    let at = |index: usize| if short { String::new() } else { format!("/variants/{index}") };
    let draft = |(index, input)| variant(input, known(input), currency, settings, &at(index), faults);
    inputs.iter().enumerate().map(draft).collect()
}

pub(super) fn variant(
    input: &VariantInput,
    known: Option<&Variant>,
    currency: Currency,
    settings: &Settings,
    at: &str,
    faults: &mut Faults,
) -> VariantDraft {
    faults.require(input.price.is_some(), &format!("{at}/price"), || {
        "a variant needs a price, such as {\"amount\": 1490, \"currency\": \"EUR\"}".into()
    });
    let mut read = |amount: Option<Amount>, field: &str| {
        amount.map(|amount| money(amount, currency, &format!("{at}/{field}"), faults))
    };
    let price = read(input.price, "price").unwrap_or(Money::zero(currency));
    let tracked = input.stock.is_some() || known.is_none_or(|v| v.track_inventory);
    VariantDraft {
        variant_id: input.variant_id.clone(),
        sku: input.sku.clone(),
        barcode: input.barcode.clone(),
        option_values: input.option_values.clone(),
        price,
        compare_at_price: read(input.compare_at_price, "compare_at_price"),
        cost: read(input.cost, "cost"),
        weight: input.weight,
        requires_shipping: input.requires_shipping.unwrap_or(true),
        tax_code: input.tax_code.clone(),
        track_inventory: input.track_inventory.unwrap_or(tracked),
        oversell: input.oversell.or(known.map(|v| v.oversell)).unwrap_or(settings.oversell),
        metadata: input.metadata.clone(),
    }
}

pub(super) fn standing(variant: &Variant) -> VariantDraft {
    VariantDraft {
        variant_id: Some(variant.variant_id.clone()),
        sku: variant.sku.clone(),
        barcode: variant.barcode.clone(),
        option_values: variant.option_values.clone(),
        price: variant.price,
        compare_at_price: variant.compare_at_price,
        cost: variant.cost,
        weight: variant.weight,
        requires_shipping: variant.requires_shipping,
        tax_code: variant.tax_code.clone(),
        track_inventory: variant.track_inventory,
        oversell: variant.oversell,
        metadata: variant.metadata.clone(),
    }
}

pub(super) fn currency_of(product: &Product, settings: &Settings) -> Currency {
    product.variants.first().map_or(settings.currency, |v| v.price.currency)
}

pub(super) fn money(amount: Amount, currency: Currency, at: &str, faults: &mut Faults) -> Money {
    let money = Money { amount: amount.amount, currency: amount.currency.unwrap_or(currency) };
    faults.check(at, Money::new(money.amount, money.currency).map(|_| ()));
    money
}

pub(crate) fn merge(metadata: &mut Metadata, patch: &Patch<MetadataPatch>) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => metadata.clear(),
        Patch::Set(pairs) => {
            for (key, value) in pairs {
                match value {
                    Some(value) => metadata.insert(key.clone(), value.clone()),
                    None => metadata.remove(key),
                };
            }
        }
    }
}

/// Offer the choices of a variant among the options of its product.
pub(super) fn offer(options: &mut Vec<ProductOption>, values: &OptionValues) {
    for (name, value) in values {
        match options.iter_mut().find(|option| &option.name == name) {
            Some(option) if option.values.contains(value) => {}
            Some(option) => option.values.push(value.clone()),
            None => options.push(ProductOption { name: name.clone(), values: vec![value.clone()] }),
        }
    }
}
