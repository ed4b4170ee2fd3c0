//! Jobs as the engine runs them, and as people move them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

mod shop;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use shop::{Shop, item, name, order, paid_with};
use sutler_app::commit::Commit;
use sutler_app::job::{Calendar, Ended, JOB_ERROR_MAX, JobKind, JobState, LEASE, NewJob};
use sutler_app::ports::jobs::{JobQuery, Wanted};
use sutler_app::ports::{Clock, Ports, Shipping};
use sutler_app::stream::StreamId;
use sutler_app::{App, Caller, Kind};
use sutler_domain::JobId;
use sutler_domain::orders::{Order, OrderStatus};
use uuid::Uuid;

fn in_state(state: JobState) -> JobQuery {
    JobQuery { states: vec![state], ..JobQuery::default() }
}

/// Whoever ships, in a bad mood until it is mended.
#[derive(Default)]
struct Moody {
    is_mended: AtomicBool,
    told: AtomicU32,
}

#[async_trait]
impl Shipping for Moody {
    async fn notify(&self, _: &Order, _: u64) -> Result<(), String> {
        self.told.fetch_add(1, Ordering::Relaxed);
        if self.is_mended.load(Ordering::Relaxed) { Ok(()) } else { Err("no ".repeat(2000)) }
    }
}

/// A shop whose carrier fails.
async fn with_moody_shipping() -> (Shop, Arc<Moody>) {
    let mut shop = Shop::open().await;
    let moody = Arc::new(Moody::default());
    let ports = Ports { shipping: moody.clone(), ..(*shop.app.ports).clone() };
    shop.app = App::new(ports, (*shop.app.settings).clone());
    shop.product("MUG", 1490, 100).await;
    shop.settle().await;
    (shop, moody)
}

/// Let the notice of an order fail until it is dead.
async fn until_dead(shop: &Shop, dead: usize) {
    for _ in 0..20 {
        shop.settle().await;
        shop.pass(SignedDuration::from_mins(11));
    }
    let found = shop.app.jobs.list(&shop.caller, &in_state(JobState::Dead)).await.unwrap().rows;
    assert_eq!(found.len(), dead, "{found:?}");
}

#[tokio::test]
async fn a_dead_job_is_told_with_its_errors_cut_and_all_of_them_are_retried_at_once() {
    let (shop, moody) = with_moody_shipping().await;
    for _ in 0..3 {
        shop.place(paid_with("tok_ok", vec![item("MUG", 1)])).await;
    }
    until_dead(&shop, 3).await;
    let dead = shop.app.jobs.list(&shop.caller, &in_state(JobState::Dead)).await.unwrap().rows;
    let (job, attempts) = shop.app.jobs.get(&shop.caller, &dead[0].job_id).await.unwrap();
    assert_eq!((job.kind.name(), attempts.len()), ("notify_shipping", 15));
    assert!(attempts.iter().all(|attempt| attempt.error.chars().count() == JOB_ERROR_MAX + 1));
    let events = sutler_app::public::EventQuery {
        types: vec!["job.dead".to_owned()],
        limit: 9,
        ..sutler_app::public::EventQuery::default()
    };
    let told = shop.app.events.list(&shop.caller, &events).await.unwrap().events;
    assert_eq!(told.len(), 3);

    moody.is_mended.store(true, Ordering::Relaxed);
    let of_money = JobQuery { kinds: vec!["process_order".to_owned()], ..in_state(JobState::Dead) };
    let retried = shop.app.jobs.retry_all(&shop.caller, &of_money).await.unwrap();
    assert_eq!((retried.retried, retried.has_more), (0, false), "none of another kind");
    let retried = shop.app.jobs.retry_all(&shop.caller, &in_state(JobState::Dead)).await.unwrap();
    assert_eq!((retried.retried, retried.left, retried.has_more), (3, 0, false));
    let before = moody.told.load(Ordering::Relaxed);
    shop.settle().await;
    assert_eq!(moody.told.load(Ordering::Relaxed), before + 3);
    let refused = shop.app.jobs.retry_all(&shop.caller, &in_state(JobState::Ready)).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Invalid, "validation_failed"));
}

