//! Who is signed in where. A person sees and ends their own in the dashboard; here, whoever may administrate people does.

use axum::extract::{Path, State};
use sutler_app::Problem;
use sutler_app::access::SessionView;
use sutler_app::public::rfc3339;
use sutler_domain::SessionId;
use sutler_types::page::List;
use sutler_types::person as wire;

use crate::rest::fields::shortened;
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, Params, Told};

pub(super) fn routes() -> Operations {
    operations! {
        get "/sessions", Scope("users:read"), "list_sessions", "Who is signed in where" => list;
        delete "/sessions/{id}", Scope("users:write"), "end_session", "Sign somebody out" => end;
    }
}

fn body(view: &SessionView) -> wire::Session {
    let session = &view.session;
    wire::Session {
        session_id: session.session_id.to_string(),
        object: "session".to_owned(),
        user_id: session.user_id.as_ref().map(ToString::to_string),
        address: session.address.clone(),
        agent: session.agent.clone(),
        created_at: rfc3339(session.created_at),
        used_at: rfc3339(view.used_at),
        ends_at: rfc3339(session.ends_at),
    }
}

/// Newest first: `?user_id=`.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let user = params.id("user_id");
    params.done()?;
    let sessions = api.app.access.sessions(&call.caller, user.as_ref()).await?;
    Ok(Answer::ok(&call).json(&List { data: sessions.iter().map(body).collect() }))
}

async fn end(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let unknown = |_| Problem::not_found("session", shortened(&id));
    api.app.access.end_session(&call.caller, &SessionId::parse(&id).map_err(unknown)?).await?;
    Ok(Answer::gone(&call))
}
