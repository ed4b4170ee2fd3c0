//! What an object of Stripe's means for the call that asked for it.

use jiff::{SignedDuration, Timestamp};
use sutler_app::ports::{GatewayCall, Statement};
use sutler_domain::payments::{ClientSecret, Failure, NextAction, Operation, Outcome};
use sutler_domain::{Currency, PaymentId};

use super::api::No;
use super::objects::{ApiError, Intent, Refund};
use super::units;

/// The member of an intent's metadata that names our payment.
pub(super) const PAYMENT_ID: &str = "sutler_payment_id";
/// The same, as it is told.
pub(super) const PAYMENT_ID_FIELD: &str = "metadata[sutler_payment_id]";
/// The member that names its order, for people at Stripe's own desk.
pub(super) const ORDER_ID_FIELD: &str = "metadata[sutler_order_id]";
/// The member of a refund that holds the key of its call.
pub(super) const KEY: &str = "sutler_key";
/// The same, as it is told.
pub(super) const KEY_FIELD: &str = "metadata[sutler_key]";

/// How long a buyer is given before Stripe is asked whether they decided. Stripe itself waits longer.
const DECISION_TIME: SignedDuration = SignedDuration::from_hours(1);

/// The code of a refusal that Stripe gave no code for.
const NO_CODE: &str = "declined";

/// The member of an intent's metadata that tells that a capture of a part took effect.
pub(super) fn capture_mark(call: &GatewayCall) -> String {
    format!("sutler_capture_{}", call.key.rsplit(':').next().unwrap_or_default())
}

/// What an intent says about a call.
pub(super) fn of_intent(call: &GatewayCall, intent: &Intent) -> Outcome {
    if let Some(reason) = not_ours(call, intent) {
        tracing::error!(intent = intent.id, key = call.key, reason, "stripe_shows_another_payment");
        return Outcome::Unknown { reason: reason.to_owned() };
    }
    match call.operation {
        Operation::Authorize | Operation::Charge => first(call, intent),
        Operation::Capture => capture(call, intent),
        Operation::Void => void(intent),
        Operation::Refund => Outcome::NotFound,
    }
}

/// Why an intent cannot be that of the call.
fn not_ours(call: &GatewayCall, intent: &Intent) -> Option<&'static str> {
    let named = intent.metadata.get(PAYMENT_ID).map(String::as_str);
    if named != Some(call.payment_id.as_str()) {
        return Some("Stripe shows the payment of somebody else under this name");
    }
    if !intent.currency.eq_ignore_ascii_case(call.amount.currency.code()) {
        return Some("Stripe has this payment in another currency");
    }
    let is_whole = call.operation.is_first();
    (is_whole && units::there(call.amount) != Some(intent.amount))
        .then_some("Stripe has another amount for this payment")
}

fn succeeded(intent: &Intent) -> Outcome {
    Outcome::Succeeded { transaction_id: intent.id.clone() }
}

fn first(call: &GatewayCall, intent: &Intent) -> Outcome {
    match intent.status.as_str() {
        "succeeded" => succeeded(intent),
        "requires_capture" if call.operation == Operation::Authorize => succeeded(intent),
        "processing" | "requires_capture" | "requires_confirmation" => Outcome::Pending,
        "requires_action" => Outcome::RequiresAction(next_action(intent)),
        // Without a token the buyer pays in the shop's own page, and may try until the reservation ends.
        "requires_payment_method" => match &intent.last_payment_error {
            Some(error) if call.token.is_some() => Outcome::Declined(failure(error)),
            _ => Outcome::RequiresAction(next_action(intent)),
        },
        "canceled" => declined("canceled", "The payment was given up before it was made."),
        status => Outcome::Unknown { reason: format!("Stripe has the payment in a state '{status}'") },
    }
}

fn next_action(intent: &Intent) -> NextAction {
    let created = Timestamp::from_second(intent.created).unwrap_or_default();
    let redirect = intent.next_action.as_ref().and_then(|next| next.redirect_to_url.as_ref());
    NextAction {
        url: redirect.and_then(|redirect| redirect.url.clone()),
        client_secret: intent.client_secret.clone().map(ClientSecret::new),
        transaction_id: Some(intent.id.clone()),
        expires_at: created.saturating_add(DECISION_TIME).unwrap_or(created),
    }
}

