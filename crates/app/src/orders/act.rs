//! Confirm, complete, cancel, hold, release, note and update.

use sutler_domain::orders::{HoldCode, decide};
use sutler_domain::{Fault, NoteId, RefundId, Version};

use super::person::patched;
use super::{CancelInput, ChangeOrder, OrderView, Orders, UpdateInput};
use crate::caller::{Answered, Caller};
use crate::commit::{Change, Expect, View};
use crate::customers::{Note, check_note};
use crate::error::Problem;
use crate::ports::reads::OrderName;
use crate::stream::StreamId;

impl Orders {
    /// Accept an order on its terms, without its money.
    pub async fn confirm(&self, caller: &Caller, name: &OrderName) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let change = ChangeOrder::keyed(caller, name, "orders.confirm", &());
        Ok(self.change(caller, change, decide::confirm).await?.answer())
    }

    /// Close an order of which everything has shipped and nothing is left to pay or refund.
    pub async fn complete(&self, caller: &Caller, name: &OrderName) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let change = ChangeOrder::keyed(caller, name, "orders.complete", &());
        Ok(self.change(caller, change, decide::complete).await?.answer())
    }

    /// Give up the reservation of an unpaid order; it ends as expired.
    pub async fn release(&self, caller: &Caller, name: &OrderName) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let change = ChangeOrder::keyed(caller, name, "orders.release", &());
        Ok(self.change(caller, change, decide::release).await?.answer())
    }

    /// Call an order off, whole or by item quantity.
    pub async fn cancel(
        &self,
        caller: &Caller,
        name: &OrderName,
        input: CancelInput,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        if let Some(Err(error)) =
            input.reason.as_deref().map(|r| sutler_domain::text::line(r, sutler_domain::text::LINE_MAX))
        {
            return Err(Problem::invalid(vec![Fault::invalid("/reason", error.to_string())]));
        }
        let change = ChangeOrder::keyed(caller, name, "orders.cancel", &input);
        let ids = &self.room.ports.ids;
        let decided = self.change(caller, change, |order, now| {
            let reason = input.reason.clone();
            if input.items.is_empty() {
                let refunds =
                    order.payments.iter().filter(|_| input.refund).map(|_| RefundId::new(ids.uuid()));
                return decide::cancel(order, reason, refunds, now);
            }
            let refund_id = input.refund.then(|| RefundId::new(ids.uuid()));
            decide::cancel_items(
                order,
                decide::CancelItems { lines: input.items.clone(), reason, refund_id },
                now,
            )
        });
        Ok(decided.await?.answer())
    }

    /// Stop fulfillment.
    pub async fn hold(
        &self,
        caller: &Caller,
        name: &OrderName,
        code: HoldCode,
        reason: Option<String>,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let change = ChangeOrder::keyed(caller, name, "orders.hold", &(code, &reason));
        Ok(self
            .change(caller, change, |order, now| decide::hold(order, code, reason.clone(), now))
            .await?
            .answer())
    }

    /// Let fulfillment go on.
    pub async fn unhold(
        &self,
        caller: &Caller,
        name: &OrderName,
        code: HoldCode,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let change = ChangeOrder::keyed(caller, name, "orders.unhold", &code);
        Ok(self.change(caller, change, |order, now| decide::release_hold(order, code, now)).await?.answer())
    }

    /// Note something about an order. The text is kept outside the log.
    pub async fn note(
        &self,
        caller: &Caller,
        name: &OrderName,
        body: String,
    ) -> Result<Answered<(OrderView, Note)>, Problem> {
        caller.may("notes:write")?;
        check_note(&body).map_err(|fault| Problem::invalid(vec![fault]))?;
        let note_id = NoteId::new(self.room.ports.ids.uuid());
        let at = self.room.now();
        let change = ChangeOrder::keyed(caller, name, "orders.note", &body).part(&note_id);
        let author = caller.actor.clone();
        let record = |order: &sutler_domain::orders::Order| {
            let (order_id, body, author) = (order.order_id.clone(), body.clone(), author.clone());
            View::Note(Note { note_id: note_id.clone(), order_id, body, author, at })
        };
        let changed = self
            .change_with(
                caller,
                change,
                |order, now| Ok(decide::note(order, note_id.clone(), now)),
                |commit, order| {
                    Ok(commit.change(Change::record(StreamId::from(&note_id), Expect::New, record(order))))
                },
            )
            .await?;
        let written = changed.part.clone().map_or(note_id, |id| NoteId::trusted(id.into()));
        let mut notes = self.room.ports.contacts.notes(std::slice::from_ref(&written)).await?;
        let note = notes.remove(&written).ok_or_else(|| Problem::not_found("note", &written))?;
        Ok(changed.answer().map(|view| (view, note)))
    }

    /// Change person, tags or metadata.
    pub async fn update(
        &self,
        caller: &Caller,
        name: &OrderName,
        input: UpdateInput,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let stored = self.find(name).await?;
        let person = self.patched_person(&stored.value, &input).await?;
        let contact_ref = person.as_ref().map(|(contact, version)| sutler_domain::orders::ContactRef {
            contact_id: contact.contact_id.clone(),
            version: version.plus(1),
        });
        let change = ChangeOrder::keyed(caller, name, "orders.update", &input);
        let changed = self
            .change_with(
                caller,
                change,
                |order, now| {
                    let metadata = input.metadata.as_ref().map(|pairs| patched(&order.metadata, pairs));
                    decide::update(order, contact_ref.clone(), input.tags.clone(), metadata, now)
                },
                |commit, _| {
                    let Some((contact, version)) = person.clone() else { return Ok(commit) };
                    let expect = if version == Version(0) { Expect::New } else { Expect::Exactly(version) };
                    let stream = StreamId::from(&contact.contact_id);
                    Ok(commit.change(Change::record(stream, expect, View::Contact(contact))))
                },
            )
            .await?;
        Ok(changed.answer())
    }

    /// The notes about an order, oldest first.
    pub async fn notes(&self, caller: &Caller, name: &OrderName) -> Result<Vec<Note>, Problem> {
        caller.may("orders:read")?;
        let order = self.find(name).await?.value;
        let ids: Vec<NoteId> = order.notes.iter().map(|n| n.note_id.clone()).collect();
        let mut notes = self.room.ports.contacts.notes(&ids).await?;
        Ok(ids.iter().filter_map(|id| notes.remove(id)).collect())
    }
}
