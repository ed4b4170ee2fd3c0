//! An order that was placed elsewhere, put together from its rows.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sutler_domain::orders::decide::{
    ItemRequest, PastOrder, PastParcel, PastPayment, PastRefund, PlaceOrder, TaxRequest,
};
use sutler_domain::orders::{Discount, EXACT_PRICE, TaxSource};
use sutler_domain::text::{LINE_MAX, METADATA_VALUE_MAX};
use sutler_domain::{CustomerId, LocationId, Metadata, Money, OrderId, ProductId, VariantId};

use super::groups::Group;
use super::lines::{Line, Lines, Reader};
use super::names::{chosen, derived, mark};
use super::sums::{Sums, sums};
use crate::customers::Contact;
use crate::transfer::export::unguarded;
use crate::transfer::header::{Header, Row, Wrong};
use crate::transfer::mapping::{Field, PastState};
use crate::transfer::person::{BILLING, SHIPPING, address, cleaned, given};

/// The key of an order's metadata that tells what its rows said.
pub(super) const DIGEST: &str = "import.digest";
/// The key of orders without a customer, by which a cancellation without one finds them.
pub(super) const ANONYMOUS: &str = "import.anonymous";

/// What the catalog knows of a code.
#[derive(Clone, Debug)]
pub(super) struct KnownVariant {
    pub(super) product_id: ProductId,
    pub(super) variant_id: VariantId,
    pub(super) variant_title: String,
}

/// An order and the person it is of.
pub(super) struct Sketch {
    pub(super) past: PastOrder,
    pub(super) contact: Option<Contact>,
}

/// What an order is put together from.
pub(super) struct Draft<'d> {
    pub(super) reader: &'d Reader<'d>,
    pub(super) header: &'d Header,
    pub(super) group: &'d Group,
    pub(super) lines: &'d Lines,
    pub(super) sold: Vec<&'d Line>,
    pub(super) known: &'d HashMap<String, Option<KnownVariant>>,
    pub(super) location_id: &'d LocationId,
}

/// The id of the order with this reference.
pub(super) fn order_id(reference: &str, placed_at: Timestamp) -> OrderId {
    derived(placed_at, &["order", reference])
}

