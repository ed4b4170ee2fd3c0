//! What lies on the shelves, and what it is worth.

use std::collections::BTreeMap;

use sutler_domain::{Currency, LocationId};

use super::{Cell, Column, Kind, Report, Reports, Sort, column};
use crate::error::Problem;
use crate::page::{From, PAGE_MAX, PageRequest};
use crate::ports::reads::{ProductName, StockQuery};

const STOCK: &[Column] = &[
    column("location", "Location", Sort::Text),
    column("variants", "Variants", Sort::Count),
    column("units", "Units", Sort::Count),
    column("without_cost", "Units without a cost", Sort::Count),
    column("at_cost", "At cost", Sort::Money),
    column("at_price", "At price", Sort::Money),
];

/// What lies at a location.
#[derive(Default)]
struct Shelf {
    variants: i64,
    units: i64,
    without_cost: i64,
    at_cost: i64,
    at_price: i64,
}

impl Reports {
    /// Units on hand, promised ones among them, at what they cost the shop and at what they are sold for. Page by page: a
    /// row for each location and currency.
    pub(super) async fn stock_value(&self) -> Result<Report, Problem> {
        let mut sums: BTreeMap<(LocationId, Currency), Shelf> = BTreeMap::new();
        let page = PageRequest { limit: PAGE_MAX, ..PageRequest::default() };
        let mut query = StockQuery { page, ..StockQuery::default() };
        loop {
            let page = self.room.ports.stock.stock(&query).await?;
            let names = page.rows.iter().map(|level| ProductName::Variant(level.at.variant_id.clone()));
            let names: Vec<ProductName> = names.collect();
            let products: BTreeMap<String, _> = self
                .room
                .ports
                .catalog
                .products(&names)
                .await?
                .into_iter()
                .flat_map(|(_, found)| found.product.variants.clone())
                .map(|variant| (variant.variant_id.to_string(), variant))
                .collect();
            for level in page.rows.iter().filter(|level| level.level.on_hand > 0) {
                // What is on a shelf and in no catalog any more has no worth that is known.
                let Some(variant) = products.get(level.at.variant_id.as_str()) else { continue };
                let units = level.level.on_hand;
                let sum = sums.entry((level.at.location_id.clone(), variant.price.currency)).or_default();
                sum.variants = sum.variants.saturating_add(1);
                sum.units = sum.units.saturating_add(units);
                let worth = |amount: i64| amount.saturating_mul(units);
                sum.at_price = sum.at_price.saturating_add(worth(variant.price.amount));
                match &variant.cost {
                    Some(cost) => sum.at_cost = sum.at_cost.saturating_add(worth(cost.amount)),
                    None => sum.without_cost = sum.without_cost.saturating_add(units),
                }
            }
            let Some(next) = page.next else { break };
            query.page.from = From::After(next);
        }
        let mut report = self.of_now(Kind::StockValue, STOCK, 5);
        report.rows = sums
            .into_iter()
            .map(|((location, currency), shelf)| {
                vec![
                    Cell::Text(location.to_string()),
                    Cell::Count(shelf.variants),
                    Cell::Count(shelf.units),
                    Cell::Count(shelf.without_cost),
                    Cell::Money(shelf.at_cost, currency),
                    Cell::Money(shelf.at_price, currency),
                ]
            })
            .collect();
        Ok(report)
    }
}
