//! Customers, and what they ordered.

use sutler_app::commit::View;
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::reads::{OrderAttention, Span};
use sutler_app::stream::StreamId;
use sutler_domain::customers::{Customer, CustomerEvent};
use sutler_domain::orders::{ContactRef, Hold, HoldCode, Order, ReturnStatus};
use sutler_domain::payments::PaymentStatus;
use sutler_domain::{Currency, CustomerId, Version};

use crate::builders as some;
use crate::contract::Rig;

fn customer(id: &str, created: i64) -> Customer {
    let at = some::second(created);
    Customer {
        customer_id: CustomerId::trusted(id.into()),
        contact: Some(ContactRef { contact_id: some::id(1), version: Version(1) }),
        metadata: [("tier".to_owned(), "gold".to_owned())].into(),
        created_at: at,
        updated_at: at,
        erased_at: None,
    }
}

async fn save(rig: &Rig, one: &Customer) {
    let event = CustomerEvent::CustomerErased { customer_id: one.customer_id.clone() };
    let event = sutler_app::NewEvent::of(&event, one.updated_at);
    let stream = StreamId::from(&one.customer_id);
    rig.stores().commit(some::written(stream, event, View::Customer(one.clone()))).await.unwrap();
}

async fn listed(rig: &Rig, limit: u32, from: From) -> (Vec<String>, Option<sutler_app::Cursor>) {
    let page = rig.stores().contacts.customers(&PageRequest { limit, from, count: true }).await.unwrap();
    assert_eq!(page.total, Some(4));
    (page.rows.iter().map(|row| row.value.customer_id.to_string()).collect(), page.next)
}

pub(super) async fn customers_are_listed_newest_first(rig: &Rig) {
    for (id, created) in [("C2", 20), ("C1", 10), ("C4", 20), ("C3", 30)] {
        save(rig, &customer(id, created)).await;
    }
    save(rig, &customer("C1", 10)).await;
    let at = rig.again().await;
    let (first, next) = listed(rig, 3, From::Start).await;
    assert_eq!(first, ["C3", "C4", "C2"]);
    assert_eq!(listed(rig, 3, From::After(next.unwrap())).await, (vec!["C1".to_owned()], None));
    let read = at.contacts.customer(&CustomerId::trusted("C1".into())).await.unwrap().unwrap();
    assert_eq!((read.value, read.version), (customer("C1", 10), Version(2)));
    assert_eq!(at.contacts.customer(&CustomerId::trusted("C9".into())).await.unwrap(), None);
    let named = ["C3", "C9", "C1"].map(|id| CustomerId::trusted(id.into()));
    let mut known = at.contacts.customers_named(&named).await.unwrap();
    known.sort_by_key(|one| one.value.created_at);
    let known = known.into_iter().map(|one| (one.value, one.version));
    assert_eq!(
        known.collect::<Vec<_>>(),
        [(customer("C1", 10), Version(2)), (customer("C3", 30), Version(1))]
    );
    assert_eq!(at.contacts.customers_named(&[]).await.unwrap(), []);
}

