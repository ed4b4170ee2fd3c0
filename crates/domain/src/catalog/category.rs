//! Categories: a tree of which a product stands in one place at most.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::product::handle_for;
use crate::fault::Faults;
use crate::text::{self, BODY_MAX, LINE_MAX};
use crate::{CategoryId, Fault, Metadata};

/// Categories of a shop.
pub const CATEGORIES_MAX: usize = 5_000;
/// Levels of the tree; a category without a parent is on the first.
pub const CATEGORY_LEVELS_MAX: usize = 10;

/// A place in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub category_id: CategoryId,
    /// The one it is below; `None`: it is at the top.
    #[serde(default)]
    pub parent_id: Option<CategoryId>,
    /// Its name in addresses; unique among categories.
    pub handle: String,
    /// Its name.
    pub title: String,
    /// Its description, sanitized HTML.
    #[serde(default)]
    pub description_html: String,
    /// Where it stands among those beside it, the smallest first; ties by id.
    pub position: u32,
    /// The caller's own pairs.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What happened to a category; each carries the whole of it after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CategoryEvent {
    /// It was made.
    CategoryCreated(Box<Category>),
    /// It was changed, or moved with all that is below it.
    CategoryUpdated(Box<Category>),
    /// It was taken away; this is how it was last.
    CategoryDeleted(Box<Category>),
}

impl CategoryEvent {
    /// The category after the change.
    pub fn category(&self) -> &Category {
        match self {
            Self::CategoryCreated(one) | Self::CategoryUpdated(one) | Self::CategoryDeleted(one) => one,
        }
    }

    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CategoryCreated(_) => "CategoryCreated",
            Self::CategoryUpdated(_) => "CategoryUpdated",
            Self::CategoryDeleted(_) => "CategoryDeleted",
        }
    }
}

/// A category as a caller wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryDraft {
    /// The one it is below.
    pub parent_id: Option<CategoryId>,
    /// Its name in addresses; made from the title when `None`.
    pub handle: Option<String>,
    /// Its name.
    pub title: String,
    /// Its description, sanitized HTML.
    pub description_html: String,
    /// Where it stands among those beside it.
    pub position: u32,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

impl CategoryDraft {
    /// Make a category of it, at its place in the tree, or all that is wrong with it. `before` is the category it changes.
    pub fn compose(
        self,
        category_id: CategoryId,
        before: Option<&Category>,
        tree: &Tree,
        now: Timestamp,
    ) -> Result<Category, Vec<Fault>> {
        let mut faults = Faults::default();
        faults.require(!self.title.trim().is_empty(), "/title", || "a category needs a title".into());
        faults.check("/title", text::line(&self.title, LINE_MAX));
        faults.check("/description_html", text::body(&self.description_html, BODY_MAX));
        faults.metadata("/metadata", &self.metadata);
        let named = (self.title.as_str(), category_id.as_str());
        let handle = handle_for(self.handle.as_ref(), before.map(|b| &b.handle), named, &mut faults);
        let is_there = before.is_some_and(|before| before.parent_id == self.parent_id);
        if !is_there {
            faults.check("/parent_id", tree.place(&category_id, self.parent_id.as_ref()));
        }
        faults.require(before.is_some() || tree.0.len() < CATEGORIES_MAX, "", || {
            format!("there are {CATEGORIES_MAX} categories; a shop has no more. Take one away, or use tags")
        });
        faults.or(Category {
            category_id,
            parent_id: self.parent_id,
            handle,
            title: self.title,
            description_html: self.description_html,
            position: self.position,
            metadata: self.metadata,
            created_at: before.map_or(now, |before| before.created_at),
            updated_at: now,
        })
    }
}

impl Category {
    /// The draft that changes nothing.
    pub fn draft(&self) -> CategoryDraft {
        let one = self.clone();
        CategoryDraft {
            parent_id: one.parent_id,
            handle: Some(one.handle),
            title: one.title,
            description_html: one.description_html,
            position: one.position,
            metadata: one.metadata,
        }
    }

    /// Whether another one is the same but for the time of its last change.
    pub fn is_like(&self, other: &Self) -> bool {
        Self { updated_at: self.updated_at, ..other.clone() } == *self
    }
}

/// Why a category cannot stand somewhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// There is no such parent.
    #[error("there is no category '{parent}' to be below")]
    Unknown {
        /// The parent.
        parent: CategoryId,
    },
    /// It would be above itself.
    #[error("'{parent}' is the category itself or below it; nothing is below itself")]
    Circle {
        /// The parent.
        parent: CategoryId,
    },
    /// Something would lie too deep.
    #[error("the tree would have {levels} levels; at most {max} are allowed", max = CATEGORY_LEVELS_MAX)]
    Deep {
        /// How many levels there would be.
        levels: usize,
    },
}

/// Who is below whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<CategoryId, Option<CategoryId>>);

impl Tree {
    /// The tree of these categories and their parents.
    pub fn of(rows: impl IntoIterator<Item = (CategoryId, Option<CategoryId>)>) -> Self {
        Self(rows.into_iter().collect())
    }

