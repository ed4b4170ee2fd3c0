//! Lists as connections: pages by cursor, forwards and backwards.

use serde_json::{Value, json};
use sutler_app::page::{Cursor, From, PageRequest};
use sutler_app::{Page, Problem};
use sutler_domain::Fault;
use sutler_domain::id::{Id, Kind};

use super::asked::Asked;

/// A request that makes no sense, told beside the data.
pub(super) fn wrong(detail: impl Into<String>) -> Problem {
    Problem::invalid(vec![Fault::invalid("", detail)])
}

/// An id in an argument.
pub(super) fn id<K: Kind>(text: &str, what: &str) -> Result<Id<K>, Problem> {
    Id::parse(text).map_err(|_| Problem::not_found(what, crate::rest::fields::shortened(text)))
}

/// The page that `first` and `after`, or `last` and `before`, ask for. How many rows is judged before anything runs.
pub(super) fn asked(asked: &Asked<'_>) -> Result<PageRequest, Problem> {
    let rows = |name: &str| asked.plain::<u32>(name);
    let cursor = |name: &str| {
        let text = asked.text(name);
        text.map(|text| {
            Cursor::decode(text).ok_or_else(|| wrong(format!("'{name}' is no cursor of this list")))
        })
        .transpose()
    };
    let (limit, from) = match (rows("first"), rows("last"), cursor("after")?, cursor("before")?) {
        (Some(first), None, after, None) => (first, after.map_or(From::Start, From::After)),
        (None, Some(last), None, Some(before)) => (last, From::Before(before)),
        (None, Some(_), None, None) => {
            return Err(wrong("'last' needs 'before'; lists are read from their beginning"));
        }
        _ => return Err(wrong("ask with 'first' and 'after', or with 'last' and 'before'")),
    };
    Ok(PageRequest { limit, from, count: asked.wants_count })
}

/// A page as a connection.
pub(super) fn connection<T>(
    page: Page<T>,
    mut shown: impl FnMut(T) -> Result<Value, Problem>,
) -> Result<Value, Problem> {
    let cursors: Vec<String> = page.cursors.iter().map(Cursor::encode).collect();
    let (next, prev) = (page.next.is_some(), page.prev.is_some());
    let nodes = page.rows.into_iter().map(&mut shown).collect::<Result<Vec<_>, _>>()?;
    Ok(whole(&nodes, &cursors, (next, prev), page.total))
}

/// Parts of one thing that are all at hand, as a connection: the first so many of them.
pub(super) fn parts(asked: &Asked<'_>, member: &str, id: &str) -> Value {
    let all = asked.parent.get(member).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let first = asked.plain::<usize>("first").unwrap_or(all.len());
    let nodes: Vec<Value> = all.iter().take(first).cloned().collect();
    let cursors: Vec<String> = nodes
        .iter()
        .map(|node| node.get(id).and_then(Value::as_str).unwrap_or_default().to_owned())
        .collect();
    let total = u64::try_from(all.len()).ok();
    whole(&nodes, &cursors, (all.len() > first, false), total)
}

/// The pairs of metadata that a filter names.
pub(super) fn pairs(filter: &Value) -> Vec<(String, String)> {
    let named = filter.get("metadata").and_then(Value::as_object).into_iter().flatten();
    named.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

/// A connection of these rows.
pub(super) fn whole(
    nodes: &[Value],
    cursors: &[String],
    (next, prev): (bool, bool),
    total: Option<u64>,
) -> Value {
    let edges = nodes.iter().zip(cursors).map(|(node, cursor)| json!({ "cursor": cursor, "node": node }));
    json!({
        "edges": edges.collect::<Vec<_>>(),
        "page_info": {
            "has_next_page": next,
            "has_previous_page": prev,
            "start_cursor": cursors.first(),
            "end_cursor": cursors.last(),
        },
        "total_count": total,
        "nodes": nodes,
    })
}
