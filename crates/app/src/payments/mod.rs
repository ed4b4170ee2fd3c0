//! Payments and refunds: the intent is committed first, the gateway is called by a job, and what it says is
//! committed with the end of that job.

mod ask;
mod books;
mod call;
mod compared;
mod desk;
mod limit;
mod notice;
mod reconcile;
mod settle;
mod sweep;

pub(crate) use compared::Compared;
pub use compared::Comparison;
pub use notice::Noticed;
pub use reconcile::{Difference, DifferenceKind, Moved, Reconciliation};

use sutler_domain::orders::{Order, decide};
use sutler_domain::{Fault, NoteId, PaymentId, RefundId};

use crate::Room;
use crate::caller::{Answered, Caller};
use crate::commit::{Change, Expect, View};
use crate::customers::{Note, check_note};
use crate::error::Problem;
use crate::orders::{Amount, ChangeOrder, OrderView, Orders, PaymentInput, RefundInput};
use crate::ports::reads::OrderName;
use crate::stream::StreamId;

/// Payments and refunds.
#[derive(Clone)]
pub struct Payments {
    room: Room,
    orders: Orders,
}

impl Payments {
    pub(crate) fn new(room: Room) -> Self {
        Self { orders: Orders::new(room.clone()), room }
    }

    /// Start another payment of an order.
    pub async fn start(
        &self,
        caller: &Caller,
        name: &OrderName,
        input: PaymentInput,
    ) -> Result<Answered<(OrderView, PaymentId)>, Problem> {
        caller.may("payments:write")?;
        let currency = self.orders.find(name).await?.value.currency;
        let request =
            self.orders.payment_of(&input, currency).map_err(|fault| Problem::invalid(vec![fault]))?;
        let payment_id = request.payment_id.clone();
        let change = ChangeOrder::keyed(caller, name, "payments.start", &input)
            .part(&payment_id)
            .waits(caller.wait_s > 0);
        let decide = |order: &Order, now| decide::start_payment(order, request.clone(), now);
        self.changed(caller, change, decide, payment_id).await
    }

    /// Take secured money; all of it unless an amount is given.
    pub async fn capture(
        &self,
        caller: &Caller,
        id: &PaymentId,
        amount: Option<Amount>,
    ) -> Result<Answered<(OrderView, PaymentId)>, Problem> {
        caller.may("payments:write")?;
        let name = OrderName::Part(id.to_string());
        let amount_minor = self.amount(&name, amount).await?;
        let change =
            ChangeOrder::keyed(caller, &name, "payments.capture", &amount).part(id).waits(caller.wait_s > 0);
        self.changed(caller, change, |order, now| decide::capture(order, id, amount_minor, now), id.clone())
            .await
    }

    /// Give up secured money, or an attempt that waits for the buyer.
    pub async fn void(
        &self,
        caller: &Caller,
        id: &PaymentId,
    ) -> Result<Answered<(OrderView, PaymentId)>, Problem> {
        caller.may("payments:write")?;
        let name = OrderName::Part(id.to_string());
        let change =
            ChangeOrder::keyed(caller, &name, "payments.void", &()).part(id).waits(caller.wait_s > 0);
        self.changed(caller, change, |order, now| decide::void(order, id, now), id.clone()).await
    }

    /// Give money back, as an amount or for items. Whoever may only give refunds is held to the limit of the shop.
    pub async fn refund(
        &self,
        caller: &Caller,
        input: RefundInput,
    ) -> Result<Answered<(OrderView, RefundId)>, Problem> {
        caller.may("refunds:write")?;
        if let Some(note) = &input.note {
            check_note(note)
                .map_err(|f| Problem::invalid(vec![Fault { pointer: "/note".to_owned(), ..f }]))?;
        }
        let name = input.order.0.clone();
        let amount = self.amount(&name, input.amount).await?;
        let ids = &self.room.ports.ids;
        let (refund_id, note_id, at) = (RefundId::new(ids.uuid()), NoteId::new(ids.uuid()), self.room.now());
        let change = ChangeOrder::keyed(caller, &name, "refunds.create", &input)
            .part(&refund_id)
            .waits(caller.wait_s > 0);
        let decide = |order: &Order, now| {
            let mut events = decide::refund(
                order,
                decide::RefundRequest {
                    refund_id: refund_id.clone(),
                    payment_id: input.payment_id.clone(),
                    amount,
                    lines: input.items.clone(),
                    return_id: input.return_id.clone(),
                    restock: input.restock,
                    reason: input.reason.clone(),
                },
                now,
            )?;
            if input.note.is_some() {
                events.extend(decide::note(order, note_id.clone(), now));
            }
            Ok(events)
        };
        let refund_max = self.room.settings.support_refund_max;
        let noted = |commit: crate::Commit, order: &Order| {
            let commit = limit::within(caller, commit, refund_max)?;
            let Some(body) = input.note.clone() else { return Ok(commit) };
            let note = Note {
                note_id: note_id.clone(),
                order_id: order.order_id.clone(),
                body,
                author: caller.actor.clone(),
                at,
            };
            Ok(commit.change(Change::record(StreamId::from(&note_id), Expect::New, View::Note(note))))
        };
        let changed = self.orders.change_with(caller, change, decide, noted).await?;
        let part = changed.part.clone().map_or(refund_id, |id| RefundId::trusted(id.into()));
        Ok(self.rested(caller, changed.answer()).await?.map(|view| (view, part)))
    }

    /// A payment, with its order.
    pub async fn get(&self, caller: &Caller, id: &PaymentId) -> Result<(OrderView, PaymentId), Problem> {
        caller.may("orders:read")?;
        Ok((self.orders.get(caller, &OrderName::Part(id.to_string())).await?, id.clone()))
    }

    /// A refund, with its order.
    pub async fn get_refund(&self, caller: &Caller, id: &RefundId) -> Result<(OrderView, RefundId), Problem> {
        caller.may("orders:read")?;
        Ok((self.orders.get(caller, &OrderName::Part(id.to_string())).await?, id.clone()))
    }

    async fn changed(
        &self,
        caller: &Caller,
        change: ChangeOrder<'_>,
        decide: impl Fn(
            &Order,
            jiff::Timestamp,
        ) -> Result<Vec<sutler_domain::orders::OrderEvent>, sutler_domain::orders::Refusal>,
        id: PaymentId,
    ) -> Result<Answered<(OrderView, PaymentId)>, Problem> {
        let changed = self.orders.change(caller, change, decide).await?;
        let id = changed.part.clone().map_or(id, |id| PaymentId::trusted(id.into()));
        Ok(self.rested(caller, changed.answer()).await?.map(|view| (view, id)))
    }

    /// With `Prefer: wait`, the answer once the payment rests.
    async fn rested(
        &self,
        caller: &Caller,
        answered: Answered<OrderView>,
    ) -> Result<Answered<OrderView>, Problem> {
        if caller.wait_s == 0 {
            return Ok(answered);
        }
        let (order, replayed) = (&answered.value, answered.replayed);
        let value = self.orders.wait_until_rest(&order.order.order_id, order.version, caller.wait_s).await?;
        Ok(Answered { value, replayed })
    }

    async fn amount(&self, name: &OrderName, amount: Option<Amount>) -> Result<Option<i64>, Problem> {
        let Some(amount) = amount else { return Ok(None) };
        let currency = self.orders.find(name).await?.value.currency;
        amount.of(currency, "/amount").map(Some).map_err(|fault| Problem::invalid(vec![fault]))
    }
}
