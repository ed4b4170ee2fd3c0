//! Start, capture and void payments: each writes its intent down before the gateway hears of it.

use jiff::Timestamp;

use super::{Decision, Refusal};
use crate::orders::{Order, OrderEvent, OrderStatus};
use crate::payments::{CaptureMode, OnFailure, Operation, PaymentStatus};
use crate::text::{self, LINE_MAX};
use crate::{Fault, PaymentId};

/// A payment that somebody wants to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRequest {
    /// The payment's fresh id.
    pub payment_id: PaymentId,
    /// Through which gateway.
    pub gateway: String,
    /// The gateway's token for the buyer's means.
    pub token: Option<String>,
    /// When the money is taken.
    pub capture: CaptureMode,
    /// What becomes of the order when it fails.
    pub on_failure: OnFailure,
    /// How much, in minor units; `None`: all that is due.
    pub amount: Option<i64>,
}

impl PaymentRequest {
    /// The intent of this payment for an order on which `due` is to be paid.
    /// Faults point below `pointer`.
    pub(super) fn started(self, due: i64, pointer: &str) -> Result<OrderEvent, Vec<Fault>> {
        let amount = self.amount.unwrap_or(due);
        if !(1..=due).contains(&amount) {
            let detail = format!("{amount} is not an amount from 1 to {due}, which is due");
            return Err(vec![Fault::invalid(format!("{pointer}/amount"), detail)]);
        }
        if let Some(Err(error)) = self.token.as_deref().map(|t| text::line(t, LINE_MAX)) {
            return Err(vec![Fault::invalid(format!("{pointer}/token"), error.to_string())]);
        }
        if self.token.as_deref().is_some_and(is_card_number) {
            let detail = "this looks like the number of a card, which must not come here; send the gateway's token for it";
            return Err(vec![Fault::invalid(format!("{pointer}/token"), detail)]);
        }
        let operation = match self.capture {
            CaptureMode::Automatic => Operation::Charge,
            CaptureMode::Manual => Operation::Authorize,
        };
        Ok(OrderEvent::PaymentStarted {
            payment_id: self.payment_id,
            gateway: self.gateway,
            token: self.token,
            capture: self.capture,
            on_failure: self.on_failure,
            amount,
            operation,
            n: 1,
        })
    }
}

/// Whether a text is 12 to 19 digits, in groups or not, with a check digit that is right, as the numbers of cards have.
/// What is one must not be stored.
fn is_card_number(text: &str) -> bool {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-');
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let doubled = |digit: u32| {
        if digit > 4 { digit.saturating_mul(2).saturating_sub(9) } else { digit.saturating_mul(2) }
    };
    let weighed =
        digits.iter().rev().enumerate().map(|(n, digit)| if n % 2 == 1 { doubled(*digit) } else { *digit });
    is_plain && (12..=19).contains(&digits.len()) && weighed.sum::<u32>() % 10 == 0
}

/// Start another payment, while the order waits for money or terms.
pub fn start_payment(
    order: &Order,
    request: PaymentRequest,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    let open = matches!(order.status, OrderStatus::Created | OrderStatus::Confirmed | OrderStatus::Completed);
    let undecided =
        order.payments.iter().any(|p| p.is_undecided() || p.status == PaymentStatus::RequiresAction);
    let due = order.due().saturating_sub(order.authorized());
    if !open || undecided || due <= 0 {
        return Err(Refusal::transition(order, "pay"));
    }
    let mut decision = Decision::on(order, at);
    decision.add(request.started(due, "").map_err(|faults| Refusal::Invalid { faults })?);
    Ok(decision.events)
}

/// Take secured money, all that is left of it unless an amount is given, and never more than is due: items may have
/// been canceled since it was secured.
pub fn capture(
    order: &Order,
    payment_id: &PaymentId,
    amount: Option<i64>,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    let payment = order.payment(payment_id).ok_or_else(|| Refusal::unknown("payment", payment_id))?;
    let capturable = payment.capturable().min(order.due().saturating_sub(being_taken(order)));
    if capturable < 1 {
        return Err(Refusal::transition(order, "capture"));
    }
    let requested = amount.unwrap_or(capturable);
    if requested < 1 {
        return Err(Refusal::invalid("/amount", format!("{requested} is not an amount above zero")));
    }
    if requested > capturable {
        return Err(Refusal::ExceedsCapturable { requested, capturable, currency: order.currency });
    }
    let n = payment.next_try(Operation::Capture);
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::PaymentIntended {
        payment_id: payment_id.clone(),
        operation: Operation::Capture,
        n,
        amount: requested,
    });
    Ok(decision.events)
}

/// Σ of the calls in flight that take money.
fn being_taken(order: &Order) -> i64 {
    let open = order.payments.iter().flat_map(|p| &p.open);
    open.filter(|a| matches!(a.operation, Operation::Charge | Operation::Capture))
        .fold(0, |sum: i64, a| sum.saturating_add(a.amount))
}

/// Give up secured money, or an attempt that waits for the buyer.
pub fn void(order: &Order, payment_id: &PaymentId, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    let payment = order.payment(payment_id).ok_or_else(|| Refusal::unknown("payment", payment_id))?;
    let busy = payment.open.iter().any(|a| matches!(a.operation, Operation::Capture | Operation::Void));
    let waiting = payment.status == PaymentStatus::RequiresAction;
    if busy || !(waiting || payment.capturable() > 0) {
        return Err(Refusal::transition(order, "void"));
    }
    let n = payment.next_try(Operation::Void);
    let amount = if waiting { payment.amount } else { payment.capturable() };
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::PaymentIntended {
        payment_id: payment_id.clone(),
        operation: Operation::Void,
        n,
        amount,
    });
    Ok(decision.events)
}
