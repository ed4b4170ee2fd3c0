//! An order before it is placed: everything that is read, and what is decided of it.

use std::sync::Arc;

use jiff::Timestamp;
use sutler_domain::inventory::Reservation;
use sutler_domain::orders::{ContactRef, Discount, Order, OrderEvent, decide};
use sutler_domain::payments::CaptureMode;
use sutler_domain::{Currency, Fault, ItemId, LocationId, OrderId, PaymentId, Version};

use super::locate::Promised;
use super::person::Person;
use super::price::{Priced, tax_of};
use super::{OrderRequest, Orders, PaymentInput};
use crate::error::{Kind, Problem};
use crate::ports::reads::Stored;
use crate::retry::Read;

/// An order about to be placed: all that was read, and what was decided.
pub(super) struct Draft {
    pub(super) items: Vec<Priced>,
    pub(super) person: Person,
    pub(super) basket: Option<Stored<Reservation>>,
    pub(super) order: Arc<Order>,
    pub(super) events: Vec<OrderEvent>,
    pub(super) now: Timestamp,
}

impl Orders {
    /// Everything that is read before the decision, and the decision.
    pub(super) async fn draft(
        &self,
        request: &OrderRequest,
        look: Option<&Promised>,
        read: Read,
    ) -> Result<Draft, Problem> {
        let limit = self.room.settings.order_lines_max;
        if request.items.len() > limit {
            let detail = format!(
                "an order has at most {limit} items (limits.order_lines), this one has {}",
                request.items.len()
            );
            return Err(Problem::invalid(vec![Fault::invalid("/items", detail)]));
        }
        let currency = request.currency.unwrap_or(self.room.settings.currency);
        let (items, person) = (self.priced(request, currency, read).await?, self.person(request).await?);
        let basket = self.basket(request).await?;
        let locations = self.located(request, &items, basket.as_ref().map(|b| &b.value), look).await?;
        let order_id = OrderId::new(self.room.ports.ids.uuid());
        let order = self.order_of(request, order_id, &items, &person, &locations, currency)?;
        let now = self.room.now();
        let events = decide::place(order, now).map_err(Problem::invalid)?;
        let order = events.iter().fold(None, |order, event| Order::evolve(order, event, now));
        let order = Arc::new(order.ok_or_else(|| Problem::internal(&"a placed order has no first event"))?);
        Ok(Draft { items, person, basket, order, events, now })
    }

    pub(super) fn order_of(
        &self,
        request: &OrderRequest,
        order_id: OrderId,
        items: &[Priced],
        person: &Person,
        locations: &[LocationId],
        currency: Currency,
    ) -> Result<decide::PlaceOrder, Problem> {
        let settings = &self.room.settings;
        let mut faults = Vec::new();
        let item = |(item, location): (&Priced, &LocationId)| decide::ItemRequest {
            item_id: ItemId::new(self.room.ports.ids.uuid()),
            product_id: item.product.product_id.clone(),
            variant_id: item.variant.variant_id.clone(),
            sku: item.variant.sku.clone(),
            title: item.product.title.clone(),
            variant_title: item.variant.title.clone(),
            unit_price: item.variant.price,
            quantity: item.input.quantity,
            tax: tax_of(settings, item.input.tax.as_ref(), item.variant.tax_code.as_deref()),
            location_id: location.clone(),
            tracked: item.variant.track_inventory,
            requires_shipping: item.variant.requires_shipping,
            metadata: item.input.metadata.clone(),
        };
        let items: Vec<_> = items.iter().zip(locations).map(item).collect();
        let shipping = request.shipping.as_ref().and_then(|shipping| {
            let amount = shipping.amount.of(currency, "/shipping/amount").map_err(|f| faults.push(f)).ok()?;
            let tax = shipping.tax.as_ref().map(|t| tax_of(settings, Some(t), None)).unwrap_or_default();
            Some((shipping.method.clone(), amount, tax))
        });
        let mut discounts = Vec::new();
        for (index, discount) in request.discounts.iter().enumerate() {
            let item = discount.item.map(|i| items.get(i).map(|item| item.item_id.clone()));
            if item == Some(None) {
                faults.push(Fault::invalid(
                    format!("/discounts/{index}/item_id"),
                    "the order has no such item",
                ));
            }
            match discount.amount.of(currency, &format!("/discounts/{index}/amount")) {
                Ok(amount) => discounts.push(Discount {
                    code: discount.code.clone(),
                    title: discount.title.clone(),
                    amount,
                    item_id: item.flatten(),
                }),
                Err(fault) => faults.push(fault),
            }
        }
        let payment = match &request.payment {
            None => None,
            Some(payment) => self.payment_of(payment, currency).map_err(|f| faults.push(f)).ok(),
        };
        if !faults.is_empty() {
            return Err(Problem::invalid(faults));
        }
        Ok(decide::PlaceOrder {
            order_id,
            customer_id: person.customer_id.clone(),
            contact: person
                .contact
                .as_ref()
                .map(|c| ContactRef { contact_id: c.contact_id.clone(), version: Version(1) }),
            reference: request.reference.clone(),
            currency,
            items,
            shipping,
            discounts,
            payment,
            reservation_id: request.reservation_id.clone(),
            reservation_ttl: settings.reservation_ttl,
            tags: request.tags.clone(),
            metadata: request.metadata.clone(),
        })
    }

    /// A payment to start, through a gateway that this shop has.
    pub(crate) fn payment_of(
        &self,
        input: &PaymentInput,
        currency: Currency,
    ) -> Result<decide::PaymentRequest, Fault> {
        let gateway = input.gateway.clone().unwrap_or_else(|| self.room.settings.default_gateway.clone());
        let Some(port) = self.room.ports.gateways.get(&gateway) else {
            let known: Vec<&str> = self.room.ports.gateways.keys().map(String::as_str).collect();
            let detail = format!("there is no gateway '{gateway}'; this shop has: {}", known.join(", "));
            return Err(Fault::invalid("/payment/gateway", detail));
        };
        let amount = input.amount.map(|a| a.of(currency, "/payment/amount")).transpose()?;
        let at_once = port.takes_at_once(input.token.as_deref());
        let capture = if at_once { input.capture } else { CaptureMode::Manual };
        Ok(decide::PaymentRequest {
            payment_id: PaymentId::new(self.room.ports.ids.uuid()),
            gateway,
            token: input.token.clone(),
            capture,
            on_failure: input.on_failure,
            amount,
        })
    }

    /// The basket's reservation that the order takes over.
    async fn basket(&self, request: &OrderRequest) -> Result<Option<Stored<Reservation>>, Problem> {
        let Some(id) = &request.reservation_id else { return Ok(None) };
        let found = self.room.ports.stock.reservation(id).await?;
        let unknown = || {
            Problem::invalid(vec![Fault::invalid(
                "/reservation_id",
                format!("there is no reservation '{id}'"),
            )])
        };
        let basket = found.ok_or_else(unknown)?;
        let ended = |e: sutler_domain::inventory::ReservationError| {
            Problem::new(Kind::Conflict, "invalid_transition", e.to_string())
                .fact("current", basket.value.status.as_str())
        };
        basket.value.must_be_open().map_err(ended)?;
        Ok(Some(basket))
    }
}
