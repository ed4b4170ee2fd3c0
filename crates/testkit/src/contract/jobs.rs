//! What the queue of background work means.

use jiff::SignedDuration;
use sutler_app::commit::{ClaimKind, Commit, JobOutcome, Refused, Reschedule};
use sutler_app::job::{Attempt, JobKind, JobState, NewJob};
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::jobs::{JobQuery, Lease, LeasedJob, Wanted};
use sutler_app::stream::StreamId;
use sutler_domain::OrderId;

use super::{Case, JOB_TTL_S, Rig, Stores};
use crate::builders as some;

/// Every case of the queue.
pub const CASES: &[Case] = &[
    ("a commit asks for work", |rig| Box::pin(a_commit_asks_for_work(rig))),
    ("jobs are taken in the order they are due", |rig| Box::pin(jobs_are_taken_in_order(rig))),
    ("a job is taken once", |rig| Box::pin(a_job_is_taken_once(rig))),
    ("a lease that ran out passes on", |rig| Box::pin(a_lease_that_ran_out_passes_on(rig))),
    ("a late worker is refused", |rig| Box::pin(a_late_worker_is_refused(rig))),
    ("a lease is kept by renewal", |rig| Box::pin(a_lease_is_kept_by_renewal(rig))),
    ("a commit finishes its job", |rig| Box::pin(a_commit_finishes_its_job(rig))),
    ("a failed attempt is tried again", |rig| Box::pin(a_failed_attempt_is_tried_again(rig))),
    ("waiting does not count", |rig| Box::pin(waiting_does_not_count(rig))),
    ("a dead job waits for a person", |rig| Box::pin(a_dead_job_waits_for_a_person(rig))),
    ("a person moves what does not run", |rig| Box::pin(a_person_moves_what_does_not_run(rig))),
    ("lists are newest first", |rig| Box::pin(lists_are_newest_first(rig))),
    ("ended jobs are forgotten in time", |rig| Box::pin(ended_jobs_are_forgotten_in_time(rig))),
    ("the id of a notice is forgotten with its job", |rig| {
        Box::pin(the_id_of_a_notice_is_forgotten_with_its_job(rig))
    }),
    ("the next due time is known", |rig| Box::pin(the_next_due_time_is_known(rig))),
];

const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// Ask for jobs, each due so many seconds after the start.
async fn enqueue(at: &Stores, jobs: &[(u64, i64)]) {
    let jobs = jobs.iter().map(|(n, due)| some::job(*n, some::second(*due)));
    at.commit(some::nothing().then(jobs)).await.unwrap();
}

async fn take(at: &Stores, limit: u32) -> Vec<LeasedJob> {
    at.jobs.lease("worker-1", &Wanted::any(limit), LEASE).await.unwrap()
}

async fn state(at: &Stores, n: u64) -> JobState {
    at.jobs.job(&some::job_id(n)).await.unwrap().unwrap().state
}

fn ids(leased: &[LeasedJob]) -> Vec<String> {
    leased.iter().map(|one| one.job.job_id.to_string()).collect()
}

fn named(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|n| some::job_id(*n).to_string()).collect()
}

fn finish(lease: &Lease, outcome: JobOutcome) -> Commit {
    some::nothing().finishes(lease, outcome)
}

fn retry(due: i64, error: &str, counts: bool) -> JobOutcome {
    JobOutcome::Retry { run_at: some::second(due), error: error.to_owned(), counts }
}

fn reschedule(n: u64, to: JobState) -> Commit {
    Commit { reschedules: vec![Reschedule { job_id: some::job_id(n), to }], ..some::nothing() }
}

async fn a_commit_asks_for_work(rig: &Rig) {
    let at = rig.stores();
    at.commit(some::place(&some::order(1)).then([some::job(1, some::second(5))])).await.unwrap();
    let job = rig.again().await.jobs.job(&some::job_id(1)).await.unwrap().unwrap();
    let asked = some::job(1, some::second(5));
    assert_eq!((job.kind, job.subject, job.run_at), (asked.kind, asked.subject, asked.run_at));
    assert_eq!((job.state, job.attempts, job.worker, job.last_error), (JobState::Ready, 0, None, None));
    assert_eq!((job.created_at, job.finished_at), (some::start(), None));
    assert_eq!(rig.stores().jobs.job(&some::job_id(2)).await.unwrap(), None);
}

async fn jobs_are_taken_in_order(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 3), (2, 1), (3, 1), (4, 2), (5, 9)]).await;
    assert_eq!(take(&rig.stores(), 9).await, [], "none is due yet");
    rig.pass(3);
    let at = rig.again().await;
    assert_eq!(ids(&take(&at, 2).await), named(&[2, 3]));
    assert_eq!(ids(&take(&at, 9).await), named(&[4, 1]));
    assert_eq!(take(&at, 9).await, []);
}

