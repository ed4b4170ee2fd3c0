//! The tree of categories.

use sutler_types::catalog::ProductList;
use sutler_types::category::{Category, CategoryPatch, NewCategory};

use super::catalog::STATUSES;
use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{flag, page, sort, text, words};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        of("list_categories")
            .query([text(
                "parent",
                "Right below this one, an id or `handle:…`; `none` for those at the top. All when absent.",
            )])
            .query(page())
            .gives_page::<Category>()
            .codes(&["not_found"]),
        of("create_category")
            .about("At most 5,000, on 10 levels.")
            .takes::<NewCategory>()
            .versioned()
            .gives::<Category>(201, "The category.")
            .codes(&["handle_exists"]),
        of("get_category").versioned().gives::<Category>(200, "The category."),
        of("update_category")
            .about("With another `parent_id` it moves, and all that is below it moves along.")
            .merges::<CategoryPatch>()
            .conditional()
            .versioned()
            .gives::<Category>(200, "The category after it.")
            .codes(&["handle_exists"]),
        of("delete_category")
            .about("Of one that nothing is below and no product is in.")
            .conditional()
            .gives_nothing()
            .codes(&["category_not_empty"]),
        of("list_category_products")
            .about("The active ones, unless `status` asks for others, from the search index.")
            .query([
                words("status", "Where the product stands; `active` when absent.", STATUSES),
                flag(
                    "descendants",
                    "Whether those of all categories below it belong to it; `true` when absent.",
                ),
                sort(["title", "price", "created_at"]),
            ])
            .query(page())
            .gives::<ProductList>(200, "A page of its products.")
            .codes(&["index_building"]),
    ]
}
