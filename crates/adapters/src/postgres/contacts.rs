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

use super::Postgres;
use super::list::List;
use super::session::{self, column, get, int, p, stored};

#[async_trait]
impl ContactReads for Postgres {
    async fn contacts(&self, refs: &[ContactRef]) -> Result<BTreeMap<ContactId, Contact>, ReadError> {
        if refs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids = column(refs, |r| r.contact_id.as_str());
        let versions = column(refs, |r| int(r.version.0));
        let sql = "SELECT contact_id, body FROM contacts
                   JOIN UNNEST($1, $2) WITH ORDINALITY AS wanted (contact_id, version, place)
                   USING (contact_id, version) ORDER BY place";
        let found = self
            .readers
            .all(sql, &[p(&ids), p(&versions)], |row| {
                Ok((ContactId::trusted(get::<String>(row, 0)?.into()), session::json(row, 1)?))
            })
            .await?;
        Ok(found.into_iter().collect())
    }

    async fn contact(&self, id: &ContactId) -> Result<Option<Stored<Contact>>, ReadError> {
        let sql = "SELECT body, version FROM contacts WHERE contact_id = $1 ORDER BY version DESC LIMIT 1";
        self.readers.first(sql, &[p(&id.as_str())], stored).await
    }

    async fn contact_versions(&self, ids: &[ContactId]) -> Result<Vec<(Version, Contact)>, ReadError> {
        let ids = column(ids, ContactId::as_str);
        let sql = "SELECT version, body FROM contacts
                   JOIN UNNEST($1) WITH ORDINALITY AS wanted (contact_id, place) USING (contact_id)
                   ORDER BY place, version";
        let read =
            |row: &tokio_postgres::Row| Ok((Version(session::number(row, 0)?), session::json(row, 1)?));
        self.readers.all(sql, &[p(&ids)], read).await
    }

    async fn customer(&self, id: &CustomerId) -> Result<Option<Stored<Customer>>, ReadError> {
        let sql = "SELECT body, version FROM customers WHERE customer_id = $1";
        self.readers.first(sql, &[p(&id.as_str())], stored).await
    }

    async fn customers_named(&self, ids: &[CustomerId]) -> Result<Vec<Stored<Customer>>, ReadError> {
        let ids = column(ids, CustomerId::as_str);
        let sql = "SELECT body, version FROM customers WHERE customer_id = ANY($1)";
        self.readers.all(sql, &[p(&ids)], stored).await
    }

    async fn customers(&self, page: &PageRequest) -> Result<Page<Stored<Customer>>, ReadError> {
        let sort = ("customers.created_at", "customers.customer_id");
        let list = List::new("customers.body, customers.version", "customers", sort, true);
        list.read::<i64, String, _>(&self.readers, page, stored).await
    }

    async fn notes(&self, ids: &[NoteId]) -> Result<BTreeMap<NoteId, Note>, ReadError> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids = column(ids, NoteId::as_str);
        let sql = "SELECT note_id, body FROM notes WHERE note_id = ANY($1)";
        let found = self
            .readers
            .all(sql, &[p(&ids)], |row| {
                Ok((NoteId::trusted(get::<String>(row, 0)?.into()), session::json(row, 1)?))
            })
            .await?;
        Ok(found.into_iter().collect())
    }

    async fn holder(&self, claim: &Claim) -> Result<Option<StreamId>, ReadError> {
        let sql = "SELECT holder FROM claims WHERE kind = $1 AND value = $2";
        let kind = claim.kind.as_str();
        let read = |row: &tokio_postgres::Row| session::parsed(row, 0, StreamId::parse);
        self.readers.first(sql, &[p(&kind), p(&claim.value)], read).await
    }
}
