//! Stripe's books, for whoever compares them with ours.

use jiff::Timestamp;
use sutler_app::ports::{GatewayCall, GatewayRefund, ReadError, Statement, StatementPage};
use sutler_domain::PaymentId;

use super::StripeGateway;
use super::answer;
use super::api::{Form, No};
use super::objects::{Intent, List};
use super::units;

/// Intents of one page.
const PAGE: usize = 100;

impl StripeGateway {
    pub(super) async fn payment_named(&self, intent: &str) -> Result<Option<PaymentId>, ReadError> {
        match self.retrieve(intent).await {
            Ok(intent) => Ok(answer::payment_id(&intent)),
            Err(No::Refused(_)) => Ok(None),
            Err(no) => Err(unreadable(no)),
        }
    }

    pub(super) async fn statements_since(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<StatementPage, ReadError> {
        let mut query: Form<'_> = vec![
            ("created[gte]", since.as_second().to_string()),
            ("limit", PAGE.to_string()),
            ("expand[]", "data.latest_charge".to_owned()),
        ];
        query.extend(after.map(|after| ("starting_after", after.to_owned())));
        let page: List<Intent> = self.stripe.get("/v1/payment_intents", &query).await.map_err(unreadable)?;
        let next = page.data.last().filter(|_| page.has_more).map(|intent| intent.id.clone());
        Ok(StatementPage { statements: page.data.iter().filter_map(answer::statement).collect(), next })
    }

    /// What succeeded and does not carry a key of ours. What is still on its way is told by Stripe when it arrives.
    pub(super) async fn refunds_of_others(
        &self,
        call: &GatewayCall,
    ) -> Result<Vec<GatewayRefund>, ReadError> {
        let refunds = self.refunds(call).await.map_err(unreadable)?;
        let others = refunds.into_iter().filter(|refund| {
            refund.status.as_deref() == Some("succeeded") && !refund.metadata.contains_key(answer::KEY)
        });
        let told = others.filter_map(|refund| {
            let amount = units::here(refund.amount, call.amount.currency)?;
            let created_at = Timestamp::from_second(refund.created).unwrap_or_default();
            Some(GatewayRefund { transaction_id: refund.id, amount, created_at })
        });
        Ok(told.collect())
    }

    pub(super) async fn statement_of(&self, call: &GatewayCall) -> Result<Option<Statement>, ReadError> {
        match self.intent(call).await {
            Ok(intent) => Ok(intent.as_ref().and_then(answer::statement)),
            Err(No::Refused(_)) => Ok(None),
            Err(no) => Err(unreadable(no)),
        }
    }
}

fn unreadable(no: No) -> ReadError {
    let reason = match no {
        No::Refused(error) => error.message.unwrap_or_default(),
        No::NotAsked { reason, .. } | No::Lost(reason) => reason,
        No::UnderWay => "Stripe is busy with the same".to_owned(),
        No::FailedForGood => "Stripe failed".to_owned(),
    };
    ReadError::Unavailable(format!("Stripe's books: {reason}"))
}
