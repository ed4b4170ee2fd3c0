//! Ask a gateway what became of a payment: of what is open on it, and of what may have happened without us.

use std::sync::Arc;

use sutler_domain::PaymentId;
use sutler_domain::orders::Order;
use sutler_domain::payments::{Attempt, CaptureMode, Operation, Outcome, Payment};

use super::Payments;
use super::call::call_of;
use super::desk::TakeOver;
use crate::error::Problem;
use crate::job::Ending;
use crate::ports::reads::Stored;
use crate::ports::{GatewayCall, PaymentGateway};

/// The number of what the gateway did without being asked.
const BY_ITSELF: u32 = 0;

impl Payments {
    /// Ask what became of a payment. `named` is the gateway's own name for it where the gateway gave one just now. Gives
    /// how a job that asked ends: as long as one answer is not known, somebody must ask again.
    pub(super) async fn ask(
        &self,
        stored: &Stored<Arc<Order>>,
        payment_id: &PaymentId,
        named: Option<&str>,
    ) -> Result<Ending, Problem> {
        let order = &stored.value;
        let payment = order.payment(payment_id).ok_or_else(|| Problem::not_found("payment", payment_id))?;
        let gateway = self.gateway(&payment.gateway)?;
        let mut ending = Ending::Done;
        for attempt in asked_about(payment, gateway) {
            let outcome = gateway.lookup(&question(order, payment, &attempt, named)).await;
            // What the gateway never heard of is the call's own job to make, not ours to give up. What is at rest here
            // is news only when it succeeded after all.
            let is_open = payment.open.contains(&attempt);
            let succeeded = matches!(outcome, Outcome::Succeeded { .. } | Outcome::Concluded { .. });
            if succeeded || is_open && outcome != Outcome::NotFound {
                let call = (attempt.operation, attempt.n);
                self.settle(stored, payment_id, call, &outcome, None).await?;
            }
            let so_far = Ending::after(&outcome);
            if so_far != Ending::Done {
                ending = so_far;
            }
        }
        // What was just heard of counts, too.
        let now = self.stored(&order.order_id).await?.value;
        if let Some(payment) = now.payment(payment_id).filter(|payment| payment.captured > payment.refunded) {
            match self.take_over_refunds(&now, payment, gateway, named).await {
                Ok(()) => {}
                Err(TakeOver::Unread(error)) => ending = Ending::Again(error.to_string()),
                Err(TakeOver::Failed(problem)) => return Err(problem),
            }
        }
        let whole = attempt(payment, first_operation(payment), 1);
        if !payment.disputed && gateway.disputed(&question(order, payment, &whole, named)).await {
            self.dispute(order, payment_id).await?;
        }
        Ok(ending)
    }
}

/// What is open; and of a gateway that acts by itself whether a payment without money has some now, and whether money
/// that was secured is still there.
fn asked_about(payment: &Payment, gateway: &dyn PaymentGateway) -> Vec<Attempt> {
    let mut attempts = payment.open.clone();
    if gateway.acts_by_itself() {
        let is_without_money = payment.authorized == 0 && payment.captured == 0;
        if is_without_money && !payment.is_undecided() {
            attempts.push(attempt(payment, first_operation(payment), 1));
        }
        if payment.open.is_empty() && payment.capturable() > 0 {
            attempts.push(attempt(payment, Operation::Void, BY_ITSELF));
        }
    }
    attempts
}

const fn first_operation(payment: &Payment) -> Operation {
    match payment.capture {
        CaptureMode::Automatic => Operation::Charge,
        CaptureMode::Manual => Operation::Authorize,
    }
}

/// A call over all that a payment is of.
pub(super) const fn attempt(payment: &Payment, operation: Operation, n: u32) -> Attempt {
    Attempt { operation, n, amount: payment.amount, refund_id: None, unknown: false }
}

pub(super) fn question(
    order: &Order,
    payment: &Payment,
    attempt: &Attempt,
    named: Option<&str>,
) -> GatewayCall {
    let call = call_of(order, payment, attempt);
    let transaction_id = call.transaction_id.or_else(|| named.map(ToOwned::to_owned));
    GatewayCall { transaction_id, ..call }
}
