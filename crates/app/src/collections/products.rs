//! The products of a collection: a page of them, and changes of those that are picked by hand.

use std::collections::{HashMap, HashSet};

use sutler_domain::catalog::{Collection, CollectionDraft, CollectionSort, Members, ProductStatus, placed};
use sutler_domain::{Fault, ProductId};

use super::save::by_hand;
use super::{CollectionName, CollectionView, Collections};
use crate::caller::{Answered, Caller};
use crate::catalog::{IDS_MAX, ProductView};
use crate::error::Problem;
use crate::page::{Cursor, From, Page, PageRequest};
use crate::ports::reads::ProductName;
use crate::ports::search::SearchSort;

impl Collections {
    /// A page of the products of a collection, in its order: the active ones, or those in these statuses. A product that was
    /// taken away is in none.
    ///
    /// Problems: `not_found`, and for a rule those of a search: `index_building`, `unavailable`.
    pub async fn products(
        &self,
        caller: &Caller,
        name: &CollectionName,
        status: &[ProductStatus],
        page: &PageRequest,
    ) -> Result<Page<ProductView>, Problem> {
        caller.may("catalog:read")?;
        let status = if status.is_empty() { &[ProductStatus::Active] } else { status };
        let collection = self.find(name).await?.value;
        match &collection.members {
            Members::ByRule { rule, sort } => self.search.of_rule(rule, status, order(*sort), page).await,
            Members::ByHand { product_ids } => self.picked(product_ids, status, page).await,
        }
    }

    /// Let these products be in a collection by hand, in this order, and no others.
    ///
    /// Problems: `not_found`, `validation_failed`, `product_unknown`, `version_mismatch`.
    pub async fn put_products(
        &self,
        caller: &Caller,
        name: &CollectionName,
        ids: &[ProductId],
    ) -> Result<Answered<CollectionView>, Problem> {
        let asked = (name.to_string(), ids);
        let decide = |before: &Collection| {
            by_hand(before)?;
            self.filled(before, ids.to_vec())
        };
        self.change(caller, name, ids, ("collections.put_products", &asked), decide).await
    }

    /// Put products into a collection by hand, at a place counted from 1 among the others, or at its end; those that are in it
    /// already move there.
    ///
    /// Problems: those of [`Collections::put_products`].
    pub async fn add_products(
        &self,
        caller: &Caller,
        name: &CollectionName,
        (ids, place): (&[ProductId], Option<usize>),
    ) -> Result<Answered<CollectionView>, Problem> {
        let asked = (name.to_string(), ids, place);
        let decide = |before: &Collection| {
            let known = by_hand(before)?;
            let unlike: HashSet<&ProductId> = ids.iter().collect();
            // What stands twice in the request is told by its own places.
            let is_twice = unlike.len() < ids.len();
            self.filled(before, if is_twice { ids.to_vec() } else { placed(known, ids, place) })
        };
        self.change(caller, name, ids, ("collections.add_products", &asked), decide).await
    }

    /// Take a product out of a collection by hand.
    ///
    /// Problems: `not_found`, also where it is not in it.
    pub async fn remove_product(
        &self,
        caller: &Caller,
        name: &CollectionName,
        id: &ProductId,
    ) -> Result<Answered<CollectionView>, Problem> {
        let asked = (name.to_string(), id);
        let decide = |before: &Collection| {
            let ids = by_hand(before)?;
            if !ids.contains(id) {
                let what = format!("product in the collection '{}' with the id", before.handle);
                return Err(Problem::not_found(&what, id));
            }
            self.filled(before, ids.iter().filter(|other| *other != id).cloned().collect())
        };
        self.change(caller, name, &[], ("collections.remove_product", &asked), decide).await
    }

    /// The collection with these products.
    fn filled(&self, before: &Collection, product_ids: Vec<ProductId>) -> Result<Collection, Problem> {
        let draft =
            CollectionDraft { members: Members::ByHand { product_ids }, ..CollectionDraft::standing(before) };
        let after = draft.compose(before.collection_id.clone(), Some(before), self.room.now());
        after.map_err(Problem::invalid)
    }

