//! How a stored view differs from its fold, in words.

use serde_json::Value;
use sutler_domain::{Currency, Money, Version};

use super::{FieldChange, order};
use crate::ports::audit::StoredView;

/// Fields of a view that are named; the others are counted.
const FIELDS_MAX: usize = 3;

/// Characters of a value that are shown.
const VALUE_CHARS_MAX: usize = 60;

/// Fields that hold an amount in minor units of the view's currency.
const AMOUNTS: [&str; 11] = [
    "amount",
    "authorized",
    "captured",
    "refunded",
    "total",
    "subtotal",
    "discount",
    "shipping",
    "tax",
    "tax_added",
    "unit_price",
];

/// What a stored view says that its fold does not; nothing when they are equal to the byte.
pub(super) fn differing(view: &StoredView, folded: &str, (last, number): (Version, u64)) -> Option<String> {
    let mut said = Vec::new();
    if view.body != folded {
        said.push(bodies(&view.body, folded));
    }
    if view.number != number {
        said.push(format!("the stored view has the number {}, the log says {number}", view.number));
    }
    if view.version != last || !said.is_empty() {
        said.push(why(view.version, last));
    }
    (!said.is_empty()).then(|| said.join(": "))
}

/// What the versions say about how it came to differ.
fn why(view: Version, last: Version) -> String {
    match view.cmp(&last) {
        std::cmp::Ordering::Less => {
            format!(
                "the view stands at version {view}, the log at {last}: an event was written without the view"
            )
        }
        std::cmp::Ordering::Equal => "the view was written without its event".to_owned(),
        std::cmp::Ordering::Greater => {
            format!(
                "the view stands at version {view}, the log at {last}: the view was written without its event"
            )
        }
    }
}

fn bodies(stored: &str, folded: &str) -> String {
    let (stored, folded): (Value, Value) = match (serde_json::from_str(stored), serde_json::from_str(folded))
    {
        (Ok(stored), Ok(folded)) => (stored, folded),
        (Err(error), _) | (_, Err(error)) => return format!("the stored view is no JSON ({error})"),
    };
    let mut fields = Vec::new();
    walk("", &stored, &folded, &mut fields);
    if fields.is_empty() {
        return "the stored view says the same in other bytes".to_owned();
    }
    let currency = folded.get("currency").and_then(Value::as_str).and_then(|code| Currency::parse(code).ok());
    let shown = fields.iter().take(FIELDS_MAX).map(|(path, stored, folded)| {
        let (stored, folded) = (shown(path, stored, currency), shown(path, folded, currency));
        format!("the stored view says {path} {stored}, the log says {folded}")
    });
    let more = match fields.len().saturating_sub(FIELDS_MAX) {
        0 => String::new(),
        more => format!("; {more} more fields differ"),
    };
    format!("{}{more}", shown.collect::<Vec<_>>().join("; "))
}

/// What an event changed of a view, both in canonical JSON; the time of the last change goes without saying.
pub(super) fn changes(before: &str, after: &str) -> Vec<FieldChange> {
    let read = |text| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (before, after) = (read(before), read(after));
    let currency = after.get("currency").and_then(Value::as_str).and_then(|code| Currency::parse(code).ok());
    let mut fields = Vec::new();
    walk("", &before, &after, &mut fields);
    let named = fields.into_iter().filter(|(path, ..)| path != "updated_at");
    named
        .map(|(path, before, after)| FieldChange {
            before: shown(&path, before, currency),
            after: shown(&path, after, currency),
            field: path,
        })
        .collect()
}

/// The leaves that differ, each with its path, the stored and the folded value.
fn walk<'v>(
    path: &str,
    stored: &'v Value,
    folded: &'v Value,
    fields: &mut Vec<(String, &'v Value, &'v Value)>,
) {
    let below = |name: &dyn std::fmt::Display| {
        if path.is_empty() { name.to_string() } else { format!("{path}/{name}") }
    };
    match (stored, folded) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                walk(&below(name), value, b.get(name).unwrap_or(&Value::Null), fields);
            }
            for (name, value) in b.iter().filter(|(name, _)| !a.contains_key(*name)) {
                walk(&below(name), &Value::Null, value, fields);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                walk(&below(&index), a, b, fields);
            }
        }
        (a, b) if a == b => {}
        (a, b) => fields.push((path.to_owned(), a, b)),
    }
}

fn shown(path: &str, value: &Value, currency: Option<Currency>) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    if let (true, Some(currency), Some(amount)) = (AMOUNTS.contains(&name), currency, value.as_i64()) {
        return order::shown(Money { amount, currency });
    }
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Array(list) => format!("{} entries", list.len()),
        other => other.to_string().chars().take(VALUE_CHARS_MAX).collect(),
    }
}
