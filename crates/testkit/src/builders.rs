//! The smallest things that a store keeps, for tests that care about few of their properties.

use jiff::{SignedDuration, Timestamp};
use sutler_app::commit::{
    Change, ClaimKind, Commit, Expect, Guard, IdempotencyKey, StockKey, StockMove, View, ViewChange,
};
use sutler_app::event::NewEvent;
use sutler_app::job::{JobKind, NewJob};
use sutler_app::stream::StreamId;
use sutler_domain::catalog::{
    Oversell, PriceEvent, PriceRecord, Product, ProductEvent, ProductStatus, Seo, Variant,
};
use sutler_domain::id::Kind;
use sutler_domain::inventory::{Reason, Reservation, ReservationStatus};
use sutler_domain::orders::{
    Fulfillment, FulfillmentState, Item, ItemTax, Order, OrderEvent, OrderStatus, Refund, RefundStatus,
    Return, ReturnLine, ReturnStatus, Totals, Tracking,
};
use sutler_domain::payments::{CaptureMode, OnFailure, Payment, PaymentStatus};
use sutler_domain::{
    Currency, CustomerId, FulfillmentId, Id, ItemId, JobId, LocationId, Money, OrderId, ProductId,
    ReservationId, VariantId, Version,
};
use uuid::Uuid;

/// The `n`-th id of its kind; larger numbers make larger ids.
pub fn id<K: Kind>(n: u64) -> Id<K> {
    Id::new(Uuid::from_u64_pair(n, 0))
}

/// The time at which things of tests begin: noon of 1 November 2026, UTC.
pub fn start() -> Timestamp {
    Timestamp::from_second(1_793_534_400).unwrap_or_default()
}

/// So many seconds after the start.
pub fn second(n: i64) -> Timestamp {
    start().saturating_add(SignedDuration::from_secs(n)).unwrap_or_default()
}

/// Euro.
pub fn euro() -> Currency {
    // ISO 4217 has it.
    Currency::parse("EUR").unwrap_or_else(|_| unreachable!())
}

/// The `n`-th order, placed `n` seconds after the start: one unit of variant `v1` for EUR 10.00.
pub fn order(n: u64) -> Order {
    let at = second(i64::try_from(n).unwrap_or(0));
    let totals = Totals { subtotal: 1000, total: 1000, ..Totals::default() };
    Order {
        order_id: id(n),
        customer_id: None,
        contact: None,
        reference: None,
        currency: euro(),
        items: vec![item(n)],
        shipping: None,
        discounts: Vec::new(),
        totals,
        status: OrderStatus::Created,
        payments: Vec::new(),
        refunds: Vec::new(),
        fulfillments: Vec::new(),
        returns: Vec::new(),
        holds: Vec::new(),
        notes: Vec::new(),
        tags: Vec::new(),
        metadata: [].into(),
        reservation_id: None,
        reservation_expires_at: None,
        cancel_reason: None,
        placed_at: at,
        confirmed_at: None,
        ended_at: None,
        updated_at: at,
    }
}

/// One unit of variant `v1`.
pub fn item(n: u64) -> Item {
    let main = key("v1");
    Item {
        item_id: ItemId::new(Uuid::from_u64_pair(n, 1)),
        product_id: product_id("p1"),
        variant_id: main.variant_id,
        sku: String::new(),
        title: "Mug".to_owned(),
        variant_title: "Default".to_owned(),
        unit_price: 1000,
        total: 1000,
        discount: 0,
        tax: ItemTax::default(),
        location_id: main.location_id,
        tracked: true,
        requires_shipping: true,
        ordered: 1,
        canceled: 0,
        planned: 0,
        fulfilled: 0,
        returned: 0,
        returning: 0,
        reserved: 1,
        metadata: [].into(),
    }
}

/// A planned fulfillment without items.
pub fn fulfillment(fulfillment_id: FulfillmentId) -> Fulfillment {
    Fulfillment {
        fulfillment_id,
        lines: Vec::new(),
        status: FulfillmentState::Pending,
        tracking: Tracking::default(),
        created_at: start(),
        shipped_at: None,
        delivered_at: None,
    }
}