pub(super) async fn a_lifetime_is_counted_from_the_orders(rig: &Rig) {
    let of = |n: u64, id: &str, code: &str, moved: &[(i64, i64)]| {
        let mut order = some::order(n);
        order.customer_id = Some(CustomerId::trusted(id.into()));
        order.currency = Currency::parse(code).unwrap();
        for (place, (captured, refunded)) in (0u64..).zip(moved) {
            let mut payment = some::payment(n * 10 + place);
            (payment.captured, payment.refunded) = (*captured, *refunded);
            order.payments.push(payment);
        }
        order
    };
    for order in [
        of(1, "C1", "EUR", &[(1000, 0), (500, 200)]),
        of(2, "C2", "EUR", &[(700, 0)]),
        of(3, "C1", "EUR", &[]),
        of(4, "C1", "JPY", &[(90, 90)]),
        some::order(5),
    ] {
        rig.stores().commit(some::place(&order)).await.unwrap();
    }
    let ids = ["C1", "C2", "C9"].map(|id| CustomerId::trusted(id.into()));
    let read = rig.again().await.orders.lifetimes(&ids).await.unwrap();
    let spent = |id: &CustomerId| {
        let all = read[id].spent.iter();
        all.map(|(code, amount)| (code.as_str(), *amount)).collect::<Vec<_>>()
    };
    assert_eq!(read.keys().collect::<Vec<_>>(), [&ids[0], &ids[1]]);
    assert_eq!((read[&ids[0]].orders, spent(&ids[0])), (3, vec![("EUR", 1300), ("JPY", 0)]));
    assert_eq!(read[&ids[0]].last_placed_at, Some(some::second(4)));
    assert_eq!((read[&ids[1]].orders, spent(&ids[1])), (1, vec![("EUR", 700)]));
    assert_eq!(rig.stores().orders.lifetimes(&[]).await.unwrap(), [].into());
}

pub(super) async fn what_was_sold_is_counted_by_span(rig: &Rig) {
    let of = |n: u64, code: &str, captured: i64, refunded: i64| {
        let mut order = some::order(n);
        order.currency = Currency::parse(code).unwrap();
        let mut payment = some::payment(n);
        payment.status = PaymentStatus::Captured;
        (payment.captured, payment.refunded) = (captured, refunded);
        payment.open.clear();
        order.payments.push(payment);
        order
    };
    let orders = [
        of(1, "EUR", 1000, 0),
        of(2, "EUR", 1000, 300),
        of(3, "EUR", 400, 0),
        of(4, "JPY", 1000, 1000),
        some::order(5),
    ];
    for order in &orders {
        rig.stores().commit(some::place(order)).await.unwrap();
    }
    let at = rig.again().await;
    let figures = async |from: i64, until: i64| {
        let span = Span { from: Some(some::second(from)), until: Some(some::second(until)) };
        let mut rows = at.orders.figures(span).await.unwrap();
        rows.sort_by_key(|row| (row.currency.clone(), row.is_paid));
        rows.into_iter().map(|row| (row.currency, row.is_paid, row.orders, row.total)).collect::<Vec<_>>()
    };
    let row = |code: &str, is_paid, orders, total| (code.to_owned(), is_paid, orders, total);
    let all = [row("EUR", false, 2, 2000), row("EUR", true, 2, 2000), row("JPY", true, 1, 1000)];
    assert_eq!(figures(1, 6).await, all);
    // The beginning counts, the end does not.
    assert_eq!(figures(2, 3).await, [row("EUR", true, 1, 1000)]);
    assert_eq!(figures(9, 10).await, []);
}

pub(super) async fn what_needs_attention_is_counted(rig: &Rig) {
    let paid_by = |n: u64, status| {
        let mut order = some::order(n);
        let mut payment = some::payment(n);
        payment.status = status;
        payment.open.clear();
        order.payments.push(payment);
        order
    };
    let mut held = some::order(3);
    held.holds.push(Hold { code: HoldCode::Manual, reason: None, at: some::start() });
    let returned = |n, status| Order { returns: vec![some::a_return(n, status)], ..some::order(n) };
    let orders = [
        paid_by(1, PaymentStatus::RequiresAction),
        paid_by(2, PaymentStatus::Failed),
        held.clone(),
        returned(4, ReturnStatus::Requested),
        returned(5, ReturnStatus::Closed),
        some::order(6),
    ];
    for order in &orders {
        rig.stores().commit(some::place(order)).await.unwrap();
    }
    let counts = rig.again().await.orders.attention().await.unwrap();
    let expected = OrderAttention { awaiting_buyer: 1, payment_failed: 1, on_hold: 1, returns_requested: 1 };
    assert_eq!(counts, expected);
    held.holds.clear();
    rig.stores().commit(some::update(&held, 1)).await.unwrap();
    assert_eq!(rig.again().await.orders.attention().await.unwrap().on_hold, 0);
}
