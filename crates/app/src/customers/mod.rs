//! Customers and persons. What is known of a person stands outside the log, in versioned contacts that events and orders
//! name by id only.

mod contact;
mod erase;
mod input;
mod read;
mod save;

pub use contact::{Address, Contact, Note};
pub use input::{CustomerName, CustomerPatch, NewCustomer};
pub use read::{CustomerView, EXPORT_ORDERS_MAX, Export};

pub(crate) use contact::{check_note, looks_like_email};
pub(crate) use save::{check, created};

use sutler_domain::CustomerId;

use crate::Room;
use crate::commit::{Claim, ClaimKind};
use crate::ports::ReadError;
use crate::ports::reads::ContactReads;

/// Customers.
#[derive(Clone)]
pub struct Customers {
    pub(crate) room: Room,
    pub(crate) orders: crate::orders::Orders,
}

impl Customers {
    pub(crate) const fn new(room: Room, orders: crate::orders::Orders) -> Self {
        Self { room, orders }
    }
}

/// E-mail addresses are compared in lower case.
pub(crate) fn lowered(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The name that one customer holds: an e-mail address.
pub(crate) fn email_claim(email: &str) -> Claim {
    Claim { kind: ClaimKind::CustomerEmail, value: lowered(email) }
}

/// The customer who holds an e-mail address.
pub(crate) async fn holder_of(
    contacts: &dyn ContactReads,
    email: &str,
) -> Result<Option<CustomerId>, ReadError> {
    let holder = contacts.holder(&email_claim(email)).await?;
    Ok(holder.map(|holder| CustomerId::trusted(holder.id().into())))
}
