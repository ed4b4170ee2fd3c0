//! Read customers: one, a page of them, and everything that is held about one.

use std::collections::BTreeMap;

use sutler_domain::customers::{Customer, CustomerEvent};
use sutler_domain::orders::ContactRef;
use sutler_domain::{ContactId, CustomerId, NoteId, Version};

use super::{Contact, CustomerName, Customers, Note, holder_of};
use crate::caller::Caller;
use crate::commit::Answer;
use crate::error::{Kind, Problem};
use crate::orders::OrderView;
use crate::page::{From, PAGE_MAX, Page, PageRequest};
use crate::ports::Stored;
use crate::ports::reads::{Lifetime, OrderQuery};
use crate::stream::StreamId;

/// Most orders of an export.
pub const EXPORT_ORDERS_MAX: usize = 10_000;

/// A customer as a door renders it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerView {
    /// The fold.
    pub customer: Customer,
    /// Its version.
    pub version: Version,
    /// The person; `None` once erased.
    pub contact: Option<Contact>,
    /// What they ordered and spent, when it was asked for.
    pub lifetime: Option<Lifetime>,
}

/// Everything that is held about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The customer.
    pub customer: CustomerView,
    /// Every version of every contact, of the customer and of their orders, oldest first.
    pub contacts: Vec<(Version, Contact)>,
    /// Their orders, oldest first.
    pub orders: Vec<OrderView>,
    /// The notes about these orders.
    pub notes: Vec<Note>,
}

impl Customers {
    /// A customer; with `lifetime`, what they ordered and spent, which is no part of their version.
    pub async fn get(
        &self,
        caller: &Caller,
        name: &CustomerName,
        lifetime: bool,
    ) -> Result<CustomerView, Problem> {
        caller.may("customers:read")?;
        let stored = self.find(name).await?;
        let id = stored.value.customer_id.clone();
        let lifetime = if lifetime { Some(self.lifetime(&id).await?) } else { None };
        Ok(CustomerView { lifetime, ..self.view(stored).await? })
    }

    /// A page of customers, newest first; or the one who has this e-mail address, in any case.
    pub async fn list(
        &self,
        caller: &Caller,
        page: &PageRequest,
        email: Option<&str>,
        lifetimes: bool,
    ) -> Result<Page<CustomerView>, Problem> {
        caller.may("customers:read")?;
        let contacts = &self.room.ports.contacts;
        let rows = match email {
            None => contacts.customers(page).await?,
            Some(email) => {
                let found = self.by_email(email).await?;
                let total = page.count.then_some(u64::from(found.is_some()));
                Page::whole(found.into_iter().collect(), total)
            }
        };
        let ids: Vec<CustomerId> = rows.rows.iter().map(|row| row.value.customer_id.clone()).collect();
        let mut figures = BTreeMap::new();
        if lifetimes && !ids.is_empty() {
            figures = self.room.ports.orders.lifetimes(&ids).await?;
        }
        let Page { rows, cursors, next, prev, total } = rows;
        let rows = self.views(rows).await?.into_iter().map(|view| {
            let lifetime = figures.remove(&view.customer.customer_id).unwrap_or_default();
            CustomerView { lifetime: lifetimes.then_some(lifetime), ..view }
        });
        Ok(Page { rows: rows.collect(), cursors, next, prev, total })
    }

    /// Those of these customers who are registered, in any order.
    pub async fn many(&self, caller: &Caller, ids: &[CustomerId]) -> Result<Vec<CustomerView>, Problem> {
        caller.may("customers:read")?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.views(self.room.ports.contacts.customers_named(ids).await?).await
    }

    /// What each of these customers ordered and spent.
    pub async fn lifetimes(
        &self,
        caller: &Caller,
        ids: &[CustomerId],
    ) -> Result<BTreeMap<CustomerId, Lifetime>, Problem> {
        caller.may("customers:read")?;
        let mut found = self.room.ports.orders.lifetimes(ids).await?;
        Ok(ids.iter().map(|id| (id.clone(), found.remove(id).unwrap_or_default())).collect())
    }

    /// Everything held about a person, whether they were registered or only appear on orders.
    ///
    /// Problems: `not_found`, `export_too_large`.
    pub async fn export(&self, caller: &Caller, name: &CustomerName) -> Result<Export, Problem> {
        caller.may("customers:read")?;
        caller.may("orders:read")?;
        let (id, stored) = self.known(name).await?;
        let mut orders: Vec<OrderView> = Vec::new();
        let mut from = From::Start;
        loop {
            let page = self.orders.list(caller, &orders_of(&id, from)).await?;
            orders.extend(page.rows);
            if orders.len() > EXPORT_ORDERS_MAX {
                let detail = format!(
                    "more than {EXPORT_ORDERS_MAX} orders; read them by page: GET /orders?customer_id={id}"
                );
                return Err(Problem::new(Kind::Conflict, "export_too_large", detail));
            }
            match page.next {
                Some(next) => from = From::After(next),
                None => break,
            }
        }
        let customer = match stored {
            Some(stored) => self.view(stored).await?,
            None if orders.is_empty() => return Err(Problem::not_found("customer", name)),
            None => unregistered(id, &orders),
        };
        let lifetime = Some(self.lifetime(&customer.customer.customer_id).await?);
        let ids = contact_ids(&customer.customer, &orders);
        let contacts = self.room.ports.contacts.contact_versions(&ids).await?;
        let notes = self.notes_of(&orders).await?;
        Ok(Export { customer: CustomerView { lifetime, ..customer }, contacts, orders, notes })
    }

