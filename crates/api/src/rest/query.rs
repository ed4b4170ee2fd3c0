//! Query parameters, read like bodies: an unknown one is refused with what was probably meant.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sutler_app::page::{From, PAGE_DEFAULT, PAGE_MAX};
use sutler_app::ports::reads::Span;
use sutler_app::{Cursor, PageRequest, Problem};
use sutler_domain::id::{Id, Kind};
use sutler_domain::{Fact, Fault};

use super::Refusal;
use super::fields::{shortened, suggestion};

/// The most paths of one `expand`.
const EXPAND_PATHS_MAX: usize = 10;
/// How deep a path of `expand` may go.
const EXPAND_DEPTH_MAX: usize = 3;

/// The parameters of a request. Each reader takes those it knows; what is left at [`Params::done`] is unknown.
#[derive(Debug)]
pub struct Params {
    left: Vec<(String, String)>,
    known: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.uri))
    }
}

/// The decoded pairs of a query, in order.
pub(crate) fn pairs(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

impl Params {
    /// The parameters of an address.
    pub fn of(uri: &Uri) -> Self {
        Self { left: pairs(uri), known: Vec::new(), faults: Vec::new() }
    }

    /// A parameter; given twice it is a fault.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        let mut found = self.left.extract_if(.., |(given, _)| given == name).map(|(_, value)| value);
        let (first, second) = (found.next(), found.next());
        drop(found);
        if second.is_some() {
            self.invalid(name, format!("'{name}' is given twice"));
        }
        first
    }

    /// Whether a parameter was given that will be read then.
    pub fn told(&mut self, name: &'static str) -> bool {
        self.known.push(name);
        self.left.iter().any(|(given, _)| given == name)
    }

    /// A parameter that may be given several times, each with one or more values between commas; a comma that belongs to a
    /// value stands behind a backslash.
    pub fn several(&mut self, name: &'static str) -> BTreeSet<String> {
        self.known.push(name);
        let found = self.left.extract_if(.., |(given, _)| given == name);
        found.flat_map(|(_, value)| listed(&value)).collect()
    }

    /// `option[Color]=blue,red`: the values of each name; `shown` is what the parameter is called where it is explained.
    pub fn named(&mut self, name: &str, shown: &'static str) -> BTreeMap<String, BTreeSet<String>> {
        self.known.push(shown);
        let inner =
            |given: &str| given.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']').map(str::to_owned);
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (given, value) in self.left.extract_if(.., |(given, _)| inner(given).is_some()) {
            values.entry(inner(&given).unwrap_or_default()).or_default().extend(listed(&value));
        }
        values
    }

    /// Note a fault of a parameter.
    pub fn invalid(&mut self, name: &str, detail: impl Into<String>) {
        self.faults.push(Fault::invalid(format!("/{name}"), detail).text("parameter", name));
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let value = parse(&text);
        if value.is_none() {
            self.invalid(name, format!("'{name}' is '{}'; {wanted} is needed", shortened(&text)));
        }
        value
    }

    /// A whole number, not negative, of 63 bits: what the description of the API calls `int64`.
    pub fn whole(&mut self, name: &'static str) -> Option<u64> {
        self.read(name, "a whole number", |text| {
            text.parse::<i64>().ok().and_then(|whole| whole.try_into().ok())
        })
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, "true or false", |text| text.parse().ok())
    }

    /// An id of one kind.
    pub fn id<K: Kind>(&mut self, name: &'static str) -> Option<Id<K>> {
        let text = self.text(name)?;
        Id::parse(&text).map_err(|error| self.invalid(name, error.to_string())).ok()
    }

    /// A time: RFC 3339, or a date, which is its first instant in UTC.
    pub fn time(&mut self, name: &'static str) -> Option<Timestamp> {
        self.read(name, "a time such as 2026-11-01 or 2026-11-01T10:00:00Z", |text| Some(instant(text)?.0))
    }

    /// Words of a list, separated by commas: any of them.
    pub fn words<T: Copy>(&mut self, name: &'static str, allowed: &[(&str, T)]) -> Vec<T> {
        let Some(text) = self.text(name) else { return Vec::new() };
        let mut values = Vec::new();
        for word in text.split(',') {
            match allowed.iter().find(|(known, _)| *known == word.trim()) {
                Some((_, value)) => values.push(*value),
                None => self.not_allowed(name, word, allowed),
            }
        }
        values
    }

    /// One word of a list.
    pub fn word<T: Copy>(&mut self, name: &'static str, allowed: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = allowed.iter().find(|(known, _)| *known == text).map(|(_, value)| *value);
        if found.is_none() {
            self.not_allowed(name, &text, allowed);
        }
        found
    }

    fn not_allowed<T>(&mut self, name: &str, word: &str, allowed: &[(&str, T)]) {
        let allowed: Vec<String> = allowed.iter().map(|(known, _)| (*known).to_owned()).collect();
        let detail = format!("'{}' is not one of {}", shortened(word), allowed.join(", "));
        let mut fault = Fault::invalid(format!("/{name}"), detail).text("parameter", name);
        fault.facts.push(("allowed", Fact::List(allowed)));
        self.faults.push(fault);
    }

    /// `sort=-placed_at`: a key, `-` for largest first.
    pub fn sort<T: Copy + Default>(&mut self, keys: &[(&str, T)], descending: bool) -> (T, bool) {
        let Some(text) = self.text("sort") else { return (T::default(), descending) };
        let (key, descending) = text.strip_prefix('-').map_or((text.as_str(), false), |key| (key, true));
        let found = keys.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
        if found.is_none() {
            self.not_allowed("sort", key, keys);
        }
        (found.unwrap_or_default(), descending)
    }

    /// `metadata[channel]=web`: all of these pairs.
    pub fn metadata(&mut self) -> Vec<(String, String)> {
        self.known.push("metadata[…]");
        let inner = |name: &str| {
            let key = name.strip_prefix("metadata[").and_then(|rest| rest.strip_suffix(']'));
            key.filter(|key| !key.is_empty()).map(str::to_owned)
        };
        let pairs = self.left.extract_if(.., |(name, _)| inner(name).is_some());
        pairs.filter_map(|(name, value)| inner(&name).map(|key| (key, value))).collect()
    }

    /// `placed_at[gte]=2026-11-01` and its like: a span of times. The names are those of the four bounds.
    pub fn span(&mut self, [gte, gt, lt, lte]: [&'static str; 4]) -> Span {
        let wanted = "a time such as 2026-11-01 or 2026-11-01T10:00:00Z";
        let mut bound = |name, after: bool| {
            let (start, length) = self.read(name, wanted, instant)?;
            if after { start.checked_add(length).ok() } else { Some(start) }
        };
        let (gte, gt, lt, lte) = (bound(gte, false), bound(gt, true), bound(lt, false), bound(lte, true));
        Span { from: gte.max(gt), until: lt.into_iter().chain(lte).min() }
    }

    /// `limit`, `after`, `before`, `count`.
    pub fn page(&mut self) -> PageRequest {
        let limit = self.limit();
        let after = self.cursor("after");
        let before = self.cursor("before");
        if after.is_some() && before.is_some() {
            self.invalid("before", "'after' and 'before' exclude each other");
        }
        let count = self.word("count", &[("exact", ()), ("estimate", ())]).is_some();
        let from = match (after, before) {
            (Some(cursor), _) => From::After(cursor),
            (None, Some(cursor)) => From::Before(cursor),
            (None, None) => From::Start,
        };
        PageRequest { limit, from, count }
    }

    /// Refuse what could not be read; what is left is for somebody else.
    pub(crate) fn faultless(self) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::invalid(self.faults)) }
    }

    /// `limit`, 1 to 200.
    pub fn limit(&mut self) -> u32 {
        let wanted = format!("1 to {PAGE_MAX}");
        let limit =
            self.read("limit", &wanted, |text| text.parse().ok().filter(|n| (1..=PAGE_MAX).contains(n)));
        limit.unwrap_or(PAGE_DEFAULT)
    }

    fn cursor(&mut self, name: &'static str) -> Option<Cursor> {
        self.read(name, "a cursor that this list gave", Cursor::decode)
    }

    /// `expand=customer,items.variant`: which related things are shown in full.
    pub fn expand(&mut self, allowed: &[&str]) -> Vec<String> {
        let Some(text) = self.text("expand") else { return Vec::new() };
        let paths: Vec<String> = text.split(',').map(|path| path.trim().to_owned()).collect();
        if paths.len() > EXPAND_PATHS_MAX {
            self.invalid("expand", format!("{} paths; at most {EXPAND_PATHS_MAX} are allowed", paths.len()));
            return Vec::new();
        }
        for path in &paths {
            if path.split('.').count() > EXPAND_DEPTH_MAX {
                self.invalid(
                    "expand",
                    format!("'{}' is deeper than {EXPAND_DEPTH_MAX} levels", shortened(path)),
                );
            } else if !allowed.contains(&path.as_str()) {
                let allowed: Vec<(&str, ())> = allowed.iter().map(|path| (*path, ())).collect();
                self.not_allowed("expand", path, &allowed);
            }
        }
        paths
    }

    /// Nothing, or every fault; a parameter that nobody read is one.
    pub fn done(mut self) -> Result<(), Refusal> {
        self.known.dedup();
        for (name, _) in self.left.iter().take(super::fields::FAULTS_MAX) {
            let told = shortened(name);
            let meant = suggestion(name, &self.known);
            let detail = match meant {
                Some(meant) => format!("'{told}' is not a parameter here; did you mean '{meant}'?"),
                None if self.known.is_empty() => format!("'{told}' is not a parameter here; none are taken"),
                None => format!("'{told}' is not a parameter here; there are {}", self.known.join(", ")),
            };
            let mut fault =
                Fault::new(format!("/{told}"), "unknown_parameter", detail).text("parameter", told);
            if let Some(meant) = meant {
                fault = fault.text("did_you_mean", meant);
            }
            self.faults.push(fault);
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::invalid(self.faults).into()) }
    }
}

