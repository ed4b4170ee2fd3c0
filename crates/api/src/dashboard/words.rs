//! How things are said: badges, amounts and times. One place, so that a thing is said alike on every page.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sutler_domain::{Currency, Money};

use super::assets::FOLDER;
use crate::rest::problem::escaped;

/// Text that is HTML already; whoever makes one has escaped what came from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Html(pub(crate) String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// A glyph of the sprite. It is never the only thing that says what it says.
pub(crate) fn icon(name: &str) -> Html {
    Html(format!(
        "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"{}/icons.svg#{name}\"/></svg>",
        FOLDER.as_str()
    ))
}

/// How a state looks: tone, glyph and word. The one mapping for all states of all things.
fn look(word: &str) -> (&'static str, &'static str, &'static str) {
    match word {
        "created" => ("info", "circle-dashed", "Created"),
        "confirmed" => ("info", "circle-dot", "Confirmed"),
        "completed" => ("success", "circle-check", "Completed"),
        "canceled" => ("neutral", "ban", "Canceled"),
        "expired" => ("neutral", "clock", "Expired"),
        "unpaid" => ("neutral", "circle", "Unpaid"),
        "pending" => ("info", "circle-dashed", "Pending"),
        "requires_action" => ("warning", "hand", "Needs the buyer"),
        "authorized" => ("info", "circle-dot", "Authorized"),
        "partially_paid" => ("warning", "circle-dot", "Partly paid"),
        "paid" => ("success", "circle-check", "Paid"),
        "captured" => ("success", "circle-check", "Captured"),
        "partially_refunded" => ("neutral", "undo-2", "Partly refunded"),
        "refunded" => ("neutral", "undo-2", "Refunded"),
        "voided" => ("neutral", "ban", "Voided"),
        "failed" => ("danger", "circle-alert", "Failed"),
        "succeeded" => ("success", "circle-check", "Succeeded"),
        "unfulfilled" => ("neutral", "circle", "Unfulfilled"),
        "partially_shipped" => ("info", "truck", "Partly shipped"),
        "shipped" => ("info", "truck", "Shipped"),
        "delivered" => ("success", "package-check", "Delivered"),
        "partially_returned" => ("neutral", "undo-2", "Partly returned"),
        "returned" => ("neutral", "undo-2", "Returned"),
        "on_hold" => ("warning", "circle-pause", "On hold"),
        "draft" => ("neutral", "circle-dashed", "Draft"),
        "active" => ("success", "circle-check", "Active"),
        "archived" => ("neutral", "archive", "Archived"),
        "in_stock" => ("success", "circle-check", "In stock"),
        "low" => ("warning", "triangle-alert", "Low"),
        "out_of_stock" => ("danger", "circle-x", "Out of stock"),
        "untracked" => ("neutral", "circle", "Not counted"),
        "waiting" | "ready" => ("info", "clock", "Waiting"),
        "exhausted" => ("danger", "circle-x", "Given up"),
        "running" => ("info", "circle-play", "Running"),
        "done" => ("success", "circle-check", "Done"),
        "dead" => ("danger", "circle-x", "Dead"),
        "paused" => ("warning", "circle-pause", "Paused"),
        "enabled" => ("success", "circle-check", "Enabled"),
        "disabled" => ("neutral", "ban", "Disabled"),
        "failing" => ("danger", "circle-alert", "Failing"),
        "healthy" => ("success", "circle-check", "Healthy"),
        _ => ("neutral", "circle", ""),
    }
}

/// The badge of a state, by its word on the wire.
pub(crate) fn badge(word: &str) -> Html {
    let (tone, glyph, known) = look(word);
    let label = if known.is_empty() { escaped(&word.replace('_', " ")) } else { known.to_owned() };
    Html(format!("<span class=\"badge {tone}\">{}{label}</span>", icon(glyph)))
}

/// Tags, one beside the other.
pub(crate) fn tags(tags: &[String]) -> Html {
    let each = tags.iter().map(|tag| format!("<span class=\"tag\">{}</span>", escaped(tag)));
    Html(format!("<span class=\"tags\">{}</span>", each.collect::<String>()))
}

/// A badge of its own words.
pub(crate) fn label(tone: &str, glyph: &str, text: &str) -> Html {
    Html(format!("<span class=\"badge {tone}\">{}{}</span>", icon(glyph), escaped(text)))
}

