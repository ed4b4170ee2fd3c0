//! What became of deliveries: the log of every attempt, and sending once more.

use sutler_domain::{Position, WebhookDeliveryId};

use super::Webhooks;
use super::delivery::{Attempt, Delivery, DeliveryChange, Form};
use super::endpoint::Payload;
use super::payload;
use crate::caller::Caller;
use crate::commit::Commit;
use crate::error::Problem;
use crate::page::Page;
use crate::ports::EventFilter;
use crate::ports::deliveries::DeliveryQuery;

/// A delivery with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The delivery.
    pub delivery: Delivery,
    /// Its attempts, oldest first, each with the body that was sent.
    pub attempts: Vec<(Attempt, String)>,
}

impl Webhooks {
    /// A page of deliveries, newest first.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        query: &DeliveryQuery,
    ) -> Result<Page<Delivery>, Problem> {
        caller.may("webhooks:read")?;
        Ok(self.room.ports.deliveries.deliveries(query).await?)
    }

    /// A delivery and its attempts. The body is not kept with each of them: it is the event in the form that was sent, and
    /// the log never changes.
    pub async fn delivery(&self, caller: &Caller, id: &WebhookDeliveryId) -> Result<Shown, Problem> {
        caller.may("webhooks:read")?;
        let delivery = self.known(id).await?;
        let attempts = self.room.ports.deliveries.delivery_attempts(id).await?;
        let before = Position(delivery.position.0.saturating_sub(1));
        let event = self.room.ports.feed.after(before, &EventFilter::default(), 1).await?.into_iter().next();
        let source = &self.room.settings.public_url;
        let body = |form: Form| {
            let payload = if form == Form::Thin { Payload::Thin } else { Payload::Full };
            let body = event.as_ref().and_then(|event| payload::body(event, payload, source));
            body.map(|(bytes, _)| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
        };
        let attempts = attempts.into_iter().map(|attempt| {
            let body = body(attempt.form);
            (attempt, body)
        });
        Ok(Shown { attempts: attempts.collect(), delivery })
    }

    /// Send a delivery once more, at once: with all attempts when it had ended.
    pub async fn resend(&self, caller: &Caller, id: &WebhookDeliveryId) -> Result<Delivery, Problem> {
        caller.may("webhooks:write")?;
        let delivery = self.known(id).await?;
        self.enabled(&delivery.endpoint_id).await?;
        let again = DeliveryChange::Again { delivery_id: id.clone(), due_at: self.room.now() };
        let commit = Commit { deliveries: vec![again], ..Commit::by(caller) };
        self.room.ports.store.commit(commit).await?;
        self.known(id).await
    }

    async fn known(&self, id: &WebhookDeliveryId) -> Result<Delivery, Problem> {
        let found = self.room.ports.deliveries.delivery(id).await?;
        found.ok_or_else(|| Problem::not_found("webhook delivery", id))
    }
}
