//! Make, change, test and remove endpoints. A secret is answered when it is made, and never again.

use jiff::Timestamp;
use sutler_domain::{EventId, Position, Version, WebhookEndpointId};

use super::delivery::{DeliveryChange, Health};
use super::endpoint::{Disabled, Endpoint, EndpointEvent, OldSecret};
use super::input::{self, EndpointChange, NewEndpoint};
use super::signature::Secret;
use super::{ENDPOINTS_MAX, Webhooks};
use crate::caller::Caller;
use crate::commit::{Change, Commit, Expect, View, ViewChange};
use crate::error::{Kind, Problem};
use crate::event::NewEvent;
use crate::ports::{EventFilter, Stored};
use crate::retry::{must_match, retry_moved};
use crate::stream::StreamId;

/// Secrets of earlier rotations that may sign at one time, beside the present one.
pub const OLD_SECRETS_MAX: usize = 2;

/// An endpoint and the secret that was made just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithSecret {
    /// The endpoint.
    pub endpoint: Stored<Endpoint>,
    /// Its secret, shown this once.
    pub secret: Secret,
}

impl Webhooks {
    /// Every endpoint, newest first.
    pub async fn endpoints(&self, caller: &Caller) -> Result<Vec<Stored<Endpoint>>, Problem> {
        caller.may("webhooks:read")?;
        Ok(self.room.ports.deliveries.endpoints().await?)
    }

    /// An endpoint, and how it fares.
    pub async fn endpoint(
        &self,
        caller: &Caller,
        id: &WebhookEndpointId,
    ) -> Result<(Stored<Endpoint>, Health), Problem> {
        caller.may("webhooks:read")?;
        let health = self.room.ports.deliveries.health().await?.remove(id).unwrap_or_default();
        Ok((self.stored(id).await?, health))
    }

    /// Make an endpoint. Whatever happens from then on is delivered to it.
    ///
    /// Problems: `validation_failed`, `too_many_endpoints`.
    pub async fn create(&self, caller: &Caller, input: &NewEndpoint) -> Result<WithSecret, Problem> {
        caller.may("webhooks:write")?;
        let ids = &*self.room.ports.ids;
        let (now, secret) = (self.room.now(), Secret::fresh(ids));
        let endpoint_id = WebhookEndpointId::new(ids.uuid());
        let kept = self.room.settings.webhooks_seal.seal(&secret, &endpoint_id, ids);
        let endpoint = Endpoint {
            endpoint_id,
            url: input.url.clone(),
            types: input.types.clone(),
            description: input.description.clone(),
            payload: input.payload,
            content_type: input.content_type.clone().unwrap_or_else(|| "application/json".to_owned()),
            ordered: input.ordered,
            include_imports: input.include_imports,
            secret: kept,
            old_secrets: Vec::new(),
            disabled: None,
            disabled_at: None,
            created_at: now,
            updated_at: now,
        };
        self.check(&endpoint)?;
        if self.room.ports.deliveries.endpoints().await?.len() >= ENDPOINTS_MAX {
            let detail = format!("there are {ENDPOINTS_MAX} endpoints already; delete one that is not used");
            return Err(Problem::new(Kind::Conflict, "too_many_endpoints", detail));
        }
        let event = EndpointEvent::WebhookEndpointCreated {
            webhook_endpoint_id: endpoint.endpoint_id.clone(),
            url: endpoint.url.clone(),
            types: endpoint.types.clone(),
        };
        let stored = self.save(caller, Version(0), endpoint, &event, None).await?;
        Ok(WithSecret { endpoint: stored, secret })
    }

    /// Change an endpoint: what is not named stays. What waits for it goes to where it is then.
    pub async fn update(
        &self,
        caller: &Caller,
        id: &WebhookEndpointId,
        change: &EndpointChange,
    ) -> Result<Stored<Endpoint>, Problem> {
        caller.may("webhooks:write")?;
        retry_moved(caller, async |_| {
            let stored = self.stored(id).await?;
            must_match(caller, stored.version)?;
            let endpoint = change.onto(stored.value.clone());
            let (url, types) = (endpoint.url.clone(), endpoint.types.clone());
            let is_disabled = endpoint.disabled.is_some();
            if endpoint != stored.value {
                self.check(&endpoint)?;
            }
            let webhook_endpoint_id = id.clone();
            let (endpoint, event, health) = match change.enabled {
                Some(true) if is_disabled => {
                    let event = EndpointEvent::WebhookEndpointEnabled { webhook_endpoint_id };
                    (enabled(endpoint), event, Some(Health::default()))
                }
                Some(false) if !is_disabled => {
                    let reason = Disabled::Asked;
                    let event = EndpointEvent::WebhookEndpointDisabled { webhook_endpoint_id, url, reason };
                    (disabled(endpoint, reason, self.room.now()), event, None)
                }
                _ if endpoint == stored.value => return Ok(stored),
                _ => (
                    endpoint,
                    EndpointEvent::WebhookEndpointUpdated { webhook_endpoint_id, url, types },
                    None,
                ),
            };
            Ok(self.save(caller, stored.version, endpoint, &event, health).await?)
        })
        .await
    }

    /// Deliver to an endpoint again that was disabled; its failures are forgotten.
    pub async fn enable(&self, caller: &Caller, id: &WebhookEndpointId) -> Result<Stored<Endpoint>, Problem> {
        self.update(caller, id, &EndpointChange { enabled: Some(true), ..EndpointChange::default() }).await
    }

