//! Reads of products that are under way: whoever wants one of them joins, so that the same product is read once.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, join_all};
use parking_lot::Mutex;
use sutler_app::ports::ReadError;
use sutler_app::ports::reads::{PricedProduct, ProductName};

/// Several products from one read.
pub(super) type Batch = Result<Arc<HashMap<ProductName, PricedProduct>>, ReadError>;
/// A read under way, which everybody waits for who wants one of its products.
pub(super) type Flight = Shared<BoxFuture<'static, Batch>>;

/// The reads under way since products changed last.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<ProductName, Flight>>,
    /// Counts the changes: nobody joins a read that began before one.
    turn: AtomicU64,
}

impl Flights {
    /// How often something has changed.
    pub(super) fn turn(&self) -> u64 {
        self.turn.load(Ordering::Acquire)
    }

    /// What the reads found that bring these products: those under way, and one for all that nobody reads yet. `begin`
    /// is told their names and the turn in which it begins.
    pub(super) async fn bring(
        &self,
        wanted: &[ProductName],
        begin: impl FnOnce(Vec<ProductName>, u64) -> Flight,
    ) -> Result<HashMap<ProductName, PricedProduct>, ReadError> {
        let mut brought = HashMap::new();
        for batch in join_all(self.of(wanted, begin)).await {
            let batch = batch?;
            brought.extend(wanted.iter().filter_map(|name| Some((name.clone(), batch.get(name)?.clone()))));
        }
        Ok(brought)
    }

    fn of(&self, wanted: &[ProductName], begin: impl FnOnce(Vec<ProductName>, u64) -> Flight) -> Vec<Flight> {
        let mut under_way = self.under_way.lock();
        let mut flights: Vec<Flight> =
            wanted.iter().filter_map(|name| under_way.get(name).cloned()).collect();
        let fresh: Vec<ProductName> =
            wanted.iter().filter(|name| !under_way.contains_key(name)).cloned().collect();
        if !fresh.is_empty() {
            let flight = begin(fresh.clone(), self.turn());
            under_way.extend(fresh.into_iter().map(|name| (name, flight.clone())));
            flights.push(flight);
        }
        flights
    }

    /// A read has come back. `keep` hears whether nothing has changed since it began; nothing does while it runs.
    pub(super) fn land(&self, names: &[ProductName], turn: u64, keep: impl FnOnce(bool)) {
        let mut under_way = self.under_way.lock();
        let is_current = self.turn() == turn;
        if is_current {
            for name in names {
                under_way.remove(name);
            }
        }
        keep(is_current);
    }

    /// Something has changed: what is under way may bring what was before, so nobody joins it any more. No read lands
    /// while `forget` runs.
    pub(super) fn change(&self, forget: impl FnOnce()) {
        let mut under_way = self.under_way.lock();
        self.turn.fetch_add(1, Ordering::AcqRel);
        under_way.clear();
        forget();
    }
}

/// A read in a task of its own, which lands also when everybody who waited has gone.
pub(super) fn fly(
    read: impl Future<Output = Batch> + Send + 'static,
    land: impl FnOnce(&Batch) + Send + 'static,
) -> Flight {
    let broke_off = |reason: String| Err(ReadError::Unavailable(reason));
    let flight = tokio::spawn(async move {
        let read = AssertUnwindSafe(read).catch_unwind().await;
        let batch = read.unwrap_or_else(|_| broke_off("a read broke off".to_owned()));
        land(&batch);
        batch
    });
    flight.map(move |batch| batch.unwrap_or_else(|error| broke_off(error.to_string()))).boxed().shared()
}
