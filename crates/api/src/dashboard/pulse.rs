//! What changed, for all open dashboards together: one reader of the log, and one message a beat, however much happens and
//! however many look.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use sutler_app::public::{LiveQuery, Reading, Shown, Told};
use sutler_app::{Caller, Problem};
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout_at};

use crate::rest::Api;

/// Between two messages. What happens after a quiet moment is told at once, what follows it is told together.
const BEAT: Duration = Duration::from_millis(250);

/// Things that a message names. Where more changed, it says so, and every part of a page is fetched anew.
const NAMED_MAX: usize = 64;

/// Messages that a slow reader may be behind before it is told to look at everything.
const BEHIND_MAX: usize = 16;

/// The pulse of a node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse(Arc<Mutex<Option<broadcast::Sender<Arc<str>>>>>);

impl Pulse {
    /// Feel it from now on. The first who does begins to read the log, and with the last that ends. Each message is
    /// `{"all", "changes": [{"type", "subject", "count"}]}`; with `all` more changed than it names, and subjects are empty.
    pub(super) async fn feel(
        &self,
        api: &Api,
        caller: &Caller,
    ) -> Result<broadcast::Receiver<Arc<str>>, Problem> {
        caller.may("events:read")?;
        if let Some(receiver) = self.felt() {
            return Ok(receiver);
        }
        let reading = api.app.live.open(caller, &LiveQuery::default()).await?;
        let mut beating = self.0.lock();
        if let Some(told) = beating.as_ref() {
            return Ok(told.subscribe());
        }
        let (told, receiver) = broadcast::channel(BEHIND_MAX);
        *beating = Some(told.clone());
        drop(beating);
        tokio::spawn(self.clone().beat(reading, told));
        Ok(receiver)
    }

    fn felt(&self) -> Option<broadcast::Receiver<Arc<str>>> {
        self.0.lock().as_ref().map(broadcast::Sender::subscribe)
    }

    /// Tell what is read, until nobody listens or the reading ends; then whoever listens comes back.
    async fn beat(self, mut reading: Reading, told: broadcast::Sender<Arc<str>>) {
        let mut next_at = Instant::now();
        loop {
            let mut changes = Changes::default();
            let mut is_over = tokio::select! {
                first = reading.next() => !changes.take(first),
                () = told.closed() => false,
            };
            while !is_over && let Ok(next) = timeout_at(next_at, reading.next()).await {
                is_over = !changes.take(next);
            }
            if !changes.is_empty() {
                // Nobody may listen just now, which the next look finds.
                _ = told.send(changes.message());
                next_at = Instant::now() + BEAT;
            }
            let mut beating = self.0.lock();
            if is_over || told.receiver_count() == 0 {
                *beating = None;
                return;
            }
        }
    }
}

/// What changed during a beat.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    counts: BTreeMap<(String, String), u64>,
    /// Whether it is too much to name the subjects.
    all: bool,
}

/// One kind of change in a message.
#[derive(Serialize)]
struct Change<'c> {
    #[serde(rename = "type")]
    kind: &'c str,
    subject: &'c str,
    count: u64,
}

impl Changes {
    /// Take in what was told; false when that was the last.
    fn take(&mut self, told: Option<Told>) -> bool {
        match told {
            Some(Told::Event(shown)) => self.add(&shown),
            Some(Told::Open { .. }) => {}
            Some(Told::Gap { .. }) => self.all = true,
            Some(Told::Slow { .. }) | None => return false,
        }
        true
    }

    fn add(&mut self, shown: &Shown) {
        let subject = if self.all { String::new() } else { shown.subject.clone() };
        let count = self.counts.entry((shown.kind.clone(), subject)).or_default();
        *count = count.saturating_add(1);
        if !self.all && self.counts.len() > NAMED_MAX {
            self.all = true;
            for ((kind, _), count) in std::mem::take(&mut self.counts) {
                let sum = self.counts.entry((kind, String::new())).or_default();
                *sum = sum.saturating_add(count);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.counts.is_empty() && !self.all
    }

    fn message(&self) -> Arc<str> {
        let change = |((kind, subject), count): (&(String, String), &u64)| {
            serde_json::json!(Change { kind, subject, count: *count })
        };
        let changes: Vec<_> = self.counts.iter().map(change).collect();
        serde_json::json!({"all": self.all, "changes": changes}).to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use sutler_domain::Position;

    use super::*;

    fn event(kind: &str, subject: usize) -> Told {
        let (id, subject) = (String::new(), format!("ord_{subject}"));
        let shown = Shown::new(Position(1), id, kind.to_owned(), subject, String::new());
        Told::Event(Arc::new(shown))
    }

    #[test]
    fn what_changed_is_named_until_it_is_too_much() {
        let mut changes = Changes::default();
        assert!(changes.is_empty());
        for kind in ["order.placed", "order.confirmed", "order.confirmed"] {
            assert!(changes.take(Some(event(kind, 1))));
        }
        let told: serde_json::Value = serde_json::from_str(&changes.message()).unwrap();
        let expected = serde_json::json!({"all": false, "changes": [
            {"type": "order.confirmed", "subject": "ord_1", "count": 2},
            {"type": "order.placed", "subject": "ord_1", "count": 1},
        ]});
        assert_eq!(told, expected);
        for subject in 0..10_000 {
            assert!(changes.take(Some(event("order.placed", subject))));
        }
        let told: serde_json::Value = serde_json::from_str(&changes.message()).unwrap();
        let expected = serde_json::json!({"all": true, "changes": [
            {"type": "order.confirmed", "subject": "", "count": 2},
            {"type": "order.placed", "subject": "", "count": 10_001},
        ]});
        assert_eq!(told, expected);
        assert!(!changes.take(None) && !changes.take(Some(Told::Slow { behind: 1 })));
    }
}
