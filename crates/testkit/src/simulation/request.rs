//! A request as it goes out: complete, so that a repeat is the same to the byte.

use jiff::SignedDuration;
use sutler_app::catalog::{ProductPatch, VariantPatch};
use sutler_app::inventory::{AdjustInput, ReserveInput};
use sutler_app::orders::{
    Amount, CancelInput, FulfillInput, Named, OrderRequest, OrderView, PaymentInput, ReceiveInput,
    RefundInput, ReturnInput, UpdateInput,
};
use sutler_app::ports::reads::{OrderName, ProductName};
use sutler_app::{Answered, App, Caller, Problem};
use sutler_domain::orders::HoldCode;
use sutler_domain::{FulfillmentId, OrderId, PaymentId, ReservationId, ReturnId};

use super::evidence::Told;

/// A request.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time is under way")]
pub(super) enum Request {
    Place(Box<OrderRequest>),
    Pay(OrderName, PaymentInput),
    Capture(PaymentId, Option<Amount>),
    Void(PaymentId),
    Refund(RefundInput),
    Cancel(OrderName, CancelInput),
    Confirm(OrderName),
    Fulfill(OrderName, FulfillInput),
    Ship(FulfillmentId),
    Deliver(FulfillmentId),
    Unpack(FulfillmentId),
    AskReturn(OrderName, ReturnInput),
    ApproveReturn(ReturnId),
    ReceiveReturn(ReturnId, ReceiveInput),
    RejectReturn(ReturnId),
    CloseReturn(ReturnId),
    Hold(OrderName),
    Unhold(OrderName),
    Release(OrderName),
    Complete(OrderName),
    Note(OrderName, String),
    Tag(OrderName, UpdateInput),
    Decide(PaymentId, bool),
    Sync(PaymentId),
    Reserve(ReserveInput),
    Extend(ReservationId),
    Unreserve(ReservationId),
    Adjust(AdjustInput),
    Reprice(ProductName, i64),
    Archive(ProductName, bool),
}

/// What a request made: an order, a basket, or something else.
pub(super) enum Made {
    Order(OrderId),
    Basket(ReservationId),
    Nothing,
}

impl Request {
    /// Send it. Gives what came back and what it made.
    pub(super) async fn send(&self, app: &App, caller: &Caller) -> Result<(Told, Made), Problem> {
        match self {
            Self::Place(_)
            | Self::Cancel(..)
            | Self::Confirm(_)
            | Self::Hold(_)
            | Self::Unhold(_)
            | Self::Release(_)
            | Self::Complete(_)
            | Self::Note(..)
            | Self::Tag(..) => self.send_about_order(app, caller).await,
            Self::Fulfill(..) | Self::Ship(_) | Self::Deliver(_) | Self::Unpack(_) => {
                self.send_about_goods(app, caller).await
            }
            Self::AskReturn(..)
            | Self::ApproveReturn(_)
            | Self::ReceiveReturn(..)
            | Self::RejectReturn(_)
            | Self::CloseReturn(_) => self.send_about_return(app, caller).await,
            Self::Pay(..)
            | Self::Capture(..)
            | Self::Void(_)
            | Self::Refund(..)
            | Self::Decide(..)
            | Self::Sync(_) => self.send_about_money(app, caller).await,
            _ => self.send_about_shop(app, caller).await,
        }
    }

    async fn send_about_order(&self, app: &App, caller: &Caller) -> Result<(Told, Made), Problem> {
        let orders = &app.orders;
        let answered = match self {
            Self::Place(request) => orders.place(caller, (**request).clone()).await?,
            Self::Cancel(name, input) => orders.cancel(caller, name, input.clone()).await?,
            Self::Confirm(name) => orders.confirm(caller, name).await?,
            Self::Hold(name) => orders.hold(caller, name, HoldCode::Manual, None).await?,
            Self::Unhold(name) => orders.unhold(caller, name, HoldCode::Manual).await?,
            Self::Release(name) => orders.release(caller, name).await?,
            Self::Complete(name) => orders.complete(caller, name).await?,
            Self::Tag(name, input) => orders.update(caller, name, input.clone()).await?,
            Self::Note(name, body) => {
                let noted = orders.note(caller, name, body.clone()).await?;
                return Ok(told(noted.map(|(view, note)| (view, note.note_id.to_string()))));
            }
            _ => unreachable!("only what is about an order comes here"),
        };
        Ok(told(answered.map(|view| (view, String::new()))))
    }

    async fn send_about_goods(&self, app: &App, caller: &Caller) -> Result<(Told, Made), Problem> {
        let orders = &app.orders;
        let answered = match self {
            Self::Ship(id) => orders.ship(caller, id, None).await?,
            Self::Deliver(id) => orders.deliver(caller, id).await?,
            Self::Unpack(id) => orders.cancel_fulfillment(caller, id).await?,
            Self::Fulfill(name, input) => {
                let made = orders.fulfill(caller, name, input.clone()).await?;
                return Ok(told(made.map(|(view, id)| (view, id.to_string()))));
            }
            _ => unreachable!("only what is about goods comes here"),
        };
        Ok(told(answered.map(|view| (view, String::new()))))
    }

