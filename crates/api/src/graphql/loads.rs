//! What many objects of one document want of the same kind is read once for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use serde_json::Value;
use sutler_app::catalog::IDS_MAX;
use sutler_app::{Caller, Problem};
use sutler_domain::{CustomerId, NoteId, VariantId};

use crate::rest::{Api, catalog, customers, inventory, orders};

/// The readers of one document.
pub(super) struct Loads {
    products: DataLoader<Products>,
    notes: DataLoader<Notes>,
    levels: DataLoader<Levels>,
    customers: DataLoader<Customers>,
    lifetimes: DataLoader<Lifetimes>,
}

/// Products by the id of a variant of theirs, or by their own.
struct Products(Api, Arc<Caller>);
struct Notes(Api);
/// The levels of a variant.
struct Levels(Api, Arc<Caller>);
/// Customers who are registered.
struct Customers(Api, Arc<Caller>);
/// What a customer ordered and spent.
struct Lifetimes(Api, Arc<Caller>);

impl Loads {
    pub(super) fn new(api: &Api, caller: &Caller) -> Self {
        let (spawn, caller) = (tokio::spawn, Arc::new(caller.clone()));
        Self {
            // The use case takes so many at once.
            products: DataLoader::new(Products(api.clone(), Arc::clone(&caller)), spawn)
                .max_batch_size(IDS_MAX),
            notes: DataLoader::new(Notes(api.clone()), spawn),
            levels: DataLoader::new(Levels(api.clone(), Arc::clone(&caller)), spawn),
            customers: DataLoader::new(Customers(api.clone(), Arc::clone(&caller)), spawn),
            lifetimes: DataLoader::new(Lifetimes(api.clone(), Arc::clone(&caller)), spawn),
        }
    }

    /// The product of this id, as it is now.
    pub(super) async fn product(&self, id: &str) -> Result<Option<Value>, Problem> {
        self.products.load_one(id.to_owned()).await
    }

    /// Notes by id, in the order asked.
    pub(super) async fn notes(&self, ids: Vec<String>) -> Result<Value, Problem> {
        let mut found = self.notes.load_many(ids.clone()).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// The customer of this id, as they are now.
    pub(super) async fn customer(&self, id: &str) -> Result<Option<Value>, Problem> {
        self.customers.load_one(id.to_owned()).await
    }

    /// What a customer ordered and spent.
    pub(super) async fn lifetime(&self, customer: &str) -> Result<Option<Value>, Problem> {
        self.lifetimes.load_one(customer.to_owned()).await
    }

    /// The levels of a variant.
    pub(super) async fn levels(&self, variant: &str) -> Result<Value, Problem> {
        Ok(self.levels.load_one(variant.to_owned()).await?.unwrap_or_else(|| Value::Array(Vec::new())))
    }
}

impl Loader<String> for Products {
    type Value = Value;
    type Error = Problem;

    async fn load(&self, ids: &[String]) -> Result<HashMap<String, Value>, Problem> {
        let (found, _) = self.0.app.catalog.many(&self.1, ids).await?;
        let told = found.iter().map(|view| {
            let id = view.product.product_id.to_string();
            let body = serde_json::to_value(catalog::product_body(view, &self.1));
            body.map(|body| (id, body)).map_err(|error| Problem::internal(&error))
        });
        told.collect()
    }
}

impl Loader<String> for Notes {
    type Value = Value;
    type Error = Problem;

    async fn load(&self, ids: &[String]) -> Result<HashMap<String, Value>, Problem> {
        let ids: Vec<NoteId> = ids.iter().filter_map(|id| NoteId::parse(id).ok()).collect();
        let found = self.0.app.ports.contacts.notes(&ids).await?;
        let told = found.into_iter().map(|(id, note)| {
            let body = serde_json::to_value(orders::note_body(&note));
            body.map(|body| (id.to_string(), body)).map_err(|error| Problem::internal(&error))
        });
        told.collect()
    }
}

impl Loader<String> for Levels {
    type Value = Value;
    type Error = Problem;

    async fn load(&self, ids: &[String]) -> Result<HashMap<String, Value>, Problem> {
        let ids: Vec<VariantId> = ids.iter().filter_map(|id| VariantId::parse(id).ok()).collect();
        let found = self.0.app.inventory.levels_of(&self.1, &ids).await?;
        let mut told: HashMap<String, Vec<Value>> = HashMap::new();
        for level in &found {
            let body = serde_json::to_value(inventory::level_body(level));
            let body = body.map_err(|error| Problem::internal(&error))?;
            told.entry(level.at.variant_id.to_string()).or_default().push(body);
        }
        Ok(told.into_iter().map(|(id, levels)| (id, Value::Array(levels))).collect())
    }
}

impl Loader<String> for Customers {
    type Value = Value;
    type Error = Problem;

    async fn load(&self, ids: &[String]) -> Result<HashMap<String, Value>, Problem> {
        let told = self.0.app.customers.many(&self.1, &customer_ids(ids)).await?;
        let told = told.iter().map(|view| {
            let body = serde_json::to_value(customers::customer_body(view));
            let id = view.customer.customer_id.to_string();
            body.map(|body| (id, body)).map_err(|error| Problem::internal(&error))
        });
        told.collect()
    }
}

impl Loader<String> for Lifetimes {
    type Value = Value;
    type Error = Problem;

    async fn load(&self, ids: &[String]) -> Result<HashMap<String, Value>, Problem> {
        let told = self.0.app.customers.lifetimes(&self.1, &customer_ids(ids)).await?;
        let told = told.iter().map(|(id, lifetime)| {
            let body = serde_json::to_value(customers::lifetime_body(lifetime));
            body.map(|body| (id.to_string(), body)).map_err(|error| Problem::internal(&error))
        });
        told.collect()
    }
}

fn customer_ids(ids: &[String]) -> Vec<CustomerId> {
    ids.iter().filter_map(|id| CustomerId::parse(id).ok()).collect()
}
