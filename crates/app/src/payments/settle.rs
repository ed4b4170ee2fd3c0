//! Commit what a gateway said, together with the end of the job that asked.

use std::sync::Arc;

use sutler_domain::orders::decide::{self, LateMoney};
use sutler_domain::orders::{HoldCode, Order, OrderEvent};
use sutler_domain::payments::{Operation, Outcome};
use sutler_domain::{PaymentId, RefundId};

use super::Payments;
use crate::caller::Caller;
use crate::commit::{Commit, Refused};
use crate::error::Problem;
use crate::job::Ending;
use crate::orders::{OrderName, commit_of, refused};
use crate::ports::jobs::Lease;
use crate::ports::reads::Stored;
use crate::retry::{Failure, Read, retry_moved};

impl Payments {
    /// Fold an outcome into the order. With a lease, the job ends in the same commit, so that neither the money
    /// nor the job can be known without the other. Money for an order that is over brings it back if its stock is
    /// still there, and goes back otherwise. The first try decides by the order that the gateway was asked for.
    pub(super) async fn settle(
        &self,
        asked: &Stored<Arc<Order>>,
        payment_id: &PaymentId,
        call: (Operation, u32),
        outcome: &Outcome,
        job: Option<(&Lease, &Ending)>,
    ) -> Result<Ending, Problem> {
        let cause = job.map(|(lease, _)| lease.job_id.to_string()).unwrap_or_default();
        let caller = Caller { request_id: cause, ..Caller::system(format!("payment:{payment_id}")) };
        let name = OrderName::Id(asked.value.order_id.clone());
        let refund_id = RefundId::new(self.room.ports.ids.uuid());
        for late in [LateMoney::Reserve(refund_id.clone()), LateMoney::Return(refund_id)] {
            let done = retry_moved(&caller, async |read| {
                let stored = match read {
                    Read::Remembered => asked.clone(),
                    Read::Stored => self.orders.find(&name).await?,
                };
                let now = self.room.now();
                let events = decided(&stored.value, payment_id, call, outcome, &late, now)?;
                let commit = commit_of(&self.room, &caller, &stored, &events, now);
                let ended = job.and_then(|(lease, ending)| Some((lease, ending.outcome()?)));
                let commit = match &ended {
                    Some((lease, outcome)) => commit.finishes(lease, outcome.clone()),
                    None if events.is_empty() => return Ok(Some(Ending::Committed)),
                    None => commit,
                };
                self.commit_settled(commit, &events).await
            });
            if let Some(ending) = done.await? {
                let untold = job.filter(|(_, ending)| {
                    matches!(ending, Ending::Again(_) | Ending::Await(_) | Ending::Later(..))
                });
                return Ok(untold.map_or(ending, |(_, ending)| ending.clone()));
            }
        }
        Err(Problem::internal(&"late money could neither confirm its order nor go back"))
    }

    /// `None` when the stock for late money is gone.
    async fn commit_settled(&self, commit: Commit, events: &[OrderEvent]) -> Result<Option<Ending>, Failure> {
        let reserves = events.iter().any(|e| matches!(e, OrderEvent::StockReserved { .. }));
        match self.room.ports.store.commit(commit).await {
            // With its lease lost, somebody else has the job now and will find the outcome by asking.
            Ok(_) | Err(Refused::LeaseLost) => Ok(Some(Ending::Committed)),
            Err(Refused::Short(_)) if reserves => Ok(None),
            Err(refused) => Err(refused.into()),
        }
    }

    /// The buyer disputes a payment: recorded, and what has not shipped yet is held for review.
    pub(super) async fn dispute(&self, order: &Order, payment_id: &PaymentId) -> Result<(), Problem> {
        let caller = Caller::system(format!("payment:{payment_id}"));
        let name = OrderName::Id(order.order_id.clone());
        let change = crate::orders::ChangeOrder { name: &name, key: None, part: None, waits: false };
        let disputed = |order: &Order, now| {
            if order.payment(payment_id).is_none_or(|p| p.disputed) {
                return Ok(Vec::new());
            }
            let mut events = vec![OrderEvent::PaymentDisputed { payment_id: payment_id.clone() }];
            let reason = Some("the buyer disputes a payment at the bank".to_owned());
            events.extend(decide::hold(order, HoldCode::FraudReview, reason, now).unwrap_or_default());
            Ok(events)
        };
        self.orders.change(&caller, change, disputed).await?;
        Ok(())
    }
}

fn decided(
    order: &Order,
    payment_id: &PaymentId,
    (operation, n): (Operation, u32),
    outcome: &Outcome,
    late: &LateMoney,
    now: jiff::Timestamp,
) -> Result<Vec<OrderEvent>, Failure> {
    let events = if operation == Operation::Refund {
        let is_it = |a: &&sutler_domain::payments::Attempt| a.operation == operation && a.n == n;
        let attempt = order.payment(payment_id).and_then(|p| p.open.iter().find(is_it));
        match attempt.and_then(|a| a.refund_id.as_ref()) {
            Some(refund_id) => decide::refund_settled(order, refund_id, outcome, now),
            None => Ok(Vec::new()),
        }
    } else {
        decide::settle(order, payment_id, (operation, n), outcome, late, now)
    };
    events.map_err(|refusal| refused(refusal).into())
}
