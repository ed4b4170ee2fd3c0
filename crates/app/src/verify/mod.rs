//! Whether what is stored is true: everything is computed anew from the log and the journal, and compared.
//!
//! Two walks over one moment of the store, a page at a time, so that memory does not grow with the log: one by position
//! (the chain of hashes, times, numbers, and the journal beside the events that moved stock), one by stream (versions,
//! folds, views, the life and the money of every order). One thread reads ahead of the one that looks.

mod chain;
mod desk;
mod fold;
mod order;
mod pages;
mod refold;
mod replay;
mod report;
mod shelves;
mod streams;
mod words;

pub use refold::{Refolded, refold};
pub use replay::{FieldChange, Replay, Step};
pub use report::{Check, Checked, DIFFERENCES_LISTED_MAX, Difference, Progress, Report};

use sutler_domain::Position;
use tokio::sync::oneshot;

use self::chain::Chain;
use self::desk::Desk;
use self::pages::{PAGE_ROWS, Pages};
use self::report::{Findings, Teller};
use self::shelves::Shelves;
use crate::Room;
use crate::caller::Caller;
use crate::error::Problem;
use crate::event::Recorded;
use crate::ports::ReadError;
use crate::ports::audit::{Audit, LogEnd, Moment, Row};

/// Whether what is stored is true.
#[derive(Clone)]
pub struct Verify {
    room: Room,
}

impl Verify {
    pub(crate) fn new(room: Room) -> Self {
        Self { room }
    }

    /// Verify everything, as it stands when this begins. Asks for the right to everything, since it tells of everything.
    pub async fn all(&self, caller: &Caller) -> Result<Report, Problem> {
        caller.may("*")?;
        Ok(verify(self.room.ports.audit.as_ref(), |_| {}).await?)
    }
}

/// Verify everything in a store, as it stands when this begins; `told` hears how far it is.
pub async fn verify(
    audit: &dyn Audit,
    told: impl FnMut(Progress) + Send + 'static,
) -> Result<Report, ReadError> {
    let told: Teller = Box::new(told);
    look(audit, move |moment| everything(moment, told)).await
}

/// Look at one moment of a store, and come back with what was seen.
async fn look<T: Send + 'static>(
    audit: &dyn Audit,
    ask: impl FnOnce(&dyn Moment) -> Result<T, ReadError> + Send + 'static,
) -> Result<T, ReadError> {
    let (tell, told) = oneshot::channel();
    audit.visit(Box::new(move |moment| drop(tell.send(ask(moment))))).await?;
    told.await.unwrap_or_else(|_| Err(ReadError::Unavailable("the visit ended before its end".to_owned())))
}

fn everything(moment: &dyn Moment, told: Teller) -> Result<Report, ReadError> {
    let end = moment.end()?;
    desk::beside(moment, move |desk| checked(desk, &end, told))
}

fn checked(desk: &Desk, end: &LogEnd, told: Teller) -> Result<Report, ReadError> {
    // Each event is met twice: in the log, and in its stream.
    let mut findings = Findings::new(end.position.0.saturating_mul(2), told);
    let mut shelves = Shelves::default();
    let walked = by_position(desk, end, &mut shelves, &mut findings);
    findings.survive(Check::Log, "the log", walked)?;
    streams::check(desk, &mut shelves, &mut findings)?;
    let compared = shelves.compare(desk, &mut findings);
    findings.survive(Check::Levels, "the stored levels", compared)?;
    Ok(findings.report(end.position))
}

/// The walk along the log, with the journal beside it.
fn by_position(
    desk: &Desk,
    end: &LogEnd,
    shelves: &mut Shelves,
    findings: &mut Findings,
) -> Result<(), ReadError> {
    let mut chain = Chain::of(end);
    let mut log = Pages::new(|last: Option<&Row<Recorded>>| {
        let after = last.map_or(Position(0), position);
        desk.ask(move |moment| moment.log(after, PAGE_ROWS))
    });
    let mut journal = Pages::new(|last: Option<&_>| {
        let after = last.map_or(0, shelves::place);
        desk.ask(move |moment| moment.journal(after, PAGE_ROWS))
    });
    let mut last = Position(0);
    loop {
        let page = log.next_page()?;
        findings.passed(page.len());
        let Some(row) = page.back() else { break };
        last = position(row);
        for row in page {
            chain.take(&row, findings);
            if let Ok(record) = &row {
                shelves.expect(record);
                shelves.take_journal(&mut journal, record.position, findings)?;
            }
        }
    }
    shelves.take_journal(&mut journal, Position(u64::MAX), findings)?;
    shelves.nothing_is_left(last, findings);
    chain.close(end, findings);
    Ok(())
}

fn position(row: &Row<Recorded>) -> Position {
    row.as_ref().map_or_else(|damaged| Position(damaged.at), |record| record.position)
}