    /// The way from the top to a category, itself the last; nothing for one that is not there.
    pub fn path(&self, id: &CategoryId) -> Vec<CategoryId> {
        let (mut path, mut at) = (Vec::new(), self.0.get_key_value(id));
        while let Some((id, parent)) = at.filter(|_| path.len() <= CATEGORY_LEVELS_MAX) {
            path.push(id.clone());
            at = parent.as_ref().and_then(|parent| self.0.get_key_value(parent));
        }
        path.reverse();
        path
    }

    /// A category and all that is below it, level by level.
    fn levels(&self, id: &CategoryId) -> Vec<BTreeSet<CategoryId>> {
        let mut levels: Vec<BTreeSet<CategoryId>> = vec![[id.clone()].into()];
        while let Some(last) = levels.last().filter(|last| !last.is_empty()) {
            let is_next = |parent: &Option<CategoryId>| parent.as_ref().is_some_and(|at| last.contains(at));
            let next = self.0.iter().filter(|(_, parent)| is_next(parent)).map(|(id, _)| id.clone());
            let next = next.collect();
            levels.push(next);
        }
        levels.pop();
        levels
    }

    /// A category and all that is below it.
    pub fn below(&self, id: &CategoryId) -> BTreeSet<CategoryId> {
        self.levels(id).into_iter().flatten().collect()
    }

    /// Whether anything is below a category.
    pub fn is_parent(&self, id: &CategoryId) -> bool {
        self.0.values().any(|parent| parent.as_ref() == Some(id))
    }

    /// Whether a category, with all that is below it, may stand below `parent`.
    fn place(&self, id: &CategoryId, parent: Option<&CategoryId>) -> Result<(), PlaceError> {
        let Some(parent) = parent else { return Ok(()) };
        let path = self.path(parent);
        if path.is_empty() {
            return Err(PlaceError::Unknown { parent: parent.clone() });
        }
        if path.contains(id) {
            return Err(PlaceError::Circle { parent: parent.clone() });
        }
        let levels = path.len().saturating_add(self.levels(id).len());
        if levels > CATEGORY_LEVELS_MAX {
            return Err(PlaceError::Deep { levels });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::constant(1_795_352_400, 0);

    fn id(text: &str) -> CategoryId {
        CategoryId::trusted(text.into())
    }

    /// `child<parent` with spaces between.
    fn tree(text: &str) -> Tree {
        let row = |pair: &str| match pair.split_once('<') {
            Some((child, parent)) => (id(child), Some(id(parent))),
            None => (id(pair), None),
        };
        Tree::of(text.split_whitespace().map(row))
    }

    fn placed(tree: &Tree, who: &str, below: &str) -> Result<(), Vec<String>> {
        let draft = CategoryDraft {
            parent_id: Some(id(below)).filter(|_| !below.is_empty()),
            handle: None,
            title: "Cups & mugs".to_owned(),
            description_html: String::new(),
            position: 0,
            metadata: Metadata::new(),
        };
        let told =
            |faults: Vec<Fault>| faults.into_iter().map(|f| format!("{} {}", f.pointer, f.detail)).collect();
        draft.compose(id(who), None, tree, START).map(|one| assert_eq!(one.handle, "cups-mugs")).map_err(told)
    }

    #[test]
    fn nothing_is_below_itself_or_too_deep() {
        let three = tree("a b<a c<b x y<x");
        assert_eq!(three.path(&id("c")), [id("a"), id("b"), id("c")]);
        assert_eq!(three.path(&id("q")), []);
        assert_eq!(three.below(&id("a")), [id("a"), id("b"), id("c")].into());
        assert!(three.is_parent(&id("x")) && !three.is_parent(&id("y")));
        for (who, below) in [("new", ""), ("new", "c"), ("x", "c"), ("c", "a"), ("b", ""), ("c", "y")] {
            assert_eq!(placed(&three, who, below), Ok(()), "{who} below {below}");
        }
        for (who, below, reason) in [
            ("a", "a", "'a' is the category itself or below it"),
            ("a", "c", "'c' is the category itself or below it"),
            ("b", "c", "'c' is the category itself or below it"),
            ("new", "q", "there is no category 'q'"),
        ] {
            let told = placed(&three, who, below).unwrap_err();
            assert!(told[0].starts_with(&format!("/parent_id {reason}")), "{told:?}");
        }
        let deep: Vec<String> = (1..CATEGORY_LEVELS_MAX)
            .map(|n| if n == 1 { "n1".to_owned() } else { format!("n{n}<n{}", n - 1) })
            .collect();
        let deep = tree(&format!("{} x y<x", deep.join(" ")));
        let last = format!("n{}", CATEGORY_LEVELS_MAX - 1);
        assert_eq!(placed(&deep, "new", &last), Ok(()));
        let told = placed(&deep, "x", &last).unwrap_err();
        assert!(
            told[0].contains("11 levels; at most 10"),
            "a category moves with all that is below it: {told:?}"
        );
    }

    #[test]
    fn a_shop_has_so_many_categories() {
        let full: Vec<String> = (0..CATEGORIES_MAX).map(|n| format!("c{n}")).collect();
        assert_eq!(placed(&tree(&full[1..].join(" ")), "new", ""), Ok(()));
        assert!(placed(&tree(&full.join(" ")), "new", "").unwrap_err()[0].contains("5000 categories"));
    }
}
