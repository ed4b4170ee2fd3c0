//! What the catalog promises, on the memory store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "not every test needs everything of the shop")]
mod shop;

use shop::Shop;
use sutler_app::catalog::{
    ProductInput, ProductPatch, SkuInput, VariantInput, VariantPatch, product_name, variant_name,
};
use sutler_app::orders::Amount;
use sutler_app::patch::Patch;
use sutler_app::ports::EventFilter;
use sutler_app::ports::reads::{ProductName, ProductQuery};
use sutler_app::{Answered, Caller, Problem, Scopes, catalog::Saved};
use sutler_domain::catalog::{Image, ProductStatus};
use sutler_domain::{Currency, Position, ProductId, VariantId, Version};

fn cents(amount: i64) -> Amount {
    Amount { amount, currency: None }
}

fn short(title: &str, price: i64, stock: Option<i64>) -> ProductInput {
    let variant = VariantInput { price: Some(cents(price)), stock, ..VariantInput::default() };
    ProductInput { title: title.to_owned(), variant: Some(variant), ..ProductInput::default() }
}

fn sized(size: &str, price: i64) -> VariantInput {
    let option_values = [("Size".to_owned(), size.to_owned())].into();
    VariantInput { option_values, price: Some(cents(price)), ..VariantInput::default() }
}

fn sizes(title: &str, sizes: &[(&str, i64)]) -> ProductInput {
    let variants = sizes.iter().map(|(size, price)| sized(size, *price)).collect();
    ProductInput { title: title.to_owned(), variants, ..ProductInput::default() }
}

fn id(text: &str) -> ProductId {
    ProductId::parse(text).unwrap()
}

fn named(text: &str) -> ProductName {
    product_name(text).unwrap()
}

fn keyed(key: &str) -> Caller {
    Caller { idempotency_key: Some(key.to_owned()), ..Caller::system("test") }
}

impl Shop {
    async fn put(&self, at: &str, input: &ProductInput) -> Result<Answered<Saved>, Problem> {
        self.app.catalog.put(&self.caller, &id(at), input).await
    }

    async fn on_hand(&self, variant: &VariantId) -> i64 {
        let levels = self.app.inventory.levels_of(&self.caller, std::slice::from_ref(variant)).await.unwrap();
        levels.iter().map(|level| level.level.on_hand).sum()
    }

    async fn event_names(&self) -> Vec<String> {
        let all = self.app.ports.feed.after(Position(0), &EventFilter::default(), 1000).await.unwrap();
        all.into_iter().map(|event| event.name).collect()
    }
}

#[tokio::test]
async fn the_short_form_sets_the_shelf_each_time_it_is_put_and_keeps_the_variant() {
    let shop = Shop::open().await;
    let first = shop.put("P1", &short("P1", 1000, Some(10))).await.unwrap().value;
    assert!(first.created && first.changed);
    assert_eq!(first.view.version, Version(1));
    let variant = first.view.product.variants[0].clone();
    assert_eq!((variant.title.as_str(), variant.track_inventory), ("Default", true));
    assert_eq!(shop.on_hand(&variant.variant_id).await, 10);

    let untouched = shop.put("P1", &short("P1", 1100, None)).await.unwrap().value;
    assert_eq!(untouched.view.product.variants[0].variant_id, variant.variant_id);
    assert!(!untouched.created && untouched.view.product.variants[0].track_inventory);
    assert_eq!(shop.on_hand(&variant.variant_id).await, 10);

    shop.place(shop::order(vec![shop::item("P1", 4)])).await;
    shop.put("P1", &short("P1", 1100, Some(7))).await.unwrap();
    let level =
        shop.app.inventory.levels_of(&shop.caller, std::slice::from_ref(&variant.variant_id)).await.unwrap()
            [0]
        .level;
    assert_eq!((level.on_hand, level.reserved), (7, 4));
}

#[tokio::test]
async fn what_is_put_twice_changes_nothing_the_second_time() {
    let shop = Shop::open().await;
    shop.put("P1", &short("P1", 1000, Some(10))).await.unwrap();
    let events = shop.event_names().await;
    let again = shop.put("P1", &short("P1", 1000, Some(10))).await.unwrap().value;
    assert!(!again.changed);
    assert_eq!(again.view.version, Version(1));
    assert_eq!(shop.event_names().await, events);
}

