//! Changes of the catalog and of stock that come in a file: each by itself, or all in one commit.

mod ask;
mod plan;

pub use ask::{Ask, Done};
pub use plan::Plan;

use crate::Room;
use crate::caller::Caller;
use crate::catalog::Catalog;
use crate::commit::{IdempotencyKey, Receipt, Refused};
use crate::error::Problem;
use crate::inventory::Inventory;
use crate::orders::{NotTogether, is_of_the_moment};
use crate::retry::{Failure, answered_before, retry_moved};
use crate::stream::StreamId;

/// Changes of one file at most.
pub const CHANGES_MAX: usize = 1_000;

/// What a try found: changes that stand, or asks that failed.
type Tried = Result<Vec<Done>, Vec<(usize, Problem)>>;

/// Changes of the catalog and of stock, several at once.
#[derive(Clone)]
pub struct Bulk {
    room: Room,
    catalog: Catalog,
    inventory: Inventory,
}

impl Bulk {
    pub(crate) fn new(room: Room) -> Self {
        Self { catalog: Catalog::new(room.clone()), inventory: Inventory::new(room.clone()), room }
    }

    /// Do one of them, as if it were asked for alone.
    pub async fn one(&self, caller: &Caller, ask: &Ask) -> Result<Done, Problem> {
        let catalog = &self.catalog;
        let saved = match ask {
            Ask::Create(input) => catalog.create(caller, input).await?,
            Ask::Put(id, input) => catalog.put(caller, id, input).await?,
            Ask::Patch(name, patch) => catalog.patch(caller, name, patch).await?,
            Ask::Publish(name) => catalog.publish(caller, name).await?,
            Ask::Archive(name) => catalog.archive(caller, name).await?,
            Ask::Delete(name) => {
                let gone = catalog.delete(caller, name).await?;
                return Ok(Done { product_id: Some(gone.product.product_id.clone()), ..Done::default() });
            }
            Ask::PutVariant(sku, input) => {
                return Ok(Done::variant(&catalog.put_variant(caller, sku, input).await?));
            }
            Ask::PatchVariant(name, patch) => {
                return Ok(Done::variant(&catalog.patch_variant(caller, name, patch).await?));
            }
            Ask::DeleteVariant(name) => {
                catalog.delete_variant(caller, name).await?;
                return Ok(Done::default());
            }
            Ask::Adjust(input) => {
                return Ok(Done::level(&self.inventory.adjust(caller, input).await?));
            }
        };
        Ok(Done::product(&saved))
    }

    /// A plan: what changes would give, one after the other, without making them.
    pub fn plan(&self, caller: &Caller) -> Plan {
        Plan::new(self.room.clone(), caller.clone())
    }

    /// Make all of these changes in one commit, or none of them. Those of one product become one event of it. The
    /// caller's key is that of all; a repeat of it writes nothing and tells which things were named, not their versions.
    pub async fn together(&self, caller: &Caller, asks: &[Ask]) -> Result<Vec<Done>, NotTogether> {
        for ask in asks {
            caller.may(ask.scope())?;
        }
        let key = caller.key_for("bulk.together", &asks);
        let tried = retry_moved(caller, async |_| self.try_together(caller, key.as_ref(), asks).await).await;
        let failed = match tried {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(lines)) => NotTogether::Lines(lines),
            Err(problem) => NotTogether::All(problem),
        };
        // What fails now may have been done before, under the same key.
        let problem = match &failed {
            NotTogether::All(problem) => problem.clone(),
            NotTogether::Lines(lines) => match lines.first() {
                Some((_, problem)) => problem.clone(),
                None => return Err(failed),
            },
        };
        match answered_before(&self.room, key, problem).await {
            Ok(_) => Ok(asks.iter().map(Ask::replayed).collect()),
            Err(_) => Err(failed),
        }
    }

    async fn try_together(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        asks: &[Ask],
    ) -> Result<Tried, Failure> {
        let (mut plan, mut done, mut failed) =
            (self.plan(caller), Vec::with_capacity(asks.len()), Vec::new());
        for (index, ask) in asks.iter().enumerate() {
            match plan.add(ask).await {
                Ok(one) => done.push(one),
                Err(problem) if is_of_the_moment(&problem) => return Err(problem.into()),
                Err(problem) => failed.push((index, problem)),
            }
        }
        if !failed.is_empty() {
            return Ok(Err(failed));
        }
        let commit = plan.commit().await?;
        let Some(first) = commit.changes.first().map(|change| change.stream.clone()) else {
            // Everything is as it is asked for; the next time it will be, too.
            return Ok(Ok(done));
        };
        let commit = commit.key(key.cloned()).answers(first, None, false);
        match self.room.ports.store.commit(commit).await {
            Ok(Receipt { replayed: Some(_), .. }) => Ok(Ok(asks.iter().map(Ask::replayed).collect())),
            Ok(receipt) => {
                for one in &mut done {
                    one.version = one.stream().and_then(|stream| receipt.version_of(&stream)).or(one.version);
                }
                Ok(Ok(done))
            }
            // Somebody was there between the plan and the door: a new plan finds what is in its way.
            Err(Refused::StockMoved { .. } | Refused::Short(_) | Refused::Taken { .. }) => {
                Err(Failure::Again)
            }
            Err(refused) => Err(refused.into()),
        }
    }
}

impl Done {
    /// The stream whose version it tells.
    fn stream(&self) -> Option<StreamId> {
        match (&self.product_id, &self.variant_id, &self.location_id) {
            (Some(product), ..) => Some(StreamId::from(product)),
            (None, Some(variant), Some(location)) => Some(StreamId::stock(variant, location)),
            _ => None,
        }
    }
}
