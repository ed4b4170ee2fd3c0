//! What stock, locations and reservations promise, on the memory store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "not every test needs everything of the shop")]
mod shop;

use jiff::SignedDuration;
use shop::{Shop, item};
use sutler_app::catalog::variant_name;
use sutler_app::inventory::{AdjustInput, LocationInput, MAIN, ReservationView, ReserveInput};
use sutler_app::patch::Patch;
use sutler_app::ports::EventFilter;
use sutler_app::ports::reads::{JournalQuery, StockLevel};
use sutler_app::{Answered, Caller, PageRequest, Problem};
use sutler_domain::inventory::{QUANTITY_MAX, Reason, ReservationStatus};
use sutler_domain::{LocationId, Version};

fn at(location: &str) -> Option<LocationId> {
    LocationId::parse(location).ok()
}

fn by(delta: i64, reason: Reason) -> AdjustInput {
    AdjustInput {
        sku: Some("MUG".to_owned()),
        delta: Some(delta),
        reason: Some(reason),
        ..AdjustInput::default()
    }
}

fn to(set_to: i64) -> AdjustInput {
    AdjustInput { sku: Some("MUG".to_owned()), set_to: Some(set_to), ..AdjustInput::default() }
}

fn basket(quantity: i64) -> ReserveInput {
    ReserveInput { items: vec![item("MUG", quantity)], ..ReserveInput::default() }
}

fn keyed(key: &str) -> Caller {
    Caller { idempotency_key: Some(key.to_owned()), ..Caller::system("test") }
}

impl Shop {
    async fn with_mugs(stock: i64) -> Self {
        let shop = Self::open().await;
        shop.product("MUG", 1490, stock).await;
        shop.settle().await;
        shop
    }

    async fn adjust(&self, input: &AdjustInput) -> Result<StockLevel, Problem> {
        self.app.inventory.adjust(&self.caller, input).await.map(|answered| answered.value)
    }

    async fn reserve(&self, input: &ReserveInput) -> Result<Answered<ReservationView>, Problem> {
        self.app.inventory.reserve(&self.caller, input).await
    }

    async fn second_location(&self) {
        let input = LocationInput { location_id: at("annex"), name: "Annex".to_owned(), default: false };
        self.app.inventory.create_location(&self.caller, &input).await.unwrap();
    }

    /// The names of stock events since the shop has its mugs.
    async fn told(&self) -> Vec<String> {
        let all = self
            .app
            .ports
            .feed
            .after(sutler_domain::Position(0), &EventFilter::default(), 1000)
            .await
            .unwrap();
        let stock = all.into_iter().map(|e| e.name).filter(|name| name.starts_with("Inventory"));
        stock.filter(|name| name != "InventoryAdjusted").collect()
    }
}

#[tokio::test]
async fn a_shop_has_a_default_location_and_another_may_take_its_place() {
    let shop = Shop::open().await;
    shop.app.inventory.ensure_default_location().await.unwrap();
    let all = shop.app.inventory.locations(&shop.caller).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].value.location_id.as_str(), all[0].version), (MAIN, Version(1)));
    let input = LocationInput { location_id: at("annex"), name: "Annex".to_owned(), default: true };
    let made = shop.app.inventory.create_location(&keyed("k"), &input).await.unwrap();
    let again = shop.app.inventory.create_location(&keyed("k"), &input).await.unwrap();
    assert!(again.replayed && again.value == made.value);
    let all = shop.app.inventory.locations(&shop.caller).await.unwrap();
    let defaults: Vec<_> = all.iter().map(|l| (l.value.location_id.as_str(), l.value.default)).collect();
    assert_eq!(defaults, [("annex", true), (MAIN, false)]);
    let twin = shop.app.inventory.create_location(&shop.caller, &input).await.unwrap_err();
    assert_eq!(twin.code, "location_exists");
    let nameless = LocationInput::default();
    let problem = shop.app.inventory.create_location(&shop.caller, &nameless).await.unwrap_err();
    assert_eq!(problem.errors[0].pointer, "/name");
}