#[tokio::test]
async fn a_title_does_not_move_a_price_record() {
    let shop = Shop::open().await;
    shop.put("P1", &short("Mug", 1000, None)).await.unwrap();
    shop.put("P1", &short("Cup", 1000, None)).await.unwrap();
    shop.put("P1", &short("Cup", 1200, None)).await.unwrap();
    shop.app.catalog.archive(&shop.caller, &named("P1")).await.unwrap();
    let names = shop.event_names().await;
    let told: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| !name.starts_with("Location")).collect();
    assert_eq!(
        told,
        [
            "ProductCreated",
            "VariantCreated",
            "ProductUpdated",
            "ProductUpdated",
            "VariantPriceChanged",
            "ProductArchived",
            "VariantUpdated"
        ]
    );
}

#[tokio::test]
async fn variants_keep_their_ids_by_their_options() {
    let shop = Shop::open().await;
    let before =
        shop.put("TEE", &sizes("Tee", &[("S", 2000), ("M", 2000)])).await.unwrap().value.view.product;
    assert_eq!(before.options[0].values, ["S", "M"]);
    let after = shop.put("TEE", &sizes("Tee", &[("M", 2100), ("L", 2200)])).await.unwrap().value.view.product;
    assert_eq!(after.variants[0].variant_id, before.variants[1].variant_id);
    assert!(before.variant(&after.variants[1].variant_id).is_none());
    assert_eq!(after.variants[0].title, "M");
    let small = ProductName::Variant(before.variants[0].variant_id.clone());
    let gone = shop.app.catalog.get_variant(&shop.caller, &small);
    assert_eq!(gone.await.unwrap_err().code, "not_found");
}

#[tokio::test]
async fn a_handle_made_of_the_title_gives_way_and_a_chosen_one_does_not() {
    let shop = Shop::open().await;
    let first = shop.app.catalog.create(&shop.caller, &short("Blue Mug", 1000, None)).await.unwrap().value;
    assert_eq!(first.view.product.handle, "blue-mug");
    let second = shop.put("P2", &short("Blue Mug", 1000, None)).await.unwrap().value;
    assert_eq!(second.view.product.handle, "blue-mug-p2");
    let chosen = ProductInput { handle: Some("blue-mug".to_owned()), ..short("Mug", 1000, None) };
    let problem = shop.put("P3", &chosen).await.unwrap_err();
    assert_eq!(problem.code, "handle_exists");
    assert_eq!(problem.facts["holder"], first.view.product.product_id.as_str());
    let found = shop.app.catalog.get(&shop.caller, &named("handle:blue-mug-p2")).await.unwrap();
    assert_eq!(found.product.product_id, id("P2"));
}

#[tokio::test]
async fn of_two_products_with_one_sku_at_the_same_moment_one_stands() {
    let shop = Shop::open().await;
    let with_sku = |title: &str| {
        let mut input = short(title, 1000, None);
        input.variant.as_mut().unwrap().sku = "MUG-BLUE".to_owned();
        input
    };
    let (a, b) = (with_sku("A"), with_sku("B"));
    let (a, b) = tokio::join!(shop.put("A", &a), shop.put("B", &b));
    assert!(a.is_ok() != b.is_ok());
    let refused = [a, b].into_iter().find_map(Result::err).unwrap();
    assert_eq!(refused.code, "sku_exists");
    let known = shop.app.catalog.get(&shop.caller, &named("sku:MUG-BLUE")).await.unwrap();
    assert!([id("A"), id("B")].contains(&known.product.product_id));
}

#[tokio::test]
async fn every_fault_is_told_where_it_stands_and_nothing_is_written() {
    let shop = Shop::open().await;
    let events = shop.event_names().await;
    let mut input = short(" ", -1, Some(-5));
    input.images = vec![Image { url: "javascript:alert(1)".to_owned(), alt: None }];
    input.variant.as_mut().unwrap().price = Some(Amount { amount: i64::MAX, currency: None });
    let problem = shop.put("P1", &input).await.unwrap_err();
    let pointers: Vec<&str> = problem.errors.iter().map(|f| f.pointer.as_str()).collect();
    for pointer in ["/title", "/price", "/stock", "/images/0/url"] {
        assert!(pointers.contains(&pointer), "{pointer} is not in {pointers:?}");
    }
    let nothing = shop.app.catalog.create(&shop.caller, &ProductInput::default()).await.unwrap_err();
    assert!(nothing.errors.iter().any(|f| f.pointer == "/variants"), "{nothing:?}");
    let mixed = ProductInput { variants: vec![sized("S", 1)], ..short("P", 1, None) };
    assert!(shop.put("P1", &mixed).await.unwrap_err().errors.iter().any(|f| f.pointer == "/variants"));
    assert_eq!(shop.event_names().await, events);
}

