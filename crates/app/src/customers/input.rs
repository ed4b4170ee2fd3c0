//! What a caller may ask of customers. Every door parses into these.

use std::collections::BTreeMap;

use serde::Serialize;
use sutler_domain::{ContactId, CustomerId, Metadata};

use super::{Address, Contact};
use crate::patch::Patch;

/// How a customer is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerName {
    /// By its id.
    Id(CustomerId),
    /// By its e-mail address, in any case.
    Email(String),
}

impl CustomerName {
    /// `email:ada@example.com`, or an id. `None` for what is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("email", email)) => Some(Self::Email(email.to_owned())),
            _ => CustomerId::parse(text).ok().map(Self::Id),
        }
    }
}

impl std::fmt::Display for CustomerName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Email(email) => write!(f, "email:{email}"),
        }
    }
}

/// A customer to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewCustomer {
    /// The caller's own id; `None`: one is generated.
    pub customer_id: Option<CustomerId>,
    /// E-mail address; no two customers have the same.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Where goods go.
    pub shipping_address: Option<Address>,
    /// Where bills go.
    pub billing_address: Option<Address>,
    /// The caller's own pairs. No place for persons: erasure removes them, but events that carried them stay.
    pub metadata: Metadata,
}

/// A change of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CustomerPatch {
    /// E-mail address.
    pub email: Patch<String>,
    /// Name.
    pub name: Patch<String>,
    /// Telephone number.
    pub phone: Patch<String>,
    /// Where goods go.
    pub shipping_address: Patch<Address>,
    /// Where bills go.
    pub billing_address: Patch<Address>,
    /// Pairs to merge; `None` deletes one.
    pub metadata: Option<BTreeMap<String, Option<String>>>,
}

impl NewCustomer {
    /// The person, under these ids.
    pub(crate) fn contact(&self, contact_id: ContactId, customer_id: CustomerId) -> Contact {
        Contact {
            contact_id,
            customer_id: Some(customer_id),
            email: self.email.as_deref().map(|email| email.trim().to_owned()),
            name: self.name.clone(),
            phone: self.phone.clone(),
            shipping_address: self.shipping_address.clone(),
            billing_address: self.billing_address.clone(),
        }
    }
}

impl CustomerPatch {
    /// The person after the patch.
    pub(crate) fn onto(&self, before: &Contact) -> Contact {
        let email = self.email.onto(before.email.clone()).map(|email| email.trim().to_owned());
        Contact {
            contact_id: before.contact_id.clone(),
            customer_id: before.customer_id.clone(),
            email,
            name: self.name.onto(before.name.clone()),
            phone: self.phone.onto(before.phone.clone()),
            shipping_address: self.shipping_address.onto(before.shipping_address.clone()),
            billing_address: self.billing_address.onto(before.billing_address.clone()),
        }
    }
}
