//! Variants of a product: add, change, remove, and create or replace by SKU.

use sutler_domain::catalog::{Product, Variant};
use sutler_domain::{Fault, ProductId};

use super::change::standing;
use super::input::{SkuInput, VariantInput, VariantPatch};
use super::read::{name_text, unknown};
use super::{Catalog, Decision, Drafted, Saved, Target, VariantView};
use crate::caller::{Answered, Caller};
use crate::error::{Kind, Problem};
use crate::ports::reads::ProductName;

/// What a change of a variant left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedVariant {
    /// The variant.
    pub view: VariantView,
    /// Whether it was made by this change.
    pub created: bool,
}

impl Catalog {
    /// Add a variant to a product.
    pub async fn add_variant(
        &self,
        caller: &Caller,
        product: &ProductName,
        input: &VariantInput,
    ) -> Result<Answered<SavedVariant>, Problem> {
        caller.may("catalog:write")?;
        let asked = (name_text(product), input);
        let target = Target::Named(product.clone());
        let done = self.change(caller, &target, ("catalog.add_variant", &asked), |id, before| {
            let before = standing(id, before)?;
            if let Some(taken) = input.variant_id.as_ref().filter(|id| before.variant(id).is_some()) {
                let detail = format!(
                    "the product has a variant '{taken}' already; PATCH /variants/{taken} changes it"
                );
                return Err(
                    Problem::new(Kind::Conflict, "variant_exists", detail).fact("holder", id.as_str())
                );
            }
            self.with_variant(id, before, input)
        });
        saved_variant(done.await?)
    }

    /// Change some members of a variant.
    pub async fn patch_variant(
        &self,
        caller: &Caller,
        name: &ProductName,
        patch: &VariantPatch,
    ) -> Result<Answered<SavedVariant>, Problem> {
        caller.may("catalog:write")?;
        let asked = (name_text(name), patch);
        let target = Target::Named(name.clone());
        let done = self.change(caller, &target, ("catalog.patch_variant", &asked), |id, before| {
            self.variant_patched(id, before, name, patch)
        });
        saved_variant(done.await?)
    }

    /// The product with some members of one variant changed.
    pub(crate) fn variant_patched(
        &self,
        id: &ProductId,
        before: Option<&Product>,
        name: &ProductName,
        patch: &VariantPatch,
    ) -> Result<Decision, Problem> {
        let before = standing(id, before)?;
        let variant_id = &pick(name, before)?.variant_id;
        let mut drafted = Drafted::standing(before);
        drafted.patch_variant(variant_id, patch);
        self.decided(drafted, id, Some(before), Some(variant_id.to_string()))
    }

    /// Create or replace the variant with this SKU.
    pub async fn put_variant(
        &self,
        caller: &Caller,
        sku: &str,
        input: &SkuInput,
    ) -> Result<Answered<SavedVariant>, Problem> {
        caller.may("catalog:write")?;
        let input = &named(sku, input);
        let target = self.place_of(sku, input).await?;
        let done = self.change(caller, &target, ("catalog.put_variant", &input), |id, before| {
            self.variant_put(id, before, input)
        });
        saved_variant(done.await?)
    }

    /// The product that a variant with this SKU stands in, or shall.
    pub(crate) async fn place_of(&self, sku: &str, input: &SkuInput) -> Result<Target, Problem> {
        let by_sku = ProductName::Sku(sku.to_owned());
        let known =
            self.room.ports.prices.products_stored(std::slice::from_ref(&by_sku)).await?.into_iter().next();
        match (&known, &input.product_id) {
            (Some((_, found)), Some(wanted)) if &found.product.product_id != wanted => {
                let holder = &found.product.product_id;
                let detail = format!("the SKU '{sku}' belongs to product '{holder}', not to '{wanted}'");
                Err(Problem::new(Kind::Conflict, "sku_exists", detail).fact("holder", holder.as_str()))
            }
            (Some(_), _) => Ok(Target::Named(by_sku)),
            (None, Some(product)) => Ok(Target::Named(ProductName::Id(product.clone()))),
            (None, None) => {
                let detail = format!("no variant has the SKU '{sku}' yet; name the product_id of a new one");
                Err(Problem::invalid(vec![Fault::invalid("/product_id", detail)]))
            }
        }
    }

