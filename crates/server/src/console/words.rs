//! Values of JSON documents as people read them.

use jiff::Timestamp;
use serde_json::Value;
use sutler_domain::{Currency, Money};

/// The member at a JSON pointer; `Null` when there is none.
pub(crate) fn field<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// The member at a pointer as text: strings without quotes, nothing for null.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    match field(value, pointer) {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The member at a pointer as a whole number; 0 when it is none.
pub(crate) fn int(value: &Value, pointer: &str) -> i64 {
    field(value, pointer).as_i64().unwrap_or(0)
}

/// `{"amount": 5960, "currency": "EUR"}` as `€59.60`.
pub(crate) fn money(value: &Value) -> String {
    let amount = value.get("amount").and_then(Value::as_i64);
    let code = value.get("currency").and_then(Value::as_str);
    let currency = code.and_then(|code| Currency::parse(code).ok());
    let (Some(amount), Some(currency)) = (amount, currency) else { return String::new() };
    let Ok(money) = Money::new(amount, currency) else { return format!("{amount} {currency}") };
    let decimal = money.to_decimal();
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal.as_str()), |digits| ("-", digits));
    match currency.code() {
        "EUR" => format!("{sign}€{digits}"),
        "USD" => format!("{sign}${digits}"),
        "GBP" => format!("{sign}£{digits}"),
        "JPY" => format!("{sign}¥{digits}"),
        code => format!("{sign}{code} {digits}"),
    }
}

/// What a person types, such as `59.60`, in minor units.
pub(crate) fn amount_minor(text: &str, currency: &str) -> Result<i64, String> {
    let currency = Currency::parse(currency).map_err(|error| error.to_string())?;
    Money::from_decimal(text, currency).map(|money| money.amount).map_err(|error| error.to_string())
}

/// `2026-11-22T13:06:56.120Z` as `13:06:56.120`.
pub(crate) fn clock_time(value: &str) -> String {
    value.parse::<Timestamp>().map_or_else(|_| value.to_owned(), |at| at.strftime("%H:%M:%S%.3f").to_string())
}

/// `2026-11-22T13:06:56.120Z` as `2026-11-22 13:06`, in UTC like everything that is shown.
pub(crate) fn day_time(value: &str) -> String {
    value
        .parse::<Timestamp>()
        .map_or_else(|_| value.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// `1 item`, `2 items`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_is_written_in_major_units() {
        let shown = |amount: i64, currency: &str| money(&json!({"amount": amount, "currency": currency}));
        assert_eq!(shown(5960, "EUR"), "€59.60");
        assert_eq!(shown(-5, "USD"), "-$0.05");
        assert_eq!(shown(1500, "JPY"), "¥1500");
        assert_eq!(shown(1500, "KWD"), "KWD 1.500");
        assert_eq!(money(&Value::Null), "");
    }

    #[test]
    fn amounts_are_read_with_the_decimals_of_their_currency() {
        assert_eq!(amount_minor("59.60", "EUR"), Ok(5960));
        assert_eq!(amount_minor("59.6", "EUR"), Ok(5960));
        assert!(amount_minor("59.605", "EUR").is_err());
        assert!(amount_minor("1.5", "JPY").is_err());
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(clock_time("2026-11-22T13:06:56.120Z"), "13:06:56.120");
        assert_eq!(day_time("2026-11-22T13:06:56.120Z"), "2026-11-22 13:06");
        assert_eq!(day_time("soon"), "soon");
    }
}
