//! Every stream by itself: its versions, its fold, and the view that is kept of it.

use sutler_domain::Version;

use super::desk::Desk;
use super::fold::Fold;
use super::pages::{PAGE_ROWS, Pages};
use super::report::{Check, Findings};
use super::shelves::Shelves;
use super::words;
use crate::ports::ReadError;
use crate::ports::audit::{Event, StoredView};
use crate::stream::{StreamId, StreamKind};

/// The kinds whose streams are events; of the others only the newest version is kept.
pub(super) const KINDS: [StreamKind; 11] = [
    StreamKind::Order,
    StreamKind::Product,
    StreamKind::Price,
    StreamKind::Collection,
    StreamKind::Category,
    StreamKind::Location,
    StreamKind::Reservation,
    StreamKind::Key,
    StreamKind::Stock,
    StreamKind::Job,
    StreamKind::Endpoint,
];

/// Check the streams, kind by kind.
pub(super) fn check(desk: &Desk, shelves: &mut Shelves, findings: &mut Findings) -> Result<(), ReadError> {
    for kind in KINDS {
        let checked = check_kind(desk, kind, shelves, findings);
        findings.survive(Check::Versions, &format!("the streams of kind '{}'", kind.as_str()), checked)?;
    }
    Ok(())
}

/// The events of all streams of a kind, stream by stream.
pub(super) fn histories(desk: &Desk, kind: StreamKind) -> Pages<'_, Event> {
    Pages::new(move |last: Option<&Event>| {
        let (id, version) = last.map_or_else(Default::default, |event| (event.id.clone(), event.version));
        desk.ask(move |moment| moment.histories(kind, (&id, version), PAGE_ROWS))
    })
}

/// Events, versions and views come in the same order, so one look at the three of them is one stream.
fn check_kind(
    desk: &Desk,
    kind: StreamKind,
    shelves: &mut Shelves,
    findings: &mut Findings,
) -> Result<(), ReadError> {
    let mut events = histories(desk, kind);
    let mut versions = Pages::new(|last: Option<&(String, Version)>| {
        let after = last.map(|(id, _)| id.clone()).unwrap_or_default();
        desk.ask(move |moment| moment.versions(kind, &after, PAGE_ROWS))
    });
    let mut views = Pages::new(|last: Option<&StoredView>| {
        let after = last.map(|view| view.id.clone()).unwrap_or_default();
        desk.ask(move |moment| moment.views(kind, &after, PAGE_ROWS))
    });
    loop {
        let next = [
            events.peek()?.map(|event| &event.id),
            versions.peek()?.map(|(id, _)| id),
            views.peek()?.map(|view| &view.id),
        ];
        let Some(id) = next.into_iter().flatten().min().cloned() else { return Ok(()) };
        let mut story = Story::of(StreamId::new(kind, id.as_str()));
        let mut count = 0usize;
        while let Some(event) = events.next_if(|event| event.id == id)? {
            story.take(&event);
            count = count.saturating_add(1);
        }
        findings.passed(count);
        let version = versions.next_if(|(other, _)| *other == id)?.map(|(_, version)| version);
        let view = views.next_if(|view| view.id == id)?;
        story.judge(version, view.as_ref(), findings);
        story.fold.hold(shelves);
    }
}

/// What the events of one stream tell.
struct Story {
    stream: StreamId,
    fold: Fold,
    last: Version,
    number: u64,
    /// Why it cannot be told to its end.
    broken: Option<String>,
}

impl Story {
    fn of(stream: StreamId) -> Self {
        let fold = Fold::of(stream.kind());
        Self { stream, fold, last: Version(0), number: 0, broken: None }
    }

    fn take(&mut self, event: &Event) {
        let next = self.last.plus(1);
        if event.version != next && self.broken.is_none() {
            self.broken = Some(format!(
                "version {next} is missing, version {} comes next: its event was deleted or changed",
                event.version
            ));
        }
        self.last = event.version;
        if self.broken.is_some() {
            return;
        }
        let folded = match &event.event {
            Ok(record) => {
                self.number = record.number.unwrap_or(self.number);
                self.fold.take(record).map_err(|error| error.to_string())
            }
            Err(damaged) => Err(format!("position {} cannot be read: {}", damaged.at, damaged.reason)),
        };
        self.broken = folded.err();
    }

    /// `order #1061 (ord_…)`, `price P1`.
    fn place(&self) -> String {
        let (kind, id) = (self.stream.kind().as_str(), self.stream.id());
        if self.number == 0 { format!("{kind} {id}") } else { format!("{kind} #{} ({id})", self.number) }
    }

    fn judge(&mut self, version: Option<Version>, view: Option<&StoredView>, findings: &mut Findings) {
        findings.checked(Check::Versions, 1);
        let place = self.place();
        if let Some(cause) = self.broken.take() {
            // What a broken story would make of the view says nothing more.
            findings.of(Check::Versions, &self.stream, &place, cause);
            return;
        }
        match version {
            Some(version) if version == self.last => {}
            Some(version) => {
                let cause =
                    format!("the stored version is {version}, the log has {} events of it", self.last);
                findings.of(Check::Versions, &self.stream, &place, cause);
            }
            None if self.last == Version(0) => {}
            None => {
                let cause = format!("no version is stored, the log has {} events of it", self.last);
                findings.of(Check::Versions, &self.stream, &place, cause);
            }
        }
        self.judge_rules(&place, findings);
        self.judge_view(&place, view, findings);
    }

    fn judge_rules(&mut self, place: &str, findings: &mut Findings) {
        let Fold::Order(fold) = &mut self.fold else { return };
        findings.checked(Check::Lifecycle, fold.changes);
        findings.checked(Check::Money, fold.events);
        findings.checked(Check::Goods, fold.events);
        for (check, cause) in std::mem::take(&mut fold.faults) {
            findings.of(check, &self.stream, place, cause);
        }
    }

    fn judge_view(&self, place: &str, view: Option<&StoredView>, findings: &mut Findings) {
        if matches!(self.fold, Fold::Counted) {
            return;
        }
        let folded = self.fold.view();
        findings.checked(Check::Views, u64::from(view.is_some() || folded.is_some()));
        let cause = match (view, &folded) {
            (None, None) => None,
            (None, Some(_)) => {
                Some(format!("the stored view is missing, the log has {} events of it", self.last))
            }
            (Some(_), None) if self.last == Version(0) => Some(
                "a view is stored, and the log has no event of it: the view was written without its event"
                    .to_owned(),
            ),
            (Some(_), None) => Some("a view is stored of what the log says was deleted".to_owned()),
            (Some(view), Some(folded)) => words::differing(view, folded, (self.last, self.number)),
        };
        if let Some(cause) = cause {
            findings.of(Check::Views, &self.stream, place, cause);
        }
    }
}
