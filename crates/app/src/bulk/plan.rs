//! Changes one after the other, each seeing what those before it would leave, and the one commit of them all.

use std::collections::BTreeMap;

use sutler_domain::catalog::{Product, ProductStatus};
use sutler_domain::{Fault, ProductId, VariantId, Version};

use super::{Ask, Done};
use crate::Room;
use crate::caller::Caller;
use crate::catalog::{Catalog, Decision, Save, Target, name_text, named, names, unknown};
use crate::commit::{Claim, ClaimChange, ClaimKind, Commit, Guard, Refused, Shortage, StockKey};
use crate::error::Problem;
use crate::inventory::{AdjustInput, Adjustment, Inventory, too_few};
use crate::ports::reads::ProductName;
use crate::stream::StreamId;

/// Changes that were not made yet.
pub struct Plan {
    room: Room,
    caller: Caller,
    catalog: Catalog,
    inventory: Inventory,
    products: Vec<Planned>,
    levels: Vec<(StockKey, Commit)>,
}

/// A product on its way through the lines that change it.
#[derive(Clone, Debug)]
struct Planned {
    save: Save,
    after: Option<Product>,
    counts: BTreeMap<VariantId, i64>,
    /// The category that it comes into.
    entered: Option<(StreamId, Version)>,
}

impl Plan {
    pub(super) fn new(room: Room, caller: Caller) -> Self {
        let (catalog, inventory) = (Catalog::new(room.clone()), Inventory::new(room.clone()));
        Self { room, caller, catalog, inventory, products: Vec::new(), levels: Vec::new() }
    }

    /// Take one more change into the plan, or say what the door would hold against it; then the plan stays as it was.
    pub async fn add(&mut self, ask: &Ask) -> Result<Done, Problem> {
        self.caller.may(ask.scope())?;
        if let Ask::Adjust(input) = ask {
            return self.shelf(input).await;
        }
        let mut planned = self.read(&self.target(ask).await?).await?;
        let existed = planned.after.is_some();
        let mut done = Done { product_id: Some(planned.save.product_id.clone()), ..Done::default() };
        match self.decide(ask, &planned.save.product_id, planned.after.as_ref())? {
            Decision::Delete => (planned.after, planned.entered) = (None, None),
            Decision::Put(composed, part) => {
                let mut product = composed.product;
                match self.taken(&planned.save, &product).await? {
                    Some((claim, _)) if composed.made_handle && claim.kind == ClaimKind::ProductHandle => {
                        let id = planned.save.product_id.as_str().to_ascii_lowercase();
                        product.handle = format!("{}-{id}", claim.value);
                    }
                    Some((claim, holder)) => return Err(Refused::Taken { claim, holder }.into()),
                    None => {}
                }
                self.must_be_counted_once(&composed.counts)?;
                let was = |id: &VariantId| planned.after.as_ref().is_some_and(|p| p.variant(id).is_some());
                done.variant_id = part.map(|part| VariantId::trusted(part.as_str().into()));
                done.created = !existed || done.variant_id.as_ref().is_some_and(|id| !was(id));
                planned.entered = self.catalog.entered(planned.save.before.as_ref(), &product).await?;
                planned.counts.extend(composed.counts);
                planned.after = Some(product);
                done.version = Some(planned.save.version).filter(|version| *version != Version(0));
            }
        }
        let same = |other: &Planned| other.save.product_id == planned.save.product_id;
        match self.products.iter().position(same).and_then(|at| self.products.get_mut(at)) {
            Some(place) => *place = planned,
            None => self.products.push(planned),
        }
        Ok(done)
    }

    /// Everything that is planned.
    pub(super) async fn commit(&self) -> Result<Commit, Problem> {
        let mut whole = Commit::by(&self.caller);
        for planned in &self.products {
            let stands = |id: &VariantId| planned.after.as_ref().is_some_and(|p| p.variant(id).is_some());
            let counts = planned.counts.iter().filter(|(id, _)| stands(id));
            let counts: Vec<_> = counts.map(|(id, count)| (id.clone(), *count)).collect();
            let counted = self.inventory.counted(&counts).await?;
            whole = whole.and(counted.add_to(planned.save.commit(&self.caller, planned.after.as_ref())));
            whole = whole.enters(planned.entered.clone());
        }
        for (_, part) in &self.levels {
            whole = whole.and(part.clone());
        }
        // A name that one product gives up may be another's.
        whole.claims.sort_by_key(|claim| matches!(claim, ClaimChange::Take(..)));
        Ok(whole)
    }

    async fn target(&self, ask: &Ask) -> Result<Target, Problem> {
        Ok(match ask {
            Ask::Put(id, _) => Target::Under(id.clone()),
            Ask::Patch(name, _)
            | Ask::Publish(name)
            | Ask::Archive(name)
            | Ask::Delete(name)
            | Ask::PatchVariant(name, _)
            | Ask::DeleteVariant(name) => Target::Named(name.clone()),
            Ask::PutVariant(sku, input) => {
                let target = Target::Named(ProductName::Sku(sku.clone()));
                if self.products.iter().any(|planned| planned.is(&target)) {
                    target
                } else {
                    self.catalog.place_of(sku, input).await?
                }
            }
            Ask::Create(_) | Ask::Adjust(_) => Target::Fresh,
        })
    }

