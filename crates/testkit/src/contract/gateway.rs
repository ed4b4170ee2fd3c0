//! What a gateway means to the engine: a call takes effect at most once, and what became of it can be asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use jiff::Timestamp;
use sutler_app::ports::{GatewayCall, PaymentGateway, Unbelievable};
use sutler_domain::payments::{Operation, Outcome, gateway_key};
use sutler_domain::{Money, OrderId, PaymentId};

use crate::builders as some;

/// A gateway with nothing in its books.
pub struct GatewayRig {
    /// The gateway.
    pub gateway: Arc<dyn PaymentGateway>,
    /// A token of a means that pays.
    pub pays: Option<String>,
    /// A token of a means that is declined; `None` for a gateway that agrees to everything, because it has nobody to ask
    /// and no books to judge by.
    pub declined: Option<String>,
    /// The time that its payments begin at.
    pub now: Timestamp,
    payments: AtomicU64,
}

impl GatewayRig {
    /// A rig.
    pub fn new(gateway: Arc<dyn PaymentGateway>, pays: &str, declined: Option<&str>, now: Timestamp) -> Self {
        let (pays, declined) = (Some(pays.to_owned()), declined.map(str::to_owned));
        Self { gateway, pays, declined, now, payments: AtomicU64::new(1) }
    }

    fn judges(&self) -> bool {
        self.declined.is_some()
    }

    /// A fresh payment of EUR 10.00.
    fn payment(&self, token: Option<String>) -> Payment<'_> {
        let n = self.payments.fetch_add(1, Ordering::Relaxed);
        Payment { rig: self, id: some::id(n), order_id: some::id(n), token, name: None }
    }
}

struct Payment<'r> {
    rig: &'r GatewayRig,
    id: PaymentId,
    order_id: OrderId,
    token: Option<String>,
    name: Option<String>,
}

impl Payment<'_> {
    fn asks(&self, operation: Operation, n: u32, amount: i64) -> GatewayCall {
        GatewayCall {
            key: gateway_key(&self.id, operation, n),
            operation,
            payment_id: self.id.clone(),
            order_id: self.order_id.clone(),
            amount: Money { amount, currency: some::euro() },
            token: self.token.clone(),
            transaction_id: self.name.clone(),
            started_at: self.rig.now,
        }
    }

    async fn call(&mut self, operation: Operation, n: u32, amount: i64) -> Outcome {
        let call = self.asks(operation, n, amount);
        let outcome = self.rig.gateway.call(&call).await;
        assert_eq!(self.rig.gateway.lookup(&named(call, &outcome)).await, outcome, "asked again");
        if let (Outcome::Succeeded { transaction_id }, true) = (&outcome, operation != Operation::Refund) {
            self.name = Some(transaction_id.clone());
        }
        outcome
    }

    /// What the gateway moved; `None` for one without books.
    async fn moved(&self) -> Option<(i64, i64)> {
        let statement = self.rig.gateway.statement(&self.asks(Operation::Charge, 1, 1000)).await.unwrap();
        statement.map(|statement| (statement.taken, statement.given_back))
    }

    /// The first call: money is taken at once where the gateway can.
    async fn paid(&mut self) {
        if self.rig.gateway.takes_at_once(self.token.as_deref()) {
            assert!(succeeded(&self.call(Operation::Charge, 1, 1000).await));
        } else {
            assert!(succeeded(&self.call(Operation::Authorize, 1, 1000).await));
            assert!(succeeded(&self.call(Operation::Capture, 1, 1000).await));
        }
    }
}

/// The call as the engine asks about it once it knows the gateway's name for the payment.
fn named(call: GatewayCall, outcome: &Outcome) -> GatewayCall {
    match outcome {
        Outcome::Succeeded { transaction_id } if call.operation != Operation::Refund => {
            GatewayCall { transaction_id: Some(transaction_id.clone()), ..call }
        }
        _ => call,
    }
}

fn succeeded(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Succeeded { .. })
}

fn declined(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Declined(_))
}

