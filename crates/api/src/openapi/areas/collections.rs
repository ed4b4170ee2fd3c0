//! Collections of products, by hand and by rule.

use sutler_types::catalog::ProductList;
use sutler_types::collection::{
    AddedProducts, Collection, CollectionPatch, CollectionProducts, NewCollection,
};

use super::catalog::STATUSES;
use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{page, word, words};

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = collections();
    entries.extend(products());
    entries
}

fn collections() -> Vec<Entry> {
    vec![
        of("list_collections")
            .query([
                words("status", "Where the collection stands.", STATUSES),
                word("published", "Those that are shown now, and no others.", &["true"]),
            ])
            .query(page())
            .gives_page::<Collection>(),
        of("create_collection")
            .about(
                "By hand as a list of products in an order, or with `rule` by conditions that products meet.",
            )
            .takes::<NewCollection>()
            .money()
            .versioned()
            .gives::<Collection>(201, "The collection.")
            .codes(&["handle_exists", "product_unknown"]),
        of("get_collection").versioned().gives::<Collection>(200, "The collection."),
        of("update_collection")
            .about("Whether it is by hand or by rule never changes.")
            .merges::<CollectionPatch>()
            .money()
            .conditional()
            .versioned()
            .gives::<Collection>(200, "The collection after it.")
            .codes(&["handle_exists"]),
        of("delete_collection").about("Its products stay.").conditional().gives_nothing(),
    ]
}

fn products() -> Vec<Entry> {
    vec![
        of("list_collection_products")
            .about("The active ones, unless `status` asks for others. Of a rule they are read from the search index.")
            .query([words("status", "Where the product stands; `active` when absent.", STATUSES)])
            .query(page())
            .gives::<ProductList>(200, "A page of its products.")
            .codes(&["index_building"]),
        changed("put_collection_products")
            .about("These, in this order, and no others.")
            .takes::<CollectionProducts>()
            .codes(&["product_unknown"]),
        changed("add_collection_products")
            .about("At a place or at the end; those that are in it already move there.")
            .takes::<AddedProducts>()
            .codes(&["product_unknown"]),
        changed("remove_collection_product"),
    ]
}

fn changed(id: &'static str) -> Entry {
    of(id).conditional().versioned().gives::<Collection>(200, "The collection after it.")
}
