//! Money: checked `i64` minor units and an ISO 4217 currency. No float touches it.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::seeded::{Bug, seeded};

/// The largest amount in minor units that every JSON reader keeps exactly: 2^53 − 1 (RFC 8259, section 6).
pub const AMOUNT_MAX: i64 = 9_007_199_254_740_991;

/// An ISO 4217 currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// By code.
impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Currency {
    /// Read a three-letter code, upper case.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency { code: code.chars().take(8).collect() })
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals the major unit has: 0 for JPY, 2 for EUR, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

/// What can be wrong with an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a code of ISO 4217.
    #[error("'{code}' is not an ISO 4217 currency code")]
    UnknownCurrency {
        /// What was given.
        code: String,
    },
    /// Beyond ±(2^53 − 1) minor units.
    #[error("the amount is beyond ±9007199254740991 minor units")]
    Overflow,
    /// Two currencies in one sum.
    #[error("{found} where {expected} is needed: one order has one currency")]
    CurrencyMismatch {
        /// The currency of the whole.
        expected: Currency,
        /// The other one.
        found: Currency,
    },
    /// Not a decimal number.
    #[error("'{text}' is not a decimal amount")]
    NotDecimal {
        /// What was given.
        text: String,
    },
    /// More decimals than the currency has.
    #[error("'{text}' has more decimals than {currency} allows ({exponent})")]
    ExcessPrecision {
        /// What was given.
        text: String,
        /// The currency.
        currency: Currency,
        /// Its decimals.
        exponent: u32,
    },
}

/// An amount in minor units (cents for EUR) of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, within ±[`AMOUNT_MAX`].
    pub amount: i64,
    /// The currency of the amount.
    pub currency: Currency,
}

impl Money {
    /// An amount within the limits.
    pub fn new(amount: i64, currency: Currency) -> Result<Self, MoneyError> {
        if amount.unsigned_abs() > AMOUNT_MAX.unsigned_abs() {
            Err(MoneyError::Overflow)
        } else {
            Ok(Self { amount, currency })
        }
    }

    /// Nothing.
    pub const fn zero(currency: Currency) -> Self {
        Self { amount: 0, currency }
    }

    /// Sum of two amounts of one currency.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        Self::new(self.amount.checked_add(other.amount).ok_or(MoneyError::Overflow)?, self.currency)
    }

    /// Difference of two amounts of one currency.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        Self::new(self.amount.checked_sub(other.amount).ok_or(MoneyError::Overflow)?, self.currency)
    }

    /// The amount of `quantity` units.
    pub fn times(self, quantity: i64) -> Result<Self, MoneyError> {
        if seeded(Bug::TotalsWrap) {
            return Self::new(self.amount.wrapping_mul(quantity), self.currency);
        }
        Self::new(self.amount.checked_mul(quantity).ok_or(MoneyError::Overflow)?, self.currency)
    }

    /// Refuse another currency.
    pub fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch { expected: self.currency, found: other.currency })
        }
    }

    /// The tax in this amount at `rate` (0.19 for 19 %), rounded half to even to the minor unit.
    /// `included`: the amount already holds the tax, so the tax is `amount × rate ÷ (1 + rate)`.
    pub fn tax(self, rate: Decimal, included: bool) -> Result<Self, MoneyError> {
        if !included {
            return self.share(rate);
        }
        let whole = Decimal::ONE.checked_add(rate).ok_or(MoneyError::Overflow)?;
        let exact = Decimal::from(self.amount).checked_mul(rate).ok_or(MoneyError::Overflow)?;
        Self::new(rounded(exact.checked_div(whole).ok_or(MoneyError::Overflow)?)?, self.currency)
    }

    /// This share of the amount (0.1 for a tenth), rounded half to even to the minor unit.
    pub fn share(self, share: Decimal) -> Result<Self, MoneyError> {
        let exact = Decimal::from(self.amount).checked_mul(share).ok_or(MoneyError::Overflow)?;
        Self::new(rounded(exact)?, self.currency)
    }

    /// Split by weights so that the parts sum to the whole: each part is rounded down and the units left go to
    /// the largest remainders, earlier parts first (Hare–Niemeyer). All weights 0: everything to the first part.
    pub fn allocate(self, weights: &[u64]) -> Vec<Self> {
        let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
        let whole = u128::from(self.amount.unsigned_abs());
        let share = |w: u64| {
            // Both factors are below 2^64, so the product fits; a total of 0 shares nothing out here.
            let product = whole * u128::from(w);
            (product.checked_div(total).unwrap_or(0), product.checked_rem(total).unwrap_or(0))
        };
        let mut parts: Vec<(u128, u128)> = weights.iter().map(|w| share(*w)).collect();
        let mut left = whole - parts.iter().map(|p| p.0).sum::<u128>();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|i| parts.get(*i).map(|p| cmp_desc(p.1)));
        if total == 0 {
            if let Some(first) = parts.first_mut() {
                first.0 = left;
            }
            left = 0;
        }
        for index in order {
            if left == 0 {
                break;
            }
            if let Some(part) = parts.get_mut(index) {
                part.0 += 1;
                left -= 1;
            }
        }
        let sign = self.amount.signum();
        parts
            .into_iter()
            .map(|(units, _)| {
                // A part is never larger than the whole, which fits.
                let units = i64::try_from(units).unwrap_or(i64::MAX);
                Self { amount: sign * units, currency: self.currency }
            })
            .collect()
    }

    /// Read a decimal text ("14.90") in the major unit. More decimals than the currency has are refused, never
    /// rounded.
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let not_decimal = || MoneyError::NotDecimal { text: text.chars().take(40).collect() };
        let digits = text.trim().strip_prefix('-').unwrap_or(text.trim());
        if !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(not_decimal());
        }
        let decimal = Decimal::from_str_exact(text.trim()).map_err(|_| not_decimal())?;
        let exponent = currency.exponent();
        let minor = decimal.checked_mul(Decimal::from(10u64.pow(exponent))).ok_or(MoneyError::Overflow)?;
        if !minor.fract().is_zero() {
            return Err(MoneyError::ExcessPrecision { text: text.trim().to_owned(), currency, exponent });
        }
        Self::new(i64::try_from(minor.trunc()).map_err(|_| MoneyError::Overflow)?, currency)
    }

    /// The amount in the major unit, as decimal text: "14.90".
    pub fn to_decimal(self) -> String {
        let exponent = self.currency.exponent();
        Decimal::new(self.amount, exponent).to_string()
    }
}