#[tokio::test]
async fn amounts_without_a_currency_are_of_the_product_or_of_the_shop() {
    let shop = Shop::open().await;
    let yen = Currency::parse("JPY").unwrap();
    let input = ProductInput { currency: Some(yen), ..short("Sencha", 500, None) };
    let product = shop.put("T1", &input).await.unwrap().value.view.product;
    assert_eq!(product.variants[0].price.currency, yen);
    let patch = VariantPatch { price: Some(cents(600)), ..VariantPatch::default() };
    let product_patch = ProductPatch { variant: Some(patch), ..ProductPatch::default() };
    let patched = shop.app.catalog.patch(&shop.caller, &named("T1"), &product_patch).await.unwrap().value;
    assert_eq!(patched.view.product.variants[0].price.to_string(), "JPY 600");
    let other = shop.put("P1", &short("P1", 1000, None)).await.unwrap().value;
    assert_eq!(other.view.product.variants[0].price.to_string(), "EUR 10.00");
}

#[tokio::test]
async fn html_keeps_what_may_be_shown_and_nothing_that_acts() {
    let shop = Shop::open().await;
    let html =
        "<p onclick=\"x()\">Hot <b>tea</b></p><script>steal()</script><a href=\"javascript:x()\">no</a>";
    let input = ProductInput { description_html: html.to_owned(), ..short("Tea", 500, None) };
    let product = shop.put("T1", &input).await.unwrap().value.view.product;
    assert_eq!(product.description_html, "<p>Hot <b>tea</b></p><a rel=\"noopener noreferrer\">no</a>");
    let deep = ProductInput { description_html: "<b>".repeat(20_000), ..short("Deep", 500, None) };
    let _ = shop.put("T2", &deep).await;
    let long = ProductInput { description_html: "x".repeat(65_536), ..short("Long", 500, None) };
    assert_eq!(shop.put("T3", &long).await.unwrap_err().errors[0].pointer, "/description_html");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_clears_what_is_null() {
    let shop = Shop::open().await;
    let mut input = short("Mug", 1000, Some(3));
    input.vendor = "Potter".to_owned();
    input.metadata = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())].into();
    input.seo.title = Some("Mugs".to_owned());
    input.variant.as_mut().unwrap().compare_at_price = Some(cents(1500));
    shop.put("P1", &input).await.unwrap();
    let patch = ProductPatch {
        title: Some("Cup".to_owned()),
        seo_title: Patch::Clear,
        metadata: Patch::Set([("a".to_owned(), None), ("c".to_owned(), Some("3".to_owned()))].into()),
        variant: Some(VariantPatch {
            compare_at_price: Patch::Clear,
            stock: Some(8),
            ..VariantPatch::default()
        }),
        ..ProductPatch::default()
    };
    let product =
        shop.app.catalog.patch(&shop.caller, &named("P1"), &patch).await.unwrap().value.view.product;
    assert_eq!(
        (product.title.as_str(), product.vendor.as_str(), product.handle.as_str()),
        ("Cup", "Potter", "mug")
    );
    assert_eq!(product.seo.title, None);
    assert_eq!(product.metadata.keys().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(product.variants[0].compare_at_price, None);
    assert_eq!(shop.on_hand(&product.variants[0].variant_id).await, 8);
}

#[tokio::test]
async fn a_stale_if_match_is_refused_and_never_tried_on_a_newer_version() {
    let shop = Shop::open().await;
    shop.put("P1", &short("P1", 1000, None)).await.unwrap();
    shop.put("P1", &short("P2", 1000, None)).await.unwrap();
    let stale = Caller { if_match: Some(Version(1)), ..shop.caller.clone() };
    let problem = shop.app.catalog.put(&stale, &id("P1"), &short("P3", 1000, None)).await.unwrap_err();
    assert_eq!((problem.code, &problem.facts["current_version"]), ("version_mismatch", &2.into()));
    let fresh = Caller { if_match: Some(Version(2)), ..shop.caller.clone() };
    assert!(shop.app.catalog.put(&fresh, &id("P1"), &short("P3", 1000, None)).await.is_ok());
}

