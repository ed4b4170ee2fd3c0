//! Place an order: sums, taxes and discounts, then the first events of its stream.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::pay::PaymentRequest;
use crate::fault::Faults;
use crate::inventory::{QUANTITY_MAX, StockLine};
use crate::orders::{ContactRef, Discount, Item, ItemTax, OrderEvent, Shipping, TaxSource, Totals};
use crate::text::{self, LINE_MAX, TAG_MAX, TAGS_MAX};
use crate::{
    Currency, CustomerId, Fault, ItemId, LocationId, Metadata, Money, MoneyError, OrderId, ProductId,
    ReservationId, VariantId,
};

/// The tax that a request names, or the shop's rate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaxRequest {
    /// The amount, in minor units, when it is known.
    pub amount: Option<i64>,
    /// The rate (0.19 for 19 %), when it is not.
    pub rate: Option<Decimal>,
    /// Whether the price already holds the tax.
    pub included: bool,
    /// Where it came from.
    pub source: TaxSource,
}

/// An item with its product looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRequest {
    /// The item's fresh id.
    pub item_id: ItemId,
    /// The product.
    pub product_id: ProductId,
    /// The variant.
    pub variant_id: VariantId,
    /// Its SKU; may be empty.
    pub sku: String,
    /// The product's title.
    pub title: String,
    /// The variant's title.
    pub variant_title: String,
    /// What one costs.
    pub unit_price: Money,
    /// How many.
    pub quantity: i64,
    /// Its tax.
    pub tax: TaxRequest,
    /// Where its stock is reserved.
    pub location_id: LocationId,
    /// Whether it has stock to run out of.
    pub tracked: bool,
    /// Whether it travels.
    pub requires_shipping: bool,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// Everything there is to know before an order is placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceOrder {
    /// The order's fresh id.
    pub order_id: OrderId,
    /// The caller's own id for the customer.
    pub customer_id: Option<CustomerId>,
    /// The person, outside the log.
    pub contact: Option<ContactRef>,
    /// The caller's own id for the order.
    pub reference: Option<String>,
    /// The order's one currency.
    pub currency: Currency,
    /// What is bought; at least one.
    pub items: Vec<ItemRequest>,
    /// How it travels: method, amount, tax.
    pub shipping: Option<(String, i64, TaxRequest)>,
    /// What is taken off; `item_id` names one of `items`.
    pub discounts: Vec<Discount>,
    /// The payment named in the order.
    pub payment: Option<PaymentRequest>,
    /// The basket's reservation it takes over.
    pub reservation_id: Option<ReservationId>,
    /// How long its stock is kept unpaid.
    pub reservation_ttl: SignedDuration,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// The first events of an order: placed, stock reserved, and the payment's intent when one is named. A total of
/// 0 is confirmed at once.
pub fn place(request: PlaceOrder, now: Timestamp) -> Result<Vec<OrderEvent>, Vec<Fault>> {
    check(&request)?;
    let overflow = |error: MoneyError| vec![Fault::invalid("/items", error.to_string())];
    let (items, shipping) = priced(&request).map_err(overflow)?;
    let totals = totals_of(request.currency, &items, shipping.as_ref()).map_err(overflow)?;
    if totals.total < 0 || totals.discount > totals.subtotal.saturating_add(totals.shipping) {
        let detail = format!("discounts of {} exceed the order", totals.discount);
        return Err(vec![Fault::invalid("/discounts", detail)]);
    }
    let lines = items.iter().map(stock_line).collect();
    let free = totals.total == 0;
    let expires_at = now.checked_add(request.reservation_ttl).ok().filter(|_| !free);
    let mut events = vec![
        OrderEvent::OrderPlaced {
            order_id: request.order_id,
            customer_id: request.customer_id,
            contact: request.contact,
            reference: request.reference,
            currency: request.currency,
            items,
            shipping,
            discounts: request.discounts,
            totals,
            total: Money { amount: totals.total, currency: request.currency },
            tags: request.tags,
            metadata: request.metadata,
        },
        OrderEvent::StockReserved { lines, expires_at, reservation_id: request.reservation_id },
    ];
    if free {
        events.push(OrderEvent::OrderConfirmed {});
    } else if let Some(payment) = request.payment {
        events.push(payment.started(totals.total)?);
    }
    Ok(events)
}

