//! What importing Shopify's product files promises, on the memory store.
//!
//! The official samples are not part of the repository: `SUTLER_DATA` names the folder they are in, else they are
//! looked for beside the checkout. Without them their tests say loudly that they were skipped.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "not every test needs everything of the shop")]
mod shop;

use std::path::PathBuf;
use std::sync::Arc;

use shop::Shop;
use sutler_app::catalog::product_name;
use sutler_app::ports::reads::ProductQuery;
use sutler_app::transfer::{ImportOptions, Progress, Report, errors_csv};
use sutler_app::{Caller, Problem, Scopes};
use sutler_domain::catalog::{Oversell, Product, ProductStatus, WeightUnit};

const CLASSIC: &str = include_str!("fixtures/classic.csv");
const TEMPLATE_2024: &str = include_str!("fixtures/template-2024.csv");
const PARTIAL: &str = include_str!("fixtures/partial.csv");
const WRONG: &str = include_str!("fixtures/wrong.csv");

impl Shop {
    async fn import(&self, file: &[u8], dry_run: bool) -> Result<Report, Problem> {
        let options = ImportOptions { dry_run };
        self.app.transfer.import_products(&self.caller, file, options, |_| {}).await
    }

    async fn taken(&self, file: &str) -> Report {
        let report = self.import(file.as_bytes(), false).await.unwrap();
        assert_eq!(report.errors, []);
        assert_eq!(report.warnings, []);
        report
    }

    async fn product_of(&self, handle: &str) -> Product {
        let name = product_name(&format!("handle:{handle}")).unwrap();
        Arc::unwrap_or_clone(self.app.catalog.get(&self.caller, &name).await.unwrap().product)
    }

    async fn count(&self) -> usize {
        self.app.catalog.list(&self.caller, &ProductQuery::default()).await.unwrap().rows.len()
    }

    fn head(&self) -> sutler_domain::Position {
        *self.app.ports.feed.head().borrow()
    }
}

#[tokio::test]
async fn the_classic_template_becomes_products_with_variants_stock_and_pictures() {
    let shop = Shop::open().await;
    let report = shop.taken(CLASSIC).await;
    assert_eq!((report.products_created, report.variants, report.images, report.rows), (2, 4, 3, 5));

    let mug = shop.product_of("enamel-mug").await;
    assert_eq!(mug.description_html, "<p>Holds tea,\ncoffee and \"soup\".</p>");
    assert_eq!(
        (mug.status, mug.tags.as_slice()),
        (ProductStatus::Active, &["Kitchen".to_owned(), "Camping".to_owned()][..])
    );
    let options: Vec<_> = mug.options.iter().map(|o| (o.name.as_str(), o.values.join("|"))).collect();
    assert_eq!(options, [("Color", "Blue|Red".to_owned()), ("Size", "0.3 l|0.5 l".to_owned())]);
    let images: Vec<_> = mug.images.iter().map(|i| i.url.rsplit('/').next().unwrap()).collect();
    assert_eq!(images, ["mug-2.jpg", "mug-1.jpg", "mug-3.jpg"]);
    assert_eq!(mug.metadata["shopify.google.age_group"], "adult");
    assert_eq!(mug.seo.title.as_deref(), Some("Mugs for tea"));

    let [small, large, red] = mug.variants.as_slice() else { unreachable!("three variants") };
    assert_eq!(
        (small.title.as_str(), small.price.amount, small.barcode.as_str()),
        ("Blue / 0.3 l", 1490, "4006381333931")
    );
    assert_eq!((small.compare_at_price.unwrap().amount, small.cost.unwrap().amount), (1990, 520));
    let weight = small.weight.unwrap();
    assert_eq!((weight.value.to_string().as_str(), weight.unit), ("0.25", WeightUnit::Kg));
    assert_eq!((large.oversell, large.weight.unwrap().unit), (Oversell::Allow, WeightUnit::G));
    assert_eq!((red.track_inventory, red.weight, red.tax_code.as_deref()), (false, None, Some("exempt")));
    assert_eq!(shop.stock("MUG-B-3").await, (12, 0));

    let voucher = shop.product_of("gift-voucher").await;
    assert_eq!((voucher.status, voucher.options.len()), (ProductStatus::Draft, 0));
    assert_eq!(voucher.metadata["shopify.gift_card"], "true");
    assert_eq!(voucher.variants[0].sku, "");
}

