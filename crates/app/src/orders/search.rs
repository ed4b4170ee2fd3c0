//! What people write to find orders: words and filters, one language for the box of the dashboard, REST's `q`, GraphQL's
//! `query` and the command line.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sutler_domain::orders::{FulfillmentStatus, OrderStatus, PaymentState};
use sutler_domain::{CustomerId, Fault, Money, OrderId};

use super::{OrderView, Orders};
use crate::caller::Caller;
use crate::customers::holder_of;
use crate::error::Problem;
use crate::page::Page;
use crate::ports::reads::{OrderName, OrderQuery, Span};
use crate::settings::Settings;

/// The filters that a word may begin with, for whoever is told that his was none.
const FILTERS: &str = "status:created, payment:paid, fulfillment:unfulfilled, sku:MUG-BLUE, tag:vip, \
                           customer:C1, email:ada@example.com, ref:web-10042, placed:7d, placed:>2026-11-01, \
                           total:>100 and metadata.channel:web";

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderSearch {
    /// The list.
    pub query: OrderQuery,
    /// The one order that is named, when one is.
    pub named: Option<OrderName>,
    /// The e-mail address of who ordered.
    pub email: Option<String>,
    /// Words that mean nothing here.
    pub unread: Vec<String>,
}

impl OrderSearch {
    /// The list, narrowed by what was written: words with spaces between them, all of which must hold.
    pub fn of(query: OrderQuery, text: &str, now: Timestamp, settings: &Settings) -> Self {
        let mut search = Self { query, ..Self::default() };
        for word in text.split_whitespace() {
            match word.split_once(':') {
                Some((filter, value)) if !value.is_empty() => search.take(filter, value, now, settings),
                _ => search.free(word, &settings.number_prefix),
            }
        }
        search
    }

    /// `filter:value`.
    pub fn take(&mut self, filter: &str, value: &str, now: Timestamp, settings: &Settings) {
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
            "email" => set(&mut self.email, value),
            "customer" => {
                query.customer_id = CustomerId::parse(value).ok();
                query.customer_id.is_some()
            }
            "placed" => span(value, now).is_some_and(|span| {
                query.placed.from = span.from.or(query.placed.from);
                query.placed.until = span.until.or(query.placed.until);
                true
            }),
            "total" => bounds(value, settings).is_some_and(|(above, below)| {
                query.total_above = above.or(query.total_above);
                query.total_below = below.or(query.total_below);
                true
            }),
            _ => filter.strip_prefix("metadata.").is_some_and(|key| {
                query.metadata.push((key.to_owned(), value.to_owned()));
                true
            }),
        };
        if !known {
            self.unread.push(format!("{filter}:{value}"));
        }
    }

    /// A word alone: a number, an id, an e-mail address, or else the shop's own reference.
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
        } else if word.contains('@') {
            self.email = Some(word.to_owned());
        } else if self.query.reference.is_none() {
            self.query.reference = Some(word.to_owned());
        } else {
            self.unread.push(word.to_owned());
        }
    }
}

impl Orders {
    /// A page of the orders that hold what was written, and what the list asks for besides. Fails with
    /// `validation_failed` at `/q` when a word means nothing.
    pub async fn search(
        &self,
        caller: &Caller,
        query: OrderQuery,
        text: &str,
    ) -> Result<Page<OrderView>, Problem> {
        let search = OrderSearch::of(query, text, self.room.now(), &self.room.settings);
        if let Some(word) = search.unread.first() {
            let detail = format!("'{word}' means nothing here; orders are found by {FILTERS}");
            return Err(Problem::invalid(vec![Fault::invalid("/q", detail)]));
        }
        self.found(caller, search).await
    }

    /// The same for what was read already, whatever words meant nothing.
    pub async fn found(&self, caller: &Caller, search: OrderSearch) -> Result<Page<OrderView>, Problem> {
        let counts = search.query.page.count;
        match self.resolved(caller, search).await? {
            Some(query) => self.list(caller, &query).await,
            None => Ok(Page::whole(Vec::new(), counts.then_some(0))),
        }
    }

