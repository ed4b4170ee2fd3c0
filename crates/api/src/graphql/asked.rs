//! One request: who asks, and what a field was asked for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sutler_app::{Answered, Caller, Kind, Problem};
use sutler_domain::Version;
use tokio::sync::Notify;

use super::loads::Loads;
use crate::rest::Api;

/// Who asks, for as long as one document runs.
pub(super) struct Asker {
    pub(super) api: Api,
    /// Without an idempotency key and a version, which a mutation names for itself.
    pub(super) caller: Caller,
    /// The key of the header, when the document has one field to which it can belong.
    pub(super) idempotency_key: Option<String>,
    pub(super) loads: Loads,
    /// Whether a mutation was answered before.
    replayed: AtomicBool,
    /// Objects that were shown.
    objects: AtomicU64,
    /// Where nothing was found, in which field of the root.
    gaps: Mutex<Vec<(String, Vec<usize>)>>,
    /// Told once the document listens to what happens.
    pub(super) listens: Notify,
}

impl Asker {
    /// Somebody whose document has a key of its own, or none.
    pub(super) fn new(api: &Api, caller: Caller, idempotency_key: Option<String>) -> Self {
        let caller = Caller { idempotency_key: None, if_match: None, ..caller };
        let loads = Loads::new(api, &caller);
        Self {
            api: api.clone(),
            caller,
            idempotency_key,
            loads,
            replayed: AtomicBool::new(false),
            objects: AtomicU64::new(0),
            gaps: Mutex::default(),
            listens: Notify::new(),
        }
    }

    /// Whether a mutation was answered before.
    pub(super) fn is_replayed(&self) -> bool {
        self.replayed.load(Ordering::Relaxed)
    }

    /// A list of this field of the root was shown without what was not found at these places.
    pub(super) fn leave_out(&self, key: &str, gaps: Vec<usize>) {
        self.gaps.lock().push((key.to_owned(), gaps));
    }

    /// What was left out since the last look.
    pub(super) fn left_out(&self) -> Vec<(String, Vec<usize>)> {
        std::mem::take(&mut self.gaps.lock())
    }

    /// So many objects are shown.
    pub(super) fn count(&self, objects: u64) {
        self.objects.fetch_add(objects, Ordering::Relaxed);
    }

    /// How many were shown since the last look.
    pub(super) fn counted(&self) -> u64 {
        self.objects.swap(0, Ordering::Relaxed)
    }
}

/// What one field was asked for.
pub(super) struct Asked<'a> {
    pub(super) asker: &'a Asker,
    /// The object that the field is of; null at the root.
    pub(super) parent: &'a Value,
    /// The arguments, as JSON has them.
    pub(super) arguments: Value,
    /// Whether the document shows how many rows the whole list has.
    pub(super) wants_count: bool,
    /// Whether the input may name the version that is to be changed.
    pub(super) takes_version: bool,
}

impl<'a> Asked<'a> {
    /// The same request, about nothing yet.
    pub(super) fn at_root(&self) -> Asked<'a> {
        let Self { asker, parent, .. } = *self;
        Asked { asker, parent, arguments: Value::Null, wants_count: false, takes_version: false }
    }

    pub(super) fn api(&self) -> &Api {
        &self.asker.api
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.asker.caller
    }

    /// An argument; null is absent.
    pub(super) fn argument(&self, name: &str) -> Option<&Value> {
        self.arguments.get(name).filter(|value| !value.is_null())
    }

    /// An argument that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.argument(name)?.as_str()
    }

    /// An argument of a simple type, which the schema has checked.
    pub(super) fn plain<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_value(self.argument(name)?.clone()).ok()
    }

    /// What a change was answered, and whether it was before.
    pub(super) fn heard<T>(&self, answered: Answered<T>) -> T {
        self.asker.replayed.fetch_or(answered.replayed, Ordering::Relaxed);
        answered.value
    }

    /// A text of the object that the field is of.
    pub(super) fn own(&self, name: &str) -> &str {
        self.parent.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The argument `input` as it is: for what changes nothing.
    pub(super) fn question(&self) -> Value {
        self.argument("input").cloned().unwrap_or_default()
    }

    /// The argument `input` of a mutation, without its manners; and the caller with them.
    pub(super) fn input(&self) -> Result<(Value, Caller), Problem> {
        let mut input = self.argument("input").cloned().unwrap_or_default();
        let mut caller = self.caller().clone();
        let mut take = |name: &str| input.as_object_mut().and_then(|members| members.remove(name));
        let key = take("idempotency_key").and_then(|key| key.as_str().map(str::to_owned));
        caller.idempotency_key = match key {
            Some(key) => Some(crate::rest::extract::checked_key(key)?),
            None => self.asker.idempotency_key.clone(),
        };
        caller.if_match = take("expected_version").and_then(|version| version.as_u64()).map(Version);
        let wait_s = take("wait_seconds").and_then(|wait_s| wait_s.as_u64());
        caller.wait_s = crate::rest::extract::checked_wait(wait_s)?;
        if caller.wait_s > 0 {
            caller.shape = format!("wait={}", caller.wait_s);
        }
        self.must_have_manners(&caller)?;
        Ok((input, caller))
    }

    /// What REST wants in its headers stands in the input here.
    fn must_have_manners(&self, caller: &Caller) -> Result<(), Problem> {
        let settings = &self.api().app.settings;
        if settings.require_idempotency_key && caller.idempotency_key.is_none() {
            let detail = "name an 'idempotencyKey': a fresh value such as a UUID, the same one on a repeat";
            return Err(Problem::new(Kind::Invalid, "idempotency_key_required", detail));
        }
        if settings.require_if_match && self.takes_version && caller.if_match.is_none() {
            let detail =
                "this server takes a change only with 'expectedVersion', the version of what you read";
            return Err(Problem::new(Kind::Refused, "precondition_required", detail));
        }
        Ok(())
    }
}

/// A member of an input that names what is to be changed; the rest of the input is about it.
pub(super) fn taken(input: &mut Value, name: &str) -> String {
    let value = input.as_object_mut().and_then(|members| members.remove(name));
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
