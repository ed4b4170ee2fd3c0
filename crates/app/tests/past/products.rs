use std::sync::Arc;

use sutler_app::catalog::product_name;
use sutler_app::transfer::ImportOptions;
use sutler_app::transfer::mapping::{Mapping, shipped};
use sutler_domain::Currency;
use sutler_domain::catalog::{Oversell, Product, ProductStatus, WeightUnit};

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

#[tokio::test]
async fn products_of_spree_have_a_row_of_their_own_and_prices_further_down() {
    let file = "\
slug,sku,name,price,compare_at_price,currency,status,meta_title,option1_name,option1_value,image1_src,width,weight,weight_unit,inventory_count,inventory_backorderable,track_inventory,custom_field.custom.wattage
kettle,KETTLE,Kettle,0,0,USD,active,Buy a kettle,,,https://example.com/1.png,,,lb,,FALSE,,1400W
kettle,KETTLE-RED,,44.99,59,USD,,,Color,Red,https://example.com/2.png,13.8,4.4,lb,12,FALSE,TRUE,
kettle,KETTLE-BLUE,,44.99,0,USD,,,Color,Blue,,,4.4,lb,7,TRUE,TRUE,
mug,MUG,Mug,9,0,USD,draft,,,,,,,,,FALSE,FALSE,
kettle,KETTLE-RED,,41.99,,EUR,,,,,,,,,,FALSE,TRUE,
kettle,KETTLE-BLUE,,41.99,,EUR,,,,,,,,,,FALSE,TRUE,
";
    let mapping = shipped("spree-products").unwrap();
    for (currency, prices, other) in [
        ("USD", [4_499, 4_499], ("shopify.price_eur", "41.99")),
        ("EUR", [4_199, 4_199], ("shopify.price_usd", "44.99")),
    ] {
        let shop = Shop::open().await;
        let sheet = mapping.as_shopify(file.as_bytes(), Currency::parse(currency).unwrap()).unwrap();
        let report = imported(&shop, &sheet).await;
        // In euro the mug has no price; it is told of by its row.
        let wrong: Vec<usize> = report.errors.iter().map(|error| error.row).collect();
        assert_eq!(wrong, if currency == "EUR" { vec![5] } else { vec![] }, "{:?}", report.errors);
        let kettle = product(&shop, "kettle").await;
        assert_eq!(kettle.variants.iter().map(|v| v.price.amount).collect::<Vec<_>>(), prices);
        assert_eq!(kettle.seo.title.as_deref(), Some("Buy a kettle"));
        assert_eq!((kettle.images.len(), kettle.options[0].name.as_str()), (2, "Color"));
        assert!(kettle.metadata.values().any(|value| value == "1400W"), "{:?}", kettle.metadata);
        let [red, blue] = &kettle.variants[..] else { panic!("{:?}", kettle.variants) };
        assert_eq!(red.metadata.get(other.0).map(String::as_str), Some(other.1), "{:?}", red.metadata);
        assert_eq!(red.metadata.get("shopify.width").map(String::as_str), Some("13.8"));
        assert_eq!(
            (red.weight.unwrap().value.to_string(), red.weight.unwrap().unit),
            ("4.4".to_owned(), WeightUnit::Lb)
        );
        assert_eq!((red.oversell, blue.oversell), (Oversell::Deny, Oversell::Allow));
        assert_eq!(imported(&shop, &sheet).await.products_updated, 0, "the same file changes nothing");
    }
}

#[tokio::test]
async fn the_sample_of_spree_is_taken_and_counted() {
    let Some(files) = samples("spree") else { return };
    let (_, bytes) = files.iter().find(|(name, _)| name == "products.csv").unwrap();
    let shop = Shop::open().await;
    let sheet = shipped("spree-products").unwrap().as_shopify(bytes, usd()).unwrap();
    let report = imported(&shop, &sheet).await;
    // 211 rows: 37 products, 87 variants, and 87 prices in euro.
    assert_eq!((report.errors, report.products_created, report.variants), (vec![], 37, 87));
    let machine = product(&shop, "automatic-espresso-machine").await;
    assert_eq!(machine.variants.len(), 3);
    assert!(
        machine.variants.iter().all(|v| v.metadata.get("shopify.price_eur").is_some_and(|p| p == "819.99"))
    );
}

async fn imported(shop: &Shop, sheet: &[u8]) -> sutler_app::transfer::Report {
    let transfer = &shop.app.transfer;
    transfer.import_products(&shop.caller, sheet, ImportOptions::default(), |_| {}).await.unwrap()
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