#[tokio::test]
async fn the_template_of_2024_and_columns_of_its_own_are_taken_too() {
    let shop = Shop::open().await;
    shop.taken(TEMPLATE_2024).await;
    let towel = shop.product_of("linen-towel").await;
    assert_eq!((towel.title.as_str(), towel.status), ("Linen Towel", ProductStatus::Draft));
    assert_eq!(towel.metadata["shopify.custom.fabric"], "Linen");
    assert_eq!(towel.metadata["shopify.product_category"], "Home > Towels");
    let [small, large] = towel.variants.as_slice() else { unreachable!("two variants") };
    assert_eq!(
        (small.sku.as_str(), small.oversell, small.tax_code.as_deref()),
        ("TOWEL-S", Oversell::Deny, None)
    );
    assert_eq!(
        (large.price.amount, large.oversell, large.tax_code.as_deref()),
        (1800, Oversell::Allow, Some("exempt"))
    );
    assert_eq!(large.metadata["shopify.price_eu"], "17.00");
    assert_eq!(large.metadata["shopify.image_url"], "https://img.example/towel-l.jpg");
}

#[tokio::test]
async fn a_second_import_of_the_same_file_changes_nothing() {
    let shop = Shop::open().await;
    for file in [CLASSIC, TEMPLATE_2024] {
        let first = shop.taken(file).await;
        let head = shop.head();
        let again = shop.taken(file).await;
        assert_eq!((again.products_created, again.products_updated), (0, 0));
        assert_eq!(again.products_unchanged, first.products_created);
        assert_eq!(shop.head(), head);
    }
}

#[tokio::test]
async fn a_partial_file_leaves_alone_what_it_has_no_column_for() {
    let shop = Shop::open().await;
    shop.taken(CLASSIC).await;
    let before = shop.product_of("enamel-mug").await;
    let report = shop.taken(PARTIAL).await;
    assert_eq!((report.products_updated, report.products_created), (1, 0));
    let after = shop.product_of("enamel-mug").await;
    assert_eq!((after.vendor.as_str(), after.tags.join(",")), ("Hearth & Co", "Kitchen".to_owned()));
    assert_eq!(after.variants[0].price.amount, 1550);
    assert_eq!(after.variants[0].variant_id, before.variants[0].variant_id);
    assert_eq!(after.variants[1..], before.variants[1..]);
    assert_eq!((after.images, after.description_html), (before.images, before.description_html));
    assert_eq!(after.metadata["shopify.warehouse_shelf"], "A7");
    assert_eq!(after.metadata["shopify.google.age_group"], "adult");
    assert_eq!(shop.stock("MUG-B-3").await, (12, 0));

    let new = "Handle,Title\nnobody-knows,Nobody knows\n";
    let report = shop.import(new.as_bytes(), false).await.unwrap();
    assert_eq!((report.errors.len(), report.products_created), (1, 0));
}

#[tokio::test]
async fn a_product_with_a_wrong_row_is_not_taken_and_the_others_are() {
    let shop = Shop::open().await;
    let report = shop.import(WRONG.as_bytes(), false).await.unwrap();
    assert_eq!((report.products_created, shop.count().await), (2, 2));
    assert_eq!(shop.product_of("first-sku").await.variants[0].sku, "SAME");
    let told: Vec<_> = report.errors.iter().map(|e| (e.row, e.code)).collect();
    assert_eq!(
        told,
        [
            (3, "excess_precision"),
            (5, "not_true_or_false"),
            (5, "money_format"),
            (5, "not_a_number"),
            (6, "validation_failed"),
            (8, "validation_failed"),
            (10, "sku_exists"),
            (11, "option_name_missing"),
            (12, "wrong_cell_count"),
            (13, "validation_failed"),
            (14, "validation_failed"),
            (15, "handle_missing"),
        ]
    );
    let words = &report.errors[0].message;
    assert_eq!(words, "Variant Price: '9.999' has more decimals than EUR allows (2)");
}

