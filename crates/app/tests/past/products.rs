use std::sync::Arc;

use sutler_app::catalog::product_name;
use sutler_app::transfer::ImportOptions;
use sutler_app::transfer::mapping::{Mapping, shipped};
use sutler_domain::Currency;
use sutler_domain::catalog::{Product, ProductStatus};

use super::samples;
use super::shop::Shop;

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

async fn product(shop: &Shop, handle: &str) -> Product {
    let name = product_name(&format!("handle:{handle}")).unwrap();
    Arc::unwrap_or_clone(shop.app.catalog.get(&shop.caller, &name).await.unwrap().product)
}

#[tokio::test]
async fn products_of_medusa_are_products_with_the_rest_as_metadata() {
    let file = "\
Product Handle;Product Title;Product Status;Product Tag 1;Product Tag 2;Product Material;Product Image 1;Variant Sku;\
Variant Manage Inventory;Variant Allow Backorder;Variant Option 1 Name;Variant Option 1 Value;Variant Price EUR;Variant Price USD
shirt;Shirt;published;new;linen;Linen;https://example.com/1.png;S-1;true;false;size;large;9.00;10.50
shirt;;;;;;;S-2;true;true;size;small;9.00;11.00
";
    let shop = Shop::open().await;
    let sheet = shipped("medusa-products").unwrap().as_shopify(file.as_bytes(), usd()).unwrap();
    let report = shop
        .app
        .transfer
        .import_products(&shop.caller, &sheet, ImportOptions::default(), |_| {})
        .await
        .unwrap();
    assert_eq!((report.errors, report.products_created, report.variants), (vec![], 1, 2));
    let shirt = product(&shop, "shirt").await;
    assert_eq!(shirt.status, ProductStatus::Active);
    assert_eq!(shirt.tags, ["new", "linen"]);
    assert_eq!((shirt.variants[0].price.amount, shirt.variants[1].price.amount), (1_050, 1_100));
    assert!(shirt.variants[0].track_inventory);
    assert_eq!(shirt.images.len(), 1);
    assert!(shirt.metadata.values().any(|value| value == "Linen"), "{:?}", shirt.metadata);
}

#[tokio::test]
async fn every_file_of_medusas_fixtures_is_taken_and_counted() {
    let Some(files) = samples("medusa") else { return };
    let mapping = shipped("medusa-products").unwrap();
    for (name, bytes) in &files {
        let shop = Shop::open().await;
        let sheet = mapping.as_shopify(bytes, usd()).unwrap();
        let report = shop
            .app
            .transfer
            .import_products(&shop.caller, &sheet, ImportOptions::default(), |_| {})
            .await
            .unwrap();
        // One variant of the old template has a price for a region alone, which is no price of the shop.
        let wrong: Vec<usize> = report.errors.iter().map(|error| error.row).collect();
        assert_eq!(
            wrong,
            if name == "v1-template.csv" { vec![6] } else { vec![] },
            "{name}: {:?}",
            report.errors
        );
        let taken = report.rows - report.skipped.len();
        assert!(report.products_created > 0 && report.variants == taken, "{name}: {report:?}");
        let again = shop
            .app
            .transfer
            .import_products(&shop.caller, &sheet, ImportOptions::default(), |_| {})
            .await
            .unwrap();
        assert_eq!(
            (again.products_unchanged, again.products_updated),
            (report.products_created, 0),
            "{name}"
        );
    }
}

#[test]
fn a_product_file_without_what_it_needs_is_refused() {
    let mapping = shipped("medusa-products").unwrap();
    let problem = mapping.as_shopify(b"id,name\n1,x\n", usd()).unwrap_err();
    assert_eq!(problem.code, "not_such_a_file");
    assert!(problem.detail.contains("no column 'product handle'"), "{}", problem.detail);
    let refused = Mapping::parse("mine", "kind = \"products\"\n[columns]\nTitle = \"Name\"\n").unwrap_err();
    assert!(refused.detail.contains("no column for 'handle'"), "{}", refused.detail);
}
