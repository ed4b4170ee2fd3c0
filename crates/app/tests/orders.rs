//! What placing, retrying and expiring promise, on the memory store.

mod shop;

use std::sync::Arc;

use jiff::SignedDuration;
use shop::{Shop, item, name, order, paid_with};
use sutler_app::commit::{Commit, Receipt, Refused};
use sutler_app::orders::{AsOf, CustomerInput, OrderRequest};
use sutler_app::ports::jobs::Wanted;
use sutler_app::ports::{Ports, Store};
use sutler_app::{App, Caller, Kind};
use sutler_domain::Version;
use sutler_domain::orders::{OrderStatus, PaymentState, payment_status};

fn keyed(key: &str) -> Caller {
    Caller { idempotency_key: Some(key.to_owned()), ..Caller::system("test") }
}

#[tokio::test]
async fn an_order_reserves_its_stock_and_draws_the_next_number() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let first = shop.place(order(vec![item("MUG", 2)])).await;
    let second = shop.place(order(vec![item("MUG", 3)])).await;
    assert_eq!((first.number, second.number, first.version), (1001, 1002, Version(2)));
    assert_eq!((first.order.status, first.order.totals.total), (OrderStatus::Created, 2980));
    assert_eq!(shop.stock("MUG").await, (5, 5));
    shop.settle().await;
}

#[tokio::test]
async fn items_of_one_variant_are_judged_as_one_sum_and_every_short_item_is_told() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 3).await;
    shop.product("TEE", 2490, 0).await;
    let asked = order(vec![item("MUG", 2), item("MUG", 2), item("TEE", 1)]);
    let problem = shop.app.orders.place(&shop.caller, asked).await.unwrap_err();
    assert_eq!(problem.code, "out_of_stock");
    let pointers: Vec<&str> = problem.errors.iter().map(|e| e.pointer.as_str()).collect();
    assert_eq!(pointers, ["/items/0/quantity", "/items/1/quantity", "/items/2/quantity"]);
    assert_eq!(shop.stock("MUG").await, (3, 0));
    assert!(
        shop.app
            .orders
            .list(&shop.caller, &sutler_app::ports::reads::OrderQuery::default())
            .await
            .unwrap()
            .rows
            .is_empty()
    );
}

#[tokio::test]
async fn a_repeated_key_is_the_same_order_even_when_the_product_is_gone() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let request = order(vec![item("MUG", 1)]);
    let first = shop.app.orders.place(&keyed("k"), request.clone()).await.unwrap();
    shop.app.orders.cancel(&shop.caller, &name(&first.value), cancel()).await.unwrap();
    let product = sutler_app::ports::reads::ProductName::Id(sutler_domain::ProductId::parse("MUG").unwrap());
    shop.app.catalog.delete(&shop.caller, &product).await.unwrap();
    let again = shop.app.orders.place(&keyed("k"), request).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!(again.value, first.value);
    let other = shop.app.orders.place(&keyed("k"), order(vec![item("MUG", 2)])).await.unwrap_err();
    assert_eq!(other.code, "idempotency_key_reused");
    shop.settle().await;
}

fn cancel() -> sutler_app::orders::CancelInput {
    sutler_app::orders::CancelInput { reason: None, refund: true, items: Vec::new() }
}

#[tokio::test]
async fn two_orders_with_one_reference_at_once_leave_one() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let request = OrderRequest { reference: Some("web-1".to_owned()), ..order(vec![item("MUG", 1)]) };
    let (a, b) = tokio::join!(
        shop.app.orders.place(&shop.caller, request.clone()),
        shop.app.orders.place(&shop.caller, request.clone())
    );
    let ((Ok(stands), Err(problem)) | (Err(problem), Ok(stands))) = (a, b) else {
        panic!("not exactly one stands")
    };
    assert_eq!(problem.code, "reference_exists");
    assert_eq!(problem.facts.get("order_id").unwrap(), stands.value.order.order_id.as_str());
    assert_eq!(shop.stock("MUG").await, (5, 1));
    shop.settle().await;
}

