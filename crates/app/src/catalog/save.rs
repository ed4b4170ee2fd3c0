//! The one commit of a change of a product: its event and view, the price records that changed, the names taken
//! and given up, and the shelves that were counted.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use sutler_domain::catalog::{PriceEvent, Product, ProductEvent, ProductStatus, price_changes};
use sutler_domain::{Fault, ProductId, Version};

use super::draft::Composed;
use super::{Catalog, ProductView, Saved};
use crate::caller::{Answered, Caller};
use crate::categories::CategoryName;
use crate::commit::{
    Answer, Change, Claim, ClaimChange, ClaimKind, Commit, Expect, IdempotencyKey, Refused, View, ViewChange,
};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::ports::reads::ProductName;
use crate::retry::{Failure, must_match, or_as_before, retry_moved};
use crate::stream::StreamId;

/// Which product a change is about.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A new one, under a fresh id.
    Fresh,
    /// The one with this id, if it exists.
    Under(ProductId),
    /// The one with this handle, or a new one under a fresh id.
    Handle(String),
    /// The one of this name, which must exist.
    Named(ProductName),
}

/// What is decided about a product.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// It shall be so; the answer is about this part, if any.
    Put(Box<Composed>, Option<String>),
    /// It is removed.
    Delete,
}

impl Catalog {
    /// Read, decide, commit; again when the product or a shelf moved meanwhile. A decision that changes nothing
    /// writes nothing.
    pub(crate) async fn change(
        &self,
        caller: &Caller,
        target: &Target,
        (use_case, input): (&str, &impl Serialize),
        decide: impl Fn(&ProductId, Option<&Product>) -> Result<Decision, Problem>,
    ) -> Result<Answered<Saved>, Problem> {
        let key = caller.key_for(use_case, input);
        let done =
            retry_moved(caller, async |_| self.attempt(caller, key.as_ref(), target, &decide).await).await;
        or_as_before(&self.room, key, done, async |answer| self.as_of(answer).await).await
    }

    async fn attempt(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        target: &Target,
        decide: &impl Fn(&ProductId, Option<&Product>) -> Result<Decision, Problem>,
    ) -> Result<Answered<Saved>, Failure> {
        let save = self.read(target).await?;
        must_match(caller, save.version)?;
        let decision = decide(&save.product_id, save.before.as_ref())?;
        let value = match decision {
            Decision::Put(composed, part) => {
                return self.put_composed(caller, key, &save, *composed, part).await;
            }
            Decision::Delete => {
                let product = save.before.clone();
                let product = product.ok_or_else(|| Problem::not_found("product", &save.product_id))?;
                self.room.ports.store.commit(save.commit(caller, None)).await?;
                let view = ProductView { product: Arc::new(product), version: save.version };
                Saved { view, created: false, changed: true, part: None }
            }
        };
        Ok(Answered { value, replayed: false })
    }

    async fn put_composed(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        save: &Save,
        mut composed: Composed,
        part: Option<String>,
    ) -> Result<Answered<Saved>, Failure> {
        let counted = self.inventory().counted(&composed.counts).await?;
        let entered = self.entered(save.before.as_ref(), &composed.product).await?;
        let commit_of = |product: &Product| {
            let commit = counted.add_to(save.commit(caller, Some(product))).enters(entered.clone());
            // A key whose request changes nothing is told how things stand, so they must still stand like that.
            let seen = commit.changes.is_empty().then(|| (save.stream(), save.version));
            commit.requires(seen).key(key.cloned()).answers(save.stream(), part.clone(), false)
        };
        let first = commit_of(&composed.product);
        if first.changes.is_empty() && key.is_none() {
            let value = Saved { view: save.standing(composed.product), created: false, changed: false, part };
            return Ok(Answered { value, replayed: false });
        }
        let done = match self.room.ports.store.commit(first).await {
            Err(Refused::Taken { claim, .. })
                if composed.made_handle && claim.kind == ClaimKind::ProductHandle =>
            {
                let id = save.product_id.as_str().to_ascii_lowercase();
                composed.product.handle = format!("{}-{id}", claim.value);
                self.room.ports.store.commit(commit_of(&composed.product)).await
            }
            done => done,
        };
        let receipt = match done {
            Err(Refused::StockMoved { .. }) => return Err(Failure::Again),
            done => done?,
        };
        if let Some(answer) = receipt.replayed {
            return Ok(Answered { value: self.as_of(answer).await?, replayed: true });
        }
        let created = made(save.before.as_ref(), part.as_deref());
        let changed = !receipt.versions.is_empty();
        let view = match receipt.version_of(&save.stream()) {
            Some(version) => ProductView { product: Arc::new(composed.product), version },
            None => save.standing(composed.product),
        };
        Ok(Answered { value: Saved { view, created, changed, part }, replayed: false })
    }

