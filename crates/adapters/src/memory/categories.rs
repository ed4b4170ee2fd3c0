//! Reads of categories.

use async_trait::async_trait;
use sutler_app::categories::CategoryName;
use sutler_app::page::Page;
use sutler_app::ports::categories::CategoryQuery;
use sutler_app::ports::{CategoryReads, ReadError, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::Version;
use sutler_domain::catalog::{Category, Tree};

use super::Memory;
use super::page::cut;

#[async_trait]
impl CategoryReads for Memory {
    async fn category(&self, name: &CategoryName) -> Result<Option<Stored<Category>>, ReadError> {
        let state = self.state.lock();
        let found = match name {
            CategoryName::Id(id) => state.categories.get(id),
            CategoryName::Handle(handle) => state.categories.values().find(|one| &one.handle == handle),
        };
        Ok(found.map(|one| state.stored(&StreamId::from(&one.category_id), one.clone())))
    }

    async fn categories(&self, query: &CategoryQuery) -> Result<Page<Stored<Category>>, ReadError> {
        let state = self.state.lock();
        let is_asked = |one: &&Category| query.parent_id.as_ref().is_none_or(|at| *at == one.parent_id);
        let row = |one: &Category| {
            let key = (i64::from(one.position), one.category_id.to_string());
            (key, state.stored(&StreamId::from(&one.category_id), one.clone()))
        };
        cut(state.categories.values().filter(is_asked).map(row).collect(), false, &query.page)
    }

    async fn category_tree(&self) -> Result<(Version, Tree), ReadError> {
        let state = self.state.lock();
        let rows = state.categories.values().map(|one| (one.category_id.clone(), one.parent_id.clone()));
        Ok((state.heads.version(&StreamId::category_tree()), Tree::of(rows)))
    }
}
