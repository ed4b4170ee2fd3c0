//! One import from its first row to its last.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use sutler_domain::{Currency, LocationId};

use super::flight::{Flight, Landed, Load};
use super::groups::{Group, Groups};
use super::ledger::Ledger;
use super::lines::{Fate, Line, Lines, Reader, differences};
use super::sketch::KnownVariant;
use super::tally::{ImportRecord, PastReport};
use super::{ACTOR, PastOptions, import_id};
use crate::Room;
use crate::caller::Caller;
use crate::commit::{Change, ClaimKind, Commit, Expect, Refused, View};
use crate::error::{Kind, Problem};
use crate::inventory::Inventory;
use crate::stream::{StreamId, StreamKind};
use crate::transfer::header::Header;
use crate::transfer::mapping::Mapping;
use crate::transfer::source::Source;
use crate::transfer::table::Table;
use crate::transfer::told::{ERRORS_KEPT_MAX, ImportError, ImportTold, Witness};

/// Rows between two words about how far it is.
const TOLD_EVERY: u64 = 1_000;
/// How often what the door refused is tried again.
const TRIES: u32 = 5;
/// How long to wait for a door that is full.
const BUSY_WAIT: Duration = Duration::from_millis(50);

/// An import under way.
pub(super) struct Run<'r> {
    pub(super) room: &'r Room,
    pub(super) reader: Reader<'r>,
    pub(super) options: PastOptions,
    pub(super) header: Arc<Header>,
    pub(super) location_id: LocationId,
    pub(super) known: HashMap<String, Option<KnownVariant>>,
    pub(super) flight: Flight,
    pub(super) ledger: Ledger,
    pub(super) report: PastReport,
    causation: Option<String>,
    record: ImportRecord,
    total: u64,
    witness: &'r mut dyn Witness,
}

impl<'r> Run<'r> {
    pub(super) async fn begin(
        room: &'r Room,
        caller: &Caller,
        mapping: &'r Mapping,
        options: PastOptions,
        (sha256, total): (String, u64),
        witness: &'r mut dyn Witness,
    ) -> Result<Self, Problem> {
        let import_id = import_id(&sha256, &mapping.name);
        let before = room.ports.imports.import(&import_id).await?.map(|stored| stored.value);
        // One that came to its end is looked through anew: what was not to be taken then may be taken now.
        let stopped = before.filter(|record| record.report.is_none() && !options.again && !options.dry_run);
        let resumed_after = stopped.map_or(0, |record| record.row);
        let location_id = Inventory::new(room.clone()).location_or_default(None).await?;
        let record = ImportRecord {
            import_id,
            sha256: sha256.clone(),
            mapping: mapping.name.clone(),
            row: resumed_after,
            updated_at: room.now(),
            report: None,
            errors: Vec::new(),
            columns: Vec::new(),
        };
        let report = PastReport { dry_run: options.dry_run, sha256, resumed_after, ..PastReport::default() };
        Ok(Self {
            room,
            reader: Reader::of(mapping, room.settings.currency),
            options,
            header: Arc::default(),
            location_id,
            known: HashMap::new(),
            flight: Flight::default(),
            ledger: Ledger::default(),
            report,
            causation: Some(caller.request_id.clone()).filter(|id| !id.is_empty()),
            record,
            total,
            witness,
        })
    }

