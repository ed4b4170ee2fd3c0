//! Stripe: a payment is one `PaymentIntent`, each call to it one request under the key that was committed before.
//!
//! What is not known is asked, never guessed. A call that got no answer is looked up in Stripe's own state: captures of a
//! part and refunds carry a mark of their call there, and an intent names our payment in its metadata. Only a call of
//! which Stripe shows nothing is made again, under the same key, which Stripe keeps for a day and its search index lags
//! behind by a minute; so whichever of the two is asked, a payment is made once ([ADR 0022]).
//!
//! Card data never comes here: tokens of payment methods do, and are passed on.
//!
//! [ADR 0022]: https://github.com/sutler/sutler/blob/main/docs/adr/0022-stripe.md

mod answer;
mod api;
mod books;
mod breaker;
mod calls;
mod objects;
mod signature;
mod units;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::ports::{
    Clock, GatewayCall, GatewayRefund, Notice, PaymentGateway, ReadError, Statement, StatementPage,
    Unbelievable,
};
use sutler_domain::PaymentId;
use sutler_domain::payments::{Operation, Outcome};

pub use api::API_VERSION;
use api::Stripe;
use objects::Event;
pub use signature::TOLERANCE as SIGNATURE_TOLERANCE;

/// Where Stripe is.
pub const URL: &str = "https://api.stripe.com";

/// How to reach Stripe, and what it and we know each other by.
#[derive(Clone)]
pub struct Options {
    /// Without a slash at its end; [`URL`], or a server of a test's own.
    pub url: String,
    /// The secret key, `sk_…` or `rk_…`.
    pub secret_key: String,
    /// The secrets that sign webhooks, `whsec_…`; several during a rotation, none: no webhooks.
    pub webhook_secrets: Vec<String>,
    /// Where a bank sends the buyer back to; `None`: the shop's own page finishes what the buyer must do.
    pub return_url: Option<String>,
    /// How long to connect may take.
    pub connect_timeout: Duration,
    /// How long a whole call may take. What takes longer has an unknown outcome.
    pub timeout: Duration,
}

impl Options {
    /// The real Stripe.
    pub fn new(secret_key: impl Into<String>) -> Self {
        Self {
            url: URL.to_owned(),
            secret_key: secret_key.into(),
            webhook_secrets: Vec::new(),
            return_url: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("url", &self.url)
            .field("secret_key", &"••••")
            .field("webhook_secrets", &self.webhook_secrets.len())
            .field("return_url", &self.return_url)
            .finish_non_exhaustive()
    }
}

/// Why there is no way to Stripe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the way to Stripe cannot be set up: {0}")]
pub struct StripeError(String);

/// The gateway named `stripe`.
pub struct StripeGateway {
    stripe: Stripe,
    clock: Arc<dyn Clock>,
    webhook_secrets: Vec<String>,
    return_url: Option<String>,
}

impl StripeGateway {
    /// Nothing is asked before the first call.
    pub fn new(clock: Arc<dyn Clock>, options: &Options) -> Result<Self, StripeError> {
        Ok(Self {
            stripe: Stripe::open(options, Arc::clone(&clock))?,
            clock,
            webhook_secrets: options.webhook_secrets.clone(),
            return_url: options.return_url.clone(),
        })
    }
}

#[async_trait]
impl PaymentGateway for StripeGateway {
    async fn call(&self, call: &GatewayCall) -> Outcome {
        match call.operation {
            Operation::Authorize | Operation::Charge => self.begin(call).await,
            Operation::Capture => self.capture(call).await,
            Operation::Void => self.cancel(call).await,
            Operation::Refund => self.refund(call).await,
        }
    }

    async fn lookup(&self, call: &GatewayCall) -> Outcome {
        self.find(call).await
    }

    async fn disputed(&self, call: &GatewayCall) -> bool {
        let Ok(Some(intent)) = self.intent(call).await else { return false };
        answer::payment_id(&intent).as_ref() == Some(&call.payment_id)
            && intent.charge().is_some_and(|charge| charge.disputed)
    }

    fn acts_by_itself(&self) -> bool {
        true
    }

    fn notice_header(&self) -> Option<&'static str> {
        (!self.webhook_secrets.is_empty()).then_some(signature::HEADER)
    }

    fn notice(&self, signature: Option<&str>, body: &[u8]) -> Result<Notice, Unbelievable> {
        signature::check(&self.webhook_secrets, signature, body, self.clock.now())
            .map_err(Unbelievable::Forged)?;
        let event: Event = serde_json::from_slice(body)
            .map_err(|error| Unbelievable::Unreadable(format!("this is no event of Stripe's: {error}")))?;
        let subject = event.data.object;
        let named = subject.metadata.as_ref().and_then(|metadata| metadata.get(answer::PAYMENT_ID));
        Ok(Notice {
            notice_id: event.id,
            kind: event.kind,
            payment_id: named.and_then(|id| PaymentId::parse(id).ok()),
            transaction_id: subject.intent_id(),
        })
    }

    async fn payment_of(&self, transaction_id: &str) -> Result<Option<PaymentId>, ReadError> {
        self.payment_named(transaction_id).await
    }

    async fn statements(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Option<Result<StatementPage, ReadError>> {
        Some(self.statements_since(since, after).await)
    }

    async fn refunds_elsewhere(&self, call: &GatewayCall) -> Result<Vec<GatewayRefund>, ReadError> {
        self.refunds_of_others(call).await
    }

    async fn statement(&self, call: &GatewayCall) -> Result<Option<Statement>, ReadError> {
        self.statement_of(call).await
    }
}
