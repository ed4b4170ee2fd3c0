//! What gateways say by themselves. A notice is a hint and never a fact: it names a payment, and a job asks the gateway
//! what is true. So notices may come in any order, any number of times and days late, and end in the same state as the
//! buyer's return.

use sutler_domain::{Fault, JobId, PaymentId};

use super::Payments;
use crate::caller::Caller;
use crate::commit::{ClaimKind, Commit, Refused};
use crate::error::{Kind, Problem};
use crate::job::{JobKind, NewJob};
use crate::ports::reads::OrderName;
use crate::ports::{Notice, Unbelievable};
use crate::stream::StreamId;

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// A job will ask the gateway about the payment.
    Taken(PaymentId),
    /// It was taken before.
    Repeated,
    /// It is about nothing that this shop knows.
    NotOurs,
}

impl Payments {
    /// The header that signs the notices of a gateway.
    pub fn notice_header(&self, gateway: &str) -> Result<&'static str, Problem> {
        let port = self.room.ports.gateways.get(gateway);
        port.and_then(|port| port.notice_header())
            .ok_or_else(|| Problem::not_found("gateway that sends notices", gateway))
    }

    /// Take a notice in: its id is claimed, and the job that asks about its payment is written, in one commit.
    pub async fn notified(
        &self,
        gateway: &str,
        signature: Option<&str>,
        body: &[u8],
    ) -> Result<Noticed, Problem> {
        let port = self.gateway(gateway)?;
        let notice = port.notice(signature, body).map_err(refused)?;
        let noticed = match self.named_by(gateway, &notice).await? {
            Some(payment_id) => self.take_notice(gateway, &notice, payment_id).await?,
            None => Noticed::NotOurs,
        };
        tracing::info!(gateway, kind = notice.kind, notice_id = notice.notice_id, ?noticed, "gateway_notice");
        Ok(noticed)
    }

    async fn named_by(&self, gateway: &str, notice: &Notice) -> Result<Option<PaymentId>, Problem> {
        match (&notice.payment_id, &notice.transaction_id) {
            (Some(payment_id), _) => Ok(Some(payment_id.clone())),
            (None, Some(transaction_id)) => Ok(self.gateway(gateway)?.payment_of(transaction_id).await?),
            (None, None) => Ok(None),
        }
    }

    async fn take_notice(
        &self,
        gateway: &str,
        notice: &Notice,
        payment_id: PaymentId,
    ) -> Result<Noticed, Problem> {
        let name = OrderName::Part(payment_id.to_string());
        let found = self.room.ports.orders.order(&name).await?;
        let Some(order) = found.map(|stored| stored.value) else { return Ok(Noticed::NotOurs) };
        if order.payment(&payment_id).is_none_or(|payment| payment.gateway != gateway) {
            return Ok(Noticed::NotOurs);
        }
        let caller =
            Caller { request_id: notice.notice_id.clone(), ..Caller::system(format!("gateway:{gateway}")) };
        let claim = format!("{gateway}:{}", notice.notice_id);
        let kind = JobKind::SyncPayment {
            order_id: order.order_id.clone(),
            payment_id: payment_id.clone(),
            transaction_id: notice.transaction_id.clone(),
            notice: Some(claim.clone()),
        };
        let id = JobId::new(self.room.ports.ids.uuid());
        let job = NewJob::new(id, kind, StreamId::from(&order.order_id), self.room.now());
        let commit = Commit::by(&caller).take(ClaimKind::GatewayNotice, claim, &StreamId::from(&job.job_id));
        match self.room.ports.store.commit(commit.then([job])).await {
            Ok(_) => Ok(Noticed::Taken(payment_id)),
            Err(Refused::Taken { .. }) => Ok(Noticed::Repeated),
            Err(refused) => Err(refused.into()),
        }
    }
}

fn refused(why: Unbelievable) -> Problem {
    tracing::warn!(reason = %why, "gateway_notice_refused");
    match why {
        Unbelievable::Forged(detail) => Problem::new(Kind::Invalid, "signature_invalid", detail),
        Unbelievable::Unreadable(detail) => Problem::invalid(vec![Fault::invalid("", detail)]),
    }
}