    /// Take in the whole file.
    pub(super) async fn all(&mut self, source: &dyn Source) -> Result<PastReport, Problem> {
        let table = Table::open(source, self.reader.mapping)?;
        self.header = Arc::clone(&table.header);
        self.record.columns = self.header.kept().map(|(_, name)| name.to_owned()).collect();
        self.witness.hear(ImportTold::Columns(&self.record.columns));
        let mut groups = Groups::of(table, self.room.settings.import_lines_max);
        let mut told_at = 0;
        while let Some(group) = groups.next()? {
            let rows = u64::try_from(group.rows.len()).unwrap_or(u64::MAX);
            self.report.rows = self.report.rows.saturating_add(rows);
            self.warn(&group);
            self.take(group).await?;
            while let Some(landed) = self.flight.landed_already().await {
                self.land(landed).await?;
            }
            while self.flight.is_full() {
                let Some(landed) = self.flight.landed().await else { break };
                self.land(landed).await?;
            }
            if self.report.rows.saturating_sub(told_at) >= TOLD_EVERY {
                told_at = self.report.rows;
                self.tell_progress();
            }
            if !self.witness.is_listening().await {
                self.settle().await?;
                let detail =
                    "nobody listens to the import any more; importing the file again goes on from there";
                return Err(Problem::new(Kind::Busy, "import_stopped", detail));
            }
        }
        self.settle().await?;
        if groups.table.sha256() != self.report.sha256 {
            let detail = "the file changed while it was read; import it again";
            return Err(Problem::new(Kind::Conflict, "file_changed", detail));
        }
        self.tell_progress();
        self.end().await?;
        Ok(self.report.clone())
    }

    fn tell_progress(&mut self) {
        let skipped = self.report.rows_skipped();
        self.witness.hear(ImportTold::Progress { done: self.report.rows, total: self.total, skipped });
    }

    fn warn(&mut self, group: &Group) {
        for (row, (code, message)) in differences(&self.header, group) {
            self.report.warnings = self.report.warnings.saturating_add(1);
            self.witness.hear(ImportTold::Warning { row, code, message: &message });
        }
    }

    /// Take in one order, one cancellation, or what was lost.
    async fn take(&mut self, group: Group) -> Result<(), Problem> {
        let lines = self.reader.lines(&self.header, &group);
        if lines.is_cancellation && !lines.is_broken {
            return self.take_back(group, lines).await;
        }
        let is_wrong = |(_, fate): &(Line, Fate)| matches!(fate, Fate::Wrong(_));
        if lines.all.iter().any(is_wrong) {
            self.refuse(&group, &lines, None);
            return Ok(());
        }
        if lines.all.iter().any(|(_, fate)| *fate == Fate::Lost) {
            self.take_lost(&group, &lines).await?;
        }
        if lines.all.iter().any(|(_, fate)| *fate == Fate::Sold) {
            self.take_order(group, lines).await?;
        }
        Ok(())
    }

    /// Whether an order that begins in this row is in the store since before this run.
    pub(super) fn is_resumed(&self, group: &Group) -> bool {
        group.first_row() <= self.report.resumed_after
    }

    /// A commit of imported history, with how far the import then is.
    pub(super) fn commit(&self, group: &Group) -> Commit {
        // How far it is, and no more: the rows that were not taken are told once, at the end.
        let record = ImportRecord {
            import_id: self.record.import_id.clone(),
            sha256: self.record.sha256.clone(),
            mapping: self.record.mapping.clone(),
            row: group.first_row(),
            updated_at: self.record.updated_at,
            report: None,
            errors: Vec::new(),
            columns: Vec::new(),
        };
        let stream = StreamId::new(StreamKind::Import, record.import_id.as_str());
        let commit =
            Commit { actor: ACTOR.to_owned(), causation: self.causation.clone(), ..Commit::default() };
        commit.change(Change::record(stream, Expect::Any, View::Import(Box::new(record))))
    }

    /// An order that is wrong is not taken at all: all its rows are told of, the right ones without a reason.
    pub(super) fn refuse(&mut self, group: &Group, lines: &Lines, whole: Option<(&str, &str)>) {
        for (place, (line, fate)) in lines.all.iter().enumerate() {
            match (fate, whole) {
                (Fate::Lost, Some(_)) => {}
                (Fate::Wrong((code, message)), _) => self.list(group, line, lines.currency, (code, message)),
                (_, Some(told)) if place == 0 => self.list(group, line, lines.currency, told),
                _ => self.list(group, line, lines.currency, ("", "")),
            }
        }
    }

