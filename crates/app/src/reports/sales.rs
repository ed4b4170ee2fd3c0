//! What was sold. A sale is an order by the time it was placed; it counts as revenue once it was paid whole, whatever went
//! back later. That is what the figures of the home page say too.

use std::collections::BTreeMap;

use sutler_domain::Currency;
use sutler_domain::orders::{Order, payment_status};

use super::{Cell, Column, Days, Kind, REPORT_ROWS_MAX, Report, Reports, Sort, begin_of, column};
use crate::error::Problem;
use crate::page::{From, PAGE_MAX, PageRequest};
use crate::ports::reads::{OrderQuery, Span};
use crate::stats::{Period, is_paid, period_of};

/// Products of a report of best sellers.
const BEST: usize = 25;

/// The pair of an order's metadata that names its channel.
const CHANNEL: &str = "channel";

const BY_DAY: &[Column] = &[
    column("day", "Day", Sort::Text),
    column("orders", "Orders", Sort::Count),
    column("paid", "Paid", Sort::Count),
    column("revenue", "Revenue", Sort::Money),
];

const BY_CHANNEL: &[Column] = &[
    column("channel", "Channel", Sort::Text),
    column("orders", "Orders", Sort::Count),
    column("paid", "Paid", Sort::Count),
    column("revenue", "Revenue", Sort::Money),
];

const BY_PRODUCT: &[Column] = &[
    column("title", "Product", Sort::Text),
    column("product_id", "Product id", Sort::Text),
    column("sku", "SKU", Sort::Text),
    column("units", "Units", Sort::Count),
    column("sales", "Sales", Sort::Money),
];

/// What was sold of a variant, by its title then.
#[derive(Default)]
struct Sold {
    title: String,
    sku: String,
    units: i64,
    sales: i64,
}

impl Reports {
    /// The same statement for each day as for the range of the home page, so that the same days have the same figures.
    pub(super) async fn sales_by_day(&self, days: Days, span: Span) -> Result<Report, Problem> {
        let mut report = Self::of_span(Kind::SalesByDay, span, BY_DAY, 3);
        let mut day = days.from;
        while day <= days.until {
            let tomorrow = day.tomorrow().map_err(|error| Problem::internal(&error))?;
            let of_day = Span { from: begin_of(day), until: begin_of(tomorrow) };
            let period = period_of(&self.room, of_day).await?;
            self.period_rows(&mut report.rows, &day.to_string(), &period);
            day = tomorrow;
        }
        Ok(report)
    }

    pub(super) async fn sales_by_channel(&self, span: Span) -> Result<Report, Problem> {
        let mut channels: BTreeMap<String, Period> = BTreeMap::new();
        self.each_order(span, |order| {
            let channel = order.metadata.get(CHANNEL).cloned().unwrap_or_default();
            let period = channels.entry(channel).or_default();
            period.add(order.currency.code(), is_paid(payment_status(order)), 1, order.totals.total);
        })
        .await?;
        let mut report = Self::of_span(Kind::SalesByChannel, span, BY_CHANNEL, 3);
        for (channel, period) in channels {
            let name = if channel.is_empty() { "none".to_owned() } else { channel };
            self.period_rows(&mut report.rows, &name, &period);
        }
        cut(&mut report, REPORT_ROWS_MAX);
        Ok(report)
    }

    /// Units of paid orders that were not canceled, at their price less their discounts; shipping is no product.
    pub(super) async fn sales_by_product(&self, kind: Kind, span: Span) -> Result<Report, Problem> {
        let mut sold: BTreeMap<(String, String, Currency), Sold> = BTreeMap::new();
        self.each_order(span, |order| {
            if !is_paid(payment_status(order)) {
                return;
            }
            for item in &order.items {
                let units = item.ordered.saturating_sub(item.canceled);
                let of = (item.product_id.to_string(), item.variant_id.to_string(), order.currency);
                let one = sold.entry(of).or_default();
                one.title.clone_from(&item.title);
                one.sku.clone_from(&item.sku);
                one.units = one.units.saturating_add(units);
                let sales = item.unit_price.saturating_mul(units).saturating_sub(item.discount);
                one.sales = one.sales.saturating_add(sales.max(0));
            }
        })
        .await?;
        let mut all: Vec<_> = sold.into_iter().filter(|(_, sold)| sold.units > 0).collect();
        let shown = if kind == Kind::BestSellers { 3 } else { 4 };
        all.sort_by_key(|(_, sold)| {
            std::cmp::Reverse(if kind == Kind::BestSellers { sold.units } else { sold.sales })
        });
        let mut report = Self::of_span(kind, span, BY_PRODUCT, shown);
        report.rows = all
            .into_iter()
            .map(|((product, _, currency), sold)| {
                let Sold { title, sku, units, sales } = sold;
                vec![
                    Cell::Text(title),
                    Cell::Text(product),
                    Cell::Text(sku),
                    Cell::Count(units),
                    Cell::Money(sales, currency),
                ]
            })
            .collect();
        cut(&mut report, if kind == Kind::BestSellers { BEST } else { REPORT_ROWS_MAX });
        Ok(report)
    }

    /// A row for each currency; without any revenue one of the shop's.
    fn period_rows(&self, rows: &mut Vec<Vec<Cell>>, name: &str, period: &Period) {
        let row = |paid: u64, revenue: i64, currency: Currency| {
            let count = |n: u64| Cell::Count(i64::try_from(n).unwrap_or(i64::MAX));
            vec![
                Cell::Text(name.to_owned()),
                count(period.orders),
                count(paid),
                Cell::Money(revenue, currency),
            ]
        };
        let known =
            period.revenue.iter().filter_map(|(code, sums)| Some((Currency::parse(code).ok()?, sums)));
        let before = rows.len();
        rows.extend(known.map(|(currency, (revenue, paid))| row(*paid, *revenue, currency)));
        if rows.len() == before {
            rows.push(row(0, 0, self.room.settings.currency));
        }
    }

    /// Every order placed in a span, page by page.
    async fn each_order(&self, span: Span, mut each: impl FnMut(&Order)) -> Result<(), Problem> {
        let mut query = OrderQuery {
            placed: span,
            page: PageRequest { limit: PAGE_MAX, ..PageRequest::default() },
            ..OrderQuery::default()
        };
        loop {
            let page = self.room.ports.orders.orders(&query).await?;
            page.rows.iter().for_each(|stored| each(&stored.value));
            let Some(next) = page.next else { return Ok(()) };
            query.page.from = From::After(next);
        }
    }
}

/// Leave as many rows as are told.
pub(super) fn cut(report: &mut Report, most: usize) {
    report.is_cut = report.rows.len() > most;
    report.rows.truncate(most);
}
