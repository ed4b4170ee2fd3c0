//! Take goods back: ask, approve, receive, reject, close.

use sutler_domain::ReturnId;
use sutler_domain::orders::{Tracking, decide};

use super::{ChangeOrder, OrderView, Orders, ReceiveInput, ReturnInput};
use crate::caller::{Answered, Caller};
use crate::error::Problem;
use crate::ports::reads::OrderName;

impl Orders {
    /// Ask for a return of what was shipped.
    pub async fn request_return(
        &self,
        caller: &Caller,
        name: &OrderName,
        input: ReturnInput,
    ) -> Result<Answered<(OrderView, ReturnId)>, Problem> {
        caller.may("orders:write")?;
        let id = ReturnId::new(self.room.ports.ids.uuid());
        let change = ChangeOrder::keyed(caller, name, "returns.create", &input).part(&id);
        let changed = self
            .change(caller, change, |order, now| {
                let (return_id, lines, label) = (id.clone(), input.items.clone(), input.label.clone());
                decide::request_return(order, decide::ReturnRequest { return_id, lines, label }, now)
            })
            .await?;
        let id = changed.part.clone().map_or(id, |id| ReturnId::trusted(id.into()));
        Ok(changed.answer().map(|view| (view, id)))
    }

    /// Say that the goods may come, and in which parcel.
    pub async fn approve_return(
        &self,
        caller: &Caller,
        id: &ReturnId,
        label: Option<Tracking>,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let name = part(id);
        let change = ChangeOrder::keyed(caller, &name, "returns.approve", &label);
        let decide = |order: &_, now| decide::approve_return(order, id, label.clone(), now);
        Ok(self.change(caller, change, decide).await?.answer())
    }

    /// Goods came.
    pub async fn receive_return(
        &self,
        caller: &Caller,
        id: &ReturnId,
        input: ReceiveInput,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let name = part(id);
        let change = ChangeOrder::keyed(caller, &name, "returns.receive", &input);
        let decide = |order: &_, now| {
            let units = input.items.iter().map(|units| decide::ReceivedUnits {
                item_id: units.item_id.clone(),
                quantity: units.quantity,
                condition: units.condition,
                restock: units.restock,
            });
            decide::receive_return(order, id, units.collect(), now)
        };
        Ok(self.change(caller, change, decide).await?.answer())
    }

    /// Turn a return down of which nothing came.
    pub async fn reject_return(
        &self,
        caller: &Caller,
        id: &ReturnId,
        reason: Option<String>,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let name = part(id);
        let change = ChangeOrder::keyed(caller, &name, "returns.reject", &reason);
        let decide = |order: &_, now| decide::reject_return(order, id, reason.clone(), now);
        Ok(self.change(caller, change, decide).await?.answer())
    }

    /// Nothing more will come of a return.
    pub async fn close_return(&self, caller: &Caller, id: &ReturnId) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let name = part(id);
        let change = ChangeOrder::keyed(caller, &name, "returns.close", &());
        Ok(self.change(caller, change, |order, now| decide::close_return(order, id, now)).await?.answer())
    }
}

fn part(id: &ReturnId) -> OrderName {
    OrderName::Part(id.to_string())
}
