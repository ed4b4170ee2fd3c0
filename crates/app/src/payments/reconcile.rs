//! The gateway's books beside ours, both ways: payments without an order, orders without a payment, amounts that differ.

use futures::future::join_all;
use jiff::Timestamp;
use sutler_domain::orders::Order;
use sutler_domain::payments::{Operation, Payment};
use sutler_domain::{Currency, Fault, OrderId, PaymentId};

use super::Payments;
use super::ask::attempt;
use super::call::call_of;
use crate::caller::Caller;
use crate::error::{Kind, Problem};
use crate::page::{Cursor, From, PageRequest};
use crate::ports::reads::{Having, OrderName, OrderQuery, OrderSort, Span};
use crate::ports::{GatewayCall, PaymentGateway, ReadError, Statement};

/// Orders looked at in one page.
const ORDERS_PAGE: u32 = 50;
/// Questions to a gateway at one time.
const QUESTIONS_MAX: usize = 8;
/// Cursors of the first half, the gateway's books, and of the second, ours.
const THEIRS: &str = "theirs:";
const OURS: &str = "ours:";

/// How two books differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The gateway moved money for a payment that no order has.
    PaymentWithoutOrder,
    /// An order has money of a payment that the gateway does not know.
    OrderWithoutPayment,
    /// Both know the payment, and one knows of more money.
    AmountsDiffer,
}

impl DifferenceKind {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentWithoutOrder => "payment_without_order",
            Self::OrderWithoutPayment => "order_without_payment",
            Self::AmountsDiffer => "amounts_differ",
        }
    }
}

/// Money of one payment as one side has it, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The currency of both.
    pub currency: Currency,
    /// Taken.
    pub taken: i64,
    /// Given back.
    pub given_back: i64,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// How they differ.
    pub kind: DifferenceKind,
    /// The payment.
    pub payment_id: PaymentId,
    /// Its order, when there is one.
    pub order_id: Option<OrderId>,
    /// The gateway's own name for it.
    pub transaction_id: Option<String>,
    /// What the gateway has.
    pub theirs: Option<Moved>,
    /// What we have.
    pub ours: Option<Moved>,
}

/// What a look at both books found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Payments compared.
    pub checked: u64,
    /// Payments with a call in flight, which will tell by themselves.
    pub in_flight: u64,
    /// Payments at the gateway that name none of ours: somebody else uses the same account.
    pub foreign: u64,
    /// Every difference.
    pub differences: Vec<Difference>,
    /// Where to go on.
    pub next: Option<String>,
}

enum Verdict {
    Equal,
    InFlight,
    Foreign,
    Differs(Box<Difference>),
}

