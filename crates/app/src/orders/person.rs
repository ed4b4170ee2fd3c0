//! The person of an order: a contact outside the log, and the customer it belongs to.

use std::collections::BTreeMap;

use sutler_domain::orders::Order;
use sutler_domain::{ContactId, CustomerId, Metadata, Version};

use super::{OrderRequest, Orders, UpdateInput};
use crate::commit::{Claim, ClaimKind};
use crate::customers::Contact;
use crate::error::Problem;

/// Who an order is for, worked out before it is placed.
pub(crate) struct Person {
    /// The customer.
    pub(crate) customer_id: Option<CustomerId>,
    /// The contact to store with the order.
    pub(crate) contact: Option<Contact>,
    /// The e-mail address to take for a customer who is new.
    pub(crate) new_email: Option<String>,
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
        let mut new_email = None;
        if contact.customer_id.is_none() && request.customer.is_some() {
            let known = match &contact.email {
                Some(email) => self.room.ports.contacts.holder(&email_claim(email)).await?,
                None => None,
            };
            if let Some(holder) = known {
                contact.customer_id = Some(CustomerId::trusted(holder.id().into()));
            } else {
                contact.customer_id = Some(CustomerId::new(self.room.ports.ids.uuid()));
                new_email = contact.email.as_deref().map(lowered);
            }
        }
        let customer_id = contact.customer_id.clone();
        Ok(Person { customer_id, contact: Some(contact).filter(|c| !c.is_empty()), new_email })
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

/// E-mail addresses are compared in lower case.
fn lowered(email: &str) -> String {
    email.to_lowercase()
}

fn email_claim(email: &str) -> Claim {
    Claim { kind: ClaimKind::CustomerEmail, value: lowered(email) }
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
