//! Create, replace, change, publish, archive and delete products.

use sutler_domain::ProductId;
use sutler_domain::catalog::{Product, ProductStatus};

use super::input::{ProductInput, ProductPatch};
use super::{Catalog, Decision, Drafted, ProductView, Saved, Target};
use crate::caller::{Answered, Caller};
use crate::error::Problem;
use crate::ports::reads::ProductName;

impl Catalog {
    /// Create a product under a fresh id.
    ///
    /// Problems: `handle_exists` and `sku_exists` when another product has the name; a handle made of the title
    /// gives way by itself.
    pub async fn create(&self, caller: &Caller, input: &ProductInput) -> Result<Answered<Saved>, Problem> {
        caller.may("catalog:write")?;
        self.change(caller, &Target::Fresh, ("catalog.create", input), |id, _| self.whole(id, None, input))
            .await
    }

    /// Create a product under the caller's id, or replace it. A variant with the options of an earlier one keeps
    /// that one's id; stock that is not named stays as it is.
    pub async fn put(
        &self,
        caller: &Caller,
        product_id: &ProductId,
        input: &ProductInput,
    ) -> Result<Answered<Saved>, Problem> {
        caller.may("catalog:write")?;
        let target = Target::Under(product_id.clone());
        let asked = (product_id, input);
        self.change(caller, &target, ("catalog.put", &asked), |id, before| self.whole(id, before, input))
            .await
    }

    /// Change some members of a product.
    pub async fn patch(
        &self,
        caller: &Caller,
        name: &ProductName,
        patch: &ProductPatch,
    ) -> Result<Answered<Saved>, Problem> {
        caller.may("catalog:write")?;
        let asked = (super::read::name_text(name), patch);
        self.change(caller, &Target::Named(name.clone()), ("catalog.patch", &asked), |id, before| {
            self.patched(id, before, patch)
        })
        .await
    }

    /// Put a product up for sale.
    pub async fn publish(&self, caller: &Caller, name: &ProductName) -> Result<Answered<Saved>, Problem> {
        self.set_status(caller, name, "catalog.publish", ProductStatus::Active).await
    }

    /// Take a product out of sale; what was ordered stays ordered.
    pub async fn archive(&self, caller: &Caller, name: &ProductName) -> Result<Answered<Saved>, Problem> {
        self.set_status(caller, name, "catalog.archive", ProductStatus::Archived).await
    }

    /// Remove a product from the catalog. Orders keep what they show of it, and its names are free again.
    pub async fn delete(&self, caller: &Caller, name: &ProductName) -> Result<ProductView, Problem> {
        caller.may("catalog:write")?;
        let target = Target::Named(name.clone());
        let asked = super::read::name_text(name);
        let done =
            self.change(caller, &target, ("catalog.delete", &asked), |_, _| Ok(Decision::Delete)).await?;
        Ok(done.value.view)
    }

    async fn set_status(
        &self,
        caller: &Caller,
        name: &ProductName,
        use_case: &str,
        status: ProductStatus,
    ) -> Result<Answered<Saved>, Problem> {
        caller.may("catalog:write")?;
        let target = Target::Named(name.clone());
        self.change(caller, &target, (use_case, &super::read::name_text(name)), |id, before| {
            self.moved_to(id, before, status)
        })
        .await
    }

    /// The product with some members changed.
    pub(crate) fn patched(
        &self,
        id: &ProductId,
        before: Option<&Product>,
        patch: &ProductPatch,
    ) -> Result<Decision, Problem> {
        let before = standing(id, before)?;
        let drafted = Drafted::patched(patch, before, &self.room.settings);
        self.decided(drafted, id, Some(before), None)
    }

    /// The product in another status.
    pub(crate) fn moved_to(
        &self,
        id: &ProductId,
        before: Option<&Product>,
        status: ProductStatus,
    ) -> Result<Decision, Problem> {
        let before = standing(id, before)?;
        let mut drafted = Drafted::standing(before);
        drafted.product.status = status;
        self.decided(drafted, id, Some(before), None)
    }

    /// The product as it is asked for, whatever it was.
    pub(crate) fn whole(
        &self,
        id: &ProductId,
        before: Option<&Product>,
        input: &ProductInput,
    ) -> Result<Decision, Problem> {
        self.decided(Drafted::whole(input, before, &self.room.settings), id, before, None)
    }

    /// A draft, composed; the answer is about `part`, if any.
    pub(crate) fn decided(
        &self,
        drafted: Drafted,
        id: &ProductId,
        before: Option<&Product>,
        part: Option<String>,
    ) -> Result<Decision, Problem> {
        let composed = drafted.compose(id, before, self.room.ports.ids.as_ref(), self.room.now())?;
        Ok(Decision::Put(Box::new(composed), part))
    }
}

/// A named product has been found when a decision is asked for.
pub(crate) fn standing<'p>(id: &ProductId, before: Option<&'p Product>) -> Result<&'p Product, Problem> {
    before.ok_or_else(|| Problem::not_found("product", id))
}
