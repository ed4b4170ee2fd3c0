//! One call and its answer, whatever the resource.

use std::collections::BTreeMap;
use std::fmt::Write;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// A call that may be sent more than once.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: BTreeMap<&'static str, String>,
    body: Option<Vec<u8>>,
}

impl Call {
    /// A call of a path such as `/orders`, which may hold a query.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), headers: BTreeMap::new(), body: None }
    }

    /// A read.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A change.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// With one more pair in the query.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// With a JSON body. The shapes of this crate always serialize.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        self.body("application/json", bytes)
    }

    /// With a body of any kind.
    #[must_use]
    pub fn body(mut self, content_type: impl Into<String>, bytes: Vec<u8>) -> Self {
        self.body = Some(bytes);
        self.header("content-type", content_type)
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// Under an idempotency key of the caller's, so that a script can be run again.
    #[must_use]
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        self.header("idempotency-key", key)
    }

    /// Only while the resource has this version.
    #[must_use]
    pub fn if_match(self, version: u64) -> Self {
        self.header("if-match", format!("\"{version}\""))
    }

    /// Answered when the payment rests, or after this many seconds (30 at most).
    #[must_use]
    pub fn wait(self, seconds: u32) -> Self {
        self.header("prefer", format!("wait={seconds}"))
    }

    /// With an idempotency key in any case, where one counts.
    #[expect(clippy::disallowed_methods, reason = "a client has no port to ask; its key only has to be new")]
    pub(crate) fn keyed(mut self) -> Self {
        if self.method == Method::POST {
            self.headers.entry("idempotency-key").or_insert_with(|| uuid::Uuid::now_v7().to_string());
        }
        self
    }

    pub(crate) fn request(
        &self,
        http: &reqwest::Client,
        address: &str,
        key: Option<&str>,
    ) -> reqwest::RequestBuilder {
        let mut url = format!("{address}/{}", self.path.trim_start_matches('/'));
        for (name, value) in &self.query {
            let join = if url.contains('?') { '&' } else { '?' };
            _ = write!(url, "{join}{}={}", escaped(name), escaped(value));
        }
        let mut request = http.request(self.method.clone(), url).header("accept", "application/json");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        match &self.body {
            Some(body) => request.body(body.clone()),
            None => request,
        }
    }
}

/// A name or id as a part of a path or a query: everything but letters, digits and `-._~` is written as bytes
/// (RFC 3986, section 2.3). The colon of an alias such as `sku:MUG` stays readable.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Self { status, headers, body: response.bytes().await?.to_vec() })
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as one of our shapes.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Malformed { reason: error.to_string() })
    }

    /// The answer, unless it tells of an error.
    pub(crate) fn success(self) -> Result<Self, Error> {
        if self.status.is_success() || self.status == StatusCode::NOT_MODIFIED {
            return Ok(self);
        }
        let is_json = self.header(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.contains("json"));
        match serde_json::from_slice(&self.body) {
            Ok(problem) if is_json => Err(Error::Problem(Box::new(problem))),
            _ => Err(Error::Status {
                status: self.status.as_u16(),
                body: String::from_utf8_lossy(&self.body).chars().take(200).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_paths_are_escaped() {
        assert_eq!(escaped("sku:MUG BLUE/1"), "sku:MUG%20BLUE%2F1");
        assert_eq!(escaped("ü&="), "%C3%BC%26%3D");
    }

    #[test]
    fn a_post_gets_a_key_and_keeps_the_one_it_has() {
        let key = |call: Call| call.keyed().headers.get("idempotency-key").cloned();
        assert_eq!(key(Call::post("/orders").idempotency_key("k1")).as_deref(), Some("k1"));
        assert_ne!(key(Call::post("/orders")), key(Call::post("/orders")));
        assert_eq!(key(Call::get("/orders")), None);
    }

    #[test]
    fn a_query_joins_one_that_is_there() {
        let call = Call::get("/orders?limit=1").query("after", "a b");
        let request = call
            .request(&crate::Client::new("http://h").unwrap().http, "http://h", Some("sk"))
            .build()
            .unwrap();
        assert_eq!(request.url().as_str(), "http://h/orders?limit=1&after=a%20b");
        assert_eq!(request.headers()["authorization"], "Bearer sk");
    }
}
