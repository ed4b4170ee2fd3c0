//! What the index of the catalog means. An index that lies on a disk is closed and opened whenever a case asks for it
//! [`again`](SearchRig::again).

mod answers;
mod keeping;
mod scan;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::search::{DocumentChange, FacetKind, SearchQuery, SearchSort, Side};
use sutler_app::ports::{FeedCursor, Search};
use sutler_app::search::{Document, Synonyms, wanted};
use sutler_domain::Position;
use sutler_domain::catalog::Product;

use crate::builders as some;

/// How an index is opened once more, on the same folder; the one before is gone by then.
pub type Again = Box<dyn Fn() -> Arc<dyn Search> + Send + Sync>;

/// A fresh index.
pub struct SearchRig {
    index: Mutex<Option<Arc<dyn Search>>>,
    again: Option<Again>,
}

impl SearchRig {
    /// A rig of an index that lives as long as the case.
    pub fn new(index: Arc<dyn Search>) -> Self {
        Self { index: Mutex::new(Some(index)), again: None }
    }

    /// A rig of an index that is closed and opened whenever a case asks for it again.
    pub fn reopening(index: Arc<dyn Search>, again: Again) -> Self {
        Self { again: Some(again), ..Self::new(index) }
    }

    /// The index.
    ///
    /// # Panics
    ///
    /// While it is closed.
    pub fn index(&self) -> Arc<dyn Search> {
        Arc::clone(self.index.lock().as_ref().unwrap())
    }

    /// The index, opened anew where it lies on a disk. Nobody else may hold the one before.
    ///
    /// # Panics
    ///
    /// When it cannot be opened.
    pub async fn again(&self) -> Arc<dyn Search> {
        if let Some(again) = &self.again {
            *self.index.lock() = None;
            let index = again();
            *self.index.lock() = Some(index);
        }
        let index = self.index();
        index.open().await.unwrap();
        index
    }

    /// An index that answers, and has these products.
    ///
    /// # Panics
    ///
    /// When it cannot be written.
    pub async fn with(&self, products: &[Product]) -> Arc<dyn Search> {
        let index = self.index();
        index.open().await.unwrap();
        index.begin().await.unwrap();
        let added = products.iter().map(|product| DocumentChange::Add(Box::new(Document::of(product))));
        index.write(Side::Next, added.collect()).await.unwrap();
        index.commit(Side::Next, &place(1)).await.unwrap();
        index.serve_next().await.unwrap();
        drop(index);
        self.again().await
    }
}

/// A named case.
pub type SearchCase = (&'static str, for<'r> fn(&'r SearchRig) -> BoxFuture<'r, ()>);

/// Every case of the index.
pub const CASES: &[SearchCase] = &[
    ("nothing answers before something is built", |rig| Box::pin(keeping::nothing_answers_at_first(rig))),
    ("a change touches one document", |rig| Box::pin(keeping::a_change_touches_one_document(rig))),
    ("what is committed stays with its place", |rig| Box::pin(keeping::what_is_committed_stays(rig))),
    ("a new index takes the place of the old one", |rig| Box::pin(keeping::a_new_index_takes_over(rig))),
    ("words are found in order of how well they answer", |rig| Box::pin(answers::words_are_ranked(rig))),
    ("facets narrow and count", |rig| Box::pin(answers::facets_narrow_and_count(rig))),
    ("prices and times are ranges", |rig| Box::pin(answers::prices_and_times_are_ranges(rig))),
    ("every order is walked both ways", |rig| Box::pin(answers::every_order_is_walked_both_ways(rig))),
    ("a cursor stays where it was", |rig| Box::pin(answers::a_cursor_stays_where_it_was(rig))),
    ("it answers as a look at everything does", |rig| Box::pin(scan::it_answers_as_a_scan_does(rig))),
];

/// Run every case, each on a rig of its own.
pub async fn run(make: impl AsyncFn() -> SearchRig) {
    for (name, case) in CASES {
        tracing::info!(name, "case");
        case(&make().await).await;
    }
}

fn place(position: u64) -> FeedCursor {
    FeedCursor { epoch: "e".to_owned(), position: Position(position) }
}

fn put(product: &Product) -> DocumentChange {
    DocumentChange::Put(Box::new(Document::of(product)))
}

/// A product with a title.
fn titled(id: &str, title: &str) -> Product {
    Product { title: title.to_owned(), ..some::product(id, &format!("v-{id}"), "") }
}

/// Everything that answers these words, the best first.
fn asking(text: &str) -> SearchQuery {
    let words = wanted(text, &Synonyms::default());
    let (sort, descending) =
        if words.is_empty() { (SearchSort::Title, false) } else { (SearchSort::Relevance, true) };
    let mut query = SearchQuery { words, sort, descending, ..SearchQuery::default() };
    query.page = PageRequest { limit: 50, from: From::Start, count: true };
    "EUR".clone_into(&mut query.price.currency);
    query
}

fn every_facet() -> BTreeSet<FacetKind> {
    [FacetKind::Vendor, FacetKind::ProductType, FacetKind::Tag, FacetKind::Option, FacetKind::Price].into()
}

/// The ids that are found, with a space between them.
async fn found(index: &Arc<dyn Search>, query: &SearchQuery) -> String {
    let found = index.find(query).await.unwrap();
    let ids: Vec<&str> = found.page.rows.iter().map(sutler_domain::ProductId::as_str).collect();
    assert!(found.page.total.is_none_or(|total| total >= u64::try_from(ids.len()).unwrap()));
    ids.join(" ")
}
