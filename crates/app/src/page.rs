//! Pages of lists, by cursor: stable under inserts, and never counting rows that nobody asked to count.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Rows of one page when none are asked for.
pub const PAGE_DEFAULT: u32 = 50;
/// The most rows of one page.
pub const PAGE_MAX: u32 = 200;

/// Where a page begins: the sort key and the id of the row before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The row's sort key, as the list compares it.
    pub key: String,
    /// The row's id, which breaks ties.
    pub id: String,
}

impl Cursor {
    /// The opaque form.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}\n{}", self.key, self.id))
    }

    /// Read the opaque form.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (key, id) = text.split_once('\n')?;
        Some(Self { key: key.to_owned(), id: id.to_owned() })
    }
}

/// Which way from a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// The first page.
    Start,
    /// The rows after this one.
    After(Cursor),
    /// The rows before this one.
    Before(Cursor),
}

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// At most so many rows, 1 to [`PAGE_MAX`].
    pub limit: u32,
    /// From where.
    pub from: From,
    /// Whether to count all rows of the list.
    pub count: bool,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: PAGE_DEFAULT, from: From::Start, count: false }
    }
}

/// Rows of a list, in the list's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The cursor at each row; none of a list that is given whole.
    pub cursors: Vec<Cursor>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
    /// Where the page before begins.
    pub prev: Option<Cursor>,
    /// How many rows the whole list has, when it was asked for.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// Build a page from `limit + 1` rows fetched in the direction of `request` (rows before a cursor arrive
    /// nearest first). The extra row tells whether there is more.
    pub fn build(
        mut rows: Vec<T>,
        request: &PageRequest,
        total: Option<u64>,
        cursor: impl Fn(&T) -> Cursor,
    ) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let backwards = matches!(request.from, From::Before(_));
        if backwards {
            rows.reverse();
        }
        let cursors: Vec<Cursor> = rows.iter().map(cursor).collect();
        let (first, last) = (cursors.first().cloned(), cursors.last().cloned());
        let (next, prev) = match request.from {
            From::Start => (last.filter(|_| more), None),
            From::After(_) => (last.filter(|_| more), first),
            From::Before(_) => (last, first.filter(|_| more)),
        };
        Self { rows, cursors, next, prev, total }
    }

    /// A list that is given whole, so nothing comes before or after it.
    pub const fn whole(rows: Vec<T>, total: Option<u64>) -> Self {
        Self { rows, cursors: Vec::new(), next: None, prev: None, total }
    }

    /// The same page of other things.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(f).collect(),
            cursors: self.cursors,
            next: self.next,
            prev: self.prev,
            total: self.total,
        }
    }
}
