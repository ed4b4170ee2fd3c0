//! What the audit log is told of a commit: what its use case says, and what the door sees by itself, so that no use case
//! can forget it. Everything that a person changes is in it; of what keys change, what runs the shop.

use jiff::Timestamp;
use serde_json::{Value, json};
use sutler_domain::Version;

use super::{Heads, JournalEntry};
use crate::access::AuditEntry;
use crate::commit::{Change, Commit, Deed, QueueChange, Reschedule, ViewChange};
use crate::job::JobState;
use crate::stream::{StreamId, StreamKind};
use crate::webhooks::DeliveryChange;

/// How the actor of a person begins.
pub(crate) const PERSON: &str = "user:";

/// Whose changes are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// All of them: a person's.
    All,
    /// Those of what runs the shop: a key's. The rest has its actor in the log.
    Running,
    /// Only what the use case says: the engine's own.
    Said,
}

impl Told {
    fn of(actor: &str) -> Self {
        if actor.starts_with(PERSON) {
            Self::All
        } else if actor.starts_with("key:") || actor == "dev" {
            Self::Running
        } else {
            Self::Said
        }
    }

    const fn covers(self, kind: StreamKind) -> bool {
        let runs = matches!(
            kind,
            StreamKind::Key
                | StreamKind::User
                | StreamKind::Session
                | StreamKind::Endpoint
                | StreamKind::Location
        );
        match self {
            // What moves it is told of by itself.
            Self::All => !matches!(kind, StreamKind::CategoryTree),
            Self::Running => runs,
            Self::Said => false,
        }
    }
}

/// The entries of a commit that was judged; `heads` stand before it.
pub(super) fn entries(
    heads: &Heads,
    commit: &Commit,
    after: &[(StreamId, Version)],
    journal: &[JournalEntry],
) -> Vec<AuditEntry> {
    let at = heads.recorded_at;
    let told = Told::of(&commit.actor);
    let said = commit.deeds.iter().map(|deed| entry(commit, at, deed.clone()));
    let mut entries: Vec<AuditEntry> = said.collect();
    for change in commit.changes.iter().filter(|change| told.covers(change.stream.kind())) {
        let is_said = commit.deeds.iter().any(|deed| deed.subject == change.stream.id());
        // Its counters say more, below.
        let is_counted =
            change.stream.kind() == StreamKind::Stock && journal.iter().any(|row| row.source.is_none());
        if is_said || is_counted {
            continue;
        }
        let version = after.iter().find(|(stream, _)| *stream == change.stream).map(|(_, version)| *version);
        let seen = seen(change, heads.version(&change.stream), version.unwrap_or_default());
        entries.push(AuditEntry { at, ..of(commit, seen) });
    }
    if told == Told::All {
        entries.extend(counted(journal).map(|facts| AuditEntry { at, ..of(commit, facts) }));
    }
    if told != Told::Said {
        entries.extend(work(commit).map(|deed| entry(commit, at, deed)));
    }
    entries
}

fn entry(commit: &Commit, at: Timestamp, deed: Deed) -> AuditEntry {
    let Deed { action, subject, before, after } = deed;
    AuditEntry { at, ..of(commit, (action.to_owned(), subject, before, after)) }
}

type Facts = (String, String, Option<Value>, Option<Value>);

fn of(commit: &Commit, (action, subject, before, after): Facts) -> AuditEntry {
    let (actor, request_id) = (commit.actor.clone(), commit.causation.clone());
    AuditEntry { number: 0, at: Timestamp::UNIX_EPOCH, actor, action, subject, before, after, request_id }
}

/// A change as the door sees it: the versions before and after it, by which the log shows both, and its events.
fn seen(change: &Change, before: Version, after: Version) -> Facts {
    let kind = change.stream.kind().as_str();
    let what = match (change.events.first(), &change.view) {
        (Some(event), _) => snake(event.name),
        (None, ViewChange::Delete) => "deleted".to_owned(),
        (None, _) if before == Version(0) => "created".to_owned(),
        (None, _) => "changed".to_owned(),
    };
    let events: Vec<&str> = change.events.iter().map(|event| event.name).collect();
    let before = (before != Version(0)).then(|| json!({"version": before.0}));
    let after = json!({"version": after.0, "events": events});
    (format!("{kind}.{what}"), change.stream.id().to_owned(), before, Some(after))
}

