//! What runs beside the requests: workers for the jobs, the sweep, the readers of the feed, and upkeep.

use std::future::Future;
use std::time::Duration;

use sutler_app::App;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::wiring::{Wired, readers};

/// Workers side by side. A gateway that takes its time holds one of them, not all.
const WORKERS: u32 = 4;

/// Jobs that a worker takes at once.
const BATCH: u32 = 16;

/// How often orders and reservations whose time ran out are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How often metrics and quotas are tidied: without it they grow for ever.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// How often expired keys and ended jobs are taken away.
const MAINTENANCE_EVERY: Duration = Duration::from_mins(10);

/// The longest that a worker looks away from the queue, whatever it was told.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// How long to rest after the store refused a look at the queue.
const REFUSED_REST: Duration = Duration::from_secs(1);

/// Everything that runs beside the requests.
pub(crate) struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Background {
    /// Begin.
    pub(crate) fn begin(wired: &Wired) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut background = Self { stop, tasks: JoinSet::new() };
        for number in 1..=WORKERS {
            let name = format!("{}-{number}", std::process::id());
            background.tasks.spawn(work(wired.app.clone(), name, stopped.clone()));
        }
        let app = wired.app.clone();
        background.every(SWEEP_EVERY, &stopped, move || {
            let app = app.clone();
            async move { sweep(&app).await }
        });
        let api = wired.api.clone();
        background.every(UPKEEP_EVERY, &stopped, move || {
            api.upkeep();
            std::future::ready(())
        });
        let keeper = wired.keeper.clone();
        background.every(MAINTENANCE_EVERY, &stopped, move || {
            let keeper = keeper.clone();
            async move { keeper.maintain().await }
        });
        background.follow(wired, &stopped);
        background
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

/// One worker: take what is due, do it, and look again when the log moves or the next job's time comes.
async fn work(app: App, name: String, mut stopped: watch::Receiver<bool>) {
    let mut head = app.ports.feed.head();
    while !*stopped.borrow() {
        head.mark_unchanged();
        let rest = match app.jobs.run_due(&name, BATCH).await {
            Ok(0) => until_next(&app).await,
            Ok(_) => continue,
            Err(problem) => {
                tracing::warn!(error = %problem, "queue_unavailable");
                REFUSED_REST
            }
        };
        tokio::select! {
            _ = head.changed() => {}
            () = tokio::time::sleep(rest) => {}
            () = told_to_stop(&mut stopped) => return,
        }
    }
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
