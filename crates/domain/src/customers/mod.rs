//! Customers: who buys again and again. What is known of the person lies outside the log.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::orders::ContactRef;
use crate::{CustomerId, Metadata};

/// A customer: the fold of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its id, chosen by the caller or generated.
    pub customer_id: CustomerId,
    /// Which version of the person's data it shows; nothing once the person is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactRef>,
    /// The caller's own pairs.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the person was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
}

/// One fact about a customer. The person is named by id only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomerEvent {
    /// It was made, or came back after it was erased.
    CustomerCreated {
        /// The customer.
        customer_id: CustomerId,
        /// The person, outside the log.
        contact: ContactRef,
        /// The caller's own pairs.
        #[serde(default, skip_serializing_if = "Metadata::is_empty")]
        metadata: Metadata,
    },
    /// Person or metadata were changed; each field is the whole value after the change.
    CustomerUpdated {
        /// The customer.
        customer_id: CustomerId,
        /// The person's data it shows now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<ContactRef>,
        /// The metadata now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metadata: Option<Metadata>,
    },
    /// The person was erased, everywhere.
    CustomerErased {
        /// The customer.
        customer_id: CustomerId,
    },
}

impl CustomerEvent {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CustomerCreated { .. } => "CustomerCreated",
            Self::CustomerUpdated { .. } => "CustomerUpdated",
            Self::CustomerErased { .. } => "CustomerErased",
        }
    }
}

impl Customer {
    /// Fold one more event. A person who only appears on orders may be erased as well: that leaves a customer of whom
    /// nothing is known.
    pub fn evolve(state: Option<Self>, event: &CustomerEvent, at: Timestamp) -> Option<Self> {
        match event {
            CustomerEvent::CustomerCreated { customer_id, contact, metadata } => Some(Self {
                customer_id: customer_id.clone(),
                contact: Some(contact.clone()),
                metadata: metadata.clone(),
                created_at: at,
                updated_at: at,
                erased_at: None,
            }),
            CustomerEvent::CustomerUpdated { contact, metadata, .. } => {
                let mut customer = state?;
                if contact.is_some() {
                    customer.contact.clone_from(contact);
                }
                if let Some(metadata) = metadata {
                    customer.metadata.clone_from(metadata);
                }
                customer.updated_at = at;
                Some(customer)
            }
            CustomerEvent::CustomerErased { customer_id } => {
                let created_at = state.map_or(at, |customer| customer.created_at);
                Some(Self {
                    customer_id: customer_id.clone(),
                    contact: None,
                    metadata: Metadata::new(),
                    created_at,
                    updated_at: at,
                    erased_at: Some(at),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

    const START: Timestamp = Timestamp::constant(1_795_352_400, 0);

    fn contact(version: u64) -> ContactRef {
        ContactRef { contact_id: crate::ContactId::trusted("con_1".into()), version: Version(version) }
    }

    fn story(events: &[CustomerEvent]) -> Option<Customer> {
        events.iter().fold(None, |customer, event| Customer::evolve(customer, event, START))
    }

    #[test]
    fn an_erased_customer_points_to_nobody_and_may_come_back() {
        let customer_id = CustomerId::trusted("C1".into());
        let metadata: Metadata = [("tier".to_owned(), "gold".to_owned())].into();
        let created = CustomerEvent::CustomerCreated {
            customer_id: customer_id.clone(),
            contact: contact(1),
            metadata,
        };
        let updated = CustomerEvent::CustomerUpdated {
            customer_id: customer_id.clone(),
            contact: Some(contact(2)),
            metadata: None,
        };
        let erased = CustomerEvent::CustomerErased { customer_id };
        let now = story(&[created.clone(), updated.clone()]).unwrap();
        assert_eq!((now.contact, now.metadata.len()), (Some(contact(2)), 1));
        let gone = story(&[created.clone(), updated.clone(), erased.clone()]).unwrap();
        assert_eq!((gone.contact, gone.metadata.len(), gone.erased_at), (None, 0, Some(START)));
        assert_eq!(story(std::slice::from_ref(&erased)).unwrap().erased_at, Some(START));
        assert_eq!(story(&[erased, created]).unwrap().erased_at, None);
        assert_eq!(story(&[updated]), None);
    }
}