async fn a_job_is_taken_once(rig: &Rig) {
    let all: Vec<_> = (1..=40).map(|n| (n, 0)).collect();
    enqueue(&rig.stores(), &all).await;
    let at = rig.again().await;
    let workers = (0..10).map(|_| {
        let at = at.clone();
        tokio::spawn(async move { take(&at, 5).await })
    });
    let taken = futures::future::join_all(workers.collect::<Vec<_>>()).await;
    let mut taken: Vec<_> = taken.into_iter().flat_map(|leased| ids(&leased.unwrap())).collect();
    taken.sort();
    assert_eq!(taken, named(&(1..=40).collect::<Vec<_>>()));
}

async fn a_lease_that_ran_out_passes_on(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 0)]).await;
    let first = take(&rig.stores(), 1).await.remove(0);
    assert_eq!((first.job.state, first.job.attempts), (JobState::Running, 1));
    assert_eq!(first.job.worker.as_deref(), Some("worker-1"));
    rig.pass(29);
    assert_eq!(take(&rig.again().await, 1).await, []);
    rig.pass(1);
    let at = rig.again().await;
    let second = at.jobs.lease("worker-2", &Wanted::any(1), LEASE).await.unwrap().remove(0);
    assert!(second.lease.token > first.lease.token);
    assert_eq!((second.job.attempts, second.job.worker.as_deref()), (2, Some("worker-2")));
    let attempts = at.jobs.attempts(&some::job_id(1)).await.unwrap();
    assert_eq!((attempts.len(), attempts[0].attempt, attempts[0].at), (1, 1, some::second(30)));
    assert!(attempts[0].error.contains("worker-1"), "{}", attempts[0].error);
}

async fn a_late_worker_is_refused(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 0)]).await;
    let late = take(&rig.stores(), 1).await.remove(0).lease;
    rig.pass(30);
    let lease = take(&rig.again().await, 1).await.remove(0).lease;
    let at = rig.again().await;
    for outcome in [JobOutcome::Done, retry(0, "late", true), JobOutcome::Dead { error: "late".to_owned() }] {
        let commit = some::place(&some::order(1)).finishes(&late, outcome);
        assert_eq!(at.commit(commit).await, Err(Refused::LeaseLost));
    }
    assert_eq!(at.jobs.renew(&late, LEASE).await, Err(Refused::LeaseLost));
    assert_eq!(state(&at, 1).await, JobState::Running);
    at.commit(some::place(&some::order(1)).finishes(&lease, JobOutcome::Done)).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.commit(finish(&lease, JobOutcome::Done)).await, Err(Refused::LeaseLost), "it ends once");
    assert_eq!(at.jobs.renew(&lease, LEASE).await, Err(Refused::LeaseLost));
    let unknown = Lease { job_id: some::job_id(9), token: 1, unique_key: None };
    assert_eq!(at.commit(finish(&unknown, JobOutcome::Done)).await, Err(Refused::LeaseLost));
    assert_eq!(at.jobs.renew(&unknown, LEASE).await, Err(Refused::LeaseLost));
}

async fn a_lease_is_kept_by_renewal(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 0)]).await;
    let lease = take(&rig.stores(), 1).await.remove(0).lease;
    rig.pass(20);
    rig.again().await.jobs.renew(&lease, LEASE).await.unwrap();
    rig.pass(29);
    assert_eq!(take(&rig.again().await, 1).await, []);
    // Late, but nobody took it over: the lease still holds.
    rig.pass(60);
    rig.stores().jobs.renew(&lease, LEASE).await.unwrap();
    assert_eq!(take(&rig.again().await, 1).await, []);
    rig.stores().commit(finish(&lease, JobOutcome::Done)).await.unwrap();
}

async fn a_commit_finishes_its_job(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 0)]).await;
    let lease = take(&rig.stores(), 1).await.remove(0).lease;
    rig.pass(2);
    let at = rig.again().await;
    let refused = some::update(&some::order(1), 7).finishes(&lease, JobOutcome::Done);
    assert!(matches!(at.commit(refused).await, Err(Refused::Moved { .. })));
    assert_eq!(state(&at, 1).await, JobState::Running, "a refused commit finishes nothing");
    at.commit(finish(&lease, JobOutcome::Done)).await.unwrap();
    let job = rig.again().await.jobs.job(&some::job_id(1)).await.unwrap().unwrap();
    assert_eq!((job.state, job.finished_at, job.worker), (JobState::Done, Some(some::second(2)), None));
    assert_eq!(take(&rig.stores(), 1).await, []);
}