    /// The list that a search comes to, its names looked up; `None` when nothing has them all.
    pub async fn resolved(
        &self,
        caller: &Caller,
        search: OrderSearch,
    ) -> Result<Option<OrderQuery>, Problem> {
        caller.may("orders:read")?;
        let OrderSearch { mut query, named, email, .. } = search;
        if let Some(name) = named {
            let Some(stored) = self.room.ports.orders.order(&name).await? else { return Ok(None) };
            if query.number.replace(stored.number).is_some_and(|number| number != stored.number) {
                return Ok(None);
            }
        }
        if let Some(email) = email {
            caller.may("customers:read")?;
            let Some(holder) = holder_of(&*self.room.ports.contacts, &email).await? else { return Ok(None) };
            if query.customer_id.replace(holder.clone()).is_some_and(|id| id != holder) {
                return Ok(None);
            }
        }
        Ok(Some(query))
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

/// `7d`, `24h`, `>2026-11-01`, `<2026-11-01`; days begin in UTC.
fn span(text: &str, now: Timestamp) -> Option<Span> {
    let day = |text: &str| {
        let date: Date = text.parse().ok()?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
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

/// `>100`, `<9.99`: what the total is above and below, in minor units of the shop's currency.
fn bounds(text: &str, settings: &Settings) -> Option<(Option<i64>, Option<i64>)> {
    let amount = |text: &str| Some(Money::from_decimal(text, settings.currency).ok()?.amount);
    match (text.strip_prefix('>'), text.strip_prefix('<')) {
        (Some(above), _) => Some((Some(amount(above)?), None)),
        (None, Some(below)) => Some((None, Some(amount(below)?))),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use sutler_domain::Currency;

    use super::*;

    fn asked(text: &str) -> OrderSearch {
        let now = "2026-11-22T14:00:00Z".parse().unwrap();
        let mut settings = Settings::new(Currency::parse("EUR").unwrap());
        settings.number_prefix = "S-".to_owned();
        OrderSearch::of(OrderQuery::default(), text, now, &settings)
    }

    #[test]
    fn orders_are_found_by_a_language_of_their_own() {
        let found = asked(
            "status:created payment:failed sku:MUG-BLUE tag:vip metadata.channel:web placed:>2026-11-01 \
             total:>100 total:<250.50",
        );
        assert_eq!(found.query.status, [OrderStatus::Created]);
        assert_eq!(found.query.payment_status, [PaymentState::Failed]);
        assert_eq!(found.query.sku.as_deref(), Some("MUG-BLUE"));
        assert_eq!(found.query.metadata, [("channel".to_owned(), "web".to_owned())]);
        assert_eq!(found.query.placed.from, Some("2026-11-01T00:00:00Z".parse().unwrap()));
        assert_eq!((found.query.total_above, found.query.total_below), (Some(10_000), Some(25_050)));
        assert!(found.unread.is_empty() && found.named.is_none());
        let recent = asked("placed:7d").query.placed.from;
        assert_eq!(recent, Some("2026-11-15T14:00:00Z".parse().unwrap()));
    }

    #[test]
    fn a_word_alone_is_a_number_an_id_an_address_or_a_reference() {
        assert_eq!(asked("#1061").named, Some(OrderName::Number(1061)));
        assert_eq!(asked("S-7").named, Some(OrderName::Number(7)));
        assert!(matches!(asked("ord_01h455vb4pex5vsknk084sn02q").named, Some(OrderName::Id(_))));
        assert!(matches!(asked("pay_01h455vb4pex5vsknk084sn02q").named, Some(OrderName::Part(_))));
        assert_eq!(asked("ada@example.com").email.as_deref(), Some("ada@example.com"));
        assert_eq!(asked("web-10042").query.reference.as_deref(), Some("web-10042"));
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let unread = ["total:100", "total:>1.234", "status:lost", "placed:nine", "channel:web"];
        assert_eq!(asked(&unread.join(" ")).unread, unread);
    }
}