#[tokio::test]
async fn a_paused_queue_keeps_the_money_and_nothing_else() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let paused = shop.app.jobs.pause(&shop.caller, "payments").await.unwrap();
    assert_eq!(paused.paused.map(|paused| paused.by), Some(shop.caller.actor.clone()));
    let placed = shop.place(paid_with("tok_ok", vec![item("MUG", 2)])).await;
    shop.settle().await;
    assert_eq!(shop.order(&placed).await.order.status, OrderStatus::Created);
    assert_eq!(shop.stock("MUG").await, (5, 2), "stock is kept");
    shop.pass(SignedDuration::from_secs(30));
    let queues = shop.app.jobs.queues(&shop.caller).await.unwrap();
    assert_eq!(queues.iter().map(|queue| queue.name).collect::<Vec<_>>(), ["orders", "payments", "upkeep"]);
    assert_eq!((queues[1].counts[0], queues[1].due_since), (1, Some(placed.order.placed_at)));
    let resumed = shop.app.jobs.resume(&shop.caller, "payments").await.unwrap();
    assert_eq!(resumed.paused, None);
    shop.settle().await;
    assert_eq!(shop.order(&placed).await.order.status, OrderStatus::Confirmed);
    let unknown = shop.app.jobs.pause(&shop.caller, "mails").await.unwrap_err();
    assert_eq!(unknown.kind, Kind::NotFound);
}

#[tokio::test]
async fn what_was_given_back_is_due_at_once_and_nothing_counts() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    shop.settle().await;
    let placed = shop.place(order(vec![item("MUG", 1)])).await;
    let leased = shop.app.jobs.lease("ending", &Wanted::any(9)).await.unwrap().remove(0);
    shop.app.jobs.give_back(&leased).await.unwrap();
    let again = shop.app.jobs.lease("next", &Wanted::any(9)).await.unwrap().remove(0);
    assert_eq!((again.job.job_id.clone(), again.job.attempts), (leased.job.job_id.clone(), 1));
    // Whoever was working on it comes back, and has nothing to say. Nor has who gives back what is no longer theirs.
    assert_eq!(shop.app.jobs.run(&leased).await.unwrap(), Ended::Late);
    shop.app.jobs.give_back(&leased).await.unwrap();
    assert_eq!(shop.app.jobs.run(&again).await.unwrap(), Ended::Done);
    let (job, attempts) = shop.app.jobs.get(&shop.caller, &leased.job.job_id).await.unwrap();
    assert_eq!((job.state, job.attempts, attempts), (JobState::Done, 1, Vec::new()));
    shop.app.orders.get(&shop.caller, &name(&placed)).await.unwrap();
}

/// A clock on which every wait is over at once.
struct Hasty(Arc<shop::StillClock>);

#[async_trait]
impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    async fn sleep(&self, _: Duration) {}
}

/// A carrier that never answers.
struct Silent;

#[async_trait]
impl Shipping for Silent {
    async fn notify(&self, _: &Order, _: u64) -> Result<(), String> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_has_failed() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    shop.place(paid_with("tok_ok", vec![item("MUG", 1)])).await;
    let wanted = |name: &str| {
        let mut wanted = Wanted::any(9);
        wanted.places.retain(|(kind, _)| kind.name == name);
        wanted
    };
    for leased in shop.app.jobs.lease("w", &wanted("process_order")).await.unwrap() {
        shop.app.jobs.run(&leased).await.unwrap();
    }
    let hasty = Arc::new(Hasty(shop.clock.clone()));
    let ports = Ports { shipping: Arc::new(Silent), clock: hasty, ..(*shop.app.ports).clone() };
    let app = App::new(ports, (*shop.app.settings).clone());
    let leased = app.jobs.lease("w", &wanted("notify_shipping")).await.unwrap().remove(0);
    assert_eq!(app.jobs.run(&leased).await.unwrap(), Ended::Retries);
    let (_, attempts) = app.jobs.get(&shop.caller, &leased.job.job_id).await.unwrap();
    assert_eq!(attempts[0].error, "it took longer than 60 s and was cut off");
}

