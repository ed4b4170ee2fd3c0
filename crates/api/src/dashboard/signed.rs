//! Who sits at the dashboard. Without users, that is the developer of `sutler dev` on the same machine, and nobody else.

use std::sync::OnceLock;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use sutler_app::{Caller, Scopes};

use super::assets::FOLDER;
use crate::rest::{Api, RequestId, is_loopback, is_own_page};

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    /// Their name.
    pub(crate) name: String,
    /// Their address.
    pub(crate) email: String,
    /// Their role, in words.
    pub(crate) role: String,
    /// What each of their forms carries, and a form of somebody else cannot know.
    pub(crate) csrf: String,
    /// Who they are to the use cases.
    pub(crate) caller: Caller,
}

/// Of this process: a developer's forms come from pages that it wrote.
static CSRF: OnceLock<String> = OnceLock::new();

impl FromRequestParts<Api> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Response> {
        let is_developer =
            api.options.dev && is_loopback(&parts.headers, &parts.extensions) && is_own_page(&parts.headers);
        if !is_developer {
            return Err(closed());
        }
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        Ok(Self {
            name: "Developer".to_owned(),
            email: "this machine".to_owned(),
            role: "owner".to_owned(),
            csrf: CSRF.get_or_init(|| hex::encode(api.app.ports.ids.secret())).clone(),
            caller: Caller {
                actor: "dev".to_owned(),
                scopes: Scopes::all(),
                shop: api.app.settings.shop.clone(),
                request_id,
                ..Caller::system("dev")
            },
        })
    }
}

/// Nobody can sign in here.
fn closed() -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Sutler</title><link rel=\"stylesheet\" href=\"{}/sutler.css\">\
         <body class=\"plain\"><main><h1>The dashboard is closed here</h1>\
         <p>It opens with <code>sutler dev</code>, for requests from the same machine.</p></main></html>",
        FOLDER.as_str()
    );
    (StatusCode::FORBIDDEN, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}
