//! Products for answers, in tiers: what this node remembers, then Redis, which all nodes share, then the store.
//!
//! Redis is advice. Nothing is decided on what it says, a request never fails for it, and what it says is compared with
//! the newest version of each product that this node has seen: what is older, is no product of this shop or cannot be
//! read is asked of the store. What the store says goes back into Redis unless something newer is there.

mod counts;
mod local;
mod shared;
mod told;
mod value;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use sutler_app::page::Page;
use sutler_app::ports::reads::{PricedProduct, ProductName, ProductQuery};
use sutler_app::ports::{Feed, Ids, ProductReads, ReadError};

use super::flights::{Batch, Flight, fly};
use super::products::bears;
use super::redis::Redis;
use counts::Counts;
pub(super) use local::Local;
use local::Look;
pub use local::{LOCAL_AGE_MAX, MISSING_AGE_MAX, SEEN_MAX};
pub use shared::SHARED_TTL;
use shared::Shared;
pub use value::VALUE_BYTES_MAX;

/// A store behind two memories of its products.
pub struct Tiered<S>(Arc<Tiers<S>>);

struct Tiers<S> {
    store: Arc<S>,
    shared: Shared,
    local: Arc<Local>,
    counts: Counts,
    told: told::Told,
}

/// Where a read asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Redis, then the store for the rest.
    ThroughRedis,
    /// The store alone: what Redis or an earlier read said proved old.
    Store,
}

impl<S: ProductReads + Feed + 'static> Tiered<S> {
    /// In front of this store. Redis has heard of everything that changed before, when this returns.
    pub async fn open(store: Arc<S>, redis: Redis, ids: Arc<dyn Ids>) -> Result<Self, ReadError> {
        let shared = Shared::new(redis, &store.epoch().await?, ids);
        let told = told::Told::begin(&*store).await?;
        let tiers = Tiers { store, shared, local: Arc::default(), counts: Counts::register(), told };
        let tiered = Self(Arc::new(tiers));
        tiered.catch_up().await;
        Ok(tiered)
    }
}

impl<S> Tiered<S> {
    /// What has to be told of every change.
    pub(super) fn local(&self) -> Arc<Local> {
        Arc::clone(&self.0.local)
    }
}

#[async_trait]
impl<S: ProductReads + 'static> ProductReads for Tiered<S> {
    async fn products(&self, names: &[ProductName]) -> Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        let (tiers, now) = (&self.0, Instant::now());
        let looked: Vec<Look> = names.iter().map(|name| tiers.local.look(name, now)).collect();
        let unknown = names.iter().zip(&looked).filter(|(_, look)| matches!(look, Look::Unknown));
        let unknown: Vec<ProductName> = unknown.map(|(name, _)| name.clone()).collect();
        tiers.counts.local.asked(names.len(), names.len() - unknown.len());
        let read = if unknown.is_empty() { HashMap::new() } else { Tiers::bring(tiers, &unknown).await? };
        let answer = names.iter().zip(looked).filter_map(|(name, look)| match look {
            Look::Known(found) => Some((name.clone(), found)),
            Look::Missing => None,
            Look::Unknown => Some((name.clone(), read.get(name)?.clone())),
        });
        Ok(answer.collect())
    }

    async fn products_stored(
        &self,
        names: &[ProductName],
    ) -> Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        let found = self.0.store.products_stored(names).await?;
        self.0.learn(found.iter().map(|(_, found)| found));
        Ok(found)
    }

    async fn list(&self, query: &ProductQuery) -> Result<Page<PricedProduct>, ReadError> {
        let page = self.0.store.list(query).await?;
        self.0.learn(&page.rows);
        Ok(page)
    }
}

impl<S> Tiers<S> {
    /// Whoever was shown a version is shown no older one afterwards.
    fn learn<'p>(&self, found: impl IntoIterator<Item = &'p PricedProduct>) {
        for found in found {
            self.local.learn(&found.product.product_id, found.version);
        }
    }
}

impl<S: ProductReads + 'static> Tiers<S> {
    /// What is not remembered here, by reads that all who want the same share.
    async fn bring(
        self: &Arc<Self>,
        names: &[ProductName],
    ) -> Result<HashMap<ProductName, PricedProduct>, ReadError> {
        let begin = |way| move |names, turn| self.begin(names, turn, way);
        let mut read = self.local.flights.bring(names, begin(Way::ThroughRedis)).await?;
        // A newer version came to be known while the read was under way: whoever asks now must not be shown less.
        let now = Instant::now();
        let is_old =
            |name: &&ProductName| read.get(name).is_some_and(|found| self.local.is_older(found, now));
        let old: Vec<ProductName> = names.iter().filter(is_old).cloned().collect();
        if !old.is_empty() {
            let mut again = self.local.flights.bring(&old, begin(Way::Store)).await?;
            for name in old {
                match again.remove(&name) {
                    Some(found) => _ = read.insert(name, found),
                    None => _ = read.remove(&name),
                }
            }
        }
        Ok(read)
    }

    fn begin(self: &Arc<Self>, names: Vec<ProductName>, turn: u64, way: Way) -> Flight {
        let (tiers, local, wanted, begun) =
            (Arc::clone(self), Arc::clone(&self.local), names.clone(), Instant::now());
        fly(async move { tiers.read(&wanted, way).await }, move |batch| {
            local.land(&names, (turn, begun), batch);
        })
    }

    async fn read(self: Arc<Self>, names: &[ProductName], way: Way) -> Batch {
        let (mut products, mut rest, mut spoiled) = (HashMap::new(), names.to_vec(), Vec::new());
        if way == Way::ThroughRedis {
            // Since it was looked for, another read may have brought it.
            let now = Instant::now();
            rest.retain(|name| match self.local.look(name, now) {
                Look::Known(found) => {
                    products.insert(name.clone(), found);
                    false
                }
                Look::Missing => false,
                Look::Unknown => true,
            });
            spoiled = self.shared(&mut rest, &mut products).await;
        }
        if !rest.is_empty() {
            let read = self.store.products_stored(&rest).await;
            match &read {
                Ok(found) => self.counts.store.asked(rest.len(), found.len()),
                Err(_) => self.counts.store.failed(rest.len()),
            }
            let read = read?;
            products.extend(read.iter().cloned());
            // Nobody waits for what is only of use to others.
            tokio::spawn(async move {
                self.shared.drop_keys(&spoiled).await;
                self.shared.keep(&read).await;
            });
        }
        Ok(Arc::new(products))
    }

    /// Take what Redis has of these that may be shown; gives the keys of what it should not have.
    async fn shared(
        &self,
        names: &mut Vec<ProductName>,
        products: &mut HashMap<ProductName, PricedProduct>,
    ) -> Vec<String> {
        if names.is_empty() {
            return Vec::new();
        }
        let wanted: Vec<_> = names.iter().map(|name| (name.clone(), self.local.hint(name))).collect();
        let Some(found) = self.shared.find(&wanted).await else {
            self.counts.redis.failed(names.len());
            return Vec::new();
        };
        let (now, asked) = (Instant::now(), names.len());
        let may_be_shown = |(name, found): &(ProductName, PricedProduct)| {
            bears(&found.product, name) && !self.local.is_older(found, now)
        };
        products.extend(found.products.into_iter().filter(may_be_shown));
        names.retain(|name| !products.contains_key(name));
        self.counts.redis.asked(asked, asked - names.len());
        found.spoiled
    }
}