/// The values between the commas of a text.
fn listed(text: &str) -> Vec<String> {
    let (mut values, mut value, mut characters) = (Vec::new(), String::new(), text.chars().peekable());
    while let Some(character) = characters.next() {
        match character {
            '\\' if matches!(characters.peek(), Some(',' | '\\')) => value.extend(characters.next()),
            ',' => values.push(std::mem::take(&mut value)),
            other => value.push(other),
        }
    }
    values.push(value);
    values.retain(|value| !value.is_empty());
    values
}

/// A time and how long it lasts: a date is a day, an instant is the millisecond that users see.
fn instant(text: &str) -> Option<(Timestamp, SignedDuration)> {
    if let Ok(date) = text.parse::<Date>()
        && text.len() == 10
    {
        let midnight = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
        return Some((midnight, SignedDuration::from_hours(24)));
    }
    Some((text.parse().ok()?, SignedDuration::from_millis(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::of(&format!("/orders?{query}").parse().unwrap())
    }

    #[test]
    fn pages_are_bounded() {
        let cursor = Cursor { key: "k".into(), id: "i".into() };
        let mut p = params(&format!("limit=200&after={}&count=exact", cursor.encode()));
        assert_eq!(p.page(), PageRequest { limit: 200, from: From::After(cursor), count: true });
        p.done().unwrap();
        for query in ["limit=0", "limit=201", "limit=x", "after=%00", "count=maybe", "limit=1&limit=2"] {
            let mut p = params(query);
            p.page();
            assert!(p.done().is_err(), "{query}");
        }
    }

    #[test]
    fn a_list_has_commas_and_a_value_may_have_one_too() {
        let mut p = params(
            r"vendor=Acme,Smith%5C,+Sons&vendor=Bolt,,&option[Color]=red&option[Color]=blue&option[]=x&tag=a%5C%5C",
        );
        assert_eq!(p.several("vendor"), ["Acme", "Bolt", "Smith, Sons"].map(str::to_owned).into());
        assert_eq!(p.several("tag"), [r"a\".to_owned()].into());
        let named = p.named("option", "option[…]");
        assert_eq!(named["Color"], ["blue", "red"].map(str::to_owned).into());
        assert_eq!(named[""].len(), 1);
        assert!(!p.told("vendor"));
        p.done().unwrap();
        let mut p = params("options=1");
        p.named("option", "option[…]");
        assert!(p.done().unwrap_err().0.detail.contains("'option[…]'"));
    }

    #[test]
    fn an_unknown_parameter_is_refused_with_what_was_meant() {
        let mut p = params("payment_staus=paid");
        p.text("payment_status");
        let Refusal(problem) = p.done().unwrap_err();
        assert_eq!(problem.code, "unknown_parameter");
        assert!(problem.detail.contains("did you mean 'payment_status'?"), "{}", problem.detail);
    }

    #[test]
    fn spans_take_dates_and_times() {
        let names = ["at[gte]", "at[gt]", "at[lt]", "at[lte]"];
        for (query, from, until) in [
            ("at[gte]=2026-11-01", Some("2026-11-01T00:00:00Z"), None),
            ("at[gt]=2026-11-01", Some("2026-11-02T00:00:00Z"), None),
            ("at[lt]=2026-11-01T10:00:00Z", None, Some("2026-11-01T10:00:00Z")),
            ("at[lte]=2026-11-01T10:00:00.000Z", None, Some("2026-11-01T10:00:00.001Z")),
            (
                "at[gte]=2026-11-01&at[lt]=2026-12-01",
                Some("2026-11-01T00:00:00Z"),
                Some("2026-12-01T00:00:00Z"),
            ),
        ] {
            let mut p = params(query);
            let time = |text: &str| text.parse::<Timestamp>().unwrap();
            assert_eq!(p.span(names), Span { from: from.map(time), until: until.map(time) }, "{query}");
            p.done().unwrap();
        }
    }

    #[test]
    fn words_sorts_pairs_and_paths_are_checked() {
        let mut p = params("status=a,b&sort=-n&metadata[channel]=web&expand=x,y.z");
        assert_eq!(p.words("status", &[("a", 1), ("b", 2)]), [1, 2]);
        assert_eq!(p.sort(&[("m", 0), ("n", 9)], false), (9, true));
        assert_eq!(p.metadata(), [("channel".to_owned(), "web".to_owned())]);
        assert_eq!(p.expand(&["x", "y.z"]), ["x", "y.z"]);
        p.done().unwrap();
        let mut p = params("metadata[]=web");
        assert!(p.metadata().is_empty() && p.done().is_err(), "a pair has a name");
        let mut p = params("expand=a.b.c.d,q&status=c&sort=z");
        p.expand(&["x"]);
        p.words("status", &[("a", 1)]);
        p.sort(&[("m", 0)], true);
        assert_eq!(p.done().unwrap_err().0.errors.len(), 4);
    }
}
