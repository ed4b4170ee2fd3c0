//! The door's rules, written once: `admit` judges one commit against the heads of a batch and moves them forward.

mod audit;
mod heads;
mod stamp;
mod stock;

pub(crate) use audit::PERSON;
pub use heads::{Heads, JobHead, StoredKey};
pub use stamp::{chained, event_id_of, genesis};
pub use stock::JournalEntry;

use std::collections::HashMap;

use jiff::Timestamp;
use sutler_domain::Version;
use sutler_domain::seeded::{Bug, seeded};

use crate::access::AuditEntry;
use crate::commit::{
    Answer, AnswerTo, Claim, ClaimChange, Commit, Expect, Finish, Receipt, Refused, Reschedule,
};
use crate::event::Recorded;
use crate::job::JobState;
use crate::stream::StreamId;

/// What the door took: the receipt, and the rows that the store has to write.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted {
    /// The word to the caller.
    pub receipt: Receipt,
    /// The events with their envelopes.
    pub events: Vec<Recorded>,
    /// The journal of the stock moves.
    pub journal: Vec<JournalEntry>,
    /// What the audit log is told, in order.
    pub audit: Vec<AuditEntry>,
    /// What a repeat of the key will be told; to be stored with the key.
    pub answer: Option<Answer>,
    /// When the door took it, by the store's clock: since when its key is known and its jobs are asked for.
    pub recorded_at: Timestamp,
}

/// Judge one commit. Either all of it holds and the heads move on, or nothing does.
///
/// A key that is known answers before anything else is looked at, so that a repeat is a replay even when the
/// world has moved on. Heads of things that do not exist may be absent.
pub fn admit(heads: &mut Heads, commit: &Commit) -> Result<Admitted, Refused> {
    if let Some(replay) = replay(heads, commit)? {
        return Ok(replay);
    }
    judge_job(heads, commit)?;
    judge_bookmark(heads, commit)?;
    let versions = judge_versions(heads, commit)?;
    let claims = judge_claims(heads, commit)?;
    let levels = stock::judge(heads, &commit.stock)?;

    let (events, numbers) = stamp::events(heads, commit);
    let journal = stock::journal(heads, commit, &levels);
    let audit = audit::entries(heads, commit, &versions, &journal);
    heads.streams.extend(versions.iter().cloned());
    heads.stock.extend(levels);
    heads.claims.extend(claims);
    move_jobs(heads, commit);
    if let Some(moved) = &commit.bookmark {
        heads.bookmarks.insert(moved.name.clone(), moved.seen.plus(1));
    }
    let answer = commit.answer.as_ref().map(|to| answer(to, heads));
    if let (Some(key), Some(answer)) = (&commit.key, &answer) {
        let stored =
            StoredKey { fingerprint: key.fingerprint.clone(), answer: answer.clone(), at: heads.recorded_at };
        heads.keys.insert((key.shop.clone(), key.key.clone()), stored);
    }
    let receipt = Receipt { position: heads.position, versions, numbers, replayed: None };
    Ok(Admitted { receipt, events, journal, audit, answer, recorded_at: heads.recorded_at })
}

fn replay(heads: &Heads, commit: &Commit) -> Result<Option<Admitted>, Refused> {
    let Some(key) = &commit.key else { return Ok(None) };
    let Some(stored) = heads.keys.get(&(key.shop.clone(), key.key.clone())) else { return Ok(None) };
    if heads.is_expired(stored) {
        return Ok(None);
    }
    if stored.fingerprint != key.fingerprint && !seeded(Bug::FingerprintIgnored) {
        return Err(Refused::KeyReused);
    }
    let replayed = Some(stored.answer.clone());
    let receipt = Receipt { position: heads.position, versions: Vec::new(), numbers: Vec::new(), replayed };
    let recorded_at = heads.recorded_at;
    let (events, journal, audit) = (Vec::new(), Vec::new(), Vec::new());
    Ok(Some(Admitted { receipt, events, journal, audit, answer: None, recorded_at }))
}

