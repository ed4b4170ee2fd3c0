//! Read categories and the products in them.

use sutler_domain::catalog::{Category, CategoryEvent, ProductStatus, Tree};
use sutler_domain::{CategoryId, Version};

use super::{Categories, CategoryName};
use crate::caller::Caller;
use crate::catalog::ProductView;
use crate::commit::Answer;
use crate::error::Problem;
use crate::page::{Page, PageRequest};
use crate::ports::Stored;
use crate::ports::categories::CategoryQuery;
use crate::ports::search::SearchSort;

/// A category as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryView {
    /// The category.
    pub category: Category,
    /// Its version.
    pub version: Version,
    /// The way to it from the top, itself the last.
    pub path: Vec<CategoryId>,
}

impl Categories {
    /// A category.
    pub async fn get(&self, caller: &Caller, name: &CategoryName) -> Result<CategoryView, Problem> {
        caller.may("catalog:read")?;
        let stored = self.find(name).await?;
        let (_, tree) = self.room.ports.categories.category_tree().await?;
        Ok(view(stored, &tree))
    }

    /// A page of categories by position: right below one, at the top, or all of them.
    pub async fn list(
        &self,
        caller: &Caller,
        parent: Option<Option<CategoryName>>,
        page: PageRequest,
    ) -> Result<Page<CategoryView>, Problem> {
        caller.may("catalog:read")?;
        let parent_id = match parent {
            None => None,
            Some(None) => Some(None),
            Some(Some(name)) => Some(Some(self.find(&name).await?.value.category_id)),
        };
        let rows = self.room.ports.categories.categories(&CategoryQuery { parent_id, page }).await?;
        let (_, tree) = self.room.ports.categories.category_tree().await?;
        Ok(rows.map(|stored| view(stored, &tree)))
    }

    /// A page of the products of a category, with those of all that are below it or without: the active ones, or those in
    /// these statuses.
    ///
    /// Problems: `not_found`, and those of a search: `index_building`, `unavailable`.
    pub async fn products(
        &self,
        caller: &Caller,
        name: &CategoryName,
        (status, is_deep): (&[ProductStatus], bool),
        sort: (SearchSort, bool),
        page: &PageRequest,
    ) -> Result<Page<ProductView>, Problem> {
        caller.may("catalog:read")?;
        let id = self.find(name).await?.value.category_id;
        let categories = if is_deep {
            self.room.ports.categories.category_tree().await?.1.below(&id)
        } else {
            [id].into()
        };
        let status = if status.is_empty() { &[ProductStatus::Active] } else { status };
        self.search.of_categories(categories, status, sort, page).await
    }

    pub(super) async fn find(&self, name: &CategoryName) -> Result<Stored<Category>, Problem> {
        let found = self.room.ports.categories.category(name).await?;
        found.ok_or_else(|| Problem::not_found("category", name))
    }

    /// The category as of the version that a key was answered with, in the tree as it is now.
    pub(super) async fn as_of(&self, answer: &Answer) -> Result<CategoryView, Problem> {
        let events = self.room.ports.feed.stream(&answer.stream, Some(answer.version)).await?;
        let last =
            events.last().ok_or_else(|| Problem::internal(&format!("{} has no events", answer.stream)))?;
        let value = last.read::<CategoryEvent>()?.category().clone();
        let (_, tree) = self.room.ports.categories.category_tree().await?;
        Ok(view(Stored { value, version: answer.version, number: 0 }, &tree))
    }
}

/// The path is the parent's and the category itself, which may not yet be in the tree.
pub(super) fn view(stored: Stored<Category>, tree: &Tree) -> CategoryView {
    let mut path = stored.value.parent_id.as_ref().map(|parent| tree.path(parent)).unwrap_or_default();
    path.push(stored.value.category_id.clone());
    CategoryView { category: stored.value, version: stored.version, path }
}
