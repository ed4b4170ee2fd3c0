#![doc = include_str!("../README.md")]

mod call;
mod error;
mod file;
mod import;
mod pages;
mod resources;
mod retry;
mod stream;
pub mod webhook;

use std::time::Duration;

pub use call::{Answer, Call};
pub use error::Error;
pub use file::{FileAnswers, Told};
pub use import::ImportStream;
pub use pages::Pages;
pub use reqwest::{Body, Method};
pub use resources::{Customers, Events, Inventory, Jobs, Keys, Orders, Payments, Products, Webhooks};
pub use retry::Retries;
pub use stream::{EventStream, Heard};
pub use sutler_types as types;

/// How long one try may take, unless said otherwise: longer than the 30 seconds a server may be asked to wait.
const TIMEOUT: Duration = Duration::from_secs(40);

/// A connection to one server. Cheap to clone; keeps connections open between calls.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
    key: Option<String>,
    retries: Retries,
}

impl Client {
    /// A client of the server at `address`, such as `http://127.0.0.1:8420`. Nothing is sent yet.
    pub fn new(address: impl Into<String>) -> Result<Self, Error> {
        Self::with_timeout(address, TIMEOUT)
    }

    /// A client whose every try ends after `timeout`.
    pub fn with_timeout(address: impl Into<String>, timeout: Duration) -> Result<Self, Error> {
        let address: String = address.into();
        let web = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
        if web.is_none_or(str::is_empty) {
            return Err(Error::Address { address });
        }
        // Only the first one installed counts; a program that chose another provider keeps it.
        _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(5)))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("sutler-client/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::Client { reason: error.to_string() })?;
        let address = address.trim_end_matches('/').to_owned();
        Ok(Self { http, address, key: None, retries: Retries::default() })
    }

    /// With an API key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// With other patience than the usual.
    #[must_use]
    pub const fn with_retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// The server's address, without a slash at its end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Make a call. A POST without an idempotency key gets one, so that a repeat after a lost answer takes effect once.
    pub async fn send(&self, call: Call) -> Result<Answer, Error> {
        let call = call.keyed();
        let mut tried = 0;
        loop {
            tried += 1;
            let outcome = self.try_once(&call).await;
            let Some(wait) = self.retries.wait_after(tried, &outcome) else {
                return outcome?.success();
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn try_once(&self, call: &Call) -> Result<Answer, Error> {
        let request = call.request(&self.http, &self.address, self.key.as_deref());
        let response = request.send().await.map_err(|error| Error::of_transport(&self.address, &error))?;
        Answer::read(response).await.map_err(|error| Error::of_transport(&self.address, &error))
    }

    /// Orders.
    pub const fn orders(&self) -> Orders<'_> {
        Orders(self)
    }

    /// Payments and refunds.
    pub const fn payments(&self) -> Payments<'_> {
        Payments(self)
    }

    /// Customers.
    pub const fn customers(&self) -> Customers<'_> {
        Customers(self)
    }

    /// Endpoints of webhooks.
    pub const fn webhooks(&self) -> Webhooks<'_> {
        Webhooks(self)
    }

    /// Products.
    pub const fn products(&self) -> Products<'_> {
        Products(self)
    }

    /// Stock.
    pub const fn inventory(&self) -> Inventory<'_> {
        Inventory(self)
    }

    /// Background work.
    pub const fn jobs(&self) -> Jobs<'_> {
        Jobs(self)
    }

    /// API keys.
    pub const fn keys(&self) -> Keys<'_> {
        Keys(self)
    }

    /// The log.
    pub const fn events(&self) -> Events<'_> {
        Events(self)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}
