//! Orders that were placed elsewhere, told as they were: paid, sent, canceled and given back, each at its own time.
//!
//! What happened outside moved stock and money outside. So nothing is reserved, nothing leaves a shelf, and the money
//! went through a gateway that nobody can call.

use jiff::Timestamp;

use super::place::{check, check_discounts};
use super::refund::{payer, refund_payment};
use super::totals::priced_at;
use super::{PlaceOrder, Refusal, secured, stop, totals_of};
use crate::orders::{FulfillmentLine, Order, OrderEvent, RefundLine, Tracking};
use crate::payments::{CaptureMode, OnFailure, Operation};
use crate::{Fault, FulfillmentId, ItemId, Money, MoneyError, PaymentId, RefundId};

/// The gateway of payments that were made elsewhere.
pub const GATEWAY: &str = "imported";

/// An order as it was elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastOrder {
    /// What was bought; its payment, its reservation and the time of that are ignored.
    pub order: PlaceOrder,
    /// When.
    pub placed_at: Timestamp,
    /// How it was paid.
    pub payment: Option<PastPayment>,
    /// How it was sent.
    pub parcel: Option<PastParcel>,
    /// When it was called off, and why.
    pub canceled: Option<(Timestamp, Option<String>)>,
    /// What went back.
    pub refund: Option<PastRefund>,
}

/// Money that was taken or secured elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastPayment {
    /// Our id for it.
    pub payment_id: PaymentId,
    /// How much, in minor units; `None`: the total of the order.
    pub amount: Option<i64>,
    /// Whether it was taken, and not only secured.
    pub captured: bool,
    /// When.
    pub at: Timestamp,
    /// The name it has elsewhere.
    pub transaction_id: String,
}

/// Goods that were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastParcel {
    /// Our id for it.
    pub fulfillment_id: FulfillmentId,
    /// Which items, and how many units of each; empty: all.
    pub lines: Vec<(ItemId, i64)>,
    /// When they left.
    pub at: Timestamp,
    /// Whether they arrived.
    pub delivered: bool,
}

/// Money that went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRefund {
    /// Our id for it.
    pub refund_id: RefundId,
    /// How much, in minor units.
    pub amount: i64,
    /// Units that came back for it.
    pub lines: Vec<(ItemId, i64)>,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// The name it has elsewhere.
    pub transaction_id: String,
}

/// A story being told. Its times never decrease: who says that something was paid before it was bought has two clocks.
struct Story {
    order: Option<Order>,
    events: Vec<(OrderEvent, Timestamp)>,
    at: Timestamp,
}

impl Story {
    fn tell(&mut self, event: OrderEvent, at: Timestamp) {
        self.at = self.at.max(at);
        self.order = Order::evolve(self.order.take(), &event, self.at);
        self.events.push((event, self.at));
    }

    fn is(&self, what: impl FnOnce(&Order) -> bool) -> bool {
        self.order.as_ref().is_some_and(what)
    }
}

/// All events of an order that was placed elsewhere, in the order in which they happened.
pub fn record(past: PastOrder) -> Result<Vec<(OrderEvent, Timestamp)>, Vec<Fault>> {
    check(&past.order)?;
    let mut story = Story { order: None, events: Vec::new(), at: past.placed_at };
    let (refund, canceled) = (past.refund, past.canceled);
    story.tell(placed(past.order)?, past.placed_at);
    if let Some(payment) = past.payment {
        pay(&mut story, payment)?;
    }
    let is_sent = past.parcel.is_some();
    let is_secured = story.is(|order| secured(order) >= order.totals.total);
    // What was sent was accepted, whoever was to pay it.
    if is_secured || is_sent {
        story.tell(OrderEvent::OrderConfirmed {}, past.placed_at);
    }
    if let Some(parcel) = past.parcel {
        send(&mut story, parcel);
    }
    if let Some((at, reason)) = canceled {
        story.tell(OrderEvent::OrderCanceled { reason }, at);
    }
    if let Some(refund) = refund {
        let order = story.order.as_ref();
        let given = order.map_or(Ok(Vec::new()), |order| past_refund(order, &refund));
        for event in given.map_err(|refusal| vec![Fault::invalid("/refund", refusal.to_string())])? {
            story.tell(event, refund.at);
        }
    }
    if story.is(|order| order.status == crate::orders::OrderStatus::Confirmed && stop::is_complete(order)) {
        let at = story.at;
        story.tell(OrderEvent::OrderCompleted {}, at);
    }
    Ok(story.events)
}

