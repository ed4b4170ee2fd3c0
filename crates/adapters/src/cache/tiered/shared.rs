//! Products in Redis, for all nodes of a shop, and the names that lead to them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use sutler_app::ports::Ids;
use sutler_app::ports::reads::{PricedProduct, ProductName};
use sutler_domain::{ProductId, Version};

use super::super::redis::{Entry, Redis};
use super::local::LOCAL_AGE_MAX;
use super::value::{self, Value};

/// How long Redis keeps a product, give or take a tenth: what was kept together does not end together.
pub const SHARED_TTL: Duration = Duration::from_hours(1);

/// Products in Redis.
pub(super) struct Shared {
    redis: Redis,
    /// What every key begins with. The epoch of the log is in it: no two shops have the same, nor has a shop that was
    /// restored from a backup, whose versions are handed out again.
    prefix: String,
    ids: Arc<dyn Ids>,
}

/// What Redis said of products.
pub(super) struct Found {
    pub(super) products: HashMap<ProductName, PricedProduct>,
    /// Keys of values that none of us wrote.
    pub(super) spoiled: Vec<String>,
}

impl Shared {
    pub(super) fn new(redis: Redis, epoch: &str, ids: Arc<dyn Ids>) -> Self {
        Self { redis, prefix: format!("sutler:{epoch}:"), ids }
    }

    /// The products of these names, each with the id that it may lead to; `None` when Redis does not say.
    pub(super) async fn find(&self, wanted: &[(ProductName, Option<ProductId>)]) -> Option<Found> {
        let mut spoiled = Vec::new();
        let mut ids: HashMap<&ProductName, ProductId> =
            wanted.iter().filter_map(|(name, id)| Some((name, id.clone()?))).collect();
        let unknown: Vec<&ProductName> =
            wanted.iter().filter(|(_, id)| id.is_none()).map(|(name, _)| name).collect();
        if !unknown.is_empty() {
            let keys: Vec<String> = unknown.iter().map(|name| self.name_key(name)).collect();
            let values = self.redis.values(&keys).await?;
            for ((name, key), value) in unknown.into_iter().zip(keys).zip(values) {
                match value.map(|value| product_id(&value)) {
                    Some(Some(id)) => _ = ids.insert(name, id),
                    Some(None) => spoiled.push(key),
                    None => {}
                }
            }
        }
        let distinct: Vec<&ProductId> = ids.values().collect::<BTreeSet<_>>().into_iter().collect();
        if distinct.is_empty() {
            return Some(Found { products: HashMap::new(), spoiled });
        }
        let keys: Vec<String> = distinct.iter().map(|id| self.key(id)).collect();
        let values = self.redis.values(&keys).await?;
        let mut known = HashMap::new();
        for ((id, key), value) in distinct.into_iter().zip(keys).zip(values) {
            let Some(value) = value else { continue };
            match value::read(&key, &value) {
                Some(Value::Product(found)) if found.product.product_id == *id => {
                    known.insert(id.clone(), found);
                }
                Some(Value::Floor(_)) => {}
                _ => spoiled.push(key),
            }
        }
        let of = |(name, id): (&ProductName, ProductId)| Some((name.clone(), known.get(&id)?.clone()));
        Some(Found { products: ids.into_iter().filter_map(of).collect(), spoiled })
    }

    /// Keep what the store said, where nothing newer is kept.
    pub(super) async fn keep(&self, found: &[(ProductName, PricedProduct)]) {
        let mut entries = HashMap::new();
        for (name, found) in found {
            let id = &found.product.product_id;
            let key = self.key(id);
            if let Some(value) = value::of_product(&key, found) {
                entries.insert(key.clone(), self.entry(key, found.version.plus(1), value));
            }
            if !matches!(name, ProductName::Id(_)) {
                let key = self.name_key(name);
                let lead = self.entry(key.clone(), Version(1), id.as_str().as_bytes().to_vec());
                entries.insert(key, lead);
            }
        }
        self.redis.keep(&entries.into_values().collect::<Vec<_>>()).await;
    }

    /// These products have reached these versions: what is older must go, and must not come back. Whether that is done.
    pub(super) async fn raise(&self, changed: &HashMap<ProductId, Version>) -> bool {
        let floors =
            changed.iter().map(|(id, version)| self.entry(self.key(id), *version, value::of_floor(*version)));
        self.redis.keep(&floors.collect::<Vec<_>>()).await
    }

    pub(super) async fn drop_keys(&self, keys: &[String]) {
        self.redis.drop_keys(keys).await;
    }

    fn entry(&self, key: String, below: Version, value: Vec<u8>) -> Entry {
        Entry { key, below: below.0, ttl_ms: ttl_ms(&*self.ids), value }
    }

    fn key(&self, id: &ProductId) -> String {
        format!("{}product:{id}", self.prefix)
    }

    fn name_key(&self, name: &ProductName) -> String {
        let prefix = &self.prefix;
        match name {
            ProductName::Id(id) => self.key(id),
            ProductName::Handle(handle) => format!("{prefix}product-name:handle:{handle}"),
            ProductName::Variant(id) => format!("{prefix}product-name:variant:{id}"),
            ProductName::Sku(sku) => format!("{prefix}product-name:sku:{sku}"),
        }
    }
}

fn product_id(value: &[u8]) -> Option<ProductId> {
    ProductId::parse(std::str::from_utf8(value).ok()?).ok()
}

/// From nine tenths to eleven tenths, less what a node keeps of it afterwards: all of it together ends within eleven.
fn ttl_ms(ids: &dyn Ids) -> u64 {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let tenth_ms = millis(SHARED_TTL) / 10;
    tenth_ms * 9 + ids.below((tenth_ms * 2).saturating_sub(millis(LOCAL_AGE_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// Chance that always ends where it is told to, in percent.
    struct Percent(u64);

    impl Ids for Percent {
        fn uuid(&self) -> Uuid {
            Uuid::nil()
        }

        fn secret(&self) -> [u8; 24] {
            [0; 24]
        }

        fn below(&self, max: u64) -> u64 {
            max / 100 * self.0
        }
    }

    #[test]
    fn entries_end_apart_and_within_eleven_tenths_of_the_hour() {
        let [shortest, middle, longest] = [0, 50, 100].map(|percent| ttl_ms(&Percent(percent)));
        assert_eq!(shortest, 54 * 60_000);
        assert!(shortest < middle && middle < longest);
        assert_eq!(Duration::from_millis(longest) + LOCAL_AGE_MAX, SHARED_TTL * 11 / 10);
    }
}
