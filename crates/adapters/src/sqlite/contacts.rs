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

use super::Sqlite;
use super::list::List;
use super::session::{self, array};

#[async_trait]
impl ContactReads for Sqlite {
    async fn contacts(&self, refs: &[ContactRef]) -> Result<BTreeMap<ContactId, Contact>, ReadError> {
        if refs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let pairs: Vec<(&str, u64)> = refs.iter().map(|r| (r.contact_id.as_str(), r.version.0)).collect();
        let pairs = serde_json::to_string(&pairs).map_err(|error| ReadError::Corrupt(error.to_string()))?;
        let sql = "SELECT c.contact_id, c.body FROM json_each(?1) AS wanted
                   CROSS JOIN contacts AS c ON c.contact_id = wanted.value ->> 0 AND c.version = wanted.value ->> 1
                   ORDER BY wanted.key";
        let read = |row: &rusqlite::Row<'_>| {
            Ok((ContactId::trusted(row.get::<_, String>(0)?.into()), session::json(row, 1)?))
        };
        let found = self.readers.read(move |session| session.all(sql, [pairs], read)).await?;
        Ok(found.into_iter().collect())
    }

    async fn contact(&self, id: &ContactId) -> Result<Option<Stored<Contact>>, ReadError> {
        let id = id.to_string();
        let sql = "SELECT body, version FROM contacts WHERE contact_id = ?1 ORDER BY version DESC LIMIT 1";
        self.readers.read(move |session| session.one(sql, [id], session::stored)).await
    }

    async fn contact_versions(&self, ids: &[ContactId]) -> Result<Vec<(Version, Contact)>, ReadError> {
        let ids = serde_json::to_string(ids).map_err(|error| ReadError::Corrupt(error.to_string()))?;
        let sql = "SELECT c.version, c.body FROM json_each(?1) AS wanted
                   CROSS JOIN contacts AS c ON c.contact_id = wanted.value ORDER BY wanted.key, c.version";
        let read = |row: &rusqlite::Row<'_>| Ok((Version(row.get(0)?), session::json(row, 1)?));
        self.readers.read(move |session| session.all(sql, [ids], read)).await
    }

    async fn customer(&self, id: &CustomerId) -> Result<Option<Stored<Customer>>, ReadError> {
        let id = id.to_string();
        let sql = "SELECT body, version FROM customers WHERE customer_id = ?1";
        self.readers.look_up(move |session| session.one(sql, [id], session::stored)).await
    }

    async fn customers_named(&self, ids: &[CustomerId]) -> Result<Vec<Stored<Customer>>, ReadError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let sql = "SELECT body, version FROM customers WHERE customer_id IN rarray(?1)";
        self.readers.read(move |session| session.all(sql, [array(ids)], session::stored)).await
    }

    async fn customers(&self, page: &PageRequest) -> Result<Page<Stored<Customer>>, ReadError> {
        let sort = ("customers.created_at", "customers.customer_id");
        let list = List::new("customers.body, customers.version", "customers", sort, true);
        list.read::<i64, String, _>(&self.readers, page, session::stored).await
    }

    async fn notes(&self, ids: &[NoteId]) -> Result<BTreeMap<NoteId, Note>, ReadError> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let sql = "SELECT note_id, body FROM notes WHERE note_id IN rarray(?1)";
        let read = |row: &rusqlite::Row<'_>| {
            Ok((NoteId::trusted(row.get::<_, String>(0)?.into()), session::json(row, 1)?))
        };
        let found = self.readers.read(move |session| session.all(sql, [array(ids)], read)).await?;
        Ok(found.into_iter().collect())
    }

    async fn holder(&self, claim: &Claim) -> Result<Option<StreamId>, ReadError> {
        let (kind, value) = (claim.kind.as_str(), claim.value.clone());
        let sql = "SELECT holder FROM claims WHERE kind = ?1 AND value = ?2";
        let read = |row: &rusqlite::Row<'_>| session::parsed(row, 0, StreamId::parse);
        self.readers.read(move |session| session.one(sql, (kind, value), read)).await
    }
}
