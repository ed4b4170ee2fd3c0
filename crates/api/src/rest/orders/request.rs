//! Requests that place or quote an order.

use serde_json::Value;
use sutler_app::customers::Address;
use sutler_app::orders::{
    Amount, CustomerInput, DiscountInput, ItemInput, OrderRequest, PaymentInput, ShippingInput, TaxInput,
};
use sutler_app::{Problem, Settings};
use sutler_domain::Currency;
use sutler_domain::payments::{CaptureMode, OnFailure};

use crate::rest::fields::Fields;

/// When the money is taken.
const CAPTURE: [(&str, CaptureMode); 2] =
    [("automatic", CaptureMode::Automatic), ("manual", CaptureMode::Manual)];
/// What becomes of the order when its payment fails.
const ON_FAILURE: [(&str, OnFailure); 2] = [("keep", OnFailure::Keep), ("cancel", OnFailure::Cancel)];

/// An order to place or to quote.
pub(crate) fn order_request(document: &Value, settings: &Settings) -> Result<OrderRequest, Problem> {
    let mut f = Fields::of(document);
    f.need("items");
    let named = f.currency("currency");
    let currency = named.unwrap_or(settings.currency);
    let request = OrderRequest {
        customer_id: f.id("customer_id"),
        customer: f.object("customer", customer),
        items: f.list("items", |f| item(f, currency)).unwrap_or_default(),
        currency: named,
        location: f.id("location"),
        reservation_id: f.id("reservation_id"),
        shipping: f.object("shipping", |f| shipping(f, currency)),
        discounts: f.list("discounts", |f| discount(f, currency)).unwrap_or_default(),
        shipping_address: f.object("shipping_address", address),
        billing_address: f.object("billing_address", address),
        payment: f.object("payment", |f| payment(f, currency)),
        reference: f.text("reference"),
        tags: f.texts("tags").unwrap_or_default(),
        metadata: f.metadata("metadata"),
    };
    f.done()?;
    Ok(request)
}

fn customer(f: &mut Fields<'_>) -> CustomerInput {
    CustomerInput { email: f.text("email"), name: f.text("name"), phone: f.text("phone") }
}

fn item(f: &mut Fields<'_>, currency: Currency) -> ItemInput {
    f.need("quantity");
    ItemInput {
        product_id: f.id("product_id"),
        variant_id: f.id("variant_id"),
        sku: f.text("sku"),
        quantity: f.whole("quantity").unwrap_or_default(),
        expected_unit_price: f.amount("expected_unit_price", currency),
        tax: f.object("tax", |f| tax(f, currency)),
        metadata: f.metadata("metadata"),
    }
}

fn tax(f: &mut Fields<'_>, currency: Currency) -> TaxInput {
    let tax = TaxInput {
        rate: f.rate("rate"),
        amount: f.minor_units("amount", currency),
        included: f.flag("included"),
    };
    if tax.rate.is_some() && tax.amount.is_some() {
        f.invalid("amount", "a tax has a rate or an amount, not both");
    }
    tax
}

fn shipping(f: &mut Fields<'_>, currency: Currency) -> ShippingInput {
    f.need("method");
    f.need("amount");
    ShippingInput {
        method: f.text("method").unwrap_or_default(),
        amount: needed(f.amount("amount", currency)),
        tax: f.object("tax", |f| tax(f, currency)),
    }
}

fn discount(f: &mut Fields<'_>, currency: Currency) -> DiscountInput {
    f.need("title");
    f.need("amount");
    DiscountInput {
        code: f.text("code"),
        title: f.text("title").unwrap_or_default(),
        amount: needed(f.amount("amount", currency)),
        item: item_index(f),
    }
}

/// Items have no ids yet, so a discount names one by its place: `"items/0"`, or the number alone.
fn item_index(f: &mut Fields<'_>) -> Option<usize> {
    let value = f.value("item_id")?;
    let text = value.as_str().map(|text| text.trim_start_matches('/'));
    let index = match text.and_then(|text| text.strip_prefix("items/")) {
        Some(number) => number.parse().ok(),
        None => value.as_u64().and_then(|number| usize::try_from(number).ok()),
    };
    if index.is_none() {
        f.invalid("item_id", "name the item by its place in the request, such as \"items/0\"");
    }
    index
}

/// Where somebody lives.
pub(crate) fn address(f: &mut Fields<'_>) -> Address {
    Address {
        name: f.text("name"),
        line1: f.text("line1"),
        line2: f.text("line2"),
        city: f.text("city"),
        region: f.text("region"),
        postal_code: f.text("postal_code"),
        country: f.text("country"),
        phone: f.text("phone"),
    }
}

/// A payment to make.
pub(crate) fn payment(f: &mut Fields<'_>, currency: Currency) -> PaymentInput {
    PaymentInput {
        gateway: f.text("gateway"),
        token: f.text("token"),
        capture: f.word("capture", &CAPTURE).unwrap_or_default(),
        on_failure: f.word("on_failure", &ON_FAILURE).unwrap_or_default(),
        amount: f.amount("amount", currency),
    }
}

/// What a missing amount stands for; its fault is noted, so it never leaves this file.
fn needed(amount: Option<Amount>) -> Amount {
    amount.unwrap_or(Amount { amount: 0, currency: None })
}