fn placed(request: PlaceOrder) -> Result<OrderEvent, Vec<Fault>> {
    let overflow = |error: MoneyError| vec![Fault::invalid("/items", error.to_string())];
    let currency = request.currency;
    let exact = request.items.iter().map(|item| {
        crate::orders::exact_total(&item.metadata, item.quantity, currency)
            .map_or_else(|| item.unit_price.times(item.quantity), |amount| Money::new(amount, currency))
    });
    let exact = exact.collect::<Result<Vec<_>, _>>().map_err(overflow)?;
    let (items, shipping) = priced_at(&request, exact).map_err(overflow)?;
    let totals = totals_of(currency, &items, shipping.as_ref()).map_err(overflow)?;
    check_discounts(&items, &totals)?;
    Ok(OrderEvent::OrderPlaced {
        order_id: request.order_id,
        customer_id: request.customer_id,
        contact: request.contact,
        reference: request.reference,
        currency,
        items,
        shipping,
        discounts: request.discounts,
        totals,
        total: Money { amount: totals.total, currency },
        tags: request.tags,
        metadata: request.metadata,
    })
}

/// An intent and its outcome: what was called elsewhere has an answer already.
fn pay(story: &mut Story, payment: PastPayment) -> Result<(), Vec<Fault>> {
    let PastPayment { payment_id, amount, captured, at, transaction_id } = payment;
    let Some((order_id, currency, total)) =
        story.order.as_ref().map(|order| (order.order_id.clone(), order.currency, order.totals.total))
    else {
        return Ok(());
    };
    let amount = amount.unwrap_or(total);
    if !(0..=total).contains(&amount) {
        let detail = format!("{amount} were paid, the total is {total} minor units");
        return Err(vec![Fault::invalid("/payment", detail)]);
    }
    if amount == 0 {
        return Ok(());
    }
    let (operation, n) = if captured { (Operation::Charge, 1) } else { (Operation::Authorize, 1) };
    let capture = if captured { CaptureMode::Automatic } else { CaptureMode::Manual };
    let started = OrderEvent::PaymentStarted {
        payment_id: payment_id.clone(),
        gateway: GATEWAY.to_owned(),
        token: None,
        capture,
        on_failure: OnFailure::Keep,
        amount,
        operation,
        n,
    };
    story.tell(started, at);
    let outcome = if captured {
        let amount = Money { amount, currency };
        OrderEvent::PaymentProcessed { order_id, payment_id, amount, transaction_id, operation, n }
    } else {
        OrderEvent::PaymentAuthorized { payment_id, amount, transaction_id }
    };
    story.tell(outcome, at);
    Ok(())
}

/// Goods that left without leaving a shelf of ours.
fn send(story: &mut Story, parcel: PastParcel) {
    let PastParcel { fulfillment_id, lines, at, delivered } = parcel;
    let all = |order: &Order| order.items.iter().map(|i| (i.item_id.clone(), i.ordered)).collect();
    let lines = if lines.is_empty() { story.order.as_ref().map_or(Vec::new(), all) } else { lines };
    let lines = lines.into_iter().map(|(item_id, quantity)| FulfillmentLine { item_id, quantity }).collect();
    let tracking = Tracking::default();
    let id = fulfillment_id.clone();
    story.tell(OrderEvent::FulfillmentCreated { fulfillment_id, lines, tracking: tracking.clone() }, at);
    let shipped = OrderEvent::FulfillmentShipped { fulfillment_id: id.clone(), tracking, lines: Vec::new() };
    story.tell(shipped, at);
    if delivered {
        story.tell(OrderEvent::FulfillmentDelivered { fulfillment_id: id }, at);
    }
}

/// Money of an order that went back elsewhere: the intent and its outcome. A refund that is known gives no events.
pub fn past_refund(order: &Order, refund: &PastRefund) -> Result<Vec<OrderEvent>, Refusal> {
    if order.refund(&refund.refund_id).is_some() {
        return Ok(Vec::new());
    }
    if refund.amount < 1 {
        return Err(Refusal::invalid("/amount", format!("{} is not an amount above zero", refund.amount)));
    }
    let mut lines: Vec<RefundLine> = Vec::with_capacity(refund.lines.len());
    for (item_id, units) in &refund.lines {
        let item = order.item(item_id).ok_or_else(|| Refusal::unknown("item", item_id))?;
        let (item_id, returnable) = (item_id.clone(), item.returnable());
        if *units > returnable {
            return Err(Refusal::ExceedsReturnable { item_id, requested: *units, returnable });
        }
        lines.push(RefundLine { item_id, canceled: 0, shipped: *units, restocked: 0, returned: 0 });
    }
    let payment = payer(order, None, refund.amount)?;
    let (refund_id, amount) = (refund.refund_id.clone(), refund.amount);
    let started = refund_payment(&payment, refund_id.clone(), amount, lines, refund.reason.clone());
    let transaction_id = refund.transaction_id.clone();
    let payment_id = payment.payment_id;
    Ok(vec![started, OrderEvent::RefundSucceeded { refund_id, payment_id, amount, transaction_id }])
}