async fn a_failed_attempt_is_tried_again(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 0)]).await;
    for attempt in 1..=2u32 {
        let due = i64::from(attempt) * 10;
        let leased = take(&rig.again().await, 1).await.remove(0);
        assert_eq!(leased.job.attempts, attempt);
        let error = format!("no answer {attempt}");
        rig.stores().commit(finish(&leased.lease, retry(due, &error, true))).await.unwrap();
        let job = rig.again().await.jobs.job(&some::job_id(1)).await.unwrap().unwrap();
        assert_eq!((job.state, job.run_at, job.worker), (JobState::Ready, some::second(due), None));
        assert_eq!(job.last_error, Some(error));
        assert_eq!(take(&rig.stores(), 1).await, [], "not before its time");
        rig.pass(10);
    }
    let attempts = rig.again().await.jobs.attempts(&some::job_id(1)).await.unwrap();
    let told = |attempt, error: &str, at| Attempt { attempt, error: error.to_owned(), at: some::second(at) };
    assert_eq!(attempts, [told(1, "no answer 1", 0), told(2, "no answer 2", 10)]);
}

async fn waiting_does_not_count(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 0)]).await;
    for _ in 0..3 {
        let leased = take(&rig.again().await, 1).await.remove(0);
        assert_eq!(leased.job.attempts, 1);
        rig.stores().commit(finish(&leased.lease, retry(0, "the buyer is awaited", false))).await.unwrap();
    }
    let at = rig.again().await;
    let job = at.jobs.job(&some::job_id(1)).await.unwrap().unwrap();
    assert_eq!((job.attempts, job.last_error.as_deref()), (0, Some("the buyer is awaited")));
    assert_eq!(at.jobs.attempts(&some::job_id(1)).await.unwrap(), []);
}

async fn a_dead_job_waits_for_a_person(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 0)]).await;
    let leased = take(&rig.stores(), 1).await.remove(0);
    let dead = JobOutcome::Dead { error: "unknown gateway".to_owned() };
    rig.stores().commit(finish(&leased.lease, dead)).await.unwrap();
    rig.pass(10 * JOB_TTL_S);
    let at = rig.again().await;
    (at.maintain)().await;
    assert_eq!(take(&at, 1).await, []);
    let job = at.jobs.job(&some::job_id(1)).await.unwrap().unwrap();
    assert_eq!((job.state, job.last_error.as_deref()), (JobState::Dead, Some("unknown gateway")));
    assert_eq!(at.jobs.attempts(&some::job_id(1)).await.unwrap().len(), 1);
    at.commit(reschedule(1, JobState::Ready)).await.unwrap();
    let again = take(&rig.again().await, 1).await.remove(0);
    assert_eq!(again.job.attempts, 1, "with all its tries");
    assert!(again.lease.token > leased.lease.token);
}

async fn a_person_moves_what_does_not_run(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 60), (2, 60), (3, 0)]).await;
    let at = rig.again().await;
    at.commit(reschedule(1, JobState::Ready)).await.unwrap();
    at.commit(reschedule(2, JobState::Canceled)).await.unwrap();
    let taken = take(&rig.again().await, 9).await;
    assert_eq!(ids(&taken), named(&[1, 3]), "now, though it was for later");
    let at = rig.again().await;
    assert_eq!(state(&at, 2).await, JobState::Canceled);
    let running = Err(Refused::JobState { found: JobState::Running });
    assert_eq!(at.commit(reschedule(1, JobState::Canceled)).await, running);
    at.commit(finish(&taken[0].lease, JobOutcome::Done)).await.unwrap();
    let done = Err(Refused::JobState { found: JobState::Done });
    assert_eq!(at.commit(reschedule(1, JobState::Ready)).await, done);
    assert_eq!(at.commit(reschedule(99, JobState::Ready)).await, done, "what is forgotten was done");
    at.commit(reschedule(2, JobState::Ready)).await.unwrap();
    assert_eq!(ids(&take(&rig.again().await, 9).await), named(&[2]));
}

