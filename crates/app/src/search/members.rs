//! The products that a rule means, and those of categories.

use std::collections::BTreeSet;

use sutler_domain::CategoryId;
use sutler_domain::catalog::{ProductStatus, Rule};

use super::Search;
use crate::catalog::ProductView;
use crate::error::Problem;
use crate::page::{Page, PageRequest};
use crate::ports::search::{PriceRange, SearchQuery, SearchSort};

impl Search {
    /// A page of the products in these statuses that a rule means. What is sorted by price is in the shop's currency.
    pub(crate) async fn of_rule(
        &self,
        rule: &Rule,
        status: &[ProductStatus],
        sort: (SearchSort, bool),
        page: &PageRequest,
    ) -> Result<Page<ProductView>, Problem> {
        let query = SearchQuery { rule: Some(rule.clone()), ..self.plain(status, sort, page) };
        self.members(&query).await
    }

    /// A page of the products in these statuses that stand in one of these categories.
    pub(crate) async fn of_categories(
        &self,
        categories: BTreeSet<CategoryId>,
        status: &[ProductStatus],
        sort: (SearchSort, bool),
        page: &PageRequest,
    ) -> Result<Page<ProductView>, Problem> {
        let query = SearchQuery { categories: Some(categories), ..self.plain(status, sort, page) };
        self.members(&query).await
    }

    async fn members(&self, query: &SearchQuery) -> Result<Page<ProductView>, Problem> {
        self.shown(self.ask(query).await?.page).await
    }

    fn plain(
        &self,
        status: &[ProductStatus],
        (sort, descending): (SearchSort, bool),
        page: &PageRequest,
    ) -> SearchQuery {
        let currency = self.room.settings.currency.code().to_owned();
        SearchQuery {
            status: status.to_vec(),
            price: PriceRange { currency, ..PriceRange::default() },
            sort,
            descending,
            page: page.clone(),
            ..SearchQuery::default()
        }
    }
}
