//! A request's manners: who asks, under which key, for which version, and how patiently.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, Uri, header};
use sutler_app::{Caller, Kind, Problem};
use sutler_domain::{Fault, Version};

use super::auth::Identity;
use super::frame::{RequestId, traceparent};
use super::{Api, Refusal};

/// The longest idempotency key, in characters.
pub const IDEMPOTENCY_KEY_MAX: usize = 255;
/// The longest wait that `Prefer: wait` may ask for, in seconds.
pub const WAIT_MAX_S: u32 = 30;

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
static PREFER: HeaderName = HeaderName::from_static("prefer");

/// A request of somebody known.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who asks, and how.
    pub caller: Caller,
    /// Where, with the query.
    pub uri: Uri,
    /// Whether the headers of the answer are enough (`Prefer: return=minimal`).
    pub minimal: bool,
    if_none_match: Option<Version>,
    must_name_version: bool,
}

impl Call {
    /// A change of something that has a version: where the server wants it, `If-Match` must be there.
    pub fn conditional(&self) -> Result<(), Problem> {
        if self.must_name_version && self.caller.if_match.is_none() {
            let detail = "this server takes a change only with 'If-Match' and the ETag of what you read";
            return Err(Problem::new(Kind::Refused, "precondition_required", detail));
        }
        Ok(())
    }

    /// Whether the caller already has this version.
    pub(crate) fn has(&self, version: Version) -> bool {
        self.if_none_match == Some(version)
    }
}

impl FromRequestParts<Api> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let headers = &parts.headers;
        let identity = parts.extensions.get::<Identity>();
        let identity = identity.ok_or_else(|| Problem::internal(&"a guarded path was reached by nobody"))?;
        let prefer = Prefer::of(headers)?;
        let post = parts.method == Method::POST;
        let key = if post { idempotency_key(headers)? } else { None };
        // A quote changes nothing, and a document of GraphQL has its keys inside.
        let is_asked_elsewhere = matches!(parts.uri.path(), "/quotes" | "/graphql");
        if post && key.is_none() && api.app.settings.require_idempotency_key && !is_asked_elsewhere {
            let detail = "send an 'Idempotency-Key': a fresh value such as a UUID, the same one on a repeat";
            return Err(Problem::new(Kind::Invalid, "idempotency_key_required", detail).into());
        }
        let caller = Caller {
            actor: identity.actor.clone(),
            scopes: identity.scopes.clone(),
            shop: api.app.settings.shop.clone(),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
            traceparent: traceparent(headers).map(str::to_owned),
            idempotency_key: key,
            shape: shape(&parts.uri, &prefer),
            if_match: version(headers, &header::IF_MATCH)?,
            wait_s: prefer.wait_s.unwrap_or(0),
        };
        Ok(Self {
            caller,
            uri: parts.uri.clone(),
            minimal: prefer.minimal && parts.method != Method::GET,
            // A validator that cannot be read matches nothing: the answer is sent.
            if_none_match: version(headers, &header::IF_NONE_MATCH).ok().flatten(),
            must_name_version: api.app.settings.require_if_match,
        })
    }
}

fn bad_header(name: &HeaderName, detail: impl Into<String>) -> Problem {
    Problem::invalid(vec![Fault::invalid("", detail).text("header", name.as_str())])
}

/// Whether a text can be an idempotency key.
pub(crate) fn is_key(text: &str) -> bool {
    (1..=IDEMPOTENCY_KEY_MAX).contains(&text.len()) && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(&IDEMPOTENCY_KEY) else { return Ok(None) };
    let one = headers.get_all(&IDEMPOTENCY_KEY).iter().count() == 1;
    let key = value.to_str().ok().filter(|key| one && is_key(key));
    key.map(|key| Some(key.to_owned())).ok_or_else(|| bad_header(&IDEMPOTENCY_KEY, KEY_RULE))
}

const KEY_RULE: &str = "'Idempotency-Key' must be 1 to 255 printable ASCII characters";

/// A key that stands in a body.
pub(crate) fn checked_key(key: String) -> Result<String, Problem> {
    if is_key(&key) {
        return Ok(key);
    }
    let detail = "'idempotencyKey' must be 1 to 255 printable ASCII characters";
    Err(Problem::invalid(vec![Fault::invalid("/idempotency_key", detail)]))
}

