//! What the queue of background work means for kinds, for whole queues, and for what is kept of a job.

use jiff::SignedDuration;
use sutler_app::commit::{Claim, ClaimKind, Commit, JobOutcome, QueueChange, Refused, Reschedule};
use sutler_app::job::{JOB_ATTEMPTS_MAX, JobKind, JobState, NewJob, Policy};
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::jobs::{JobCount, JobQuery, LeasedJob, PausedQueue, Wanted};
use sutler_app::stream::StreamId;

use super::{Case, Rig, Stores};
use crate::builders as some;

/// Every case of kinds and queues.
pub const CASES: &[Case] = &[
    ("kinds have places of their own", |rig| Box::pin(kinds_have_places_of_their_own(rig))),
    ("kinds that are not wanted are left alone", |rig| Box::pin(unwanted_kinds_are_left_alone(rig))),
    ("a queue that is paused gives nothing", |rig| Box::pin(a_paused_queue_gives_nothing(rig))),
    ("what runs in a paused queue is finished", |rig| Box::pin(what_runs_is_finished(rig))),
    ("a unique job is alive once", |rig| Box::pin(a_unique_job_is_alive_once(rig))),
    ("of two unique jobs at once one stands", |rig| Box::pin(of_two_at_once_one_stands(rig))),
    ("a dead job is no longer unique", |rig| Box::pin(a_dead_job_is_no_longer_unique(rig))),
    ("a late worker ends no unique job", |rig| Box::pin(a_late_worker_ends_no_unique_job(rig))),
    ("the last errors of a job are kept", |rig| Box::pin(the_last_errors_are_kept(rig))),
    ("jobs are counted by kind", |rig| Box::pin(jobs_are_counted_by_kind(rig))),
];

const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// A job that follows a payment's.
fn shipping(n: u64) -> NewJob {
    let order_id = some::order(n).order_id;
    let subject = StreamId::from(&order_id);
    NewJob::new(some::job_id(n), JobKind::NotifyShipping { order_id }, subject, some::start())
}

fn payment(n: u64) -> NewJob {
    some::job(n, some::start())
}

async fn ask(at: &Stores, jobs: impl IntoIterator<Item = NewJob>) {
    at.commit(some::nothing().then(jobs)).await.unwrap();
}

async fn take(at: &Stores, wanted: &Wanted) -> Vec<LeasedJob> {
    at.jobs.lease("worker-1", wanted, LEASE).await.unwrap()
}

fn ids(leased: &[LeasedJob]) -> Vec<String> {
    leased.iter().map(|one| one.job.job_id.to_string()).collect()
}

fn named(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|n| some::job_id(*n).to_string()).collect()
}

/// So many payments and so many notices, and no more than `limit` in all.
fn wanted(payments: u32, notices: u32, limit: u32) -> Wanted {
    let kind = |name| Policy::of(name).unwrap();
    Wanted { places: vec![(kind("process_order"), payments), (kind("notify_shipping"), notices)], limit }
}

fn done(leased: &LeasedJob) -> Commit {
    some::nothing().finishes(&leased.lease, JobOutcome::Done)
}

fn dead(leased: &LeasedJob) -> Commit {
    some::nothing().finishes(&leased.lease, JobOutcome::Dead { error: "no more".to_owned() })
}

fn paused(queue: &str, paused: bool) -> Commit {
    let queues = vec![QueueChange { queue: queue.to_owned(), paused }];
    Commit { queues, actor: "key:ada".to_owned(), ..some::nothing() }
}

async fn kinds_have_places_of_their_own(rig: &Rig) {
    ask(&rig.stores(), [shipping(1), payment(2), shipping(3), payment(4), payment(5)]).await;
    let at = rig.again().await;
    // Money first, whatever waited longer; within a kind in turn; never more than there are places.
    assert_eq!(ids(&take(&at, &wanted(2, 1, 9)).await), named(&[2, 4, 1]));
    assert_eq!(ids(&take(&at, &wanted(0, 9, 9)).await), named(&[3]));
    ask(&at, [shipping(6)]).await;
    assert_eq!(ids(&take(&at, &wanted(9, 9, 1)).await), named(&[5]), "one in all");
    assert_eq!(ids(&take(&at, &wanted(9, 9, 1)).await), named(&[6]));
    assert_eq!(take(&at, &wanted(9, 9, 9)).await, []);
}

