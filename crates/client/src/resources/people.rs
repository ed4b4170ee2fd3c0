//! Customers, and who is told of events.

use sutler_types::customer::{Customer, CustomerExport, CustomerPatch, NewCustomer};
use sutler_types::page::List;
use sutler_types::webhook::{NewWebhookEndpoint, WebhookDelivery, WebhookEndpoint, WebhookEndpointPatch};

use crate::call::escaped;
use crate::{Call, Client, Error, Method, Pages};

/// Customers, each named by its id or `email:ada@example.com`.
#[derive(Clone, Copy, Debug)]
pub struct Customers<'a>(pub(crate) &'a Client);

impl<'a> Customers<'a> {
    /// Make one known.
    pub async fn create(&self, customer: &NewCustomer) -> Result<Customer, Error> {
        self.0.ask(Call::post("/customers").json(customer)).await
    }

    /// A customer.
    pub async fn get(&self, customer: &str) -> Result<Customer, Error> {
        self.0.ask(Call::get(format!("/customers/{}", escaped(customer)))).await
    }

    /// Change what is named, if the customer still has this version.
    pub async fn update(
        &self,
        customer: &str,
        version: u64,
        patch: &CustomerPatch,
    ) -> Result<Customer, Error> {
        let call = Call::new(Method::PATCH, format!("/customers/{}", escaped(customer)));
        self.0.ask(call.if_match(version).json(patch)).await
    }

    /// Customers, newest first, with filters such as `("email", "ada@example.com")`.
    pub fn list(&self, filters: &[(&str, &str)]) -> Pages<'a, Customer> {
        let call =
            filters.iter().fold(Call::get("/customers"), |call, (name, value)| call.query(*name, *value));
        Pages::new(self.0, call)
    }

    /// Everything that is held about the person.
    pub async fn export(&self, customer: &str) -> Result<CustomerExport, Error> {
        self.0.ask(Call::get(format!("/customers/{}/export", escaped(customer)))).await
    }

    /// Forget the person. Orders keep their totals.
    pub async fn erase(&self, customer: &str) -> Result<Customer, Error> {
        self.0.ask(Call::post(format!("/customers/{}/erase", escaped(customer)))).await
    }
}

/// Endpoints of webhooks, and deliveries to them. What comes in is verified by [`crate::webhook`].
#[derive(Clone, Copy, Debug)]
pub struct Webhooks<'a>(pub(crate) &'a Client);

impl<'a> Webhooks<'a> {
    /// Make an endpoint; its secret is in this answer and never again.
    pub async fn create(&self, endpoint: &NewWebhookEndpoint) -> Result<WebhookEndpoint, Error> {
        self.0.ask(Call::post("/webhook_endpoints").json(endpoint)).await
    }

    /// Every endpoint.
    pub async fn list(&self) -> Result<Vec<WebhookEndpoint>, Error> {
        let list: List<WebhookEndpoint> = self.0.ask(Call::get("/webhook_endpoints")).await?;
        Ok(list.data)
    }

    /// Change what is named, if the endpoint still has this version.
    pub async fn update(
        &self,
        endpoint_id: &str,
        version: u64,
        patch: &WebhookEndpointPatch,
    ) -> Result<WebhookEndpoint, Error> {
        let call = Call::new(Method::PATCH, format!("/webhook_endpoints/{}", escaped(endpoint_id)));
        self.0.ask(call.if_match(version).json(patch)).await
    }

    /// Take an endpoint away.
    pub async fn delete(&self, endpoint_id: &str) -> Result<(), Error> {
        let path = format!("/webhook_endpoints/{}", escaped(endpoint_id));
        self.0.send(Call::new(Method::DELETE, path)).await.map(drop)
    }

    /// Deliveries, newest first, with filters such as `("state", "exhausted")`.
    pub fn deliveries(&self, filters: &[(&str, &str)]) -> Pages<'a, WebhookDelivery> {
        let call = Call::get("/webhook_deliveries");
        Pages::new(self.0, filters.iter().fold(call, |call, (name, value)| call.query(*name, *value)))
    }
}
