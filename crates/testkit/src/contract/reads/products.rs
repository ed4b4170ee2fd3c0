//! Products with the versions of their price records.

use std::sync::Arc;

use sutler_app::page::{From, PageRequest};
use sutler_app::ports::reads::{PricedProduct, ProductName, ProductQuery};
use sutler_app::stream::StreamId;
use sutler_domain::Version;
use sutler_domain::catalog::{Product, ProductEvent, ProductStatus};

use crate::builders as some;
use crate::contract::{Rig, Stores};

fn named(id: &str) -> ProductName {
    ProductName::Id(some::product_id(id))
}

async fn read(at: &Stores, name: ProductName) -> Option<PricedProduct> {
    let mut found = at.products.products(std::slice::from_ref(&name)).await.unwrap();
    assert!(found.iter().all(|(answered, _)| *answered == name) && found.len() <= 1);
    found.pop().map(|(_, product)| product)
}

pub(super) async fn products_have_many_names(rig: &Rig) {
    let mut mug = some::product("mug", "mug-blue", "M-1");
    mug.variants.push(some::product("", "mug-red", "").variants.remove(0));
    rig.stores().commit(some::save(&mug)).await.unwrap();
    rig.stores().commit(some::save(&some::product("pot", "pot", "P-1"))).await.unwrap();
    let at = rig.again().await;
    let expected = PricedProduct {
        product: Arc::new(mug.clone()),
        version: Version(1),
        prices: Arc::new(mug.variants.iter().map(|v| (v.variant_id.clone(), Version(1))).collect()),
    };
    let names = [
        named("mug"),
        ProductName::Handle("handle-mug".to_owned()),
        ProductName::Sku("M-1".to_owned()),
        ProductName::Variant(some::variant_id("mug-blue")),
        ProductName::Variant(some::variant_id("mug-red")),
    ];
    for name in &names {
        assert_eq!(read(&at, name.clone()).await, Some(expected.clone()), "{name:?}");
    }
    let absent = [
        named("M-1"),
        ProductName::Handle("mug".to_owned()),
        ProductName::Sku("mug".to_owned()),
        ProductName::Sku(String::new()),
        ProductName::Variant(some::variant_id("mug")),
    ];
    for name in &absent {
        assert_eq!(read(&at, name.clone()).await, None, "{name:?}");
    }
    // Together: in the order asked, each name by itself, also when two are of one product.
    let all: Vec<_> = names.iter().chain(&absent).chain(&[named("pot"), named("mug")]).cloned().collect();
    let found = at.products.products(&all).await.unwrap();
    let answered: Vec<_> = found.iter().map(|(name, _)| name.clone()).collect();
    let expected: Vec<_> = names.into_iter().chain([named("pot"), named("mug")]).collect();
    assert_eq!(answered, expected);
    assert_eq!(at.products.products(&[]).await.unwrap(), []);
}

pub(super) async fn products_follow_their_changes(rig: &Rig) {
    let mut mug = some::product("mug", "blue", "B");
    mug.variants.push(some::product("", "red", "R").variants.remove(0));
    rig.stores().commit(some::save(&mug)).await.unwrap();
    // The red one goes, the blue one has another SKU, the product another handle.
    let red = mug.variants.pop().unwrap();
    mug.variants[0].sku.push('2');
    let mug = Product { handle: "cup".to_owned(), ..mug };
    let gone = some::removal(StreamId::price(&red.variant_id), some::event(some::start()));
    let commit = gone.changes.into_iter().fold(some::save(&mug), sutler_app::Commit::change);
    rig.stores().commit(commit).await.unwrap();
    let at = rig.again().await;
    let now = read(&at, named("mug")).await.unwrap();
    assert_eq!((now.version, &*now.product), (Version(2), &mug));
    assert_eq!(*now.prices, [(some::variant_id("blue"), Version(2))].into());
    for gone in [
        ProductName::Sku("B".to_owned()),
        ProductName::Sku("R".to_owned()),
        ProductName::Handle("handle-mug".to_owned()),
        ProductName::Variant(some::variant_id("red")),
    ] {
        assert_eq!(read(&at, gone.clone()).await, None, "{gone:?}");
    }
    for name in [ProductName::Sku("B2".to_owned()), ProductName::Handle("cup".to_owned())] {
        assert_eq!(read(&at, name).await, Some(now.clone()));
    }
    let deleted = ProductEvent::ProductDeleted(Box::new(mug.clone()));
    let event = sutler_app::NewEvent::of(&deleted, some::start());
    at.commit(some::removal(StreamId::from(&mug.product_id), event)).await.unwrap();
    let at = rig.again().await;
    assert_eq!(read(&at, named("mug")).await, None);
    assert_eq!(read(&at, ProductName::Sku("B2".to_owned())).await, None);
    assert_eq!(at.products.list(&ProductQuery::default()).await.unwrap().rows, []);
}

