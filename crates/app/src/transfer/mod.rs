//! Files in: what shops bring along from where they were before. And tables out.
//!
//! Products are rows that belong together (`shopify`), orders are rows at their own times (`past`), customers and stock
//! are rows that each stand alone (`rows`).

pub mod columns;
mod export;
mod header;
mod import;
pub mod mapping;
mod past;
mod person;
mod report;
mod rows;
mod shopify;
mod source;
mod table;
mod told;

pub use export::{Cell, Table, guarded, unguarded};
pub use import::{ImportOptions, Progress};
pub use past::{ACTOR, IMPORTS_LISTED_MAX, ImportRecord, PastOptions, PastReport, Tally, import_id};
pub use report::{Report, RowError, RowWarning, SheetRow, errors_csv};
pub use rows::RowsReport;
pub use shopify::{METADATA_PREFIX, ROW_BYTES_MAX};
pub use source::Source;
pub use told::{ERRORS_KEPT_MAX, ImportError, ImportTold, Witness, import_errors_csv};

use crate::Room;
use crate::customers::Customers;

/// Files in.
#[derive(Clone)]
pub struct Transfer {
    room: Room,
    customers: Customers,
}

impl Transfer {
    pub(crate) const fn new(room: Room, customers: Customers) -> Self {
        Self { room, customers }
    }
}