#[tokio::test]
async fn one_address_is_one_customer() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let by = |email: &str| OrderRequest {
        customer: Some(CustomerInput { email: Some(email.to_owned()), ..CustomerInput::default() }),
        ..order(vec![item("MUG", 1)])
    };
    let (a, b) = tokio::join!(
        shop.app.orders.place(&shop.caller, by("ada@example.com")),
        shop.app.orders.place(&shop.caller, by("Ada@example.com"))
    );
    let (a, b) = (a.unwrap().value, b.unwrap().value);
    assert!(a.order.customer_id.is_some());
    assert_eq!(a.order.customer_id, b.order.customer_id);
    let events = shop
        .app
        .ports
        .feed
        .after(sutler_domain::Position(0), &sutler_app::ports::EventFilter::default(), 200)
        .await
        .unwrap();
    assert!(events.iter().all(|e| !e.body.to_lowercase().contains("ada@")), "a person is in the log");
    shop.settle().await;
}

#[tokio::test]
async fn a_paid_order_is_confirmed_and_charged_once() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let placed = shop.place(paid_with("tok_ok", vec![item("MUG", 2)])).await;
    assert_eq!((placed.version, payment_status(&placed.order)), (Version(3), PaymentState::Pending));
    shop.settle().await;
    let paid = shop.order(&placed).await;
    assert_eq!(
        (paid.order.status, payment_status(&paid.order)),
        (OrderStatus::Confirmed, PaymentState::Paid)
    );
    assert_eq!(paid.version, Version(5));
    assert_eq!(shop.gateway.books().len(), 1);
    let before =
        shop.app.orders.get_at(&shop.caller, &name(&placed), AsOf::Version(Version(3))).await.unwrap();
    assert_eq!(before.order, placed.order);
}

#[tokio::test]
async fn an_unpaid_order_expires_and_its_stock_is_free() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let placed = shop.place(order(vec![item("MUG", 2)])).await;
    assert_eq!(shop.app.orders.expire_due().await.unwrap(), 0);
    shop.pass(SignedDuration::from_mins(15));
    assert_eq!(shop.app.orders.expire_due().await.unwrap(), 1);
    assert_eq!(shop.order(&placed).await.order.status, OrderStatus::Expired);
    assert_eq!(shop.stock("MUG").await, (5, 0));
    shop.settle().await;
}

#[tokio::test]
async fn a_buyer_who_approved_before_the_order_ends_has_bought() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let placed = shop.place(paid_with("tok_3ds", vec![item("MUG", 5)])).await;
    shop.settle().await;
    let payment = placed.order.payments.first().unwrap().payment_id.clone();
    // The buyer approves at the gateway, and the word of it is lost.
    let gateway: &dyn sutler_app::ports::PaymentGateway = &*shop.gateway;
    assert!(gateway.buyer_decided(&payment, true).await);
    shop.pass(SignedDuration::from_mins(15));
    shop.app.orders.expire_due().await.unwrap();
    shop.settle().await;
    shop.app.orders.expire_due().await.unwrap();
    let now = shop.order(&placed).await.order;
    assert_eq!((now.status, payment_status(&now)), (OrderStatus::Confirmed, PaymentState::Paid), "{now:?}");
    assert_eq!(shop.stock("MUG").await, (5, 5));
    shop.settle().await;
}

#[tokio::test]
async fn money_that_arrives_for_a_canceled_order_goes_back() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let placed = shop.place(paid_with("tok_ok", vec![item("MUG", 2)])).await;
    shop.app.orders.cancel(&shop.caller, &name(&placed), cancel()).await.unwrap();
    shop.settle().await;
    let now = shop.order(&placed).await.order;
    assert_eq!((now.status, payment_status(&now)), (OrderStatus::Canceled, PaymentState::Refunded));
    assert_eq!(shop.stock("MUG").await, (5, 0));
}

#[tokio::test]
async fn an_unknown_outcome_is_asked_for_and_never_charged_twice() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let placed = shop.place(paid_with("tok_timeout", vec![item("MUG", 2)])).await;
    shop.settle().await;
    assert_eq!(payment_status(&shop.order(&placed).await.order), PaymentState::Pending);
    shop.pass(SignedDuration::from_mins(1));
    shop.settle().await;
    assert_eq!(payment_status(&shop.order(&placed).await.order), PaymentState::Paid);
    assert_eq!(shop.gateway.books().len(), 1);
}

