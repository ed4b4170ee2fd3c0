//! What runs beside the requests: workers for the jobs, the sweep, the readers of the feed, and upkeep.

use std::future::Future;
use std::time::Duration;

use sutler_app::App;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::numbers::Numbers;
use crate::wiring::{Wired, readers};

/// Jobs under way at once. A gateway that takes its time holds one place, not all.
const JOBS_RUNNING_MAX: usize = 256;

/// Jobs taken at once; what comes of them shares the store's batches.
const LEASES_MAX: u32 = 128;

/// How long to rest after the store refused a look at the queue.
const REFUSED_REST: Duration = Duration::from_millis(200);

/// How long nothing must have happened before the queue is asked when its next job is due.
const QUIET: Duration = Duration::from_millis(50);

/// How often orders and reservations whose time ran out are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How often metrics and quotas are tidied: without it they grow for ever.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// How often expired keys and ended jobs are taken away.
const MAINTENANCE_EVERY: Duration = Duration::from_mins(10);

/// The longest that a worker looks away from the queue, whatever it was told.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Everything that runs beside the requests.
pub(crate) struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Background {
    /// Begin what this role does; every server tidies up after itself.
    pub(crate) fn begin(wired: &Wired, config: &Config) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut background = Self { stop, tasks: JoinSet::new() };
        let (api, numbers) = (wired.api.clone(), Numbers::begin(wired.keeper.clone(), config));
        background.every(UPKEEP_EVERY, &stopped, move || {
            api.upkeep();
            numbers.look();
            std::future::ready(())
        });
        if config.role.answers() {
            background.read_aloud(wired, &stopped);
        }
        if config.role.works() {
            background.work(wired, &stopped);
        }
        background
    }

    /// The one reader of the log for all who follow it over HTTP.
    fn read_aloud(&mut self, wired: &Wired, stopped: &watch::Receiver<bool>) {
        let (live, mut stopped) = (wired.app.live.clone(), stopped.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = live.run() => {}
                () = told_to_stop(&mut stopped) => {}
            }
        });
    }

    /// The work that requests leave behind, and what is done for the shop as a whole.
    fn work(&mut self, wired: &Wired, stopped: &watch::Receiver<bool>) {
        let name = std::process::id().to_string();
        self.tasks.spawn(work(wired.app.clone(), name, stopped.clone()));
        let app = wired.app.clone();
        self.every(SWEEP_EVERY, stopped, move || {
            let app = app.clone();
            async move { sweep(&app).await }
        });
        let keeper = wired.keeper.clone();
        self.every(MAINTENANCE_EVERY, stopped, move || {
            let keeper = keeper.clone();
            async move { keeper.maintain().await }
        });
        self.follow(wired, stopped);
        self.relay(wired, stopped);
    }

    /// The relay to the bus, if there is one. It may be cut off anywhere: what the bus has is asked of the bus.
    fn relay(&mut self, wired: &Wired, stopped: &watch::Receiver<bool>) {
        let (bus, mut stopped) = (wired.app.bus.clone(), stopped.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = bus.run() => {}
                () = told_to_stop(&mut stopped) => {}
            }
        });
    }

    /// The readers of the feed, each on its own, so that one that fails holds up no other.
    fn follow(&mut self, wired: &Wired, stopped: &watch::Receiver<bool>) {
        for (name, handler) in readers(&wired.app) {
            let (ports, mut stopped) = (wired.app.ports.clone(), stopped.clone());
            self.tasks.spawn(async move {
                tokio::select! {
                    () = ports.feed.follow(name, &*handler, &*ports.clock) => {}
                    () = told_to_stop(&mut stopped) => {}
                }
            });
        }
    }

    fn every<F>(
        &mut self,
        rest: Duration,
        stopped: &watch::Receiver<bool>,
        mut act: impl FnMut() -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send,
    {
        let mut stopped = stopped.clone();
        self.tasks.spawn(async move {
            let mut ticks = tokio::time::interval(rest);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = ticks.tick() => {}
                    () = told_to_stop(&mut stopped) => return,
                }
                act().await;
            }
        });
    }

    /// Begin nothing new and let what is under way finish, but not for ever: what is left undone has a lease that runs
    /// out, and is done by whoever comes next.
    pub(crate) async fn end(mut self, patience: Duration) {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("jobs_left_to_their_leases");
        }
    }
}

async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    _ = stopped.wait_for(|stop| *stop).await;
}

/// Take what is due and do it side by side; look again when the log moves, when a place is free again, or when the next
/// job's time comes.
async fn work(app: App, name: String, mut stopped: watch::Receiver<bool>) {
    let mut head = app.ports.feed.head();
    let mut running = JoinSet::new();
    let mut may_be_due = true;
    while !*stopped.borrow() {
        let free = JOBS_RUNNING_MAX.saturating_sub(running.len());
        if may_be_due && free > 0 {
            head.mark_unchanged();
            let asked = u32::try_from(free).unwrap_or(LEASES_MAX).min(LEASES_MAX);
            let leased = match app.jobs.lease(&name, asked).await {
                Ok(leased) => leased,
                Err(problem) => {
                    tracing::warn!(error = %problem, "queue_unavailable");
                    tokio::time::sleep(REFUSED_REST).await;
                    Vec::new()
                }
            };
            // As many as were asked for: there may be more.
            may_be_due = u32::try_from(leased.len()).is_ok_and(|found| found == asked);
            for job in leased {
                let app = app.clone();
                running.spawn(async move {
                    if let Err(problem) = app.jobs.run(&job).await {
                        tracing::warn!(job_id = %job.job.job_id, error = %problem, "job_left_to_its_lease");
                    }
                });
            }
        }
        tokio::select! {
            changed = head.changed(), if !may_be_due => {
                may_be_due = true;
                if changed.is_err() {
                    break;
                }
            }
            Some(_) = running.join_next() => while running.try_join_next().is_some() {},
            () = quiet(&app), if !may_be_due => may_be_due = true,
            () = told_to_stop(&mut stopped) => break,
            () = std::future::ready(()), if may_be_due && running.len() < JOBS_RUNNING_MAX => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Ends when a job is due, if nothing happens before. The queue is asked only when it has been quiet for a moment: while
/// the log moves, it is looked at anyway.
async fn quiet(app: &App) {
    tokio::time::sleep(QUIET).await;
    tokio::time::sleep(until_next(app).await).await;
}

/// How long until a job is due.
async fn until_next(app: &App) -> Duration {
    let due = app.ports.jobs.next_due().await.ok().flatten();
    let wait = due.map(|at| Duration::try_from(at.duration_since(app.ports.clock.now())).unwrap_or_default());
    wait.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN)
}

/// One look for orders and baskets whose time ran out.
async fn sweep(app: &App) {
    for (what, swept) in [
        ("orders", app.orders.expire_due().await),
        ("reservations", app.inventory.expire_reservations().await),
    ] {
        if let Err(problem) = swept {
            tracing::warn!(what, error = %problem, "sweep_failed");
        }
    }
}