/// The word of a state, for filters and sentences.
pub(crate) fn word(wire: &str) -> String {
    match look(wire).2 {
        "" => {
            let plain = wire.replace('_', " ");
            let mut letters = plain.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
        known => known.to_owned(),
    }
}

fn sign(currency: Currency) -> Option<&'static str> {
    Some(match currency.code() {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        "INR" => "₹",
        "KRW" => "₩",
        _ => return None,
    })
}

/// The digits of an amount, in groups of three.
fn digits(amount: i64, currency: Currency) -> (bool, String) {
    let decimal = Money { amount, currency }.to_decimal();
    let (negative, plain) = decimal.strip_prefix('-').map_or((false, decimal.as_str()), |rest| (true, rest));
    let (whole, fraction) = plain.split_once('.').map_or((plain, None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::with_capacity(plain.len().saturating_add(4));
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len().saturating_sub(at)) % 3 == 0 {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    (negative, grouped)
}

/// An amount as plain text: `€59.60`, `CHF 59.60`.
pub(crate) fn plain(amount: i64, currency: Currency) -> String {
    let (negative, digits) = digits(amount, currency);
    let minus = if negative { "−" } else { "" };
    match sign(currency) {
        Some(sign) => format!("{minus}{sign}{digits}"),
        None => format!("{minus}{} {digits}", currency.code()),
    }
}

/// An amount for a column of figures: the currency steps back.
pub(crate) fn cash(amount: i64, currency: Currency) -> Html {
    let (negative, digits) = digits(amount, currency);
    let minus = if negative { "−" } else { "" };
    let currency = sign(currency).map_or_else(|| format!("{} ", currency.code()), str::to_owned);
    Html(format!("<span class=\"cash\">{minus}<span class=\"cur\">{currency}</span>{digits}</span>"))
}

/// An amount for a field: `59.60`.
pub(crate) fn decimal(amount: i64, currency: Currency) -> String {
    Money { amount, currency }.to_decimal()
}

/// What somebody typed as an amount: `14.90` and `14,90` are the same.
pub(crate) fn typed_amount(text: &str, currency: Currency) -> Result<i64, String> {
    let text = text.trim().replace(',', ".");
    Money::from_decimal(&text, currency).map(|money| money.amount).map_err(|error| error.to_string())
}

/// A time as it passes: `4 min ago`, with the whole of it for whoever asks.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> Html {
    Html(format!(
        "<time-ago><time datetime=\"{}\" title=\"{}\">{}</time></time-ago>",
        sutler_app::public::rfc3339(at),
        at_utc(at),
        relative(at, now)
    ))
}

/// The same for templates, which hand references in.
pub(crate) fn since(at: &Timestamp, now: &Timestamp) -> Html {
    ago(*at, *now)
}

/// A time in words, such as `22 Nov 2026 14:06 UTC`.
pub(crate) fn at_utc(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M UTC").to_string()
}

/// A time of day to the millisecond, for lists of what followed what.
pub(crate) fn clock(at: Timestamp) -> Html {
    let text = at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S%.3f").to_string();
    let whole = sutler_app::public::rfc3339(at);
    Html(format!("<time class=\"mono\" datetime=\"{whole}\" title=\"{}\">{text}</time>", at_utc(at)))
}

/// A day and a time of day.
pub(crate) fn clock_day(at: Timestamp) -> Html {
    let text = at.to_zoned(TimeZone::UTC).strftime("%-d %b %H:%M:%S").to_string();
    let whole = sutler_app::public::rfc3339(at);
    Html(format!("<time datetime=\"{whole}\" title=\"{whole}\">{text}</time>"))
}

fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(at.as_second());
    let (ahead, seconds) = (seconds < 0, seconds.saturating_abs());
    let text = match seconds {
        0..=44 if !ahead => return "just now".to_owned(),
        0..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{} min", seconds / 60),
        3_600..=86_399 => format!("{} h", seconds / 3_600),
        86_400..=2_591_999 => format!("{} d", seconds / 86_400),
        _ => return at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y").to_string(),
    };
    if ahead { format!("in {text}") } else { format!("{text} ago") }
}

/// An id: its end is shown, all of it is copied.
pub(crate) fn copy_id(id: &str) -> Html {
    let (whole, short) = (escaped(id), escaped(&short_id(id)));
    Html(format!(
        "<copy-id value=\"{whole}\" hx-morph-skip-children><code title=\"{whole}\">{short}</code></copy-id>"
    ))
}

