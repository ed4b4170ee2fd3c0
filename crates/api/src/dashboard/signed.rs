//! Who is signed in: a person by their cookie, or the developer of `sutler dev` on the same machine.

use std::sync::OnceLock;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use sutler_app::access::{Origin, SignedIn};
use sutler_app::{Caller, Problem};
use sutler_domain::UserId;

use super::cookie::Cookie;
use crate::rest::{Api, Refusal, RequestId, is_loopback, is_own_page};

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    /// Who; nobody in particular for the developer of `sutler dev`.
    pub(crate) user_id: Option<UserId>,
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
    /// Their session, if they have one.
    pub(crate) session: Option<SignedIn>,
}

/// Of this process: a developer's forms come from pages that it wrote.
static CSRF: OnceLock<String> = OnceLock::new();

impl FromRequestParts<Api> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Response> {
        match Self::find(parts, api).await {
            Ok(Some(signed)) => Ok(signed),
            Ok(None) => Err(to_login(&parts.uri, &parts.headers)),
            Err(problem) => Err(Refusal::from(problem).into_response()),
        }
    }
}

impl Signed {
    /// Who is signed in, if anybody is.
    pub(super) async fn find(parts: &Parts, api: &Api) -> Result<Option<Self>, Problem> {
        if let Some(token) = Cookie::Session.of(api, &parts.headers)
            && let Some(signed) = api.app.access.signed_in(&token).await?
        {
            let caller = Caller { request_id: request_id(parts), ..signed.caller(&api.app.settings.shop) };
            return Ok(Some(Self {
                user_id: Some(signed.user.user_id.clone()),
                name: signed.user.name.clone(),
                email: signed.user.email.clone(),
                role: signed.user.role.as_str().to_owned(),
                csrf: signed.csrf.clone(),
                caller,
                session: Some(signed),
            }));
        }
        let is_developer =
            api.options.dev && is_loopback(&parts.headers, &parts.extensions) && is_own_page(&parts.headers);
        Ok(is_developer.then(|| Self::developer(parts, api)))
    }

    fn developer(parts: &Parts, api: &Api) -> Self {
        Self {
            user_id: None,
            name: "Developer".to_owned(),
            email: "this machine".to_owned(),
            role: "owner".to_owned(),
            csrf: CSRF.get_or_init(|| hex::encode(api.app.ports.ids.secret())).clone(),
            caller: Caller {
                shop: api.app.settings.shop.clone(),
                request_id: request_id(parts),
                ..Caller::system("dev")
            },
            session: None,
        }
    }
}

fn request_id(parts: &Parts) -> String {
    parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// From where somebody asks, for their session.
pub(super) fn from_where(api: &Api, parts: &Parts) -> Origin {
    let address = api.options.trusted_proxies.client(&parts.headers, &parts.extensions);
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Origin { address: address.map(|address| address.to_string()), agent: agent.map(str::to_owned) }
}

/// Sign in first, then go on where one wanted to. A page that htmx asks for a part of goes there as a whole.
fn to_login(uri: &Uri, headers: &HeaderMap) -> Response {
    let by_htmx = headers.contains_key("hx-request");
    let page = headers.get("hx-current-url").and_then(|url| url.to_str().ok()?.parse::<Uri>().ok());
    let next = page.filter(|_| by_htmx).unwrap_or_else(|| uri.clone());
    let next = next.path_and_query().map_or("/admin", |path| path.as_str());
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    let address = HeaderValue::from_str(&format!("/admin/login?{query}"));
    let address = address.unwrap_or(HeaderValue::from_static("/admin/login"));
    if by_htmx {
        (StatusCode::UNAUTHORIZED, [("hx-redirect", address)]).into_response()
    } else {
        (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
    }
}

/// A place of ours to go on at, and no other: what a link names is a stranger's word.
pub(super) fn safe_next(next: Option<&str>) -> &str {
    let ours = |next: &&str| {
        let path = next.split(['?', '#']).next().unwrap_or_default();
        (path == "/admin" || path.starts_with("/admin/"))
            && !path.starts_with("/admin/log")
            && next.bytes().all(|b| (b'!'..=b'~').contains(&b) && b != b'\\')
    };
    next.filter(ours).unwrap_or("/admin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_at_a_place_of_ours_only() {
        for fine in ["/admin", "/admin/orders?status=created", "/admin/orders/ord_1#items"] {
            assert_eq!(safe_next(Some(fine)), fine);
        }
        for foul in [
            "https://evil.example",
            "//evil.example",
            "/adminx",
            "/orders",
            "/admin/\\evil",
            "/admin/login",
            "/admin/logout",
            "/admin/a b",
            "",
        ] {
            assert_eq!(safe_next(Some(foul)), "/admin", "{foul}");
        }
        assert_eq!(safe_next(None), "/admin");
    }
}
