//! Who am I.

use axum::Router;
use axum::routing::get;
use sutler_types::key::WhoAmI;

use super::{Answer, Api, Call, Told};

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/whoami", get(who))
}

async fn who(call: Call) -> Told {
    let scopes = call.caller.scopes.iter().map(str::to_owned).collect();
    let me = WhoAmI {
        object: "whoami".into(),
        actor: call.caller.actor.clone(),
        scopes,
        mode: call.caller.shop.clone(),
    };
    Ok(Answer::ok(&call).json(&me))
}