    async fn notes_of(&self, orders: &[OrderView]) -> Result<Vec<Note>, Problem> {
        let ids: Vec<NoteId> =
            orders.iter().flat_map(|view| &view.order.notes).map(|n| n.note_id.clone()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.room.ports.contacts.notes(&ids).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    pub(super) async fn lifetime(&self, id: &CustomerId) -> Result<Lifetime, Problem> {
        let mut found = self.room.ports.orders.lifetimes(std::slice::from_ref(id)).await?;
        Ok(found.remove(id).unwrap_or_default())
    }

    pub(crate) async fn view(&self, stored: Stored<Customer>) -> Result<CustomerView, Problem> {
        let mut views = self.views(vec![stored]).await?;
        views.pop().ok_or_else(|| Problem::internal(&"a customer was lost on the way to be shown"))
    }

    /// Join the persons of several customers, in one read.
    async fn views(&self, rows: Vec<Stored<Customer>>) -> Result<Vec<CustomerView>, Problem> {
        let refs: Vec<ContactRef> = rows.iter().filter_map(|row| row.value.contact.clone()).collect();
        let contacts = &self.room.ports.contacts;
        let persons = if refs.is_empty() { BTreeMap::new() } else { contacts.contacts(&refs).await? };
        let view = |row: Stored<Customer>| {
            let contact =
                row.value.contact.as_ref().and_then(|shown| persons.get(&shown.contact_id)).cloned();
            CustomerView { customer: row.value, version: row.version, contact, lifetime: None }
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// A customer who is registered.
    pub(super) async fn find(&self, name: &CustomerName) -> Result<Stored<Customer>, Problem> {
        let found = match name {
            CustomerName::Id(id) => self.room.ports.contacts.customer(id).await?,
            CustomerName::Email(email) => self.by_email(email).await?,
        };
        found.ok_or_else(|| Problem::not_found("customer", name))
    }

    /// The id of a customer, registered or not.
    pub(super) async fn known(
        &self,
        name: &CustomerName,
    ) -> Result<(CustomerId, Option<Stored<Customer>>), Problem> {
        let id = match name {
            CustomerName::Id(id) => id.clone(),
            CustomerName::Email(email) => {
                let holder = holder_of(&*self.room.ports.contacts, email).await?;
                holder.ok_or_else(|| Problem::not_found("customer", name))?
            }
        };
        let stored = self.room.ports.contacts.customer(&id).await?;
        Ok((id, stored))
    }

    /// The customer with this id.
    pub(crate) async fn by_id(&self, id: &CustomerId) -> Result<Option<Stored<Customer>>, Problem> {
        Ok(self.room.ports.contacts.customer(id).await?)
    }

    /// The customer who holds an e-mail address.
    pub(crate) async fn by_email(&self, email: &str) -> Result<Option<Stored<Customer>>, Problem> {
        let contacts = &self.room.ports.contacts;
        let Some(holder) = holder_of(&**contacts, email).await? else { return Ok(None) };
        Ok(contacts.customer(&holder).await?)
    }

    /// The customer as of the version that was answered first.
    pub(super) async fn as_answered(&self, answer: &Answer) -> Result<CustomerView, Problem> {
        let id = CustomerId::trusted(answer.stream.id().into());
        let history = self.room.ports.feed.stream(&StreamId::from(&id), None).await?;
        let mut customer = None;
        for recorded in history.iter().filter(|recorded| recorded.version <= answer.version) {
            let event: CustomerEvent = recorded.read()?;
            customer = Customer::evolve(customer, &event, recorded.at);
        }
        let value = customer.ok_or_else(|| Problem::not_found("customer", &id))?;
        self.view(Stored { value, version: answer.version, number: 0 }).await
    }
}

/// A page of the orders of a customer, oldest first.
pub(super) fn orders_of(id: &CustomerId, from: From) -> OrderQuery {
    let page = PageRequest { limit: PAGE_MAX, from, count: false };
    OrderQuery { customer_id: Some(id.clone()), page, ..OrderQuery::default() }
}

/// Somebody who ordered under an id of the caller's and was never registered.
fn unregistered(id: CustomerId, orders: &[OrderView]) -> CustomerView {
    let placed = |view: Option<&OrderView>| view.map(|view| view.order.placed_at).unwrap_or_default();
    let customer = Customer {
        customer_id: id,
        contact: None,
        metadata: [].into(),
        created_at: placed(orders.first()),
        updated_at: placed(orders.last()),
        erased_at: None,
    };
    let contact = orders.last().and_then(|view| view.contact.clone());
    CustomerView { customer, version: Version(0), contact, lifetime: None }
}

/// The contacts of a customer: their own, and one for each order.
fn contact_ids(customer: &Customer, orders: &[OrderView]) -> Vec<ContactId> {
    let own = customer.contact.iter().map(|shown| shown.contact_id.clone());
    let theirs = orders.iter().filter_map(|view| view.order.contact.as_ref()).map(|c| c.contact_id.clone());
    own.chain(theirs).collect()
}
