//! What the hostile Stripe knows: intents, refunds, answers it remembers, and events. Its rules are Stripe's own as they
//! are documented, and share no code with the adapter that is tested.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::refusal::{Refusal, refused};

/// What refunds carry that were asked for through the interface.
const OUR_KEY: &str = "sutler_key";

/// A form or a query, by name.
pub type Form = BTreeMap<String, String>;

/// An intent, with its charge.
#[derive(Clone, Debug)]
pub struct Intent {
    /// `pi_…`.
    pub id: String,
    /// When it was made.
    pub created: i64,
    /// What was asked for.
    pub amount: i64,
    /// In small letters.
    pub currency: String,
    /// As Stripe calls it.
    pub status: &'static str,
    /// Whether it is captured by hand.
    pub is_manual: bool,
    /// Taken.
    pub received: i64,
    /// How often money was taken.
    pub captures: u32,
    /// Given back, of what was taken.
    pub refunded: i64,
    /// Whether it can be captured in parts.
    pub in_parts: bool,
    /// Whether the buyer went to the bank about it.
    pub disputed: bool,
    /// The buyer's means.
    pub method: Option<String>,
    /// Where the buyer comes back to.
    pub return_url: Option<String>,
    /// Why the last try failed: its code.
    pub failure: Option<String>,
    /// Our own pairs.
    pub metadata: BTreeMap<String, String>,
}

/// A refund.
#[derive(Clone, Debug)]
pub struct Refund {
    /// `re_…`.
    pub id: String,
    /// When it was made.
    pub created: i64,
    /// Of which intent.
    pub intent: String,
    /// How much.
    pub amount: i64,
    /// As Stripe calls it.
    pub status: &'static str,
    /// Our own pairs.
    pub metadata: BTreeMap<String, String>,
}

impl Refund {
    /// Whether somebody made it at Stripe's own desk.
    pub fn is_of_desk(&self) -> bool {
        !self.metadata.contains_key(OUR_KEY)
    }
}

/// Everything there is.
#[derive(Debug, Default)]
pub struct Books {
    /// In the order of their making.
    pub intents: Vec<Intent>,
    /// In the order of their making.
    pub refunds: Vec<Refund>,
    /// Every event, oldest first.
    pub events: Vec<Value>,
    /// What it was asked to do more than its rules allow, in words: a fault of whoever asked.
    pub complaints: Vec<String>,
    /// Where each intent is among them.
    places: HashMap<String, usize>,
    made: u64,
}

impl Books {
    fn name(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_{:024}", self.made)
    }

    /// An intent by its id.
    pub fn intent(&mut self, id: &str) -> Result<&mut Intent, Refusal> {
        let found = self.places.get(id).and_then(|place| self.intents.get_mut(*place));
        found.ok_or_else(|| refused(404, "resource_missing", "No such payment_intent"))
    }

    /// Make an intent, and confirm it when that is asked for.
    pub fn create(&mut self, form: &Form, now: i64) -> Result<Value, Refusal> {
        let amount = whole(form, "amount")?;
        let currency = form.get("currency").cloned().unwrap_or_default();
        if amount < 1 || currency.len() != 3 || currency.to_ascii_lowercase() != currency {
            return Err(refused(400, "parameter_invalid_integer", "amount and currency must make sense"));
        }
        let token = form.get("payment_method").or_else(|| form.get("payment_method_data[card][token]"));
        let is_confirmed = form.get("confirm").is_some_and(|confirm| confirm == "true");
        if is_confirmed && token.is_none() {
            return Err(refused(400, "parameter_missing", "a payment method is needed to confirm"));
        }
        let intent = Intent {
            id: self.name("pi"),
            created: now,
            amount,
            currency,
            status: "requires_payment_method",
            is_manual: form.get("capture_method").is_some_and(|method| method == "manual"),
            received: 0,
            captures: 0,
            refunded: 0,
            in_parts: token.is_some_and(|token| token.contains("multicapture")),
            disputed: false,
            method: token.cloned(),
            return_url: form.get("return_url").cloned(),
            failure: None,
            metadata: metadata(form),
        };
        let id = intent.id.clone();
        self.places.insert(id.clone(), self.intents.len());
        self.intents.push(intent);
        self.told("payment_intent.created", &id, now);
        if is_confirmed { self.confirm(&id, now) } else { Ok(self.show(&id, false)) }
    }

    /// The card decides.
    fn confirm(&mut self, id: &str, now: i64) -> Result<Value, Refusal> {
        let token = self.intent(id)?.method.clone().unwrap_or_default();
        if token.contains("threeDSecure") {
            self.intent(id)?.status = "requires_action";
            self.told("payment_intent.requires_action", id, now);
            return Ok(self.show(id, false));
        }
        let declined = ["chargeDeclinedInsufficientFunds", "chargeDeclined"].into_iter();
        if let Some(word) = declined.into_iter().find(|word| token.contains(word)) {
            let code = if word.ends_with("Funds") { "insufficient_funds" } else { "generic_decline" };
            return Err(self.decline(id, code, now));
        }
        if !token.starts_with("pm_") && !token.starts_with("tok_") {
            return Err(refused(400, "resource_missing", "No such PaymentMethod"));
        }
        self.pay(id, now)
    }

