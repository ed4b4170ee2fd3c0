//! Pages of orders.

use std::collections::BTreeSet;

use sutler_app::page::{Cursor, From, PageRequest};
use sutler_app::ports::ReadError;
use sutler_app::ports::reads::{Having, OrderQuery, OrderSort, Span};
use sutler_domain::orders::{FulfillmentStatus, Order, OrderStatus, PaymentState, ReturnStatus};

use crate::builders as some;
use crate::contract::{Rig, Stores};

async fn place_all(rig: &Rig, orders: impl IntoIterator<Item = Order>) -> Stores {
    for order in orders {
        rig.stores().commit(some::place(&order)).await.unwrap();
    }
    rig.again().await
}

/// The orders of a page, by the numbers that tests gave them.
async fn listed(at: &Stores, query: OrderQuery) -> Vec<u64> {
    at.orders.orders(&query).await.unwrap().rows.iter().map(|row| row.number - 1000).collect()
}

fn request(limit: u32, from: From) -> PageRequest {
    PageRequest { limit, from, count: true }
}

pub(super) async fn every_filter_filters(rig: &Rig) {
    let mut two = Order { customer_id: Some(some::customer_id("C2")), ..some::order(2) };
    two.items[0].sku.push_str("MUG");
    two.items.push(two.items[0].clone());
    let mut three =
        Order { reference: Some("R3".to_owned()), tags: vec!["gift".to_owned()], ..some::order(3) };
    three.items[0].fulfilled = 1;
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let four = Order {
        status: OrderStatus::Canceled,
        metadata: [pair("a", "1"), pair("b", "2")].into(),
        updated_at: some::second(100),
        ..some::order(4)
    };
    let mut five = Order { metadata: [pair("a", "1")].into(), ..some::order(5) };
    five.totals.total = 0;
    let at = place_all(rig, [some::order(1), two, three, four, five]).await;
    let any = OrderQuery::default;
    let at_or_after = |second| Span { from: Some(some::second(second)), until: None };
    let before = |second| Span { from: None, until: Some(some::second(second)) };
    let queries = [
        (OrderQuery { status: vec![OrderStatus::Canceled], ..any() }, vec![4]),
        (
            OrderQuery { status: vec![OrderStatus::Canceled, OrderStatus::Created], ..any() },
            vec![1, 2, 3, 4, 5],
        ),
        (OrderQuery { status: vec![OrderStatus::Expired], ..any() }, vec![]),
        (OrderQuery { payment_status: vec![PaymentState::Paid], ..any() }, vec![5]),
        (OrderQuery { payment_status: vec![PaymentState::Unpaid], ..any() }, vec![1, 2, 3, 4]),
        (OrderQuery { fulfillment_status: vec![FulfillmentStatus::Delivered], ..any() }, vec![3]),
        (OrderQuery { customer_id: Some(some::customer_id("C2")), ..any() }, vec![2]),
        (OrderQuery { customer_id: Some(some::customer_id("C")), ..any() }, vec![]),
        (OrderQuery { reference: Some("R3".to_owned()), ..any() }, vec![3]),
        (OrderQuery { number: Some(1004), ..any() }, vec![4]),
        (OrderQuery { sku: Some("MUG".to_owned()), ..any() }, vec![2]),
        (OrderQuery { tag: Some("gift".to_owned()), ..any() }, vec![3]),
        (OrderQuery { metadata: vec![pair("a", "1")], ..any() }, vec![4, 5]),
        (OrderQuery { metadata: vec![pair("a", "1"), pair("b", "2")], ..any() }, vec![4]),
        (OrderQuery { metadata: vec![pair("a", "2")], ..any() }, vec![]),
        (OrderQuery { placed: at_or_after(4), ..any() }, vec![4, 5]),
        (OrderQuery { placed: before(2), ..any() }, vec![1]),
        (OrderQuery { updated: at_or_after(6), ..any() }, vec![4]),
        (OrderQuery { updated: before(3), ..any() }, vec![1, 2]),
        (OrderQuery { total_above: Some(0), ..any() }, vec![1, 2, 3, 4]),
        (OrderQuery { total_below: Some(1), ..any() }, vec![5]),
        (OrderQuery { total_above: Some(-1), total_below: Some(1), ..any() }, vec![5]),
    ];
    for (query, expected) in queries {
        for sort in [OrderSort::PlacedAt, OrderSort::Number, OrderSort::UpdatedAt, OrderSort::Total] {
            let counted = OrderQuery { sort, page: request(50, From::Start), ..query.clone() };
            let page = at.orders.orders(&counted).await.unwrap();
            let found: BTreeSet<u64> = page.rows.iter().map(|row| row.number - 1000).collect();
            assert_eq!(found, expected.iter().copied().collect(), "{counted:?}");
            assert_eq!(page.total, Some(u64::try_from(expected.len()).unwrap()), "{counted:?}");
        }
    }
}

