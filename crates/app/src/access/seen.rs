//! When keys and sessions were last used. Each process remembers it and tells the store now and then, so that a request
//! costs no write.

use std::collections::HashMap;

use jiff::Timestamp;
use parking_lot::Mutex;

use super::Access;
use crate::caller::Caller;
use crate::commit::{Commit, Seen};
use crate::error::Problem;

/// What was used since the store was last told.
#[derive(Default)]
pub(super) struct Uses(Mutex<HashMap<String, Timestamp>>);

impl Uses {
    pub(super) fn note(&self, subject: &str, at: Timestamp) {
        let mut uses = self.0.lock();
        match uses.get_mut(subject) {
            Some(last) => *last = (*last).max(at),
            None => drop(uses.insert(subject.to_owned(), at)),
        }
    }

    pub(super) fn of(&self, subject: &str) -> Option<Timestamp> {
        self.0.lock().get(subject).copied()
    }
}

impl Access {
    /// Tell the store when keys and sessions were last used; gives how many. To be called every few seconds, and once
    /// more at the end.
    pub async fn tell_uses(&self) -> Result<usize, Problem> {
        let uses = std::mem::take(&mut *self.uses.0.lock());
        if uses.is_empty() {
            return Ok(0);
        }
        let seen: Vec<Seen> = uses.into_iter().map(|(subject, at)| Seen { subject, at }).collect();
        let (count, system) = (seen.len(), Caller::system("system"));
        let told = self.room.ports.store.commit(Commit { seen: seen.clone(), ..Commit::by(&system) }).await;
        if let Err(refused) = told {
            // Another time, then.
            for Seen { subject, at } in seen {
                self.uses.note(&subject, at);
            }
            return Err(refused.into());
        }
        Ok(count)
    }
}