#[tokio::test]
async fn the_errors_file_has_all_rows_of_what_was_not_taken_and_can_be_mended_and_imported() {
    let shop = Shop::open().await;
    let report = shop.import(WRONG.as_bytes(), false).await.unwrap();
    let errors = String::from_utf8(errors_csv(&report)).unwrap();
    let lines: Vec<&str> = errors.lines().collect();
    assert!(lines[0].ends_with(",Image Src,error_code,error"), "{}", lines[0]);
    assert!(lines[1].contains("9.999") && lines[1].contains(",excess_precision,"), "{}", lines[1]);
    assert!(lines[2].starts_with("bad-price,,,M") && lines[2].ends_with(",,"), "{}", lines[2]);
    assert_eq!(lines.len(), 1 + report.skipped.len());
    let mended = errors.lines().filter(|line| line.starts_with("Handle") || line.starts_with("bad-price"));
    let mended = mended.collect::<Vec<_>>().join("\n").replace("9.999", "9.99");
    let report = shop.import(mended.as_bytes(), false).await.unwrap();
    assert_eq!((report.products_created, report.errors.len()), (1, 0));
    let product = shop.product_of("bad-price").await;
    assert_eq!((product.variants.len(), product.metadata.len()), (2, 0));
}

#[tokio::test]
async fn a_dry_run_says_what_an_import_would_and_writes_nothing() {
    let shop = Shop::open().await;
    let head = shop.head();
    for file in [CLASSIC, TEMPLATE_2024, WRONG] {
        let dry = shop.import(file.as_bytes(), true).await.unwrap();
        assert_eq!(shop.head(), head);
        let real = Shop::open().await.import(file.as_bytes(), false).await.unwrap();
        assert_eq!(Report { dry_run: false, ..dry }, real);
    }
    shop.product("TOWEL-S", 100, 1).await;
    let dry = shop.import(TEMPLATE_2024.as_bytes(), true).await.unwrap();
    assert_eq!((dry.errors[0].code, dry.products_created), ("sku_exists", 0));
}

#[tokio::test]
async fn files_that_are_not_shopifys_are_refused_with_what_they_lack() {
    let shop = Shop::open().await;
    for (file, words, missing) in [
        (&b""[..], "it is empty", None),
        (b"Title,Price\nA,1\n", "it has no column 'Handle'", Some("Handle")),
        (b"Product Handle,Product Title\na,A\n", "it has no column 'Handle'", Some("Handle")),
        (b"URL handle,Price\na,1\n", "it has no column 'Title'", Some("Title")),
        (b"Handle;Title;Variant Price\na;A;1\n", "separated by ';'", Some("Handle")),
        (b"Handle,Title,URL handle\na,A,a\n", "are the same column", None),
        (b"Handle,Title\na,\xE4\n", "not UTF-8", None),
    ] {
        let problem = shop.import(file, false).await.unwrap_err();
        assert_eq!(problem.code, "not_a_shopify_file", "{words}");
        assert!(problem.detail.contains(words), "{words}: {}", problem.detail);
        assert_eq!(problem.facts.get("missing_column").and_then(|v| v.as_str()), missing, "{words}");
    }
    assert_eq!(shop.count().await, 0);
}

#[tokio::test]
async fn line_ends_a_byte_order_mark_and_rows_out_of_order_do_not_matter() {
    let shop = Shop::open().await;
    let crlf = format!("\u{feff}{}", CLASSIC.replace('\n', "\r\n"));
    shop.taken(&crlf).await;
    let mut lines: Vec<&str> = WRONG.lines().collect();
    lines.swap(4, 1);
    let report = shop.import(lines.join("\n").as_bytes(), false).await.unwrap();
    assert_eq!(report.errors.iter().filter(|e| e.handle == "bad-price").count(), 1);
    assert_eq!(shop.product_of("enamel-mug").await.variants.len(), 3);
}