pub(super) async fn products_are_listed(rig: &Rig) {
    let of = |id: &str, title: &str, updated: i64| Product {
        title: title.to_owned(),
        updated_at: some::second(updated),
        ..some::product(id, &format!("v-{id}"), "")
    };
    let pair = |value: &str| ("season".to_owned(), value.to_owned());
    let (tag, vendor) = (vec!["new".to_owned()], "Acme".to_owned());
    let products = [
        Product { tags: tag.clone(), vendor: vendor.clone(), ..of("a", "Mug", 40) },
        Product { tags: tag, status: ProductStatus::Draft, ..of("b", "Cup", 30) },
        Product {
            vendor,
            product_type: "pot".to_owned(),
            metadata: [pair("winter")].into(),
            ..of("c", "Mug", 20)
        },
        Product { status: ProductStatus::Archived, ..of("d", "Zebra", 10) },
    ];
    for product in &products {
        rig.stores().commit(some::save(product)).await.unwrap();
    }
    let at = rig.again().await;
    let listed = async |query: ProductQuery| {
        let page = PageRequest { limit: 50, from: From::Start, count: true };
        let page = at.products.list(&ProductQuery { page, ..query }).await.unwrap();
        let ids: String = page.rows.iter().map(|row| row.product.product_id.as_str()).collect();
        assert_eq!(page.total, Some(u64::try_from(ids.len()).unwrap()));
        assert!(page.rows.iter().all(|row| row.prices.len() == 1));
        ids
    };
    let any = ProductQuery::default;
    assert_eq!(listed(any()).await, "bacd");
    assert_eq!(listed(ProductQuery { descending: true, ..any() }).await, "dcab");
    assert_eq!(listed(ProductQuery { by_updated: true, ..any() }).await, "dcba");
    for by_updated in [false, true] {
        let sorted =
            |rising: &str, updated: &str| if by_updated { updated.to_owned() } else { rising.to_owned() };
        let any = || ProductQuery { by_updated, ..any() };
        assert_eq!(listed(ProductQuery { tag: Some("new".to_owned()), ..any() }).await, sorted("ba", "ba"));
        assert_eq!(
            listed(ProductQuery { vendor: Some("Acme".to_owned()), ..any() }).await,
            sorted("ac", "ca")
        );
        assert_eq!(listed(ProductQuery { product_type: Some("pot".to_owned()), ..any() }).await, "c");
        assert_eq!(listed(ProductQuery { metadata: vec![pair("winter")], ..any() }).await, "c");
        assert_eq!(listed(ProductQuery { metadata: vec![pair("summer")], ..any() }).await, "");
        let status = vec![ProductStatus::Active, ProductStatus::Archived];
        assert_eq!(listed(ProductQuery { status: status.clone(), ..any() }).await, sorted("acd", "dca"));
        let both =
            ProductQuery { tag: Some("new".to_owned()), vendor: Some("Acme".to_owned()), status, ..any() };
        assert_eq!(listed(both).await, "a");
    }
    let page = async |from| {
        let page = PageRequest { limit: 2, from, count: false };
        let page = at.products.list(&ProductQuery { page, ..any() }).await.unwrap();
        let ids: String = page.rows.iter().map(|row| row.product.product_id.as_str()).collect();
        (ids, page.prev, page.next)
    };
    let (first, _, next) = page(From::Start).await;
    let (second, prev, end) = page(From::After(next.unwrap())).await;
    assert_eq!((first.as_str(), second.as_str(), end), ("ba", "cd", None), "equal titles cross the edge");
    assert_eq!(page(From::Before(prev.unwrap())).await.0, "ba");
    // A product of another title is found at its new place.
    let renamed = Product { title: "Aardvark".to_owned(), ..products[2].clone() };
    at.commit(some::save(&renamed)).await.unwrap();
    let at = rig.again().await;
    let acme = ProductQuery { vendor: Some("Acme".to_owned()), ..any() };
    let ids: String = at
        .products
        .list(&acme)
        .await
        .unwrap()
        .rows
        .iter()
        .map(|row| row.product.product_id.to_string())
        .collect();
    assert_eq!(ids, "ca");
}
