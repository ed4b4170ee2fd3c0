//! `?expand=`: related things in full instead of their ids, each kind fetched at most once for a whole page.

use std::collections::{BTreeMap, BTreeSet};

use sutler_app::catalog::ProductView;
use sutler_app::customers::Note;
use sutler_app::orders::OrderView;
use sutler_app::ports::reads::ProductName;
use sutler_app::{Caller, Problem};
use sutler_domain::{NoteId, VariantId};
use sutler_types::catalog::Variant;

use crate::rest::catalog::variant_body;
use crate::rest::{Api, Params};

/// What can be shown in full.
const EXPANDABLE: [&str; 7] =
    ["customer", "items.variant", "payments", "refunds", "fulfillments", "returns", "notes"];

/// What is to be shown in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expand(Vec<String>);

/// What is shown in full, fetched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joined {
    asked: Expand,
    pub(super) notes: BTreeMap<NoteId, Note>,
    pub(super) variants: BTreeMap<VariantId, Variant>,
}

impl Expand {
    /// Read the parameter.
    pub(crate) fn of(params: &mut Params) -> Self {
        Self(params.expand(&EXPANDABLE))
    }

    /// Whether nothing is.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, path: &str) -> bool {
        self.0.iter().any(|asked| asked == path)
    }

    /// Fetch what these orders need.
    pub(crate) async fn join(
        &self,
        api: &Api,
        caller: &Caller,
        views: &[OrderView],
    ) -> Result<Joined, Problem> {
        let notes = if self.has("notes") { notes(api, views).await? } else { BTreeMap::new() };
        let variants = if self.has("items.variant") {
            caller.may("catalog:read")?;
            variants(api, caller, views).await?
        } else {
            BTreeMap::new()
        };
        Ok(Joined { asked: self.clone(), notes, variants })
    }
}

impl Joined {
    /// The parts that an order holds itself, shown in full; nothing is fetched for them.
    pub(crate) fn own_parts() -> Self {
        let own = ["customer", "payments", "refunds", "fulfillments", "returns"];
        Self { asked: Expand(own.map(str::to_owned).into()), ..Self::default() }
    }

    /// Whether this kind of parts is to be shown in full.
    pub(super) fn has(&self, path: &str) -> bool {
        self.asked.has(path)
    }
}

async fn notes(api: &Api, views: &[OrderView]) -> Result<BTreeMap<NoteId, Note>, Problem> {
    let ids: Vec<NoteId> = views.iter().flat_map(|v| &v.order.notes).map(|n| n.note_id.clone()).collect();
    Ok(if ids.is_empty() { BTreeMap::new() } else { api.app.ports.contacts.notes(&ids).await? })
}

/// The variants of all items as they are now, in one read.
async fn variants(
    api: &Api,
    caller: &Caller,
    views: &[OrderView],
) -> Result<BTreeMap<VariantId, Variant>, Problem> {
    let ids: BTreeSet<&VariantId> =
        views.iter().flat_map(|v| &v.order.items).map(|i| &i.variant_id).collect();
    let names: Vec<ProductName> = ids.into_iter().cloned().map(ProductName::Variant).collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = api.app.ports.catalog.products(&names).await?;
    let shown = found.into_iter().filter_map(|(name, product)| {
        let ProductName::Variant(id) = name else { return None };
        let variant = ProductView::from(product).variant(&id)?;
        Some((id, variant_body(&variant, caller)))
    });
    Ok(shown.collect())
}
