//! Events are stored for ever: the name and the JSON of every variant are pinned here. A change of a snapshot is a
//! change of what old logs must still mean, so it needs a new variant or a `#[serde(default)]`, not a new snapshot.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

mod samples;

use std::fmt::Debug;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sutler_domain::catalog::{
    Category, CategoryEvent, Collection, CollectionEvent, CollectionSort, Condition, Equality, Image, Limit,
    Matching, Members, Oversell, PriceEvent, PriceRecord, Product, ProductEvent, ProductOption,
    ProductStatus, Rule, Seo, Side, Variant, Weight, WeightUnit, Wording,
};
use sutler_domain::customers::CustomerEvent;
use sutler_domain::id::Kind;
use sutler_domain::inventory::{
    Level, Location, LocationEvent, Reason, Reservation, ReservationEvent, ReservationStatus, StockEvent,
    StockLine,
};
use sutler_domain::orders::{
    Adjustment, ContactRef, Discount, FulfillmentLine, HoldCode, Item, ItemTax, OrderEvent, ReceivedLine,
    RefundLine, ReturnCondition, ReturnLine, Shipping, TaxSource, Totals, Tracking,
};
use sutler_domain::payments::{CaptureMode, Failure, NextAction, OnFailure, Operation};
use sutler_domain::{Currency, Id, Metadata, Money, Version};

use samples::{fulfilled, placed_and_paid, refunded_and_ended, returned};

const AT: Timestamp = Timestamp::constant(1_795_352_400, 120_000_000);

fn id<K: Kind>(text: &str) -> Id<K> {
    Id::trusted(text.into())
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn metadata() -> Metadata {
    [(text("channel"), text("web"))].into()
}

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn money(amount: i64) -> Money {
    Money { amount, currency: eur() }
}

/// Every variant is in the table, each under the name that the log gives it, and reads back as it was.
fn holds_every_variant<E>(events: &[E], name: fn(&E) -> &'static str)
where
    E: Serialize + DeserializeOwned + PartialEq + Debug,
{
    // Serde names all variants when it meets one that it does not know.
    let refusal = serde_json::from_str::<E>(r#"{"?":{}}"#).unwrap_err().to_string();
    let expected: Vec<&str> = refusal.split('`').skip(3).step_by(2).collect();
    let names: Vec<_> = events.iter().map(name).collect();
    assert_eq!(names, expected, "a variant is missing from the table, or stands in another order");
    for event in events {
        let json = serde_json::to_string(event).unwrap();
        assert!(json.starts_with(&format!("{{\"{}\":", name(event))), "{json}");
        assert_eq!(&serde_json::from_str::<E>(&json).unwrap(), event);
    }
}

fn item() -> Item {
    Item {
        item_id: id("li_1"),
        product_id: id("P1"),
        variant_id: id("V1"),
        sku: text("MUG-BLUE"),
        title: text("Mug"),
        variant_title: text("Blue"),
        unit_price: 1490,
        total: 2980,
        discount: 80,
        tax: ItemTax {
            amount: 463,
            rate: Some("0.19".parse().unwrap()),
            included: true,
            source: TaxSource::Setting,
        },
        location_id: id("main"),
        tracked: true,
        requires_shipping: true,
        ordered: 2,
        canceled: 0,
        planned: 0,
        fulfilled: 0,
        returned: 0,
        returning: 0,
        reserved: 0,
        metadata: metadata(),
    }
}

fn totals() -> Totals {
    Totals { subtotal: 2980, discount: 80, shipping: 490, tax: 463, tax_added: 0, total: 3390 }
}

fn stock() -> Vec<StockLine> {
    vec![StockLine {
        item_id: Some(id("li_1")),
        variant_id: id("V1"),
        location_id: id("main"),
        quantity: 2,
        tracked: true,
    }]
}

fn failure() -> Failure {
    Failure { code: text("card_declined"), message: text("the card was declined"), retryable: true }
}

fn tracking() -> Tracking {
    Tracking {
        carrier: Some(text("DHL")),
        number: Some(text("JD01")),
        url: Some(text("https://dhl.example/JD01")),
    }
}

#[test]
fn order_events() {
    let events = [placed_and_paid(), refunded_and_ended(), fulfilled(), returned()].concat();
    holds_every_variant(&events, OrderEvent::name);
    insta::assert_json_snapshot!(events);
}

#[test]
fn customer_events() {
    let contact = |version| ContactRef { contact_id: id("con_1"), version: Version(version) };
    let events = [
        CustomerEvent::CustomerCreated { customer_id: id("C1"), contact: contact(1), metadata: metadata() },
        CustomerEvent::CustomerUpdated {
            customer_id: id("C1"),
            contact: Some(contact(2)),
            metadata: Some(metadata()),
        },
        CustomerEvent::CustomerErased { customer_id: id("C1") },
    ];
    holds_every_variant(&events, CustomerEvent::name);
    insta::assert_json_snapshot!(events);
}

#[test]
fn what_is_left_out_reads_as_none() {
    let bare = [
        r#"{"OrderPlaced":{"order_id":"ord_1","customer_id":null,"currency":"EUR","items":[],
            "totals":{"subtotal":0,"discount":0,"shipping":0,"tax":0,"tax_added":0,"total":0},
            "total":{"amount":0,"currency":"EUR"}}}"#,
        r#"{"StockReserved":{"lines":[],"expires_at":null}}"#,
        r#"{"OrderCanceled":{}}"#,
        // As it was before there were returns.
        r#"{"RefundStarted":{"refund_id":"ref_1","payment_id":"pay_1","amount":1450,"n":1,
            "lines":[{"item_id":"li_1","canceled":0,"shipped":1,"restocked":1}]}}"#,
        r#"{"ReturnRequested":{"return_id":"ret_1","lines":[]}}"#,
        r#"{"OrderUpdated":{}}"#,
        r#"{"FulfillmentCreated":{"fulfillment_id":"ful_1","lines":[]}}"#,
    ];
    for json in bare {
        let event: OrderEvent = serde_json::from_str(json).unwrap();
        let back: OrderEvent = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
        assert_eq!(event, back);
    }
}

