//! Read orders: as they are, as they were, and why they are so.

use jiff::Timestamp;
use sutler_domain::Version;
use sutler_domain::orders::{Check, explain};

use super::view::Fold;
use super::{OrderName, OrderView, Orders, name_text};
use crate::caller::Caller;
use crate::customers::Note;
use crate::error::Problem;
use crate::event::Recorded;
use crate::page::Page;
use crate::ports::reads::OrderQuery;
use crate::public::{PublicEvent, public};

/// When an order is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// After so many events.
    Version(Version),
    /// At a time.
    Time(Timestamp),
}

/// One line of an order's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub kind: TimelineKind,
}

/// What stands in a timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineKind {
    /// An event, by its public type where it has one.
    Event {
        /// `payment.captured`, or the name in the log of an internal event.
        title: String,
        /// The event.
        event: Box<Recorded>,
    },
    /// A note.
    Note(Note),
}

impl Orders {
    /// An order as it stands.
    pub async fn get(&self, caller: &Caller, name: &OrderName) -> Result<OrderView, Problem> {
        caller.may("orders:read")?;
        let stored = self.find(name).await?;
        self.view(stored).await
    }

    /// An order as it stood.
    pub async fn get_at(&self, caller: &Caller, name: &OrderName, as_of: AsOf) -> Result<OrderView, Problem> {
        caller.may("orders:read")?;
        let id = self.find(name).await?.value.order_id.clone();
        let history = self.history(&id).await?;
        let fold = Fold::of(&history)?;
        let version = match as_of {
            AsOf::Version(version) => version,
            AsOf::Time(time) => fold.version_at(time),
        };
        let missing = || match as_of {
            AsOf::Version(version) => Problem::not_found(
                "version",
                format!("{version} of {}; its versions are 1 to {}", name_text(name), fold.last()),
            ),
            AsOf::Time(time) => {
                Problem::not_found("order", format!("{} at {time}; it was placed later", name_text(name)))
            }
        };
        let stored = fold.at(version).ok_or_else(missing)?;
        let at = stored.value.updated_at;
        let view = self.view(stored).await?;
        Ok(OrderView { as_of: Some(at), ..view })
    }

    /// A page of orders with their items and persons.
    pub async fn list(&self, caller: &Caller, query: &OrderQuery) -> Result<Page<OrderView>, Problem> {
        caller.may("orders:read")?;
        let page = self.room.ports.orders.orders(query).await?;
        let Page { rows, cursors, next, prev, total } = page;
        Ok(Page { rows: self.views(rows).await?, cursors, next, prev, total })
    }

    /// Why an order is as it is, and what it waits for.
    pub async fn explain(
        &self,
        caller: &Caller,
        name: &OrderName,
    ) -> Result<(OrderView, Vec<Check>), Problem> {
        let view = self.get(caller, name).await?;
        let checks = explain(&view.order, self.room.now());
        Ok((view, checks))
    }

    /// The public events of an order, oldest first.
    pub async fn events(&self, caller: &Caller, name: &OrderName) -> Result<Vec<PublicEvent>, Problem> {
        caller.may("orders:read")?;
        let id = self.find(name).await?.value.order_id.clone();
        let history = self.history(&id).await?;
        Ok(history.iter().filter_map(|event| public(event, &self.room.settings.public_url)).collect())
    }

    /// Events and notes of an order, oldest first.
    pub async fn timeline(&self, caller: &Caller, name: &OrderName) -> Result<Vec<TimelineEntry>, Problem> {
        caller.may("orders:read")?;
        let order = self.find(name).await?.value;
        let history = self.history(&order.order_id).await?;
        let ids: Vec<_> = order.notes.iter().map(|n| n.note_id.clone()).collect();
        let notes = self.room.ports.contacts.notes(&ids).await?;
        let mut entries: Vec<TimelineEntry> = history
            .into_iter()
            .map(|event| {
                let title = crate::public::type_of(&event).map_or_else(|| event.name.clone(), str::to_owned);
                TimelineEntry {
                    at: event.at,
                    actor: event.actor.clone(),
                    kind: TimelineKind::Event { title, event: Box::new(event) },
                }
            })
            .collect();
        entries.extend(notes.into_values().map(|note| TimelineEntry {
            at: note.at,
            actor: note.author.clone(),
            kind: TimelineKind::Note(note),
        }));
        entries.sort_by_key(|entry| entry.at);
        Ok(entries)
    }
}