#[tokio::test]
async fn a_run_of_the_calendar_happens_once_however_many_servers_look() {
    let shop = Shop::open().await;
    let runs = async || {
        let query = JobQuery { kinds: vec!["clean_up".to_owned()], ..JobQuery::default() };
        shop.app.jobs.list(&shop.caller, &query).await.unwrap().rows.len()
    };
    let mut servers: Vec<Calendar> = (0..5).map(|_| Calendar::default()).collect();
    let look = async |servers: &mut [Calendar]| {
        let looks = servers.iter_mut().map(|calendar| shop.app.jobs.ask_for_due_runs(calendar));
        let asked = join_all(looks).await.into_iter().flat_map(Result::unwrap);
        asked.filter(|name| *name == "clean_up").collect::<Vec<_>>()
    };
    // It is noon: a new shop begins with the next instant, 12:07.
    assert_eq!(look(&mut servers).await, Vec::<&str>::new());
    shop.pass(SignedDuration::from_mins(7));
    assert_eq!(look(&mut servers).await, ["clean_up"]);
    assert_eq!(look(&mut servers).await, Vec::<&str>::new());
    shop.settle().await;
    // A server that starts now knows nothing, and asks for nothing that was done.
    assert_eq!(look(&mut [Calendar::default()]).await, Vec::<&str>::new());
    assert_eq!(runs().await, 1);
    // Nobody was there for three hours, and everybody comes back at once: the run is made up for, once.
    shop.pass(SignedDuration::from_hours(3));
    let mut restarted = [Calendar::default(), Calendar::default()];
    assert_eq!(look(&mut restarted).await, ["clean_up"]);
    assert_eq!(look(&mut servers).await, Vec::<&str>::new());
    shop.settle().await;
    assert_eq!(runs().await, 2);
}

#[tokio::test]
async fn the_daily_sweep_asks_about_payments_that_nobody_asks_about() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let placed = shop.place(paid_with("tok_timeout", vec![item("MUG", 1)])).await;
    // Its own job is given up before it finds out.
    shop.app.jobs.run_due("w", 9).await.unwrap();
    let waiting = shop.app.jobs.list(&shop.caller, &in_state(JobState::Ready)).await.unwrap().rows;
    for job in &waiting {
        shop.app.jobs.cancel(&shop.caller, &job.job_id).await.unwrap();
    }
    shop.pass(SignedDuration::from_hours(2));
    shop.settle().await;
    assert_eq!(shop.order(&placed).await.order.status, OrderStatus::Created, "nobody asks");

    let sweep = async |n: u128| {
        let job_id = JobId::new(Uuid::from_u128(n));
        let kind = JobKind::SweepPayments { at: shop.clock.now() };
        let job = NewJob::new(job_id.clone(), kind, StreamId::from(&job_id), shop.clock.now());
        shop.app.ports.store.commit(Commit::by(&Caller::system("test")).then([job])).await.unwrap();
        let mut only = Wanted::any(9);
        only.places.retain(|(kind, _)| kind.name == "sweep_payments");
        let leased = shop.app.ports.jobs.lease("w", &only, LEASE).await.unwrap().remove(0);
        assert_eq!(shop.app.jobs.run(&leased).await.unwrap(), Ended::Done);
    };
    sweep(1).await;
    // The question waits; another sweep does not ask it twice.
    sweep(2).await;
    let asked = JobQuery { kinds: vec!["sync_payment".to_owned()], ..in_state(JobState::Ready) };
    let asked = shop.app.jobs.list(&shop.caller, &asked).await.unwrap().rows;
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].unique_key.as_ref().is_some_and(|key| key.starts_with("sync_payment:pay_")));
    shop.settle().await;
    assert_eq!(shop.order(&placed).await.order.captured(), 1490);
    assert_eq!(shop.gateway.books().len(), 1, "asked, and not charged again");
}
