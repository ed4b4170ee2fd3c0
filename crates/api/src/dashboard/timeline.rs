//! What happened, as sentences.

use serde_json::Value;
use sutler_app::Recorded;
use sutler_app::orders::{TimelineEntry, TimelineKind};
use sutler_domain::Currency;

use super::words::{self as w, Html};

/// A line of a timeline.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) tone: &'static str,
    pub(crate) icon: Html,
    pub(crate) sentence: String,
    pub(crate) actor: String,
    pub(crate) at: Html,
    /// The event as JSON; empty for notes.
    pub(crate) raw: String,
    /// The text of a note.
    pub(crate) note: String,
    /// The version that the order had after it.
    pub(crate) version: Option<u64>,
}

/// The line of an entry.
pub(crate) fn entry(entry: &TimelineEntry, currency: Currency, source: &str) -> Entry {
    let (at, actor) = (w::clock_day(entry.at), w::actor(&entry.actor));
    match &entry.kind {
        TimelineKind::Note(note) => Entry {
            tone: "neutral",
            icon: w::icon("message-square"),
            sentence: "Note".to_owned(),
            actor,
            at,
            raw: String::new(),
            note: note.body.clone(),
            version: None,
        },
        TimelineKind::Event { title, event } => {
            let (tone, icon) = look(title);
            Entry {
                tone,
                icon,
                sentence: sentence(title, event, currency),
                actor,
                at,
                raw: raw(event, source),
                note: String::new(),
                version: Some(event.version.0),
            }
        }
    }
}

/// Tone and glyph of a type of events.
pub(crate) fn look(kind: &str) -> (&'static str, Html) {
    match kind {
        "order.placed" => ("accent", w::icon("shopping-bag")),
        "order.confirmed" | "order.completed" => ("success", w::icon("circle-check")),
        "order.canceled" | "order.expired" => ("neutral", w::icon("ban")),
        _ if kind.rsplit('.').next().is_some_and(|what| matches!(what, "failed" | "dead")) => {
            ("danger", w::icon("circle-alert"))
        }
        _ if kind.starts_with("payment.") => ("success", w::icon("credit-card")),
        _ if kind.starts_with("refund.") => ("neutral", w::icon("undo-2")),
        _ if kind.starts_with("fulfillment.") => ("info", w::icon("truck")),
        _ if kind.starts_with("inventory.") || kind.starts_with("reservation.") => {
            ("info", w::icon("warehouse"))
        }
        _ if kind.starts_with("product.") || kind.starts_with("price.") => ("info", w::icon("package")),
        _ if kind.starts_with("webhook.") => ("info", w::icon("webhook")),
        _ if kind.starts_with("job.") => ("neutral", w::icon("list-checks")),
        _ if kind.contains("hold") => ("warning", w::icon("circle-pause")),
        _ => ("neutral", w::icon("activity")),
    }
}

/// `payment.captured` of 5960 is `Payment captured €59.60`.
fn sentence(title: &str, event: &Recorded, currency: Currency) -> String {
    let words = spoken(title);
    let facts = match serde_json::from_str::<Value>(&event.body) {
        Ok(Value::Object(map)) => map.into_iter().next().map(|(_, facts)| facts).unwrap_or_default(),
        _ => Value::Null,
    };
    let amount = facts.get("amount").and_then(Value::as_i64).map(|amount| w::plain(amount, currency));
    let why = ["reason", "code"].iter().find_map(|name| facts.get(name).and_then(Value::as_str));
    let mut sentence = words;
    if let Some(amount) = amount {
        sentence = format!("{sentence} {amount}");
    }
    if let Some(why) = why {
        sentence = format!("{sentence}: {}", why.replace('_', " "));
    }
    sentence
}

/// `payment.captured` and `PaymentCaptured` are `Payment captured`.
pub(crate) fn spoken(kind: &str) -> String {
    let mut text = String::with_capacity(kind.len().saturating_add(4));
    for (at, c) in kind.chars().enumerate() {
        match c {
            '.' | '_' => text.push(' '),
            c if at == 0 => text.extend(c.to_uppercase()),
            c if c.is_uppercase() => {
                text.push(' ');
                text.extend(c.to_lowercase());
            }
            c => text.push(c),
        }
    }
    text
}

/// An event as others may read it; nothing of what stays inside.
fn raw(event: &Recorded, source: &str) -> String {
    let shown = sutler_app::public::public(event, source);
    shown.and_then(|shown| serde_json::to_string_pretty(&shown).ok()).unwrap_or_default()
}

/// JSON with a line for each of its parts.
pub(crate) fn pretty(json: &str) -> String {
    serde_json::from_str::<Value>(json)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| json.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_events_are_spoken() {
        assert_eq!(spoken("payment.captured"), "Payment captured");
        assert_eq!(spoken("inventory.back_in_stock"), "Inventory back in stock");
        assert_eq!(spoken("GatewayCallIntended"), "Gateway call intended");
    }
}