    /// A row that was not taken.
    pub(super) fn list(
        &mut self,
        group: &Group,
        line: &Line,
        currency: Currency,
        (code, message): (&str, &str),
    ) {
        let reason = if code.is_empty() { "order_not_taken" } else { code };
        let tally = self.report.skipped.entry(reason.to_owned()).or_default();
        tally.add(currency.code(), line.quantity, line.amount);
        let row = group.rows.iter().find(|row| row.row == line.row);
        let cells = row.map_or_else(Vec::new, |row| {
            self.header.kept().map(|(index, _)| row.cells.get(index).cloned().unwrap_or_default()).collect()
        });
        let error = ImportError { row: line.row, cells, code: code.to_owned(), message: message.to_owned() };
        self.witness.hear(ImportTold::Error(&error));
        if self.record.errors.len() < ERRORS_KEPT_MAX {
            self.record.errors.push(error);
        }
    }

    /// Wait for all that is on its way.
    pub(super) async fn settle(&mut self) -> Result<(), Problem> {
        while let Some(landed) = self.flight.landed().await {
            self.land(landed).await?;
        }
        Ok(())
    }

    /// Wait until nothing of somebody is on its way. What was sent after it stays there.
    pub(super) async fn wait_for(&mut self, key: Option<&String>) -> Result<(), Problem> {
        while key.is_some_and(|key| self.flight.is_busy(key)) {
            let Some(landed) = self.flight.landed().await else { break };
            self.land(landed).await?;
        }
        Ok(())
    }

    async fn land(&mut self, landed: Landed) -> Result<(), Problem> {
        let Landed { group, load, result, .. } = landed;
        match (result, load) {
            (Ok(_), Load::Order { tally }) => {
                self.report.orders = self.report.orders.saturating_add(1);
                self.report.orders_new = self.report.orders_new.saturating_add(1);
                self.report.taken.merge(&tally);
            }
            (Ok(_), Load::Back { matched, refunds, unmatched }) => {
                self.report.canceled.merge(&matched);
                self.report.refunds_new = self.report.refunds_new.saturating_add(refunds);
                self.list_unmatched(&group, &unmatched);
            }
            (Ok(_), Load::Lost) => {}
            // Known since before.
            (Err(Refused::Taken { claim, .. }), Load::Lost) if claim.kind == ClaimKind::ImportEntry => {}
            (Err(Refused::Moved { stream, .. }), Load::Order { tally })
                if stream.kind() == StreamKind::Order =>
            {
                self.find_known(group, &tally).await?;
            }
            (Err(Refused::Taken { claim, .. }), Load::Order { tally })
                if claim.kind == ClaimKind::OrderReference =>
            {
                self.find_known(group, &tally).await?;
            }
            (Err(Refused::Unavailable(reason)), _) => return Err(Refused::Unavailable(reason).into()),
            // Somebody else was faster, or the door is full: once more, when what is on its way has landed.
            (Err(refused), _) => self.again(group, refused).await?,
        }
        Ok(())
    }

    /// Boxed, since what it does may end here again.
    fn again(&mut self, mut group: Group, refused: Refused) -> BoxFuture<'_, Result<(), Problem>> {
        let again = async move {
            group.tries = group.tries.saturating_add(1);
            if group.tries > TRIES {
                return Err(refused.into());
            }
            if refused == Refused::Busy {
                self.room.ports.clock.sleep(BUSY_WAIT).await;
            }
            self.settle().await?;
            self.take(group).await
        };
        again.boxed()
    }

    /// The file is at its end: say so, with what became of it.
    async fn end(&mut self) -> Result<(), Problem> {
        if self.options.dry_run {
            return Ok(());
        }
        let record = ImportRecord {
            row: self.total.saturating_add(1),
            updated_at: self.room.now(),
            report: Some(self.report.clone()),
            ..self.record.clone()
        };
        let stream = StreamId::new(StreamKind::Import, record.import_id.as_str());
        let commit =
            Commit { actor: ACTOR.to_owned(), causation: self.causation.clone(), ..Commit::default() };
        let change = Change::record(stream, Expect::Any, View::Import(Box::new(record)));
        self.room.ports.store.commit(commit.change(change)).await?;
        Ok(())
    }
}
