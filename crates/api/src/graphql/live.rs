//! What goes on telling: the fields of a subscription, fed by the one reader of the log that feeds every stream.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use serde_json::Value;
use sutler_app::ports::reads::OrderName;
use sutler_app::public::{LiveQuery, Told};
use sutler_app::{Kind, Problem};

use super::asked::Asker;
use super::bring::orders::order_json;
use crate::rest::orders::order_name;
use crate::rest::system::Listener;

/// What a field tells, one after the other.
pub(super) type Telling = BoxStream<'static, Result<Value, Problem>>;

/// Begins to tell a field, of these arguments.
pub(super) type Tell = fn(Arc<Asker>, Value) -> BoxFuture<'static, Result<Telling, Problem>>;

/// What tells a field of the subscription.
pub(super) fn of(field: &str) -> Option<Tell> {
    match field {
        "events" => Some(|asker, arguments| Box::pin(events(asker, arguments))),
        "orderUpdated" => Some(|asker, arguments| Box::pin(order_updated(asker, arguments))),
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
