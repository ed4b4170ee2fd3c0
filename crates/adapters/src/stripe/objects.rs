//! What Stripe says, as far as it is read: everything else is ignored, and what may be left out has a default.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A `PaymentIntent`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) amount: i64,
    #[serde(default)]
    pub(super) amount_received: i64,
    #[serde(default)]
    pub(super) amount_capturable: i64,
    pub(super) currency: String,
    #[serde(default)]
    pub(super) created: i64,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) client_secret: Option<String>,
    #[serde(default)]
    pub(super) next_action: Option<NextStep>,
    #[serde(default)]
    pub(super) last_payment_error: Option<ApiError>,
    #[serde(default)]
    pub(super) latest_charge: Option<ChargeRef>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct NextStep {
    #[serde(default)]
    pub(super) redirect_to_url: Option<Redirect>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Redirect {
    #[serde(default)]
    pub(super) url: Option<String>,
}

/// A charge, whole where that was asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ChargeRef {
    Whole(Box<Charge>),
    Id(#[expect(dead_code, reason = "what is there besides a whole charge")] String),
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Charge {
    #[serde(default)]
    pub(super) disputed: bool,
    #[serde(default)]
    pub(super) amount_refunded: i64,
    #[serde(default)]
    pub(super) payment_method_details: Option<MethodDetails>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct MethodDetails {
    #[serde(default)]
    pub(super) card: Option<CardDetails>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct CardDetails {
    #[serde(default)]
    pub(super) multicapture: Option<Multicapture>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Multicapture {
    pub(super) status: String,
}

impl Intent {
    pub(super) fn charge(&self) -> Option<&Charge> {
        match &self.latest_charge {
            Some(ChargeRef::Whole(charge)) => Some(charge),
            _ => None,
        }
    }

    /// Whether it can be captured more than once.
    pub(super) fn is_captured_in_parts(&self) -> bool {
        let card = self.charge().and_then(|charge| charge.payment_method_details.as_ref()?.card.as_ref());
        card.and_then(|card| card.multicapture.as_ref()).is_some_and(|multi| multi.status == "available")
    }
}

/// A refund.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) amount: i64,
    #[serde(default)]
    pub(super) created: i64,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) failure_reason: Option<String>,
}

/// A page of a list or of a search.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) has_more: bool,
}

/// Why Stripe refuses.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct ApiError {
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) code: Option<String>,
    #[serde(default)]
    pub(super) decline_code: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) payment_intent: Option<Named>,
}

/// Something of which only the id is of interest.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
}

/// The body of a refusal.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: ApiError,
}

/// A webhook's body.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) data: EventData,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct EventData {
    pub(super) object: Subject,
}

/// What an event is about: an intent, or something that belongs to one.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Subject {
    #[serde(default)]
    pub(super) object: String,
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) payment_intent: Option<IntentRef>,
    #[serde(default)]
    pub(super) metadata: Option<BTreeMap<String, String>>,
}

/// An intent by its id, or whole.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum IntentRef {
    Id(String),
    Whole(Named),
}

impl Subject {
    /// The id of the intent that it is or belongs to.
    pub(super) fn intent_id(&self) -> Option<String> {
        match &self.payment_intent {
            Some(IntentRef::Id(id) | IntentRef::Whole(Named { id })) => Some(id.clone()),
            None if self.object == "payment_intent" => self.id.clone(),
            None => None,
        }
    }
}