async fn unwanted_kinds_are_left_alone(rig: &Rig) {
    ask(&rig.stores(), [shipping(1), payment(2)]).await;
    let at = rig.again().await;
    let none = Wanted { places: Vec::new(), limit: 9 };
    assert_eq!((take(&at, &none).await, at.jobs.next_due(&none).await.unwrap()), (Vec::new(), None));
    assert_eq!(at.jobs.next_due(&wanted(0, 0, 9)).await.unwrap(), None, "nobody has a hand free");
    take(&at, &wanted(9, 0, 9)).await;
    assert_eq!(at.jobs.next_due(&wanted(0, 1, 9)).await.unwrap(), Some(some::start()));
    assert_eq!(at.jobs.next_due(&wanted(1, 0, 9)).await.unwrap(), Some(some::second(30)), "its lease");
}

async fn a_paused_queue_gives_nothing(rig: &Rig) {
    ask(&rig.stores(), [shipping(1), payment(2)]).await;
    rig.pass(5);
    rig.stores().commit(paused("payments", true)).await.unwrap();
    rig.pass(5);
    // Once more changes nothing: it was paused then, by that person.
    rig.again()
        .await
        .commit(Commit { actor: "key:bob".to_owned(), ..paused("payments", true) })
        .await
        .unwrap();
    let at = rig.again().await;
    let pause =
        PausedQueue { queue: "payments".to_owned(), since: some::second(5), by: "key:ada".to_owned() };
    assert_eq!(at.jobs.paused().await.unwrap(), [pause]);
    assert_eq!(at.jobs.next_due(&wanted(9, 0, 9)).await.unwrap(), None);
    assert_eq!(ids(&take(&at, &Wanted::any(9)).await), named(&[1]));
    at.commit(paused("payments", false)).await.unwrap();
    at.commit(paused("orders", false)).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.jobs.paused().await.unwrap(), []);
    assert_eq!(ids(&take(&at, &Wanted::any(9)).await), named(&[2]));
}

async fn what_runs_is_finished(rig: &Rig) {
    ask(&rig.stores(), [payment(1), payment(2)]).await;
    let taken = take(&rig.stores(), &Wanted::any(2)).await;
    rig.stores().commit(paused("payments", true)).await.unwrap();
    let at = rig.again().await;
    at.jobs.renew(&taken[0].lease, LEASE).await.unwrap();
    at.commit(done(&taken[0])).await.unwrap();
    rig.pass(31);
    assert_eq!(take(&rig.again().await, &Wanted::any(9)).await, [], "a lease that ran out waits as well");
    rig.stores().commit(paused("payments", false)).await.unwrap();
    assert_eq!(ids(&take(&rig.again().await, &Wanted::any(9)).await), named(&[2]));
}

fn taken_by(n: u64, key: &str) -> Result<sutler_app::Receipt, Refused> {
    let claim = Claim { kind: ClaimKind::JobUnique, value: key.to_owned() };
    Err(Refused::Taken { claim, holder: StreamId::from(&some::job_id(n)) })
}

async fn a_unique_job_is_alive_once(rig: &Rig) {
    ask(&rig.stores(), [payment(1).unique("a"), payment(2).unique("b"), payment(3)]).await;
    let at = rig.again().await;
    let second = some::place(&some::order(9)).then([payment(4).unique("a")]);
    assert_eq!(at.commit(second.clone()).await, taken_by(1, "a"));
    let leased = take(&at, &Wanted::any(1)).await.remove(0);
    assert_eq!(
        (leased.job.unique_key.as_deref(), leased.lease.unique_key.as_deref()),
        (Some("a"), Some("a"))
    );
    // Alive while it runs and while it waits for another try.
    assert_eq!(rig.again().await.commit(second.clone()).await, taken_by(1, "a"));
    let later = JobOutcome::Retry { run_at: some::start(), error: "once".to_owned(), counts: true };
    rig.stores().commit(some::nothing().finishes(&leased.lease, later)).await.unwrap();
    assert_eq!(rig.again().await.commit(second.clone()).await, taken_by(1, "a"));
    let leased = take(&rig.stores(), &Wanted::any(1)).await.remove(0);
    rig.stores().commit(done(&leased)).await.unwrap();
    let at = rig.again().await;
    at.commit(second).await.unwrap();
    let job = at.jobs.job(&some::job_id(1)).await.unwrap().unwrap();
    assert_eq!((job.state, job.unique_key.as_deref()), (JobState::Done, Some("a")), "it is still shown");
}

