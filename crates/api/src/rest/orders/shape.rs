//! An order as it stands on the wire.

use sutler_app::customers::{Address, Contact, Note};
use sutler_app::orders::OrderView;
use sutler_app::public::rfc3339;
use sutler_app::{Caller, Settings};
use sutler_domain::Currency;
use sutler_domain::orders::{
    Discount, Hold, Item, ItemTax, Order, Shipping, TaxSource, fulfillment_status, next_actions,
    payment_status,
};
use sutler_types::Money;
use sutler_types::order::{self as wire, Related};

use super::expand::Joined;
use crate::rest::fulfillments::fulfillment_body;
use crate::rest::payments::{payment_body, refund_body};
use crate::rest::returns::return_body;

/// The body of an order, with what was asked to be shown in full.
pub(crate) fn order_body(
    view: &OrderView,
    caller: &Caller,
    settings: &Settings,
    joined: &Joined,
) -> wire::Order {
    let OrderView { order, version, number, contact, as_of } = view;
    let person = contact.as_ref();
    wire::Order {
        order_id: order.order_id.to_string(),
        object: "order".to_owned(),
        number: format!("{}{number}", settings.number_prefix),
        reference: order.reference.clone(),
        version: version.0,
        status: order.status.as_str().to_owned(),
        payment_status: payment_status(order).as_str().to_owned(),
        fulfillment_status: fulfillment_status(order).as_str().to_owned(),
        currency: order.currency.code().to_owned(),
        items: order.items.iter().map(|item| item_body(item, order.currency, joined)).collect(),
        shipping: order.shipping.as_ref().map(|shipping| shipping_body(shipping, order.currency)),
        discounts: order.discounts.iter().map(|discount| discount_body(discount, order.currency)).collect(),
        totals: totals_body(order),
        customer_id: order.customer_id.as_ref().map(ToString::to_string),
        customer: joined.has("customer").then(|| customer_body(order, person)),
        payments: related(
            &order.payments,
            |p| &p.payment_id,
            |p| joined.has("payments").then(|| payment_body(view, p)),
        ),
        payment: order.payments.last().map(|payment| payment_body(view, payment)),
        refunds: related(
            &order.refunds,
            |r| &r.refund_id,
            |r| joined.has("refunds").then(|| refund_body(view, r)),
        ),
        fulfillments: related(
            &order.fulfillments,
            |f| &f.fulfillment_id,
            |f| joined.has("fulfillments").then(|| fulfillment_body(view, f)),
        ),
        returns: related(
            &order.returns,
            |r| &r.return_id,
            |r| joined.has("returns").then(|| return_body(view, r, settings)),
        ),
        holds: order.holds.iter().map(hold_body).collect(),
        notes: related(&order.notes, |n| &n.note_id, |n| joined.notes.get(&n.note_id).map(note_body)),
        shipping_address: person.and_then(|c| c.shipping_address.as_ref()).map(address_body),
        billing_address: person.and_then(|c| c.billing_address.as_ref()).map(address_body),
        next_actions: actions_body(order, caller),
        tags: order.tags.clone(),
        metadata: order.metadata.clone(),
        cancel_reason: order.cancel_reason.clone(),
        reservation_id: order.reservation_id.as_ref().map(ToString::to_string),
        placed_at: rfc3339(order.placed_at),
        confirmed_at: order.confirmed_at.map(rfc3339),
        ended_at: order.ended_at.map(rfc3339),
        reservation_expires_at: order.reservation_expires_at.map(rfc3339),
        created_at: rfc3339(order.placed_at),
        updated_at: rfc3339(order.updated_at),
        as_of: as_of.map(rfc3339),
    }
}

/// The parts of an order, each by its id, or whole where a body is given.
fn related<P, I: ToString, T>(
    parts: &[P],
    id: impl Fn(&P) -> &I,
    whole: impl Fn(&P) -> Option<T>,
) -> Vec<Related<T>> {
    let shown = |part| {
        whole(part).map_or_else(|| Related::Id(id(part).to_string()), |body| Related::Whole(Box::new(body)))
    };
    parts.iter().map(shown).collect()
}

pub(super) fn money(amount: i64, currency: Currency) -> Money {
    Money::new(amount, currency.code())
}

