//! What is done by the calendar. Each run is a job of its own, asked for through the door under the name of its
//! schedule and instant, so that it happens once however many servers look at the clock.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sutler_domain::JobId;

use super::{JobKind, Jobs, NewJob};
use crate::caller::Caller;
use crate::commit::{ClaimKind, Commit, Refused};
use crate::error::Problem;
use crate::page::PageRequest;
use crate::ports::jobs::JobQuery;
use crate::stream::StreamId;

/// Something that is done again and again. All times are UTC, which knows no summer time.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// Its name, for ever: runs are told apart by it.
    pub name: &'static str,
    /// How much lies between two runs.
    pub every: SignedDuration,
    /// How long after midnight, or after the full hour, a run is due.
    pub after: SignedDuration,
    /// The job of the run that is due at an instant.
    kind: fn(Timestamp) -> JobKind,
}

/// Everything that is done by the calendar.
pub static SCHEDULES: [Schedule; 3] = [
    Schedule {
        name: "sweep_payments",
        every: SignedDuration::from_hours(24),
        after: SignedDuration::from_mins(150),
        kind: |at| JobKind::SweepPayments { at },
    },
    Schedule {
        name: "reconcile_books",
        every: SignedDuration::from_hours(6),
        after: SignedDuration::from_mins(40),
        kind: |at| JobKind::ReconcileBooks { at, comparison: None },
    },
    Schedule {
        name: "clean_up",
        every: SignedDuration::from_hours(1),
        after: SignedDuration::from_mins(7),
        kind: |at| JobKind::CleanUp { at },
    },
];

impl Schedule {
    /// The last instant at which a run was due, `now` included.
    pub fn last(&self, now: Timestamp) -> Timestamp {
        let since_first = now.as_second().saturating_sub(self.after.as_secs());
        let into_period = since_first.rem_euclid(self.every.as_secs().max(1));
        Timestamp::from_second(now.as_second().saturating_sub(into_period)).unwrap_or(now)
    }
}

/// A look at the calendar from one server: which runs are asked for already, as far as it knows.
#[derive(Debug, Default)]
pub struct Calendar {
    asked: BTreeMap<&'static str, Timestamp>,
}

impl Jobs {
    /// Ask for every run that is due and was not asked for. Gives the names of those that this call asked for.
    ///
    /// A run that was missed while no server was up is made up for once. A shop that never ran a schedule begins with
    /// the next instant.
    pub async fn ask_for_due_runs(&self, calendar: &mut Calendar) -> Result<Vec<&'static str>, Problem> {
        let mut asked = Vec::new();
        for schedule in &SCHEDULES {
            let due = schedule.last(self.room.now());
            let known = match calendar.asked.get(schedule.name) {
                Some(known) => *known,
                None => self.last_run(schedule).await?.unwrap_or(due),
            };
            if due > known && self.ask_for_run(schedule, due).await? {
                asked.push(schedule.name);
            }
            calendar.asked.insert(schedule.name, due.max(known));
        }
        Ok(asked)
    }

    /// The instant of the newest run that is still remembered.
    async fn last_run(&self, schedule: &Schedule) -> Result<Option<Timestamp>, Problem> {
        let kind = (schedule.kind)(Timestamp::UNIX_EPOCH).name();
        let page = PageRequest { limit: 1, ..PageRequest::default() };
        let query = JobQuery { kinds: vec![kind.to_owned()], page, ..JobQuery::default() };
        let newest = self.room.ports.jobs.jobs(&query).await?.rows.into_iter().next();
        Ok(newest.and_then(|job| job.kind.run_of()))
    }

    /// Whether this call asked for the run; `false` when another server did before. The name of a run is never given
    /// up, so a server that slept through the run cannot ask for it once more.
    async fn ask_for_run(&self, schedule: &Schedule, due: Timestamp) -> Result<bool, Problem> {
        let job_id = JobId::new(self.room.ports.ids.uuid());
        let stream = StreamId::from(&job_id);
        let job = NewJob::new(job_id, (schedule.kind)(due), stream.clone(), due);
        let run = format!("{}@{due}", schedule.name);
        let caller = Caller::system(format!("schedule:{}", schedule.name));
        let commit = Commit::by(&caller).take(ClaimKind::JobRun, run, &stream).then([job]);
        match self.room.ports.store.commit(commit).await {
            Ok(_) => Ok(true),
            Err(Refused::Taken { .. }) => Ok(false),
            Err(refused) => Err(refused.into()),
        }
    }
}

impl JobKind {
    /// The instant of a run by the calendar.
    const fn run_of(&self) -> Option<Timestamp> {
        match self {
            Self::SweepPayments { at } | Self::ReconcileBooks { at, .. } | Self::CleanUp { at } => Some(*at),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_instant_is_found_whatever_the_day() {
        let [daily, _, hourly] = &SCHEDULES;
        for (now, expected) in [
            ("2026-11-28T02:29:59Z", "2026-11-27T02:30:00Z"),
            ("2026-11-28T02:30:00Z", "2026-11-28T02:30:00Z"),
            ("2028-03-01T00:00:00Z", "2028-02-29T02:30:00Z"),
            // Clocks change in Europe and in America in this night and that one; UTC goes on.
            ("2026-03-29T02:45:00Z", "2026-03-29T02:30:00Z"),
            ("2026-11-01T02:15:00Z", "2026-10-31T02:30:00Z"),
            ("1969-12-31T12:00:00Z", "1969-12-31T02:30:00Z"),
        ] {
            assert_eq!(daily.last(now.parse().unwrap()), expected.parse().unwrap(), "{now}");
        }
        let now: Timestamp = "2026-11-28T04:06:59.999Z".parse().unwrap();
        assert_eq!(hourly.last(now), "2026-11-28T03:07:00Z".parse().unwrap());
    }
}
