//! What is looked for: filters of the address, and the words of the search box.

use axum::http::Uri;
use jiff::{SignedDuration, Timestamp};
use sutler_app::ports::reads::{OrderName, OrderQuery, Span};
use sutler_domain::orders::{FulfillmentStatus, OrderStatus, PaymentState};
use sutler_domain::{CustomerId, OrderId};

use crate::dashboard::lists;

/// What is looked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) query: OrderQuery,
    /// The one order that is named, when one is.
    pub(super) named: Option<OrderName>,
    /// Words that mean nothing here.
    pub(super) unread: Vec<String>,
}

impl Asked {
    /// What an address asks for.
    pub(super) fn of(uri: &Uri, now: Timestamp, prefix: &str) -> Self {
        let mut asked =
            Self { query: OrderQuery { descending: true, ..OrderQuery::default() }, ..Self::default() };
        for (name, filter) in [("status", "status"), ("payment", "payment"), ("fulfillment", "fulfillment")] {
            for word in lists::values(uri, name) {
                asked.take(filter, &word, now);
            }
        }
        if let Some(span) = lists::value(uri, "placed") {
            asked.take("placed", &span, now);
        }
        for word in lists::value_whole(uri, "q").split_whitespace() {
            match word.split_once(':') {
                Some((filter, value)) if !value.is_empty() => asked.take(filter, value, now),
                _ => asked.free(word, prefix),
            }
        }
        asked
    }

    /// `filter:value`.
    fn take(&mut self, filter: &str, value: &str, now: Timestamp) {
        let query = &mut self.query;
        let known = match filter {
            "status" => push(&mut query.status, OrderStatus::ALL.into_iter().find(|s| s.as_str() == value)),
            "payment" => {
                push(&mut query.payment_status, PaymentState::ALL.into_iter().find(|s| s.as_str() == value))
            }
            "fulfillment" | "fulfilment" => {
                let found = FulfillmentStatus::ALL.into_iter().find(|s| s.as_str() == value);
                push(&mut query.fulfillment_status, found)
            }
            "sku" => set(&mut query.sku, value),
            "tag" => set(&mut query.tag, value),
            "ref" | "reference" => set(&mut query.reference, value),
            "customer" => {
                query.customer_id = CustomerId::parse(value).ok();
                query.customer_id.is_some()
            }
            "placed" => match span(value, now) {
                Some(span) => {
                    query.placed = Span {
                        from: span.from.or(query.placed.from),
                        until: span.until.or(query.placed.until),
                    };
                    true
                }
                None => false,
            },
            _ => match filter.strip_prefix("metadata.") {
                Some(key) => {
                    query.metadata.push((key.to_owned(), value.to_owned()));
                    true
                }
                None => false,
            },
        };
        if !known {
            self.unread.push(format!("{filter}:{value}"));
        }
    }

    /// A word alone: a number, an id, or else the shop's own reference.
    fn free(&mut self, word: &str, prefix: &str) {
        let plain = word.trim_start_matches('#');
        let digits = plain.strip_prefix(prefix).unwrap_or(plain);
        let part = ["pay_", "ful_", "ref_", "ret_"].iter().any(|kind| plain.starts_with(kind));
        if let Ok(number) = digits.parse() {
            self.named = Some(OrderName::Number(number));
        } else if let Ok(id) = OrderId::parse(plain) {
            self.named = Some(OrderName::Id(id));
        } else if part {
            self.named = Some(OrderName::Part(plain.to_owned()));
        } else if self.query.reference.is_none() {
            self.query.reference = Some(word.to_owned());
        } else {
            self.unread.push(word.to_owned());
        }
    }
}

fn push<T>(into: &mut Vec<T>, found: Option<T>) -> bool {
    let is_known = found.is_some();
    into.extend(found);
    is_known
}

fn set(into: &mut Option<String>, value: &str) -> bool {
    *into = Some(value.to_owned());
    true
}

/// `7d`, `24h`, `>2026-11-01`, `<2026-11-01`.
fn span(text: &str, now: Timestamp) -> Option<Span> {
    let day = |text: &str| {
        let date: jiff::civil::Date = text.parse().ok()?;
        Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    if let Some(rest) = text.strip_prefix('>') {
        return Some(Span { from: Some(day(rest)?), until: None });
    }
    if let Some(rest) = text.strip_prefix('<') {
        return Some(Span { from: None, until: Some(day(rest)?) });
    }
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: i64 = count.parse().ok().filter(|count| (1..=10_000).contains(count))?;
    let hours = match unit {
        "h" => count,
        "d" => count.checked_mul(24)?,
        _ => return None,
    };
    Some(Span { from: now.checked_sub(SignedDuration::from_hours(hours)).ok(), until: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        let now = "2026-11-22T14:00:00Z".parse().unwrap();
        Asked::of(&format!("/admin/orders?{query}").parse().unwrap(), now, "S-")
    }

    #[test]
    fn the_search_box_has_a_language() {
        let found = asked(
            "q=status:created+payment:failed+sku:MUG-BLUE+tag:vip+metadata.channel:web+placed:%3E2026-11-01",
        );
        assert_eq!(found.query.status, [OrderStatus::Created]);
        assert_eq!(found.query.payment_status, [PaymentState::Failed]);
        assert_eq!(found.query.sku.as_deref(), Some("MUG-BLUE"));
        assert_eq!(found.query.metadata, [("channel".to_owned(), "web".to_owned())]);
        assert_eq!(found.query.placed.from, Some("2026-11-01T00:00:00Z".parse().unwrap()));
        assert!(found.unread.is_empty() && found.named.is_none());
    }

    #[test]
    fn a_word_alone_is_a_number_an_id_or_a_reference() {
        assert_eq!(asked("q=%231061").named, Some(OrderName::Number(1061)));
        assert_eq!(asked("q=S-7").named, Some(OrderName::Number(7)));
        assert!(matches!(asked("q=ord_01h455vb4pex5vsknk084sn02q").named, Some(OrderName::Id(_))));
        assert!(matches!(asked("q=pay_01h455vb4pex5vsknk084sn02q").named, Some(OrderName::Part(_))));
        assert_eq!(asked("q=web-10042").query.reference.as_deref(), Some("web-10042"));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert_eq!(asked("q=total:%3E100+status:lost").unread, ["total:>100", "status:lost"]);
        assert_eq!(asked("placed=nine").unread, ["placed:nine"]);
        assert_eq!(asked("placed=7d").query.placed.from, Some("2026-11-15T14:00:00Z".parse().unwrap()));
    }
}