/// What a person does to stock that no order or reservation stands behind.
fn counted(journal: &[JournalEntry]) -> impl Iterator<Item = Facts> {
    journal.iter().filter(|row| row.source.is_none()).map(|row| {
        let (on_hand, reserved) = (row.after.on_hand, row.after.reserved);
        let before = json!({
            "on_hand": on_hand.saturating_sub(row.on_hand), "reserved": reserved.saturating_sub(row.reserved),
        });
        let after = json!({"on_hand": on_hand, "reserved": reserved, "note": row.note});
        let subject = format!("{}/{}", row.at.variant_id, row.at.location_id);
        (format!("stock.{}", row.reason.as_str()), subject, Some(before), Some(after))
    })
}

/// What is done to jobs and queues, and what is delivered once more.
fn work(commit: &Commit) -> impl Iterator<Item = Deed> {
    let jobs = commit.reschedules.iter().map(|Reschedule { job_id, to }| {
        Deed::new(if *to == JobState::Canceled { "job.canceled" } else { "job.retried" }, job_id)
    });
    let queues = commit.queues.iter().map(|QueueChange { queue, paused }| {
        Deed::new(if *paused { "queue.paused" } else { "queue.resumed" }, queue)
    });
    // Many at once are told by their use case.
    let resent =
        commit.deliveries.iter().filter(|_| commit.deeds.is_empty()).filter_map(|change| match change {
            DeliveryChange::Again { delivery_id, .. } => {
                Some(Deed::new("webhook_delivery.resent", delivery_id))
            }
            _ => None,
        });
    jobs.chain(queues).chain(resent)
}

/// `OrderPlaced` as `order_placed`.
fn snake(name: &str) -> String {
    name.char_indices().fold(String::new(), |mut word, (at, c)| {
        if c.is_ascii_uppercase() && at > 0 {
            word.push('_');
        }
        word.push(c.to_ascii_lowercase());
        word
    })
}

#[cfg(test)]
mod tests {
    use sutler_domain::ApiKeyId;
    use uuid::Uuid;

    use super::*;
    use crate::commit::Expect;
    use crate::event::NewEvent;

    fn changed(actor: &str, stream: &StreamId) -> Commit {
        let event = NewEvent { name: "OrderPlaced", at: Timestamp::UNIX_EPOCH, body: "{}".to_owned() };
        Commit { actor: actor.to_owned(), ..Commit::default() }.change(Change::notice(stream.clone(), event))
    }

    fn told(commit: &Commit) -> Vec<String> {
        let mut heads = Heads::empty("e", Timestamp::UNIX_EPOCH, 1, jiff::SignedDuration::from_secs(1));
        let taken = super::super::admit(&mut heads, commit).unwrap();
        taken.audit.into_iter().map(|entry| format!("{} {}", entry.actor, entry.action)).collect()
    }

    #[test]
    fn a_person_is_told_of_always_a_key_where_it_runs_the_shop_the_engine_when_it_says_so() {
        let order = StreamId::new(StreamKind::Order, "ord_1");
        let endpoint = StreamId::new(StreamKind::Endpoint, "whe_1");
        assert_eq!(told(&changed("user:usr_1", &order)), ["user:usr_1 order.order_placed"]);
        assert_eq!(told(&changed("key:key_1", &order)), [""; 0]);
        assert_eq!(told(&changed("key:key_1", &endpoint)), ["key:key_1 endpoint.order_placed"]);
        assert_eq!(told(&changed("system", &endpoint)), [""; 0]);
        let said = changed("system", &endpoint).deed(Deed::new("endpoint.mended", "whe_1"));
        assert_eq!(told(&said), ["system endpoint.mended"]);
    }

    #[test]
    fn the_words_of_a_use_case_stand_in_the_place_of_what_the_door_sees() {
        let key = ApiKeyId::new(Uuid::nil());
        let change = Change { expect: Expect::Any, ..Change::removed(StreamId::from(&key), Version(0)) };
        let deed = Deed::new("key.created", &key).after(&json!({"name": "till"}));
        let commit = Commit { actor: "key:key_9".to_owned(), ..Commit::default() }.change(change).deed(deed);
        assert_eq!(told(&commit), ["key:key_9 key.created"]);
    }

    #[test]
    fn what_has_a_history_is_told_by_its_versions() {
        let order = StreamId::new(StreamKind::Order, "ord_1");
        let mut heads = Heads::empty("e", Timestamp::UNIX_EPOCH, 1, jiff::SignedDuration::from_secs(1));
        heads.streams.insert(order.clone(), Version(4));
        let taken = super::super::admit(&mut heads, &changed("user:usr_1", &order)).unwrap();
        assert_eq!(taken.audit[0].before, Some(json!({"version": 4})));
        assert_eq!(taken.audit[0].after, Some(json!({"version": 5, "events": ["OrderPlaced"]})));
    }
}
