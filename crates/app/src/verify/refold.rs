//! Every view made anew, as far as that goes without storing it.

use super::desk::Desk;
use super::fold::Fold;
use super::streams::{KINDS, histories};
use super::{desk, look};
use crate::event::Unreadable;
use crate::ports::ReadError;
use crate::ports::audit::{Audit, Event};
use crate::stream::StreamKind;

/// What all views come to when they are made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refolded {
    /// Events that were folded.
    pub events: u64,
    /// Views that they make.
    pub views: u64,
    /// Bytes of these views as JSON.
    pub bytes: u64,
}

/// Fold every stream of a store from its first event, and write its view as JSON; nothing is compared or stored. That is
/// what a rebuild of all views costs before it writes them.
pub async fn refold(audit: &dyn Audit) -> Result<Refolded, ReadError> {
    look(audit, |moment| desk::beside(moment, all)).await
}

fn all(desk: &Desk) -> Result<Refolded, ReadError> {
    let mut done = Refolded::default();
    for kind in KINDS {
        of_kind(desk, kind, &mut done)?;
    }
    Ok(done)
}

fn of_kind(desk: &Desk, kind: StreamKind, done: &mut Refolded) -> Result<(), ReadError> {
    let mut events = histories(desk, kind);
    while let Some(id) = events.peek()?.map(|event| event.id.clone()) {
        let mut fold = Fold::of(kind);
        while let Some(event) = events.next_if(|event| event.id == id)? {
            fold.take(&readable(event)?).map_err(|error| corrupt(&error))?;
            done.events = done.events.saturating_add(1);
        }
        if let Some(view) = fold.view() {
            done.views = done.views.saturating_add(1);
            done.bytes = done.bytes.saturating_add(u64::try_from(view.len()).unwrap_or(u64::MAX));
        }
    }
    Ok(())
}

fn readable(event: Event) -> Result<crate::event::Recorded, ReadError> {
    let told = |damaged: crate::ports::audit::Damaged| {
        ReadError::Corrupt(format!("position {} cannot be read: {}", damaged.at, damaged.reason))
    };
    event.event.map_err(told)
}

fn corrupt(error: &Unreadable) -> ReadError {
    ReadError::Corrupt(error.to_string())
}
