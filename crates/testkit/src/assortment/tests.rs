use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::system::{SystemClock, SystemIds};
use sutler_app::ports::ProductReads;
use sutler_app::ports::reads::ProductName;
use sutler_app::transfer::mapping::shipped;
use sutler_app::transfer::{ImportOptions, ImportTold, PastOptions};
use sutler_app::{App, Caller, Ports, Settings};

use super::*;

const SEED: u64 = 7;

#[test]
fn a_product_is_the_same_whenever_it_is_asked_for() {
    let (few, many) = (Assortment::of(SEED, 10), Assortment::of(SEED, 1_000_000));
    let all: Vec<_> = few.iter().collect();
    assert_eq!(all.len(), 10);
    for (index, product) in (0..).zip(&all) {
        assert_eq!(*product, many.product(index));
    }
    assert_ne!(many.product(999_999), many.product(999_998));
    assert_ne!(many.product(3).title, Assortment::of(SEED + 1, 10).product(3).title);
}

#[test]
fn names_are_unique_and_every_value_of_a_facet_comes_up() {
    let mut names = BTreeSet::new();
    let (mut values, mut count) = (BTreeSet::new(), 0);
    for product in Assortment::of(SEED, 3_000).iter() {
        assert!(!product.variants.is_empty(), "{}", product.handle);
        assert!(names.insert(product.handle.clone()), "{}", product.handle);
        values.insert(("vendor", product.vendor.clone()));
        values.insert(("type", product.product_type.clone()));
        values.extend(product.tags.iter().map(|tag| ("tag", tag.clone())));
        for variant in &product.variants {
            assert!(names.insert(variant.sku.clone()), "{}", variant.sku);
            assert!(names.insert(variant.variant_id.to_string()), "{}", variant.variant_id);
            assert!(variant.price.amount > 0);
            values.extend(variant.option_values.values().map(|value| ("option", value.clone())));
            count += 1;
        }
    }
    assert_eq!(values.len(), FACET_VALUES);
    assert_eq!(FACET_VALUES, 50);
    // Between one and two variants each.
    assert!((3_600..6_000).contains(&count), "{count} variants");
}

#[test]
fn the_files_are_the_same_each_time_and_have_the_lines_that_were_asked_for() {
    let goods = Assortment::of(SEED, 200);
    let sheet = || {
        let mut out = Vec::new();
        let rows = shopify_csv(goods, &mut out).unwrap();
        (rows, out)
    };
    let (rows, csv) = sheet();
    assert_eq!(rows, goods.iter().map(|product| u64::try_from(product.variants.len()).unwrap()).sum::<u64>());
    assert_eq!((rows, csv), sheet());

    let history = || {
        let mut out = Vec::new();
        (History::of(SEED, goods).write(20_000, &mut out).unwrap(), out)
    };
    let (written, csv) = history();
    assert_eq!(written.lines, 20_000);
    assert_eq!(csv.split(|byte| *byte == b'\n').count(), 20_002, "each line has an end");
    assert!(written.cancellations > 5 && written.orders > 500, "{written:?}");
    assert_eq!((written, csv), history());
}

#[tokio::test]
async fn what_is_offered_can_be_read() {
    let goods = Assortment::of(SEED, 20);
    let store = Memory::new(sutler_adapters::Options::default());
    offer(&store, goods).await.unwrap();
    let product = goods.product(19);
    let names =
        [ProductName::Handle(product.handle.clone()), ProductName::Sku(product.variants[0].sku.clone())];
    let found = store.products(&names).await.unwrap();
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|(_, found)| *found.product == product));
    assert!(offer(&store, goods).await.is_err(), "names are taken once");
}

#[test]
fn questions_are_of_many_sorts() {
    let goods = Assortment::of(SEED, 1_000);
    let asked = questions(SEED, goods, 400);
    assert_eq!(asked, questions(SEED, goods, 400));
    assert!(asked.iter().all(|question| !question.is_empty()));
    assert!(asked.iter().collect::<BTreeSet<_>>().len() > 200);
}

#[tokio::test]
async fn our_own_import_takes_both_files_whole() {
    let store = Arc::new(Memory::new(sutler_adapters::Options::default()));
    let ids = Arc::new(SystemIds::default());
    let ports = Ports::over(&store, BTreeMap::new(), Arc::new(LogShipping), Arc::new(SystemClock), ids);
    let app = App::new(ports, Settings::new(euro()));
    app.inventory.ensure_default_location().await.unwrap();
    let (goods, caller) = (Assortment::of(SEED, 60), Caller::system("test"));

    let mut sheet = Vec::new();
    let rows = shopify_csv(goods, &mut sheet).unwrap();
    let report =
        app.transfer.import_products(&caller, &sheet, ImportOptions::default(), |_| {}).await.unwrap();
    assert!(report.errors.is_empty(), "{:?}", report.errors.first());
    assert_eq!((report.products_created, u64::try_from(report.rows).unwrap()), (60, rows));
    for product in goods.iter() {
        let name = ProductName::Handle(product.handle.clone());
        let (_, found) = store.products(&[name]).await.unwrap().pop().unwrap();
        let found = &found.product;
        assert_eq!((&found.title, &found.vendor), (&product.title, &product.vendor));
        assert_eq!((&found.tags, &found.options), (&product.tags, &product.options));
        assert_eq!((&found.description_html, found.status), (&product.description_html, product.status));
        let sold = |product: &Product| -> Vec<_> {
            product.variants.iter().map(|v| (v.sku.clone(), v.option_values.clone(), v.price)).collect()
        };
        assert_eq!(sold(found), sold(&product));
    }

    let mut invoices = Vec::new();
    let written = History::of(SEED, goods).write(9_000, &mut invoices).unwrap();
    let (source, mapping): (Arc<[u8]>, _) = (invoices.into(), shipped("uci-online-retail").unwrap());
    let mut errors = Vec::new();
    let mut witness = |told: ImportTold<'_>| {
        if let ImportTold::Error(error) = told {
            errors.push(error.clone());
        }
    };
    let options = PastOptions::default();
    let report = app.transfer.import_past(&caller, &source, &mapping, options, &mut witness).await.unwrap();
    assert!(errors.is_empty(), "{:?}", errors.first());
    assert!(written.cancellations > 0, "{written:?}");
    assert_eq!((report.rows, report.orders_new), (written.lines, written.orders));
    assert_eq!(report.canceled.rows, written.cancellations);
}