/// A named case.
pub type Case = (&'static str, for<'r> fn(&'r GatewayRig) -> BoxFuture<'r, ()>);

/// Run every case, each on a rig of its own.
pub async fn run(make: impl AsyncFn() -> GatewayRig) {
    for (name, case) in CASES {
        // Shown by the test runner when the case fails.
        tracing::info!(name, "case");
        let rig = make().await;
        case(&rig).await;
    }
}

/// Every case.
pub const CASES: &[Case] = &[
    ("a repeat under the same key takes effect once", |rig| Box::pin(a_repeat_takes_effect_once(rig))),
    ("what was secured is captured once", |rig| Box::pin(what_was_secured_is_captured_once(rig))),
    ("what was secured is given up", |rig| Box::pin(what_was_secured_is_given_up(rig))),
    ("what was taken is not given up", |rig| Box::pin(what_was_taken_is_not_given_up(rig))),
    ("money goes back in parts, and not beyond", |rig| Box::pin(money_goes_back_in_parts(rig))),
    ("a refusal stays one", |rig| Box::pin(a_refusal_stays_one(rig))),
    ("a question takes no effect", |rig| Box::pin(a_question_takes_no_effect(rig))),
    ("the books tell all that moved", |rig| Box::pin(the_books_tell_all(rig))),
    ("a notice without a signature is not believed", |rig| {
        Box::pin(async { an_unsigned_notice_is_not_believed(rig) })
    }),
];

async fn a_repeat_takes_effect_once(rig: &GatewayRig) {
    let mut payment = rig.payment(rig.pays.clone());
    payment.paid().await;
    let first =
        if rig.gateway.takes_at_once(rig.pays.as_deref()) { Operation::Charge } else { Operation::Capture };
    let before = payment.moved().await;
    for _ in 0..3 {
        assert!(succeeded(&payment.call(first, 1, 1000).await));
    }
    assert_eq!(payment.moved().await, before);
    assert!(before.is_none_or(|moved| moved == (1000, 0)), "{before:?}");
}

async fn what_was_secured_is_captured_once(rig: &GatewayRig) {
    let mut payment = rig.payment(rig.pays.clone());
    assert!(succeeded(&payment.call(Operation::Authorize, 1, 1000).await));
    assert!(payment.moved().await.is_none_or(|moved| moved == (0, 0)));
    assert!(succeeded(&payment.call(Operation::Capture, 1, 1000).await));
    assert!(succeeded(&payment.call(Operation::Capture, 1, 1000).await));
    if rig.judges() {
        let more = payment.rig.gateway.call(&payment.asks(Operation::Capture, 2, 1)).await;
        assert!(declined(&more), "{more:?}");
        assert_eq!(payment.moved().await, Some((1000, 0)));
    }
}

async fn what_was_secured_is_given_up(rig: &GatewayRig) {
    let mut payment = rig.payment(rig.pays.clone());
    assert!(succeeded(&payment.call(Operation::Authorize, 1, 1000).await));
    assert!(succeeded(&payment.call(Operation::Void, 1, 1000).await));
    assert!(succeeded(&payment.call(Operation::Void, 1, 1000).await));
    if rig.judges() {
        let late = payment.rig.gateway.call(&payment.asks(Operation::Capture, 1, 1000)).await;
        assert!(declined(&late), "{late:?}");
        assert_eq!(payment.moved().await, Some((0, 0)));
    }
}

async fn what_was_taken_is_not_given_up(rig: &GatewayRig) {
    let mut payment = rig.payment(rig.pays.clone());
    payment.paid().await;
    if rig.judges() {
        let late = payment.rig.gateway.call(&payment.asks(Operation::Void, 1, 1000)).await;
        assert!(declined(&late), "{late:?}");
        assert_eq!(payment.moved().await, Some((1000, 0)));
    }
}

async fn money_goes_back_in_parts(rig: &GatewayRig) {
    let mut payment = rig.payment(rig.pays.clone());
    payment.paid().await;
    for (n, amount) in [(1, 300), (2, 700)] {
        assert!(succeeded(&payment.call(Operation::Refund, n, amount).await));
        // The same refund again, and not another one.
        assert!(succeeded(&payment.call(Operation::Refund, n, amount).await));
    }
    if rig.judges() {
        let more = payment.rig.gateway.call(&payment.asks(Operation::Refund, 3, 1)).await;
        assert!(declined(&more), "{more:?}");
        assert_eq!(payment.moved().await, Some((1000, 1000)));
    }
}

async fn a_refusal_stays_one(rig: &GatewayRig) {
    let Some(token) = rig.declined.clone() else { return };
    let payment = rig.payment(Some(token));
    let call = payment.asks(Operation::Charge, 1, 1000);
    let first = rig.gateway.call(&call).await;
    assert!(declined(&first), "{first:?}");
    assert_eq!(rig.gateway.call(&call).await, first);
    assert_eq!(rig.gateway.lookup(&call).await, first);
    assert!(payment.moved().await.is_none_or(|moved| moved == (0, 0)));
}

async fn a_question_takes_no_effect(rig: &GatewayRig) {
    if !rig.judges() {
        return;
    }
    let mut payment = rig.payment(rig.pays.clone());
    let charge = payment.asks(Operation::Charge, 1, 1000);
    for _ in 0..3 {
        assert_eq!(rig.gateway.lookup(&charge).await, Outcome::NotFound);
    }
    assert_eq!(payment.moved().await, None);
    payment.paid().await;
    assert_eq!(rig.gateway.lookup(&payment.asks(Operation::Refund, 1, 1000)).await, Outcome::NotFound);
    assert_eq!(payment.moved().await, Some((1000, 0)));
}

async fn the_books_tell_all(rig: &GatewayRig) {
    let mut wanted = Vec::new();
    for n in 0..7 {
        let mut payment = rig.payment(rig.pays.clone());
        payment.paid().await;
        assert!(succeeded(&payment.call(Operation::Refund, 1, 100 + n).await));
        wanted.push((payment.id.clone(), 1000, 100 + n));
    }
    let (mut told, mut after) = (Vec::new(), None::<String>);
    while let Some(page) = rig.gateway.statements(rig.now, after.as_deref()).await {
        let page = page.unwrap();
        told.extend(page.statements.into_iter().filter_map(|s| Some((s.payment_id?, s.taken, s.given_back))));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    told.sort();
    told.dedup();
    assert!(told == wanted || !rig.judges(), "{told:?}");
}

fn an_unsigned_notice_is_not_believed(rig: &GatewayRig) {
    let body = br#"{"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {}}}"#;
    for signature in [None, Some(""), Some("t=1,v1=00")] {
        let notice = rig.gateway.notice(signature, body);
        assert!(matches!(notice, Err(Unbelievable::Forged(_))), "{notice:?}");
    }
}