fn product() -> Product {
    let weight = Weight { value: "0.35".parse().unwrap(), unit: WeightUnit::Kg };
    let variant = Variant {
        variant_id: id("V1"),
        sku: text("MUG-BLUE"),
        barcode: text("4006381333931"),
        title: text("Blue"),
        option_values: [(text("Color"), text("Blue"))].into(),
        price: money(1490),
        compare_at_price: Some(money(1990)),
        cost: Some(money(700)),
        weight: Some(weight),
        requires_shipping: true,
        tax_code: Some(text("standard")),
        track_inventory: true,
        oversell: Oversell::Deny,
        metadata: metadata(),
    };
    Product {
        product_id: id("P1"),
        handle: text("mug"),
        title: text("Mug"),
        description_html: text("<p>A mug.</p>"),
        status: ProductStatus::Active,
        vendor: text("Kiln"),
        product_type: text("Cups"),
        category_id: Some(id("ctg_1")),
        tags: vec![text("kitchen")],
        options: vec![ProductOption { name: text("Color"), values: vec![text("Blue")] }],
        images: vec![Image { url: text("https://img.example/mug.jpg"), alt: Some(text("A blue mug")) }],
        seo: Seo { title: Some(text("Mugs")), description: Some(text("Blue mugs")) },
        variants: vec![variant],
        metadata: metadata(),
        created_at: AT,
        updated_at: AT,
    }
}

#[test]
fn product_events() {
    let product = || Box::new(product());
    let events = [
        ProductEvent::ProductCreated(product()),
        ProductEvent::ProductUpdated(product()),
        ProductEvent::ProductArchived(product()),
        ProductEvent::ProductDeleted(product()),
    ];
    holds_every_variant(&events, ProductEvent::name);
    insta::assert_json_snapshot!(events);
}

#[test]
fn price_events() {
    let product = product();
    let record = || PriceRecord::of(&product, &product.variants[0]);
    let events = [
        PriceEvent::VariantCreated(record()),
        PriceEvent::VariantUpdated(PriceRecord { oversell: Oversell::Allow, ..record() }),
        PriceEvent::VariantPriceChanged(PriceRecord { status: ProductStatus::Draft, ..record() }),
        PriceEvent::VariantDeleted(PriceRecord { status: ProductStatus::Archived, ..record() }),
    ];
    holds_every_variant(&events, PriceEvent::name);
    insta::assert_json_snapshot!(events);
}

fn every_condition() -> Vec<Condition> {
    let value = || text("Blue");
    vec![
        Condition::Title { relation: Wording::Has, value: value() },
        Condition::Title { relation: Wording::HasNot, value: value() },
        Condition::Vendor { relation: Equality::Is, value: value() },
        Condition::ProductType { relation: Equality::IsNot, value: value() },
        Condition::Tag { relation: Equality::Is, value: value() },
        Condition::Option { name: text("Color"), relation: Equality::Is, value: value() },
        Condition::Price { relation: Limit::AtLeast, price: money(100) },
        Condition::Price { relation: Limit::AtMost, price: money(2000) },
        Condition::Discounted { relation: Equality::Is },
        Condition::CreatedAt { relation: Side::Since, at: AT },
        Condition::CreatedAt { relation: Side::Before, at: AT },
    ]
}

