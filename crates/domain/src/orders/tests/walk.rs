//! Random commands and answers in any order: whatever an order goes through, its books stay right.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::orders::{
    Discount, FulfillmentState, HoldCode, Item, OrderStatus, Return, ReturnCondition, stock_changes,
};
use crate::payments::{Attempt, Payment};

/// Something that is tried; what is not allowed then is refused and changes nothing.
#[derive(Clone, Debug)]
enum Step {
    Pay { amount: Option<i64>, manual: bool, cancels: bool },
    Answer { which: Index, outcome: Outcome, late: bool },
    News { which: Index, late: bool },
    Capture { which: Index, amount: Option<i64> },
    Void { which: Index },
    Cancel,
    CancelItems { lines: Vec<(Index, i64)> },
    Refund { amount: Option<i64>, lines: Vec<(Index, i64)>, restock: bool },
    Fulfill { lines: Vec<(Index, i64)> },
    Ship { which: Index },
    Deliver { which: Index },
    CancelFulfillment { which: Index },
    Return { lines: Vec<(Index, i64)> },
    ApproveReturn { which: Index },
    Receive { which: Index, lines: Vec<(Index, i64, bool)> },
    RejectReturn { which: Index },
    CloseReturn { which: Index },
    RefundReturn { which: Index },
    Hold { code: HoldCode },
    Unhold { code: HoldCode },
    Confirm,
    Complete,
    Release,
    Sweep,
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let all = [ok(), ok(), ok(), Outcome::Pending, to_buyer(), declined(), unknown(), Outcome::NotFound];
    prop::sample::select(all.to_vec())
}

fn steps() -> impl Strategy<Value = Step> {
    let amount = || prop::option::of(-1i64..3500);
    let lines = || prop::collection::vec((any::<Index>(), 0i64..4), 0..3);
    let which = any::<Index>;
    let code = || prop::sample::select(HoldCode::ALL.to_vec());
    prop_oneof![
        6 => (amount(), any::<bool>(), any::<bool>())
            .prop_map(|(amount, manual, cancels)| Step::Pay { amount, manual, cancels }),
        16 => (which(), outcomes(), any::<bool>())
            .prop_map(|(which, outcome, late)| Step::Answer { which, outcome, late }),
        1 => (which(), any::<bool>()).prop_map(|(which, late)| Step::News { which, late }),
        4 => (which(), amount()).prop_map(|(which, amount)| Step::Capture { which, amount }),
        1 => which().prop_map(|which| Step::Void { which }),
        1 => Just(Step::Cancel),
        2 => lines().prop_map(|lines| Step::CancelItems { lines }),
        3 => (amount(), lines(), any::<bool>())
            .prop_map(|(amount, lines, restock)| Step::Refund { amount, lines, restock }),
        5 => lines().prop_map(|lines| Step::Fulfill { lines }),
        5 => which().prop_map(|which| Step::Ship { which }),
        5 => which().prop_map(|which| Step::Deliver { which }),
        1 => which().prop_map(|which| Step::CancelFulfillment { which }),
        4 => lines().prop_map(|lines| Step::Return { lines }),
        4 => which().prop_map(|which| Step::ApproveReturn { which }),
        4 => (which(), prop::collection::vec((any::<Index>(), 0i64..4, any::<bool>()), 0..3))
            .prop_map(|(which, lines)| Step::Receive { which, lines }),
        1 => which().prop_map(|which| Step::RejectReturn { which }),
        1 => which().prop_map(|which| Step::CloseReturn { which }),
        2 => which().prop_map(|which| Step::RefundReturn { which }),
        1 => code().prop_map(|code| Step::Hold { code }),
        3 => code().prop_map(|code| Step::Unhold { code }),
        1 => Just(Step::Confirm),
        1 => Just(Step::Complete),
        1 => Just(Step::Release),
        1 => Just(Step::Sweep),
    ]
}

fn named(order: &Order, lines: &[(Index, i64)]) -> Vec<(ItemId, i64)> {
    lines.iter().map(|(which, units)| (which.get(&order.items).item_id.clone(), *units)).collect()
}

fn pick<T>(which: Index, from: &[T]) -> Option<&T> {
    if from.is_empty() { None } else { Some(which.get(from)) }
}