async fn lists_are_newest_first(rig: &Rig) {
    for n in 1..=5 {
        enqueue(&rig.stores(), &[(n, i64::try_from(n).unwrap())]).await;
    }
    rig.pass(2);
    let at = rig.again().await;
    take(&at, 1).await;
    let read = async |states: &[JobState], kind: Option<&str>, limit: u32, from: From| {
        let page = PageRequest { limit, from, count: true };
        let query =
            JobQuery { states: states.to_vec(), kinds: kind.map(str::to_owned).into_iter().collect(), page };
        let page = at.jobs.jobs(&query).await.unwrap();
        let ids: Vec<_> = page.rows.iter().map(|job| job.job_id.to_string()).collect();
        (ids, page.total, page.next)
    };
    let (first, total, next) = read(&[], None, 2, From::Start).await;
    assert_eq!((first, total), (named(&[5, 4]), Some(5)));
    let (second, _, next) = read(&[], None, 2, From::After(next.unwrap())).await;
    assert_eq!(second, named(&[3, 2]));
    let (last, _, next) = read(&[], None, 2, From::After(next.unwrap())).await;
    assert_eq!((last, next), (named(&[1]), None));
    assert_eq!(read(&[JobState::Ready], None, 9, From::Start).await.0, named(&[5, 4, 3, 2]));
    let both = [JobState::Running, JobState::Done];
    assert_eq!(read(&both, Some("process_order"), 9, From::Start).await.0, named(&[1]));
    assert_eq!(read(&[], Some("sync_payment"), 9, From::Start).await.1, Some(0));
}

async fn ended_jobs_are_forgotten_in_time(rig: &Rig) {
    enqueue(&rig.stores(), &[(1, 0), (2, 0), (3, 60)]).await;
    let taken = take(&rig.stores(), 2).await;
    rig.stores().commit(finish(&taken[0].lease, retry(0, "once", true))).await.unwrap();
    let again = take(&rig.stores(), 1).await.remove(0);
    rig.stores().commit(finish(&again.lease, JobOutcome::Done)).await.unwrap();
    rig.stores().commit(reschedule(3, JobState::Canceled)).await.unwrap();
    rig.pass(JOB_TTL_S - 1);
    assert_eq!((rig.again().await.maintain)().await.1, 0);
    rig.pass(1);
    let at = rig.again().await;
    assert_eq!((at.maintain)().await.1, 2);
    assert_eq!(at.jobs.job(&some::job_id(1)).await.unwrap(), None);
    assert_eq!(at.jobs.attempts(&some::job_id(1)).await.unwrap(), []);
    assert_eq!(state(&at, 2).await, JobState::Running, "what is not over stays");
    assert_eq!(at.commit(finish(&again.lease, JobOutcome::Done)).await, Err(Refused::LeaseLost));
}

async fn the_id_of_a_notice_is_forgotten_with_its_job(rig: &Rig) {
    let notice = |n: u64| {
        let (order_id, value): (OrderId, _) = (some::id(1), "stripe:evt_1".to_owned());
        let subject = StreamId::from(&order_id);
        let notice = Some(value.clone());
        let kind = JobKind::SyncPayment { order_id, payment_id: some::id(1), transaction_id: None, notice };
        let job = NewJob::new(some::job_id(n), kind, subject, some::start());
        let holder = StreamId::from(&job.job_id);
        some::nothing().take(ClaimKind::GatewayNotice, value, &holder).then([job])
    };
    rig.stores().commit(notice(1)).await.unwrap();
    let leased = take(&rig.stores(), 1).await.remove(0);
    rig.stores().commit(finish(&leased.lease, JobOutcome::Done)).await.unwrap();
    rig.pass(JOB_TTL_S - 1);
    (rig.again().await.maintain)().await;
    let repeated = rig.stores().commit(notice(2)).await;
    assert!(matches!(repeated, Err(Refused::Taken { .. })), "{repeated:?}");
    rig.pass(1);
    assert_eq!((rig.again().await.maintain)().await.1, 1);
    rig.stores().commit(notice(3)).await.unwrap();
}

async fn the_next_due_time_is_known(rig: &Rig) {
    let at = rig.stores();
    assert_eq!(at.jobs.next_due(&Wanted::any(9)).await.unwrap(), None);
    enqueue(&at, &[(1, 40), (2, 20)]).await;
    assert_eq!(rig.again().await.jobs.next_due(&Wanted::any(9)).await.unwrap(), Some(some::second(20)));
    rig.pass(20);
    let leased = take(&rig.stores(), 1).await.remove(0);
    assert_eq!(rig.again().await.jobs.next_due(&Wanted::any(9)).await.unwrap(), Some(some::second(40)));
    rig.stores().commit(finish(&leased.lease, retry(30, "once", true))).await.unwrap();
    assert_eq!(rig.again().await.jobs.next_due(&Wanted::any(9)).await.unwrap(), Some(some::second(30)));
    rig.pass(20);
    take(&rig.stores(), 2).await;
    // A lease that runs out is work again.
    assert_eq!(rig.again().await.jobs.next_due(&Wanted::any(9)).await.unwrap(), Some(some::second(70)));
}