    /// What a change would leave, judged as far as it can be without making it.
    pub(crate) async fn preview(
        &self,
        caller: &Caller,
        target: &Target,
        decide: impl Fn(&ProductId, Option<&Product>) -> Result<Decision, Problem>,
    ) -> Result<Saved, Problem> {
        let save = self.read(target).await?;
        let Decision::Put(composed, part) = decide(&save.product_id, save.before.as_ref())? else {
            return Err(Problem::internal(&"only what is put can be previewed"));
        };
        let commit = save.commit(caller, Some(&composed.product));
        for change in &commit.claims {
            let ClaimChange::Take(claim, holder) = change else { continue };
            if let Some(other) = self.room.ports.contacts.holder(claim).await?.filter(|other| other != holder)
            {
                return Err(Refused::Taken { claim: claim.clone(), holder: other }.into());
            }
        }
        self.entered(save.before.as_ref(), &composed.product).await?;
        let counted = self.inventory().counted(&composed.counts).await?;
        let changed = !counted.add_to(commit).changes.is_empty();
        let created = made(save.before.as_ref(), part.as_deref());
        let view = ProductView { product: Arc::new(composed.product), version: save.version };
        Ok(Saved { view, created, changed, part })
    }

    /// The category that a product comes into, which must stay until it is there.
    pub(crate) async fn entered(
        &self,
        before: Option<&Product>,
        after: &Product,
    ) -> Result<Option<(StreamId, Version)>, Problem> {
        let was = before.and_then(|before| before.category_id.as_ref());
        let Some(id) = after.category_id.as_ref().filter(|id| was != Some(*id)) else { return Ok(None) };
        let found = self.room.ports.categories.category(&CategoryName::Id(id.clone())).await?;
        let found = found.ok_or_else(|| {
            Problem::invalid(vec![Fault::invalid("/category_id", format!("there is no category '{id}'"))])
        })?;
        Ok(Some((StreamId::from(id), found.version)))
    }

    /// The product as it is, on its way to the door.
    pub(crate) async fn read(&self, target: &Target) -> Result<Save, Problem> {
        let (product_id, before, version) = self.before(target).await?;
        Ok(Save { product_id, before, version, now: self.room.now() })
    }

    /// The product before the change. One that was removed leaves its version behind, so that a product may take
    /// its id again.
    async fn before(&self, target: &Target) -> Result<(ProductId, Option<Product>, Version), Problem> {
        let name = match target {
            Target::Fresh => return Ok((ProductId::new(self.room.ports.ids.uuid()), None, Version(0))),
            Target::Under(id) => ProductName::Id(id.clone()),
            Target::Handle(handle) => ProductName::Handle(handle.clone()),
            Target::Named(name) => name.clone(),
        };
        let found =
            self.room.ports.prices.products_stored(std::slice::from_ref(&name)).await?.into_iter().next();
        match (found, target) {
            (Some((_, found)), _) => Ok((
                found.product.product_id.clone(),
                Some(Arc::unwrap_or_clone(found.product)),
                found.version,
            )),
            (None, Target::Under(id)) => {
                let past = self.room.ports.feed.stream(&StreamId::from(id), None).await?;
                Ok((id.clone(), None, past.last().map_or(Version(0), |event| event.version)))
            }
            (None, Target::Named(_)) => Err(super::read::unknown(&name)),
            (None, _) => Ok((ProductId::new(self.room.ports.ids.uuid()), None, Version(0))),
        }
    }

    /// The product as of the version that a key was answered with.
    async fn as_of(&self, answer: Answer) -> Result<Saved, Problem> {
        let events = self.room.ports.feed.stream(&answer.stream, Some(answer.version)).await?;
        let last =
            events.last().ok_or_else(|| Problem::internal(&format!("{} has no events", answer.stream)))?;
        let event: ProductEvent = last.read()?;
        let earlier = events.iter().rev().nth(1).map(crate::Recorded::read::<ProductEvent>).transpose()?;
        let earlier = earlier.filter(|e| !matches!(e, ProductEvent::ProductDeleted(_)));
        let created = made(earlier.as_ref().map(ProductEvent::product), answer.part.as_deref());
        let view = ProductView { product: Arc::new(event.product().clone()), version: answer.version };
        Ok(Saved { view, created, changed: true, part: answer.part })
    }
}

