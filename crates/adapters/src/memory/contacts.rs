//! Reads of persons and notes, and of who holds a name.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sutler_app::commit::Claim;
use sutler_app::customers::{Contact, Note};
use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::{ContactReads, ReadError, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::customers::Customer;
use sutler_domain::orders::ContactRef;
use sutler_domain::{ContactId, CustomerId, NoteId, Version};

use super::Memory;
use super::page::cut;

#[async_trait]
impl ContactReads for Memory {
    async fn contacts(&self, refs: &[ContactRef]) -> Result<BTreeMap<ContactId, Contact>, ReadError> {
        let state = self.state.lock();
        let found = refs.iter().filter_map(|one| {
            let contact = state.contacts.get(&(one.contact_id.clone(), one.version))?;
            Some((one.contact_id.clone(), contact.clone()))
        });
        Ok(found.collect())
    }

    async fn contact(&self, id: &ContactId) -> Result<Option<Stored<Contact>>, ReadError> {
        let state = self.state.lock();
        let versions = (id.clone(), Version(0))..=(id.clone(), Version(u64::MAX));
        let newest = state.contacts.range(versions).next_back();
        Ok(newest.map(|(_, contact)| state.stored(&StreamId::from(id), contact.clone())))
    }

    async fn contact_versions(&self, ids: &[ContactId]) -> Result<Vec<(Version, Contact)>, ReadError> {
        let state = self.state.lock();
        let of = |id: &ContactId| {
            let versions = (id.clone(), Version(0))..=(id.clone(), Version(u64::MAX));
            let found = state.contacts.range(versions);
            found.map(|((_, version), contact)| (*version, contact.clone())).collect::<Vec<_>>()
        };
        Ok(ids.iter().flat_map(of).collect())
    }

    async fn customer(&self, id: &CustomerId) -> Result<Option<Stored<Customer>>, ReadError> {
        let state = self.state.lock();
        Ok(state.customers.get(id).map(|one| state.stored(&StreamId::from(id), one.clone())))
    }

    async fn customers_named(&self, ids: &[CustomerId]) -> Result<Vec<Stored<Customer>>, ReadError> {
        let state = self.state.lock();
        let known = ids.iter().filter_map(|id| state.customers.get(id));
        Ok(known.map(|one| state.stored(&StreamId::from(&one.customer_id), one.clone())).collect())
    }

    async fn customers(&self, page: &PageRequest) -> Result<Page<Stored<Customer>>, ReadError> {
        let state = self.state.lock();
        let row = |one: &Customer| {
            let key = (one.created_at.as_microsecond(), one.customer_id.to_string());
            (key, state.stored(&StreamId::from(&one.customer_id), one.clone()))
        };
        cut(state.customers.values().map(row).collect(), true, page)
    }

    async fn notes(&self, ids: &[NoteId]) -> Result<BTreeMap<NoteId, Note>, ReadError> {
        let state = self.state.lock();
        Ok(ids.iter().filter_map(|id| Some((id.clone(), state.notes.get(id)?.clone()))).collect())
    }

    async fn holder(&self, claim: &Claim) -> Result<Option<StreamId>, ReadError> {
        Ok(self.state.lock().heads.holder(claim).cloned())
    }
}
