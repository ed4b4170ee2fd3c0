//! Documents that are named by their SHA-256 instead of being sent again (automatic persisted queries). Each node keeps
//! those it was sent in memory; who names one that it does not know is asked to send it once more.

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sutler_app::{Kind, Problem};
use sutler_domain::Fault;

use super::error::Refused;

/// Bytes of documents that are kept, roughly; those asked for least make room.
pub const PERSISTED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Bytes of one document that is kept; a longer one runs, and has to be sent each time.
pub const PERSISTED_ONE_BYTES_MAX: usize = 64 * 1024;

/// What an entry weighs beside its text.
const ENTRY_BYTES: u64 = 128;

/// The name of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named(String);

impl Named {
    /// Read `{version: 1, sha256Hash}`.
    pub(super) fn of(value: &Value) -> Result<Self, Problem> {
        let hash = value.get("sha256Hash").and_then(Value::as_str).map(str::to_ascii_lowercase);
        let is_hash = |hash: &String| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        let is_known = value.get("version").and_then(Value::as_u64) == Some(1);
        hash.filter(|hash| is_known && is_hash(hash)).map(Self).ok_or_else(|| {
            let detail =
                "'persistedQuery' is {version: 1, sha256Hash}: the SHA-256 of the document as 64 hex digits";
            Problem::invalid(vec![Fault::invalid("/extensions/persistedQuery", detail)])
        })
    }
}

/// The documents that are kept.
pub(crate) struct Persisted(Cache<String, String, Weight>);

#[derive(Clone)]
struct Weight;

impl Weighter<String, String> for Weight {
    fn weight(&self, _: &String, text: &String) -> u64 {
        u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_add(ENTRY_BYTES)
    }
}

impl Default for Persisted {
    fn default() -> Self {
        let about = usize::try_from(PERSISTED_BYTES_MAX / 1024).unwrap_or(1);
        Self(Cache::with_weighter(about, PERSISTED_BYTES_MAX, Weight))
    }
}

impl Persisted {
    /// The document that was sent, kept under its name if it has one; or else the one that is kept.
    pub(super) fn find(&self, sent: Option<String>, named: Option<&Named>) -> Result<String, Refused> {
        let Some(Named(hash)) = named else { return Ok(sent.unwrap_or_default()) };
        let Some(text) = sent else {
            return self.0.get(hash).ok_or_else(|| {
                // The words are those that clients look for.
                let detail = "PersistedQueryNotFound";
                Problem::new(Kind::NotFound, "persisted_query_not_found", detail).into()
            });
        };
        if hex::encode(Sha256::digest(text.as_bytes())) != *hash {
            let detail = "'sha256Hash' is not the SHA-256 of 'query'";
            let fault = Fault::invalid("/extensions/persistedQuery/sha256Hash", detail);
            return Err(Problem::invalid(vec![fault]).into());
        }
        if text.len() <= PERSISTED_ONE_BYTES_MAX {
            self.0.insert(hash.clone(), text.clone());
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(text: &str) -> Named {
        let hash = hex::encode_upper(Sha256::digest(text.as_bytes()));
        Named::of(&json!({ "version": 1, "sha256Hash": hash })).unwrap()
    }

    #[test]
    fn a_document_is_sent_once_and_then_named() {
        let (kept, text) = (Persisted::default(), "{ whoami { actor } }");
        let found = |sent: Option<&str>, name: &Named| kept.find(sent.map(str::to_owned), Some(name));
        let unknown = found(None, &named(text)).unwrap_err();
        assert_eq!(unknown.problem.code, "persisted_query_not_found");
        assert_eq!(found(Some(text), &named(text)).unwrap(), text);
        assert_eq!(found(None, &named(text)).unwrap(), text);
        assert_eq!(found(Some("{ other }"), &named(text)).unwrap_err().problem.code, "validation_failed");
        assert_eq!(found(None, &named(text)).unwrap(), text);
    }

    #[test]
    fn a_long_document_runs_and_is_not_kept() {
        let (kept, long) = (Persisted::default(), "#".repeat(PERSISTED_ONE_BYTES_MAX + 1));
        assert_eq!(kept.find(Some(long.clone()), Some(&named(&long))).unwrap(), long);
        assert!(kept.find(None, Some(&named(&long))).is_err());
    }

    #[test]
    fn a_name_is_the_hash_of_a_known_kind() {
        let hash = "a".repeat(64);
        for bad in [
            json!({ "version": 2, "sha256Hash": hash }),
            json!({ "version": 1, "sha256Hash": "abc" }),
            json!({ "version": 1 }),
            json!("x"),
        ] {
            assert_eq!(Named::of(&bad).unwrap_err().code, "validation_failed", "{bad}");
        }
    }
}