#[test]
fn collection_events() {
    let of = |members| {
        Box::new(Collection {
            collection_id: id("col_1"),
            handle: text("summer"),
            title: text("Summer"),
            description_html: text("<p>Sun.</p>"),
            image: Some(Image { url: text("https://img.example/sun.jpg"), alt: Some(text("The sun")) }),
            seo: Seo { title: Some(text("Summer")), description: Some(text("Things for summer")) },
            status: ProductStatus::Active,
            publish_at: Some(AT),
            unpublish_at: Some(AT),
            members,
            metadata: metadata(),
            created_at: AT,
            updated_at: AT,
        })
    };
    let rule = |matching| Rule { matching, conditions: every_condition() };
    let by_rule = |matching, sort| Members::ByRule { rule: rule(matching), sort };
    let events = [
        CollectionEvent::CollectionCreated(of(Members::ByHand { product_ids: vec![id("P1"), id("P2")] })),
        CollectionEvent::CollectionUpdated(of(by_rule(Matching::All, CollectionSort::Title))),
        CollectionEvent::CollectionDeleted(of(by_rule(Matching::Any, CollectionSort::CreatedAtFalling))),
    ];
    holds_every_variant(&events, CollectionEvent::name);
    insta::assert_json_snapshot!(events);
}

#[test]
fn category_events() {
    let category = || {
        Box::new(Category {
            category_id: id("ctg_2"),
            parent_id: Some(id("ctg_1")),
            handle: text("mugs"),
            title: text("Mugs"),
            description_html: text("<p>To drink from.</p>"),
            position: 3,
            metadata: metadata(),
            created_at: AT,
            updated_at: AT,
        })
    };
    let events = [
        CategoryEvent::CategoryCreated(category()),
        CategoryEvent::CategoryUpdated(category()),
        CategoryEvent::CategoryDeleted(category()),
    ];
    holds_every_variant(&events, CategoryEvent::name);
    insta::assert_json_snapshot!(events);
}

#[test]
fn stock_events() {
    let (variant_id, location_id) = (|| id("V1"), || id("main"));
    let level = Level { on_hand: 10, reserved: 7, safety_stock: 1, reorder_point: Some(5) };
    let events = [
        StockEvent::InventoryAdjusted {
            variant_id: variant_id(),
            location_id: location_id(),
            delta: -3,
            reason: Reason::Damaged,
        },
        StockEvent::StockThresholdsSet {
            variant_id: variant_id(),
            location_id: location_id(),
            safety_stock: 1,
            reorder_point: None,
        },
        StockEvent::InventoryLow { variant_id: variant_id(), location_id: location_id(), level },
        StockEvent::InventoryOutOfStock { variant_id: variant_id(), location_id: location_id(), level },
        StockEvent::StockReplenished { variant_id: variant_id(), location_id: location_id(), level },
        StockEvent::InventoryBackInStock { variant_id: variant_id(), location_id: location_id(), level },
    ];
    holds_every_variant(&events, StockEvent::name);
    insta::assert_json_snapshot!(events);
}

#[test]
fn location_events() {
    let location = Location { location_id: id("main"), name: text("Main"), default: true };
    // One variant: serde then says "expected `LocationSaved`" without a list, which reads the same.
    let events = [LocationEvent::LocationSaved(location)];
    holds_every_variant(&events, LocationEvent::name);
    insta::assert_json_snapshot!(events);
}

#[test]
fn reservation_events() {
    let reservation = Reservation {
        reservation_id: id("res_1"),
        lines: vec![StockLine { item_id: None, ..stock().remove(0) }],
        status: ReservationStatus::Open,
        expires_at: AT,
        order_id: None,
        metadata: metadata(),
        created_at: AT,
    };
    let events = [
        ReservationEvent::ReservationCreated(Box::new(reservation)),
        ReservationEvent::ReservationExtended { expires_at: AT },
        ReservationEvent::ReservationCommitted { order_id: id("ord_1") },
        ReservationEvent::ReservationReleased {},
        ReservationEvent::ReservationExpired {},
    ];
    holds_every_variant(&events, ReservationEvent::name);
    insta::assert_json_snapshot!(events);
}