#[tokio::test]
async fn an_adjustment_moves_the_shelf_and_is_written_to_the_journal() {
    let shop = Shop::with_mugs(5).await;
    let mut received = by(20, Reason::Received);
    received.note = Some("pallet 7".to_owned());
    let level = shop.adjust(&received).await.unwrap();
    assert_eq!((level.level.on_hand, level.sku.as_str()), (25, "MUG"));
    let level = shop.adjust(&to(24)).await.unwrap();
    assert_eq!(level.level.on_hand, 24);
    let query = JournalQuery { sku: Some("MUG".to_owned()), ..JournalQuery::default() };
    let rows = shop.app.inventory.movements(&shop.caller, &query).await.unwrap().rows;
    let told: Vec<_> =
        rows.iter().map(|r| (r.on_hand, r.reason, r.after.on_hand, r.note.as_deref())).collect();
    assert_eq!(
        told,
        [
            (-1, Reason::Count, 24, None),
            (20, Reason::Received, 25, Some("pallet 7")),
            (5, Reason::Count, 5, None)
        ]
    );
    let lost = JournalQuery { reason: Some(Reason::Lost), ..query };
    assert!(shop.app.inventory.movements(&shop.caller, &lost).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn expected_on_hand_is_compared_at_the_door() {
    let shop = Shop::with_mugs(5).await;
    let stale = AdjustInput { expected_on_hand: Some(4), ..to(9) };
    let problem = shop.adjust(&stale).await.unwrap_err();
    assert_eq!((problem.code, &problem.facts["on_hand"]), ("stock_moved", &5.into()));
    assert_eq!(shop.stock("MUG").await.0, 5);
    let fresh = AdjustInput { expected_on_hand: Some(5), ..to(9) };
    assert_eq!(shop.adjust(&fresh).await.unwrap().level.on_hand, 9);
}

#[tokio::test]
async fn a_shelf_never_holds_less_than_nothing() {
    let shop = Shop::with_mugs(5).await;
    let problem = shop.adjust(&by(-6, Reason::Lost)).await.unwrap_err();
    assert_eq!((problem.code, problem.errors[0].pointer.as_str()), ("out_of_stock", "/delta"));
    assert!(problem.detail.starts_with("5 lie on the shelf"), "{}", problem.detail);
    shop.place(shop::order(vec![item("MUG", 5)])).await;
    let level = shop.adjust(&by(-2, Reason::Damaged)).await.unwrap().level;
    assert_eq!((level.on_hand, level.reserved, level.available()), (3, 5, -2));
}

#[tokio::test]
async fn wrong_adjustments_are_told_where_they_are_wrong() {
    let shop = Shop::with_mugs(5).await;
    let sku = || Some("MUG".to_owned());
    for (input, pointer) in [
        (AdjustInput { set_to: Some(1), ..AdjustInput::default() }, "/variant_id"),
        (AdjustInput { sku: sku(), ..AdjustInput::default() }, "/delta"),
        (AdjustInput { delta: Some(1), ..to(4) }, "/set_to"),
        (AdjustInput { sku: sku(), delta: Some(1), ..AdjustInput::default() }, "/reason"),
        (by(1, Reason::Reserved), "/reason"),
        (by(0, Reason::Found), "/delta"),
        (by(QUANTITY_MAX + 1, Reason::Found), "/delta"),
        (by(i64::MIN, Reason::Found), "/delta"),
        (to(-1), "/set_to"),
        (AdjustInput { safety_stock: Some(-1), ..to(1) }, "/safety_stock"),
        (AdjustInput { reorder_point: Patch::Set(-1), ..to(1) }, "/reorder_point"),
        (AdjustInput { sku: Some("CUP".to_owned()), ..to(1) }, "/sku"),
        (AdjustInput { location: at("moon"), ..to(1) }, "/location"),
    ] {
        let problem = shop.adjust(&input).await.unwrap_err();
        assert!(problem.errors.iter().any(|f| f.pointer == pointer), "{input:?}: {problem:?}");
    }
    let unknown = shop.adjust(&AdjustInput { sku: Some("CUP".to_owned()), ..to(1) }).await.unwrap_err();
    assert_eq!(unknown.code, "product_unknown");
    assert_eq!(shop.stock("MUG").await, (5, 0));
    let beyond = shop.adjust(&by(QUANTITY_MAX, Reason::Found)).await.unwrap_err();
    assert_eq!(beyond.kind, sutler_app::Kind::Invalid);
}

#[tokio::test]
async fn a_repeated_key_answers_the_level_right_after_the_adjustment() {
    let shop = Shop::with_mugs(5).await;
    let input = by(10, Reason::Received);
    let first = shop.app.inventory.adjust(&keyed("k"), &input).await.unwrap();
    shop.adjust(&to(1)).await.unwrap();
    let again = shop.app.inventory.adjust(&keyed("k"), &input).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!((again.value.level, again.value.version), (first.value.level, first.value.version));
    assert_eq!(shop.stock("MUG").await.0, 1);
}

#[tokio::test]
async fn a_threshold_is_told_once_when_it_is_crossed() {
    let shop = Shop::with_mugs(10).await;
    let thresholds = AdjustInput {
        sku: Some("MUG".to_owned()),
        safety_stock: Some(1),
        reorder_point: Patch::Set(4),
        ..AdjustInput::default()
    };
    let level = shop.adjust(&thresholds).await.unwrap().level;
    assert_eq!((level.available(), level.reorder_point), (9, Some(4)));
    for (input, told) in [
        (by(-4, Reason::Sold), vec![]),
        (by(-1, Reason::Sold), vec!["InventoryLow"]),
        (by(-1, Reason::Sold), vec!["InventoryLow"]),
        (by(-3, Reason::Sold), vec!["InventoryLow", "InventoryOutOfStock"]),
        (by(20, Reason::Received), vec!["InventoryLow", "InventoryOutOfStock", "InventoryBackInStock"]),
    ] {
        shop.adjust(&input).await.unwrap();
        shop.settle().await;
        assert_eq!(shop.told().await, told, "{input:?}");
    }
    shop.adjust(&to(4)).await.unwrap();
    shop.settle().await;
    shop.adjust(&to(20)).await.unwrap();
    shop.settle().await;
    shop.adjust(&to(4)).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.told().await[3..], ["InventoryLow", "InventoryLow"]);
    let cleared = AdjustInput { reorder_point: Patch::Clear, ..thresholds };
    assert_eq!(shop.adjust(&cleared).await.unwrap().level.reorder_point, None);
}

#[tokio::test]
async fn a_level_is_found_by_sku_and_location_even_when_nobody_counted_it() {
    let shop = Shop::with_mugs(5).await;
    shop.second_location().await;
    let mug = variant_name("sku:MUG").unwrap();
    let main = shop.app.inventory.level(&shop.caller, &mug, &at(MAIN).unwrap()).await.unwrap();
    let annex = shop.app.inventory.level(&shop.caller, &mug, &at("annex").unwrap()).await.unwrap();
    assert_eq!((main.level.on_hand, annex.level.on_hand, annex.version), (5, 0, Version(0)));
    let moon = shop.app.inventory.level(&shop.caller, &mug, &at("moon").unwrap()).await.unwrap_err();
    let cup = variant_name("sku:CUP").unwrap();
    let none = shop.app.inventory.level(&shop.caller, &cup, &at(MAIN).unwrap()).await.unwrap_err();
    assert_eq!((moon.code, none.code), ("not_found", "not_found"));
}

#[tokio::test]
async fn a_basket_keeps_its_stock_until_it_is_released() {
    let shop = Shop::with_mugs(5).await;
    let made = shop.app.inventory.reserve(&keyed("k"), &basket(4)).await.unwrap();
    assert_eq!(shop.stock("MUG").await, (5, 4));
    let again = shop.app.inventory.reserve(&keyed("k"), &basket(4)).await.unwrap();
    assert!(again.replayed && again.value == made.value);
    let problem = shop.reserve(&basket(2)).await.unwrap_err();
    assert_eq!((problem.code, problem.errors[0].pointer.as_str()), ("out_of_stock", "/items/0/quantity"));
    let id = made.value.reservation.reservation_id.clone();
    let released = shop.app.inventory.release(&shop.caller, &id).await.unwrap().value;
    assert_eq!((released.reservation.status, released.version), (ReservationStatus::Released, Version(2)));
    assert_eq!(shop.stock("MUG").await, (5, 0));
    let problem = shop.app.inventory.release(&shop.caller, &id).await.unwrap_err();
    assert_eq!((problem.code, &problem.facts["current"]), ("invalid_transition", &"released".into()));
    assert_eq!(shop.app.inventory.reservation(&shop.caller, &id).await.unwrap(), released);
}

#[tokio::test]
async fn a_basket_takes_the_first_location_that_has_enough() {
    let shop = Shop::with_mugs(1).await;
    shop.second_location().await;
    shop.adjust(&AdjustInput { location: at("annex"), ..to(3) }).await.unwrap();
    let kept = shop.reserve(&basket(3)).await.unwrap().value.reservation;
    assert_eq!(kept.lines[0].location_id.as_str(), "annex");
    let named = ReserveInput { location: at("annex"), ..basket(1) };
    assert_eq!(shop.reserve(&named).await.unwrap_err().code, "out_of_stock");
    let kept = shop.reserve(&basket(1)).await.unwrap().value.reservation;
    assert_eq!(kept.lines[0].location_id.as_str(), MAIN);
}

#[tokio::test]
async fn of_many_baskets_for_the_last_units_no_unit_is_kept_twice() {
    let shop = Shop::with_mugs(10).await;
    let input = basket(3);
    let tries = (0..8).map(|_| shop.reserve(&input));
    let done = futures::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 3);
    assert!(done.iter().filter_map(|d| d.as_ref().err()).all(|p| p.code == "out_of_stock"));
    assert_eq!(shop.stock("MUG").await, (10, 9));
}

