//! Erase a person: every version of every contact, the text of every note, and the name their e-mail address was. Orders
//! keep their totals and lose the person; the log never had one.

use sutler_domain::customers::{Customer, CustomerEvent};
use sutler_domain::{CustomerId, Version};

use super::read::orders_of;
use super::{CustomerName, CustomerView, Customers, lowered};
use crate::caller::{Answered, Caller};
use crate::commit::{Change, ClaimKind, Commit, Expect, View, ViewChange};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::orders::OrderView;
use crate::page::From;
use crate::ports::Stored;
use crate::retry::{Failure, must_match, retry_moved};
use crate::stream::StreamId;

impl Customers {
    /// Erase a person. What they give later is theirs to keep with the shop; what is given while this runs may be erased
    /// with the rest. Erasing again is safe, and finishes what a first time left.
    ///
    /// Problems: `not_found`, `version_mismatch`.
    pub async fn erase(
        &self,
        caller: &Caller,
        name: &CustomerName,
    ) -> Result<Answered<CustomerView>, Problem> {
        caller.may("customers:write")?;
        let (id, stored) = self.known(name).await?;
        if let Some(stored) = &stored {
            must_match(caller, stored.version)?;
        }
        // What stands on orders goes first: `customer.erased` is said when it is so.
        let has_orders = self.forget_orders(caller, &id).await?;
        if stored.is_none() && !has_orders {
            return Err(Problem::not_found("customer", name));
        }
        let erased = retry_moved(caller, async |_| self.forget(caller, &id).await).await?;
        // An order that was placed before the customer was gone, and after its orders were looked at.
        self.forget_orders(caller, &id).await?;
        let (customer, version) = (erased.value, erased.version);
        let value = CustomerView { customer, version, contact: None, lifetime: None };
        Ok(Answered { value, replayed: false })
    }

    /// The customer itself, its own contact, and the name of its e-mail address.
    async fn forget(&self, caller: &Caller, id: &CustomerId) -> Result<Stored<Customer>, Failure> {
        let stored = self.room.ports.contacts.customer(id).await?;
        let (before, version) = match stored {
            Some(stored) if stored.value.erased_at.is_some() => return Ok(stored),
            Some(stored) => (Some(stored.value), stored.version),
            None => (None, Version(0)),
        };
        let stream = StreamId::from(id);
        let mut commit = Commit::by(caller);
        if let Some(shown) = before.as_ref().and_then(|customer| customer.contact.as_ref()) {
            if let Some(known) = self.room.ports.contacts.contact(&shown.contact_id).await? {
                commit = self.given_up(commit, known.value.email.as_deref(), &stream).await?;
            }
            commit = commit.change(gone(StreamId::from(&shown.contact_id)));
        }
        let (event, now) = (CustomerEvent::CustomerErased { customer_id: id.clone() }, self.room.now());
        let Some(customer) = Customer::evolve(before, &event, now) else {
            return Err(Problem::internal(&"an erasure that leaves no customer").into());
        };
        let view = View::Customer(customer.clone());
        commit =
            commit.change(Change::stream(stream.clone(), version, vec![NewEvent::of(&event, now)], view));
        let receipt = self.room.ports.store.commit(commit).await?;
        let version = receipt.version_of(&stream).unwrap_or(version);
        Ok(Stored { value: customer, version, number: 0 })
    }

    /// The contacts and notes of all orders of a customer, a page at a time. Gives whether there are orders.
    async fn forget_orders(&self, caller: &Caller, id: &CustomerId) -> Result<bool, Problem> {
        let system = Caller { scopes: crate::Scopes::all(), idempotency_key: None, ..caller.clone() };
        let (mut from, mut any) = (From::Start, false);
        loop {
            let page = self.orders.list(&system, &orders_of(id, from)).await?;
            any |= !page.rows.is_empty();
            let commit = self.forgetting(Commit::by(caller), &page.rows, id).await?;
            if !commit.changes.is_empty() {
                self.room.ports.store.commit(commit).await?;
            }
            match page.next {
                Some(next) => from = From::After(next),
                None => return Ok(any),
            }
        }
    }

    async fn forgetting(
        &self,
        mut commit: Commit,
        orders: &[OrderView],
        id: &CustomerId,
    ) -> Result<Commit, Problem> {
        let contacts = &self.room.ports.contacts;
        let ids: Vec<_> = orders
            .iter()
            .filter_map(|view| view.order.contact.as_ref())
            .map(|c| c.contact_id.clone())
            .collect();
        // Only what is still there: what was erased before stays as it was erased.
        let there = if ids.is_empty() { Vec::new() } else { contacts.contact_versions(&ids).await? };
        let mut last = None;
        for (_, contact) in there {
            commit = self.given_up(commit, contact.email.as_deref(), &StreamId::from(id)).await?;
            if last.as_ref() != Some(&contact.contact_id) {
                commit = commit.change(gone(StreamId::from(&contact.contact_id)));
                last = Some(contact.contact_id);
            }
        }
        let notes: Vec<_> =
            orders.iter().flat_map(|view| &view.order.notes).map(|note| note.note_id.clone()).collect();
        let there =
            if notes.is_empty() { Vec::new() } else { contacts.notes(&notes).await?.into_keys().collect() };
        for note in &there {
            commit = commit.change(gone(StreamId::from(note)));
        }
        Ok(commit)
    }

    /// The name that an e-mail address is, if it is this customer's.
    async fn given_up(
        &self,
        commit: Commit,
        email: Option<&str>,
        holder: &StreamId,
    ) -> Result<Commit, Problem> {
        let Some(email) = email else { return Ok(commit) };
        let holds = self.room.ports.contacts.holder(&super::email_claim(email)).await?;
        Ok(match holds {
            Some(found) if found == *holder => commit.give(ClaimKind::CustomerEmail, lowered(email), holder),
            _ => commit,
        })
    }
}

/// A record of a person goes, in every version; the store remembers that it did, so that no backup brings it back.
fn gone(stream: StreamId) -> Change {
    let (expect, view) = (Expect::Any, ViewChange::Delete);
    Change { stream, expect, events: Vec::new(), view, numbered: false }
}
