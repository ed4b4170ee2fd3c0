//! Refunds that somebody made at the gateway's own desk: they are taken over, so that the order knows of them as it knows
//! of ours.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use sutler_domain::orders::Order;
use sutler_domain::orders::decide::{self, RefundElsewhere};
use sutler_domain::payments::{Operation, Payment};
use sutler_domain::{PaymentId, RefundId};
use uuid::Builder;

use super::Payments;
use super::ask::{attempt, question};
use crate::caller::Caller;
use crate::error::Problem;
use crate::orders::{ChangeOrder, OrderName};
use crate::ports::{GatewayRefund, PaymentGateway, ReadError};

impl Payments {
    /// Take over what was refunded without us. What is known already changes nothing, whoever asks and how often.
    pub(super) async fn take_over_refunds(
        &self,
        order: &Order,
        payment: &Payment,
        gateway: &dyn PaymentGateway,
        named: Option<&str>,
    ) -> Result<(), TakeOver> {
        let whole = attempt(payment, Operation::Refund, 1);
        let refunds = gateway.refunds_elsewhere(&question(order, payment, &whole, named)).await?;
        for refund in refunds {
            let refund_id = id_of(&payment.gateway, &refund);
            if order.refund(&refund_id).is_none() {
                self.take_over(order, &payment.payment_id, refund_id, refund).await?;
            }
        }
        Ok(())
    }

    async fn take_over(
        &self,
        order: &Order,
        payment_id: &PaymentId,
        refund_id: RefundId,
        refund: GatewayRefund,
    ) -> Result<(), Problem> {
        let caller = Caller::system(format!("payment:{payment_id}"));
        let name = OrderName::Id(order.order_id.clone());
        let change = ChangeOrder { name: &name, key: None, part: None, waits: false };
        let GatewayRefund { transaction_id, amount, .. } = refund;
        let there = RefundElsewhere { refund_id, payment_id: payment_id.clone(), amount, transaction_id };
        let taken = self.orders.change(&caller, change, |order: &Order, now| {
            // What our books have no room for stays a difference between them, which the comparison shows.
            decide::refund_elsewhere(order, &there, now).or_else(|refusal| {
                tracing::warn!(%payment_id, refund = there.transaction_id, %refusal, "refund_elsewhere_left");
                Ok(Vec::new())
            })
        });
        taken.await.map(drop)
    }
}

/// Why refunds were not taken over.
pub(super) enum TakeOver {
    /// The gateway's books could not be read: to be tried again.
    Unread(ReadError),
    /// Ours could not be written.
    Failed(Problem),
}

impl From<ReadError> for TakeOver {
    fn from(error: ReadError) -> Self {
        Self::Unread(error)
    }
}

impl From<Problem> for TakeOver {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// Our id for a refund of the gateway's: made of its name there, so that whoever takes it over comes to the same one.
fn id_of(gateway: &str, refund: &GatewayRefund) -> RefundId {
    let hash = digest(&SHA256, format!("{gateway}:{}", refund.transaction_id).as_bytes());
    let mut chance = [0; 10];
    chance.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
    let since = refund.created_at.max(Timestamp::UNIX_EPOCH).as_millisecond();
    RefundId::new(Builder::from_unix_timestamp_millis(since.unsigned_abs(), &chance).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_has_one_id_whoever_takes_it_over() {
        let refund = |name: &str| GatewayRefund {
            transaction_id: name.to_owned(),
            amount: 100,
            created_at: Timestamp::from_second(1_793_534_400).unwrap(),
        };
        assert_eq!(id_of("stripe", &refund("re_1")), id_of("stripe", &refund("re_1")));
        assert_ne!(id_of("stripe", &refund("re_1")), id_of("stripe", &refund("re_2")));
        assert_ne!(id_of("stripe", &refund("re_1")), id_of("other", &refund("re_1")));
    }
}
