//! JSON bodies, read strictly: what two readers might understand differently is refused, at its place.

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sutler_app::{Kind, Problem};

use super::{Api, Refusal};

/// How deep arrays and objects may lie in each other.
pub const DEPTH_MAX: usize = 64;

/// A request's JSON body.
#[derive(Debug)]
pub struct Document(pub Value);

/// A request's JSON body, `{}` when there is none: for actions that need no words.
#[derive(Debug)]
pub struct MaybeDocument(pub Value);

impl FromRequest<Api> for Document {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        let (headers, bytes) = read(request, api).await?;
        must_be_json(&headers)?;
        Ok(Self(parse(&bytes)?))
    }
}

impl FromRequest<Api> for MaybeDocument {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        let (headers, bytes) = read(request, api).await?;
        if bytes.is_empty() {
            return Ok(Self(Value::Object(Map::new())));
        }
        must_be_json(&headers)?;
        Ok(Self(parse(&bytes)?))
    }
}

/// The whole body, within the limits of size and time.
async fn read(request: Request, api: &Api) -> Result<(HeaderMap, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    must_be_plain(&parts.headers)?;
    let bytes = in_time(body, api.options.body_bytes_max, api).await?;
    Ok((parts.headers, bytes))
}

/// A body of at most so many bytes, if it arrives in the time of a request.
pub(super) async fn in_time(body: Body, limit: usize, api: &Api) -> Result<Bytes, Problem> {
    let reading = tokio::time::timeout(api.options.request_timeout, collect(body, limit));
    reading.await.map_err(|_| {
        let seconds = api.options.request_timeout.as_secs();
        let detail = format!("the body did not arrive within {seconds} s; send it again");
        Problem::new(Kind::Busy, "request_timeout", detail)
    })?
}

/// A body of at most so many bytes. One that says beforehand that it is larger is refused before any of it is read.
pub(crate) async fn collect(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let told = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if told > limit {
        return Err(too_large(limit));
    }
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Err(_) => Err(malformed("the body broke off before its end")),
    }
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("the body is larger than {limit} bytes; send less at once");
    Problem::new(Kind::Invalid, "payload_too_large", detail).fact("limit_bytes", limit)
}

/// Bodies arrive as they are: a few compressed bytes may unfold to any size.
pub(crate) fn must_be_plain(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(header::CONTENT_ENCODING).filter(|coding| *coding != "identity") {
        None => Ok(()),
        Some(coding) => {
            let coding = coding.to_str().unwrap_or("?");
            let detail = format!("Content-Encoding '{coding}' is not taken; send the body as it is");
            Err(Problem::new(Kind::Invalid, "unsupported_media_type", detail))
        }
    }
}

/// `application/json`, `application/merge-patch+json` or another `+json`; without a type nothing is guessed.
fn must_be_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let charset_ok = given
        .to_ascii_lowercase()
        .split_once("charset=")
        .is_none_or(|(_, charset)| matches!(charset.trim().trim_matches('"'), "utf-8" | "utf8"));
    let json =
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    if json && charset_ok {
        return Ok(());
    }
    let what =
        if given.is_empty() { "no Content-Type".to_owned() } else { format!("Content-Type '{given}'") };
    let detail = format!("{what}; send JSON as 'Content-Type: application/json', in UTF-8");
    Err(Problem::new(Kind::Invalid, "unsupported_media_type", detail))
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::Invalid, "malformed_json", detail)
}

/// Read one JSON value: RFC 8259, UTF-8 without a byte order mark, every name of an object once, no U+0000, and no
/// more than [`DEPTH_MAX`] levels.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        return Err(malformed("the body starts with a byte order mark; send UTF-8 without one"));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(malformed("the body is empty; send a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Level(DEPTH_MAX).deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let place = [("line", error.line()), ("column", error.column())];
        let problem = malformed(format!("the body is not JSON that can be read: {error}"));
        place.into_iter().fold(problem, |problem, (name, value)| problem.fact(name, value))
    })
}

/// Reads a value that may hold so many levels of arrays and objects.
struct Level(usize);

impl Level {
    fn below<E: Error>(&self) -> Result<Self, E> {
        let too_deep = || E::custom(format!("more than {DEPTH_MAX} levels of arrays and objects"));
        self.0.checked_sub(1).map(Self).ok_or_else(too_deep)
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        clean(value).map(|()| Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self.below()?)? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            clean(&name)?;
            if object.contains_key(&name) {
                let name: String = name.chars().take(64).collect();
                return Err(A::Error::custom(format!("the name '{name}' stands twice in one object")));
            }
            let value = members.next_value_seed(self.below()?)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// No store keeps U+0000 in a text, so it is refused where it comes in.
fn clean<E: Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') { Err(E::custom("a text holds U+0000")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_json_is_read() {
        for text in ["{}", " [1, -2, true, null, \"\\u00e9\"] ", "{\"a\":{\"b\":[]}}", "18446744073709551615"]
        {
            assert_eq!(
                parse(text.as_bytes()).unwrap(),
                serde_json::from_str::<Value>(text).unwrap(),
                "{text}"
            );
        }
    }

    #[test]
    fn what_two_readers_may_understand_differently_is_refused_at_its_place() {
        let deep = "[".repeat(1_000_000);
        let cases: &[(&[u8], &str)] = &[
            (b"", "empty"),
            (b" \n", "empty"),
            (b"\xEF\xBB\xBF{}", "byte order mark"),
            (b"{\"a\":1,\"a\":2}", "'a' stands twice"),
            (b"{\"a\":\"\\u0000\"}", "U+0000"),
            (b"{\"a\\u0000\":1}", "U+0000"),
            (b"{\"a\":\"\x00\"}", "control character"),
            (b"{\"a\":\"\\ud800\"}", "escape"),
            (b"{\"a\":\"\xff\"}", "unicode"),
            (b"{\"a\":1e999}", "out of range"),
            (b"{\"a\":NaN}", "expected"),
            (b"{\"a\":01}", "number"),
            (b"{\"a\":1,}", "trailing comma"),
            (b"{\"a\":1} {}", "trailing"),
            (b"{\"a\":", "EOF"),
            (deep.as_bytes(), "64 levels"),
        ];
        for (bytes, reason) in cases {
            let problem = parse(bytes).unwrap_err();
            assert_eq!(problem.code, "malformed_json", "{reason}");
            assert!(problem.detail.contains(reason), "{reason}: {}", problem.detail);
        }
        let problem = parse(b"{\n  \"a\": 1,\n  \"a\": 2\n}").unwrap_err();
        assert_eq!(problem.facts.get("line"), Some(&Value::from(3)));
    }

    #[test]
    fn depth_is_counted_exactly() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert!(parse(nested(DEPTH_MAX + 1).as_bytes()).is_err());
    }

    #[test]
    fn only_json_in_utf8_is_read() {
        let check = |given: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, given.parse().unwrap());
            must_be_json(&headers).is_ok()
        };
        for given in ["application/json", "Application/JSON; charset=UTF-8", "application/merge-patch+json"] {
            assert!(check(given), "{given}");
        }
        for given in
            ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "json"]
        {
            assert!(!check(given), "{given}");
        }
        assert!(must_be_json(&HeaderMap::new()).is_err());
    }
}
