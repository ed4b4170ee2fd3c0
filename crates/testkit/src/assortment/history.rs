//! Years of invoices over an assortment, as the file that a wholesaler's old program writes: a row for each line, the
//! layout of "UCI Online Retail".

use std::collections::VecDeque;
use std::io::{self, Write};

use jiff::Timestamp;
use sutler_app::transfer::{Cell, Table};

use super::Assortment;
use crate::simulation::dice::Dice;

const TITLES: [&str; 8] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
];

/// Customers who come again.
const CUSTOMERS: u64 = 4_000;
/// Products that are bought: the first of the assortment.
const SOLD_PRODUCTS: u64 = 4_000;
/// Lines of an invoice, at most; on average half as many.
const LINES_MAX: u64 = 40;
/// So many orders later, a purchase may be taken back.
const TAKEN_BACK_AFTER: usize = 300;
/// Invoices of a hundred that take something back.
const CANCELED_PERCENT: u64 = 4;
/// When the first invoice was written: 1 December 2010, UTC.
const BEGUN_S: i64 = 1_291_161_600;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invoiced {
    /// Rows behind the header.
    pub lines: u64,
    /// Invoices that sold something.
    pub orders: u64,
    /// Invoices that took something back that had been sold before.
    pub cancellations: u64,
}

/// Invoices of a seed.
#[derive(Debug)]
pub struct History {
    dice: Dice,
    goods: Assortment,
    at_s: i64,
    number: u64,
    bought: VecDeque<Line>,
}

/// A line that somebody bought.
#[derive(Clone, Debug)]
struct Line {
    code: String,
    title: String,
    units: i64,
    price: String,
    customer: String,
    country: &'static str,
}

impl History {
    /// The invoices of a seed over an assortment.
    pub const fn of(seed: u64, goods: Assortment) -> Self {
        Self { dice: Dice::of(seed), goods, at_s: BEGUN_S, number: 536_365, bought: VecDeque::new() }
    }

    /// Write so many lines. However many they are, it remembers the same few.
    pub fn write(mut self, lines: u64, out: impl Write) -> io::Result<Invoiced> {
        let mut table = Table::new(out, false);
        table.row(&TITLES.map(|title| Cell::Text(title.to_owned())))?;
        let mut done = Invoiced::default();
        while done.lines < lines {
            self.at_s = self.at_s.saturating_add(self.dice.between(20, 600));
            self.number += 1;
            if self.bought.len() == TAKEN_BACK_AFTER
                && self.dice.chance(CANCELED_PERCENT)
                && let Some(mut line) = self.bought.pop_front()
            {
                line.units = line.units.saturating_neg();
                self.row(&mut table, "C", &line)?;
                done.lines += 1;
                done.cancellations += 1;
                continue;
            }
            let count = (1 + self.dice.below(LINES_MAX)).min(lines - done.lines);
            for line in self.invoice(count) {
                self.row(&mut table, "", &line)?;
            }
            done.lines += count;
            done.orders += 1;
        }
        table.end()?.flush()?;
        Ok(done)
    }

    /// The lines of one order; the first of them may be taken back later.
    fn invoice(&mut self, count: u64) -> Vec<Line> {
        let customer = 12_346 + self.dice.below(CUSTOMERS);
        let country = *self.dice.pick(&["United Kingdom", "France", "Germany", "EIRE"]);
        let mut lines = Vec::new();
        for place in 0..count {
            // Lines of an invoice are of different products.
            let at = (self.number.wrapping_mul(41).wrapping_add(place)) % SOLD_PRODUCTS;
            let product = self.goods.product(at);
            let Some(variant) = product.variants.first() else { continue };
            lines.push(Line {
                code: variant.sku.clone(),
                title: product.title.to_ascii_uppercase(),
                units: self.dice.between(1, 24),
                price: variant.price.to_decimal(),
                customer: customer.to_string(),
                country,
            });
        }
        if let Some(line) = lines.first() {
            if self.bought.len() == TAKEN_BACK_AFTER {
                self.bought.pop_front();
            }
            self.bought.push_back(line.clone());
        }
        lines
    }

    fn row(&self, table: &mut Table<impl Write>, mark: &str, line: &Line) -> io::Result<()> {
        let at = Timestamp::from_second(self.at_s).unwrap_or_default();
        let text = |text: &str| Cell::Text(text.to_owned());
        table.row(&[
            text(&format!("{mark}{}", self.number)),
            text(&line.code),
            text(&line.title),
            Cell::Number(line.units.to_string()),
            text(&at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
            Cell::Number(line.price.clone()),
            text(&line.customer),
            text(line.country),
        ])
    }
}