/// Calls that the gateway has not answered, with their payment.
fn open_calls(order: &Order) -> Vec<(PaymentId, Attempt)> {
    let of = |p: &Payment| p.open.iter().map(|a| (p.payment_id.clone(), a.clone())).collect::<Vec<_>>();
    order.payments.iter().flat_map(of).collect()
}

struct Walk {
    story: Story,
    /// For fresh ids.
    made: u32,
    /// Σ of the stock changes of tracked items: on the shelf and kept.
    moved: (i64, i64),
    /// Whether the gateway ever refused to give money back or up.
    refused: bool,
}

impl Walk {
    fn begin() -> Self {
        let mut request = order_of(vec![
            item("mug", 500, 3, "EUR"),
            item("tee", 999, 1, "EUR"),
            item("card", 333, 2, "EUR"),
        ]);
        request.items[0].tax.rate = Some("0.19".parse().unwrap());
        request.items[1].tax = TaxRequest { included: true, ..request.items[0].tax.clone() };
        request.shipping = Some(("standard".to_owned(), 490, TaxRequest::default()));
        request.discounts =
            vec![Discount { code: None, title: "Sale".to_owned(), amount: 301, item_id: None }];
        let story = Story::of(request);
        let mut walk = Self { story, made: 0, moved: (0, 0), refused: false };
        walk.count_stock(&walk.story.last.clone());
        walk
    }

    fn fresh(&mut self) -> String {
        self.made += 1;
        self.made.to_string()
    }

    fn late(&mut self, reserve: bool) -> LateMoney {
        let id = refund_id(&self.fresh());
        if reserve { LateMoney::Reserve(id) } else { LateMoney::Return(id) }
    }

    fn decide(&mut self, step: Step) -> Option<Result<Vec<OrderEvent>, Refusal>> {
        let (order, at, name) = (self.story.order.clone(), self.story.now, self.fresh());
        let order = &order;
        let payment_at = |which: Index| pick(which, &order.payments).map(|p| p.payment_id.clone());
        let parcel_at = |which: Index| pick(which, &order.fulfillments).map(|f| f.fulfillment_id.clone());
        Some(match step {
            Step::Pay { amount, manual, cancels } => {
                let capture = if manual { CaptureMode::Manual } else { CaptureMode::Automatic };
                let on_failure = if cancels { OnFailure::Cancel } else { OnFailure::Keep };
                let request = PaymentRequest { on_failure, ..payment(&name, amount, capture) };
                decide::start_payment(order, request, at)
            }
            Step::Answer { which, outcome, late } => {
                let (id, call) = pick(which, &open_calls(order)).cloned()?;
                let failed = matches!(outcome, Outcome::Declined(_) | Outcome::NotFound);
                self.refused |= failed && matches!(call.operation, Operation::Void | Operation::Refund);
                let late = self.late(late);
                decide::settle(order, &id, (call.operation, call.n), &outcome, &late, at)
            }
            Step::News { which, late } => {
                let payment = pick(which, &order.payments)?;
                let first = match payment.capture {
                    CaptureMode::Automatic => Operation::Charge,
                    CaptureMode::Manual => Operation::Authorize,
                };
                let late = self.late(late);
                decide::settle(order, &payment.payment_id, (first, 1), &ok(), &late, at)
            }
            Step::Capture { which, amount } => decide::capture(order, &payment_at(which)?, amount, at),
            Step::Void { which } => decide::void(order, &payment_at(which)?, at),
            Step::Cancel => {
                let ids = (0..).map(|n| refund_id(&format!("{name}-{n}")));
                decide::cancel(order, None, ids, at)
            }
            Step::CancelItems { lines } => {
                let (lines, refund_id) = (named(order, &lines), Some(refund_id(&name)));
                decide::cancel_items(order, decide::CancelItems { lines, reason: None, refund_id }, at)
            }
            Step::Refund { amount, lines, restock } => {
                // With items, what they cost: an amount of its own may keep a fee of a canceled order.
                let (lines, refund_id) = (named(order, &lines), refund_id(&name));
                let amount = amount.filter(|_| lines.is_empty());
                let request = decide::RefundRequest {
                    refund_id,
                    payment_id: None,
                    amount,
                    lines,
                    return_id: None,
                    restock,
                    reason: None,
                };
                decide::refund(order, request, at)
            }
            Step::Fulfill { lines } => {
                let lines = named(order, &lines);
                let request = decide::FulfillmentRequest { lines, ..fulfillment(&name, &[]) };
                decide::create_fulfillment(order, request, at)
            }
            Step::Ship { which } => decide::ship(order, &parcel_at(which)?, None, at),
            Step::Deliver { which } => decide::deliver(order, &parcel_at(which)?, at),
            Step::CancelFulfillment { which } => decide::cancel_fulfillment(order, &parcel_at(which)?, at),
            Step::Return { .. }
            | Step::ApproveReturn { .. }
            | Step::Receive { .. }
            | Step::RejectReturn { .. }
            | Step::CloseReturn { .. }
            | Step::RefundReturn { .. } => return back(order, step, &name, at),
            Step::Hold { code } => decide::hold(order, code, None, at),
            Step::Unhold { code } => decide::release_hold(order, code, at),
            Step::Confirm => decide::confirm(order, at),
            Step::Complete => decide::complete(order, at),
            Step::Release => decide::release(order, at),
            Step::Sweep => Ok(decide::expire(order, at + TTL)),
        })
    }