fn cmp_desc(remainder: u128) -> std::cmp::Reverse<u128> {
    std::cmp::Reverse(remainder)
}

fn rounded(exact: Decimal) -> Result<i64, MoneyError> {
    let whole = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
    i64::try_from(whole).map_err(|_| MoneyError::Overflow)
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.to_decimal())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn eur(amount: i64) -> Money {
        Money { amount, currency: Currency::parse("EUR").unwrap() }
    }

    #[test]
    fn exponents_are_those_of_iso_4217() {
        for (code, exponent) in [("JPY", 0), ("EUR", 2), ("KWD", 3)] {
            assert_eq!(Currency::parse(code).unwrap().exponent(), exponent, "{code}");
        }
        assert!(Currency::parse("eur").is_err());
        assert!(Currency::parse("XXZ").is_err());
    }

    #[test]
    fn sums_are_checked() {
        assert_eq!(eur(AMOUNT_MAX).plus(eur(1)), Err(MoneyError::Overflow));
        assert_eq!(eur(i64::MAX / 2).times(3), Err(MoneyError::Overflow));
        let yen = Money::zero(Currency::parse("JPY").unwrap());
        assert!(matches!(eur(1).plus(yen), Err(MoneyError::CurrencyMismatch { .. })));
    }

    #[test]
    fn tax_rounds_half_to_even() {
        let rate = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(eur(2980).tax(rate("0.19"), true).unwrap(), eur(476));
        assert_eq!(eur(50).tax(rate("0.01"), false).unwrap(), eur(0)); // 0.5 → 0
        assert_eq!(eur(150).tax(rate("0.01"), false).unwrap(), eur(2)); // 1.5 → 2
        assert_eq!(eur(-2980).tax(rate("0.19"), true).unwrap(), eur(-476));
    }

    #[test]
    fn decimal_text_keeps_every_digit_or_is_refused() {
        let currency = |code: &str| Currency::parse(code).unwrap();
        assert_eq!(Money::from_decimal(" 14.9 ", currency("EUR")).unwrap().amount, 1490);
        assert_eq!(Money::from_decimal("-0.05", currency("EUR")).unwrap().amount, -5);
        assert_eq!(Money::from_decimal("50", currency("JPY")).unwrap().amount, 50);
        assert_eq!(Money::from_decimal("1.234", currency("KWD")).unwrap().amount, 1234);
        assert!(matches!(
            Money::from_decimal("1.234", currency("EUR")),
            Err(MoneyError::ExcessPrecision { .. })
        ));
        for text in ["", "-", ".", "1.2.3", "--1", "+1", "1,5", "1_000", "abc", "1e5", "NaN", &"9".repeat(40)]
        {
            assert!(Money::from_decimal(text, currency("EUR")).is_err(), "{text}");
        }
        assert_eq!(eur(5).to_decimal(), "0.05");
    }

    proptest! {
        #[test]
        fn allocation_loses_nothing(amount in -AMOUNT_MAX..AMOUNT_MAX, weights in prop::collection::vec(0u64..1_000_000, 1..40)) {
            let parts = eur(amount).allocate(&weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().map(|p| i128::from(p.amount)).sum::<i128>(), i128::from(amount));
        }
    }
}