#[tokio::test]
async fn a_repeated_key_answers_the_product_as_it_was_answered() {
    let shop = Shop::open().await;
    let input = short("Mug", 1000, Some(2));
    let first = shop.app.catalog.create(&keyed("k"), &input).await.unwrap();
    let made = first.value.view.product.product_id.clone();
    shop.app.catalog.archive(&shop.caller, &ProductName::Id(made.clone())).await.unwrap();
    let again = shop.app.catalog.create(&keyed("k"), &input).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!(again.value, first.value);
    let other = shop.app.catalog.create(&keyed("k"), &short("Cup", 1000, None)).await.unwrap_err();
    assert_eq!(other.code, "idempotency_key_reused");
    shop.app.catalog.delete(&shop.caller, &ProductName::Id(made)).await.unwrap();
    assert_eq!(shop.app.catalog.create(&keyed("k"), &input).await.unwrap().value, first.value);
}

#[tokio::test]
async fn what_was_deleted_leaves_its_names_and_may_come_back_under_its_id() {
    let shop = Shop::open().await;
    let first = shop.put("P1", &short("Mug", 1000, Some(5))).await.unwrap().value;
    let mut with_ids = short("Mug", 1000, None);
    with_ids.variant.as_mut().unwrap().variant_id = Some(first.view.product.variants[0].variant_id.clone());
    shop.app.catalog.delete(&shop.caller, &named("P1")).await.unwrap();
    assert_eq!(shop.app.catalog.get(&shop.caller, &named("P1")).await.unwrap_err().code, "not_found");
    let other = shop.put("P2", &short("Mug", 1000, None)).await.unwrap().value;
    assert_eq!(other.view.product.handle, "mug");
    let back = shop.put("P1", &with_ids).await.unwrap().value;
    assert!(back.created);
    assert_eq!(back.view.version, Version(3));
    assert_eq!(back.view.product.handle, "mug-p1");
    assert_eq!(shop.on_hand(&first.view.product.variants[0].variant_id).await, 5);
}

#[tokio::test]
async fn variants_are_added_changed_and_removed_but_for_the_last() {
    let shop = Shop::open().await;
    let catalog = &shop.app.catalog;
    shop.put("TEE", &sizes("Tee", &[("S", 2000)])).await.unwrap();
    let large = VariantInput { sku: "TEE-L".to_owned(), stock: Some(4), ..sized("L", 2200) };
    let added = catalog.add_variant(&shop.caller, &named("TEE"), &large).await.unwrap().value;
    assert!(added.created);
    assert_eq!((added.view.position, added.view.version), (2, Version(2)));
    assert_eq!(shop.on_hand(&added.view.variant.variant_id).await, 4);
    let by_sku = variant_name("sku:TEE-L").unwrap();
    let patch = VariantPatch { price: Some(cents(2300)), ..VariantPatch::default() };
    let patched = catalog.patch_variant(&shop.caller, &by_sku, &patch).await.unwrap().value;
    assert_eq!((patched.view.variant.price.amount, patched.created), (2300, false));
    let twin = catalog.add_variant(&shop.caller, &named("TEE"), &sized("S", 1)).await.unwrap_err();
    assert_eq!(twin.errors[0].pointer, "/option_values");
    catalog.delete_variant(&shop.caller, &by_sku).await.unwrap();
    let product = catalog.get(&shop.caller, &named("TEE")).await.unwrap().product;
    assert_eq!(product.options[0].values, ["S"]);
    let last = ProductName::Variant(product.variants[0].variant_id.clone());
    assert_eq!(catalog.delete_variant(&shop.caller, &last).await.unwrap_err().code, "last_variant");
    assert_eq!(catalog.delete_variant(&shop.caller, &by_sku).await.unwrap_err().code, "not_found");
}