    fn take(&mut self, step: Step) {
        if let Some(Ok(events)) = self.decide(step) {
            self.fold(events);
        }
    }

    fn fold(&mut self, events: Vec<OrderEvent>) {
        self.story.now += SignedDuration::from_secs(1);
        for event in &events {
            let before = self.story.order.status;
            self.story.order = self.story.order.after(std::slice::from_ref(event), self.story.now);
            let after = self.story.order.status;
            assert!(before == after || before.successors().contains(&after), "{before:?} to {after:?}");
            self.story.log.push((event.clone(), self.story.now));
            money_is_right(&self.story.order);
            let json = serde_json::to_string(event).unwrap();
            assert_eq!(&serde_json::from_str::<OrderEvent>(&json).unwrap(), event);
        }
        self.count_stock(&events);
        self.stock_is_right();
        let order = &self.story.order;
        assert_eq!(Order::fold(&self.story.log).as_ref(), Some(order), "fold and steps differ");
        let json = serde_json::to_string(order).unwrap();
        assert_eq!(&serde_json::from_str::<Order>(&json).unwrap(), order);
    }

    fn count_stock(&mut self, events: &[OrderEvent]) {
        for change in stock_changes(events) {
            self.moved.0 += change.on_hand;
            self.moved.1 += change.reserved;
        }
    }

    fn stock_is_right(&self) {
        let order = &self.story.order;
        let live = matches!(order.status, OrderStatus::Created | OrderStatus::Confirmed);
        for item in &order.items {
            assert_eq!(item.reserved, if live { item.open() } else { 0 }, "kept for {item:?}");
            let counts = [item.open(), item.planned, item.fulfillable(), item.returnable(), item.canceled];
            assert!(counts.iter().all(|units| *units >= 0), "{item:?}");
            let planned = order.fulfillments.iter().filter(|f| f.status == FulfillmentState::Pending);
            let lines = planned.flat_map(|f| &f.lines).filter(|l| l.item_id == item.item_id);
            assert_eq!(item.planned, lines.map(|l| l.quantity).sum::<i64>(), "{item:?}");
        }
        returns_are_right(order);
        let tracked =
            |units: fn(&Item) -> i64| order.items.iter().filter(|i| i.tracked).map(units).sum::<i64>();
        let refunded = order.refunds.iter().flat_map(|r| &r.lines).map(|l| (&l.item_id, l.restocked));
        let came = order.returns.iter().flat_map(|r| &r.lines).map(|l| (&l.item_id, l.restocked));
        let restocked: i64 = refunded
            .chain(came)
            .filter(|(item_id, _)| order.item(item_id).unwrap().tracked)
            .map(|(_, units)| units)
            .sum();
        assert_eq!(self.moved, (restocked - tracked(|i| i.fulfilled), tracked(|i| i.reserved)));
    }

