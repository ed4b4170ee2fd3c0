//! What goes on telling: the fields of a subscription, fed by the one reader of the log that feeds every stream.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use serde_json::Value;
use sutler_app::ports::reads::OrderName;
use sutler_app::public::{LiveQuery, Told};
use sutler_app::{Kind, Problem};
use tokio::time::{Interval, MissedTickBehavior};

use super::asked::Asker;
use super::bring::orders::order_json;
use super::bring::shown;
use super::pages::wrong;
use crate::rest::orders::order_name;
use crate::rest::system::{Guest, Listener, overview_body};

/// What a field tells, one after the other.
pub(super) type Telling = BoxStream<'static, Result<Value, Problem>>;

/// Begins to tell a field, of these arguments.
pub(super) type Tell = fn(Arc<Asker>, Value) -> BoxFuture<'static, Result<Telling, Problem>>;

/// What tells a field of the subscription.
pub(super) fn of(field: &str) -> Option<Tell> {
    match field {
        "events" => Some(|asker, arguments| Box::pin(events(asker, arguments))),
        "orderUpdated" => Some(|asker, arguments| Box::pin(order_updated(asker, arguments))),
        "statsTick" => Some(|asker, arguments| Box::pin(ready(stats_tick(asker, &arguments)))),
        _ => None,
    }
}

/// Events as they happen.
async fn events(asker: Arc<Asker>, arguments: Value) -> Result<Telling, Problem> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str).map(str::to_owned);
    let types = arguments.get("types").and_then(Value::as_array);
    let query = LiveQuery {
        types: types.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        subject: text("subject"),
        after: text("after"),
        last_seen: None,
    };
    let listener = Listener::open(&asker.api, &asker.caller, &query).await?;
    let told = stream::unfold(Some(listener), |listener| async move {
        let mut listener = listener?;
        match next(&mut listener).await? {
            Ok(json) => {
                let event = serde_json::from_str(&json).map_err(|error| Problem::internal(&error));
                Some((event, Some(listener)))
            }
            // Nothing comes after a refusal.
            Err(problem) => Some((Err(problem), None)),
        }
    });
    Ok(told.boxed())
}

/// The next event as JSON, or why there is none any more.
async fn next(listener: &mut Listener) -> Option<Result<String, Problem>> {
    loop {
        return match listener.next().await? {
            Told::Event(shown) => Some(Ok(shown.json.clone())),
            Told::Open { .. } => continue,
            Told::Gap { oldest, .. } => {
                let detail = "the event named in 'after' is not in the log any more, nor what came after it; read \
                              what you need, and subscribe without 'after'";
                Some(Err(Problem::new(Kind::Refused, "cursor_stale", detail).fact("oldest", oldest)))
            }
            Told::Slow { behind } => {
                let detail = "you are too far behind; subscribe again with the last id in 'after', and you miss nothing";
                Some(Err(Problem::new(Kind::Busy, "busy", detail).fact("behind", behind)))
            }
        };
    }
}

/// An order as it is, and after each change of it.
struct Watched {
    asker: Arc<Asker>,
    listener: Listener,
    name: OrderName,
    /// The version that was shown last; 0 before any.
    version: u64,
}

async fn order_updated(asker: Arc<Asker>, arguments: Value) -> Result<Telling, Problem> {
    let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
    let name = order_name(id, &asker.api.app.settings)?;
    let found = asker.api.app.orders.get(&asker.caller, &name).await?;
    let subject = found.order.order_id.to_string();
    let query = LiveQuery { subject: Some(subject), ..LiveQuery::default() };
    let listener = Listener::open(&asker.api, &asker.caller, &query).await?;
    let watched = Watched { asker, listener, name: OrderName::Id(found.order.order_id.clone()), version: 0 };
    let told = stream::unfold(Some(watched), |watched| async move {
        let mut watched = watched?;
        match watched.next().await? {
            Ok(order) => Some((Ok(order), Some(watched))),
            Err(problem) => Some((Err(problem), None)),
        }
    });
    Ok(told.boxed())
}

impl Watched {
    async fn next(&mut self) -> Option<Result<Value, Problem>> {
        loop {
            // The first look comes after the listening began, so nothing is between the two.
            if self.version > 0
                && let Err(problem) = next(&mut self.listener).await?
            {
                return Some(Err(problem));
            }
            let found = match self.asker.api.app.orders.get(&self.asker.caller, &self.name).await {
                Ok(found) => found,
                Err(problem) => return Some(Err(problem)),
            };
            // Several events of one change are one news.
            if found.version.0 > self.version {
                self.version = found.version.0;
                return Some(order_json(&self.asker, &found));
            }
        }
    }
}

/// Seconds between two ticks, at most; fewer than one are none.
pub(crate) const TICK_MAX_S: u64 = 3_600;

/// The figures of the last day, now and again.
struct Ticking {
    asker: Arc<Asker>,
    guest: Guest,
    clock: Interval,
}

fn stats_tick(asker: Arc<Asker>, arguments: &Value) -> Result<Telling, Problem> {
    let every_s = arguments.get("every").and_then(Value::as_i64).unwrap_or_default();
    let every_s = u64::try_from(every_s).ok().filter(|every_s| (1..=TICK_MAX_S).contains(every_s));
    let every_s = every_s.ok_or_else(|| wrong(format!("'every' is 1 to {TICK_MAX_S} seconds")))?;
    asker.caller.may("orders:read")?;
    let guest = Guest::enter(&asker.api, &asker.caller)?;
    let mut clock = tokio::time::interval(Duration::from_secs(every_s));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let told = stream::unfold(Ticking { asker, guest, clock }, |mut ticking| async move {
        Some((ticking.next().await?, ticking))
    });
    Ok(told.boxed())
}

impl Ticking {
    /// The figures at the next tick, the first one at once; nothing more once the key has ended or the server ends.
    async fn next(&mut self) -> Option<Result<Value, Problem>> {
        let api = &self.asker.api;
        loop {
            tokio::select! {
                _ = self.clock.tick() => {
                    let figures = api.figures.lately(&api.app, &self.asker.caller).await;
                    return Some(figures.and_then(|figures| shown(&overview_body(&figures))));
                }
                () = self.guest.look_due() => {
                    if !self.guest.may_stay().await {
                        return None;
                    }
                }
                () = api.app.live.closed() => return None,
            }
        }
    }
}