/// The `n`-th payment: EUR 10.00 through the fake gateway, just begun.
pub fn payment(n: u64) -> Payment {
    Payment {
        payment_id: id(n),
        gateway: "fake".to_owned(),
        token: None,
        capture: CaptureMode::Automatic,
        on_failure: OnFailure::Keep,
        status: PaymentStatus::Pending,
        amount: 1000,
        authorized: 0,
        captured: 0,
        refunded: 0,
        tries: [].into(),
        open: Vec::new(),
        transaction_id: None,
        failure: None,
        next_action: None,
        disputed: false,
        created_at: start(),
    }
}

/// The `n`-th refund: EUR 10.00 of the `n`-th payment, just begun.
pub fn refund(n: u64) -> Refund {
    Refund {
        refund_id: id(n),
        payment_id: id(n),
        amount: 1000,
        lines: Vec::new(),
        return_id: None,
        reason: None,
        status: RefundStatus::Pending,
        failure: None,
        created_at: start(),
    }
}

/// A return of one unit of the `n`-th order's item.
pub fn a_return(n: u64, status: ReturnStatus) -> Return {
    let line =
        ReturnLine { item_id: id(n), quantity: 1, reason: None, received: 0, restocked: 0, refunded: 0 };
    Return {
        return_id: id(n),
        lines: vec![line],
        status,
        label: Tracking::default(),
        reject_reason: None,
        created_at: start(),
        approved_at: None,
        received_at: None,
        ended_at: None,
    }
}

/// An event for tests in which only its being there counts.
pub fn event(at: Timestamp) -> NewEvent {
    NewEvent::of(&OrderEvent::OrderConfirmed {}, at)
}

/// A commit that changes nothing yet.
pub fn nothing() -> Commit {
    Commit { actor: "test".to_owned(), ..Commit::default() }
}

/// A commit that opens an order, with its reference taken.
pub fn place(order: &Order) -> Commit {
    let stream = StreamId::from(&order.order_id);
    let opened = Change::stream(
        stream.clone(),
        Version(0),
        vec![event(order.placed_at)],
        View::Order(order.clone().into()),
    );
    let commit = nothing().change(opened.numbered());
    match &order.reference {
        Some(reference) => commit.take(ClaimKind::OrderReference, reference, &stream),
        None => commit,
    }
}

/// A commit that moves an order on from `version`.
pub fn update(order: &Order, version: u64) -> Commit {
    let stream = StreamId::from(&order.order_id);
    let view = View::Order(order.clone().into());
    nothing().change(Change::stream(stream, Version(version), vec![event(order.updated_at)], view))
}

/// A commit that changes nothing but the version of the `n`-th order's stream, whatever that was.
pub fn touch(n: u64) -> Commit {
    nothing().change(Change::notice(StreamId::from(&id::<sutler_domain::id::kind::Order>(n)), event(start())))
}

/// A record: a view row without events.
pub fn record(stream: StreamId, expect: Expect, view: View) -> Commit {
    nothing().change(Change::record(stream, expect, view))
}

/// A removal.
pub fn removal(stream: StreamId, event: NewEvent) -> Commit {
    let (expect, view) = (Expect::Any, ViewChange::Delete);
    nothing().change(Change { stream, expect, events: vec![event], view, numbered: false })
}

/// A product's id, chosen.
pub fn product_id(id: &str) -> ProductId {
    ProductId::trusted(id.into())
}

/// A variant's id, chosen.
pub fn variant_id(id: &str) -> VariantId {
    VariantId::trusted(id.into())
}

/// A location's id, chosen.
pub fn location_id(id: &str) -> LocationId {
    LocationId::trusted(id.into())
}

/// A customer's id, chosen.
pub fn customer_id(id: &str) -> CustomerId {
    CustomerId::trusted(id.into())
}

/// A product with one variant of the given id and SKU.
pub fn product(id: &str, variant: &str, sku: &str) -> Product {
    Product {
        product_id: product_id(id),
        handle: format!("handle-{id}"),
        title: format!("Title of {id}"),
        description_html: String::new(),
        status: ProductStatus::Active,
        vendor: String::new(),
        product_type: String::new(),
        category_id: None,
        tags: Vec::new(),
        options: Vec::new(),
        images: Vec::new(),
        seo: Seo::default(),
        variants: vec![variant_of(variant, sku)],
        metadata: [].into(),
        created_at: start(),
        updated_at: start(),
    }
}

