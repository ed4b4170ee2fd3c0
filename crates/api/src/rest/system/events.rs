//! The public log, page by page.

use axum::extract::{Path, State};
use sutler_app::Problem;
use sutler_app::public::EventQuery;
use sutler_domain::EventId;
use sutler_types::PageInfo;

use crate::rest::fields::shortened;
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, Params, Told, page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/events", Scope("events:read"), "list_events", "The log, oldest first" => list;
        get "/events/{id}", Scope("events:read"), "get_event", "An event" => show;
    }
}

/// The types that are asked for, separated by commas. Both names are understood; none of them: all types.
pub(super) fn wanted_types(params: &mut Params) -> Vec<String> {
    let given = [params.text("type"), params.text("types")];
    let words = given.iter().flatten().flat_map(|text| text.split(','));
    words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Oldest first, after a place: `?type=order.*,payment.captured&subject=&after=&limit=`. `next` is given at the end
/// too, to ask again later.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let query = EventQuery {
        types: wanted_types(&mut params),
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
