//! What runs beside the requests: workers for the jobs, the sweep, the readers of the feed, and upkeep.

use std::future::Future;
use std::time::Duration;

use sutler_app::App;
use sutler_app::job::Calendar;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::numbers::Numbers;
use crate::wiring::{Wired, readers};
use crate::workers::{self, GIVE_BACK_PATIENCE};

/// How often orders and reservations whose time ran out are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How often metrics and quotas are tidied: without it they grow for ever.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// How long the background may take to end beyond what running jobs are given: for what is given back, and for those who
/// only have to hear of it.
pub(crate) const END_PATIENCE: Duration = GIVE_BACK_PATIENCE.saturating_add(Duration::from_secs(2));

/// How often the calendar is looked at for what is done by the hour or by the day.
const CALENDAR_EVERY: Duration = Duration::from_secs(5);

/// Everything that runs beside the requests.
pub(crate) struct Background {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    /// How long jobs under way may take to finish at the end.
    patience: Duration,
}

impl Background {
    /// Begin what this role does; every server tidies up after itself.
    pub(crate) fn begin(wired: &Wired, config: &Config) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut background = Self { stop, tasks: JoinSet::new(), patience: config.jobs.drain_timeout };
        let (api, numbers) = (wired.api.clone(), Numbers::begin(wired.keeper.clone(), config));
        background.every(UPKEEP_EVERY, &stopped, move || {
            api.upkeep();
            numbers.look();
            std::future::ready(())
        });
        let access = wired.app.access.clone();
        background.every(UPKEEP_EVERY, &stopped, move || {
            let access = access.clone();
            async move {
                if let Err(problem) = access.tell_uses().await {
                    tracing::warn!(error = %problem, "uses_not_told");
                }
            }
        });
        if config.role.answers() {
            background.read_aloud(wired, &stopped);
            background.keep_index(wired, &stopped);
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

    /// The search index of this server. It may be cut off anywhere: what of the log is in it is kept with it.
    fn keep_index(&mut self, wired: &Wired, stopped: &watch::Receiver<bool>) {
        let (search, mut stopped) = (wired.app.search.clone(), stopped.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = search.run() => {}
                () = told_to_stop(&mut stopped) => {}
            }
        });
    }

    /// The work that requests leave behind, and what is done for the shop as a whole.
    fn work(&mut self, wired: &Wired, stopped: &watch::Receiver<bool>) {
        let name = std::process::id().to_string();
        self.tasks.spawn(workers::work(wired.app.clone(), name, self.patience, stopped.clone()));
        let app = wired.app.clone();
        self.every(SWEEP_EVERY, stopped, move || {
            let app = app.clone();
            async move { sweep(&app).await }
        });
        self.tasks.spawn(keep_the_calendar(wired.app.clone(), stopped.clone()));
        self.follow(wired, stopped);
        self.relay(wired, stopped);
        let (post, alone, stopped) = (wired.app.webhooks.post(), wired.keeper.is_alone(), stopped.clone());
        self.tasks.spawn(async move { post.run(alone, stopped).await });
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

    /// Begin nothing new and let what is under way finish, but not for ever: what is left undone is given back, and is
    /// done by whoever comes next.
    pub(crate) async fn end(mut self) {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let patience = self.patience.saturating_add(END_PATIENCE);
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("background_cut_off");
        }
    }
}

/// Ends when this server is to end.
pub(crate) async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    _ = stopped.wait_for(|stop| *stop).await;
}

/// Ask for the runs that are due, each once however many servers do the same.
async fn keep_the_calendar(app: App, mut stopped: watch::Receiver<bool>) {
    let mut calendar = Calendar::default();
    loop {
        match app.jobs.ask_for_due_runs(&mut calendar).await {
            Ok(asked) if asked.is_empty() => {}
            Ok(asked) => tracing::info!(runs = asked.join(", "), "runs_asked_for"),
            Err(problem) => tracing::warn!(error = %problem, "calendar_unavailable"),
        }
        tokio::select! {
            () = tokio::time::sleep(CALENDAR_EVERY) => {}
            () = told_to_stop(&mut stopped) => return,
        }
    }
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
