//! Calls to Stripe: form in, JSON out, and every way in which no answer comes kept apart from every other.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect};
use serde::de::DeserializeOwned;
use sutler_app::ports::Clock;

use super::breaker::Breaker;
use super::objects::{ApiError, ErrorBody};
use super::{Options, StripeError};
use crate::names::SystemNames;

/// The version of Stripe's API that these calls are written for. Stripe answers in it whatever the account's own is.
pub const API_VERSION: &str = "2024-06-20";

/// The most of an answer that is read.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// How long to leave Stripe alone when it does not accept our key: a person has to act.
const KEY_REFUSED_REST: Duration = Duration::from_mins(1);

/// How long to leave it alone when it cannot be connected to.
const UNREACHABLE_REST: Duration = Duration::from_secs(1);

/// What says that an answer was given before, under the same key.
static REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Pairs of a form or a query.
pub(super) type Form<'n> = Vec<(&'n str, String)>;

/// An answer.
#[derive(Debug)]
pub(super) struct Told<T> {
    pub(super) what: T,
    /// Whether it is the answer of an earlier call under the same key, and as old.
    pub(super) is_replayed: bool,
}

/// No answer, or one that is not a yes.
#[derive(Debug)]
pub(super) enum No {
    /// It was refused, and changed nothing that the refusal does not tell.
    Refused(Box<ApiError>),
    /// It was not asked, or did not look; nothing can have come of it.
    NotAsked { reason: String, wait: Duration },
    /// Another call under the same key is under way.
    UnderWay,
    /// It failed under this key once, and will say so again as long as it remembers the key.
    FailedForGood,
    /// Nobody knows.
    Lost(String),
}

/// The way to Stripe.
pub(super) struct Stripe {
    http: Client,
    base: String,
    key: String,
    breaker: Breaker,
}

impl Stripe {
    pub(super) fn open(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, StripeError> {
        // Refused when the process has a provider already, which is as good.
        _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            .dns_resolver(Arc::new(SystemNames::default()))
            .user_agent(concat!("sutler/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| StripeError(error.to_string()))?;
        let base = options.url.trim_end_matches('/').to_owned();
        Ok(Self { http, base, key: options.secret_key.clone(), breaker: Breaker::new(clock) })
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, No> {
        let question = if query.is_empty() { String::new() } else { format!("?{}", encoded(query)) };
        let request = self.http.request(Method::GET, format!("{}{path}{question}", self.base));
        Ok(self.send(request).await?.what)
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, String)],
        key: &str,
    ) -> Result<Told<T>, No> {
        let request = self.http.request(Method::POST, format!("{}{path}", self.base));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(encoded(form));
        self.send(request.header("idempotency-key", key)).await
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<Told<T>, No> {
        self.breaker
            .pass()
            .map_err(|wait| No::NotAsked { reason: "Stripe is not asked while it fails".to_owned(), wait })?;
        let mut key = HeaderValue::from_str(&format!("Bearer {}", self.key)).map_err(|_| No::NotAsked {
            reason: "the secret key of Stripe is no text for a header".to_owned(),
            wait: KEY_REFUSED_REST,
        })?;
        key.set_sensitive(true);
        let request = request.header("authorization", key).header("stripe-version", API_VERSION);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                self.breaker.failed();
                let reason = without_address(error);
                return Err(if reason.0 {
                    No::NotAsked { reason: reason.1, wait: UNREACHABLE_REST }
                } else {
                    No::Lost(reason.1)
                });
            }
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let body = match read(response).await {
            Ok(body) => body,
            Err(reason) => {
                self.breaker.failed();
                return Err(No::Lost(reason));
            }
        };
        self.heard(status, &headers, &body)
    }

    fn heard<T: DeserializeOwned>(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<Told<T>, No> {
        let is_replayed = headers.get(&REPLAYED).is_some_and(|value| value == "true");
        if status == StatusCode::TOO_MANY_REQUESTS {
            let wait = self.breaker.asked_to_wait(retry_after(headers));
            return Err(No::NotAsked { reason: "Stripe asks for fewer calls (429)".to_owned(), wait });
        }
        if status.is_server_error() {
            if is_replayed {
                self.breaker.answered();
                return Err(No::FailedForGood);
            }
            self.breaker.failed();
            return Err(No::Lost(format!("Stripe answered {}", status.as_u16())));
        }
        if status.is_success() {
            return match serde_json::from_slice(body) {
                Ok(what) => {
                    self.breaker.answered();
                    Ok(Told { what, is_replayed })
                }
                Err(error) => {
                    self.breaker.failed();
                    Err(No::Lost(format!("Stripe's answer cannot be read: {error}")))
                }
            };
        }
        let Ok(ErrorBody { error }) = serde_json::from_slice(body) else {
            self.breaker.failed();
            return Err(No::Lost(format!("Stripe answered {} and no reason", status.as_u16())));
        };
        self.breaker.answered();
        Err(refusal(status, error))
    }
}

fn refusal(status: StatusCode, error: ApiError) -> No {
    let message = || error.message.clone().unwrap_or_default();
    match status {
        StatusCode::CONFLICT => No::UnderWay,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            tracing::error!(status = status.as_u16(), reason = message(), "stripe_refuses_the_secret_key");
            No::NotAsked { reason: "Stripe refuses the secret key".to_owned(), wait: KEY_REFUSED_REST }
        }
        // Two different calls under one key would be a fault of ours, and which of them counted is not for us to guess.
        _ if error.kind == "idempotency_error" => {
            tracing::error!(reason = message(), "stripe_saw_two_calls_under_one_key");
            No::Lost("Stripe saw another call under the same key".to_owned())
        }
        _ => No::Refused(Box::new(error)),
    }
}

async fn read(mut response: Response) -> Result<Bytes, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len().saturating_add(chunk.len()) <= ANSWER_BYTES_MAX => {
                body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => return Err(format!("Stripe's answer is longer than {ANSWER_BYTES_MAX} bytes")),
            Ok(None) => return Ok(body.into()),
            Err(error) => return Err(without_address(error).1),
        }
    }
}

/// Whether nothing was sent, and what happened. Addresses stay out of it: a search has ids in its own.
fn without_address(error: reqwest::Error) -> (bool, String) {
    let is_unsent = error.is_connect();
    let what = if is_unsent {
        "Stripe cannot be connected to"
    } else if error.is_timeout() {
        "no answer came from Stripe in time"
    } else {
        "the connection to Stripe was lost before its answer"
    };
    tracing::debug!(error = %error.without_url(), "stripe_call_failed");
    (is_unsent, what.to_owned())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn encoded(pairs: &[(&str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
