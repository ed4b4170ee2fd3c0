//! The workers of this server: take what is due, do it side by side, and give back what cannot be finished.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures::future::join_all;
use sutler_app::App;
use sutler_app::job::{Ended, KINDS, Policy};
use sutler_app::ports::jobs::{LeasedJob, Wanted};
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};

use crate::background::told_to_stop;

/// Jobs of one kind taken at once; what comes of them shares the store's batches.
const LEASES_MAX: u32 = 128;

/// How long to rest after the store refused a look at the queue.
const REFUSED_REST: Duration = Duration::from_millis(200);

/// How long nothing must have happened before the queue is asked when its next job is due.
const QUIET: Duration = Duration::from_millis(50);

/// The longest that a worker looks away from the queue, whatever it was told. A pause or a resume on another server, and
/// a lease of a server that died, are seen after it at the latest.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// How long the store may take to note what is given back.
pub(crate) const GIVE_BACK_PATIENCE: Duration = Duration::from_secs(3);

/// The jobs under way on this server.
#[derive(Default)]
struct Crew {
    tasks: JoinSet<()>,
    jobs: HashMap<Id, LeasedJob>,
    /// How many of each kind.
    busy: HashMap<&'static str, u32>,
}

impl Crew {
    fn busy(&self, kind: &Policy) -> u32 {
        self.busy.get(kind.name).copied().unwrap_or(0)
    }

    /// What there are hands for.
    fn wanted(&self) -> Wanted {
        let free = |kind: &'static Policy| kind.running_max.saturating_sub(self.busy(kind)).min(LEASES_MAX);
        let places: Vec<_> = KINDS.into_iter().map(|kind| (kind, free(kind))).collect();
        let limit = places.iter().map(|(_, free)| *free).fold(0, u32::saturating_add);
        Wanted { places, limit }
    }

    fn begin(&mut self, app: &App, leased: LeasedJob) {
        let (app, job) = (app.clone(), leased.clone());
        let task = self.tasks.spawn(async move { run(&app, &job).await });
        let busy = self.busy.entry(leased.job.kind.name()).or_default();
        *busy = busy.saturating_add(1);
        self.jobs.insert(task.id(), leased);
    }

    /// Wait for one to end. Gives whether its kind had no place left, so that more of it may wait.
    async fn one_ended(&mut self) -> Option<bool> {
        let ended = self.tasks.join_next_with_id().await?;
        Some(self.ended(ended.map_or_else(|error| error.id(), |(id, ())| id)))
    }

    fn ended(&mut self, task: Id) -> bool {
        let Some(leased) = self.jobs.remove(&task) else { return false };
        let kind = leased.job.kind.policy();
        let was_full = self.busy(kind) >= kind.running_max;
        let busy = self.busy.entry(kind.name).or_default();
        *busy = busy.saturating_sub(1);
        was_full
    }

    /// All who ended by now.
    fn tidy(&mut self) -> bool {
        let mut was_full = false;
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            was_full |= self.ended(ended.map_or_else(|error| error.id(), |(id, ())| id));
        }
        was_full
    }

    /// Let what is under way finish, but not for ever: the rest is cut off and given back, for whoever comes next.
    async fn end(mut self, app: &App, patience: Duration) {
        let all = async { while self.one_ended().await.is_some() {} };
        if tokio::time::timeout(patience, all).await.is_ok() {
            return;
        }
        self.tasks.abort_all();
        // One that ended in its last moment is not given back.
        while let Some(ended) = self.tasks.join_next_with_id().await {
            if let Ok((id, ())) = ended {
                self.jobs.remove(&id);
            }
        }
        tracing::warn!(jobs = self.jobs.len(), "jobs_given_back");
        let given = join_all(self.jobs.values().map(|leased| app.jobs.give_back(leased)));
        let Ok(given) = tokio::time::timeout(GIVE_BACK_PATIENCE, given).await else {
            tracing::warn!("jobs_left_to_their_leases");
            return;
        };
        for problem in given.into_iter().filter_map(Result::err) {
            tracing::warn!(error = %problem, "job_left_to_its_lease");
        }
    }
}

/// Take what is due and do it side by side; look again when the log moves, when a place is free again, or when the next
/// job's time comes.
pub(crate) async fn work(app: App, name: String, patience: Duration, mut stopped: watch::Receiver<bool>) {
    let mut head = app.ports.feed.head();
    let mut crew = Crew::default();
    let mut may_be_due = true;
    while !*stopped.borrow() {
        if may_be_due {
            head.mark_unchanged();
            let wanted = crew.wanted();
            let leased = match app.jobs.lease(&name, &wanted).await {
                Ok(leased) => leased,
                Err(problem) => {
                    tracing::warn!(error = %problem, "queue_unavailable");
                    tokio::time::sleep(REFUSED_REST).await;
                    Vec::new()
                }
            };
            for leased in leased.iter().cloned() {
                crew.begin(&app, leased);
            }
            may_be_due = has_more(&wanted, &leased, &crew);
        }
        let wanted = crew.wanted();
        tokio::select! {
            changed = head.changed(), if !may_be_due => {
                may_be_due = true;
                if changed.is_err() {
                    break;
                }
            }
            Some(was_full) = crew.one_ended() => may_be_due |= crew.tidy() || was_full,
            () = quiet(&app, &wanted), if !may_be_due => may_be_due = true,
            () = told_to_stop(&mut stopped) => break,
            () = std::future::ready(()), if may_be_due => {}
        }
    }
    crew.end(&app, patience).await;
}

