//! Pack, ship, track and deliver.

use sutler_domain::orders::{Tracking, decide};
use sutler_domain::{Fault, FulfillmentId};

use super::{ChangeOrder, FulfillInput, OrderView, Orders};
use crate::caller::{Answered, Caller};
use crate::error::Problem;
use crate::ports::reads::OrderName;

impl Orders {
    /// Plan a fulfillment; with `ship`, let it leave at once.
    pub async fn fulfill(
        &self,
        caller: &Caller,
        name: &OrderName,
        input: FulfillInput,
    ) -> Result<Answered<(OrderView, FulfillmentId)>, Problem> {
        caller.may("orders:write")?;
        self.must_lie_at(name, &input).await?;
        let id = FulfillmentId::new(self.room.ports.ids.uuid());
        let change = ChangeOrder::keyed(caller, name, "orders.fulfill", &input).part(&id);
        let changed = self
            .change(caller, change, |order, now| {
                let (fulfillment_id, lines, tracking) =
                    (id.clone(), input.items.clone(), input.tracking.clone());
                let request = decide::FulfillmentRequest { fulfillment_id, lines, tracking };
                let mut events = decide::create_fulfillment(order, request, now)?;
                if input.ship {
                    events.extend(decide::ship(&order.after(&events, now), &id, None, now)?);
                }
                Ok(events)
            })
            .await?;
        let id = changed.part.clone().map_or(id, |id| FulfillmentId::trusted(id.into()));
        Ok(changed.answer().map(|view| (view, id)))
    }

    /// Items leave from where their stock is reserved; another location is refused.
    async fn must_lie_at(&self, name: &OrderName, input: &FulfillInput) -> Result<(), Problem> {
        let Some(location) = &input.location else { return Ok(()) };
        let order = self.find(name).await?.value;
        let asked = |id| input.items.is_empty() || input.items.iter().any(|(item, _)| item == id);
        let away =
            order.items.iter().find(|i| asked(&i.item_id) && i.open() > 0 && &i.location_id != location);
        match away {
            None => Ok(()),
            Some(item) => {
                let detail = format!(
                    "the stock of {} is reserved at '{}', not at '{location}'",
                    item.item_id, item.location_id
                );
                Err(Problem::invalid(vec![Fault::invalid("/location", detail)]))
            }
        }
    }

    /// Let a planned fulfillment leave.
    pub async fn ship(
        &self,
        caller: &Caller,
        id: &FulfillmentId,
        tracking: Option<Tracking>,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let name = part(id);
        let change = ChangeOrder::keyed(caller, &name, "fulfillments.ship", &tracking);
        Ok(self
            .change(caller, change, |order, now| decide::ship(order, id, tracking.clone(), now))
            .await?
            .answer())
    }

    /// Say where a fulfillment is.
    pub async fn track(
        &self,
        caller: &Caller,
        id: &FulfillmentId,
        tracking: Tracking,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let name = part(id);
        let change = ChangeOrder::keyed(caller, &name, "fulfillments.track", &tracking);
        Ok(self
            .change(caller, change, |order, now| decide::track(order, id, tracking.clone(), now))
            .await?
            .answer())
    }

    /// A fulfillment arrived.
    pub async fn deliver(&self, caller: &Caller, id: &FulfillmentId) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let name = part(id);
        let change = ChangeOrder::keyed(caller, &name, "fulfillments.deliver", &());
        Ok(self.change(caller, change, |order, now| decide::deliver(order, id, now)).await?.answer())
    }

    /// Call a planned fulfillment off.
    pub async fn cancel_fulfillment(
        &self,
        caller: &Caller,
        id: &FulfillmentId,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let name = part(id);
        let change = ChangeOrder::keyed(caller, &name, "fulfillments.cancel", &());
        Ok(self
            .change(caller, change, |order, now| decide::cancel_fulfillment(order, id, now))
            .await?
            .answer())
    }
}

fn part(id: &FulfillmentId) -> OrderName {
    OrderName::Part(id.to_string())
}
