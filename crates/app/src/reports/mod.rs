//! Reports: what was sold, what went back, what is still to be paid, and what the stock is worth. Each is a table with
//! columns of a known kind, so that every door shows the same figures in its own way.

mod money;
mod sales;
mod stock;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use sutler_domain::{Currency, Fault};

use crate::Room;
use crate::caller::Caller;
use crate::error::Problem;
use crate::ports::reads::Span;

/// The most days of one report.
pub const REPORT_DAYS_MAX: i64 = 366;

/// Rows of a report, at most; what has more says so.
pub const REPORT_ROWS_MAX: usize = 10_000;

/// What can be reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What was sold, day by day.
    SalesByDay,
    /// What was sold of each product.
    SalesByProduct,
    /// What was sold through each channel.
    SalesByChannel,
    /// The products of which most units were sold.
    BestSellers,
    /// What lies on the shelves, and what it is worth.
    StockValue,
    /// What was given back.
    Refunds,
    /// What is still to be paid.
    Unpaid,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::SalesByDay,
        Self::SalesByProduct,
        Self::SalesByChannel,
        Self::BestSellers,
        Self::StockValue,
        Self::Refunds,
        Self::Unpaid,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SalesByDay => "sales_by_day",
            Self::SalesByProduct => "sales_by_product",
            Self::SalesByChannel => "sales_by_channel",
            Self::BestSellers => "best_sellers",
            Self::StockValue => "stock_value",
            Self::Refunds => "refunds",
            Self::Unpaid => "unpaid",
        }
    }

    /// What it is called, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SalesByDay => "Sales by day",
            Self::SalesByProduct => "Sales by product",
            Self::SalesByChannel => "Sales by channel",
            Self::BestSellers => "Best sellers",
            Self::StockValue => "Stock value",
            Self::Refunds => "Refunds",
            Self::Unpaid => "Unpaid orders",
        }
    }

    /// What somebody must have to see it.
    pub const fn needs(self) -> &'static str {
        match self {
            Self::StockValue => "inventory:read",
            _ => "orders:read",
        }
    }
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Words, the first of which name the row.
    Text,
    /// A number of things.
    Count,
    /// Money.
    Money,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, for programs.
    pub name: &'static str,
    /// What it is called, for people.
    pub title: &'static str,
    /// What stands in it.
    pub sort: Sort,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number of things.
    Count(i64),
    /// Minor units of a currency.
    Money(i64, Currency),
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which.
    pub kind: Kind,
    /// When its time begins; `None`: it is of now.
    pub from: Option<Timestamp>,
    /// Before when it ends.
    pub until: Timestamp,
    /// The columns.
    pub columns: &'static [Column],
    /// The column that a picture shows.
    pub shown: usize,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// Whether there are more rows than are told.
    pub is_cut: bool,
}

/// Which days, and how they are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Date,
    /// The last.
    pub until: Date,
}

/// Reports.
#[derive(Clone)]
pub struct Reports {
    room: Room,
}

const fn column(name: &'static str, title: &'static str, sort: Sort) -> Column {
    Column { name, title, sort }
}

impl Reports {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }

    /// The days up to today, in UTC: so many of them.
    pub fn last_days(&self, count: i64) -> Days {
        let today = self.room.now().to_zoned(TimeZone::UTC).date();
        let from = today.checked_sub(count.saturating_sub(1).max(0).days()).unwrap_or(today);
        Days { from, until: today }
    }

    /// A report of these days, in UTC, the last one included. What is of now looks at no days.
    ///
    /// Problems: `validation_failed` for days that are none, or too many.
    pub async fn report(&self, caller: &Caller, kind: Kind, days: Days) -> Result<Report, Problem> {
        caller.may(kind.needs())?;
        let span = span(days)?;
        match kind {
            Kind::SalesByDay => self.sales_by_day(days, span).await,
            Kind::SalesByProduct | Kind::BestSellers => self.sales_by_product(kind, span).await,
            Kind::SalesByChannel => self.sales_by_channel(span).await,
            Kind::StockValue => self.stock_value().await,
            Kind::Refunds => self.refunds(span).await,
            Kind::Unpaid => self.unpaid().await,
        }
    }

    fn of_span(kind: Kind, span: Span, columns: &'static [Column], shown: usize) -> Report {
        let until = span.until.unwrap_or(Timestamp::MAX);
        Report { kind, from: span.from, until, columns, shown, rows: Vec::new(), is_cut: false }
    }

    fn of_now(&self, kind: Kind, columns: &'static [Column], shown: usize) -> Report {
        let until = self.room.now();
        Report { kind, from: None, until, columns, shown, rows: Vec::new(), is_cut: false }
    }
}

/// When a day begins.
fn begin_of(day: Date) -> Option<Timestamp> {
    day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn span(days: Days) -> Result<Span, Problem> {
    let refused =
        |name: &str, detail: String| Problem::invalid(vec![Fault::invalid(format!("/{name}"), detail)]);
    if days.from > days.until {
        return Err(refused("until", format!("'until' ({}) is before 'from' ({})", days.until, days.from)));
    }
    let after = days.until.tomorrow().ok().and_then(begin_of);
    let (from, until) = (begin_of(days.from), after);
    let (Some(from), Some(until)) = (from, until) else {
        return Err(refused("from", "the days are beyond what the calendar has".to_owned()));
    };
    if until.duration_since(from) > SignedDuration::from_hours(24 * REPORT_DAYS_MAX) {
        return Err(refused("from", format!("a report is of at most {REPORT_DAYS_MAX} days")));
    }
    Ok(Span { from: Some(from), until: Some(until) })
}
