//! Who asks: a key as bearer token or as user name, or nobody.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Extensions, HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sutler_app::caller;
use sutler_app::{Kind, Problem, Scopes};

use super::address::peer;
use super::operation::{Needs, Table};
use super::quota::{Left, Who};
use super::{Api, Refusal};

/// The key that `sutler dev` knows and `sutler serve` refuses.
pub(crate) const DEV_KEY: &str = "sk_dev_sutler";

/// Somebody whose key was checked.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Who, as events name them: `key:key_…` or `dev`.
    pub(crate) actor: String,
    /// What they may do.
    pub(crate) scopes: Scopes,
    /// Whether the key may be seen by anybody.
    pub(crate) publishable: bool,
}

impl Identity {
    fn dev() -> Self {
        Self { actor: "dev".to_owned(), scopes: Scopes::all(), publishable: false }
    }
}

/// Somebody who may or may not have a key; for paths that are open, but say more to some.
pub(crate) struct Guest {
    identity: Option<Identity>,
    loopback: bool,
}

impl Guest {
    /// Whether they may see how this node is doing.
    pub(crate) fn is_trusted(&self) -> bool {
        self.loopback || self.identity.as_ref().is_some_and(|identity| !identity.publishable)
    }
}

impl FromRequestParts<Api> for Guest {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        let identity = identify(api, &parts.headers, &parts.extensions).await.ok();
        Ok(Self { identity, loopback: is_loopback(&parts.headers, &parts.extensions) })
    }
}

/// Let those pass who have a key with what the operation needs, and a quota left. Whoever has a quota is told of it with
/// every answer, also with a refusal.
pub(super) async fn guard(
    State((api, table)): State<(Api, Table)>,
    mut request: Request,
    next: Next,
) -> Response {
    match judged(&api, request.headers(), request.extensions()).await {
        (Ok(identity), left) => {
            let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
            let needs = path.and_then(|path| table.needs(request.method(), path));
            if let Some(Needs::Scope(scope)) = needs
                && !identity.scopes.allow(scope)
            {
                return told(left, Refusal::from(caller::lacks(scope)).into_response());
            }
            request.extensions_mut().insert(identity.clone());
            let mut response = next.run(request).await;
            response.extensions_mut().insert(identity);
            told(left, response)
        }
        (Err(problem), left) => told(left, Refusal::from(problem).into_response()),
    }
}

