//! Orders that were placed elsewhere, from a file: as they were, at their own times, each in one commit, and none of
//! them twice.
//!
//! The file is read twice. The first time it is only judged as a whole, so that a file that is none of its mapping's
//! changes nothing. The second time order after order goes through the door, many on their way at once, in the order of
//! the file; with each goes the row it begins in, so that an import that died goes on where it stopped.

mod cancel;
mod clock;
mod flight;
mod groups;
mod ledger;
mod lines;
mod names;
mod orders;
mod run;
mod sketch;
mod sums;
mod take_back;
mod tally;

use futures::FutureExt;
use sutler_domain::ImportId;

pub(super) use names::chosen;
pub use tally::{ImportRecord, PastReport, Tally};

use self::run::Run;
use super::mapping::{Mapping, MappingKind};
use super::table::Table;
use super::{Source, Transfer, Witness};
use crate::caller::Caller;
use crate::error::{Kind, Problem};

/// The actor of everything that is imported history.
pub const ACTOR: &str = "import";

/// How to import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PastOptions {
    /// Only look: judge every row and write nothing.
    pub dry_run: bool,
    /// Begin at the first row, wherever an earlier import of the file stopped.
    pub again: bool,
}

/// Which import: the same for the same file and mapping.
pub fn import_id(sha256: &str, mapping: &str) -> ImportId {
    names::derived(jiff::Timestamp::UNIX_EPOCH, &["import", sha256, mapping])
}

impl Transfer {
    /// Import orders that were placed elsewhere. `witness` hears of rows that are wrong, of what was taken otherwise
    /// than it stands in the file, and how far it is.
    ///
    /// Problems: `not_such_a_file` names what is missing; nothing is imported then. A store that is away ends the
    /// import where it stands; importing the file again goes on from there.
    pub async fn import_past(
        &self,
        caller: &Caller,
        source: &dyn Source,
        mapping: &Mapping,
        options: PastOptions,
        witness: &mut dyn Witness,
    ) -> Result<PastReport, Problem> {
        for scope in ["orders:write", "customers:write", "inventory:write"] {
            caller.may(scope)?;
        }
        if mapping.kind != MappingKind::Orders {
            let detail =
                format!("the mapping '{}' is of {}, not of orders", mapping.name, mapping.kind.noun());
            return Err(Problem::new(Kind::Invalid, "bad_mapping", detail));
        }
        let (sha256, rows) = scan(source, mapping)?;
        let mut run = Run::begin(&self.room, caller, mapping, options, (sha256, rows), witness).await?;
        // Boxed: what it holds across its waits is large.
        run.all(source).boxed().await
    }
}

/// Imports of a list, at most.
pub const IMPORTS_LISTED_MAX: u32 = 100;

impl Transfer {
    /// How far an import is, or what became of it.
    pub async fn import(&self, caller: &Caller, id: &ImportId) -> Result<ImportRecord, Problem> {
        caller.may("orders:read")?;
        let known = self.room.ports.imports.import(id).await?;
        known.map(|stored| stored.value).ok_or_else(|| Problem::not_found("import", id))
    }

    /// The imports that were written to last, the newest first.
    pub async fn imports(&self, caller: &Caller) -> Result<Vec<ImportRecord>, Problem> {
        caller.may("orders:read")?;
        let rows = self.room.ports.imports.imports(IMPORTS_LISTED_MAX).await?;
        Ok(rows.into_iter().map(|stored| stored.value).collect())
    }
}

/// Judge a file as a whole: its SHA-256 and how many rows it has.
pub(super) fn scan(source: &dyn Source, mapping: &Mapping) -> Result<(String, u64), Problem> {
    let mut table = Table::open(source, mapping)?;
    let mut rows = 0u64;
    while table.next()?.is_some() {
        rows = rows.saturating_add(1);
    }
    Ok((table.sha256(), rows))
}