#[tokio::test]
async fn a_variant_is_put_by_its_sku() {
    let shop = Shop::open().await;
    shop.put("TEE", &sizes("Tee", &[("S", 2000)])).await.unwrap();
    let put = async |product: Option<&str>, variant: VariantInput| {
        let input = SkuInput { product_id: product.map(id), variant };
        shop.app.catalog.put_variant(&shop.caller, "TEE-M", &input).await
    };
    assert_eq!(put(None, sized("M", 2100)).await.unwrap_err().errors[0].pointer, "/product_id");
    let made = put(Some("TEE"), sized("M", 2100)).await.unwrap().value;
    let again = put(None, sized("M", 2150)).await.unwrap().value;
    assert!(made.created && !again.created);
    assert_eq!(again.view.variant.variant_id, made.view.variant.variant_id);
    assert_eq!((again.view.variant.price.amount, again.view.variant.sku.as_str()), (2150, "TEE-M"));
    shop.put("P1", &short("P1", 1, None)).await.unwrap();
    assert_eq!(put(Some("P1"), sized("M", 2100)).await.unwrap_err().code, "sku_exists");
    assert_eq!(put(Some("NONE"), sized("M", 2100)).await.unwrap_err().code, "sku_exists");
}

#[tokio::test]
async fn many_come_in_the_order_asked_with_the_missing_named() {
    let shop = Shop::open().await;
    for number in 0..60 {
        shop.put(&format!("P{number}"), &short(&format!("P{number}"), 1000, None)).await.unwrap();
    }
    let mut asked: Vec<String> = (0..60).rev().map(|number| format!("P{number}")).collect();
    asked.insert(3, "nope".to_owned());
    asked.insert(9, "not an id".to_owned());
    asked.push("handle:p7".to_owned());
    let (found, missing) = shop.app.catalog.many(&shop.caller, &asked).await.unwrap();
    let ids: Vec<String> = found.iter().map(|view| view.product.product_id.to_string()).collect();
    let mut expected: Vec<String> = (0..60).rev().map(|number| format!("P{number}")).collect();
    expected.push("P7".to_owned());
    assert_eq!((ids, missing), (expected, vec!["nope".to_owned(), "not an id".to_owned()]));
    let too_many: Vec<String> = (0..201).map(|number| format!("P{number}")).collect();
    assert_eq!(shop.app.catalog.many(&shop.caller, &too_many).await.unwrap_err().errors[0].pointer, "/ids");
}

#[tokio::test]
async fn statuses_move_by_publish_and_archive() {
    let shop = Shop::open().await;
    let draft = ProductInput { status: ProductStatus::Draft, ..short("P1", 1000, None) };
    shop.put("P1", &draft).await.unwrap();
    let view = shop.app.catalog.publish(&shop.caller, &named("P1")).await.unwrap().value.view;
    assert_eq!((view.product.status, view.version), (ProductStatus::Active, Version(2)));
    let again = shop.app.catalog.publish(&shop.caller, &named("P1")).await.unwrap().value;
    assert!(!again.changed && again.view.version == Version(2));
    let view = shop.app.catalog.archive(&shop.caller, &named("P1")).await.unwrap().value.view;
    assert_eq!(view.product.status, ProductStatus::Archived);
}

#[tokio::test]
async fn who_may_only_read_changes_nothing() {
    let shop = Shop::open().await;
    let reader = Caller { scopes: Scopes::of(["catalog:read"]), ..shop.caller.clone() };
    let problem = shop.app.catalog.create(&reader, &short("P1", 1, None)).await.unwrap_err();
    assert_eq!(problem.code, "insufficient_scope");
    assert!(shop.app.catalog.list(&reader, &ProductQuery::default()).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn many_who_change_one_product_at_once_all_get_through_or_are_told_to_come_back() {
    let shop = Shop::open().await;
    shop.put("P1", &short("P1", 1000, None)).await.unwrap();
    let changes = (0..8i64).map(|n| {
        let shop = &shop;
        async move { shop.put("P1", &short("P1", 2000 + n, Some(n))).await }
    });
    let done = futures::future::join_all(changes).await;
    assert!(done.iter().all(|d| d.as_ref().is_ok_and(|d| d.value.changed) || d.as_ref().is_err_and(|p| p.code == "busy")));
    let product = shop.app.catalog.get(&shop.caller, &named("P1")).await.unwrap().product;
    let level = shop.on_hand(&product.variants[0].variant_id).await;
    assert!((0..8).contains(&level) && product.variants[0].price.amount >= 2000);
}
