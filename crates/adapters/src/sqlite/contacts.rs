//! Reads of persons and notes, and of who holds a name.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sutler_app::commit::Claim;
use sutler_app::customers::{Contact, Note};
use sutler_app::ports::{ContactReads, ReadError, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::orders::ContactRef;
use sutler_domain::{ContactId, NoteId};

use super::Sqlite;
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
