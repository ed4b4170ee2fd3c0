//! What is asked of the use cases.

use sutler_app::orders::{
    Amount, CancelInput, FulfillInput, ItemInput, Named, OrderRequest, OrderView, PaymentInput, ReceiveInput,
    ReceivedInput, RefundInput, ReturnInput,
};
use sutler_app::ports::reads::OrderName;
use sutler_app::{Answered, App, Caller, Problem};
use sutler_domain::orders::{HoldCode, ReturnCondition, Tracking};
use sutler_domain::payments::{CaptureMode, OnFailure};
use sutler_domain::{
    Currency, CustomerId, FulfillmentId, ItemId, LocationId, Metadata, OrderId, PaymentId, ProductId,
    ReservationId, ReturnId,
};

use crate::gherkin::door::{Act, OrderWish, PaymentWish, Wanted};

pub(super) async fn acted(
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
                return_id: None,
                restock: *restock,
                reason: None,
                note: None,
            };
            payments.refund(caller, input).await.map(whole)
        }
        about_return => returned(app, caller, name, about_return).await,
    }
}

async fn returned(
    app: &App,
    caller: &Caller,
    name: OrderName,
    act: &Act,
) -> Result<Answered<OrderView>, Problem> {
    let orders = &app.orders;
    let back = |id: &str| ReturnId::parse(id).unwrap();
    match act {
        Act::AskReturn { items, reason } => {
            let line = |(item, units)| (item, units, reason.clone());
            let items = units(items).into_iter().map(line).collect();
            let input = ReturnInput { items, ..ReturnInput::default() };
            orders.request_return(caller, &name, input).await.map(whole)
        }
        Act::ApproveReturn { return_id } => orders.approve_return(caller, &back(return_id), None).await,
        Act::ReceiveReturn { return_id, items, condition } => {
            let all = ReturnCondition::ALL.into_iter();
            let condition = all.into_iter().find(|known| known.as_str() == condition).unwrap();
            let came = |(item_id, quantity)| ReceivedInput { item_id, quantity, condition, restock: None };
            let items = units(items).into_iter().map(came).collect();
            orders.receive_return(caller, &back(return_id), ReceiveInput { items }).await
        }
        Act::RejectReturn { return_id, reason } => {
            orders.reject_return(caller, &back(return_id), Some(reason.clone())).await
        }
        Act::CloseReturn { return_id } => orders.close_return(caller, &back(return_id)).await,
        Act::RefundReturn { return_id, amount_minor } => {
            let input = RefundInput {
                order: Named(name),
                payment_id: None,
                amount: amount_minor.map(|amount| Amount { amount, currency: None }),
                items: Vec::new(),
                return_id: Some(back(return_id)),
                restock: false,
                reason: None,
                note: None,
            };
            app.payments.refund(caller, input).await.map(whole)
        }
        other => panic!("{other:?} is not about a return"),
    }
}

/// The order of an answer about a part of it.
fn whole<P>(answered: Answered<(OrderView, P)>) -> Answered<OrderView> {
    answered.map(|(view, _)| view)
}

pub(super) fn named(name: &str) -> OrderName {
    match name.split_once(':') {
        Some(("number", number)) => OrderName::Number(number.parse().unwrap()),
        Some(("ref", reference)) => OrderName::Reference(reference.to_owned()),
        _ => OrderName::Id(OrderId::parse(name).unwrap()),
    }
}

fn units(items: &[(String, i64)]) -> Vec<(ItemId, i64)> {
    items.iter().map(|(id, units)| (ItemId::parse(id).unwrap(), *units)).collect()
}

pub(super) fn request(wish: &OrderWish) -> OrderRequest {
    OrderRequest {
        customer_id: Some(CustomerId::parse(&wish.customer_id).unwrap()),
        items: wish.items.iter().map(|wanted| item_input(wanted, wish.expected_minor)).collect(),
        currency: wish.currency.as_deref().map(|code| Currency::parse(code).unwrap()),
        location: wish.location.as_deref().map(|id| LocationId::parse(id).unwrap()),
        reservation_id: wish.reservation_id.as_deref().map(|id| ReservationId::parse(id).unwrap()),
        reference: wish.reference.clone(),
        payment: wish.payment.as_ref().map(payment_input),
        ..OrderRequest::default()
    }
}

pub(super) fn item_input(wanted: &Wanted, expected_minor: Option<i64>) -> ItemInput {
    let sku = wanted.product.strip_prefix("sku:");
    ItemInput {
        product_id: sku.is_none().then(|| ProductId::parse(&wanted.product).unwrap()),
        variant_id: None,
        sku: sku.map(str::to_owned),
        quantity: wanted.quantity,
        expected_unit_price: expected_minor.map(|amount| Amount { amount, currency: None }),
        tax: None,
        metadata: Metadata::new(),
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
