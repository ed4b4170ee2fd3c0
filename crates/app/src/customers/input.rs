//! What a caller may ask of customers. Every door parses into these.

use std::collections::BTreeMap;

use serde::Serialize;
use sutler_domain::{CustomerId, Metadata};

use super::Address;
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
