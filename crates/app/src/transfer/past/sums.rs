//! The sums of an order as a file tells them, which must come to its total.

use sutler_domain::{Currency, Money};

use crate::transfer::header::Wrong;

/// The sums of an order, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Taken off the whole order.
    pub(super) discount: i64,
    /// Taken off each line.
    pub(super) line_discounts: Vec<i64>,
    /// What the way costs.
    pub(super) shipping: i64,
    /// The tax of each line.
    pub(super) taxes: Vec<i64>,
    /// Whether prices hold the tax.
    pub(super) tax_included: bool,
    /// The total.
    pub(super) total: i64,
}

/// Find out how the parts come to the total: files do not say whether prices hold the tax, and some tell the discounts
/// of lines once more in that of the order.
pub(super) fn sums(
    currency: Currency,
    amounts: &[i64],
    line_discounts: &[i64],
    (discount, shipping, tax): (i64, i64, i64),
    told: Option<i64>,
) -> Result<Sums, Wrong> {
    let sum = |parts: &[i64]| parts.iter().fold(0i64, |sum, part| sum.saturating_add(*part));
    let of_lines = sum(line_discounts);
    let subtotal = sum(amounts);
    let none = vec![0; line_discounts.len()];
    let ways = [(discount, true), (discount, false), (0, true)];
    let mut found: Option<Sums> = None;
    for (discount, by_line) in ways {
        for tax_included in [false, true] {
            let off = if by_line { of_lines.saturating_add(discount) } else { discount };
            let added = if tax_included { 0 } else { tax };
            let total = subtotal.saturating_sub(off).saturating_add(shipping).saturating_add(added);
            if found.is_none() && told.is_none_or(|told| told == total) {
                let line_discounts = if by_line { line_discounts.to_vec() } else { none.clone() };
                let taxes = Vec::new();
                found = Some(Sums { discount, line_discounts, shipping, taxes, tax_included, total });
            }
        }
    }
    let Some(mut found) = found else {
        let shown = |amount: i64| Money { amount, currency }.to_decimal();
        let words = format!(
            "items {} - discounts {} + shipping {} + tax {} do not come to the total of {}",
            shown(subtotal),
            shown(of_lines.saturating_add(discount)),
            shown(shipping),
            shown(tax),
            shown(told.unwrap_or_default()),
        );
        return Err(("totals_differ", words));
    };
    let weights: Vec<u64> = amounts.iter().map(|amount| amount.unsigned_abs()).collect();
    let taxes = Money { amount: tax, currency }.allocate(&weights);
    found.taxes = taxes.into_iter().map(|share| share.amount).collect();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur() -> Currency {
        Currency::parse("EUR").unwrap()
    }

    #[test]
    fn parts_come_to_the_total_with_the_tax_inside_or_on_top() {
        let on_top = sums(eur(), &[1000, 500], &[0, 0], (0, 490, 150), Some(2140)).unwrap();
        assert!(!on_top.tax_included);
        assert_eq!(on_top.taxes, [100, 50]);
        let inside = sums(eur(), &[1000, 500], &[0, 0], (0, 490, 150), Some(1990)).unwrap();
        assert!(inside.tax_included);
    }

    #[test]
    fn discounts_of_lines_count_once() {
        let twice = sums(eur(), &[1000], &[100], (100, 0, 0), Some(900)).unwrap();
        assert_eq!((twice.discount, twice.line_discounts), (100, vec![0]));
        let both = sums(eur(), &[1000], &[100], (50, 0, 0), Some(850)).unwrap();
        assert_eq!((both.discount, both.line_discounts), (50, vec![100]));
    }

    #[test]
    fn a_total_that_nothing_comes_to_is_told() {
        let (code, words) = sums(eur(), &[1000], &[0], (0, 0, 0), Some(999)).unwrap_err();
        assert_eq!(code, "totals_differ");
        assert!(words.contains("10.00") && words.contains("9.99"), "{words}");
    }
}
