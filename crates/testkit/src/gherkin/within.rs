//! The door inside: the use cases themselves.

use async_trait::async_trait;
use serde_json::Value;
use sutler_app::catalog::{ProductInput, ProductView, VariantInput, product_name};
use sutler_app::inventory::{AdjustInput, ReservationView, ReserveInput};
use sutler_app::orders::{
    self, Amount, CancelInput, FulfillInput, Named, OrderRequest, OrderView, PaymentInput, RefundInput,
};
use sutler_app::patch::Patch;
use sutler_app::ports::reads::{OrderName, OrderQuery, ProductName, StockLevel};
use sutler_app::public::EventQuery;
use sutler_app::{Answered, App, Caller, Problem};
use sutler_domain::catalog::Oversell;
use sutler_domain::orders::{HoldCode, Tracking, fulfillment_status, next_actions, payment_status};
use sutler_domain::payments::{CaptureMode, OnFailure};
use sutler_domain::{
    Currency, FulfillmentId, ItemId, LocationId, PaymentId, ProductId, ReservationId, VariantId, Version,
};

use super::door::{
    Act, Answer, AsOf, Door, Fault, Fulfillment, Heard, Item, Level, Manners, Order, OrderWish, Payment,
    PaymentWish, Product, ProductWish, Quote, Refund, Refused, Reservation, ReservationAct, StockWish,
    Wanted,
};

/// The use cases, called as any other door calls them.
pub(crate) struct Within(pub(crate) App);

fn caller(manners: &Manners) -> Caller {
    Caller {
        idempotency_key: manners.key.clone(),
        if_match: manners.if_match.map(Version),
        wait_s: manners.wait_s,
        ..Caller::system("gherkin")
    }
}

fn anyone() -> Caller {
    caller(&Manners::default())
}

#[async_trait]
impl Door for Within {
    async fn put_product(&self, wish: &ProductWish) -> Answer<Product> {
        let variant = VariantInput {
            sku: wish.sku.clone().unwrap_or_default(),
            price: Some(Amount { amount: wish.price_minor, currency: None }),
            track_inventory: wish.untracked.then_some(false),
            oversell: wish.oversell.then_some(Oversell::Allow),
            stock: wish.stock,
            ..VariantInput::default()
        };
        let input = ProductInput {
            title: wish.product_id.clone(),
            handle: wish.handle.clone(),
            variant: Some(variant),
            ..ProductInput::default()
        };
        let put = self.0.catalog.put(&anyone(), &ProductId::parse(&wish.product_id).unwrap(), &input).await;
        heard(put, |saved| product(&saved.view))
    }

    async fn product(&self, name: &str) -> Answer<Product> {
        let found = async { self.0.catalog.get(&anyone(), &product_name(name)?).await };
        read(found.await, product)
    }

    async fn products(&self, ids: &[String]) -> Answer<(Vec<Product>, Vec<String>)> {
        read(self.0.catalog.many(&anyone(), ids).await, |(known, missing)| {
            (known.iter().map(product).collect(), missing.clone())
        })
    }

    async fn set_for_sale(&self, product_id: &str, for_sale: bool) -> Answer<Product> {
        let name = ProductName::Id(ProductId::parse(product_id).unwrap());
        let saved = if for_sale {
            self.0.catalog.publish(&anyone(), &name).await
        } else {
            self.0.catalog.archive(&anyone(), &name).await
        };
        heard(saved, |saved| product(&saved.view))
    }

    async fn level(&self, variant_id: &str) -> Answer<Level> {
        let variant = ProductName::Variant(VariantId::parse(variant_id).unwrap());
        let main = LocationId::parse("main").unwrap();
        read(self.0.inventory.level(&anyone(), &variant, &main).await, level)
    }

    async fn adjust(&self, wish: &StockWish) -> Answer<Level> {
        let input = AdjustInput {
            variant_id: VariantId::parse(&wish.variant_id).ok(),
            set_to: wish.set_to,
            expected_on_hand: wish.expected_on_hand,
            safety_stock: wish.safety_stock,
            reorder_point: wish.reorder_point.map_or(Patch::Keep, Patch::Set),
            ..AdjustInput::default()
        };
        heard(self.0.inventory.adjust(&anyone(), &input).await, level)
    }

