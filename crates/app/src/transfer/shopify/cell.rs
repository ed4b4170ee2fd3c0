//! One cell as a value.

use rust_decimal::Decimal;
use sutler_domain::catalog::{Oversell, ProductStatus, Weight, WeightUnit};
use sutler_domain::{Currency, Money, MoneyError};

/// Why a cell is not what its column holds: a code and words.
pub(super) type Wrong = (&'static str, String);

/// `true` or `false`, in any case.
pub(super) fn truth(cell: &str) -> Result<bool, Wrong> {
    match cell.to_lowercase().as_str() {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err(("not_true_or_false", format!("'{cell}' is neither true nor false"))),
    }
}

/// An amount as decimal text in the shop's currency.
pub(super) fn money(cell: &str, currency: Currency) -> Result<Money, Wrong> {
    Money::from_decimal(cell, currency).map_err(|error| {
        let code = if matches!(error, MoneyError::ExcessPrecision { .. }) {
            "excess_precision"
        } else {
            "money_format"
        };
        (code, error.to_string())
    })
}

/// A whole number of units.
pub(super) fn units(cell: &str) -> Result<i64, Wrong> {
    cell.parse().map_err(|_| ("not_a_number", format!("'{cell}' is not a whole number")))
}

/// A weight in grams, shown in kilograms where those are its unit; ounces and pounds stay grams, since turning
/// them back would not be exact.
pub(super) fn weight(grams: &str, unit: Option<&str>) -> Result<Option<Weight>, Wrong> {
    let Some(value) = measured(grams, "a weight in grams")? else { return Ok(None) };
    Ok(Some(match weight_unit(unit)? {
        WeightUnit::Kg => {
            let kilos = value.checked_div(Decimal::from(1000));
            let kilos = kilos.ok_or_else(|| not_measured(grams, "a weight in grams"))?;
            Weight { value: kilos.normalize(), unit: WeightUnit::Kg }
        }
        WeightUnit::G | WeightUnit::Oz | WeightUnit::Lb => {
            Weight { value: value.normalize(), unit: WeightUnit::G }
        }
    }))
}

/// A weight in a unit; grams where it names none.
pub(super) fn weight_in(cell: &str, unit: Option<&str>) -> Result<Option<Weight>, Wrong> {
    let unit = weight_unit(unit)?;
    Ok(measured(cell, "a weight")?.map(|value| Weight { value: value.normalize(), unit }))
}

/// A number that is not negative; `None` for nought.
fn measured(cell: &str, what: &str) -> Result<Option<Decimal>, Wrong> {
    let value: Decimal = cell.parse().map_err(|_| not_measured(cell, what))?;
    if value.is_zero() {
        return Ok(None);
    }
    if value.is_sign_negative() { Err(not_measured(cell, what)) } else { Ok(Some(value)) }
}

fn not_measured(cell: &str, what: &str) -> Wrong {
    ("not_a_number", format!("'{cell}' is not {what}"))
}

fn weight_unit(unit: Option<&str>) -> Result<WeightUnit, Wrong> {
    match unit.unwrap_or_default().to_lowercase().as_str() {
        "" | "g" => Ok(WeightUnit::G),
        "kg" => Ok(WeightUnit::Kg),
        "oz" => Ok(WeightUnit::Oz),
        "lb" => Ok(WeightUnit::Lb),
        other => Err(("unknown_unit", format!("'{other}' is not a unit of weight; use g, kg, oz or lb"))),
    }
}

/// What to do when stock runs out.
pub(super) fn policy(cell: &str) -> Result<Oversell, Wrong> {
    match cell.to_lowercase().as_str() {
        "" | "deny" | "false" => Ok(Oversell::Deny),
        "continue" | "true" => Ok(Oversell::Allow),
        _ => Err(("unknown_policy", format!("'{cell}' is neither deny nor continue"))),
    }
}

/// Whether a product can be bought.
pub(super) fn status(cell: &str) -> Result<ProductStatus, Wrong> {
    match cell.to_lowercase().as_str() {
        "active" => Ok(ProductStatus::Active),
        "draft" => Ok(ProductStatus::Draft),
        "archived" => Ok(ProductStatus::Archived),
        _ => Err(("unknown_status", format!("'{cell}' is not a status; use active, draft or archived"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_or_refused_never_guessed() {
        let eur = Currency::parse("EUR").unwrap();
        assert_eq!(money("42.99", eur).unwrap().amount, 4299);
        assert_eq!(money("9.999", eur).unwrap_err().0, "excess_precision");
        assert_eq!(money("9,99", eur).unwrap_err().0, "money_format");
        assert_eq!(truth("TRUE"), Ok(true));
        assert_eq!(truth("1").unwrap_err().0, "not_true_or_false");
        assert_eq!(units("1.5").unwrap_err().0, "not_a_number");
        assert_eq!(weight("0", Some("kg")).unwrap(), None);
        assert_eq!(weight("250", Some("kg")).unwrap().unwrap().value.to_string(), "0.25");
        assert_eq!(weight("28", Some("oz")).unwrap().unwrap().unit, WeightUnit::G);
        assert_eq!(weight("28", Some("st")).unwrap_err().0, "unknown_unit");
        assert_eq!(policy("CONTINUE"), Ok(Oversell::Allow));
        assert_eq!(status("Gone").unwrap_err().0, "unknown_status");
    }
}
