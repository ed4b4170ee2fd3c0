//! What a basket would cost and whether it can be had, without any effect.

use sutler_domain::orders::{Item, OrderEvent, Shipping, Totals, decide};
use sutler_domain::{Currency, LocationId, OrderId};

use super::locate::Promised;
use super::{OrderRequest, Orders};
use crate::caller::Caller;
use crate::error::Problem;
use crate::retry::Read;

/// A priced basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The currency of every amount.
    pub currency: Currency,
    /// The items as an order would have them.
    pub items: Vec<Item>,
    /// The shipping as an order would have it.
    pub shipping: Option<Shipping>,
    /// The sums.
    pub totals: Totals,
    /// Whether each item can be had, in the order asked.
    pub availability: Vec<QuoteAvailability>,
}

/// Whether an item can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteAvailability {
    /// What can be had where it would be reserved; `None`: untracked.
    pub available: Option<i64>,
    /// What was asked for of this variant in all.
    pub requested: i64,
    /// Whether an order for it would be refused.
    pub short: bool,
    /// Where it would be reserved.
    pub location_id: LocationId,
}

impl Orders {
    /// Price a basket and look for its stock. Nothing is stored or kept.
    pub async fn quote(&self, caller: &Caller, mut request: OrderRequest) -> Result<Quote, Problem> {
        caller.may("catalog:read")?;
        request.payment = None;
        let (currency, nobody) =
            (request.currency.unwrap_or(self.room.settings.currency), self.person(&request).await?);
        let items = self.priced(&request, currency, Read::Remembered).await?;
        let locations = self.located(&request, &items, None, Some(&Promised::new())).await?;
        let order_id = OrderId::new(self.room.ports.ids.uuid());
        let order = self.order_of(&request, order_id, &items, &nobody, &locations, currency)?;
        let events = decide::place(order, self.room.now()).map_err(Problem::invalid)?;
        let Some(OrderEvent::OrderPlaced { items: priced, shipping, totals, .. }) = events.into_iter().next()
        else {
            return Err(Problem::internal(&"a placed order has no first event"));
        };
        let variants: Vec<_> = items.iter().map(|i| i.variant.variant_id.clone()).collect();
        let levels = self.room.ports.stock.levels(&variants).await?;
        let mut availability = Vec::with_capacity(items.len());
        for (item, location_id) in items.iter().zip(locations) {
            let same = items.iter().filter(|other| other.variant.variant_id == item.variant.variant_id);
            let requested = same.fold(0i64, |sum, other| sum.saturating_add(other.input.quantity));
            let level = levels
                .iter()
                .find(|l| l.at.variant_id == item.variant.variant_id && l.at.location_id == location_id);
            let available = item.variant.track_inventory.then(|| level.map_or(0, |l| l.level.available()));
            let short = !item.may_oversell() && available.is_some_and(|available| available < requested);
            availability.push(QuoteAvailability { available, requested, short, location_id });
        }
        Ok(Quote { currency, items: priced, shipping, totals, availability })
    }
}