    async fn reserve(&self, items: &[Wanted], minutes: i64) -> Answer<Reservation> {
        let items = items.iter().map(|wanted| item_input(wanted, None)).collect();
        let input = ReserveInput { items, ttl_ms: Some(minutes * 60_000), ..ReserveInput::default() };
        heard(self.0.inventory.reserve(&anyone(), &input).await, reservation)
    }

    async fn reservation(&self, id: &str, then: &ReservationAct) -> Answer<Reservation> {
        let (inventory, id) = (&self.0.inventory, ReservationId::parse(id).unwrap());
        match then {
            ReservationAct::Look => read(inventory.reservation(&anyone(), &id).await, reservation),
            ReservationAct::Release => heard(inventory.release(&anyone(), &id).await, reservation),
            ReservationAct::Extend { minutes } => {
                heard(inventory.extend(&anyone(), &id, Some(minutes * 60_000)).await, reservation)
            }
        }
    }

    async fn place(&self, wish: &OrderWish) -> Answer<Order> {
        let placed = self.0.orders.place(&caller(&wish.manners), request(wish)).await;
        match placed {
            Ok(answered) if answered.value.is_declined() => Err(Refused {
                code: "payment_declined".to_owned(),
                order_id: Some(answered.value.order.order_id.to_string()),
                ..Refused::default()
            }),
            placed => heard(placed, order),
        }
    }

    async fn quote(&self, items: &[Wanted]) -> Answer<Quote> {
        let items = items.iter().map(|wanted| item_input(wanted, None)).collect();
        let quote = self.0.orders.quote(&anyone(), OrderRequest { items, ..OrderRequest::default() }).await;
        read(quote, |quote| Quote {
            total_minor: quote.totals.total,
            short: quote.availability.iter().map(|item| item.short).collect(),
        })
    }

    async fn act(&self, order_id: &str, act: &Act, manners: &Manners) -> Answer<Order> {
        heard(acted(&self.0, &caller(manners), named(order_id), act).await, order)
    }

    async fn order(&self, name: &str) -> Answer<Order> {
        read(self.0.orders.get(&anyone(), &named(name)).await, order)
    }

    async fn order_at(&self, order_id: &str, at: &AsOf) -> Answer<Order> {
        let at = match at {
            AsOf::Version(version) => orders::AsOf::Version(Version(*version)),
            AsOf::Time(time) => orders::AsOf::Time(*time),
        };
        read(self.0.orders.get_at(&anyone(), &named(order_id), at).await, order)
    }

    async fn orders(&self) -> Answer<Vec<Order>> {
        let page = self.0.orders.list(&anyone(), &OrderQuery::default()).await;
        read(page, |page| page.rows.iter().map(order).collect())
    }

    async fn explain(&self, order_id: &str) -> Answer<Vec<(String, bool, String)>> {
        read(self.0.orders.explain(&anyone(), &named(order_id)).await, |(_, checks)| {
            checks.iter().map(|check| (check.check.to_owned(), check.pass, check.detail.clone())).collect()
        })
    }

    async fn events(&self, subject: Option<&str>) -> Answer<Vec<String>> {
        let query =
            EventQuery { types: Vec::new(), subject: subject.map(str::to_owned), after: None, limit: 200 };
        read(self.0.events.list(&anyone(), &query).await, |page| {
            page.events.iter().map(|event| event.kind.clone()).collect()
        })
    }

    async fn buyer_decides(&self, payment_id: &str, approves: bool) -> Answer<()> {
        let id = PaymentId::parse(payment_id).unwrap();
        read(self.0.payments.buyer_decided("fake", &id, approves).await, |_| ())
    }

    async fn literal(&self, _method: &str, _path: &str, _body: &str) -> Option<(u16, Value)> {
        None
    }
}