fn variant_of(id: &str, sku: &str) -> Variant {
    Variant {
        variant_id: variant_id(id),
        sku: sku.to_owned(),
        barcode: String::new(),
        title: "Default".to_owned(),
        option_values: [].into(),
        price: Money { amount: 1000, currency: euro() },
        compare_at_price: None,
        cost: None,
        weight: None,
        requires_shipping: true,
        tax_code: None,
        track_inventory: true,
        oversell: Oversell::Deny,
        metadata: [].into(),
    }
}

/// A commit that saves a product and the price records of its variants, whatever their versions were.
pub fn save(product: &Product) -> Commit {
    let saved = ProductEvent::ProductUpdated(Box::new(product.clone()));
    let view = View::Product(product.clone());
    let stream = StreamId::from(&product.product_id);
    let commit = nothing().change(changed(stream, NewEvent::of(&saved, product.updated_at), view));
    product.variants.iter().fold(commit, |commit, variant| {
        let record = PriceRecord::of(product, variant);
        let priced = PriceEvent::VariantPriceChanged(record.clone());
        let stream = StreamId::price(&variant.variant_id);
        commit.change(changed(stream, NewEvent::of(&priced, product.updated_at), View::Price(record)))
    })
}

/// A commit with one event of a stream, and its view after it.
pub fn written(stream: StreamId, event: NewEvent, view: View) -> Commit {
    nothing().change(changed(stream, event, view))
}

fn changed(stream: StreamId, event: NewEvent, view: View) -> Change {
    let (expect, view) = (Expect::Any, ViewChange::Put(Box::new(view)));
    Change { stream, expect, events: vec![event], view, numbered: false }
}

/// The counters of a variant at the location `main`.
pub fn key(variant: &str) -> StockKey {
    StockKey { variant_id: variant_id(variant), location_id: location_id("main") }
}

/// A move of stock without thresholds, source or note.
pub fn moved(at: &StockKey, on_hand: i64, reserved: i64, guard: Guard) -> StockMove {
    let reason = match (on_hand, reserved) {
        (0, 1..) => Reason::Reserved,
        (0, _) => Reason::Released,
        _ => Reason::Received,
    };
    StockMove { at: at.clone(), on_hand, reserved, guard, reason, thresholds: None, source: None, note: None }
}

/// A commit that puts units on the shelf.
pub fn receive(at: &StockKey, units: i64) -> Commit {
    nothing().moves([moved(at, units, 0, Guard::Unguarded)])
}

/// A commit that promises units, if they are there.
pub fn reserve(at: &StockKey, units: i64) -> Commit {
    nothing().moves([moved(at, 0, units, Guard::Available)])
}

/// A reservation for a basket.
pub fn reservation(n: u64, status: ReservationStatus, expires_at: Timestamp) -> Reservation {
    Reservation {
        reservation_id: id(n),
        lines: Vec::new(),
        status,
        expires_at,
        order_id: None,
        metadata: [].into(),
        created_at: second(i64::try_from(n).unwrap_or(0)),
    }
}

/// A commit that writes a reservation.
pub fn keep(reservation: &Reservation) -> Commit {
    let stream = StreamId::from(&reservation.reservation_id);
    record(stream, Expect::Any, View::Reservation(reservation.clone()))
}

/// A key that guards a request.
pub fn idempotency(key: &str, fingerprint: &str) -> IdempotencyKey {
    let shop = "live".to_owned();
    IdempotencyKey { shop, key: key.to_owned(), fingerprint: fingerprint.to_owned() }
}

/// The `n`-th job, about the `n`-th order.
pub fn job(n: u64, run_at: Timestamp) -> NewJob {
    let order_id: OrderId = id(n);
    let subject = StreamId::from(&order_id);
    NewJob::new(job_id(n), JobKind::ProcessOrder { order_id }, subject, run_at)
}

/// The `n`-th job's id.
pub fn job_id(n: u64) -> JobId {
    id(n)
}

/// The `n`-th reservation's id.
pub fn reservation_id(n: u64) -> ReservationId {
    id(n)
}
