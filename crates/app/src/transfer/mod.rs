//! Files in: what shops bring along from where they were before. And tables out.

pub mod columns;
mod export;
mod import;
pub mod mapping;
mod past;
mod report;
mod shopify;

pub use export::{Cell, Table, guarded, unguarded};
pub use import::{ImportOptions, Progress};
pub use past::{
    ACTOR, ERRORS_KEPT_MAX, IMPORTS_LISTED_MAX, ImportRecord, PastError, PastOptions, PastReport, PastTold,
    Source, Tally, Witness, import_id, past_errors_csv,
};
pub use report::{Report, RowError, RowWarning, SheetRow, errors_csv};
pub use shopify::{METADATA_PREFIX, ROW_BYTES_MAX};

use crate::Room;

/// Files in.
#[derive(Clone)]
pub struct Transfer {
    room: Room,
}

impl Transfer {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}