impl Payments {
    /// A stretch of the comparison of payments since a time: first the gateway's books with ours, then ours with the
    /// gateway's. `after` is the `next` of the stretch before.
    pub async fn reconcile(
        &self,
        caller: &Caller,
        gateway: &str,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<Reconciliation, Problem> {
        caller.may("orders:read")?;
        let unknown = || Problem::not_found("gateway that keeps books", gateway);
        let port = self.room.ports.gateways.get(gateway).ok_or_else(unknown)?;
        if let Some(cursor) = after.and_then(|after| after.strip_prefix(OURS)) {
            return self.ours_beside_theirs(gateway, &**port, since, cursor).await;
        }
        let after = after.map(|after| after.strip_prefix(THEIRS).ok_or_else(bad_cursor)).transpose()?;
        let page = port.statements(since, after).await.ok_or_else(unknown)?.map_err(unread)?;
        let mut found = Reconciliation::default();
        for some in page.statements.chunks(QUESTIONS_MAX) {
            let judged = join_all(some.iter().map(|theirs| self.judge(gateway, &**port, theirs))).await;
            judged.into_iter().try_for_each(|verdict| verdict.map(|verdict| found.add(verdict)))?;
        }
        found.next = Some(page.next.map_or_else(|| OURS.to_owned(), |next| format!("{THEIRS}{next}")));
        Ok(found)
    }

    async fn judge(
        &self,
        gateway: &str,
        port: &dyn PaymentGateway,
        theirs: &Statement,
    ) -> Result<Verdict, Problem> {
        let Some(payment_id) = &theirs.payment_id else { return Ok(Verdict::Foreign) };
        let name = OrderName::Part(payment_id.to_string());
        let order = self.room.ports.orders.order(&name).await?.map(|stored| stored.value);
        let ours = order.as_ref().and_then(|order| Some((order, order.payment(payment_id)?)));
        match ours.filter(|(_, payment)| payment.gateway == gateway) {
            Some((order, payment)) => self.compare(port, order, payment, Some(theirs)).await,
            None if theirs.taken == 0 => Ok(Verdict::Equal),
            None => Ok(Verdict::Differs(Box::new(Difference {
                kind: DifferenceKind::PaymentWithoutOrder,
                payment_id: payment_id.clone(),
                order_id: None,
                transaction_id: Some(theirs.transaction_id.clone()),
                theirs: Some(moved_there(theirs)),
                ours: None,
            }))),
        }
    }

    /// What differs is looked at once more: money may have moved between two looks.
    async fn compare(
        &self,
        port: &dyn PaymentGateway,
        order: &Order,
        payment: &Payment,
        theirs: Option<&Statement>,
    ) -> Result<Verdict, Problem> {
        if is_same(order, payment, theirs) {
            Ok(Verdict::Equal)
        } else {
            self.look(port, order, payment).await
        }
    }

    /// Once the gateway was asked about what had differed: see whether it still does.
    pub(super) async fn judge_again(
        &self,
        gateway: &str,
        order_id: &OrderId,
        payment_id: &PaymentId,
        found: &mut Reconciliation,
    ) -> Result<(), Problem> {
        let stored = self.stored(order_id).await?;
        let payment =
            stored.value.payment(payment_id).ok_or_else(|| Problem::not_found("payment", payment_id))?;
        let verdict = self.look(self.gateway(gateway)?, &stored.value, payment).await?;
        found.file(verdict);
        Ok(())
    }

    /// One payment on both sides as it is now.
    async fn look(
        &self,
        port: &dyn PaymentGateway,
        order: &Order,
        payment: &Payment,
    ) -> Result<Verdict, Problem> {
        let theirs = port.statement(&question(order, payment)).await.map_err(unread)?;
        let stored = self.stored(&order.order_id).await?;
        let order = &stored.value;
        let Some(payment) = order.payment(&payment.payment_id) else { return Ok(Verdict::InFlight) };
        if is_same(order, payment, theirs.as_ref()) {
            return Ok(Verdict::Equal);
        }
        if !payment.open.is_empty() {
            return Ok(Verdict::InFlight);
        }
        let kind = match &theirs {
            Some(_) => DifferenceKind::AmountsDiffer,
            None => DifferenceKind::OrderWithoutPayment,
        };
        Ok(Verdict::Differs(Box::new(Difference {
            kind,
            payment_id: payment.payment_id.clone(),
            order_id: Some(order.order_id.clone()),
            transaction_id: payment.transaction_id.clone(),
            theirs: theirs.as_ref().map(moved_there),
            ours: Some(moved_here(order, payment)),
        })))
    }

    async fn ours_beside_theirs(
        &self,
        gateway: &str,
        port: &dyn PaymentGateway,
        since: Timestamp,
        cursor: &str,
    ) -> Result<Reconciliation, Problem> {
        let from = match cursor {
            "" => From::Start,
            cursor => From::After(Cursor::decode(cursor).ok_or_else(bad_cursor)?),
        };
        let query = OrderQuery {
            having: Some(Having::Payment),
            placed: Span { from: Some(since), until: None },
            sort: OrderSort::PlacedAt,
            page: PageRequest { limit: ORDERS_PAGE, from, count: false },
            ..OrderQuery::default()
        };
        let page = self.room.ports.orders.orders(&query).await?;
        let with_money: Vec<(&Order, &Payment)> = page
            .rows
            .iter()
            .flat_map(|stored| stored.value.payments.iter().map(|payment| (&*stored.value, payment)))
            .filter(|(_, payment)| payment.gateway == gateway && payment.captured > 0)
            .collect();
        let mut found = Reconciliation::default();
        for some in with_money.chunks(QUESTIONS_MAX) {
            let judged = join_all(some.iter().map(async |(order, payment)| {
                // What the gateway knows was compared in the first half.
                match port.statement(&question(order, payment)).await.map_err(unread)? {
                    Some(_) => Ok(Verdict::Equal),
                    None => self.compare(port, order, payment, None).await,
                }
            }));
            let judged: Vec<Result<Verdict, Problem>> = judged.await;
            judged.into_iter().try_for_each(|verdict| verdict.map(|verdict| found.add(verdict)))?;
        }
        found.next = page.next.map(|next| format!("{OURS}{}", next.encode()));
        Ok(found)
    }
}

impl Reconciliation {
    fn add(&mut self, verdict: Verdict) {
        self.checked = self.checked.saturating_add(1);
        self.file(verdict);
    }

    fn file(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Equal => {}
            Verdict::InFlight => self.in_flight = self.in_flight.saturating_add(1),
            Verdict::Foreign => self.foreign = self.foreign.saturating_add(1),
            Verdict::Differs(difference) => self.differences.push(*difference),
        }
    }
}

fn question(order: &Order, payment: &Payment) -> GatewayCall {
    call_of(order, payment, &attempt(payment, Operation::Charge, 1))
}

fn is_same(order: &Order, payment: &Payment, theirs: Option<&Statement>) -> bool {
    match theirs {
        Some(theirs) => moved_there(theirs) == moved_here(order, payment),
        None => payment.captured == 0,
    }
}

const fn moved_there(theirs: &Statement) -> Moved {
    Moved { currency: theirs.currency, taken: theirs.taken, given_back: theirs.given_back }
}

const fn moved_here(order: &Order, payment: &Payment) -> Moved {
    Moved { currency: order.currency, taken: payment.captured, given_back: payment.refunded }
}

/// It is the gateway that is away, not the store.
fn unread(error: ReadError) -> Problem {
    match error {
        ReadError::Unavailable(reason) => {
            Problem::new(Kind::Busy, "gateway_unavailable", format!("{reason}; try again in a second"))
        }
        error => error.into(),
    }
}

fn bad_cursor() -> Problem {
    let detail = "the cursor is not one of this comparison; start without one";
    Problem::invalid(vec![Fault::invalid("/after", detail)])
}