fn judge_job(heads: &Heads, commit: &Commit) -> Result<(), Refused> {
    if let Some(Finish { lease, .. }) = commit.finishes.as_ref().filter(|_| !seeded(Bug::LeaseNotFenced)) {
        let head = heads.jobs.get(&lease.job_id).ok_or(Refused::LeaseLost)?;
        if head.state != JobState::Running || head.token != lease.token {
            return Err(Refused::LeaseLost);
        }
    }
    for Reschedule { job_id, .. } in &commit.reschedules {
        let found = heads.jobs.get(job_id).map_or(JobState::Done, |head| head.state);
        if matches!(found, JobState::Running | JobState::Done) {
            return Err(Refused::JobState { found });
        }
    }
    Ok(())
}

/// A reader that was replaced without knowing it moves nothing.
fn judge_bookmark(heads: &Heads, commit: &Commit) -> Result<(), Refused> {
    let Some(moved) = &commit.bookmark else { return Ok(()) };
    let found = heads.bookmarks.get(&moved.name).copied().unwrap_or_default();
    if found == moved.seen { Ok(()) } else { Err(Refused::LeaseLost) }
}

/// Every version asked for holds; gives the versions after the commit.
fn judge_versions(heads: &Heads, commit: &Commit) -> Result<Vec<(StreamId, Version)>, Refused> {
    for (stream, version) in &commit.requires {
        let found = heads.version(stream);
        if found != *version {
            return Err(Refused::Moved { stream: stream.clone(), found });
        }
    }
    let mut after: Vec<(StreamId, Version)> = Vec::with_capacity(commit.changes.len());
    for change in &commit.changes {
        let earlier = after.iter().position(|(stream, _)| stream == &change.stream);
        let found =
            earlier.and_then(|i| after.get(i)).map_or_else(|| heads.version(&change.stream), |(_, v)| *v);
        let holds = match change.expect {
            Expect::New => found == Version(0),
            Expect::Exactly(version) => found == version || seeded(Bug::LostUpdate),
            Expect::Any => true,
        };
        if !holds {
            return Err(Refused::Moved { stream: change.stream.clone(), found });
        }
        // A record has no events; its version counts its writes.
        let steps = u64::try_from(change.events.len()).unwrap_or(u64::MAX).max(1);
        let version = found.plus(steps.saturating_add(u64::from(seeded(Bug::VersionSkipped))));
        match earlier.and_then(|i| after.get_mut(i)) {
            Some(entry) => entry.1 = version,
            None => after.push((change.stream.clone(), version)),
        }
    }
    Ok(after)
}

/// Every name asked for is free or becomes free in this commit; gives the names after it.
fn judge_claims(heads: &Heads, commit: &Commit) -> Result<HashMap<Claim, Option<StreamId>>, Refused> {
    let mut after: HashMap<Claim, Option<StreamId>> = HashMap::new();
    for change in &commit.claims {
        if let ClaimChange::Give(claim, holder) = change
            && heads.holder(claim) == Some(holder)
        {
            after.insert(claim.clone(), None);
        }
    }
    for change in &commit.claims {
        if let ClaimChange::Take(claim, stream) = change {
            let holder = after.get(claim).map_or_else(|| heads.holder(claim), Option::as_ref);
            if let Some(holder) = holder.filter(|holder| *holder != stream) {
                return Err(Refused::Taken { claim: claim.clone(), holder: holder.clone() });
            }
            after.insert(claim.clone(), Some(stream.clone()));
        }
    }
    Ok(after)
}

fn move_jobs(heads: &mut Heads, commit: &Commit) {
    for job in &commit.jobs {
        heads.jobs.insert(job.job_id.clone(), JobHead { state: JobState::Ready, token: 0 });
    }
    if let Some(finish) = &commit.finishes
        && let Some(head) = heads.jobs.get_mut(&finish.lease.job_id)
    {
        head.state = finish.outcome.state();
    }
    for reschedule in &commit.reschedules {
        if let Some(head) = heads.jobs.get_mut(&reschedule.job_id) {
            head.state = reschedule.to;
        }
    }
}

fn answer(to: &AnswerTo, heads: &Heads) -> Answer {
    Answer {
        stream: to.stream.clone(),
        version: heads.version(&to.stream),
        part: to.part.clone(),
        waits: to.waits,
    }
}

#[cfg(test)]
mod tests;
