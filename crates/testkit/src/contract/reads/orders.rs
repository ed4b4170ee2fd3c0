//! One order, by its names; and those that come due.

use std::sync::Arc;

use futures::future::join_all;
use sutler_app::ports::Stored;
use sutler_app::ports::reads::OrderName;
use sutler_domain::orders::{Order, OrderStatus};
use sutler_domain::{FulfillmentId, OrderId, Version};

use crate::builders as some;
use crate::contract::{Rig, Stores};

async fn read(at: &Stores, name: OrderName) -> Option<Stored<Arc<Order>>> {
    at.orders.order(&name).await.unwrap()
}

pub(super) async fn an_order_has_many_names(rig: &Rig) {
    for n in 1..=3 {
        let reference = Some(format!("R{n}"));
        rig.stores().commit(some::place(&Order { reference, ..some::order(n) })).await.unwrap();
    }
    let at = rig.again().await;
    let second = read(&at, OrderName::Id(some::id(2))).await.unwrap();
    assert_eq!((second.version, second.number), (Version(1), 1002));
    assert_eq!(second.value.reference.as_deref(), Some("R2"));
    for name in [OrderName::Number(1002), OrderName::Reference("R2".to_owned())] {
        assert_eq!(read(&at, name).await, Some(second.clone()));
    }
    for name in [
        OrderName::Id(some::id(9)),
        OrderName::Number(9),
        OrderName::Number(u64::MAX),
        OrderName::Reference("r2".to_owned()),
        OrderName::Part("R2".to_owned()),
    ] {
        assert_eq!(read(&at, name).await, None);
    }
}

pub(super) async fn an_order_is_read_as_written(rig: &Rig) {
    let placed = Order {
        tags: vec!["a".to_owned(), "ü \"quoted\"".to_owned()],
        metadata: [("k".to_owned(), "v\\ \u{1F600}".to_owned())].into(),
        customer_id: Some(some::customer_id("C1")),
        ..some::order(1)
    };
    rig.stores().commit(some::place(&placed)).await.unwrap();
    assert_eq!(
        read(&rig.again().await, OrderName::Id(some::id(1))).await.unwrap().value,
        placed.clone().into()
    );
    let later = Order { status: OrderStatus::Confirmed, updated_at: some::second(99), ..placed };
    rig.stores().commit(some::update(&later, 1)).await.unwrap();
    let stored = read(&rig.again().await, OrderName::Number(1001)).await.unwrap();
    assert_eq!((stored.value, stored.version, stored.number), (later.clone().into(), Version(2), 1001));
}

pub(super) async fn orders_asked_for_at_once_are_each_told_of_their_own(rig: &Rig) {
    for n in 1..=40 {
        rig.stores().commit(some::place(&some::order(n))).await.unwrap();
    }
    let at = rig.again().await;
    // Each of them twice, and every other one is not there.
    let wanted: Vec<u64> = (1..=80).chain(1..=80).collect();
    let all = wanted.iter().map(|n| read(&at, OrderName::Id(some::id(*n))));
    let numbers = join_all(all).await.into_iter().map(|found| found.map(|found| found.number));
    let expected = wanted.iter().map(|n| (*n <= 40).then_some(1000 + n));
    assert_eq!(numbers.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

pub(super) async fn parts_are_found_once_they_exist(rig: &Rig) {
    let (first, second): (FulfillmentId, FulfillmentId) = (some::id(1), some::id(2));
    let part = |id: &FulfillmentId| OrderName::Part(id.to_string());
    let mut order = some::order(1);
    rig.stores().commit(some::place(&order)).await.unwrap();
    assert_eq!(read(&rig.again().await, part(&first)).await, None);
    order.fulfillments.push(some::fulfillment(first.clone()));
    rig.stores().commit(some::update(&order, 1)).await.unwrap();
    order.fulfillments.push(some::fulfillment(second.clone()));
    rig.stores().commit(some::update(&order, 2)).await.unwrap();
    let at = rig.again().await;
    for id in [first, second] {
        assert_eq!(read(&at, part(&id)).await.map(|found| found.value), Some(order.clone().into()));
    }
}

pub(super) async fn unpaid_orders_come_due(rig: &Rig) {
    // Orders 1 to 4 end at 40, 30, 30 and 50; 5 never ends.
    for (n, end) in [(1, Some(40)), (2, Some(30)), (3, Some(30)), (4, Some(50)), (5, None)] {
        let reservation_expires_at = end.map(some::second);
        rig.stores().commit(some::place(&Order { reservation_expires_at, ..some::order(n) })).await.unwrap();
    }
    let at = rig.again().await;
    let due = async |at: &Stores, now: i64, after: Option<(i64, u64)>, limit: u32| {
        let after = after.map(|(end, n)| (some::second(end), some::id(n)));
        at.orders.due_orders(some::second(now), after, limit).await.unwrap()
    };
    let rows = |rows: &[(i64, u64)]| -> Vec<(jiff::Timestamp, OrderId)> {
        rows.iter().map(|(end, n)| (some::second(*end), some::id(*n))).collect()
    };
    assert_eq!(due(&at, 29, None, 9).await, []);
    assert_eq!(due(&at, 40, None, 9).await, rows(&[(30, 2), (30, 3), (40, 1)]));
    assert_eq!(due(&at, 99, None, 2).await, rows(&[(30, 2), (30, 3)]));
    assert_eq!(due(&at, 99, Some((30, 2)), 9).await, rows(&[(30, 3), (40, 1), (50, 4)]));
    // A confirmed order keeps its stock; one that may stay longer comes due later.
    let confirmed = Order {
        status: OrderStatus::Confirmed,
        reservation_expires_at: Some(some::second(30)),
        ..some::order(2)
    };
    at.commit(some::update(&confirmed, 1)).await.unwrap();
    let longer = Order { reservation_expires_at: Some(some::second(45)), ..some::order(3) };
    at.commit(some::update(&longer, 1)).await.unwrap();
    assert_eq!(due(&rig.again().await, 99, None, 9).await, rows(&[(40, 1), (45, 3), (50, 4)]));
}