async fn acted(
    app: &App,
    caller: &Caller,
    name: OrderName,
    act: &Act,
) -> Result<Answered<OrderView>, Problem> {
    let (orders, payments) = (&app.orders, &app.payments);
    let amount = |minor: &Option<i64>| minor.map(|amount| Amount { amount, currency: None });
    let payment = |id: &str| PaymentId::parse(id).unwrap();
    let parcel = |id: &str| FulfillmentId::parse(id).unwrap();
    let hold = |code: &str| HoldCode::ALL.into_iter().find(|known| known.as_str() == code).unwrap();
    match act {
        Act::Confirm => orders.confirm(caller, &name).await,
        Act::Release => orders.release(caller, &name).await,
        Act::Cancel { reason, refund, items } => {
            let input = CancelInput { reason: reason.clone(), refund: *refund, items: units(items) };
            orders.cancel(caller, &name, input).await
        }
        Act::Hold { code, reason } => orders.hold(caller, &name, hold(code), Some(reason.clone())).await,
        Act::Unhold { code } => orders.unhold(caller, &name, hold(code)).await,
        Act::Fulfill { items, ship } => {
            let input = FulfillInput { items: units(items), ship: *ship, ..FulfillInput::default() };
            orders.fulfill(caller, &name, input).await.map(whole)
        }
        Act::Ship { fulfillment_id, carrier, number } => {
            let tracking =
                Tracking { carrier: Some(carrier.clone()), number: Some(number.clone()), url: None };
            orders.ship(caller, &parcel(fulfillment_id), Some(tracking)).await
        }
        Act::Deliver { fulfillment_id } => orders.deliver(caller, &parcel(fulfillment_id)).await,
        Act::CancelFulfillment { fulfillment_id } => {
            orders.cancel_fulfillment(caller, &parcel(fulfillment_id)).await
        }
        Act::Pay(wish) => payments.start(caller, &name, payment_input(wish)).await.map(whole),
        Act::Capture { payment_id, amount_minor } => {
            payments.capture(caller, &payment(payment_id), amount(amount_minor)).await.map(whole)
        }
        Act::Void { payment_id } => payments.void(caller, &payment(payment_id)).await.map(whole),
        Act::Sync { payment_id } => payments.sync(caller, &payment(payment_id)).await.map(whole),
        Act::Refund { amount_minor, items, restock } => {
            let input = RefundInput {
                order: Named(name),
                payment_id: None,
                amount: amount(amount_minor),
                items: units(items),
                restock: *restock,
                reason: None,
                note: None,
            };
            payments.refund(caller, input).await.map(whole)
        }
    }
}

/// The order of an answer about a part of it.
fn whole<P>(answered: Answered<(OrderView, P)>) -> Answered<OrderView> {
    answered.map(|(view, _)| view)
}

fn named(name: &str) -> OrderName {
    match name.split_once(':') {
        Some(("number", number)) => OrderName::Number(number.parse().unwrap()),
        Some(("ref", reference)) => OrderName::Reference(reference.to_owned()),
        _ => OrderName::Id(sutler_domain::OrderId::parse(name).unwrap()),
    }
}

fn units(items: &[(String, i64)]) -> Vec<(ItemId, i64)> {
    items.iter().map(|(id, units)| (ItemId::parse(id).unwrap(), *units)).collect()
}

fn request(wish: &OrderWish) -> OrderRequest {
    OrderRequest {
        customer_id: Some(sutler_domain::CustomerId::parse(&wish.customer_id).unwrap()),
        items: wish.items.iter().map(|wanted| item_input(wanted, wish.expected_minor)).collect(),
        currency: wish.currency.as_deref().map(|code| Currency::parse(code).unwrap()),
        location: wish.location.as_deref().map(|id| LocationId::parse(id).unwrap()),
        reservation_id: wish.reservation_id.as_deref().map(|id| ReservationId::parse(id).unwrap()),
        reference: wish.reference.clone(),
        payment: wish.payment.as_ref().map(payment_input),
        ..OrderRequest::default()
    }
}

fn item_input(wanted: &Wanted, expected_minor: Option<i64>) -> orders::ItemInput {
    let sku = wanted.product.strip_prefix("sku:");
    orders::ItemInput {
        product_id: sku.is_none().then(|| ProductId::parse(&wanted.product).unwrap()),
        variant_id: None,
        sku: sku.map(str::to_owned),
        quantity: wanted.quantity,
        expected_unit_price: expected_minor.map(|amount| Amount { amount, currency: None }),
        tax: None,
        metadata: sutler_domain::Metadata::new(),
    }
}

fn payment_input(wish: &PaymentWish) -> PaymentInput {
    PaymentInput {
        gateway: wish.gateway.clone(),
        token: wish.token.clone(),
        capture: if wish.by_hand { CaptureMode::Manual } else { CaptureMode::Automatic },
        on_failure: if wish.or_not_at_all { OnFailure::Cancel } else { OnFailure::Keep },
        amount: wish.amount_minor.map(|amount| Amount { amount, currency: None }),
    }
}

