//! An assortment as the file of products that shops export, and that our own import takes.

use std::io::{self, Write};

use sutler_app::transfer::{Cell, Table};
use sutler_domain::catalog::{Product, ProductStatus, Variant};

use super::Assortment;

const TITLES: [&str; 17] = [
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Variant SKU",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Image Src",
    "Status",
];

/// Write Shopify's classic file: a row for each variant, the first with what is said of the product. Gives the rows
/// behind the header. Stock is not in it.
pub fn shopify_csv(goods: Assortment, out: impl Write) -> io::Result<u64> {
    let mut table = Table::new(out, false);
    table.row(&TITLES.map(|title| Cell::Text(title.to_owned())))?;
    let mut rows = 0;
    for product in goods.iter() {
        for (place, variant) in product.variants.iter().enumerate() {
            table.row(&row(&product, variant, place == 0))?;
            rows += 1;
        }
    }
    table.end()?.flush()?;
    Ok(rows)
}

fn row(product: &Product, variant: &Variant, is_first: bool) -> [Cell; 17] {
    let text = |text: &str| Cell::Text(text.to_owned());
    let once = |words: &str| if is_first { text(words) } else { text("") };
    let option = |place: usize| {
        let option = product.options.get(place);
        let value = option.and_then(|option| variant.option_values.get(&option.name)).map(String::as_str);
        (option.map(|option| option.name.as_str()), value)
    };
    let (first, second) = (option(0), option(1));
    let was = variant.compare_at_price.map(sutler_domain::Money::to_decimal).unwrap_or_default();
    [
        text(&product.handle),
        once(&product.title),
        once(&product.description_html),
        once(&product.vendor),
        once(&product.product_type),
        once(&product.tags.join(", ")),
        once(if product.status == ProductStatus::Active { "true" } else { "false" }),
        // A product without choices is written with one that has no name of its own.
        once(first.0.unwrap_or("Title")),
        text(first.1.unwrap_or("Default Title")),
        once(second.0.unwrap_or_default()),
        text(second.1.unwrap_or_default()),
        text(&variant.sku),
        Cell::Number(variant.price.to_decimal()),
        Cell::Number(was),
        text("true"),
        once(product.images.first().map_or("", |image| &image.url)),
        once(product.status.as_str()),
    ]
}
