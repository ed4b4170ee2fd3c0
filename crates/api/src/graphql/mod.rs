//! The GraphQL door: the same use cases as REST, and the same JSON, asked for field by field.
//!
//! The schema is a file ([`SDL`]). A field of an object is a member of the JSON that REST shows (`value.rs`); what no
//! member answers is brought by calling the use case (`bring.rs`). So the two doors cannot tell different things. A
//! document is measured (`text.rs`) and weighed (`cost.rs`) before anything of it runs.

mod asked;
mod bring;
mod console;
mod cost;
mod document;
mod error;
mod fits;
mod live;
mod loads;
mod pages;
mod persisted;
mod read;
mod ready;
mod schema;
mod shapes;
mod socket;
mod sse;
mod text;
mod value;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::IntoResponse;
use sutler_app::Problem;
use sutler_domain::Fault;

pub use cost::{
    ALIASES_MAX, COST_MAX, DEPTH_MAX, DIRECTIVES_MAX, FIRST_MAX, IDS_MAX, INTROSPECT, REPEATS_MAX,
    ROOT_FIELDS_MAX, SELECTIONS_MAX,
};
pub use error::ERRORS_MAX;
pub(crate) use persisted::Persisted;
pub use persisted::{PERSISTED_BYTES_MAX, PERSISTED_ONE_BYTES_MAX};
pub(crate) use read::Documents;
pub use read::{READ_BYTES_MAX, READ_ONE_BYTES_MAX};
pub use shapes::SDL;
pub use socket::{MESSAGE_BYTES_MAX, SUBSCRIPTIONS_MAX};
pub use text::{BRACKETS_MAX, TOKENS_MAX};

use document::Envelope;
use ready::Ready;

use crate::rest::operation::Needs::{Key, Nothing};
use crate::rest::operation::{Operations, operations};
use crate::rest::{Api, Call, Document, Params, Told};

/// What needs a key. What it may do is judged field by field, where REST judges it.
pub(crate) fn routes() -> Operations {
    operations! {
        post "/graphql", Key, "graphql", "Run a GraphQL document" => execute;
    }
}

/// What anybody may read; a socket is told its key once it is open.
pub(crate) fn open_routes() -> Operations {
    operations! {
        get "/graphql", Nothing, "graphql_console", "A page on which to try documents" => console::show;
        get "/graphql/ws", Nothing, "graphql_socket", "Documents and subscriptions over a WebSocket" => socket::open;
        get "/schema.graphql", Nothing, "graphql_schema", "The GraphQL schema" => sdl;
    }
}

async fn sdl() -> impl IntoResponse {
    ([("content-type", "application/graphql; charset=utf-8")], SDL)
}

/// Run a document. Whoever accepts `text/event-stream` gets what it tells as events, which a subscription needs.
async fn execute(
    State(api): State<Api>,
    call: Call,
    headers: HeaderMap,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    let envelope = Envelope::of(&body)?;
    let request_id = call.caller.request_id.clone();
    let wanted = envelope.wanted(&api.persisted);
    let ready = wanted.and_then(|wanted| Ready::of(&api, call.caller, wanted));
    if sse::is_wanted(&headers) {
        return Ok(sse::tell(ready, &request_id).await);
    }
    let (response, is_replayed) = match ready {
        Ok(ready) if ready.is_subscription() => (ready::refused(&no_stream(), &request_id), false),
        Ok(ready) => ready.answer().await,
        Err(refused) => (ready::refused(&refused, &request_id), false),
    };
    let bytes = crate::rest::json(&response);
    let mut answer =
        ([("content-type", "application/json"), ("cache-control", "no-store")], bytes).into_response();
    if is_replayed {
        let name = HeaderName::from_static("idempotency-replayed");
        answer.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    Ok(answer)
}

fn no_stream() -> error::Refused {
    let detail = "a subscription needs 'Accept: text/event-stream', or a WebSocket at /graphql/ws";
    let fault = Fault::invalid("", detail).text("header", "accept");
    Problem::invalid(vec![fault]).into()
}
