//! The sums of an order: prices, shares of discounts, taxes, and what is left of them after cancellations.

use super::place::{ItemRequest, PlaceOrder, TaxRequest};
use crate::orders::{Item, ItemTax, Shipping, TaxSource, Totals};
use crate::{Currency, Money, MoneyError};

/// Items with their totals, their shares of the discounts and their taxes; and the shipping with its tax.
pub(super) fn priced(request: &PlaceOrder) -> Result<(Vec<Item>, Option<Shipping>), MoneyError> {
    let totals = request.items.iter().map(|i| i.unit_price.times(i.quantity)).collect::<Result<_, _>>()?;
    priced_at(request, totals)
}

/// The same, where the items cost this much, whatever one of them does.
pub(super) fn priced_at(
    request: &PlaceOrder,
    totals: Vec<Money>,
) -> Result<(Vec<Item>, Option<Shipping>), MoneyError> {
    let currency = request.currency;
    let discounts = discount_shares(request, &totals)?;
    let mut items = Vec::with_capacity(totals.len());
    for ((item, total), discount) in request.items.iter().zip(totals).zip(discounts) {
        let tax = taxed(&item.tax, total.minus(discount)?)?;
        items.push(Item {
            item_id: item.item_id.clone(),
            product_id: item.product_id.clone(),
            variant_id: item.variant_id.clone(),
            sku: item.sku.clone(),
            title: item.title.clone(),
            variant_title: item.variant_title.clone(),
            unit_price: item.unit_price.amount,
            total: total.amount,
            discount: discount.amount,
            tax,
            location_id: item.location_id.clone(),
            tracked: item.tracked,
            requires_shipping: item.requires_shipping,
            ordered: item.quantity,
            canceled: 0,
            planned: 0,
            fulfilled: 0,
            returned: 0,
            returning: 0,
            reserved: 0,
            metadata: item.metadata.clone(),
        });
    }
    let shipping = match &request.shipping {
        None => None,
        Some((method, amount, tax)) => {
            let tax = taxed(tax, Money::new(*amount, currency)?)?;
            Some(Shipping { method: method.clone(), amount: *amount, tax })
        }
    };
    Ok((items, shipping))
}

/// Each item's share: first its own discounts, then those of the whole order, spread by what is left of the items
/// (largest remainder). No share exceeds its item while the discounts together do not exceed the items.
fn discount_shares(request: &PlaceOrder, totals: &[Money]) -> Result<Vec<Money>, MoneyError> {
    let mut shares = vec![Money::zero(request.currency); totals.len()];
    for discount in &request.discounts {
        let own = |item: &ItemRequest| discount.item_id.as_ref() == Some(&item.item_id);
        if let Some(share) = request.items.iter().position(own).and_then(|place| shares.get_mut(place)) {
            *share = share.plus(Money::new(discount.amount, request.currency)?)?;
        }
    }
    for discount in request.discounts.iter().filter(|d| d.item_id.is_none()) {
        let left = |(total, share): (&Money, &Money)| total.amount.saturating_sub(share.amount).max(0);
        let weights: Vec<u64> = totals.iter().zip(&shares).map(|pair| left(pair).unsigned_abs()).collect();
        let parts = Money::new(discount.amount, request.currency)?.allocate(&weights);
        for (share, part) in shares.iter_mut().zip(parts) {
            *share = share.plus(part)?;
        }
    }
    Ok(shares)
}

fn taxed(tax: &TaxRequest, base: Money) -> Result<ItemTax, MoneyError> {
    let amount = match (tax.amount, tax.rate) {
        (Some(amount), _) => Money::new(amount, base.currency)?.amount,
        (None, Some(rate)) => base.tax(rate, tax.included)?.amount,
        (None, None) => 0,
    };
    let source = if tax.amount.is_none() && tax.rate.is_none() { TaxSource::None } else { tax.source };
    Ok(ItemTax { amount, rate: tax.rate, included: tax.included, source })
}

/// The sums of an order from its items (their units not canceled) and its shipping.
pub fn totals_of(
    currency: Currency,
    items: &[Item],
    shipping: Option<&Shipping>,
) -> Result<Totals, MoneyError> {
    let mut sums = [Money::zero(currency); 4];
    let [subtotal, discount, tax, tax_added] = &mut sums;
    let mut add_tax = |amount: Money, included: bool| -> Result<(), MoneyError> {
        *tax = tax.plus(amount)?;
        if !included {
            *tax_added = tax_added.plus(amount)?;
        }
        Ok(())
    };
    for item in items {
        let left = |amount: i64| -> Result<Money, MoneyError> {
            let amount = Money { amount, currency };
            amount.minus(share_of(amount, item.canceled, item.ordered))
        };
        *subtotal = subtotal.plus(left(item.total)?)?;
        *discount = discount.plus(left(item.discount)?)?;
        add_tax(left(item.tax.amount)?, item.tax.included)?;
    }
    if let Some(shipping) = shipping {
        add_tax(Money { amount: shipping.tax.amount, currency }, shipping.tax.included)?;
    }
    let shipping = Money::new(shipping.map_or(0, |s| s.amount), currency)?;
    let total = subtotal.minus(*discount)?.plus(shipping)?.plus(*tax_added)?;
    Ok(Totals {
        subtotal: subtotal.amount,
        discount: discount.amount,
        shipping: shipping.amount,
        tax: tax.amount,
        tax_added: tax_added.amount,
        total: total.amount,
    })
}

/// The part of an item's amount that falls to its first `units` of `ordered`. The part of later units is the
/// difference of two such shares, so that all parts sum to the whole.
pub(super) fn share_of(amount: Money, units: i64, ordered: i64) -> Money {
    let rest = ordered.saturating_sub(units);
    let parts = amount.allocate(&[units.unsigned_abs(), rest.unsigned_abs()]);
    parts.first().copied().unwrap_or(Money::zero(amount.currency))
}
