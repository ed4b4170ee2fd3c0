//! The person of an order: a contact outside the log, and the customer it belongs to.

use std::collections::BTreeMap;

use sutler_domain::orders::Order;
use sutler_domain::{ContactId, CustomerId, Metadata, Version};

use super::{OrderRequest, Orders, UpdateInput};
use crate::customers::{Contact, holder_of};
use crate::error::Problem;

/// Who an order is for, worked out before it is placed.
pub(crate) struct Person {
    /// The customer.
    pub(crate) customer_id: Option<CustomerId>,
    /// The contact to store with the order.
    pub(crate) contact: Option<Contact>,
    /// The customer to make: a contact of their own, and where their stream stands.
    pub(crate) new_customer: Option<(Contact, Version)>,
}

/// What is known of the customer of an order.
#[derive(Default)]
struct Known {
    customer_id: Option<CustomerId>,
    /// Set for a customer to make: where their stream stands.
    is_new_at: Option<Version>,
    /// Whether no other customer has the e-mail address.
    has_email: bool,
}

impl Orders {
    /// The customer named, the one who holds the e-mail address, or a new one.
    pub(crate) async fn person(&self, request: &OrderRequest) -> Result<Person, Problem> {
        let given = request.customer.clone().unwrap_or_default();
        let email = given.email.map(|e| e.trim().to_owned());
        let mut contact = Contact {
            contact_id: ContactId::new(self.room.ports.ids.uuid()),
            customer_id: request.customer_id.clone(),
            email,
            name: given.name,
            phone: given.phone,
            shipping_address: request.shipping_address.clone(),
            billing_address: request.billing_address.clone(),
        };
        let faults = contact.check();
        if !faults.is_empty() {
            return Err(Problem::invalid(faults));
        }
        let known = self.customer_of(&contact, request.customer.is_some()).await?;
        contact.customer_id = known.customer_id;
        let new_customer = known.is_new_at.map(|version| {
            let contact_id = ContactId::new(self.room.ports.ids.uuid());
            let email = contact.email.clone().filter(|_| known.has_email);
            (Contact { contact_id, email, ..contact.clone() }, version)
        });
        let customer_id = contact.customer_id.clone();
        Ok(Person { customer_id, contact: Some(contact).filter(|c| !c.is_empty()), new_customer })
    }

    /// The customer of an order: the one named, the one who holds the e-mail address, or a new one. Who is described and
    /// not known yet becomes a customer with the order, if there is an id or an address to find them by.
    async fn customer_of(&self, contact: &Contact, is_described: bool) -> Result<Known, Problem> {
        let contacts = &self.room.ports.contacts;
        let named = contact.customer_id.clone();
        if !is_described {
            return Ok(Known { customer_id: named, ..Known::default() });
        }
        let holder = match &contact.email {
            Some(email) => holder_of(&**contacts, email).await?,
            None => None,
        };
        let Some(id) = named.or_else(|| holder.clone()) else {
            let customer_id = Some(CustomerId::new(self.room.ports.ids.uuid()));
            let is_new_at = contact.email.is_some().then_some(Version(0));
            return Ok(Known { customer_id, is_new_at, has_email: true });
        };
        let is_new_at = match contacts.customer(&id).await? {
            None => Some(Version(0)),
            // Who was erased and orders again is known again.
            Some(stored) => stored.value.erased_at.map(|_| stored.version),
        };
        let has_email = holder.is_none_or(|holder| holder == id);
        Ok(Known { customer_id: Some(id), is_new_at, has_email })
    }

    /// The person of an order after an update, with the version it replaces; `None` when nothing changes.
    pub(crate) async fn patched_person(
        &self,
        order: &Order,
        input: &UpdateInput,
    ) -> Result<Option<(Contact, Version)>, Problem> {
        let (before, version) = match &order.contact {
            Some(known) => match self.room.ports.contacts.contact(&known.contact_id).await? {
                Some(stored) => (stored.value, stored.version),
                None => (self.nobody(order), Version(0)),
            },
            None => (self.nobody(order), Version(0)),
        };
        let mut after = before.clone();
        set(&mut after.email, input.email.as_ref());
        set(&mut after.name, input.name.as_ref());
        set(&mut after.phone, input.phone.as_ref());
        set(&mut after.shipping_address, input.shipping_address.as_ref());
        set(&mut after.billing_address, input.billing_address.as_ref());
        let faults = after.check();
        if !faults.is_empty() {
            return Err(Problem::invalid(faults));
        }
        Ok(Some((after, version)).filter(|(after, _)| *after != before))
    }

    fn nobody(&self, order: &Order) -> Contact {
        Contact {
            contact_id: ContactId::new(self.room.ports.ids.uuid()),
            customer_id: order.customer_id.clone(),
            email: None,
            name: None,
            phone: None,
            shipping_address: None,
            billing_address: None,
        }
    }
}

/// Absent leaves a field as it is; null clears it.
fn set<T: Clone>(field: &mut Option<T>, value: Option<&Option<T>>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

/// Merge pairs into metadata; `None` deletes one (RFC 7396).
pub(crate) fn patched(before: &Metadata, pairs: &BTreeMap<String, Option<String>>) -> Metadata {
    let mut after = before.clone();
    for (key, value) in pairs {
        match value {
            Some(value) => after.insert(key.clone(), value.clone()),
            None => after.remove(key),
        };
    }
    after
}
