//! The resources of the API, each a thin layer over [`Call`]: what is not here can be asked with [`Client::send`].

mod catalog;
mod orders;
mod people;
mod system;

pub use catalog::{Inventory, Products};
pub use orders::{Orders, Payments};
pub use people::{Customers, Webhooks};
pub use system::{Events, Jobs, Keys};

use serde::de::DeserializeOwned;

use crate::{Call, Client, Error};

impl Client {
    async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        self.send(call).await?.json()
    }
}