impl Draft<'_> {
    fn row(&self) -> Option<&Row> {
        self.group.rows.first()
    }

    fn cell(&self, field: Field) -> &str {
        self.row().map_or("", |row| self.header.cell(row, field))
    }

    fn given(&self, field: Field) -> Option<String> {
        self.row().and_then(|row| given(self.header, row, field))
    }

    fn money(&self, field: Field) -> Result<i64, Wrong> {
        match self.cell(field) {
            "" => Ok(0),
            text => Money::from_decimal(text, self.lines.currency)
                .map(|money| money.amount)
                .map_err(|error| ("money_format", format!("{}: {error}", field.word()))),
        }
    }

    fn time(&self, field: Field) -> Result<Option<Timestamp>, Wrong> {
        match self.cell(field) {
            "" => Ok(None),
            text => self.reader.times.read(text).map(Some),
        }
    }

    /// Put it together.
    pub(super) fn sketch(&self) -> Result<Sketch, Wrong> {
        let at = self.lines.placed_at;
        let reference = &self.group.reference;
        let order_id = order_id(reference, at);
        let sums = self.sums()?;
        let order = self.order(&order_id, &sums)?;
        let contact = self.contact(order.customer_id.clone());
        let (canceled_at, paid_at) = (self.time(Field::CanceledAt)?, self.time(Field::PaidAt)?);
        let fulfilled_at = self.time(Field::FulfilledAt)?;
        let (payment, refunded) = self.payment(&sums, paid_at)?;
        let parcel = self.parcel(&order, fulfilled_at)?;
        let last = [canceled_at, fulfilled_at, paid_at].into_iter().flatten().max().unwrap_or(at);
        let refund_at = self.time(Field::RefundedAt)?.unwrap_or(last);
        let refund = (refunded > 0).then(|| PastRefund {
            refund_id: derived(refund_at, &["refund", reference]),
            amount: refunded,
            lines: Vec::new(),
            at: refund_at,
            reason: None,
            transaction_id: reference.clone(),
        });
        let canceled = canceled_at.map(|at| (at, self.given(Field::CancelReason)));
        let past = PastOrder { order, placed_at: at, payment, parcel, canceled, refund };
        Ok(Sketch { past, contact })
    }

    fn sums(&self) -> Result<Sums, Wrong> {
        let mut line_discounts = Vec::with_capacity(self.sold.len());
        for line in &self.sold {
            let row = self.group.rows.iter().find(|row| row.row == line.row);
            let text = row.map_or("", |row| self.header.cell(row, Field::LineDiscount));
            let amount = if text.is_empty() {
                Ok(0)
            } else {
                Money::from_decimal(text, self.lines.currency).map(|m| m.amount)
            };
            line_discounts.push(amount.map_err(|error| ("money_format", format!("line.discount: {error}")))?);
        }
        let total = Some(self.money(Field::Total)?).filter(|_| !self.cell(Field::Total).is_empty());
        sums(
            self.lines.currency,
            &self.sold.iter().map(|line| line.amount).collect::<Vec<_>>(),
            &line_discounts,
            (self.money(Field::Discount)?, self.money(Field::Shipping)?, self.money(Field::Tax)?),
            total,
        )
    }

    fn order(&self, order_id: &OrderId, sums: &Sums) -> Result<PlaceOrder, Wrong> {
        let reference = &self.group.reference;
        let mut items = Vec::with_capacity(self.sold.len());
        for ((line, tax), place) in self.sold.iter().zip(&sums.taxes).zip(0u32..) {
            items.push(self.item(line, *tax, sums.tax_included, place));
        }
        let customer_id = self.customer_id()?;
        let mut discounts = Vec::new();
        if sums.discount > 0 {
            let code = self.given(Field::DiscountCode);
            let title = code.clone().unwrap_or_else(|| "Discount".to_owned());
            discounts.push(Discount { code, title, amount: sums.discount, item_id: None });
        }
        for (item, amount) in items.iter().zip(&sums.line_discounts).filter(|(_, amount)| **amount > 0) {
            let (title, item_id) = ("Discount".to_owned(), Some(item.item_id.clone()));
            discounts.push(Discount { code: None, title, amount: *amount, item_id });
        }
        let method = self.given(Field::ShippingMethod);
        let shipping = (sums.shipping > 0 || method.is_some())
            .then(|| (method.unwrap_or_else(|| "shipping".to_owned()), sums.shipping, TaxRequest::default()));
        let tags = self.cell(Field::Tags).split(',').map(str::trim).filter(|tag| !tag.is_empty());
        Ok(PlaceOrder {
            order_id: order_id.clone(),
            customer_id,
            contact: None,
            reference: Some(reference.clone()),
            currency: self.lines.currency,
            items,
            shipping,
            discounts,
            payment: None,
            reservation_id: None,
            reservation_ttl: SignedDuration::ZERO,
            tags: tags.map(str::to_owned).collect(),
            metadata: self.metadata(),
        })
    }

    fn item(&self, line: &Line, tax: i64, included: bool, place: u32) -> ItemRequest {
        let at = self.lines.placed_at;
        let known = self.known.get(&line.sku).cloned().flatten();
        let code = if line.sku.is_empty() { &line.title } else { &line.sku };
        let known = known.unwrap_or_else(|| KnownVariant {
            product_id: chosen(code),
            variant_id: chosen(code),
            variant_title: String::new(),
        });
        let row = self.group.rows.iter().find(|row| row.row == line.row);
        let travels = row.map_or("", |row| self.header.cell(row, Field::RequiresShipping));
        let tax = if tax == 0 {
            TaxRequest { included: true, ..TaxRequest::default() }
        } else {
            TaxRequest { amount: Some(tax), rate: None, included, source: TaxSource::Request }
        };
        let title = if line.title.is_empty() { &line.sku } else { &line.title };
        let exact = line.exact_price.iter().map(|text| (EXACT_PRICE.to_owned(), text.clone()));
        ItemRequest {
            item_id: derived(at, &["item", &self.group.reference, &place.to_string()]),
            product_id: known.product_id,
            variant_id: known.variant_id,
            sku: cleaned(&line.sku, LINE_MAX),
            title: cleaned(title, LINE_MAX),
            variant_title: known.variant_title,
            unit_price: Money { amount: line.unit_price, currency: self.lines.currency },
            quantity: line.quantity,
            tax,
            location_id: self.location_id.clone(),
            tracked: false,
            requires_shipping: !travels.eq_ignore_ascii_case("false"),
            metadata: exact.collect(),
        }
    }

    fn customer_id(&self) -> Result<Option<CustomerId>, Wrong> {
        match self.cell(Field::CustomerId) {
            "" => Ok(None),
            text => CustomerId::parse(text).map(Some).map_err(|error| ("customer_id", error.to_string())),
        }
    }

    fn metadata(&self) -> Metadata {
        let mut metadata = Metadata::new();
        if let Some(row) = self.row() {
            let pairs = self.header.metadata(row);
            metadata.extend(pairs.map(|(key, value)| (key.to_owned(), cleaned(value, METADATA_VALUE_MAX))));
        }
        metadata.insert(DIGEST.to_owned(), digest(self.header, self.group));
        let finds = self.reader.mapping.orders.cancellation_prefix.is_some();
        if finds && self.cell(Field::CustomerId).is_empty() {
            metadata.insert(ANONYMOUS.to_owned(), "true".to_owned());
        }
        metadata
    }

    /// How it was paid, and what went back.
    fn payment(&self, sums: &Sums, paid_at: Option<Timestamp>) -> Result<(Option<PastPayment>, i64), Wrong> {
        let refunded = self.money(Field::Refunded)?;
        let status = self.cell(Field::PaymentStatus).to_lowercase();
        let state = self.reader.mapping.orders.state;
        let (amount, captured) = match status.as_str() {
            "" if self.header.has(Field::PaymentStatus) || state == PastState::Placed => {
                return Ok((None, 0));
            }
            "" | "paid" | "partially_refunded" | "refunded" => (sums.total, true),
            "partially_paid" => (sums.total.saturating_sub(self.money(Field::Outstanding)?), true),
            "authorized" => (sums.total, false),
            "pending" | "voided" | "unpaid" | "expired" => return Ok((None, 0)),
            other => {
                let words =
                    "use paid, partially_paid, authorized, pending, voided, refunded or partially_refunded";
                return Err(("payment_status", format!("'{other}' is not what a payment can be; {words}")));
            }
        };
        let refunded = if status == "refunded" && refunded == 0 { amount } else { refunded };
        let at = self.lines.placed_at;
        let reference = &self.group.reference;
        let payment = PastPayment {
            payment_id: derived(at, &["payment", reference]),
            amount: Some(amount),
            captured,
            at: paid_at.unwrap_or(at),
            transaction_id: self.given(Field::TransactionId).unwrap_or_else(|| reference.clone()),
        };
        Ok((Some(payment), refunded))
    }

    /// How it was sent. What was sent long ago has arrived.
    fn parcel(&self, order: &PlaceOrder, sent_at: Option<Timestamp>) -> Result<Option<PastParcel>, Wrong> {
        let status = self.cell(Field::FulfillmentStatus).to_lowercase();
        let state = self.reader.mapping.orders.state;
        let lines = match status.as_str() {
            "" if self.header.has(Field::FulfillmentStatus) || state != PastState::Completed => {
                return Ok(None);
            }
            "" | "fulfilled" | "shipped" | "delivered" => Vec::new(),
            "partial" | "partially_fulfilled" => {
                let sent = |line: &Line| {
                    let row = self.group.rows.iter().find(|row| row.row == line.row);
                    row.is_some_and(|row| self.header.cell(row, Field::LineFulfillment) == "fulfilled")
                };
                let lines = order.items.iter().zip(&self.sold).filter(|(_, line)| sent(line));
                let lines: Vec<_> = lines.map(|(item, _)| (item.item_id.clone(), item.quantity)).collect();
                if lines.is_empty() {
                    return Ok(None);
                }
                lines
            }
            "unfulfilled" | "restocked" | "pending" => return Ok(None),
            other => {
                let words = "use fulfilled, partial, unfulfilled or restocked";
                return Err(("fulfillment_status", format!("'{other}' is not where goods can be; {words}")));
            }
        };
        let at = self.lines.placed_at;
        let fulfillment_id = derived(at, &["fulfillment", &self.group.reference]);
        Ok(Some(PastParcel { fulfillment_id, lines, at: sent_at.unwrap_or(at), delivered: true }))
    }

    fn contact(&self, customer_id: Option<CustomerId>) -> Option<Contact> {
        let at = self.lines.placed_at;
        let billing_address = self.row().and_then(|row| address(self.header, row, BILLING));
        let name = self.given(Field::CustomerName);
        let name = name.or_else(|| billing_address.as_ref().and_then(|address| address.name.clone()));
        let contact = Contact {
            contact_id: derived(at, &["contact", &self.group.reference]),
            customer_id,
            email: self.given(Field::Email),
            name,
            phone: self.given(Field::Phone),
            shipping_address: self.row().and_then(|row| address(self.header, row, SHIPPING)),
            billing_address,
        };
        (!contact.is_empty()).then_some(contact)
    }
}

/// What the rows of an order say, in short, so that the same order is known again. A letter stands in the middle: of
/// sixteen digits in hex, one in some thousands would else be taken for the number of a card, and its order refused.
pub(super) fn digest(header: &Header, group: &Group) -> String {
    let cells = group.rows.iter().flat_map(|row| header.kept().filter_map(|(index, _)| row.cells.get(index)));
    let cells: Vec<&str> = cells.map(|cell| unguarded(cell.trim())).collect();
    let digits = mark(&cells);
    let half = |from: usize| digits.get(from..from + 8).unwrap_or_default();
    format!("{}x{}", half(0), half(8))
}