pub(super) async fn filters_hold_together(rig: &Rig) {
    let gift = |n: u64, status| Order {
        customer_id: Some(some::customer_id(if n.is_multiple_of(2) { "even" } else { "odd" })),
        tags: vec!["gift".to_owned()],
        status,
        ..some::order(n)
    };
    let statuses = [OrderStatus::Created, OrderStatus::Created, OrderStatus::Canceled];
    let at = place_all(rig, (1..=12u64).zip(statuses.into_iter().cycle()).map(|(n, s)| gift(n, s))).await;
    let both = OrderQuery {
        customer_id: Some(some::customer_id("even")),
        tag: Some("gift".to_owned()),
        status: vec![OrderStatus::Canceled],
        placed: Span { from: Some(some::second(7)), until: None },
        ..OrderQuery::default()
    };
    assert_eq!(listed(&at, both).await, [12]);
    let triple = OrderQuery {
        status: vec![OrderStatus::Created, OrderStatus::Canceled],
        payment_status: vec![PaymentState::Unpaid, PaymentState::Paid],
        fulfillment_status: vec![FulfillmentStatus::Unfulfilled],
        descending: true,
        page: request(4, From::Start),
        ..OrderQuery::default()
    };
    let page = at.orders.orders(&triple).await.unwrap();
    assert_eq!((page.rows.len(), page.total), (4, Some(12)));
    assert_eq!(listed(&at, triple.clone()).await, [12, 11, 10, 9]);
    let next = OrderQuery { page: request(4, From::After(page.next.unwrap())), ..triple };
    assert_eq!(listed(&at, next).await, [8, 7, 6, 5]);
    // A changed order is found by what it is, no longer by what it was.
    let moved = Order { tags: vec!["plain".to_owned()], ..gift(2, OrderStatus::Confirmed) };
    at.commit(some::update(&moved, 1)).await.unwrap();
    let at = rig.again().await;
    let tagged = |tag: &str| OrderQuery { tag: Some(tag.to_owned()), ..OrderQuery::default() };
    assert_eq!(listed(&at, tagged("plain")).await, [2]);
    assert_eq!(listed(&at, tagged("gift")).await, [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    let confirmed = OrderQuery { status: vec![OrderStatus::Confirmed], ..OrderQuery::default() };
    assert_eq!(listed(&at, confirmed).await, [2]);
}

pub(super) async fn orders_are_listed_by_having_parts(rig: &Rig) {
    let paid = |n: u64| Order { payments: vec![some::payment(n)], ..some::order(n) };
    let given_back = |n: u64| Order { refunds: vec![some::refund(n)], ..paid(n) };
    let at = place_all(rig, [some::order(1), paid(2), given_back(3), some::order(4), paid(5)]).await;
    let having = |what, limit, from| OrderQuery {
        having: Some(what),
        descending: true,
        page: request(limit, from),
        ..OrderQuery::default()
    };
    let first = at.orders.orders(&having(Having::Payment, 2, From::Start)).await.unwrap();
    assert_eq!(first.total, Some(3));
    assert_eq!(listed(&at, having(Having::Payment, 2, From::Start)).await, [5, 3]);
    let next = having(Having::Payment, 2, From::After(first.next.unwrap()));
    assert_eq!(listed(&at, next).await, [2]);
    assert_eq!(listed(&at, having(Having::Refund, 9, From::Start)).await, [3]);
    let by_total = OrderQuery { sort: OrderSort::Total, ..having(Having::Refund, 9, From::Start) };
    assert_eq!(listed(&at, by_total).await, [3]);
    // An order is listed once it has the part, and once however many it has.
    let again = Order { refunds: vec![some::refund(5), some::refund(6)], ..paid(5) };
    at.commit(some::update(&again, 1)).await.unwrap();
    let at = rig.again().await;
    assert_eq!(listed(&at, having(Having::Refund, 9, From::Start)).await, [5, 3]);
    assert_eq!(listed(&at, having(Having::Payment, 9, From::Start)).await, [5, 3, 2]);
}

pub(super) async fn orders_are_listed_by_how_their_returns_stand(rig: &Rig) {
    let with = |n: u64, status| Order { returns: vec![some::a_return(n, status)], ..some::order(n) };
    let (asked, closed) = (ReturnStatus::Requested, ReturnStatus::Closed);
    place_all(rig, [some::order(1), with(2, asked), with(3, closed), with(4, asked)]).await;
    let having = |status| OrderQuery { having: Some(Having::Return(status)), ..OrderQuery::default() };
    // One that moves on is listed where it stands now.
    rig.stores().commit(some::update(&with(2, closed), 1)).await.unwrap();
    let at = rig.again().await;
    assert_eq!(listed(&at, having(None)).await, [2, 3, 4]);
    assert_eq!(listed(&at, having(Some(asked))).await, [4]);
    assert_eq!(listed(&at, having(Some(closed))).await, [2, 3]);
    assert!(listed(&at, having(Some(ReturnStatus::Approved))).await.is_empty());
}

pub(super) async fn lists_are_sorted(rig: &Rig) {
    let of = |n: u64, placed: i64, updated: i64, total: i64| {
        let mut order =
            Order { placed_at: some::second(placed), updated_at: some::second(updated), ..some::order(n) };
        order.totals.total = total;
        order
    };
    let at =
        place_all(rig, [of(1, 30, 90, 5), of(2, 10, 80, 900), of(3, 10, 70, -5), of(4, 20, 90, 5)]).await;
    let sorted =
        async |sort, descending| listed(&at, OrderQuery { sort, descending, ..OrderQuery::default() }).await;
    for (sort, rising) in [
        (OrderSort::PlacedAt, [2, 3, 4, 1]),
        (OrderSort::Number, [1, 2, 3, 4]),
        (OrderSort::UpdatedAt, [3, 2, 1, 4]),
        (OrderSort::Total, [3, 1, 4, 2]),
    ] {
        assert_eq!(sorted(sort, false).await, rising, "{sort:?}");
        assert_eq!(
            sorted(sort, true).await,
            rising.into_iter().rev().collect::<Vec<_>>(),
            "{sort:?} falling"
        );
    }
}

pub(super) async fn pages_meet_without_overlap(rig: &Rig) {
    // Every three orders share a time, so that ties cross the edges of pages.
    let order = |n: u64| Order {
        placed_at: some::second(i64::try_from(n / 3).unwrap()),
        customer_id: Some(some::customer_id("C1")),
        ..some::order(n)
    };
    let at = place_all(rig, (1..=11).map(order)).await;
    let plain = OrderQuery::default();
    let by_customer = OrderQuery { customer_id: Some(some::customer_id("C1")), ..OrderQuery::default() };
    let by_state = OrderQuery { status: vec![OrderStatus::Created], ..OrderQuery::default() };
    for query in [plain, by_customer, by_state] {
        for descending in [false, true] {
            let query = OrderQuery { descending, ..query.clone() };
            let all: Vec<u64> = if descending { (1..=11).rev().collect() } else { (1..=11).collect() };
            let page = async |from| {
                let query = OrderQuery { page: request(4, from), ..query.clone() };
                let page = at.orders.orders(&query).await.unwrap();
                let rows: Vec<u64> = page.rows.iter().map(|row| row.number - 1000).collect();
                assert_eq!(page.total, Some(11));
                (rows, page.prev, page.next)
            };
            let (first, no_prev, next) = page(From::Start).await;
            assert_eq!((first.as_slice(), no_prev), (&all[..4], None));
            let (second, _, next) = page(From::After(next.unwrap())).await;
            assert_eq!(second, all[4..8]);
            let (third, prev, no_next) = page(From::After(next.unwrap())).await;
            assert_eq!((third.as_slice(), no_next), (&all[8..], None));
            let (back, prev, next) = page(From::Before(prev.unwrap())).await;
            assert_eq!((back.as_slice(), next.is_some()), (&all[4..8], true));
            let (start, no_prev, _) = page(From::Before(prev.unwrap())).await;
            assert_eq!((start.as_slice(), no_prev), (&all[..4], None));
        }
    }
}

pub(super) async fn pages_are_stable_under_inserts(rig: &Rig) {
    let at = place_all(rig, (1..=6).map(|n| some::order(n * 10))).await;
    let newest = |from| OrderQuery { descending: true, page: request(2, from), ..OrderQuery::default() };
    let first = at.orders.orders(&newest(From::Start)).await.unwrap();
    // One order comes before everything seen, one between the pages, one after.
    let at = place_all(rig, [some::order(90), some::order(45), some::order(5)]).await;
    let next = at.orders.orders(&newest(From::After(first.next.unwrap()))).await.unwrap();
    let ids: Vec<_> = next.rows.iter().map(|row| row.value.order_id.clone()).collect();
    assert_eq!(ids, [some::id(45), some::id(40)]);
    let back = at.orders.orders(&newest(From::Before(next.prev.unwrap()))).await.unwrap();
    let ids: Vec<_> = back.rows.iter().map(|row| row.value.order_id.clone()).collect();
    assert_eq!(ids, [some::id(60), some::id(50)]);
}

pub(super) async fn a_foreign_cursor_is_refused(rig: &Rig) {
    let at = rig.stores();
    let from = From::After(Cursor { key: "Mug".to_owned(), id: "x".to_owned() });
    let query = OrderQuery { page: request(2, from), ..OrderQuery::default() };
    assert_eq!(at.orders.orders(&query).await, Err(ReadError::BadCursor));
}