/// `ord_…saekf4`; what is short stays whole.
pub(crate) fn short_id(id: &str) -> String {
    let count = id.chars().count();
    let Some((prefix, rest)) = id.split_once('_').filter(|_| count > 18) else { return id.to_owned() };
    let tail: String = rest.chars().skip(rest.chars().count().saturating_sub(6)).collect();
    format!("{prefix}_…{tail}")
}

/// Who did something, in words.
pub(crate) fn actor(actor: &str) -> String {
    match actor.split_once(':') {
        Some(("key", id)) => format!("API key {}", short_id(id)),
        Some(("user", id)) => format!("user {}", short_id(id)),
        Some(("job", kind)) => format!("job {}", kind.replace('_', " ")),
        Some(("gateway", name)) => format!("gateway {name}"),
        Some(("payment", id)) => format!("payment {}", short_id(id)),
        Some(("system", part)) => format!("sutler, {part}"),
        _ if actor == "dev" => "you (dev)".to_owned(),
        _ => actor.to_owned(),
    }
}

/// `1 order`, `2 orders`.
pub(crate) fn count(n: &impl fmt::Display, one: &str, many: &str) -> String {
    let n = n.to_string();
    let words = if n == "1" { one } else { many };
    format!("{n} {words}")
}

#[cfg(test)]
mod tests {
    use sutler_domain::orders::{FulfillmentStatus, OrderStatus, PaymentState};

    use super::*;

    /// The names of glyphs in a text, each after a mark.
    fn glyphs<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
        text.split(mark).skip(1).filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn every_glyph_that_is_named_is_in_the_sprite() {
        let sprite = include_str!("assets/icons.svg");
        let is_there = |name: &str| sprite.contains(&format!("id=\"{name}\""));
        let mut named = 0;
        let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/dashboard")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
                if path.is_dir() {
                    folders.push(path);
                } else if ["rs", "html", "js"].contains(&ending) {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for name in glyphs(&text, concat!("icon", "(\"")).filter(|name| !name.is_empty()) {
                        named += 1;
                        assert!(is_there(name), "{name} in {}", path.display());
                    }
                }
            }
        }
        assert!(named > 40, "{named}");
        let looks =
            include_str!("words.rs").split("fn look").nth(1).unwrap().split("fn badge").next().unwrap();
        for line in looks.lines().filter(|line| line.contains("\" => (\"")) {
            let name = line.rsplit("=> (").next().unwrap().split('"').nth(3).unwrap();
            assert!(is_there(name), "{name}: {line}");
        }
    }

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn every_state_has_a_look_of_its_own() {
        let orders = OrderStatus::ALL.map(OrderStatus::as_str);
        let payments = PaymentState::ALL.map(PaymentState::as_str);
        let fulfillments = FulfillmentStatus::ALL.map(FulfillmentStatus::as_str);
        for state in orders.iter().chain(&payments).chain(&fulfillments) {
            assert!(!look(state).2.is_empty(), "{state}");
        }
        assert!(badge("<new>").0.contains("&lt;new&gt;"));
    }

    #[test]
    fn amounts_are_grouped_and_signed() {
        assert_eq!(plain(1_148_230, currency("EUR")), "€11\u{202f}482.30");
        assert_eq!(plain(-5, currency("USD")), "−$0.05");
        assert_eq!(plain(1_000, currency("JPY")), "¥1\u{202f}000");
        assert_eq!(plain(1_234, currency("KWD")), "KWD 1.234");
        assert_eq!(typed_amount("14,90", currency("EUR")), Ok(1490));
        assert_eq!(typed_amount("14.90", currency("EUR")), Ok(1490));
        assert!(typed_amount("14.901", currency("EUR")).is_err());
    }

    #[test]
    fn times_pass() {
        let now: Timestamp = "2026-11-22T14:06:00Z".parse().unwrap();
        for (at, text) in [
            ("2026-11-22T14:05:40Z", "just now"),
            ("2026-11-22T14:02:00Z", "4 min ago"),
            ("2026-11-22T11:06:00Z", "3 h ago"),
            ("2026-11-20T14:06:00Z", "2 d ago"),
            ("2026-01-02T14:06:00Z", "2 Jan 2026"),
            ("2026-11-22T14:16:00Z", "in 10 min"),
        ] {
            assert_eq!(relative(at.parse().unwrap(), now), text);
        }
    }

    #[test]
    fn an_id_shows_its_end() {
        assert_eq!(short_id("ord_01m81p1e20emq8k9w39qsaekf4"), "ord_…saekf4");
        assert_eq!(short_id("P1"), "P1");
    }
}
