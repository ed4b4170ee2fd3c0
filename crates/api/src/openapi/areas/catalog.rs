//! Products, their variants, and files of them.

use sutler_app::search::{SUGGESTIONS_DEFAULT, SUGGESTIONS_MAX};
use sutler_types::Nothing;
use sutler_types::bulk::{ChangeLine, ChangeTold};
use sutler_types::catalog::{
    ImportReport, NewProduct, NewVariant, Product, ProductList, ProductPatch, SkuVariant, Variant,
    VariantPatch,
};
use sutler_types::import::ImportLine;
use sutler_types::page::List;
use sutler_types::search::{Rebuild, SearchPage, Suggestion};

use crate::openapi::entry::{Entry, of};
use crate::openapi::limits::CURRENCY;
use crate::openapi::params::{
    count, flag, form, metadata, options, page, sort, span, text, texts, whole, word, words,
};

/// Where a product stands.
pub(super) const STATUSES: [&str; 3] = ["draft", "active", "archived"];

/// Why a product or a variant cannot be stored as it is.
const TAKEN: [&str; 3] = ["handle_exists", "sku_exists", "variant_exists"];

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = products();
    entries.extend(variants());
    entries.extend(search());
    entries.push(import());
    entries.push(changes());
    entries
}

fn changes() -> Entry {
    of("change_many")
        .about(
            "A line of JSON a change, at most 1,000 in 5 MiB, done one after the other and answered a line each; the last line is the \
             summary. Each is what one request does alone, and needs its scope: `catalog:write`, or `inventory:write` for stock.",
        )
        .query([
            flag("atomic", "Whether all are made in one commit, or none."),
            flag("dry_run", "Whether to try them only."),
        ])
        .takes_lines::<ChangeLine>()
        .gives_lines::<ChangeTold>("What came of each line, then of the file.")
        .codes(&["lines_failed", "insufficient_scope", "payload_too_large", "unsupported_media_type"])
}

fn import() -> Entry {
    of("import")
        .about(
            "Shopify's product CSV, or by a mapping another shop's file. Of products, one with a wrong row is not taken at all; \
             the others are. Past orders, customers and stock are told of line by line; the same file of orders again goes on \
             where it stopped, and the same file of the others again changes nothing.",
        )
        .query([
            word("format", "What the file is, without a mapping.", &["shopify_products"]),
            text("map", "The name of the mapping by which the file is read, such as `shopify-orders`."),
            text("mapping", "The text of a mapping of one's own, at most 16 KiB."),
            flag("dry_run", "Whether to judge it only."),
            flag("again", "Whether to begin at the first row, wherever an import of the file stopped. Of orders only."),
        ])
        .takes_text("text/csv")
        .gives::<ImportReport>(200, "What became of each row: of products at once, of others as lines that end with the report.")
        .gives_lines::<ImportLine>("How it goes, and what became of the file.")
        .codes(&["not_a_shopify_file", "not_such_a_file", "bad_mapping", "file_changed", "import_stopped"])
        .codes(&["payload_too_large", "unsupported_media_type", "malformed_json"])
}