    /// Refuse ids that no product has, but for those that are in it already. No decision is made on what a cache says.
    pub(super) async fn must_exist(&self, named: &[ProductId], before: &Members) -> Result<(), Problem> {
        let known: HashSet<&ProductId> = match before {
            Members::ByHand { product_ids } => product_ids.iter().collect(),
            Members::ByRule { .. } => HashSet::new(),
        };
        let looked_up: Vec<ProductId> = named.iter().filter(|id| !known.contains(id)).cloned().collect();
        let mut found = HashSet::new();
        for chunk in looked_up.chunks(IDS_MAX) {
            let wanted: Vec<ProductName> = chunk.iter().cloned().map(ProductName::Id).collect();
            let read = self.room.ports.prices.products(&wanted).await?;
            found.extend(read.into_iter().map(|(_, priced)| priced.product.product_id.clone()));
        }
        let is_unknown = |id: &ProductId| !known.contains(id) && !found.contains(id);
        let unknown = named.iter().enumerate().filter(|(_, id)| is_unknown(id)).map(|(index, id)| {
            let detail = format!("there is no product '{id}'");
            Fault::new(format!("/product_ids/{index}"), "product_unknown", detail)
        });
        let unknown: Vec<Fault> = unknown.collect();
        if unknown.is_empty() { Ok(()) } else { Err(Problem::invalid(unknown)) }
    }

    async fn views(&self, ids: &[ProductId]) -> Result<HashMap<ProductId, ProductView>, Problem> {
        let names: Vec<ProductName> = ids.iter().cloned().map(ProductName::Id).collect();
        let found = self.room.ports.catalog.products(&names).await?;
        let views = found.into_iter().map(|(_, priced)| ProductView::from(priced));
        Ok(views.map(|view| (view.product.product_id.clone(), view)).collect())
    }

    /// A page of a list of ids. A cursor names the row and its place, so that it holds where rows move.
    async fn picked(
        &self,
        ids: &[ProductId],
        status: &[ProductStatus],
        page: &PageRequest,
    ) -> Result<Page<ProductView>, Problem> {
        let (range, is_backwards) = beyond(ids, &page.from)?;
        let mut wanted: Vec<(usize, &ProductId)> = ids.iter().enumerate().collect();
        wanted = wanted.get(range).unwrap_or_default().to_vec();
        if is_backwards {
            wanted.reverse();
        }
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let (mut rows, mut total) = (Vec::new(), None);
        for chunk in wanted.chunks(IDS_MAX) {
            let of_chunk: Vec<ProductId> = chunk.iter().map(|(_, id)| (*id).clone()).collect();
            let mut views = self.views(&of_chunk).await?;
            let shown = chunk.iter().filter_map(|(place, id)| Some((*place, views.remove(*id)?)));
            rows.extend(shown.filter(|(_, view)| status.contains(&view.product.status)));
            if rows.len() > limit {
                break;
            }
        }
        if page.count {
            total = Some(self.count(ids, status).await?);
        }
        rows.truncate(limit.saturating_add(1));
        let cursor = |(place, view): &(usize, ProductView)| Cursor {
            key: place.to_string(),
            id: view.product.product_id.to_string(),
        };
        Ok(Page::build(rows, page, total, cursor).map(|(_, view)| view))
    }

    async fn count(&self, ids: &[ProductId], status: &[ProductStatus]) -> Result<u64, Problem> {
        let mut total = 0usize;
        for chunk in ids.chunks(IDS_MAX) {
            let views = self.views(chunk).await?;
            let shown = views.values().filter(|view| status.contains(&view.product.status));
            total = total.saturating_add(shown.count());
        }
        Ok(u64::try_from(total).unwrap_or(u64::MAX))
    }
}

/// The places of a list that lie beyond a cursor, and whether they are before it. A row that is no longer in the list is where
/// it was.
fn beyond(ids: &[ProductId], from: &From) -> Result<(std::ops::Range<usize>, bool), Problem> {
    let (cursor, is_backwards) = match from {
        From::Start => return Ok((0..ids.len(), false)),
        From::After(cursor) => (cursor, false),
        From::Before(cursor) => (cursor, true),
    };
    let here = ids.iter().position(|id| id.as_str() == cursor.id);
    let was = cursor.key.parse::<usize>().map_err(|_| Problem::from(crate::ports::ReadError::BadCursor))?;
    let end = ids.len();
    Ok(match (here, is_backwards) {
        (Some(here), false) => (here.saturating_add(1)..end, false),
        (None, false) => (was.min(end)..end, false),
        (here, true) => (0..here.unwrap_or(was).min(end), true),
    })
}

const fn order(sort: CollectionSort) -> (SearchSort, bool) {
    match sort {
        CollectionSort::Title => (SearchSort::Title, false),
        CollectionSort::TitleFalling => (SearchSort::Title, true),
        CollectionSort::Price => (SearchSort::Price, false),
        CollectionSort::PriceFalling => (SearchSort::Price, true),
        CollectionSort::CreatedAt => (SearchSort::CreatedAt, false),
        CollectionSort::CreatedAtFalling => (SearchSort::CreatedAt, true),
    }
}