/// A product as it was read, on its way to the door.
#[derive(Clone, Debug)]
pub(crate) struct Save {
    /// Its id.
    pub(crate) product_id: ProductId,
    /// How it was read; `None`: there is none.
    pub(crate) before: Option<Product>,
    /// At which version.
    pub(crate) version: Version,
    now: Timestamp,
}

impl Save {
    pub(crate) fn stream(&self) -> StreamId {
        StreamId::from(&self.product_id)
    }

    /// A product that did not change keeps its times.
    fn standing(&self, after: Product) -> ProductView {
        ProductView { product: Arc::new(self.before.clone().unwrap_or(after)), version: self.version }
    }

    /// Everything that the change means; without changes when the product stays as it is.
    pub(crate) fn commit(&self, caller: &Caller, after: Option<&Product>) -> Commit {
        let before = self.before.as_ref();
        let mut commit = Commit::by(caller);
        let event = match (before, after) {
            (Some(before), Some(after)) if same(before, after) => return commit,
            (None, Some(after)) => ProductEvent::ProductCreated(Box::new(after.clone())),
            (Some(before), Some(after)) if archives(before, after) => {
                ProductEvent::ProductArchived(Box::new(after.clone()))
            }
            (_, Some(after)) => ProductEvent::ProductUpdated(Box::new(after.clone())),
            (Some(before), None) => ProductEvent::ProductDeleted(Box::new(before.clone())),
            (None, None) => return commit,
        };
        let view =
            after.map_or(ViewChange::Delete, |after| ViewChange::Put(Box::new(View::Product(after.clone()))));
        let expect = if self.version == Version(0) { Expect::New } else { Expect::Exactly(self.version) };
        let events = vec![NewEvent::of(&event, self.now)];
        commit = commit.change(Change { stream: self.stream(), expect, events, view, numbered: false });
        for event in price_changes(before, after) {
            commit = commit.change(self.price(&event));
        }
        commit.claims = self.claims(after);
        commit
    }

    /// A price record only moves together with its product, whose version is expected, so any version of its own
    /// will do; a variant that was removed may come back.
    fn price(&self, event: &PriceEvent) -> Change {
        let record = event.record();
        let view = match event {
            PriceEvent::VariantDeleted(_) => ViewChange::Delete,
            _ => ViewChange::Put(Box::new(View::Price(record.clone()))),
        };
        let stream = StreamId::price(&record.variant_id);
        Change {
            stream,
            expect: Expect::Any,
            events: vec![NewEvent::of(event, self.now)],
            view,
            numbered: false,
        }
    }

    fn claims(&self, after: Option<&Product>) -> Vec<ClaimChange> {
        let (old, new) = (names(self.before.as_ref()), names(after));
        let give = old.difference(&new).map(|claim| ClaimChange::Give(claim.clone(), self.stream()));
        let take = new.difference(&old).map(|claim| ClaimChange::Take(claim.clone(), self.stream()));
        give.chain(take).collect()
    }
}

/// Whether a change made what it is about: the variant that is its part, or else the product.
fn made(before: Option<&Product>, part: Option<&str>) -> bool {
    match (before, part) {
        (None, _) => true,
        (Some(before), Some(part)) => !before.variants.iter().any(|v| v.variant_id.as_str() == part),
        (Some(_), None) => false,
    }
}

fn same(before: &Product, after: &Product) -> bool {
    Product { updated_at: before.updated_at, ..after.clone() } == *before
}

fn archives(before: &Product, after: &Product) -> bool {
    after.status == ProductStatus::Archived && before.status != ProductStatus::Archived
}

/// Every unique name of a product.
pub(crate) fn names(product: Option<&Product>) -> BTreeSet<Claim> {
    let Some(product) = product else { return BTreeSet::new() };
    let handle = Claim { kind: ClaimKind::ProductHandle, value: product.handle.clone() };
    let skus = product.variants.iter().filter(|v| !v.sku.is_empty());
    let skus = skus.map(|v| Claim { kind: ClaimKind::VariantSku, value: v.sku.clone() });
    let ids = product
        .variants
        .iter()
        .map(|v| Claim { kind: ClaimKind::VariantId, value: v.variant_id.to_string() });
    skus.chain(ids).chain([handle]).collect()
}