#[tokio::test]
async fn metadata_keeps_within_its_limits_and_says_what_it_cut() {
    let shop = Shop::open().await;
    let long = "x".repeat(600);
    let file = format!("Handle,Title,Variant Price,Story,Number\na,A,1.00,{long},4242 4242 4242 4242\n");
    let report = shop.import(file.as_bytes(), false).await.unwrap();
    assert_eq!(report.warnings.len(), 2, "{:?}", report.warnings);
    let metadata = shop.product_of("a").await.metadata;
    assert_eq!((metadata["shopify.story"].len(), metadata.len()), (500, 1));
    let names: Vec<String> = (0..60).map(|n| format!("Column {n}")).collect();
    let cells = vec!["1"; 60].join(",");
    let file = format!("Handle,Title,Variant Price,{}\nb,B,1.00,{cells}\n", names.join(","));
    let report = shop.import(file.as_bytes(), false).await.unwrap();
    assert_eq!(report.errors[0].code, "too_many_columns");
    let heavy = format!("Handle,Title,Variant Price,Body (HTML)\nc,C,1.00,{}\n", "x".repeat(70_000));
    assert_eq!(shop.import(heavy.as_bytes(), false).await.unwrap().errors[0].code, "row_too_long");
}

#[tokio::test]
async fn progress_ends_at_the_last_row_and_a_reader_may_not_import() {
    let shop = Shop::open().await;
    let mut seen: Vec<Progress> = Vec::new();
    let options = ImportOptions::default();
    shop.app
        .transfer
        .import_products(&shop.caller, CLASSIC.as_bytes(), options, |p| seen.push(p))
        .await
        .unwrap();
    assert_eq!(seen.last(), Some(&Progress { done: 5, total: 5 }));
    let reader = Caller { scopes: Scopes::of(["catalog:read"]), ..shop.caller.clone() };
    let problem =
        shop.app.transfer.import_products(&reader, CLASSIC.as_bytes(), options, |_| {}).await.unwrap_err();
    assert_eq!(problem.code, "insufficient_scope");
}

/// A folder of the official samples.
#[expect(clippy::disallowed_methods, reason = "the folder of the samples is said to the test run")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn samples(folder: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("SUTLER_DATA").map_or_else(beside, PathBuf::from).join(folder);
    let Ok(entries) = std::fs::read_dir(&data) else {
        eprintln!("SKIPPED: no sample files in {}; set SUTLER_DATA to their folder", data.display());
        return None;
    };
    let paths = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "csv"));
    let mut files: Vec<_> =
        paths.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect();
    files.sort();
    Some(files)
}

#[tokio::test]
async fn the_official_samples_import_without_a_warning() {
    let Some(files) = samples("shopify") else { return };
    let shop = Shop::open().await;
    let (mut products, mut variants) = (0, 0);
    for (path, bytes) in &files {
        let report = shop.import(bytes, false).await.unwrap();
        assert_eq!((&report.errors, &report.warnings), (&vec![], &vec![]), "{path}");
        products += report.products_created;
        variants += report.variants;
        let again = shop.import(bytes, false).await.unwrap();
        assert_eq!(again.products_unchanged, report.products_created, "{path}");
    }
    assert_eq!((files.len(), products, variants), (3, 60, 66));
}

#[tokio::test]
async fn files_of_another_system_are_refused_and_nothing_is_imported() {
    let Some(files) = samples("medusa") else { return };
    assert_eq!(files.len(), 9);
    let shop = Shop::open().await;
    for (path, bytes) in &files {
        let problem = shop.import(bytes, false).await.unwrap_err();
        assert_eq!(problem.code, "not_a_shopify_file", "{path}");
        assert_eq!(problem.facts["missing_column"], "Handle", "{path}");
        assert!(problem.detail.contains("no column 'Handle'"), "{path}: {}", problem.detail);
    }
    assert_eq!(shop.count().await, 0);
}
