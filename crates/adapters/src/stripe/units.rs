//! Amounts in Stripe's units, which are the minor units of ISO 4217 but for three currencies.

use sutler_domain::{Currency, Money};

/// How Stripe counts a currency.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// As ISO 4217 does.
    Same,
    /// In hundredths of our unit, for currencies that had them once.
    Hundredths,
    /// In hundreds of our unit, for a currency whose fifths nobody uses.
    Hundreds,
}

fn unit(currency: Currency) -> Unit {
    match currency.code() {
        "ISK" | "UGX" => Unit::Hundredths,
        "MGA" => Unit::Hundreds,
        _ => Unit::Same,
    }
}

/// An amount as Stripe is told it; `None` when Stripe has no number for it.
pub(super) fn there(money: Money) -> Option<i64> {
    match unit(money.currency) {
        Unit::Same => Some(money.amount),
        Unit::Hundredths => money.amount.checked_mul(100),
        Unit::Hundreds => (money.amount % 100 == 0).then_some(money.amount / 100),
    }
}

/// An amount that Stripe tells, in our minor units; `None` when it is none of ours.
pub(super) fn here(amount: i64, currency: Currency) -> Option<i64> {
    match unit(currency) {
        Unit::Same => Some(amount),
        Unit::Hundredths => (amount % 100 == 0).then_some(amount / 100),
        Unit::Hundreds => amount.checked_mul(100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_come_back_as_they_went_or_do_not_go() {
        for (code, ours, theirs) in [
            ("EUR", 1999, Some(1999)),
            ("JPY", 1999, Some(1999)),
            ("KWD", 1990, Some(1990)),
            ("ISK", 1999, Some(199_900)),
            ("UGX", i64::MAX, None),
            ("MGA", 1900, Some(19)),
            ("MGA", 1999, None),
        ] {
            let currency = Currency::parse(code).unwrap();
            assert_eq!(there(Money { amount: ours, currency }), theirs, "{ours} {code}");
            if let Some(theirs) = theirs {
                assert_eq!(here(theirs, currency), Some(ours), "{theirs} {code}");
            }
        }
        assert_eq!(here(199_950, Currency::parse("ISK").unwrap()), None);
    }
}