    async fn send_about_return(&self, app: &App, caller: &Caller) -> Result<(Told, Made), Problem> {
        let orders = &app.orders;
        let answered = match self {
            Self::ApproveReturn(id) => orders.approve_return(caller, id, None).await?,
            Self::ReceiveReturn(id, input) => orders.receive_return(caller, id, input.clone()).await?,
            Self::RejectReturn(id) => orders.reject_return(caller, id, None).await?,
            Self::CloseReturn(id) => orders.close_return(caller, id).await?,
            Self::AskReturn(name, input) => {
                let made = orders.request_return(caller, name, input.clone()).await?;
                return Ok(told(made.map(|(view, id)| (view, id.to_string()))));
            }
            _ => unreachable!("only what is about returns comes here"),
        };
        Ok(told(answered.map(|view| (view, String::new()))))
    }

    async fn send_about_money(&self, app: &App, caller: &Caller) -> Result<(Told, Made), Problem> {
        let payments = &app.payments;
        let part = |answered: Answered<(OrderView, PaymentId)>| {
            told(answered.map(|(view, id)| (view, id.to_string())))
        };
        Ok(match self {
            Self::Pay(name, input) => part(payments.start(caller, name, input.clone()).await?),
            Self::Capture(id, amount) => part(payments.capture(caller, id, *amount).await?),
            Self::Void(id) => part(payments.void(caller, id).await?),
            Self::Sync(id) => part(payments.sync(caller, id).await?),
            Self::Decide(id, approve) => {
                let view = payments.buyer_decided("fake", id, *approve).await?;
                told(Answered { value: (view, String::new()), replayed: false })
            }
            Self::Refund(input) => {
                let refunded = payments.refund(caller, input.clone()).await?;
                told(refunded.map(|(view, id)| (view, id.to_string())))
            }
            _ => unreachable!("only what is about money comes here"),
        })
    }

    async fn send_about_shop(&self, app: &App, caller: &Caller) -> Result<(Told, Made), Problem> {
        let (inventory, catalog) = (&app.inventory, &app.catalog);
        Ok(match self {
            Self::Reserve(input) => kept(inventory.reserve(caller, input).await?),
            Self::Extend(id) => kept(
                inventory.extend(caller, id, Some(SignedDuration::from_secs(120).as_secs() * 1000)).await?,
            ),
            Self::Unreserve(id) => kept(inventory.release(caller, id).await?),
            Self::Adjust(input) => {
                let done = inventory.adjust(caller, input).await?;
                let answer = format!("{:?}", done.value.at);
                thing(&done.value.at.variant_id, done.value.version.0, answer, done.replayed)
            }
            Self::Reprice(name, price) => {
                let price = Some(Amount { amount: *price, currency: None });
                let variant = Some(VariantPatch { price, ..VariantPatch::default() });
                let patch = ProductPatch { variant, ..ProductPatch::default() };
                saved(&catalog.patch(caller, name, &patch).await?)
            }
            Self::Archive(name, true) => saved(&catalog.publish(caller, name).await?),
            Self::Archive(name, false) => saved(&catalog.archive(caller, name).await?),
            _ => unreachable!("only what is about the shop comes here"),
        })
    }

    /// The refund of an order.
    pub(super) fn refund(
        order: &OrderName,
        amount: Option<i64>,
        items: Vec<(sutler_domain::ItemId, i64)>,
    ) -> Self {
        let amount = amount.map(|amount| Amount { amount, currency: None });
        let input = RefundInput {
            order: Named(order.clone()),
            payment_id: None,
            amount,
            restock: !items.is_empty(),
            items,
            return_id: None,
            reason: None,
            note: None,
        };
        Self::Refund(input)
    }
}

fn told(answered: Answered<(OrderView, String)>) -> (Told, Made) {
    let Answered { value: (view, part), replayed } = answered;
    let body = serde_json::to_string(&view.order).unwrap_or_default();
    let answer = format!("#{} v{} {part} {body}", view.number, view.version);
    let id = view.order.order_id.clone();
    (Told::Done { id: id.to_string(), version: view.version.0, answer, replayed }, Made::Order(id))
}

fn kept(answered: Answered<sutler_app::inventory::ReservationView>) -> (Told, Made) {
    let Answered { value, replayed } = answered;
    let answer = serde_json::to_string(&value.reservation).unwrap_or_default();
    let id = value.reservation.reservation_id;
    (Told::Done { id: id.to_string(), version: value.version.0, answer, replayed }, Made::Basket(id))
}

fn saved(answered: &Answered<sutler_app::catalog::Saved>) -> (Told, Made) {
    let view = &answered.value.view;
    thing(&view.product.product_id, view.version.0, format!("{:?}", view.product), answered.replayed)
}

fn thing(id: &impl std::fmt::Display, version: u64, answer: String, replayed: bool) -> (Told, Made) {
    (Told::Done { id: id.to_string(), version, answer, replayed }, Made::Nothing)
}