fn capture(call: &GatewayCall, intent: &Intent) -> Outcome {
    let amount = units::there(call.amount);
    // One capture of everything needs no mark: there can be no other beside it.
    let is_whole = amount == Some(intent.amount);
    let took_effect = if is_whole {
        intent.status == "succeeded"
    } else {
        intent.metadata.contains_key(&capture_mark(call))
    };
    match intent.status.as_str() {
        "succeeded" if took_effect && !is_whole && intent.amount_received < intent.amount => {
            Outcome::Concluded { transaction_id: intent.id.clone() }
        }
        _ if took_effect => succeeded(intent),
        "succeeded" => declined("already_captured", "The payment was captured already, and gives no more."),
        "canceled" => declined("already_voided", "The authorization was given up."),
        "requires_capture" => Outcome::NotFound,
        _ => declined("not_authorized", "Nothing is secured that could be captured."),
    }
}

fn void(intent: &Intent) -> Outcome {
    match intent.status.as_str() {
        "canceled" => succeeded(intent),
        // Something was captured, and what was secured beyond it is released.
        "succeeded" if intent.amount_received < intent.amount && intent.amount_capturable == 0 => {
            succeeded(intent)
        }
        "succeeded" => declined("already_captured", "The money was taken already; refund it instead."),
        _ => Outcome::NotFound,
    }
}

/// What a refund says.
pub(super) fn of_refund(refund: &Refund) -> Outcome {
    match refund.status.as_deref() {
        Some("succeeded") => Outcome::Succeeded { transaction_id: refund.id.clone() },
        Some("failed" | "canceled") => {
            let code = refund.failure_reason.as_deref().unwrap_or("refund_failed");
            declined(code, "The money could not be given back through Stripe.")
        }
        _ => Outcome::Pending,
    }
}

/// What it means that there is no yes, as far as it says so itself.
pub(super) fn of_no(no: No) -> Outcome {
    match no {
        No::Refused(error) => Outcome::Declined(failure(&error)),
        No::NotAsked { reason, wait } => {
            Outcome::NotAsked { reason, wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) }
        }
        No::UnderWay => Outcome::Pending,
        No::FailedForGood => Outcome::Unknown { reason: "Stripe failed, and repeats so".to_owned() },
        No::Lost(reason) => Outcome::Unknown { reason },
    }
}

/// A failure that changed nothing and that another call may mend.
pub(super) fn failed_for_good() -> Outcome {
    Outcome::Declined(Failure {
        code: "gateway_error".to_owned(),
        message: "Stripe failed at this call, and its books show that nothing came of it.".to_owned(),
        retryable: true,
    })
}

/// Why Stripe refuses, in its own words.
pub(super) fn failure(error: &ApiError) -> Failure {
    let code = error.decline_code.as_ref().filter(|code| *code != "generic_decline").or(error.code.as_ref());
    let code = code.map_or(NO_CODE, String::as_str);
    let message = error.message.as_deref().unwrap_or("Stripe refused the payment.");
    let retryable = matches!(
        code,
        "insufficient_funds"
            | "processing_error"
            | "try_again_later"
            | "issuer_not_available"
            | "reenter_transaction"
            | "authentication_required"
    );
    Failure { code: code.to_owned(), message: message.to_owned(), retryable }
}

pub(super) fn declined(code: &str, message: &str) -> Outcome {
    Outcome::Declined(Failure { code: code.to_owned(), message: message.to_owned(), retryable: false })
}

/// What Stripe moved for an intent; `None` for an amount or a currency that we cannot count in.
pub(super) fn statement(intent: &Intent) -> Option<Statement> {
    let currency = Currency::parse(&intent.currency.to_ascii_uppercase()).ok()?;
    let refunded = intent.charge().map_or(0, |charge| charge.amount_refunded);
    // What was secured and released with the last capture counts as refunded at Stripe, and was never taken.
    let is_over = matches!(intent.status.as_str(), "succeeded" | "canceled");
    let released = if is_over { intent.amount.saturating_sub(intent.amount_received).max(0) } else { 0 };
    let given_back = if refunded >= released { refunded.saturating_sub(released) } else { refunded };
    Some(Statement {
        transaction_id: intent.id.clone(),
        payment_id: payment_id(intent),
        currency,
        taken: units::here(intent.amount_received, currency)?,
        given_back: units::here(given_back, currency)?,
    })
}

/// The payment of ours that an intent names.
pub(super) fn payment_id(intent: &Intent) -> Option<PaymentId> {
    PaymentId::parse(intent.metadata.get(PAYMENT_ID)?).ok()
}