fn check(request: &PlaceOrder) -> Result<(), Vec<Fault>> {
    let mut faults = Faults::default();
    faults.require(!request.items.is_empty(), "/items", || "an order needs at least one item".into());
    for (index, item) in request.items.iter().enumerate() {
        let pointer = format!("/items/{index}/quantity");
        faults.require((1..=QUANTITY_MAX).contains(&item.quantity), &pointer, || {
            format!("{} is not a quantity from 1 to {QUANTITY_MAX}", item.quantity)
        });
        if let Err(error) = Money::zero(request.currency).same(item.unit_price) {
            faults.0.push(Fault::new(format!("/items/{index}"), "currency_mismatch", error.to_string()));
        }
        check_tax(&item.tax, &format!("/items/{index}/tax"), &mut faults);
        if let Err((key, error)) = text::metadata(&item.metadata) {
            faults.check(&format!("/items/{index}/metadata/{key}"), Err(error));
        }
    }
    if let Some(reference) = &request.reference {
        faults.require(!reference.is_empty(), "/reference", || "a reference must not be empty".into());
        faults.check("/reference", text::line(reference, LINE_MAX));
    }
    if let Some((method, amount, tax)) = &request.shipping {
        faults.check("/shipping/method", text::line(method, LINE_MAX));
        faults.require(*amount >= 0, "/shipping/amount", || format!("{amount} is below zero"));
        check_tax(tax, "/shipping/tax", &mut faults);
    }
    for (index, discount) in request.discounts.iter().enumerate() {
        let at = |field: &str| format!("/discounts/{index}/{field}");
        faults.require(discount.amount >= 0, &at("amount"), || format!("{} is below zero", discount.amount));
        faults.check(&at("title"), text::line(&discount.title, LINE_MAX));
    }
    faults
        .require(request.tags.len() <= TAGS_MAX, "/tags", || format!("at most {TAGS_MAX} tags are allowed"));
    for (index, tag) in request.tags.iter().enumerate() {
        faults.check(&format!("/tags/{index}"), text::line(tag, TAG_MAX));
    }
    if let Err((key, error)) = text::metadata(&request.metadata) {
        faults.check(&format!("/metadata/{key}"), Err(error));
    }
    faults.or(())
}

fn check_tax(tax: &TaxRequest, pointer: &str, faults: &mut Faults) {
    let rate_ok = tax.rate.is_none_or(|rate| (Decimal::ZERO..=Decimal::TEN).contains(&rate));
    faults.require(rate_ok, &format!("{pointer}/rate"), || "a tax rate lies between 0 and 10".into());
    let amount_ok = tax.amount.is_none_or(|amount| amount >= 0);
    faults.require(amount_ok, &format!("{pointer}/amount"), || "a tax is not below zero".into());
}

/// Items with their totals, their shares of the discounts and their taxes; and the shipping with its tax.
fn priced(request: &PlaceOrder) -> Result<(Vec<Item>, Option<Shipping>), MoneyError> {
    let currency = request.currency;
    let totals: Vec<Money> =
        request.items.iter().map(|i| i.unit_price.times(i.quantity)).collect::<Result<_, _>>()?;
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

/// Each item's share: its own discounts, and those of the whole order spread by totals (largest remainder).
fn discount_shares(request: &PlaceOrder, totals: &[Money]) -> Result<Vec<Money>, MoneyError> {
    let mut shares = vec![Money::zero(request.currency); totals.len()];
    let weights: Vec<u64> = totals.iter().map(|t| t.amount.unsigned_abs()).collect();
    for discount in &request.discounts {
        let amount = Money::new(discount.amount, request.currency)?;
        let own = |item: &ItemRequest| discount.item_id.as_ref() == Some(&item.item_id);
        let parts = match request.items.iter().position(own) {
            Some(place) => (0..totals.len())
                .map(|i| if i == place { amount } else { Money::zero(request.currency) })
                .collect(),
            None => amount.allocate(&weights),
        };
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

fn stock_line(item: &Item) -> StockLine {
    StockLine {
        item_id: Some(item.item_id.clone()),
        variant_id: item.variant_id.clone(),
        location_id: item.location_id.clone(),
        quantity: item.ordered,
        tracked: item.tracked,
    }
}