async fn of_two_at_once_one_stands(rig: &Rig) {
    let at = rig.stores();
    let asked = (1..=8u64).map(|n| at.commit(some::nothing().then([payment(n).unique("a")])));
    let answers = futures::future::join_all(asked).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let refused = answers.iter().filter(|answer| matches!(answer, Err(Refused::Taken { .. })));
    assert_eq!(refused.count(), 7);
    let page = PageRequest { limit: 9, from: From::Start, count: true };
    let found = rig.again().await.jobs.jobs(&JobQuery { page, ..JobQuery::default() }).await.unwrap();
    assert_eq!(found.total, Some(1));
}

async fn a_dead_job_is_no_longer_unique(rig: &Rig) {
    ask(&rig.stores(), [payment(1).unique("a")]).await;
    let leased = take(&rig.stores(), &Wanted::any(1)).await.remove(0);
    rig.stores().commit(dead(&leased)).await.unwrap();
    let at = rig.again().await;
    ask(&at, [payment(2).unique("a")]).await;
    // Whoever wants the dead one back takes the name again, which somebody has.
    let stream = StreamId::from(&some::job_id(1));
    let mut retry = some::nothing().take(ClaimKind::JobUnique, "a", &stream);
    retry.reschedules.push(Reschedule { job_id: some::job_id(1), to: JobState::Ready });
    assert_eq!(at.commit(retry.clone()).await, taken_by(2, "a"));
    let leased = take(&rig.again().await, &Wanted::any(1)).await.remove(0);
    rig.stores().commit(done(&leased)).await.unwrap();
    rig.again().await.commit(retry).await.unwrap();
    assert_eq!(ids(&take(&rig.stores(), &Wanted::any(9)).await), named(&[1]));
}

async fn a_late_worker_ends_no_unique_job(rig: &Rig) {
    ask(&rig.stores(), [payment(1).unique("a")]).await;
    let late = take(&rig.stores(), &Wanted::any(1)).await.remove(0);
    rig.pass(31);
    let at = rig.again().await;
    let leased = take(&at, &Wanted::any(1)).await.remove(0);
    for commit in [done(&late), dead(&late)] {
        assert_eq!(at.commit(commit).await, Err(Refused::LeaseLost));
    }
    let second = some::nothing().then([payment(2).unique("a")]);
    assert_eq!(at.commit(second).await, taken_by(1, "a"), "the name is still held");
    at.commit(done(&leased)).await.unwrap();
}

async fn the_last_errors_are_kept(rig: &Rig) {
    ask(&rig.stores(), [payment(1), payment(2)]).await;
    let at = rig.stores();
    let tries = u32::try_from(JOB_ATTEMPTS_MAX).unwrap() + 3;
    for n in 1..=tries {
        let leased = take(&at, &wanted(1, 0, 1)).await.remove(0);
        let later = JobOutcome::Retry { run_at: some::start(), error: format!("error {n}"), counts: true };
        at.commit(some::nothing().finishes(&leased.lease, later)).await.unwrap();
    }
    let at = rig.again().await;
    let kept = at.jobs.attempts(&some::job_id(1)).await.unwrap();
    assert_eq!(kept.len(), JOB_ATTEMPTS_MAX);
    let told: Vec<_> = kept.iter().map(|attempt| attempt.error.clone()).collect();
    assert_eq!((told[0].as_str(), &told[told.len() - 1]), ("error 4", &format!("error {tries}")));
    assert_eq!(at.jobs.attempts(&some::job_id(2)).await.unwrap(), []);
}

async fn jobs_are_counted_by_kind(rig: &Rig) {
    let at = rig.stores();
    assert_eq!(at.jobs.counts().await.unwrap(), []);
    ask(&at, [shipping(1), payment(2), payment(3), some::job(4, some::second(7))]).await;
    rig.pass(2);
    let leased = take(&rig.again().await, &wanted(2, 0, 9)).await;
    rig.stores().commit(done(&leased[1])).await.unwrap();
    let count = |kind: &str, state, count, first| JobCount {
        kind: kind.to_owned(),
        state,
        count,
        first_at: some::second(first),
    };
    let mut counts = rig.again().await.jobs.counts().await.unwrap();
    counts.sort_by_key(|count| (count.kind.clone(), count.state.as_str()));
    let expected = [
        count("notify_shipping", JobState::Ready, 1, 0),
        count("process_order", JobState::Done, 1, 2),
        count("process_order", JobState::Ready, 1, 7),
        count("process_order", JobState::Running, 1, 32),
    ];
    assert_eq!(counts, expected);
}
