//! Amounts, currencies, rates and times in a request.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;
use sutler_app::orders::Amount;
use sutler_domain::money::AMOUNT_MAX;
use sutler_domain::{Currency, Fault, Money};

use super::fields::{Fields, told};

impl Fields<'_> {
    /// An ISO 4217 code.
    pub fn currency(&mut self, name: &'static str) -> Option<Currency> {
        let code = self.text(name)?;
        Currency::parse(&code).map_err(|error| self.invalid(name, error.to_string())).ok()
    }

    /// An amount: `{"amount": 1490, "currency": "EUR"}`, or the bare integer where the enclosing object has a
    /// currency. `hint` is that currency, for the amount suggested instead of a decimal one.
    pub fn amount(&mut self, name: &'static str, hint: Currency) -> Option<Amount> {
        let value = self.value(name)?;
        if !value.is_object() {
            return self.minor_units(name, hint).map(|amount| Amount { amount, currency: None });
        }
        self.object(name, |f| {
            f.need("amount");
            let currency = f.currency("currency");
            let amount = f.minor_units("amount", currency.unwrap_or(hint));
            amount.map(|amount| Amount { amount, currency })
        })?
    }

    /// An amount that names its currency, or else is in the shop's.
    pub fn money(&mut self, name: &'static str, shop: Currency) -> Option<Money> {
        let amount = self.amount(name, shop)?;
        Some(Money { amount: amount.amount, currency: amount.currency.unwrap_or(shop) })
    }

    /// Whole minor units within ±(2^53 − 1). Floats and decimal texts are refused with the amount that was meant.
    pub fn minor_units(&mut self, name: &'static str, currency: Currency) -> Option<i64> {
        let value = self.value(name)?;
        if let Some(amount) =
            value.as_i64().filter(|amount| amount.unsigned_abs() <= AMOUNT_MAX.unsigned_abs())
        {
            return Some(amount);
        }
        let decimal = match value {
            Value::Number(number) if !number.is_i64() && !number.is_u64() => Some(number.to_string()),
            Value::String(text) => Some(text.clone()),
            _ => None,
        };
        let meant = decimal.and_then(|text| Money::from_decimal(&text, currency).ok());
        let rule = format!("an amount is a whole number of minor units within ±{AMOUNT_MAX}");
        let fault = match meant {
            Some(meant) => {
                let detail =
                    format!("{} is not a minor-unit amount; did you mean {}?", told(value), meant.amount);
                Fault::new(self.pointer(name), "money_format", detail).count("did_you_mean", meant.amount)
            }
            None => Fault::new(self.pointer(name), "money_format", format!("{} given; {rule}", told(value))),
        };
        self.note(fault);
        None
    }

    /// A rate such as `"0.19"`: a decimal text, because a JSON number is rounded by many readers.
    pub fn rate(&mut self, name: &'static str) -> Option<Decimal> {
        let value = self.value(name)?;
        let rate = value.as_str().and_then(|text| text.parse::<Decimal>().ok());
        let rate = rate.filter(|rate| (Decimal::ZERO..=Decimal::TEN).contains(rate));
        if rate.is_none() {
            let detail = format!("{} is not a rate; write 19 % as the text \"0.19\" (0 to 10)", told(value));
            self.invalid(name, detail);
        }
        rate
    }

    /// A time, RFC 3339.
    pub fn time(&mut self, name: &'static str) -> Option<Timestamp> {
        let text = self.text(name)?;
        let time: Option<Timestamp> = text.parse().ok();
        if time.is_none() {
            let text = super::fields::shortened(&text);
            self.invalid(name, format!("'{text}' is not a time such as 2026-11-22T13:06:56Z (RFC 3339)"));
        }
        time
    }

    /// An ISO 8601 duration of hours, minutes and seconds, in milliseconds.
    pub fn duration_ms(&mut self, name: &'static str) -> Option<i64> {
        let text = self.text(name)?;
        let iso = text.strip_prefix('P').and_then(|_| text.parse::<SignedDuration>().ok());
        let duration_ms = iso.and_then(|duration| i64::try_from(duration.as_millis()).ok());
        if duration_ms.is_none() {
            let text = super::fields::shortened(&text);
            self.invalid(name, format!("'{text}' is not a duration such as PT15M (ISO 8601)"));
        }
        duration_ms
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn eur() -> Currency {
        Currency::parse("EUR").unwrap()
    }

    #[test]
    fn amounts_are_whole_minor_units() {
        let kwd = Currency::parse("KWD").unwrap();
        let cases = [
            (json!(1490), Ok((1490, None))),
            (json!({"amount": 1490, "currency": "KWD"}), Ok((1490, Some(kwd)))),
            (json!({"amount": 1490}), Ok((1490, None))),
            (json!(AMOUNT_MAX), Ok((AMOUNT_MAX, None))),
            (json!(14.9), Err("/price money_format 1490")),
            (json!("14.90"), Err("/price money_format 1490")),
            (json!("14.905"), Err("/price money_format -")),
            (json!(AMOUNT_MAX + 1), Err("/price money_format -")),
            (json!(u64::MAX), Err("/price money_format -")),
            (json!(1e300), Err("/price money_format -")),
            (json!(true), Err("/price money_format -")),
            (json!({"amount": 1.5, "currency": "KWD"}), Err("/price/amount money_format 1500")),
            (json!({"currency": "EUR"}), Err("/price/amount validation_failed -")),
            (json!({"amount": 1, "currency": "eur"}), Err("/price/currency validation_failed -")),
            (json!({"amount": 1, "curency": "EUR"}), Err("/price/curency unknown_field 'currency'")),
        ];
        for (given, expected) in cases {
            let document = json!({"price": given});
            let mut f = Fields::of(&document);
            let amount = f.amount("price", eur());
            let found = f.done().map(|()| amount.map(|a| (a.amount, a.currency)).unwrap());
            let found = found.map_err(|problem| {
                let fault = problem.errors.first().unwrap().clone();
                let meant =
                    fault.facts.iter().find(|(name, _)| *name == "did_you_mean").map(|(_, fact)| fact);
                let meant = match meant {
                    Some(sutler_domain::Fact::Count(count)) => count.to_string(),
                    Some(sutler_domain::Fact::Text(text)) => format!("'{text}'"),
                    _ => "-".to_owned(),
                };
                format!("{} {} {meant}", fault.pointer, fault.code)
            });
            assert_eq!(found, expected.map_err(str::to_owned), "{given}");
        }
    }

    #[test]
    fn rates_are_decimal_texts() {
        for (given, expected) in [
            (json!("0.19"), Some("0.19")),
            (json!("0"), Some("0")),
            (json!(0.19), None),
            (json!("19"), None),
            (json!("-0.1"), None),
        ] {
            let document = json!({"rate": given});
            let mut f = Fields::of(&document);
            assert_eq!(f.rate("rate").map(|r| r.to_string()).as_deref(), expected, "{given}");
            assert_eq!(f.done().is_ok(), expected.is_some(), "{given}");
        }
    }

    #[test]
    fn times_are_rfc_3339() {
        for (given, fine) in
            [("2026-11-22T13:06:56.120Z", true), ("2026-11-22T14:06+01:00", true), ("yesterday", false)]
        {
            let document = json!({"at": given});
            let mut f = Fields::of(&document);
            f.time("at");
            assert_eq!(f.done().is_ok(), fine, "{given}");
        }
    }
}