fn search() -> [Entry; 3] {
    let sorts = [
        "relevance",
        "title",
        "-title",
        "price",
        "-price",
        "created_at",
        "-created_at",
        "updated_at",
        "-updated_at",
    ];
    let codes = ["not_found", "index_building"];
    [
        of("search_products")
            .about("By words, with their mistakes, synonyms and beginnings; `facets` counts what else could be chosen.")
            .query([
                text("q", "The words; without them, every product."),
                words("status", "Where the product stands.", STATUSES),
                texts("vendor", "Made by any of these."),
                texts("product_type", "Of any of these sorts."),
                texts("tag", "With any of these tags."),
                options(),
                form("currency", "In which prices are compared and sorted; the shop's when absent.", CURRENCY),
                whole("price_min", "Minor units that some variant costs at least."),
                whole("price_max", "Minor units that some variant costs at most."),
                word("sort", "The order; with `-` the largest first, by relevance always the best.", &sorts),
                words(
                    "facets",
                    "What is counted; everything when absent.",
                    ["vendor", "product_type", "tag", "option", "price", "none"],
                ),
            ])
            .query(span("created_at", "Made"))
            .query(span("updated_at", "Last changed"))
            .query(page())
            .gives::<SearchPage>(200, "Products that answer, with what is counted beside.")
            .codes(&codes),
        of("suggest_products")
            .about("For a field in which somebody writes: beginnings of words count.")
            .query([
                text("q", "What was written so far."),
                count("limit", "How many at most.", SUGGESTIONS_DEFAULT, SUGGESTIONS_MAX),
            ])
            .gives::<List<Suggestion>>(200, "Titles, the best first.")
            .codes(&codes),
        of("rebuild_search")
            .about("The one that answers goes on until the new one is ready.")
            .may_take::<Nothing>()
            .gives::<Rebuild>(200, "It was asked for.")
            .codes(&["not_found"]),
    ]
}

fn products() -> Vec<Entry> {
    vec![
        of("list_products")
            .about("By title, or with `ids` several at once in the order asked; then no other parameter is taken.")
            .query([
                text("ids", "Names of products, separated by commas; at most 200."),
                words("status", "Where the product stands.", STATUSES),
                text("tag", "With this tag."),
                text("vendor", "Made by this one."),
                text("product_type", "Of this sort."),
                metadata(),
                sort(["title", "updated_at"]),
            ])
            .query(page())
            .gives::<ProductList>(200, "A page of products, or those that were named."),
        of("create_product")
            .about("With `variants`, or in the short form with one `price`.")
            .takes::<NewProduct>()
            .money()
            .versioned()
            .gives::<Product>(201, "The product.")
            .codes(&TAKEN),
        of("get_product").versioned().gives::<Product>(200, "The product."),
        of("put_product")
            .about("Created, or replaced as a whole. Without `stock` the stock is untouched.")
            .takes::<NewProduct>()
            .money()
            .versioned()
            .gives::<Product>(200, "The product as it is now.")
            .gives::<Product>(201, "The product, which is new.")
            .codes(&TAKEN)
            .codes(&["version_mismatch", "last_variant"]),
        saved("update_product").merges::<ProductPatch>().money().codes(&TAKEN).codes(&["last_variant", "variant_required"]),
        of("delete_product").conditional().gives_nothing().codes(&["invalid_transition"]),
        saved("publish_product").may_take::<Nothing>().codes(&["invalid_transition"]),
        saved("archive_product").may_take::<Nothing>().codes(&["invalid_transition"]),
    ]
}

fn saved(id: &'static str) -> Entry {
    of(id).conditional().versioned().gives::<Product>(200, "The product after it.")
}

fn variants() -> Vec<Entry> {
    vec![
        of("list_variants").versioned().gives_list::<Variant>(),
        of("create_variant")
            .takes::<NewVariant>()
            .money()
            .conditional()
            .versioned()
            .gives::<Variant>(201, "The variant.")
            .codes(&TAKEN),
        of("get_variant").versioned().gives::<Variant>(200, "The variant."),
        of("put_variant")
            .about("By its SKU: `PUT /variants/sku:MUG-BLUE`.")
            .takes::<SkuVariant>()
            .money()
            .versioned()
            .gives::<Variant>(200, "The variant as it is now.")
            .gives::<Variant>(201, "The variant, which is new.")
            .codes(&TAKEN)
            .codes(&["version_mismatch"]),
        of("update_variant")
            .merges::<VariantPatch>()
            .money()
            .conditional()
            .versioned()
            .gives::<Variant>(200, "The variant after it.")
            .codes(&TAKEN),
        of("delete_variant").conditional().gives_nothing().codes(&["last_variant"]),
    ]
}
