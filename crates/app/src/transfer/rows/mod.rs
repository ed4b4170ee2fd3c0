//! Files whose rows each stand alone: customers, and stock. A row is known again by what it is named by, so importing a
//! file again changes nothing, and one that was stopped is simply imported again.

mod customers;
mod stock;

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use self::customers::People;
use self::stock::Shelves;
use super::header::{Header, Row, Wrong};
use super::mapping::{Mapping, MappingKind};
use super::past::scan;
use super::table::Table;
use super::told::{ImportError, ImportTold, Witness};
use super::{ImportOptions, Source, Transfer};
use crate::caller::Caller;
use crate::error::{Kind, Problem};

/// Rows that are read together.
const ROWS_TOGETHER: usize = 512;
/// Rows under way at the same time; their commits share the store's writes.
const ROWS_AT_ONCE: usize = 128;
/// Columns that a warning names.
const COLUMNS_NAMED_MAX: usize = 20;

/// What became of a file. `created` + `updated` + `unchanged` + `empty` + every `skipped` are all rows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsReport {
    /// What the rows are of.
    pub of: MappingKind,
    /// Whether nothing was written, only looked at.
    pub dry_run: bool,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// Rows of the file without the header and without blank ones.
    pub rows: u64,
    /// Rows that made something.
    pub created: u64,
    /// Rows that changed something.
    pub updated: u64,
    /// Rows that say what is so already.
    pub unchanged: u64,
    /// Rows that say nothing, such as a level that is not stocked.
    pub empty: u64,
    /// Rows that were not taken, by the reason.
    pub skipped: BTreeMap<String, u64>,
    /// What was not read of the file.
    pub warnings: u64,
}

/// What a row did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Did {
    Create,
    Update,
    Nothing,
    SayNothing,
}

/// Why a row was not taken, or why none can be.
enum Failed {
    Row(String, String),
    All(Problem),
}

impl From<Wrong> for Failed {
    fn from((code, message): Wrong) -> Self {
        Self::Row(code.to_owned(), message)
    }
}

/// A store that is away is no fault of a row.
impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        if matches!(problem.kind, Kind::Busy | Kind::Internal | Kind::Unauthorized) {
            return Self::All(problem);
        }
        match problem.errors.first() {
            None => Self::Row(problem.code.to_owned(), problem.detail),
            Some(first) => {
                let place = |pointer: &str| pointer.trim_start_matches('/').replace('/', ".");
                let told =
                    problem.errors.iter().map(|fault| format!("{}: {}", place(&fault.pointer), fault.detail));
                Self::Row(first.code.to_owned(), told.collect::<Vec<_>>().join("; "))
            }
        }
    }
}

/// Who takes the rows in.
enum Taker<'t> {
    Customers(People<'t>),
    Stock(Shelves),
}

impl Taker<'_> {
    /// What two rows may not be at the same time.
    fn key(&self, header: &Header, row: &Row) -> String {
        match self {
            Self::Customers(_) => customers::key(header, row),
            Self::Stock(_) => stock::key(header, row),
        }
    }

    async fn take(&self, header: &Header, (row, wrong): &Read, dry_run: bool) -> Result<Did, Failed> {
        if let Some(wrong) = wrong {
            return Err(wrong.clone().into());
        }
        match self {
            Self::Customers(people) => people.take(header, row, dry_run).await,
            Self::Stock(shelves) => shelves.take(header, row, dry_run).await,
        }
    }
}

impl Transfer {
    /// Import customers or stock. `witness` hears of rows that are wrong, of columns of which nothing is read, and how far
    /// it is. Of two rows with one name the later one stands.
    ///
    /// Problems: `not_such_a_file` names what is missing; nothing is imported then. A store that is away ends the import
    /// where it stands; importing the file again goes on from there.
    pub async fn import_rows(
        &self,
        caller: &Caller,
        source: &dyn Source,
        mapping: &Mapping,
        options: ImportOptions,
        witness: &mut dyn Witness,
    ) -> Result<RowsReport, Problem> {
        let taker = match mapping.kind {
            MappingKind::Customers => Taker::Customers(People::of(caller, &self.customers)?),
            MappingKind::Stock => Taker::Stock(Shelves::of(caller, &self.room).await?),
            MappingKind::Orders | MappingKind::Products => {
                let detail = format!(
                    "the mapping '{}' is of {}, not of customers or stock",
                    mapping.name,
                    mapping.kind.noun()
                );
                return Err(Problem::new(Kind::Invalid, "bad_mapping", detail));
            }
        };
        let (sha256, total) = scan(source, mapping)?;
        let report = RowsReport::new(mapping.kind, options.dry_run, sha256);
        Run { taker, report, total, witness }.all(source, mapping).await
    }
}