pub(super) fn item_body(item: &Item, currency: Currency, joined: &Joined) -> wire::Item {
    wire::Item {
        item_id: item.item_id.to_string(),
        product_id: item.product_id.to_string(),
        variant_id: item.variant_id.to_string(),
        sku: item.sku.clone(),
        title: item.title.clone(),
        variant_title: item.variant_title.clone(),
        unit_price: money(item.unit_price, currency),
        total: money(item.total, currency),
        discount: money(item.discount, currency),
        tax: tax_body(&item.tax, currency),
        location_id: item.location_id.to_string(),
        requires_shipping: item.requires_shipping,
        quantity: wire::Quantity {
            ordered: item.ordered,
            canceled: item.canceled,
            fulfilled: item.fulfilled,
            returned: item.returned,
            open: item.open(),
        },
        metadata: item.metadata.clone(),
        variant: joined.variants.get(&item.variant_id).cloned(),
    }
}

fn tax_body(tax: &ItemTax, currency: Currency) -> wire::Tax {
    let source = match tax.source {
        TaxSource::Request => "request",
        TaxSource::Setting => "setting",
        TaxSource::None => "none",
    };
    wire::Tax {
        amount: tax.amount,
        currency: currency.code().to_owned(),
        rate: tax.rate.map(|rate| rate.to_string()),
        included: tax.included,
        source: source.to_owned(),
    }
}

pub(super) fn shipping_body(shipping: &Shipping, currency: Currency) -> wire::Shipping {
    wire::Shipping {
        method: shipping.method.clone(),
        amount: money(shipping.amount, currency),
        tax: tax_body(&shipping.tax, currency),
    }
}

fn discount_body(discount: &Discount, currency: Currency) -> wire::Discount {
    wire::Discount {
        code: discount.code.clone(),
        title: discount.title.clone(),
        amount: money(discount.amount, currency),
        item_id: discount.item_id.as_ref().map(ToString::to_string),
    }
}

fn totals_body(order: &Order) -> wire::Totals {
    let paid = [order.captured(), order.refunded(), order.due()];
    sums_body(&order.totals, paid, order.currency)
}

/// The sums of an order; `money` is what was taken, what went back and what is still to be paid.
pub(super) fn sums_body(
    totals: &sutler_domain::orders::Totals,
    [paid, refunded, due]: [i64; 3],
    currency: Currency,
) -> wire::Totals {
    wire::Totals {
        subtotal: money(totals.subtotal, currency),
        discount: money(totals.discount, currency),
        shipping: money(totals.shipping, currency),
        tax: wire::TaxTotal {
            amount: totals.tax,
            currency: currency.code().to_owned(),
            included: totals.tax_added == 0,
        },
        total: money(totals.total, currency),
        paid: money(paid, currency),
        refunded: money(refunded, currency),
        due: money(due, currency),
    }
}

fn customer_body(order: &Order, person: Option<&Contact>) -> wire::Customer {
    wire::Customer {
        object: "customer".to_owned(),
        customer_id: order.customer_id.as_ref().map(ToString::to_string),
        email: person.and_then(|c| c.email.clone()),
        name: person.and_then(|c| c.name.clone()),
        phone: person.and_then(|c| c.phone.clone()),
    }
}

pub(crate) fn address_body(address: &Address) -> wire::Address {
    let Address { name, line1, line2, city, region, postal_code, country, phone } = address.clone();
    wire::Address { name, line1, line2, city, region, postal_code, country, phone }
}

fn hold_body(hold: &Hold) -> wire::Hold {
    wire::Hold {
        code: hold.code.as_str().to_owned(),
        reason: hold.reason.clone(),
        created_at: rfc3339(hold.at),
    }
}

/// A note as it stands on the wire.
pub(crate) fn note_body(note: &Note) -> wire::Note {
    wire::Note {
        note_id: note.note_id.to_string(),
        object: "note".to_owned(),
        order_id: note.order_id.to_string(),
        body: note.body.clone(),
        author: note.author.clone(),
        created_at: rfc3339(note.at),
    }
}

/// What may be done next, by this caller.
pub(super) fn actions_body(order: &Order, caller: &Caller) -> Vec<wire::Action> {
    let allowed = next_actions(order).into_iter().filter(|next| {
        let scope = match next.action {
            "approve_payment" => return true,
            "pay" | "capture" | "void" | "refund" => "payments:write",
            _ => "orders:write",
        };
        caller.scopes.allow(scope)
    });
    let body = |next: sutler_domain::orders::Action| wire::Action {
        action: next.action.to_owned(),
        method: next.method.to_owned(),
        href: next.href,
        reason_disabled: next.reason_disabled,
    };
    allowed.map(body).collect()
}