/// Whether some kind gave as many as were asked for, and has hands for more.
fn has_more(wanted: &Wanted, leased: &[LeasedJob], crew: &Crew) -> bool {
    wanted.places.iter().any(|(kind, asked)| {
        let found = leased.iter().filter(|one| one.job.kind.policy() == *kind).count();
        *asked > 0
            && u32::try_from(found).is_ok_and(|found| found >= *asked)
            && crew.busy(kind) < kind.running_max
    })
}

/// Do a job, and count how it ended.
async fn run(app: &App, leased: &LeasedJob) {
    let (kind, started) = (leased.job.kind.name(), Instant::now());
    match app.jobs.run(leased).await {
        Ok(ended) => {
            let outcome = ended.as_str();
            metrics::counter!("sutler_job_attempts_total", "kind" => kind, "outcome" => outcome).increment(1);
            if ended != Ended::Late {
                metrics::histogram!("sutler_job_duration_seconds", "kind" => kind).record(started.elapsed());
            }
        }
        Err(problem) => {
            tracing::warn!(job_id = %leased.job.job_id, error = %problem, "job_left_to_its_lease");
        }
    }
}

/// Ends when a job is due, if nothing happens before. The queue is asked only when it has been quiet for a moment: while
/// the log moves, it is looked at anyway.
async fn quiet(app: &App, wanted: &Wanted) {
    tokio::time::sleep(QUIET).await;
    tokio::time::sleep(until_next(app, wanted).await).await;
}

/// How long until a job is due that there is a hand for.
async fn until_next(app: &App, wanted: &Wanted) -> Duration {
    let due = app.ports.jobs.next_due(wanted).await.ok().flatten();
    let wait = due.map(|at| Duration::try_from(at.duration_since(app.ports.clock.now())).unwrap_or_default());
    wait.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use async_trait::async_trait;
    use sutler_adapters::log_shipping::LogShipping;
    use sutler_adapters::memory::Memory;
    use sutler_adapters::system::{SystemClock, SystemIds};
    use sutler_app::commit::{Commit, Refused};
    use sutler_app::job::{Job, JobKind, JobState, NewJob};
    use sutler_app::ports::jobs::JobQuery;
    use sutler_app::ports::{Clock, Ids, Ports, Swept, Upkeep};
    use sutler_app::stream::StreamId;
    use sutler_app::{Caller, Settings};
    use sutler_domain::{Currency, JobId};

    use super::*;

    /// A clean-up that never ends.
    struct Stuck;

    #[async_trait]
    impl Upkeep for Stuck {
        async fn sweep(&self) -> Result<Swept, Refused> {
            std::future::pending().await
        }
    }

    fn shop() -> App {
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>) =
            (Arc::new(SystemClock), Arc::new(SystemIds::default()));
        let store = Arc::new(Memory::new(sutler_adapters::Options::default()));
        let ports = Ports::over(&store, BTreeMap::new(), Arc::new(LogShipping), clock, ids);
        let ports = Ports { upkeep: Arc::new(Stuck), ..ports };
        App::new(ports, Settings::new(Currency::parse("EUR").unwrap()))
    }

    async fn ask(app: &App, kind: fn(jiff::Timestamp) -> JobKind) -> JobId {
        let (job_id, now) = (JobId::new(app.ports.ids.uuid()), app.ports.clock.now());
        let job = NewJob::new(job_id.clone(), kind(now), StreamId::from(&job_id), now);
        app.ports.store.commit(Commit::by(&Caller::system("test")).then([job])).await.unwrap();
        job_id
    }

    async fn until(app: &App, id: &JobId, state: JobState) -> Job {
        loop {
            let job = app.ports.jobs.job(id).await.unwrap().unwrap();
            if job.state == state {
                return job;
            }
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_is_not_finished_in_time_is_given_back() {
        let app = shop();
        let (stop, stopped) = watch::channel(false);
        let working = tokio::spawn(work(app.clone(), "w".to_owned(), Duration::from_millis(1), stopped));
        let id = ask(&app, |at| JobKind::CleanUp { at }).await;
        assert_eq!(until(&app, &id, JobState::Running).await.worker.as_deref(), Some("w"));
        stop.send_replace(true);
        working.await.unwrap();
        let job = app.ports.jobs.job(&id).await.unwrap().unwrap();
        assert_eq!((job.state, job.attempts, job.worker), (JobState::Ready, 0, None));
        assert_eq!(app.ports.jobs.attempts(&id).await.unwrap(), []);
        let next = app.jobs.lease("next", &Wanted::any(1)).await.unwrap();
        assert_eq!(next.first().map(|leased| &leased.job.job_id), Some(&id), "at once, for anybody");
    }

    #[tokio::test]
    async fn a_kind_whose_places_are_taken_keeps_no_other_waiting() {
        let app = shop();
        for _ in 0..3 {
            ask(&app, |at| JobKind::CleanUp { at }).await;
        }
        let (stop, stopped) = watch::channel(false);
        let working = tokio::spawn(work(app.clone(), "w".to_owned(), Duration::ZERO, stopped));
        for _ in 0..2 {
            let id = ask(&app, |at| JobKind::SweepPayments { at }).await;
            until(&app, &id, JobState::Done).await;
        }
        let running = JobQuery { states: vec![JobState::Running], ..JobQuery::default() };
        assert_eq!(app.ports.jobs.jobs(&running).await.unwrap().rows.len(), 1, "one place, one job");
        stop.send_replace(true);
        working.await.unwrap();
        assert_eq!(app.ports.jobs.jobs(&running).await.unwrap().rows, []);
    }
}