    /// The product with the variant of this SKU replaced or added.
    pub(crate) fn variant_put(
        &self,
        id: &ProductId,
        before: Option<&Product>,
        input: &SkuInput,
    ) -> Result<Decision, Problem> {
        let before = standing(id, before)?;
        let known = before.variants.iter().find(|v| v.sku == input.variant.sku);
        let variant_id = known.map(|v| v.variant_id.clone()).or_else(|| input.variant.variant_id.clone());
        let variant = VariantInput { variant_id, ..input.variant.clone() };
        self.with_variant(id, before, &variant)
    }

    /// Remove a variant. The last one goes with its product only.
    pub async fn delete_variant(&self, caller: &Caller, name: &ProductName) -> Result<(), Problem> {
        caller.may("catalog:write")?;
        let asked = name_text(name);
        let target = Target::Named(name.clone());
        let done = self.change(caller, &target, ("catalog.delete_variant", &asked), |id, before| {
            self.without_variant(id, before, name)
        });
        done.await.map(|_| ())
    }

    /// The product without one of its variants.
    pub(crate) fn without_variant(
        &self,
        id: &ProductId,
        before: Option<&Product>,
        name: &ProductName,
    ) -> Result<Decision, Problem> {
        let before = standing(id, before)?;
        let variant_id = &pick(name, before)?.variant_id;
        if before.variants.len() == 1 {
            let detail =
                format!("'{variant_id}' is the only variant of '{id}'; DELETE /products/{id} removes both");
            return Err(Problem::new(Kind::Conflict, "last_variant", detail));
        }
        let mut drafted = Drafted::standing(before);
        drafted.drop_variant(variant_id);
        self.decided(drafted, id, Some(before), None)
    }

    /// The product with a variant replaced or added; the answer is about that variant.
    fn with_variant(
        &self,
        id: &ProductId,
        before: &Product,
        input: &VariantInput,
    ) -> Result<Decision, Problem> {
        let mut drafted = Drafted::standing(before);
        drafted.put_variant(input, before, &self.room.settings);
        let place = drafted.focus;
        match self.decided(drafted, id, Some(before), None)? {
            Decision::Put(composed, _) => {
                let variant = place.and_then(|index| composed.product.variants.get(index));
                let part = variant.map(|v| v.variant_id.to_string());
                Ok(Decision::Put(composed, part))
            }
            Decision::Delete => Ok(Decision::Delete),
        }
    }
}

/// What is asked of the variant with this SKU.
pub(crate) fn named(sku: &str, input: &SkuInput) -> SkuInput {
    SkuInput { variant: VariantInput { sku: sku.to_owned(), ..input.variant.clone() }, ..input.clone() }
}

/// The variant that a name is of.
pub(crate) fn pick<'p>(name: &ProductName, product: &'p Product) -> Result<&'p Variant, Problem> {
    let found = match name {
        ProductName::Variant(id) => product.variant(id),
        ProductName::Sku(sku) => product.variants.iter().find(|v| &v.sku == sku),
        ProductName::Id(_) | ProductName::Handle(_) => None,
    };
    found.ok_or_else(|| unknown(name))
}

fn saved_variant(done: Answered<Saved>) -> Result<Answered<SavedVariant>, Problem> {
    let part = done.value.part.clone().unwrap_or_default();
    let found = done.value.view.variants().find(|v| v.variant.variant_id.as_str() == part);
    let view = found.ok_or_else(|| Problem::internal(&format!("the answered variant '{part}' is gone")))?;
    Ok(done.map(|saved| SavedVariant { view, created: saved.created }))
}