#[tokio::test]
async fn a_decline_with_cancel_ends_the_order() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let mut request = paid_with("tok_declined", vec![item("MUG", 2)]);
    if let Some(payment) = &mut request.payment {
        payment.on_failure = sutler_domain::payments::OnFailure::Cancel;
    }
    let place = shop.app.orders.place(&shop.caller, request);
    let (placed, ()) = tokio::join!(place, shop.settle());
    let view = placed.unwrap().value;
    assert!(view.is_declined());
    assert_eq!(shop.stock("MUG").await, (5, 0));
}

/// Doors run on several threads: what a use case returns must be able to move between them. This compiles, or not.
#[tokio::test]
async fn use_cases_can_move_between_threads() {
    fn sent<T: Send>(_: T) {}
    let shop = Shop::open().await;
    let at = sutler_app::ports::reads::OrderName::Number(1);
    sent(shop.app.orders.place(&shop.caller, order(Vec::new())));
    sent(shop.app.orders.confirm(&shop.caller, &at));
    sent(shop.app.orders.cancel(&shop.caller, &at, cancel()));
    sent(shop.app.jobs.run_due("w", 1));
    sent(shop.app.orders.expire_due());
}

#[tokio::test]
async fn a_disputed_payment_stops_fulfillment() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let placed = shop.place(paid_with("tok_dispute", vec![item("MUG", 1)])).await;
    shop.settle().await;
    shop.pass(SignedDuration::from_secs(11));
    shop.settle().await;
    let now = shop.order(&placed).await.order;
    assert!(now.payments.iter().all(|p| p.disputed));
    assert!(now.is_held(sutler_domain::orders::HoldCode::FraudReview));
}

#[tokio::test]
async fn a_job_that_ends_its_workers_is_dead_in_the_end() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    shop.settle().await;
    shop.place(order(vec![item("MUG", 1)])).await;
    // Worker after worker takes it and is never heard of again.
    for _ in 0..25 {
        let leased =
            shop.app.ports.jobs.lease("doomed", &Wanted::any(1), sutler_app::job::LEASE).await.unwrap();
        assert_eq!(leased.len(), 1);
        shop.pass(sutler_app::job::LEASE + SignedDuration::from_secs(1));
    }
    assert_eq!(shop.app.jobs.run_due("careful", 1).await.unwrap(), 1);
    let dead = sutler_app::ports::jobs::JobQuery {
        states: vec![sutler_app::job::JobState::Dead],
        ..sutler_app::ports::jobs::JobQuery::default()
    };
    let jobs = shop.app.jobs.list(&shop.caller, &dead).await.unwrap().rows;
    assert_eq!(jobs.first().map(|job| job.kind.name()), Some("process_order"));
}

#[tokio::test]
async fn money_that_the_buyer_approved_while_nobody_could_ask_is_found_when_the_time_is_over() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let placed = shop.place(paid_with("tok_3ds", vec![item("MUG", 1)])).await;
    shop.settle().await;
    let payment_id = shop.order(&placed).await.order.payments[0].payment_id.clone();
    // The buyer approves at the bank, and the process that was to ask dies.
    assert!(sutler_app::ports::PaymentGateway::buyer_decided(&*shop.gateway, &payment_id, true).await);
    shop.pass(SignedDuration::from_mins(15));
    shop.settle().await;
    let order = shop.order(&placed).await.order;
    assert_eq!((order.status, order.captured()), (OrderStatus::Confirmed, 1490));
}

/// A door behind which nobody is.
struct Away;

#[async_trait::async_trait]
impl Store for Away {
    async fn commit(&self, _: Commit) -> Result<Receipt, Refused> {
        Err(Refused::Unavailable("the database is away".to_owned()))
    }
}

#[tokio::test]
async fn a_repeat_is_not_told_that_it_failed_while_nobody_knows_what_it_was_told_before() {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, 5).await;
    let order = shop.place(order(vec![item("MUG", 1)])).await;
    let first = shop.app.orders.cancel(&keyed("c"), &name(&order), cancel()).await.unwrap();

    let ports = Ports { store: Arc::new(Away), ..(*shop.app.ports).clone() };
    let away = App::new(ports, (*shop.app.settings).clone());
    let problem = away.orders.cancel(&keyed("c"), &name(&order), cancel()).await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (Kind::Busy, "unavailable"), "not that it is canceled already");

    let again = shop.app.orders.cancel(&keyed("c"), &name(&order), cancel()).await.unwrap();
    assert!(again.replayed && again.value == first.value);
}
