//! The types of events: for programs, with schema and example, and for people, as a page.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;
use sutler_app::Problem;
use sutler_app::public::{EventType as Known, registry};
use sutler_types::event::EventType;
use sutler_types::page::List;

use crate::rest::fields::shortened;
use crate::rest::operation::Needs::{Nothing, Scope};
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, Params, Refusal, Told, json};
use crate::{asyncapi, event_page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/event_types", Scope("events:read"), "list_event_types", "Every type of event" => list;
        get "/event_types/{type}", Scope("events:read"), "get_event_type", "A type of event" => show;
    }
}

/// What is known of the program, not of the shop: whoever has an event may follow its `dataschema`.
pub(super) fn open_routes() -> Operations {
    operations! {
        get "/event_types/{type}/1.json", Nothing, "get_event_schema", "The schema of a type" => schema;
        get "/asyncapi.json", Nothing, "get_asyncapi", "The events, for programs" => description;
        get "/docs/events", Nothing, "get_event_manual", "The events, for people" => manual;
    }
}

/// Every type once, with each occasion on which it happens.
async fn list(State(api): State<Api>, call: Call, params: Params) -> Told {
    params.done()?;
    call.caller.may("events:read")?;
    let data: Vec<EventType> =
        registry::kinds().into_iter().filter_map(|kind| described(kind, &api)).collect();
    Ok(Answer::ok(&call).json(&List { data }))
}

async fn show(State(api): State<Api>, call: Call, Path(kind): Path<String>, params: Params) -> Told {
    params.done()?;
    call.caller.may("events:read")?;
    let described = described(&kind, &api).ok_or_else(|| no_such_type(&kind))?;
    Ok(Answer::ok(&call).json(&described))
}

fn described(kind: &str, api: &Api) -> Option<EventType> {
    let (occasions, source) = (registry::occasions(kind), &api.app.settings.public_url);
    let next = once(occasions.iter().flat_map(Known::followed_by).copied());
    let example = registry::example(kind, source)?;
    Some(EventType {
        name: kind.to_owned(),
        description: once(occasions.iter().map(|of| of.description)).join(" "),
        means: once(occasions.iter().map(Known::means)).join("; "),
        followed_by: next.into_iter().map(str::to_owned).collect(),
        dataschema: example.dataschema.clone(),
        schema: registry::schema(kind, source)?,
        // The envelope is plain data with string keys, which always has a JSON form.
        example: serde_json::to_value(&example).unwrap_or(Value::Null),
    })
}

/// Each text once, in its order.
fn once(texts: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut said: Vec<&str> = Vec::new();
    for text in texts {
        if !text.is_empty() && !said.contains(&text) {
            said.push(text);
        }
    }
    said
}

/// The schema of `data`, at the address that `dataschema` names.
async fn schema(State(api): State<Api>, Path(kind): Path<String>) -> Result<Response, Refusal> {
    let schema = registry::schema(&kind, &api.app.settings.public_url);
    let schema = schema.ok_or_else(|| no_such_type(&kind))?;
    Ok(fixed("application/schema+json", json(&schema)))
}

/// How events are to be had, for programs (`AsyncAPI`).
async fn description() -> Response {
    fixed("application/json", asyncapi::text())
}

/// How events are to be had, for people.
async fn manual() -> Html<String> {
    Html(event_page::html())
}

/// What is the same until the program is another one.
fn fixed(content_type: &'static str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}

fn no_such_type(kind: &str) -> Problem {
    let mut problem = Problem::not_found("event type", shortened(kind));
    problem.detail += "; GET /event_types lists them";
    problem
}