/// An import under way.
struct Run<'r> {
    taker: Taker<'r>,
    report: RowsReport,
    total: u64,
    witness: &'r mut dyn Witness,
}

impl Run<'_> {
    async fn all(mut self, source: &dyn Source, mapping: &Mapping) -> Result<RowsReport, Problem> {
        let mut table = Table::open(source, mapping)?;
        let header = table.header.clone();
        let columns: Vec<String> = header.kept().map(|(_, name)| name.to_owned()).collect();
        self.witness.hear(ImportTold::Columns(&columns));
        self.tell_unread(&header);
        let mut first = None;
        loop {
            let (rows, next) = self.together(&mut table, &header, first.take())?;
            first = next;
            if rows.is_empty() {
                break;
            }
            self.take(&header, &rows).await?;
            let skipped = self.report.rows_skipped();
            self.witness.hear(ImportTold::Progress { done: self.report.rows, total: self.total, skipped });
            if !self.witness.is_listening().await {
                let detail = "nobody listens to the import any more; import the file again: what was taken in is known";
                return Err(Problem::new(Kind::Busy, "import_stopped", detail));
            }
        }
        if table.sha256() != self.report.sha256 {
            let detail = "the file changed while it was read; import it again";
            return Err(Problem::new(Kind::Conflict, "file_changed", detail));
        }
        Ok(self.report)
    }

    /// The next rows, up to one that is named like another of them: it is taken after that one. Blank rows are none.
    fn together(
        &self,
        table: &mut Table,
        header: &Header,
        first: Option<Read>,
    ) -> Result<(Vec<Read>, Option<Read>), Problem> {
        let mut names = std::collections::HashSet::new();
        let mut rows: Vec<Read> = Vec::with_capacity(ROWS_TOGETHER);
        let mut waiting = first;
        while rows.len() < ROWS_TOGETHER {
            let Some(read) = waiting.take().map_or_else(|| table.next(), |read| Ok(Some(read)))? else {
                break;
            };
            if read.0.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if !names.insert(self.taker.key(header, &read.0)) {
                return Ok((rows, Some(read)));
            }
            rows.push(read);
        }
        Ok((rows, None))
    }

    async fn take(&mut self, header: &Header, rows: &[Read]) -> Result<(), Problem> {
        let (taker, dry_run) = (&self.taker, self.report.dry_run);
        let one = |read| taker.take(header, read, dry_run);
        let under_way: Vec<_> = rows.iter().map(one).collect();
        let done: Vec<_> = stream::iter(under_way).buffered(ROWS_AT_ONCE).collect().await;
        for ((row, _), done) in rows.iter().zip(done) {
            self.note(header, row, done)?;
        }
        Ok(())
    }

    fn note(&mut self, header: &Header, row: &Row, done: Result<Did, Failed>) -> Result<(), Problem> {
        let count = match done {
            Ok(Did::Create) => &mut self.report.created,
            Ok(Did::Update) => &mut self.report.updated,
            Ok(Did::Nothing) => &mut self.report.unchanged,
            Ok(Did::SayNothing) => &mut self.report.empty,
            Err(Failed::All(problem)) => return Err(problem),
            Err(Failed::Row(code, message)) => {
                let cells = header.kept().map(|(at, _)| row.cells.get(at).cloned().unwrap_or_default());
                let error = ImportError { row: row.row, cells: cells.collect(), code: code.clone(), message };
                self.witness.hear(ImportTold::Error(&error));
                self.report.skipped.entry(code).or_default()
            }
        };
        *count = count.saturating_add(1);
        self.report.rows = self.report.rows.saturating_add(1);
        Ok(())
    }

    /// Nothing of a file is dropped in silence.
    fn tell_unread(&mut self, header: &Header) {
        let unread: Vec<&str> = header.unread().filter(|name| !name.trim().is_empty()).collect();
        if unread.is_empty() {
            return;
        }
        let named: Vec<&str> = unread.iter().take(COLUMNS_NAMED_MAX).copied().collect();
        let more = match unread.len().saturating_sub(named.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!("nothing is read from the columns {}{more}", named.join(", "));
        self.report.warnings = self.report.warnings.saturating_add(1);
        self.witness.hear(ImportTold::Warning { row: 1, code: "columns_unread", message: &message });
    }
}

/// A row, and what is wrong with its shape.
type Read = (Row, Option<Wrong>);

impl RowsReport {
    fn new(of: MappingKind, dry_run: bool, sha256: String) -> Self {
        let (rows, created, updated, unchanged, empty, warnings) = (0, 0, 0, 0, 0, 0);
        let skipped = BTreeMap::new();
        Self { of, dry_run, sha256, rows, created, updated, unchanged, empty, skipped, warnings }
    }

    /// Rows that were not taken.
    pub fn rows_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }
}
