//! The cookie of a session, and that of the form one signs in with.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::rest::Api;

/// How much longer than a session its cookie stays, in seconds: what was typed into a form of a session that is over is
/// shown to be its own by the cookie.
const GRACE_S: i64 = 24 * 60 * 60;

/// What a cookie is for.
#[derive(Clone, Copy)]
pub(super) enum Cookie {
    /// The token of a session.
    Session,
    /// A word that the form one signs in with carries too.
    Form,
}

impl Cookie {
    /// With TLS a browser lets nobody else set it, neither a page of another host nor one without TLS.
    const fn name(self, tls: bool) -> &'static str {
        match (self, tls) {
            (Self::Session, true) => "__Host-sutler",
            (Self::Session, false) => "sutler",
            (Self::Form, true) => "__Host-sutler-form",
            (Self::Form, false) => "sutler-form",
        }
    }

    /// Its value, if the browser sent it.
    pub(super) fn of(self, api: &Api, headers: &HeaderMap) -> Option<String> {
        let name = self.name(has_tls(api));
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut found = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
        found.next_back().filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// The header that sets it. A session's stays as long as the session may, and longer by [`GRACE_S`]; the other one as
    /// long as the browser is open.
    pub(super) fn set(self, api: &Api, value: &str) -> HeaderValue {
        let age = match self {
            Self::Session => {
                let ttl_s = api.app.settings.session_ttl.as_secs();
                format!("; Max-Age={}", ttl_s.saturating_add(GRACE_S))
            }
            Self::Form => String::new(),
        };
        self.header(api, value, &age)
    }

    /// The header that takes it away.
    pub(super) fn clear(self, api: &Api) -> HeaderValue {
        self.header(api, "", "; Max-Age=0")
    }

    fn header(self, api: &Api, value: &str, age: &str) -> HeaderValue {
        let tls = has_tls(api);
        let (name, secure) = (self.name(tls), if tls { "; Secure" } else { "" });
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        // Names and values are letters and digits of ours.
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
}

/// Whether browsers reach this server by TLS, which may end in front of it: then its public address says so.
fn has_tls(api: &Api) -> bool {
    api.app.settings.public_url.starts_with("https://")
}