/// Who asks, where there is no answer that could tell what is left of a quota: on a socket.
pub(crate) async fn admit(
    api: &Api,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Identity, Problem> {
    judged(api, headers, extensions).await.0
}

/// Who asks, or why that is not enough; and what is left of their quota.
async fn judged(
    api: &Api,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> (Result<Identity, Problem>, Option<Left>) {
    let identified = identify(api, headers, extensions).await;
    let address = api.options.trusted_proxies.client(headers, extensions);
    let who = match &identified {
        Ok(identity) if identity.publishable => Who::Publishable(address),
        Ok(identity) => Who::Secret(&identity.actor),
        Err(problem) if problem.kind == Kind::Unauthorized => Who::Anonymous(address),
        // A store that is away says nothing about whoever asks.
        Err(_) => return (identified, None),
    };
    match api.quotas.take(who) {
        Ok(left) => (identified, left),
        Err(exceeded) => {
            let (problem, left) = exceeded.told();
            (Err(problem), Some(left))
        }
    }
}

fn told(left: Option<Left>, mut response: Response) -> Response {
    if let Some(left) = left {
        left.tell(response.headers_mut());
    }
    response
}

async fn identify(api: &Api, headers: &HeaderMap, extensions: &Extensions) -> Result<Identity, Problem> {
    let unauthenticated = |detail: &str| Problem::new(Kind::Unauthorized, "unauthenticated", detail);
    let Some(secret) = secret(headers)? else {
        if api.options.dev && is_loopback(headers, extensions) && is_own_page(headers) {
            return Ok(Identity::dev());
        }
        return Err(unauthenticated("no API key was sent; send 'Authorization: Bearer sk_…'"));
    };
    if secret == DEV_KEY {
        return if api.options.dev {
            Ok(Identity::dev())
        } else {
            let detail = "sk_dev_sutler works with 'sutler dev' only; make a key with 'sutler keys create'";
            Err(Problem::new(Kind::Unauthorized, "dev_key_refused", detail))
        };
    }
    let (key_id, scopes) = api
        .app
        .access
        .authenticate(&secret)
        .await?
        .ok_or_else(|| unauthenticated("the API key is not known, or has ended"))?;
    Ok(Identity { actor: format!("key:{key_id}"), scopes, publishable: secret.starts_with("pk_") })
}

/// The secret of `Authorization: Bearer …`, or the user name of `Basic`.
fn secret(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let secret = value.to_str().ok().and_then(|value| {
        let (scheme, rest) = value.trim().split_once(' ')?;
        let rest = rest.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Some(rest.to_owned()),
            "basic" => {
                let text = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
                text.split_once(':').map(|(user, _)| user.to_owned())
            }
            _ => None,
        }
    });
    let detail = "the Authorization header is neither 'Bearer KEY' nor 'Basic' with the key as user name";
    secret
        .filter(|secret| !secret.is_empty())
        .map(Some)
        .ok_or_else(|| Problem::new(Kind::Unauthorized, "unauthenticated", detail))
}

/// Whether the request came from this machine. Unknown is no; so is what a balancer on this machine passed on.
pub(crate) fn is_loopback(headers: &HeaderMap, extensions: &Extensions) -> bool {
    let is_passed_on = headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED);
    !is_passed_on && peer(extensions).is_some_and(|ip| ip.is_loopback())
}

/// A browser on this machine also runs the pages of strangers. Without a key, the host must be this machine by name
/// (against DNS rebinding), and a page that asks must be one of ours (against forged forms).
pub(crate) fn is_own_page(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST);
    let local = host.is_none_or(|host| {
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        matches!(name.map_or(host, |(name, _)| name), "localhost" | "127.0.0.1" | "[::1]")
    });
    let own = text(header::ORIGIN).is_none_or(|origin| {
        origin.parse::<Uri>().is_ok_and(|origin| origin.authority().map(Authority::as_str) == host)
    });
    local && own
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn a_key_is_a_bearer_token_or_a_user_name() {
        for (given, expected) in [
            ("Bearer sk_1", Some("sk_1")),
            ("bearer  sk_1 ", Some("sk_1")),
            ("Basic c2tfMTo=", Some("sk_1")),
            ("Basic c2tfMTppZ25vcmVk", Some("sk_1")),
            ("Basic ???", None),
            ("Digest x", None),
            ("Bearer ", None),
            ("sk_1", None),
        ] {
            let found = secret(&headers(&[("authorization", given)])).ok().flatten();
            assert_eq!(found.as_deref(), expected, "{given}");
        }
        assert_eq!(secret(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn pages_of_strangers_are_not_the_developer() {
        for (pairs, own) in [
            (&[("host", "localhost:8420")][..], true),
            (&[("host", "[::1]:8420")], true),
            (&[("host", "127.0.0.1")], true),
            (&[("host", "shop.example.com")], false),
            (&[("host", "localhost.example.com:8420")], false),
            (&[("host", "localhost:8420"), ("origin", "http://localhost:8420")], true),
            (&[("host", "localhost:8420"), ("origin", "http://localhost:3000")], false),
            (&[("host", "localhost:8420"), ("origin", "https://evil.example")], false),
            (&[("host", "localhost:8420"), ("origin", "null")], false),
            (&[], true),
        ] {
            assert_eq!(is_own_page(&headers(pairs)), own, "{pairs:?}");
        }
    }
}
