//! What every error of a use case says to a door: its kind, its code, and what to do.

use std::collections::BTreeMap;

use serde_json::Value;
use sutler_domain::{Fact, Fault};

use crate::commit::Refused;
use crate::ports::ReadError;

/// The seven kinds of errors. A door maps these, and knows no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is wrong.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// The state of things does not allow it.
    Conflict,
    /// A rule of another party refuses it: a payment was declined, a key was reused, a version is stale.
    Refused,
    /// The caller may not do it, or is not known.
    Unauthorized,
    /// Not now; try again.
    Busy,
    /// Our fault.
    Internal,
}

/// An error as a door tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Its kind.
    pub kind: Kind,
    /// Its stable code, such as `out_of_stock`; `rest/problem.rs` lists them all.
    pub code: &'static str,
    /// One sentence for people: the value, the reason, the next step.
    pub detail: String,
    /// Every fault of the request.
    pub errors: Vec<Fault>,
    /// Facts a program needs, such as `current_version`.
    pub facts: BTreeMap<&'static str, Value>,
}

impl Problem {
    /// A problem without further facts.
    pub fn new(kind: Kind, code: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, code, detail: detail.into(), errors: Vec::new(), facts: BTreeMap::new() }
    }

    /// A request with faults; its code is that of the faults when they agree.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let code = match faults.split_first() {
            Some((first, rest)) if rest.iter().all(|f| f.code == first.code) => first.code,
            _ => "validation_failed",
        };
        let detail = match faults.as_slice() {
            [one] => one.detail.clone(),
            several => format!("{} things are wrong with the request", several.len()),
        };
        Self { errors: faults, ..Self::new(Kind::Invalid, code, detail) }
    }

    /// Nothing of that name.
    pub fn not_found(what: &str, name: impl std::fmt::Display) -> Self {
        Self::new(Kind::NotFound, "not_found", format!("there is no {what} '{name}'"))
    }

    /// Something that must not happen; told without its insides, which go to the log.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "internal_error");
        Self::new(
            Kind::Internal,
            "internal",
            "something broke inside the engine; nothing was changed. The log has the cause under this request id",
        )
    }

    /// Add a fact.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.facts.insert(name, value.into());
        self
    }

    /// Add faults.
    #[must_use]
    pub fn errors(mut self, faults: Vec<Fault>) -> Self {
        self.errors = faults;
        self
    }
}

/// A fact of a fault as JSON.
pub fn fact_json(fact: &Fact) -> Value {
    match fact {
        Fact::Text(text) => Value::from(text.clone()),
        Fact::Count(count) => Value::from(*count),
        Fact::List(words) => Value::from(words.clone()),
    }
}

/// What the door's refusals mean where the use case has no better words.
impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Short(short) => {
                let total = short.len();
                Self::new(
                    Kind::Conflict,
                    "out_of_stock",
                    format!("{total} stock levels cannot give what was asked"),
                )
            }
            Refused::Moved { stream, found } => Self::new(
                Kind::Refused,
                "version_mismatch",
                format!("'{}' is at version {found} now; read it again", stream.id()),
            )
            .fact("current_version", found.0),
            Refused::StockMoved { on_hand, .. } => {
                Self::new(Kind::Conflict, "stock_moved", format!("{on_hand} are on hand now; count again"))
                    .fact("on_hand", on_hand)
            }
            Refused::OutOfRange { at } => Self::new(
                Kind::Invalid,
                "validation_failed",
                format!("the stock of {} would leave its range of 0 to 1000000000", at.variant_id),
            ),
            Refused::Taken { claim, holder } => {
                let code = taken_code(&claim);
                let detail =
                    format!("the {} '{}' belongs to {}", claim.kind.as_str(), claim.value, holder.id());
                Self::new(Kind::Conflict, code, detail).fact("holder", holder.id())
            }
            Refused::KeyReused => Self::new(
                Kind::Refused,
                "idempotency_key_reused",
                "this Idempotency-Key was used with another request; take a new key for a new request",
            ),
            Refused::LeaseLost => Self::new(
                Kind::Conflict,
                "invalid_transition",
                "the lease of the job passed on to another worker",
            ),
            Refused::JobState { found } => {
                Self::new(Kind::Conflict, "invalid_transition", format!("the job is {}", found.as_str()))
                    .fact("current", found.as_str())
            }
            Refused::Busy => Self::new(
                Kind::Busy,
                "busy",
                "the store has as much to do as it can take; try again in a second",
            ),
            Refused::Unavailable(reason) => {
                tracing::error!(%reason, "store_unavailable");
                Self::new(
                    Kind::Busy,
                    "unavailable",
                    "the store cannot take changes now; repeating with the same Idempotency-Key is safe",
                )
            }
        }
    }
}

fn taken_code(claim: &crate::commit::Claim) -> &'static str {
    use crate::commit::ClaimKind;
    match claim.kind {
        ClaimKind::OrderReference => "reference_exists",
        ClaimKind::ProductHandle => "handle_exists",
        ClaimKind::VariantSku => "sku_exists",
        ClaimKind::VariantId => "variant_exists",
        ClaimKind::CustomerEmail | ClaimKind::UserEmail => "email_exists",
        ClaimKind::JobUnique | ClaimKind::JobRun => "job_exists",
        ClaimKind::GatewayNotice | ClaimKind::ImportEntry => "invalid_transition",
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(reason) => {
                tracing::error!(%reason, "reads_unavailable");
                Self::new(Kind::Busy, "unavailable", "the store cannot be read now; try again in a second")
            }
            ReadError::Corrupt(cause) => Self::internal(&cause),
            ReadError::BadCursor => Self::invalid(vec![Fault::invalid(
                "/after",
                "the cursor is not one of this list; start without one",
            )]),
        }
    }
}

impl From<crate::event::Unreadable> for Problem {
    fn from(error: crate::event::Unreadable) -> Self {
        Self::internal(&error)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}
