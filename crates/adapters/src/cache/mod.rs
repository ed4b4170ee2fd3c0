//! What was read lately, kept in this process in front of a store: products, locations and API keys.
//!
//! It is filled from the store only, and forgets what a commit of this process touches before the caller of that commit
//! hears of it. Correctness never rests on it: an order names the versions of the prices it was decided by, and what is
//! decided again after a `Moved` is read past it. Where nodes share a Redis, answers come through [`Tiered`] instead,
//! which is apart from what decisions are made on.

mod elsewhere;
mod flights;
mod keys;
mod locations;
mod products;
mod redis;
mod tiered;

use std::sync::Arc;

use async_trait::async_trait;
use sutler_app::commit::{Commit, Receipt, Refused, View, ViewChange};
use sutler_app::ports::Store;
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{ProductId, Version};

pub use keys::KEY_AGE_MAX;
pub use products::{NAMES_MAX, PRODUCTS_BYTES_MAX};
pub use redis::{Address, FAILURES_MAX, OpenError, Redis, Seen};
pub use tiered::{LOCAL_AGE_MAX, MISSING_AGE_MAX, SEEN_MAX, SHARED_TTL, Tiered, VALUE_BYTES_MAX};

/// A store with a memory in front of its reads.
pub struct Cached<S> {
    store: Arc<S>,
    kept: Arc<Kept>,
}

impl<S> Cached<S> {
    /// In front of this store. All changes of products, locations and keys must come through here, or be followed.
    pub fn new(store: Arc<S>) -> Self {
        Self { store, kept: Arc::default() }
    }

    /// The same beside a memory for answers, which hears of every change as soon as this does.
    pub fn beside<C>(store: Arc<S>, answers: &Tiered<C>) -> Self {
        Self { store, kept: Arc::new(Kept { answers: Some(answers.local()), ..Kept::default() }) }
    }
}

/// What is remembered.
#[derive(Default)]
struct Kept {
    products: products::Products,
    locations: locations::Locations,
    keys: keys::Keys,
    /// What answers are made of, where that is apart.
    answers: Option<Arc<tiered::Local>>,
}

/// What a commit moves of what may be remembered.
#[derive(Clone)]
enum Touched {
    /// With the version that it has now, where that is known.
    Product(ProductId, Option<Version>),
    Price(String),
    Locations,
    Key(String),
}

impl Kept {
    fn forget(&self, touched: &[Touched]) {
        self.products.forget(touched);
        for one in touched {
            match one {
                Touched::Product(id, version) => {
                    if let Some(answers) = &self.answers {
                        answers.change(id, *version);
                    }
                }
                Touched::Price(_) => {}
                Touched::Locations => self.locations.forget(),
                Touched::Key(hash) => self.keys.forget(hash),
            }
        }
    }
}

#[async_trait]
impl<S: Store + 'static> Store for Cached<S> {
    async fn commit(&self, commit: Commit) -> Result<Receipt, Refused> {
        let mut touched = touched(&commit);
        if touched.is_empty() {
            return self.store.commit(commit).await;
        }
        // Whoever asked may go away while the commit is under way; what it changed must be forgotten all the same, and
        // also when its outcome is unknown.
        let (store, kept) = (Arc::clone(&self.store), Arc::clone(&self.kept));
        let committed = tokio::spawn(async move {
            let done = store.commit(commit).await;
            if let Ok(receipt) = &done {
                for one in &mut touched {
                    if let Touched::Product(id, version) = one {
                        *version = receipt.version_of(&StreamId::from(&*id));
                    }
                }
            }
            kept.forget(&touched);
            done
        });
        committed.await.unwrap_or_else(|error| Err(Refused::Unavailable(error.to_string())))
    }
}

fn touched(commit: &Commit) -> Vec<Touched> {
    let touch = |change: &sutler_app::commit::Change| {
        let id = change.stream.id();
        match (change.stream.kind(), &change.view) {
            (StreamKind::Product, _) => Some(Touched::Product(ProductId::trusted(id.into()), None)),
            (StreamKind::Price, _) => Some(Touched::Price(id.to_owned())),
            (StreamKind::Location, _) => Some(Touched::Locations),
            (StreamKind::Key, ViewChange::Put(view)) => match &**view {
                View::Key(key) => Some(Touched::Key(key.hash.clone())),
                _ => None,
            },
            _ => None,
        }
    };
    commit.changes.iter().filter_map(touch).collect()
}
