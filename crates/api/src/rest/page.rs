//! Lists as answers: `data`, `page`, and a `Link` header.

use axum::http::{HeaderValue, Uri, header};
use axum::response::Response;
use serde::Serialize;
use sutler_app::{Cursor, Page};
use sutler_types::PageInfo;

use super::{Answer, Call};

/// The answer that shows a page.
pub(crate) fn shown<T: Serialize>(call: &Call, page: Page<T>) -> Response {
    shown_parts(call, page, |row| [row])
}

/// The answer that shows what the rows of a page hold: any number of parts each, under the cursors of the rows.
pub(crate) fn shown_parts<R, T: Serialize, P: IntoIterator<Item = T>>(
    call: &Call,
    page: Page<R>,
    parts: impl FnMut(R) -> P,
) -> Response {
    let (next, prev) = (page.next.as_ref().map(Cursor::encode), page.prev.as_ref().map(Cursor::encode));
    let info = PageInfo { has_more: next.is_some(), next, prev, total: page.total };
    told(call, page.rows.into_iter().flat_map(parts).collect(), info)
}

/// The answer that shows rows of a list whose cursors are known.
pub(crate) fn told<T: Serialize>(call: &Call, data: Vec<T>, info: PageInfo) -> Response {
    let body = sutler_types::Page { data, page: info };
    with_links(Answer::ok(call).json(&body), call, &body.page)
}

/// An answer with the addresses of the pages beside it.
pub(crate) fn with_links(mut response: Response, call: &Call, info: &PageInfo) -> Response {
    let link =
        |name: &str, rel: &str, cursor: &str| format!("<{}>; rel=\"{rel}\"", beside(&call.uri, name, cursor));
    let links: Vec<String> = [("after", "next", &info.next), ("before", "prev", &info.prev)]
        .into_iter()
        .filter_map(|(name, rel, cursor)| cursor.as_ref().map(|cursor| link(name, rel, cursor)))
        .collect();
    if let Ok(value) = HeaderValue::from_str(&links.join(", "))
        && !links.is_empty()
    {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}

/// The address of the page beside this one: the same query with another cursor.
fn beside(uri: &Uri, name: &str, cursor: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let is_cursor = |pair: &&str| pair.starts_with("after=") || pair.starts_with("before=");
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !is_cursor(pair));
    let cursor = format!("{name}={cursor}");
    let pairs: Vec<&str> = kept.chain([cursor.as_str()]).collect();
    format!("{}?{}", uri.path(), pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_filters_and_changes_the_cursor() {
        let uri: Uri = "/orders?status=created&after=old&limit=2".parse().unwrap();
        assert_eq!(beside(&uri, "before", "new"), "/orders?status=created&limit=2&before=new");
        assert_eq!(beside(&"/orders".parse().unwrap(), "after", "c"), "/orders?after=c");
    }
}