    /// The gateway answers everything, favorably.
    fn drain(&mut self) {
        for _ in 0..100 {
            let Some((id, call)) = open_calls(&self.story.order).into_iter().next() else { return };
            let late = self.late(true);
            let (order, at) = (&self.story.order, self.story.now);
            let events = decide::settle(order, &id, (call.operation, call.n), &ok(), &late, at).unwrap();
            self.fold(events);
        }
        panic!("the gateway is asked for ever: {:?}", self.story.order.payments);
    }
}

/// What is done with goods that come back.
fn back(order: &Order, step: Step, name: &str, at: Timestamp) -> Option<Result<Vec<OrderEvent>, Refusal>> {
    let return_at = |which: Index| pick(which, &order.returns).map(|one| one.return_id.clone());
    Some(match step {
        Step::Return { lines } => {
            let lines = named(order, &lines).into_iter().map(|(item, units)| (item, units, None)).collect();
            decide::request_return(order, returns::request(name, lines), at)
        }
        Step::ApproveReturn { which } => decide::approve_return(order, &return_at(which)?, None, at),
        Step::Receive { which, lines } => {
            let unit = |(item, quantity, fit): &(Index, i64, bool)| decide::ReceivedUnits {
                item_id: item.get(&order.items).item_id.clone(),
                quantity: *quantity,
                condition: if *fit { ReturnCondition::Sellable } else { ReturnCondition::Damaged },
                restock: None,
            };
            decide::receive_return(order, &return_at(which)?, lines.iter().map(unit).collect(), at)
        }
        Step::RejectReturn { which } => decide::reject_return(order, &return_at(which)?, None, at),
        Step::CloseReturn { which } => decide::close_return(order, &return_at(which)?, at),
        Step::RefundReturn { which } => {
            decide::refund(order, returns::refund_of(&refund_id(name), &return_at(which)?, None), at)
        }
        _ => return None,
    })
}

/// No more comes back than shipped, each unit is in one place, and no unit is refunded that did not come.
fn returns_are_right(order: &Order) {
    for item in &order.items {
        let lines = || {
            let open = |one: &'_ Return| one.status.is_open();
            order.returns.iter().filter_map(move |one| Some((open(one), one.line(&item.item_id)?)))
        };
        let outstanding: i64 = lines().filter(|(open, _)| *open).map(|(_, line)| line.outstanding()).sum();
        assert_eq!(item.returning, outstanding, "{item:?}");
        let came: i64 = lines().map(|(_, line)| line.received).sum();
        let given_up = order.refunds.iter().flat_map(|r| &r.lines).filter(|l| l.item_id == item.item_id);
        assert_eq!(item.returned, came + given_up.map(|l| l.shipped).sum::<i64>(), "{item:?}");
        assert!(item.returned + item.returning <= item.fulfilled, "{item:?}");
        for (_, line) in lines() {
            assert!([0, line.received, line.quantity].is_sorted(), "{line:?}");
            assert!([0, line.restocked, line.received].is_sorted(), "{line:?}");
            assert!([0, line.refunded, line.received].is_sorted(), "{line:?}");
        }
    }
}

fn money_is_right(order: &Order) {
    for payment in &order.payments {
        let returning = payment.open.iter().filter(|a| a.operation == Operation::Refund);
        let back = payment.refunded + returning.map(|a| a.amount).sum::<i64>();
        let amounts = [0, payment.refunded, back, payment.captured, payment.authorized, payment.amount];
        assert!(amounts.is_sorted(), "{amounts:?}: {payment:?}");
    }
    let sums = order.totals;
    assert_eq!(sums.subtotal - sums.discount + sums.shipping + sums.tax_added, sums.total);
    if order.items.iter().all(|i| i.canceled == 0) {
        assert_eq!(order.items.iter().map(|i| i.total).sum::<i64>(), sums.subtotal);
        assert_eq!(order.items.iter().map(|i| i.discount).sum::<i64>(), sums.discount);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn the_books_are_right_at_every_step(steps in prop::collection::vec(steps(), 1..60)) {
        let mut walk = Walk::begin();
        for step in steps {
            walk.take(step);
        }
        walk.drain();
        let order = &walk.story.order;
        let over = matches!(order.status, OrderStatus::Canceled | OrderStatus::Expired);
        if over && !walk.refused {
            prop_assert_eq!((order.refundable(), order.authorized()), (0, 0), "{:#?}", order);
        }
    }
}
