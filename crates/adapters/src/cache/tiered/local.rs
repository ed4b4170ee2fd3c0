//! What this node remembers of the catalog, for answers. It is apart from what decisions are made on, since some of it
//! comes from Redis, which may say anything.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sutler_app::ports::reads::{PricedProduct, ProductName};
use sutler_domain::{ProductId, Version};

use super::super::flights::{Batch, Flights};
use super::super::products::{NAMES_MAX, PRODUCTS_BYTES_MAX, PRODUCTS_EXPECTED, bears, weight_bytes};
use super::shared::SHARED_TTL;

/// How long a product is believed without asking again, should nobody tell of its change.
pub const LOCAL_AGE_MAX: Duration = Duration::from_mins(1);

/// How long it is believed that a name leads to nothing.
pub const MISSING_AGE_MAX: Duration = Duration::from_secs(2);

/// Products of which it is remembered what version was seen last.
pub const SEEN_MAX: usize = 65_536;

/// How long what was seen counts: until everything that could be older has ended.
const SEEN_AGE: Duration = SHARED_TTL.saturating_mul(2);

/// What this node remembers of the catalog.
pub(in super::super) struct Local {
    by_id: Cache<ProductId, Known, Weight>,
    /// Where a name led last. A hint: a product found by it must still bear the name.
    ids: Cache<ProductName, ProductId>,
    /// Names that led to nothing.
    missing: Cache<ProductName, Missing>,
    /// The newest version seen of a product, wherever that was. What is older is not shown any more.
    seen: Cache<ProductId, Seen>,
    /// Held while what was seen and what is known change together.
    writing: Mutex<()>,
    pub(super) flights: Flights,
}

#[derive(Clone)]
struct Known {
    found: PricedProduct,
    until: Instant,
}

#[derive(Clone, Copy)]
struct Missing {
    /// Whatever changes may bring what was missing.
    turn: u64,
    until: Instant,
}

#[derive(Clone, Copy)]
struct Seen {
    version: Version,
    until: Instant,
}

/// What is remembered under a name.
pub(super) enum Look {
    /// This.
    Known(PricedProduct),
    /// That it leads to nothing.
    Missing,
    /// Nothing.
    Unknown,
}

#[derive(Clone)]
struct Weight;

impl Weighter<ProductId, Known> for Weight {
    fn weight(&self, _: &ProductId, known: &Known) -> u64 {
        weight_bytes(&known.found)
    }
}

impl Default for Local {
    fn default() -> Self {
        Self {
            by_id: Cache::with_weighter(PRODUCTS_EXPECTED, PRODUCTS_BYTES_MAX, Weight),
            ids: Cache::new(NAMES_MAX),
            missing: Cache::new(NAMES_MAX),
            seen: Cache::new(SEEN_MAX),
            writing: Mutex::default(),
            flights: Flights::default(),
        }
    }
}

impl Local {
    /// What is remembered under a name.
    pub(super) fn look(&self, name: &ProductName, now: Instant) -> Look {
        let known = match name {
            ProductName::Id(id) => self.by_id.get(id),
            other => self.ids.get(other).and_then(|id| self.by_id.get(&id)),
        };
        if let Some(known) = known.filter(|known| known.until > now && bears(&known.found.product, name)) {
            return Look::Known(known.found);
        }
        let missing = self.missing.get(name);
        match missing.filter(|missing| missing.until > now && missing.turn == self.flights.turn()) {
            Some(_) => Look::Missing,
            None => Look::Unknown,
        }
    }

    /// The product that a name may lead to.
    pub(super) fn hint(&self, name: &ProductName) -> Option<ProductId> {
        match name {
            ProductName::Id(id) => Some(id.clone()),
            other => self.ids.get(other),
        }
    }

    /// Whether something newer than this was seen.
    pub(super) fn is_older(&self, found: &PricedProduct, now: Instant) -> bool {
        self.seen_of(&found.product.product_id, now).is_some_and(|seen| found.version < seen)
    }

    /// Remember what a read found that began at this time, in this turn, and what it did not find.
    pub(super) fn land(&self, names: &[ProductName], (turn, begun): (u64, Instant), batch: &Batch) {
        self.flights.land(names, turn, |is_current| {
            let Ok(batch) = batch else { return };
            for name in names {
                match batch.get(name) {
                    Some(found) => self.keep(name, found, begun),
                    None if is_current => {
                        let until = begun + MISSING_AGE_MAX;
                        self.missing.insert(name.clone(), Missing { turn, until });
                    }
                    None => {}
                }
            }
        });
    }

    fn keep(&self, name: &ProductName, found: &PricedProduct, begun: Instant) {
        let _writing = self.writing.lock();
        if self.is_older(found, begun) {
            return;
        }
        let id = &found.product.product_id;
        self.see(id, found.version, begun);
        self.by_id.insert(id.clone(), Known { found: found.clone(), until: begun + LOCAL_AGE_MAX });
        if !matches!(name, ProductName::Id(_)) {
            self.ids.insert(name.clone(), id.clone());
        }
    }

    /// A product has changed; its version is not known where it is not known whether the change stands.
    pub(in super::super) fn change(&self, id: &ProductId, version: Option<Version>) {
        self.flights.change(|| match version {
            Some(version) => self.learn(id, version),
            None => _ = self.by_id.remove(id),
        });
    }

    /// A product has this version at least: what is older is not shown any more.
    pub(super) fn learn(&self, id: &ProductId, version: Version) {
        let _writing = self.writing.lock();
        self.see(id, version, Instant::now());
        self.by_id.remove_if(id, |known| known.found.version < version);
    }

    fn see(&self, id: &ProductId, version: Version, now: Instant) {
        if self.seen_of(id, now).is_none_or(|seen| seen < version) {
            self.seen.insert(id.clone(), Seen { version, until: now + SEEN_AGE });
        }
    }

