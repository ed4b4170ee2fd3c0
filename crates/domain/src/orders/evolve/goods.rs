//! How stock and fulfillments fold into their order.

use jiff::Timestamp;

use super::{add, sub};
use crate::inventory::StockLine;
use crate::orders::{Fulfillment, FulfillmentLine, FulfillmentState, Item, Order, OrderEvent};
use crate::{FulfillmentId, ItemId};

impl Order {
    /// Whether the event was about stock that is kept.
    pub(super) fn apply_stock(&mut self, event: &OrderEvent) -> bool {
        use OrderEvent as E;
        match event {
            E::StockReserved { lines, expires_at, reservation_id } => {
                self.each_line(lines, |item, units| add(&mut item.reserved, units));
                self.reservation_expires_at = *expires_at;
                if reservation_id.is_some() {
                    self.reservation_id.clone_from(reservation_id);
                }
            }
            E::StockReleased { lines, .. } => {
                self.each_line(lines, |item, units| sub(&mut item.reserved, units));
                if self.items.iter().all(|i| i.reserved == 0) {
                    self.reservation_expires_at = None;
                }
            }
            // What came back lies on the shelf for anybody: the order keeps nothing of it.
            E::StockReturned { .. } => {}
            _ => return false,
        }
        true
    }

    pub(super) fn apply_fulfillment(&mut self, event: &OrderEvent, at: Timestamp) {
        use OrderEvent as E;
        match event {
            E::FulfillmentCreated { fulfillment_id, lines, tracking } => {
                for line in lines {
                    self.with_item(&line.item_id, |item| add(&mut item.planned, line.quantity));
                }
                self.fulfillments.push(Fulfillment {
                    fulfillment_id: fulfillment_id.clone(),
                    lines: lines.clone(),
                    status: FulfillmentState::Pending,
                    tracking: tracking.clone(),
                    created_at: at,
                    shipped_at: None,
                    delivered_at: None,
                });
            }
            E::FulfillmentShipped { fulfillment_id, tracking, lines: stock } => {
                for line in self.unplan(fulfillment_id) {
                    self.with_item(&line.item_id, |item| add(&mut item.fulfilled, line.quantity));
                }
                self.each_line(stock, |item, units| sub(&mut item.reserved, units));
                self.with_fulfillment(fulfillment_id, |f| {
                    f.status = FulfillmentState::Shipped;
                    f.tracking = tracking.clone();
                    f.shipped_at = Some(at);
                });
            }
            E::TrackingUpdated { fulfillment_id, tracking } => {
                self.with_fulfillment(fulfillment_id, |f| f.tracking = tracking.clone());
            }
            E::FulfillmentDelivered { fulfillment_id } => self.with_fulfillment(fulfillment_id, |f| {
                f.status = FulfillmentState::Delivered;
                f.delivered_at = Some(at);
            }),
            E::FulfillmentCanceled { fulfillment_id } => {
                self.unplan(fulfillment_id);
                self.with_fulfillment(fulfillment_id, |f| f.status = FulfillmentState::Canceled);
            }
            _ => {}
        }
    }

    /// A fulfillment is planned no more; its lines.
    fn unplan(&mut self, id: &FulfillmentId) -> Vec<FulfillmentLine> {
        let lines = self.fulfillment(id).map(|f| f.lines.clone()).unwrap_or_default();
        for line in &lines {
            self.with_item(&line.item_id, |item| sub(&mut item.planned, line.quantity));
        }
        lines
    }

    fn each_line(&mut self, lines: &[StockLine], change: impl Fn(&mut Item, i64)) {
        for line in lines {
            if let Some(id) = &line.item_id {
                self.with_item(id, |item| change(item, line.quantity));
            }
        }
    }

    pub(super) fn with_item(&mut self, id: &ItemId, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.items.iter_mut().find(|i| &i.item_id == id) {
            change(item);
        }
    }

    fn with_fulfillment(&mut self, id: &FulfillmentId, change: impl FnOnce(&mut Fulfillment)) {
        if let Some(fulfillment) = self.fulfillments.iter_mut().find(|f| &f.fulfillment_id == id) {
            change(fulfillment);
        }
    }
}
