//! Lists: the addresses of their filters and of the pages beside them.

use std::borrow::Cow;

use axum::http::Uri;
use sutler_app::{Cursor, Page};

use crate::rest::Params;

/// Where the pages beside this one are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pager {
    pub(crate) newer: Option<String>,
    pub(crate) older: Option<String>,
}

impl Pager {
    /// The pages beside a page.
    pub(crate) fn of<T>(uri: &Uri, page: &Page<T>) -> Self {
        let beside = |name: &str, cursor: &Cursor| with(uri, &[(name, Some(&cursor.encode()))]);
        Self {
            newer: page.prev.as_ref().map(|cursor| beside("before", cursor)),
            older: page.next.as_ref().map(|cursor| beside("after", cursor)),
        }
    }

    /// Whether there is any.
    pub(crate) fn is_needed(&self) -> bool {
        self.newer.is_some() || self.older.is_some()
    }
}

/// The parameters of an address that a list knows nothing of.
const PASSING: [&str; 4] = ["after", "before", "done", "limit"];

/// This address with other filters, from its first page on: `None` takes a filter out.
pub(crate) fn with(uri: &Uri, changes: &[(&str, Option<&str>)]) -> String {
    let kept = crate::rest::query_pairs(uri).into_iter().filter(|(name, value)| {
        let is_other = changes.iter().all(|(change, _)| change != name);
        is_other && !PASSING.contains(&name.as_str()) && !value.is_empty()
    });
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept);
    query.extend_pairs(changes.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
    let query = query.finish();
    if query.is_empty() { uri.path().to_owned() } else { format!("{}?{query}", uri.path()) }
}

/// Every value of a parameter that may be given several times.
pub(crate) fn values(uri: &Uri, name: &str) -> Vec<String> {
    crate::rest::query_pairs(uri)
        .into_iter()
        .filter(|(given, value)| given == name && !value.is_empty())
        .flat_map(|(_, value)| value.split(',').map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// One value of a parameter.
pub(crate) fn value(uri: &Uri, name: &str) -> Option<String> {
    values(uri, name)
        .into_iter()
        .next()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// What stands in a box of an address, as it was typed.
pub(crate) fn value_whole(uri: &Uri, name: &str) -> String {
    let found = crate::rest::query_pairs(uri).into_iter().find(|(given, _)| given == name);
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// Which page an address asks for.
pub(crate) fn page(uri: &Uri) -> Result<sutler_app::PageRequest, sutler_app::Problem> {
    let mut params = Params::of(uri);
    let page = params.page();
    params.faultless()?;
    Ok(page)
}

/// A box of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) chosen: bool,
}

/// The boxes of a filter over these states.
pub(crate) fn choices<'w>(words: impl IntoIterator<Item = &'w str>, chosen: &[String]) -> Vec<Choice> {
    let choice = |word: &str| Choice {
        value: word.to_owned(),
        words: super::words::word(word),
        chosen: chosen.iter().any(|one| one == word),
    };
    words.into_iter().map(choice).collect()
}

/// A view of a list: a link, and whether one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tab {
    pub(crate) href: String,
    pub(crate) words: Cow<'static, str>,
    pub(crate) current: bool,
}

/// The views of a list, each by its query.
pub(crate) fn tabs(uri: &Uri, views: &[(&'static str, &str)]) -> Vec<Tab> {
    let here = with(uri, &[]);
    let tab = |(words, query): &(&'static str, &str)| {
        let href = if query.is_empty() { uri.path().to_owned() } else { format!("{}?{query}", uri.path()) };
        Tab { current: href == here, href, words: (*words).into() }
    };
    views.iter().map(tab).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_go_into_the_address_and_out_of_it() {
        let uri: Uri = "/admin/orders?status=created&after=x&done=saved&q=a+b".parse().unwrap();
        assert_eq!(with(&uri, &[]), "/admin/orders?status=created&q=a+b");
        assert_eq!(with(&uri, &[("status", None), ("before", Some("y"))]), "/admin/orders?q=a+b&before=y");
        assert_eq!(with(&"/admin/orders?q=".parse().unwrap(), &[]), "/admin/orders");
        let uri: Uri = "/a?s=1&s=2,3&t=".parse().unwrap();
        assert_eq!(values(&uri, "s"), ["1", "2", "3"]);
        assert_eq!(value(&uri, "t"), None);
    }
}
