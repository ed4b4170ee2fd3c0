//! Products, their variants, and files of them.

use sutler_types::Nothing;
use sutler_types::catalog::{
    ImportReport, NewProduct, NewVariant, Product, ProductList, ProductPatch, SkuVariant, Variant,
    VariantPatch,
};

use crate::openapi::entry::{Entry, of};
use crate::openapi::params::{flag, metadata, page, sort, text, word, words};

/// Why a product or a variant cannot be stored as it is.
const TAKEN: [&str; 3] = ["handle_exists", "sku_exists", "variant_exists"];

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = products();
    entries.extend(variants());
    entries.push(
        of("import")
            .about("Shopify's product CSV. A product with a wrong row is not taken at all; the others are.")
            .query([
                word("format", "What the file is.", &["shopify_products"]),
                flag("dry_run", "Whether to judge it only."),
            ])
            .takes_text("text/csv")
            .gives::<ImportReport>(200, "What became of each row.")
            .codes(&["not_a_shopify_file", "payload_too_large", "unsupported_media_type", "malformed_json"]),
    );
    entries
}

fn products() -> Vec<Entry> {
    vec![
        of("list_products")
            .about("By title, or with `ids` several at once in the order asked; then no other parameter is taken.")
            .query([
                text("ids", "Names of products, separated by commas; at most 200."),
                words("status", "Where the product stands.", ["draft", "active", "archived"]),
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
