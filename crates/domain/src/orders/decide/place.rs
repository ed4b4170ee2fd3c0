//! Place an order: sums, taxes and discounts, then the first events of its stream.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::pay::PaymentRequest;
use super::totals::{priced, totals_of};
use super::units_of;
use crate::fault::Faults;
use crate::inventory::QUANTITY_MAX;
use crate::orders::{ContactRef, Discount, Item, OrderEvent, TaxSource, Totals};
use crate::seeded::{Bug, seeded};
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
    check_discounts(&items, &totals)?;
    let lines_max = if seeded(Bug::PartialReservation) { 1 } else { items.len() };
    let lines = items.iter().take(lines_max).map(|item| units_of(item, item.ordered)).collect();
    let free = totals.total == 0;
    let end = now.checked_add(request.reservation_ttl).unwrap_or(Timestamp::MAX);
    let expires_at = Some(end).filter(|_| !free);
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
        events.push(payment.started(totals.total, "/payment")?);
    }
    Ok(events)
}

pub(super) fn check(request: &PlaceOrder) -> Result<(), Vec<Fault>> {
    let mut faults = Faults::default();
    faults.require(!request.items.is_empty(), "/items", || "an order needs at least one item".into());
    for (index, item) in request.items.iter().enumerate() {
        faults.0.extend(quantity_fault(index, item.quantity));
        if let Err(error) = Money::zero(request.currency).same(item.unit_price) {
            faults.0.push(Fault::new(format!("/items/{index}"), "currency_mismatch", error.to_string()));
        }
        let price = item.unit_price;
        faults.require(price.amount >= 0, &format!("/items/{index}"), || {
            format!("'{}' costs {price}, which is below zero", item.title)
        });
        faults.check(
            &format!("/items/{index}/quantity"),
            price.times(item.quantity.clamp(1, QUANTITY_MAX)).map(|_| ()),
        );
        check_tax(&item.tax, &format!("/items/{index}/tax"), &mut faults);
        faults.metadata(&format!("/items/{index}/metadata"), &item.metadata);
    }
    if let Some(reference) = &request.reference {
        faults.require(!reference.is_empty(), "/reference", || "a reference must not be empty".into());
        faults.check("/reference", text::line(reference, LINE_MAX));
    }
    if let Some((method, amount, tax)) = &request.shipping {
        faults.check("/shipping/method", text::line(method, LINE_MAX));
        faults.require(*amount >= 0, "/shipping/amount", || format!("{amount} is below zero"));
        faults.check("/shipping/amount", Money::new(*amount, request.currency).map(|_| ()));
        check_tax(tax, "/shipping/tax", &mut faults);
    }
    for (index, discount) in request.discounts.iter().enumerate() {
        let at = |field: &str| format!("/discounts/{index}/{field}");
        faults.require(discount.amount >= 0, &at("amount"), || format!("{} is below zero", discount.amount));
        faults.check(&at("amount"), Money::new(discount.amount, request.currency).map(|_| ()));
        faults.check(&at("title"), text::line(&discount.title, LINE_MAX));
        faults.check(&at("code"), text::line(discount.code.as_deref().unwrap_or_default(), LINE_MAX));
        let known = |id: &ItemId| request.items.iter().any(|item| &item.item_id == id);
        faults.require(discount.item_id.as_ref().is_none_or(known), &at("item_id"), || {
            "the order has no such item; leave item_id out to spread the discount over all items".into()
        });
    }
    faults
        .require(request.tags.len() <= TAGS_MAX, "/tags", || format!("at most {TAGS_MAX} tags are allowed"));
    for (index, tag) in request.tags.iter().enumerate() {
        faults.check(&format!("/tags/{index}"), text::line(tag, TAG_MAX));
    }
    faults.metadata("/metadata", &request.metadata);
    faults.or(())
}

/// What is wrong with the quantity of an item, if anything.
pub fn quantity_fault(index: usize, quantity: i64) -> Option<Fault> {
    let detail = format!("{quantity} is not a quantity from 1 to {QUANTITY_MAX}");
    (!(1..=QUANTITY_MAX).contains(&quantity))
        .then(|| Fault::invalid(format!("/items/{index}/quantity"), detail))
}

fn check_tax(tax: &TaxRequest, pointer: &str, faults: &mut Faults) {
    let rate_ok = tax.rate.is_none_or(|rate| (Decimal::ZERO..=Decimal::TEN).contains(&rate));
    faults.require(rate_ok, &format!("{pointer}/rate"), || "a tax rate lies between 0 and 10".into());
    let amount_ok = tax.amount.is_none_or(|amount| amount >= 0);
    faults.require(amount_ok, &format!("{pointer}/amount"), || "a tax is not below zero".into());
}

/// Nothing costs less than nothing: discounts of an item end at its total, all together at the subtotal.
pub(super) fn check_discounts(items: &[Item], totals: &Totals) -> Result<(), Vec<Fault>> {
    let detail = if totals.discount > totals.subtotal {
        format!("discounts of {} exceed the {} that the items cost", totals.discount, totals.subtotal)
    } else if let Some(item) = items.iter().find(|item| item.discount > item.total) {
        format!("discounts of {} exceed the {} that '{}' costs", item.discount, item.total, item.title)
    } else {
        return Ok(());
    };
    Err(vec![Fault::invalid("/discounts", detail)])
}
