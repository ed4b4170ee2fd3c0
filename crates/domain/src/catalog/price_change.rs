//! A change of many prices at once: by a share of each, or by an amount.

use rust_decimal::Decimal;

use crate::{Currency, Money, MoneyError};

/// The largest share that prices are raised by at once, in percent: ten times the price, and one more.
pub const PRICE_RISE_PERCENT_MAX: i64 = 1_000;

/// How each of many prices is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceChange {
    /// By so many percent of itself; below zero it falls.
    Percent(Decimal),
    /// By this amount; below zero it falls.
    Amount(Money),
}

/// Why a price is not changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceChangeError {
    /// The text says no change.
    #[error("'{text}' is no change: write a share such as -10%, or an amount such as +2.50")]
    NotAChange {
        /// What was given.
        text: String,
    },
    /// The share is out of range.
    #[error("a price falls by 100% at most and rises by {PRICE_RISE_PERCENT_MAX}%")]
    OutOfRange,
    /// The price would fall below zero.
    #[error("it would cost less than nothing")]
    BelowZero,
    /// The price is in another currency than the amount.
    #[error("its price is in {currency}")]
    OtherCurrency {
        /// The currency of the price.
        currency: Currency,
    },
    /// The amount is none.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl PriceChange {
    /// Read it as people write it: `-10%`, `12,5 %`, `+2.50`, `-0.99`. Amounts are of this currency.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, PriceChangeError> {
        let plain = text.trim().replace(',', ".").replace('−', "-");
        let plain = plain.strip_prefix('+').unwrap_or(&plain);
        let Some(share) = plain.strip_suffix('%') else {
            return match Money::from_decimal(plain, currency) {
                Ok(amount) => Ok(Self::Amount(amount)),
                Err(MoneyError::NotDecimal { .. }) => Err(not_a_change(text)),
                Err(error) => Err(error.into()),
            };
        };
        let share = share.trim();
        let has_digits_only = share.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
        let percent = Decimal::from_str_exact(share).ok().filter(|_| has_digits_only);
        let percent = percent.ok_or_else(|| not_a_change(text))?;
        let range = Decimal::from(-100)..=Decimal::from(PRICE_RISE_PERCENT_MAX);
        if range.contains(&percent) { Ok(Self::Percent(percent)) } else { Err(PriceChangeError::OutOfRange) }
    }

    /// The price after it. What a share comes to is rounded half to even to the minor unit; an amount must be of the price's currency.
    pub fn of(self, price: Money) -> Result<Money, PriceChangeError> {
        let after = match self {
            Self::Percent(percent) => {
                let share = percent.checked_div(Decimal::ONE_HUNDRED).ok_or(MoneyError::Overflow)?;
                price.plus(price.share(share)?)?
            }
            Self::Amount(amount) if amount.currency != price.currency => {
                return Err(PriceChangeError::OtherCurrency { currency: price.currency });
            }
            Self::Amount(amount) => price.plus(amount)?,
        };
        if after.amount < 0 { Err(PriceChangeError::BelowZero) } else { Ok(after) }
    }
}

fn not_a_change(text: &str) -> PriceChangeError {
    PriceChangeError::NotAChange { text: text.trim().chars().take(40).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn eur(amount: i64) -> Money {
        Money::new(amount, Currency::parse("EUR").unwrap()).unwrap()
    }

    fn change(text: &str) -> Result<PriceChange, PriceChangeError> {
        PriceChange::parse(text, Currency::parse("EUR").unwrap())
    }

    #[test]
    fn it_is_read_as_people_write_it() {
        let ten = PriceChange::Percent(Decimal::from(-10));
        for text in ["-10%", " −10 % ", "-10.0%"] {
            assert_eq!(change(text), Ok(ten), "{text}");
        }
        assert_eq!(change("12,5 %"), Ok(PriceChange::Percent(Decimal::new(125, 1))));
        assert_eq!(change("+2.50"), Ok(PriceChange::Amount(eur(250))));
        assert_eq!(change("-0,99"), Ok(PriceChange::Amount(eur(-99))));
    }

    #[test]
    fn what_is_no_change_is_told_with_what_to_write() {
        for text in ["", "%", "ten", "10%%", "--5", "1e3%", "5 EUR", "+-5%%"] {
            let told = change(text).unwrap_err().to_string();
            assert!(told.contains("such as -10%"), "{text}: {told}");
        }
        assert_eq!(change("-100.01%"), Err(PriceChangeError::OutOfRange));
        assert_eq!(change("1000.5%"), Err(PriceChangeError::OutOfRange));
        assert!(matches!(change("0.005"), Err(PriceChangeError::Money(_))));
    }

    #[test]
    fn shares_are_rounded_half_to_even() {
        for (text, before, after) in [
            ("-10%", 1490, 1341),
            ("50%", 1, 1),
            ("50%", 3, 5),
            ("-100%", 1490, 0),
            ("0%", 5, 5),
            ("-0.99", 100, 1),
        ] {
            assert_eq!(change(text).unwrap().of(eur(before)), Ok(eur(after)), "{text} of {before}");
        }
        assert_eq!(change("-2").unwrap().of(eur(199)), Err(PriceChangeError::BelowZero));
        let yen = Money::new(100, Currency::parse("JPY").unwrap()).unwrap();
        let refused = change("+1").unwrap().of(yen).unwrap_err();
        assert_eq!(refused.to_string(), "its price is in JPY");
    }

    proptest! {
        #[test]
        fn a_rise_never_makes_cheaper_and_a_fall_never_dearer(
            price in 0..1_000_000_i64,
            percent in -10_000..100_000_i64,
        ) {
            let after = PriceChange::Percent(Decimal::new(percent, 2)).of(eur(price)).unwrap().amount;
            prop_assert!(percent < 0 || after >= price);
            prop_assert!(percent > 0 || after <= price);
            prop_assert!(after >= 0);
        }
    }
}
