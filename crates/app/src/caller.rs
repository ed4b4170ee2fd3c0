//! Who asks, and how: made by a door, consumed by a use case.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use sutler_domain::Version;

use crate::commit::IdempotencyKey;
use crate::digest::sha256_hex;
use crate::error::{Kind, Problem};

/// Scopes that are a part of another one.
const WITHIN: [(&str, &str); 2] = [("notes:write", "orders:write"), ("refunds:write", "payments:write")];

/// What a key or a person may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Arc<BTreeSet<String>>);

impl Scopes {
    /// Everything.
    pub fn all() -> Self {
        Self::of(["*"])
    }

    /// These only; `orders:*` covers `orders:read` and `orders:write`.
    pub fn of(scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Arc::new(scopes.into_iter().map(Into::into).collect()))
    }

    /// Whether `scope`, such as `orders:write`, is among them. Who may write may read.
    pub fn allow(&self, scope: &str) -> bool {
        self.hold(scope) || WITHIN.iter().any(|(part, whole)| *part == scope && self.hold(whole))
    }

    fn hold(&self, scope: &str) -> bool {
        let (area, verb) = scope.split_once(':').unwrap_or((scope, ""));
        self.iter().any(|held| {
            held == "*"
                || held == scope
                || held
                    .split_once(':')
                    .is_some_and(|(of, may)| of == area && (may == "*" || (verb == "read" && may == "write")))
        })
    }

    /// The words.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// What whoever lacks a scope is told.
pub fn lacks(scope: &str) -> Problem {
    let detail = format!("the scope '{scope}' is missing; ask for a key or a role that has it");
    Problem::new(Kind::Unauthorized, "insufficient_scope", detail).fact("scope", scope)
}

/// One request's identity and manners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who: `key:key_…`, `dev`, `system`, `job:process_order` …; the actor of every event.
    pub actor: String,
    /// What they may do.
    pub scopes: Scopes,
    /// The shop: `live` or `test`.
    pub shop: String,
    /// The request's id; the causation of every event.
    pub request_id: String,
    /// The trace it belongs to (W3C Trace Context).
    pub traceparent: Option<String>,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// Words that shape the answer (expand, fields, Prefer); part of the fingerprint.
    pub shape: String,
    /// The version that the resource must have; then nothing is retried on a newer one.
    pub if_match: Option<Version>,
    /// How long the answer may wait for the payment to rest, in seconds; 0: not at all.
    pub wait_s: u32,
}

impl Caller {
    /// The engine itself, such as a job or a sweep.
    pub fn system(actor: impl Into<String>) -> Self {
        Self {
            actor: actor.into(),
            scopes: Scopes::all(),
            shop: "live".to_owned(),
            request_id: String::new(),
            traceparent: None,
            idempotency_key: None,
            shape: String::new(),
            if_match: None,
            wait_s: 0,
        }
    }

    /// Whether it is neither a key nor a person: the engine itself, a command on its machine, or a developer's own.
    pub fn is_of_the_house(&self) -> bool {
        !self.actor.starts_with("key:") && !self.actor.starts_with(crate::admission::PERSON)
    }

    /// Refuse unless the caller may do this, such as `orders:write`.
    pub fn may(&self, scope: &str) -> Result<(), Problem> {
        if self.scopes.allow(scope) { Ok(()) } else { Err(lacks(scope)) }
    }

    /// The idempotency key of this request with the fingerprint of what is asked: the use case and its input in
    /// canonical form (struct fields and sorted maps always serialize in one order).
    pub fn key_for(&self, use_case: &str, input: &impl Serialize) -> Option<IdempotencyKey> {
        let key = self.idempotency_key.clone()?;
        let input = serde_json::to_string(input).unwrap_or_default();
        let text = format!("{use_case}\n{}\n{input}", self.shape);
        Some(IdempotencyKey { shop: self.shop.clone(), key, fingerprint: sha256_hex(text.as_bytes()) })
    }
}

/// What a use case answers a request that may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// Whether it was given before: nothing was written this time.
    pub replayed: bool,
}

impl<T> Answered<T> {
    /// The same answer, seen otherwise.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Answered<U> {
        Answered { value: f(self.value), replayed: self.replayed }
    }
}