/// A wait that stands in a body, in seconds.
pub(crate) fn checked_wait(wait_s: Option<u64>) -> Result<u32, Problem> {
    let wait_s = u32::try_from(wait_s.unwrap_or(0)).ok().filter(|wait_s| *wait_s <= WAIT_MAX_S);
    wait_s.ok_or_else(|| {
        let detail = format!("'waitSeconds' is 0 to {WAIT_MAX_S}");
        Problem::invalid(vec![Fault::invalid("/wait_seconds", detail)])
    })
}

/// The version of an entity tag such as `"7"`; `*` asks for none in particular.
fn version(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Version>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = value.to_str().unwrap_or("?").trim();
    if text == "*" {
        return Ok(None);
    }
    let tag = text.strip_prefix("W/").unwrap_or(text).strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let number = tag.and_then(|tag| tag.parse().ok()).map(Version);
    let detail = || format!("'{name}' must be one entity tag of ours, such as \"7\", with the quotes");
    number.map(Some).ok_or_else(|| bad_header(name, detail()))
}

/// The preferences that are known here (RFC 7240); others are ignored, as the standard asks.
#[derive(Debug, Default, PartialEq, Eq)]
struct Prefer {
    wait_s: Option<u32>,
    minimal: bool,
}

impl Prefer {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut prefer = Self::default();
        let texts = headers.get_all(&PREFER).iter().filter_map(|value| value.to_str().ok());
        for preference in texts.flat_map(|text| text.split([',', ';'])) {
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "wait" => {
                    let wait_s = value.parse().ok().filter(|wait_s| *wait_s <= WAIT_MAX_S);
                    let detail = || format!("'Prefer: wait={value}' is not 0 to {WAIT_MAX_S} whole seconds");
                    prefer.wait_s = Some(wait_s.ok_or_else(|| bad_header(&PREFER, detail()))?);
                }
                "return" => prefer.minimal = value.eq_ignore_ascii_case("minimal"),
                _ => {}
            }
        }
        Ok(prefer)
    }
}

/// What shapes the answer, in one canonical form; part of an idempotency key's fingerprint.
fn shape(uri: &Uri, prefer: &Prefer) -> String {
    let pairs = super::query::pairs(uri);
    let mut parts: Vec<String> = pairs
        .into_iter()
        .filter(|(name, _)| matches!(name.as_str(), "expand" | "fields"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parts.sort();
    parts.extend(prefer.wait_s.map(|wait_s| format!("wait={wait_s}")));
    parts.extend(prefer.minimal.then(|| "return=minimal".to_owned()));
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn with(name: &HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap())])
    }

    #[test]
    fn idempotency_keys_are_short_printable_ascii() {
        let long = "k".repeat(IDEMPOTENCY_KEY_MAX + 1);
        for (key, good) in [
            ("8f0c2f0e-6c0a", true),
            (" ~", true),
            ("", false),
            ("ü", false),
            ("a\tb", false),
            (&long, false),
        ] {
            assert_eq!(idempotency_key(&with(&IDEMPOTENCY_KEY, key)).is_ok(), good, "{key}");
        }
        assert!(idempotency_key(&with(&IDEMPOTENCY_KEY, &long[1..])).is_ok());
    }

    #[test]
    fn entity_tags_are_versions() {
        let read = |tag: &str| version(&with(&header::IF_MATCH, tag), &header::IF_MATCH);
        assert_eq!(read("\"7\"").unwrap(), Some(Version(7)));
        assert_eq!(read("W/\"7\"").unwrap(), Some(Version(7)));
        assert_eq!(read("*").unwrap(), None);
        for bad in ["7", "\"seven\"", "\"7\", \"8\"", "\"-1\"", ""] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn preferences_are_bounded() {
        let read = |text: &str| Prefer::of(&with(&PREFER, text));
        assert_eq!(read("wait=8").unwrap(), Prefer { wait_s: Some(8), minimal: false });
        assert_eq!(read("return=minimal, wait=\"30\"").unwrap(), Prefer { wait_s: Some(30), minimal: true });
        assert_eq!(read("respond-async").unwrap(), Prefer::default());
        for bad in ["wait=31", "wait=-1", "wait=x", "wait"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_shape_of_an_answer_is_canonical() {
        let prefer = Prefer { wait_s: Some(8), minimal: false };
        let uri: Uri = "/orders?x=1&expand=payments".parse().unwrap();
        assert_eq!(shape(&uri, &prefer), "expand=payments&wait=8");
        assert_eq!(shape(&"/orders".parse().unwrap(), &Prefer::default()), "");
    }
}