    /// The product as the lines before would leave it.
    async fn read(&self, target: &Target) -> Result<Planned, Problem> {
        if let Some(planned) = self.products.iter().find(|planned| planned.is(target)) {
            return Ok(planned.clone());
        }
        let save = self.catalog.read(target).await?;
        match (self.products.iter().find(|planned| planned.save.product_id == save.product_id), target) {
            // A line before gave this name up.
            (Some(_), Target::Named(name)) => Err(unknown(name)),
            (Some(planned), _) => Ok(planned.clone()),
            (None, _) => {
                Ok(Planned { after: save.before.clone(), save, counts: BTreeMap::new(), entered: None })
            }
        }
    }

    fn decide(&self, ask: &Ask, id: &ProductId, before: Option<&Product>) -> Result<Decision, Problem> {
        let catalog = &self.catalog;
        match ask {
            Ask::Create(input) | Ask::Put(_, input) => catalog.whole(id, before, input),
            Ask::Patch(_, patch) => catalog.patched(id, before, patch),
            Ask::Publish(_) => catalog.moved_to(id, before, ProductStatus::Active),
            Ask::Archive(_) => catalog.moved_to(id, before, ProductStatus::Archived),
            Ask::Delete(name) => match before {
                Some(_) => Ok(Decision::Delete),
                None => Err(Problem::not_found("product", name_text(name))),
            },
            Ask::PutVariant(sku, input) => catalog.variant_put(id, before, &named(sku, input)),
            Ask::PatchVariant(name, patch) => catalog.variant_patched(id, before, name, patch),
            Ask::DeleteVariant(name) => catalog.without_variant(id, before, name),
            Ask::Adjust(_) => Err(Problem::internal(&"stock is no product")),
        }
    }

    /// The first name of a product that another holds, in the plan or outside of it, and who.
    async fn taken(&self, save: &Save, product: &Product) -> Result<Option<(Claim, StreamId)>, Problem> {
        let had = names(save.before.as_ref());
        for claim in names(Some(product)) {
            let mut others = self.products.iter().filter(|other| other.save.product_id != save.product_id);
            if let Some(other) = others.find(|other| names(other.after.as_ref()).contains(&claim)) {
                return Ok(Some((claim, other.save.stream())));
            }
            if had.contains(&claim) {
                continue;
            }
            let holder = self.room.ports.contacts.holder(&claim).await?;
            // Whom the plan makes give it up was asked above.
            let is_planned = |holder: &StreamId| self.products.iter().any(|p| p.save.stream() == *holder);
            if let Some(holder) = holder.filter(|one| *one != save.stream() && !is_planned(one)) {
                return Ok(Some((claim, holder)));
            }
        }
        Ok(None)
    }

    /// A shelf that is changed, judged as the door would.
    async fn shelf(&mut self, input: &AdjustInput) -> Result<Done, Problem> {
        let Adjustment { at, before, commit } = self.inventory.adjustment(&self.caller, input).await?;
        let counts = self.products.iter().any(|planned| planned.counts.contains_key(&at.variant_id));
        if counts || self.levels.iter().any(|(other, _)| *other == at) {
            return Err(twice(&at.variant_id));
        }
        for one in &commit.stock {
            if one.guard != Guard::Unguarded && one.guard != Guard::OnHand(before.on_hand) {
                return Err(Refused::StockMoved { at, on_hand: before.on_hand }.into());
            }
            if before.on_hand.saturating_add(one.on_hand) < 0 {
                let requested = one.on_hand.saturating_neg();
                return Err(too_few(input, &[Shortage { at, available: before.on_hand, requested }]));
            }
        }
        let (variant_id, location_id) = (Some(at.variant_id.clone()), Some(at.location_id.clone()));
        self.levels.push((at, commit));
        Ok(Done { variant_id, location_id, ..Done::default() })
    }

    fn must_be_counted_once(&self, counts: &[(VariantId, i64)]) -> Result<(), Problem> {
        let is_adjusted = |id: &VariantId| self.levels.iter().any(|(at, _)| at.variant_id == *id);
        match counts.iter().find(|(id, _)| is_adjusted(id)) {
            Some((id, _)) => Err(twice(id)),
            None => Ok(()),
        }
    }
}

impl Planned {
    /// Whether it is what a name is of, as it would be left.
    fn is(&self, target: &Target) -> bool {
        let after = self.after.as_ref();
        match target {
            Target::Fresh => false,
            Target::Under(id) | Target::Named(ProductName::Id(id)) => *id == self.save.product_id,
            Target::Handle(handle) | Target::Named(ProductName::Handle(handle)) => {
                after.is_some_and(|product| product.handle == *handle)
            }
            Target::Named(ProductName::Variant(id)) => {
                after.is_some_and(|product| product.variant(id).is_some())
            }
            Target::Named(ProductName::Sku(sku)) => {
                after.is_some_and(|product| product.variants.iter().any(|variant| variant.sku == *sku))
            }
        }
    }
}

/// A level is changed once in a file whose changes are made together.
fn twice(variant: &VariantId) -> Problem {
    let detail = format!("a line before changes the stock of '{variant}' already; say it in one line");
    Problem::invalid(vec![Fault::invalid("", detail)])
}
