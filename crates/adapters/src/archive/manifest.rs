//! What an archive says of itself.

use serde::{Deserialize, Serialize};

use super::error::ArchiveError;

/// The database in an archive.
pub const DATABASE: &str = "sutler.db";

/// The largest manifest; a real one has less than a kibibyte.
pub const MANIFEST_BYTES_MAX: u64 = 64 * 1024;

/// The entry with the manifest.
pub(super) const NAME: &str = "manifest.json";

/// The files that an archive may hold, in their order.
pub(super) const FILES: [&str; 2] = [DATABASE, crate::erasures::FILE];

/// What says that an archive is ours.
const KIND: &str = "sutler-backup";

/// The form of archives that this binary writes, and the newest that it reads.
const FORMAT: u32 = 1;

/// What is known of the database that an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The version of the program that made it.
    pub sutler: String,
    /// Migrations in the database.
    pub schema: i64,
    /// The epoch of its log.
    pub epoch: String,
    /// The position of its last event.
    pub position: u64,
    /// The hash of its last event, in hex.
    pub hash: String,
    /// The moment it shows (RFC 3339, UTC).
    pub created_at: String,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of it, in hex.
    pub sha256: String,
}

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    kind: String,
    /// The form of the archive.
    pub format: u32,
    /// The database in it.
    #[serde(flatten)]
    pub facts: Facts,
    /// What follows, in this order.
    pub files: Vec<FileFacts>,
}

/// The part that every form has: what is read before anything else is believed.
#[derive(Deserialize)]
struct Head {
    kind: String,
    format: u32,
}

impl Manifest {
    pub(super) fn new(facts: Facts, files: Vec<FileFacts>) -> Self {
        Self { kind: KIND.to_owned(), format: FORMAT, facts, files }
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let head: Head = serde_json::from_slice(bytes).map_err(|_| ArchiveError::NotABackup)?;
        if head.kind != KIND {
            return Err(ArchiveError::NotABackup);
        }
        if head.format > FORMAT {
            return Err(ArchiveError::NewerFormat { found: head.format, known: FORMAT });
        }
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| ArchiveError::Damaged(format!("its manifest cannot be read: {error}")))?;
        if manifest.files.iter().map(|file| file.name.as_str()).ne(FILES) {
            return Err(ArchiveError::Damaged(format!("it does not hold {}", FILES.join(" and "))));
        }
        Ok(manifest)
    }
}