    fn decline(&mut self, id: &str, code: &str, now: i64) -> Refusal {
        if let Ok(intent) = self.intent(id) {
            intent.status = "requires_payment_method";
            intent.failure = Some(code.to_owned());
        }
        self.told("payment_intent.payment_failed", id, now);
        let mut error = card_error(code);
        if let Some(members) = error.as_object_mut() {
            members.insert("payment_intent".to_owned(), self.show(id, false));
        }
        Refusal { status: 402, error }
    }

    fn pay(&mut self, id: &str, now: i64) -> Result<Value, Refusal> {
        let intent = self.intent(id)?;
        intent.failure = None;
        if intent.is_manual {
            intent.status = "requires_capture";
            self.told("payment_intent.amount_capturable_updated", id, now);
        } else {
            intent.status = "succeeded";
            intent.received = intent.amount;
            intent.captures += 1;
            self.told("charge.succeeded", id, now);
            self.told("payment_intent.succeeded", id, now);
        }
        Ok(self.show(id, false))
    }

    /// The buyer's word at the bank, or in the shop's own page.
    pub fn buyer_decides(&mut self, id: &str, approves: bool, now: i64) -> Result<Value, Refusal> {
        let intent = self.intent(id)?;
        if !["requires_action", "requires_payment_method"].contains(&intent.status) {
            return Err(unexpected(intent.status));
        }
        if approves {
            return self.pay(id, now);
        }
        intent.status = "requires_payment_method";
        intent.failure = Some("payment_intent_authentication_failure".to_owned());
        self.told("payment_intent.payment_failed", id, now);
        Ok(self.show(id, false))
    }

    /// Take what was secured, or a part of it.
    pub fn capture(&mut self, id: &str, form: &Form, now: i64) -> Result<Value, Refusal> {
        let wanted = form.get("amount_to_capture").map(|_| whole(form, "amount_to_capture")).transpose()?;
        let is_final = form.get("final_capture").is_none_or(|last| last != "false");
        let intent = self.intent(id)?;
        if intent.status != "requires_capture" {
            return Err(unexpected(intent.status));
        }
        let capturable = intent.amount - intent.received;
        let amount = wanted.unwrap_or(capturable);
        if !is_final && !intent.in_parts {
            return Err(refused(400, "parameter_invalid", "final_capture needs multicapture"));
        }
        if amount < 1 || amount > capturable {
            let complaint = format!("{id}: a capture of {amount}, and {capturable} can be captured");
            self.complaints.push(complaint);
            return Err(refused(400, "amount_too_large", "more than can be captured"));
        }
        intent.received += amount;
        intent.captures += 1;
        intent.metadata.extend(metadata(form));
        if is_final || intent.received == intent.amount {
            intent.status = "succeeded";
        }
        self.told("charge.captured", id, now);
        if self.intent(id)?.status == "succeeded" {
            self.told("payment_intent.succeeded", id, now);
        }
        Ok(self.show(id, false))
    }

    /// Give up what was secured, or what waits.
    pub fn cancel(&mut self, id: &str, now: i64) -> Result<Value, Refusal> {
        let intent = self.intent(id)?;
        match intent.status {
            "requires_capture" if intent.received > 0 => intent.status = "succeeded",
            "requires_capture" | "requires_action" | "requires_payment_method" | "requires_confirmation" => {
                intent.status = "canceled";
            }
            status => return Err(unexpected(status)),
        }
        self.told("payment_intent.canceled", id, now);
        Ok(self.show(id, false))
    }

    /// Give money back.
    pub fn refund(&mut self, form: &Form, now: i64) -> Result<Value, Refusal> {
        let id = form.get("payment_intent").cloned().unwrap_or_default();
        let amount = whole(form, "amount")?;
        let pending =
            self.intent(&id)?.method.as_deref().is_some_and(|method| method.contains("pendingRefund"));
        let intent = self.intent(&id)?;
        let refundable = intent.received - intent.refunded;
        if amount < 1 || amount > refundable {
            // Whoever asks cannot know what was refunded here a moment ago.
            if !self.refunds.iter().any(|refund| refund.intent == id && refund.is_of_desk()) {
                self.complaints.push(format!("{id}: a refund of {amount}, and {refundable} can be refunded"));
            }
            return Err(refused(400, "charge_already_refunded", "more than can be refunded"));
        }
        intent.refunded += amount;
        let status = if pending { "pending" } else { "succeeded" };
        let refund = Refund {
            id: self.name("re"),
            created: now,
            intent: id.clone(),
            amount,
            status,
            metadata: metadata(form),
        };
        let shown = show_refund(&refund);
        self.refunds.push(refund);
        self.told("charge.refunded", &id, now);
        Ok(shown)
    }