    /// Remove an endpoint. What waits for it is not delivered any more.
    pub async fn delete(&self, caller: &Caller, id: &WebhookEndpointId) -> Result<(), Problem> {
        caller.may("webhooks:write")?;
        retry_moved(caller, async |_| {
            let stored = self.stored(id).await?;
            must_match(caller, stored.version)?;
            let event = EndpointEvent::WebhookEndpointDeleted { webhook_endpoint_id: id.clone() };
            let change = Change {
                stream: StreamId::from(id),
                expect: Expect::Exactly(stored.version),
                events: vec![NewEvent::of(&event, self.room.now())],
                view: ViewChange::Delete,
                numbered: false,
            };
            self.room.ports.store.commit(Commit::by(caller).change(change)).await?;
            Ok(())
        })
        .await
    }

    /// Give an endpoint another secret. The one before signs beside it for a while, a day when nothing is said.
    pub async fn rotate_secret(
        &self,
        caller: &Caller,
        id: &WebhookEndpointId,
    ) -> Result<WithSecret, Problem> {
        caller.may("webhooks:write")?;
        let secret = Secret::fresh(&*self.room.ports.ids);
        retry_moved(caller, async |_| {
            let stored = self.stored(id).await?;
            let (now, mut endpoint) = (self.room.now(), stored.value);
            let until = now.checked_add(self.room.settings.webhooks_overlap).unwrap_or(now);
            endpoint.old_secrets.retain(|old| old.until > now);
            endpoint.old_secrets.insert(0, OldSecret { secret: endpoint.secret, until });
            endpoint.old_secrets.truncate(OLD_SECRETS_MAX);
            endpoint.secret = self.room.settings.webhooks_seal.seal(&secret, id, &*self.room.ports.ids);
            let event =
                EndpointEvent::WebhookSecretRotated { webhook_endpoint_id: id.clone(), old_until: until };
            let endpoint = self.save(caller, stored.version, endpoint, &event, None).await?;
            Ok(WithSecret { endpoint, secret: secret.clone() })
        })
        .await
    }

    /// Send a `webhook.ping` to an endpoint, and to no other; gives the event, whose delivery tells how it went.
    pub async fn test(&self, caller: &Caller, id: &WebhookEndpointId) -> Result<EventId, Problem> {
        caller.may("webhooks:write")?;
        self.enabled(id).await?;
        let event = EndpointEvent::WebhookPinged { webhook_endpoint_id: id.clone() };
        let change = Change::notice(StreamId::from(id), NewEvent::of(&event, self.room.now()));
        let receipt = self.room.ports.store.commit(Commit::by(caller).change(change)).await?;
        let before = Position(receipt.position.0.saturating_sub(1));
        let found = self.room.ports.feed.after(before, &EventFilter::default(), 1).await?;
        let event = found.into_iter().next();
        event.map(|event| event.event_id).ok_or_else(|| Problem::internal(&"the ping is not in the log"))
    }

    /// Deliver nothing to an endpoint any more, whose receiver gave reason for it.
    pub(super) async fn give_up(&self, id: &WebhookEndpointId, reason: Disabled) -> Result<(), Problem> {
        let system = Caller::system("system:webhooks");
        retry_moved(&system, async |_| {
            let Some(stored) = self.room.ports.deliveries.endpoint(id).await? else { return Ok(()) };
            if stored.value.disabled.is_some() {
                return Ok(());
            }
            let (webhook_endpoint_id, url) = (id.clone(), stored.value.url.clone());
            let event = EndpointEvent::WebhookEndpointDisabled { webhook_endpoint_id, url, reason };
            let endpoint = disabled(stored.value, reason, self.room.now());
            self.save(&system, stored.version, endpoint, &event, None).await?;
            Ok(())
        })
        .await
    }

    /// An endpoint that gets something.
    pub(super) async fn enabled(&self, id: &WebhookEndpointId) -> Result<Stored<Endpoint>, Problem> {
        let stored = self.stored(id).await?;
        if stored.value.disabled.is_some() {
            let detail =
                format!("the endpoint '{id}' is disabled; POST /webhook_endpoints/{id}/enable first");
            return Err(
                Problem::new(Kind::Conflict, "invalid_transition", detail).fact("current", "disabled")
            );
        }
        Ok(stored)
    }

    async fn stored(&self, id: &WebhookEndpointId) -> Result<Stored<Endpoint>, Problem> {
        let found = self.room.ports.deliveries.endpoint(id).await?;
        found.ok_or_else(|| Problem::not_found("webhook endpoint", id))
    }

    fn check(&self, endpoint: &Endpoint) -> Result<(), Problem> {
        input::check(endpoint, self.room.settings.webhooks_reach).map_err(Problem::invalid)
    }

    async fn save(
        &self,
        caller: &Caller,
        version: Version,
        mut endpoint: Endpoint,
        event: &EndpointEvent,
        health: Option<Health>,
    ) -> Result<Stored<Endpoint>, crate::commit::Refused> {
        endpoint.updated_at = self.room.now();
        let id = endpoint.endpoint_id.clone();
        let event = NewEvent::of(event, endpoint.updated_at);
        let view = View::Endpoint(Box::new(endpoint.clone()));
        let mut commit =
            Commit::by(caller).change(Change::stream(StreamId::from(&id), version, vec![event], view));
        let health = health.map(|health| DeliveryChange::Health { endpoint_id: id, health });
        commit.deliveries.extend(health);
        self.room.ports.store.commit(commit).await?;
        Ok(Stored { value: endpoint, version: version.plus(1), number: 0 })
    }
}

fn enabled(endpoint: Endpoint) -> Endpoint {
    Endpoint { disabled: None, disabled_at: None, ..endpoint }
}

fn disabled(endpoint: Endpoint, reason: Disabled, now: Timestamp) -> Endpoint {
    Endpoint { disabled: Some(reason), disabled_at: Some(now), ..endpoint }
}