#[tokio::test]
async fn a_basket_ends_by_itself_unless_it_is_extended() {
    let shop = Shop::with_mugs(5).await;
    let short = shop.reserve(&ReserveInput { ttl_ms: Some(60_000), ..basket(2) }).await.unwrap().value;
    let long = shop.reserve(&ReserveInput { ttl_ms: Some(60_000), ..basket(2) }).await.unwrap().value;
    shop.pass(SignedDuration::from_secs(50));
    let long_id = &long.reservation.reservation_id;
    let extended = shop.app.inventory.extend(&shop.caller, long_id, Some(60_000)).await.unwrap().value;
    assert!(extended.reservation.expires_at > long.reservation.expires_at);
    assert_eq!(shop.app.inventory.expire_reservations().await.unwrap(), 0);
    shop.pass(SignedDuration::from_secs(10));
    assert_eq!(shop.app.inventory.expire_reservations().await.unwrap(), 1);
    assert_eq!(shop.app.inventory.expire_reservations().await.unwrap(), 0);
    assert_eq!(shop.stock("MUG").await, (5, 2));
    let ended =
        shop.app.inventory.reservation(&shop.caller, &short.reservation.reservation_id).await.unwrap();
    assert_eq!(ended.reservation.status, ReservationStatus::Expired);
    let problem =
        shop.app.inventory.extend(&shop.caller, &ended.reservation.reservation_id, None).await.unwrap_err();
    assert_eq!(problem.code, "invalid_transition");
    let page = shop.app.inventory.reservations(&shop.caller, &PageRequest::default()).await.unwrap();
    assert_eq!(page.rows.len(), 2);
}

#[tokio::test]
async fn wrong_baskets_are_told_where_they_are_wrong() {
    let shop = Shop::with_mugs(5).await;
    for (input, pointer) in [
        (ReserveInput::default(), "/items"),
        (basket(0), "/items/0/quantity"),
        (basket(i64::MAX), "/items/0/quantity"),
        (ReserveInput { ttl_ms: Some(0), ..basket(1) }, "/ttl"),
        (ReserveInput { ttl_ms: Some(i64::MAX), ..basket(1) }, "/ttl"),
        (ReserveInput { items: vec![item("CUP", 1)], ..basket(1) }, "/items/0/product_id"),
        (ReserveInput { location: at("moon"), ..basket(1) }, "/location"),
    ] {
        let problem = shop.reserve(&input).await.unwrap_err();
        assert!(problem.errors.iter().any(|f| f.pointer == pointer), "{input:?}: {problem:?}");
    }
    assert_eq!(shop.stock("MUG").await, (5, 0));
}