fn heard<S: std::fmt::Debug, T>(answer: Result<Answered<S>, Problem>, show: impl Fn(&S) -> T) -> Answer<T> {
    let Answered { value, replayed } = answer.map_err(|problem| refused(&problem))?;
    Ok(Heard { value: show(&value), replayed, text: format!("{value:?}") })
}

fn read<S: std::fmt::Debug, T>(answer: Result<S, Problem>, show: impl Fn(&S) -> T) -> Answer<T> {
    heard(answer.map(|value| Answered { value, replayed: false }), show)
}

fn refused(problem: &Problem) -> Refused {
    let fault = |fault: &sutler_domain::Fault| {
        let count = |name: &str| {
            let fact = fault.facts.iter().find(|(known, _)| *known == name);
            fact.and_then(|(_, fact)| sutler_app::error::fact_json(fact).as_i64())
        };
        Fault { pointer: fault.pointer.clone(), available: count("available"), requested: count("requested") }
    };
    Refused {
        code: problem.code.to_owned(),
        detail: problem.detail.clone(),
        errors: problem.errors.iter().map(fault).collect(),
        order_id: problem.facts.get("order_id").and_then(Value::as_str).map(str::to_owned),
    }
}

fn product(view: &ProductView) -> Product {
    let [variant] = view.product.variants.as_slice() else { panic!("not one variant: {view:?}") };
    Product {
        product_id: view.product.product_id.to_string(),
        status: view.product.status.as_str().to_owned(),
        variant_id: variant.variant_id.to_string(),
        price_minor: variant.price.amount,
    }
}

fn level(stock: &StockLevel) -> Level {
    let level = stock.level;
    Level { on_hand: level.on_hand, reserved: level.reserved, available: level.available() }
}

fn reservation(view: &ReservationView) -> Reservation {
    Reservation {
        reservation_id: view.reservation.reservation_id.to_string(),
        status: view.reservation.status.as_str().to_owned(),
    }
}

fn order(view: &OrderView) -> Order {
    let order = &view.order;
    let item = |item: &sutler_domain::orders::Item| Item {
        item_id: item.item_id.to_string(),
        product_id: item.product_id.to_string(),
        ordered: item.ordered,
        canceled: item.canceled,
        fulfilled: item.fulfilled,
        returned: item.returned,
        open: item.open(),
    };
    let payment = |payment: &sutler_domain::payments::Payment| Payment {
        payment_id: payment.payment_id.to_string(),
        status: payment.status.as_str().to_owned(),
        failure_code: payment.failure.as_ref().map(|failure| failure.code.clone()),
        page_url: payment.next_action.as_ref().map(|action| action.url.clone()),
        disputed: payment.disputed,
    };
    let refund = |refund: &sutler_domain::orders::Refund| Refund {
        status: refund.status.as_str().to_owned(),
        failure_code: refund.failure.as_ref().map(|failure| failure.code.clone()),
    };
    let parcel = |parcel: &sutler_domain::orders::Fulfillment| Fulfillment {
        fulfillment_id: parcel.fulfillment_id.to_string(),
        status: parcel.status.as_str().to_owned(),
        carrier: parcel.tracking.carrier.clone(),
        number: parcel.tracking.number.clone(),
    };
    let next = next_actions(order);
    Order {
        order_id: order.order_id.to_string(),
        number: view.number,
        customer_id: order.customer_id.as_ref().map(ToString::to_string),
        status: order.status.as_str().to_owned(),
        payment_status: payment_status(order).as_str().to_owned(),
        fulfillment_status: fulfillment_status(order).as_str().to_owned(),
        items: order.items.iter().map(item).collect(),
        paid_minor: order.paid(),
        refunded_minor: order.refunded(),
        due_minor: order.due(),
        payments: order.payments.iter().map(payment).collect(),
        refunds: order.refunds.iter().map(refund).collect(),
        fulfillments: order.fulfillments.iter().map(parcel).collect(),
        holds: order.holds.iter().map(|hold| hold.code.as_str().to_owned()).collect(),
        next_actions: next.into_iter().map(|a| (a.action.to_owned(), a.reason_disabled)).collect(),
    }
}
