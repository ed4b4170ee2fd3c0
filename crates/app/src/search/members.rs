//! The products that a rule means.

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
        (sort, descending): (SearchSort, bool),
        page: &PageRequest,
    ) -> Result<Page<ProductView>, Problem> {
        let currency = self.room.settings.currency.code().to_owned();
        let query = SearchQuery {
            status: status.to_vec(),
            price: PriceRange { currency, ..PriceRange::default() },
            rule: Some(rule.clone()),
            sort,
            descending,
            page: page.clone(),
            ..SearchQuery::default()
        };
        let found = self.ask(&query).await?;
        self.shown(found.page).await
    }
}
