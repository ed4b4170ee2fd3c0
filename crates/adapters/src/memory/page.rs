//! Pages of rows that are all at hand.

use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::ReadError;

use crate::paging::{self, SortKey};

/// A row with its sort key and the id that breaks ties.
pub(super) type Keyed<K, I, T> = ((K, I), T);

/// The page of `rows` that was asked for.
pub(super) fn cut<K: SortKey, I: SortKey, T>(
    mut rows: Vec<Keyed<K, I, T>>,
    descending: bool,
    request: &PageRequest,
) -> Result<Page<T>, ReadError> {
    let (from, backwards) = paging::start::<K, I>(request)?;
    let total = request.count.then(|| super::count(rows.len()));
    let falling = descending != backwards;
    rows.sort_by(|(a, _), (b, _)| if falling { b.cmp(a) } else { a.cmp(b) });
    let beyond = |key: &(K, I)| match &from {
        None => true,
        Some(from) if falling => key < from,
        Some(from) => key > from,
    };
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX).saturating_add(1);
    let rows = rows.into_iter().filter(|(key, _)| beyond(key)).take(limit).collect();
    let page = Page::build(rows, request, total, |((key, id), _)| paging::cursor(key, id));
    Ok(page.map(|(_, row)| row))
}
