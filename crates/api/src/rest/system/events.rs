//! The public log.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use sutler_app::Problem;
use sutler_app::public::{EventQuery, TYPES};
use sutler_domain::EventId;
use sutler_types::PageInfo;
use sutler_types::event::EventType;
use sutler_types::page::List;

use crate::rest::fields::shortened;
use crate::rest::{Answer, Api, Call, Params, Told, page};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/events", get(list))
        .route("/events/{id}", get(show))
        .route("/event_types", get(types))
}

/// Oldest first, after a place: `?type=order.*,payment.captured&subject=&after=&limit=`. `next` is given at the end
/// too, to ask again later.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let types = params.text("type").unwrap_or_default();
    let query = EventQuery {
        types: types
            .split(',')
            .map(str::trim)
            .filter(|t| !t.is_empty() && *t != "*")
            .map(str::to_owned)
            .collect(),
        subject: params.text("subject"),
        after: params.text("after"),
        limit: params.limit(),
    };
    params.done()?;
    let found = api.app.events.list(&call.caller, &query).await?;
    let info = PageInfo { next: Some(found.next), prev: None, has_more: found.has_more, total: None };
    Ok(page::told(&call, found.events, info))
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let id = EventId::parse(&id).map_err(|_| Problem::not_found("event", shortened(&id)))?;
    let event = api.app.events.get(&call.caller, &id).await?;
    Ok(Answer::ok(&call).json(&event))
}

/// Every type once, with each occasion on which it happens.
async fn types(call: Call, params: Params) -> Told {
    params.done()?;
    call.caller.may("events:read")?;
    let mut data: Vec<EventType> = Vec::new();
    for of in TYPES {
        match data.iter_mut().find(|known| known.name == of.name) {
            Some(known) => known.description = format!("{} {}", known.description, of.description),
            None => data.push(EventType { name: of.name.to_owned(), description: of.description.to_owned() }),
        }
    }
    Ok(Answer::ok(&call).json(&List { data }))
}
