//! From what a caller named to variants with prices, or all that is wrong with it.

use std::collections::HashMap;
use std::sync::Arc;

use sutler_domain::catalog::{Oversell, Product, ProductStatus, Variant};
use sutler_domain::orders::TaxSource;
use sutler_domain::orders::decide::{TaxRequest, quantity_fault};
use sutler_domain::{Currency, Fault, Money, Version};

use super::{ItemInput, OrderRequest, Orders, TaxInput};
use crate::error::{Kind, Problem};
use crate::ports::reads::{PricedProduct, ProductName};
use crate::retry::Read;
use crate::settings::Settings;
use crate::stream::StreamId;

/// An item with its variant looked up.
#[derive(Clone, Debug)]
pub(crate) struct Priced {
    /// What was asked.
    pub(crate) input: ItemInput,
    /// The product.
    pub(crate) product: Arc<Product>,
    /// The variant.
    pub(crate) variant: Variant,
    /// The version of its price record.
    pub(crate) price_version: Version,
}

impl Priced {
    pub(crate) fn may_oversell(&self) -> bool {
        self.variant.oversell == Oversell::Allow
    }

    /// What a decision about it requires not to have moved.
    pub(crate) fn requires(&self) -> (StreamId, Version) {
        (StreamId::price(&self.variant.variant_id), self.price_version)
    }
}

impl Orders {
    /// Look every item up, in one read. Faults of the request come before the state of the shop. What is remembered
    /// is good enough to sell by, since the door compares the versions; a refusal has no such judge, so it is told
    /// only of what the store holds.
    pub(crate) async fn priced(
        &self,
        request: &OrderRequest,
        currency: Currency,
        read: Read,
    ) -> Result<Vec<Priced>, Problem> {
        let names: Vec<Option<ProductName>> = request.items.iter().map(name_of).collect();
        let wanted: Vec<ProductName> = names.iter().flatten().cloned().collect();
        let prices = &self.room.ports.prices;
        if read == Read::Remembered {
            let known = prices.products(&wanted).await?;
            if let Ok(priced) = price(request, &names, &known, currency) {
                return Ok(priced);
            }
        }
        price(request, &names, &prices.products_stored(&wanted).await?, currency)
    }
}

/// The items with their products, or all that is wrong with them.
fn price(
    request: &OrderRequest,
    names: &[Option<ProductName>],
    known: &[(ProductName, PricedProduct)],
    currency: Currency,
) -> Result<Vec<Priced>, Problem> {
    let known: HashMap<&ProductName, &PricedProduct> = known.iter().map(|(name, one)| (name, one)).collect();
    let (mut priced, mut faults) = (Vec::with_capacity(names.len()), Vec::new());
    for (index, (input, name)) in request.items.iter().zip(names).enumerate() {
        faults.extend(quantity_fault(index, input.quantity));
        let Some(name) = name else {
            let detail = "an item names a product_id, a variant_id or a sku, and only one of them";
            faults.push(Fault::invalid(format!("/items/{index}"), detail));
            continue;
        };
        match known
            .get(name)
            .ok_or_else(|| unknown(index, name))
            .and_then(|product| pick(index, input, name, product))
        {
            Ok(one) => priced.push(one),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    must_be_for_sale(&priced)?;
    must_cost_as_expected(&priced, currency)?;
    Ok(priced)
}

fn name_of(item: &ItemInput) -> Option<ProductName> {
    match (&item.product_id, &item.variant_id, &item.sku) {
        (Some(id), None, None) => Some(ProductName::Id(id.clone())),
        (None, Some(id), None) => Some(ProductName::Variant(id.clone())),
        (None, None, Some(sku)) => Some(ProductName::Sku(sku.clone())),
        _ => None,
    }
}

fn unknown(index: usize, name: &ProductName) -> Fault {
    let (field, text) = match name {
        ProductName::Id(id) => ("product_id", id.to_string()),
        ProductName::Variant(id) => ("variant_id", id.to_string()),
        ProductName::Sku(sku) => ("sku", sku.clone()),
        ProductName::Handle(handle) => ("handle", handle.clone()),
    };
    Fault::new(
        format!("/items/{index}/{field}"),
        "product_unknown",
        format!("there is no product with {field} '{text}'"),
    )
}

fn pick(index: usize, input: &ItemInput, name: &ProductName, found: &PricedProduct) -> Result<Priced, Fault> {
    let product = &found.product;
    let variant = match name {
        ProductName::Variant(id) => product.variant(id),
        ProductName::Sku(sku) => product.variants.iter().find(|v| &v.sku == sku),
        ProductName::Id(_) | ProductName::Handle(_) => match product.variants.as_slice() {
            [only] => Some(only),
            several => {
                let ids: Vec<&str> = several.iter().map(|v| v.variant_id.as_str()).collect();
                let detail = format!(
                    "product '{}' has {} variants; name one by variant_id or sku",
                    product.product_id,
                    ids.len()
                );
                return Err(Fault::new(format!("/items/{index}/product_id"), "variant_required", detail));
            }
        },
    };
    let variant = variant.ok_or_else(|| unknown(index, name))?;
    let price_version = found.prices.get(&variant.variant_id).copied().unwrap_or_default();
    Ok(Priced { input: input.clone(), product: Arc::clone(product), variant: variant.clone(), price_version })
}

fn must_be_for_sale(items: &[Priced]) -> Result<(), Problem> {
    let off = |(index, item): (usize, &Priced)| {
        let status = item.product.status;
        (status != ProductStatus::Active).then(|| {
            let detail = format!("'{}' is {}, not for sale", item.product.title, status.as_str());
            Fault::new(format!("/items/{index}"), "product_unavailable", detail)
                .text("status", status.as_str())
        })
    };
    let faults: Vec<Fault> = items.iter().enumerate().filter_map(off).collect();
    match faults.first() {
        None => Ok(()),
        Some(first) => {
            Err(Problem::new(Kind::Conflict, "product_unavailable", first.detail.clone()).errors(faults))
        }
    }
}

fn must_cost_as_expected(items: &[Priced], currency: Currency) -> Result<(), Problem> {
    let mut faults = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(expected) = item.input.expected_unit_price else { continue };
        let pointer = format!("/items/{index}/expected_unit_price");
        let expected = expected.of(currency, &pointer).map_err(|fault| Problem::invalid(vec![fault]))?;
        let price = item.variant.price;
        if price.amount != expected {
            let shown = Money { amount: expected, currency };
            let fault = Fault::new(
                pointer,
                "price_changed",
                format!("'{}' costs {price} now, not {shown}", item.product.title),
            );
            faults.push(fault.count("unit_price", price.amount).text("sku", item.variant.sku.clone()));
        }
    }
    match faults.first() {
        None => Ok(()),
        Some(first) => {
            Err(Problem::new(Kind::Conflict, "price_changed", first.detail.clone()).errors(faults))
        }
    }
}

/// The tax of an item: what the request says, else the shop's rate for the variant's tax code, else none.
pub(crate) fn tax_of(settings: &Settings, input: Option<&TaxInput>, tax_code: Option<&str>) -> TaxRequest {
    if let Some(tax) = input {
        let included = tax.included.unwrap_or(settings.tax_included);
        return TaxRequest { amount: tax.amount, rate: tax.rate, included, source: TaxSource::Request };
    }
    let rate = settings.tax_rates.get(tax_code.unwrap_or_default()).copied();
    let source = if rate.is_some() { TaxSource::Setting } else { TaxSource::None };
    TaxRequest { amount: None, rate, included: settings.tax_included, source }
}
