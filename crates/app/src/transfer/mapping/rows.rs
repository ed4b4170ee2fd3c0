//! Rows of a product file that are no variants: the product alone, or one more price of a variant.

use std::collections::{BTreeSet, HashMap};

use sutler_domain::Currency;

use super::RowRules;
use crate::transfer::shopify::{PRICE, PRODUCT, ROW_IS};

/// A product file with the columns of Shopify, in lower case where they are known.
pub(super) struct Table {
    pub(super) header: Vec<String>,
    /// Rows as long as the header.
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// Say of each row what it is, and bring the prices of a variant together in its row: that in the shop's currency, and
    /// `Price / EUR` for others.
    pub(super) fn tell_rows(&mut self, rules: &RowRules, shop: Currency) {
        if !rules.product_first && rules.currency.is_none() {
            return;
        }
        let mut kinds = vec![""; self.rows.len()];
        if let Some(currency) = &rules.currency {
            self.gather_prices(&currency.trim().to_lowercase(), shop.code(), &mut kinds);
        }
        if rules.product_first {
            self.find_products(&mut kinds);
        }
        self.add_column(ROW_IS, kinds.into_iter().map(str::to_owned).collect());
    }

    fn gather_prices(&mut self, currency: &str, shop: &str, kinds: &mut [&'static str]) {
        let (Some(code_at), Some(sku_at)) = (self.place(currency), self.place("variant sku")) else { return };
        let firsts = self.firsts(sku_at);
        let code_of = |row: &Vec<String>| row.get(code_at).map_or("", |code| code.trim()).to_uppercase();
        let codes: Vec<String> = self.rows.iter().map(code_of).collect();
        let others: BTreeSet<&String> =
            codes.iter().filter(|code| !code.is_empty() && *code != shop).collect();
        for (column, prefix) in [("variant price", "Price"), ("variant compare at price", "Compare At Price")]
        {
            let Some(price_at) = self.place(column) else { continue };
            let taken = |row: &mut Vec<String>| row.get_mut(price_at).map(std::mem::take).unwrap_or_default();
            let prices: Vec<String> = self.rows.iter_mut().map(taken).collect();
            let mut of_shop = vec![String::new(); self.rows.len()];
            let mut of_others: Vec<Vec<String>> = vec![of_shop.clone(); others.len()];
            for ((price, code), first) in prices.into_iter().zip(&codes).zip(&firsts) {
                let column = match others.iter().position(|other| *other == code) {
                    Some(at) => of_others.get_mut(at),
                    None => Some(&mut of_shop),
                };
                if let Some(cell) =
                    column.and_then(|column| column.get_mut(*first)).filter(|_| !price.is_empty())
                {
                    *cell = price;
                }
            }
            for (row, price) in self.rows.iter_mut().zip(of_shop) {
                if let Some(cell) = row.get_mut(price_at) {
                    *cell = price;
                }
            }
            for (code, cells) in others.iter().zip(of_others) {
                self.add_column(&format!("{prefix} / {code}"), cells);
            }
        }
        for (at, (kind, first)) in kinds.iter_mut().zip(firsts).enumerate() {
            if first != at {
                *kind = PRICE;
            }
        }
        self.header.remove(code_at); // every row is as long as the header
        for row in &mut self.rows {
            row.remove(code_at);
        }
    }

    /// For each row the first one with its handle and SKU; itself where it has no SKU.
    fn firsts(&self, sku_at: usize) -> Vec<usize> {
        let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
        let handle_at = self.place("handle").unwrap_or(usize::MAX);
        let mut firsts = Vec::with_capacity(self.rows.len());
        for (at, row) in self.rows.iter().enumerate() {
            let cell = |place: usize| row.get(place).map_or("", |cell| cell.trim());
            let sku = cell(sku_at);
            firsts.push(if sku.is_empty() { at } else { *seen.entry((cell(handle_at), sku)).or_insert(at) });
        }
        firsts
    }

    /// The first row of each product that has several which are no prices.
    fn find_products(&self, kinds: &mut [&'static str]) {
        let Some(handle_at) = self.place("handle") else { return };
        let mut rows_of: HashMap<&str, (usize, bool)> = HashMap::new();
        for (at, row) in self.rows.iter().enumerate().filter(|(at, _)| kinds.get(*at) == Some(&"")) {
            let handle = row.get(handle_at).map_or("", |handle| handle.trim());
            rows_of.entry(handle).and_modify(|(_, is_one)| *is_one = false).or_insert((at, true));
        }
        for (first, _) in rows_of.into_values().filter(|(_, is_one)| !is_one) {
            if let Some(kind) = kinds.get_mut(first) {
                *kind = PRODUCT;
            }
        }
    }

    fn place(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name.trim().to_lowercase() == column)
    }

    fn add_column(&mut self, name: &str, cells: Vec<String>) {
        self.header.push(name.to_owned());
        for (row, cell) in self.rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
}
