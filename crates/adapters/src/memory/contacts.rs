//! Reads of persons and notes, and of who holds a name.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sutler_app::commit::Claim;
use sutler_app::customers::{Contact, Note};
use sutler_app::ports::{ContactReads, ReadError, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::orders::ContactRef;
use sutler_domain::{ContactId, NoteId, Version};

use super::Memory;

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

    async fn notes(&self, ids: &[NoteId]) -> Result<BTreeMap<NoteId, Note>, ReadError> {
        let state = self.state.lock();
        Ok(ids.iter().filter_map(|id| Some((id.clone(), state.notes.get(id)?.clone()))).collect())
    }

    async fn holder(&self, claim: &Claim) -> Result<Option<StreamId>, ReadError> {
        Ok(self.state.lock().heads.holder(claim).cloned())
    }
}
