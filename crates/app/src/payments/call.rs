//! Call a gateway for an intent that was committed, and commit what it says.

use std::sync::Arc;

use sutler_domain::orders::Order;
use sutler_domain::payments::{Attempt, Operation, Outcome, Payment, PaymentStatus, gateway_key};
use sutler_domain::seeded::{Bug, seeded};
use sutler_domain::{OrderId, PaymentId};

use super::Payments;
use crate::caller::Caller;
use crate::error::Problem;
use crate::job::Ending;
use crate::orders::OrderView;
use crate::ports::jobs::Lease;
use crate::ports::reads::{OrderName, Stored};
use crate::ports::{GatewayCall, PaymentGateway};

impl Payments {
    /// `process_order`: authorize or charge the payment that was named with the order, if any.
    pub(crate) async fn process_order(&self, order_id: &OrderId, lease: &Lease) -> Result<Ending, Problem> {
        let stored = self.stored(order_id).await?;
        let first = stored.value.payments.first();
        let attempt = first.and_then(|p| {
            p.open.iter().find(|a| a.operation.is_first()).map(|a| (p.payment_id.clone(), a.clone()))
        });
        match attempt {
            None => Ok(Ending::Done),
            Some((payment_id, attempt)) => {
                // In a box of its own: most orders have nothing to pay, and their jobs are to be small.
                Box::pin(self.call_for(&stored, &payment_id, (attempt.operation, attempt.n), lease)).await
            }
        }
    }

    /// `call_gateway`: make the gateway call of one intent.
    pub(crate) async fn call_gateway(
        &self,
        order_id: &OrderId,
        payment_id: &PaymentId,
        call: (Operation, u32),
        lease: &Lease,
    ) -> Result<Ending, Problem> {
        self.call_for(&self.stored(order_id).await?, payment_id, call, lease).await
    }

    /// An intent that is at rest already needs nothing; one whose outcome was lost is asked for first, under the same
    /// key, and made again only when the gateway never heard of it.
    async fn call_for(
        &self,
        stored: &Stored<Arc<Order>>,
        payment_id: &PaymentId,
        (operation, n): (Operation, u32),
        lease: &Lease,
    ) -> Result<Ending, Problem> {
        let order = &stored.value;
        let Some((payment, attempt)) = open_attempt(order, payment_id, (operation, n)) else {
            return Ok(Ending::Done);
        };
        let gateway = self.gateway(&payment.gateway)?;
        let mut call = call_of(order, payment, attempt);
        if seeded(Bug::KeyPerTry) {
            call.key = format!("{}:{}", call.key, lease.token);
        }
        let asked = if attempt.unknown
            || payment.status == PaymentStatus::RequiresAction && attempt.operation.is_first()
        {
            gateway.lookup(&call).await
        } else {
            Outcome::NotFound
        };
        let outcome = if asked == Outcome::NotFound { gateway.call(&call).await } else { asked };
        let ending = Ending::after(&outcome);
        let ended = self.settle(stored, payment_id, (operation, n), &outcome, Some((lease, &ending))).await?;
        if matches!(operation, Operation::Void | Operation::Refund) && matches!(outcome, Outcome::Declined(_))
        {
            // The buyer was faster than the cancel, or somebody gave money back at the gateway's own desk: what it has taken
            // and given must be known here too.
            self.ask(&self.stored(&order.order_id).await?, payment_id, None).await?;
        }
        Ok(ended)
    }

    /// Ask the gateway what became of everything that is open on a payment, and whether it is disputed.
    pub async fn sync(
        &self,
        caller: &Caller,
        payment_id: &PaymentId,
    ) -> Result<crate::Answered<(OrderView, PaymentId)>, Problem> {
        caller.may("payments:write")?;
        let name = OrderName::Part(payment_id.to_string());
        self.ask(&self.orders.find(&name).await?, payment_id, None).await?;
        let view = self.orders.get(&Caller::system("sync"), &name).await?;
        Ok(crate::Answered { value: (view, payment_id.clone()), replayed: false })
    }

    /// `sync_payment`: the same, as a job.
    pub(crate) async fn sync_payment(
        &self,
        order_id: &OrderId,
        payment_id: &PaymentId,
        transaction_id: Option<&str>,
    ) -> Result<Ending, Problem> {
        self.ask(&self.stored(order_id).await?, payment_id, transaction_id).await
    }

    /// The buyer's word on the local page of a gateway; then the gateway is asked.
    pub async fn buyer_decided(
        &self,
        gateway: &str,
        payment_id: &PaymentId,
        approved: bool,
    ) -> Result<OrderView, Problem> {
        let name = OrderName::Part(payment_id.to_string());
        let stored = self.orders.find(&name).await?;
        let order = &stored.value;
        let port = self.gateway(gateway)?;
        let waiting = order.payment(payment_id).filter(|p| p.gateway == gateway);
        let unknown = || Problem::not_found("payment that waits for the buyer", payment_id);
        let payment = waiting.ok_or_else(unknown)?;
        if !port.buyer_decided(payment_id, approved).await {
            // A gateway whose memory ended with the process is told of the payment again, under the same key.
            for attempt in payment.open.iter().filter(|a| a.operation.is_first()) {
                port.call(&call_of(order, payment, attempt)).await;
            }
            if !port.buyer_decided(payment_id, approved).await {
                return Err(unknown());
            }
        }
        self.ask(&stored, payment_id, None).await?;
        self.orders.get(&Caller::system("gateway:fake"), &name).await
    }

    pub(super) async fn stored(&self, id: &OrderId) -> Result<Stored<Arc<Order>>, Problem> {
        self.orders.find(&OrderName::Id(id.clone())).await
    }

    pub(super) fn gateway(&self, name: &str) -> Result<&dyn PaymentGateway, Problem> {
        let found = self.room.ports.gateways.get(name).map(AsRef::as_ref);
        found.ok_or_else(|| {
            let detail = format!("the gateway '{name}' of this payment is not configured on this server");
            Problem::new(crate::Kind::Busy, "gateway_unavailable", detail)
        })
    }
}

fn open_attempt<'o>(
    order: &'o Order,
    payment_id: &PaymentId,
    (operation, n): (Operation, u32),
) -> Option<(&'o Payment, &'o Attempt)> {
    let payment = order.payment(payment_id)?;
    let attempt = payment.open.iter().find(|a| a.operation == operation && a.n == n)?;
    Some((payment, attempt))
}

pub(super) fn call_of(order: &Order, payment: &Payment, attempt: &Attempt) -> GatewayCall {
    GatewayCall {
        key: gateway_key(&payment.payment_id, attempt.operation, attempt.n),
        operation: attempt.operation,
        payment_id: payment.payment_id.clone(),
        order_id: order.order_id.clone(),
        amount: order.money(attempt.amount),
        token: payment.token.clone(),
        transaction_id: payment.transaction_id.clone(),
        started_at: payment.created_at,
    }
}