    fn seen_of(&self, id: &ProductId, now: Instant) -> Option<Version> {
        self.seen.get(id).filter(|seen| seen.until > now).map(|seen| seen.version)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use super::*;
    use sutler_app::ports::ReadError;
    use sutler_domain::catalog::Product;
    use sutler_testkit::builders as some;

    fn mug(version: u64) -> PricedProduct {
        let product = Arc::new(some::product("mug", "mug-blue", "M-1"));
        PricedProduct { product, version: Version(version), prices: Arc::default() }
    }

    fn id() -> ProductId {
        some::product_id("mug")
    }

    fn names() -> [ProductName; 2] {
        [ProductName::Id(id()), ProductName::Sku("M-1".to_owned())]
    }

    /// A read that began at this time has come back with this, under all names.
    fn land(local: &Local, found: Option<PricedProduct>, begun: (u64, Instant)) {
        let found = found.into_iter().flat_map(|found| names().map(|name| (name, found.clone())));
        let batch: Batch = Ok(Arc::new(found.collect::<HashMap<_, _>>()));
        local.land(&names(), begun, &batch);
    }

    /// The version that is shown under all names, 0 where they are known to lead to nothing.
    #[track_caller]
    fn shown(local: &Local, now: Instant) -> Option<u64> {
        let [by_id, by_sku] = names().map(|name| match local.look(&name, now) {
            Look::Known(found) => Some(found.version.0),
            Look::Missing => Some(0),
            Look::Unknown => None,
        });
        assert_eq!(by_id, by_sku);
        by_id
    }

    #[test]
    fn what_is_remembered_ends_also_when_nobody_tells_of_a_change() {
        let (local, now) = (Local::default(), Instant::now());
        assert_eq!(shown(&local, now), None);
        land(&local, Some(mug(1)), (0, now));
        assert_eq!(shown(&local, now + LOCAL_AGE_MAX * 99 / 100), Some(1));
        assert_eq!(shown(&local, now + LOCAL_AGE_MAX), None);
        let (local, now) = (Local::default(), Instant::now());
        land(&local, None, (0, now));
        assert_eq!(shown(&local, now + MISSING_AGE_MAX * 99 / 100), Some(0));
        assert_eq!(shown(&local, now + MISSING_AGE_MAX), None);
    }

    #[test]
    fn a_version_never_goes_back() {
        let (local, now) = (Local::default(), Instant::now());
        land(&local, Some(mug(2)), (0, now));
        land(&local, Some(mug(1)), (0, now));
        assert_eq!(shown(&local, now), Some(2));
        // Also when what was remembered has ended.
        let later = now + LOCAL_AGE_MAX;
        land(&local, Some(mug(1)), (0, later));
        assert_eq!(shown(&local, later), None);
        assert!(local.is_older(&mug(1), later) && !local.is_older(&mug(2), later));
        // But not for ever: a store that was set back behind our back must be believed in the end.
        let end = now + SEEN_AGE;
        land(&local, Some(mug(1)), (0, end));
        assert_eq!(shown(&local, end), Some(1));
    }

    #[test]
    fn a_change_is_the_end_of_what_was_before_it() {
        let (local, now) = (Local::default(), Instant::now());
        land(&local, Some(mug(1)), (0, now));
        local.change(&id(), Some(Version(2)));
        assert_eq!(shown(&local, now), None);
        // A read that began before it brings what was.
        land(&local, Some(mug(1)), (0, now));
        assert_eq!(shown(&local, now), None);
        land(&local, Some(mug(2)), (0, now));
        assert_eq!(shown(&local, now), Some(2), "what it brings is as new as the change");
        local.change(&id(), Some(Version(2)));
        assert_eq!(shown(&local, now), Some(2), "the log tells of what is known already");
        local.change(&id(), None);
        assert_eq!(shown(&local, now), None, "nobody knows whether it changed");
    }

    #[test]
    fn what_was_missing_may_be_there_after_any_change() {
        let (local, now) = (Local::default(), Instant::now());
        land(&local, None, (0, now));
        local.change(&some::product_id("pot"), Some(Version(1)));
        assert_eq!(shown(&local, now), None);
        // It was looked for before the change.
        land(&local, None, (0, now));
        assert_eq!(shown(&local, now), None);
        land(&local, None, (1, now));
        assert_eq!(shown(&local, now), Some(0));
    }

    #[test]
    fn a_read_that_failed_says_nothing() {
        let (local, now) = (Local::default(), Instant::now());
        local.land(&names(), (0, now), &Err(ReadError::Unavailable("away".to_owned())));
        assert_eq!(shown(&local, now), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (local, now) = (Local::default(), Instant::now());
        let id = |n: usize| some::product_id(&format!("p{n}"));
        for n in 0..SEEN_MAX + 1_000 {
            local.learn(&id(n), Version(1));
        }
        for n in 0..NAMES_MAX + 1_000 {
            local.land(&[ProductName::Id(id(n))], (0, now), &Ok(Arc::default()));
        }
        for n in 0..PRODUCTS_EXPECTED * 2 {
            let found = PricedProduct { version: Version(1), ..mug(1) };
            let found = [(
                ProductName::Handle(n.to_string()),
                PricedProduct {
                    product: Arc::new(Product { product_id: id(n), ..(*found.product).clone() }),
                    ..found
                },
            )];
            let names = found.clone().map(|(name, _)| name);
            local.land(&names, (0, now), &Ok(Arc::new(found.into())));
        }
        assert!(local.by_id.weight() <= PRODUCTS_BYTES_MAX);
        assert!(local.seen.len() <= SEEN_MAX && local.missing.len() <= NAMES_MAX);
    }
}