    /// Somebody at Stripe's own desk gives money back.
    pub fn refund_at_desk(&mut self, intent: &str, amount: i64, now: i64) -> Result<Value, Refusal> {
        let form = [("payment_intent", intent.to_owned()), ("amount", amount.to_string())];
        self.refund(&form.map(|(name, value)| (name.to_owned(), value)).into(), now)
    }

    /// Every refund that was on its way arrives.
    pub fn refunds_arrive(&mut self, now: i64) {
        let pending = self.refunds.iter_mut().filter(|refund| refund.status == "pending");
        let intents: Vec<String> = pending
            .map(|refund| {
                refund.status = "succeeded";
                refund.intent.clone()
            })
            .collect();
        for intent in intents {
            self.told("charge.refund.updated", &intent, now);
        }
    }

    /// Write an event down, as the object stands now.
    fn told(&mut self, kind: &str, intent: &str, now: i64) {
        let object = match kind.split('.').next() {
            Some("charge") => self.intent(intent).map_or(Value::Null, |intent| charge(intent)),
            _ => self.show(intent, false),
        };
        let event = json!({
            "id": self.name("evt"), "object": "event", "api_version": "2024-06-20", "created": now, "type": kind,
            "livemode": false, "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null},
            "data": {"object": object},
        });
        self.events.push(event);
    }

    /// An intent on the wire.
    pub fn show(&self, id: &str, is_expanded: bool) -> Value {
        let found = self.places.get(id).and_then(|place| self.intents.get(*place));
        found.map_or(Value::Null, |intent| show_intent(intent, is_expanded))
    }
}

/// An intent on the wire, with the members that the official SDKs read.
pub(super) fn show_intent(intent: &Intent, is_expanded: bool) -> Value {
    let is_paid = ["succeeded", "requires_capture"].contains(&intent.status);
    let charge = (is_paid || intent.captures > 0).then(|| charge(intent));
    let capturable = if intent.status == "requires_capture" { intent.amount - intent.received } else { 0 };
    let next_action = (intent.status == "requires_action").then(|| match &intent.return_url {
        Some(back) => json!({"type": "redirect_to_url", "redirect_to_url": {
            "url": format!("https://hooks.stripe.test/redirect/{}", intent.id), "return_url": back}}),
        None => json!({"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}),
    });
    json!({
        "id": intent.id, "object": "payment_intent", "amount": intent.amount, "amount_capturable": capturable,
        "amount_received": intent.received, "currency": intent.currency, "created": intent.created,
        "capture_method": if intent.is_manual { "manual" } else { "automatic" },
        "client_secret": format!("{}_secret_test", intent.id), "confirmation_method": "automatic",
        "last_payment_error": intent.failure.as_deref().map(card_error),
        "latest_charge": if is_expanded { charge } else { charge.map(|_| json!(charge_id(intent))) },
        "livemode": false, "metadata": intent.metadata, "next_action": next_action,
        "payment_method": intent.method, "payment_method_types": ["card"], "status": intent.status,
    })
}

fn charge_id(intent: &Intent) -> String {
    intent.id.replacen("pi_", "ch_", 1)
}

fn charge(intent: &Intent) -> Value {
    let is_over = intent.status == "succeeded";
    let released = if is_over { intent.amount - intent.received } else { 0 };
    let multicapture = if intent.in_parts { "available" } else { "unavailable" };
    json!({
        "id": charge_id(intent), "object": "charge", "amount": intent.amount,
        "amount_captured": intent.received, "amount_refunded": intent.refunded + released,
        "captured": is_over, "created": intent.created, "currency": intent.currency,
        "disputed": intent.disputed, "metadata": intent.metadata, "paid": true, "payment_intent": intent.id,
        "payment_method_details": {"type": "card", "card": {"multicapture": {"status": multicapture}}},
        "status": "succeeded",
    })
}

/// A refund on the wire.
pub(super) fn show_refund(refund: &Refund) -> Value {
    json!({
        "id": refund.id, "object": "refund", "amount": refund.amount, "created": refund.created,
        "metadata": refund.metadata, "payment_intent": refund.intent, "status": refund.status,
    })
}

fn card_error(code: &str) -> Value {
    let is_code = code == "payment_intent_authentication_failure";
    json!({
        "type": "card_error", "code": if is_code { code } else { "card_declined" },
        "decline_code": (!is_code).then_some(code), "message": "Your card was declined.",
    })
}

fn unexpected(status: &str) -> Refusal {
    refused(400, "payment_intent_unexpected_state", &format!("the intent has a status of {status}"))
}

fn whole(form: &Form, name: &str) -> Result<i64, Refusal> {
    let found = form.get(name).and_then(|text| text.parse().ok());
    found.ok_or_else(|| refused(400, "parameter_invalid_integer", &format!("Invalid integer: {name}")))
}

fn metadata(form: &Form) -> BTreeMap<String, String> {
    let name = |name: &str| Some(name.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
    form.iter().filter_map(|(key, value)| Some((name(key)?, value.clone()))).collect()
}
