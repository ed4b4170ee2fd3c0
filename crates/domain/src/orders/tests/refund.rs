use super::*;
use crate::orders::{RefundLine, RefundStatus, stock_changes};

fn request(name: &str, amount: Option<i64>, lines: &[(&str, i64)], restock: bool) -> decide::RefundRequest {
    decide::RefundRequest {
        refund_id: refund_id(name),
        payment_id: None,
        amount,
        lines: lines.iter().map(|(name, units)| (item_id(name), *units)).collect(),
        return_id: None,
        restock,
        reason: None,
    }
}

impl Story {
    fn refund(self, name: &str, amount: Option<i64>, lines: &[(&str, i64)], restock: bool) -> Self {
        self.when(|order, at| decide::refund(order, request(name, amount, lines, restock), at))
    }

    fn refund_refused(&self, amount: Option<i64>, lines: &[(&str, i64)]) -> Result<Vec<OrderEvent>, Refusal> {
        self.try_to(|order, at| decide::refund(order, request("x", amount, lines, false), at))
    }

    fn delivered(self) -> Self {
        self.fulfill("all", &[]).ship("all").deliver("all")
    }
}

#[test]
fn an_amount_goes_back_and_the_order_stands() {
    let story = Story::paid()
        .refund("1", Some(300), &[], false)
        .then(&["RefundStarted"])
        .stands("confirmed · pending · unfulfilled")
        .hear_refund("1", ok())
        .then(&["RefundSucceeded"])
        .stands("confirmed · partially_refunded · unfulfilled")
        .keeps(2, 1);
    assert_eq!(story.order.due(), 0);
    story.refund("2", None, &[], false).hear_refund("2", ok()).stands("confirmed · refunded · unfulfilled");
}

#[test]
fn more_than_was_taken_never_goes_back() {
    let story = Story::paid().refund("1", Some(1500), &[], false);
    let expected = Refusal::ExceedsRefundable { requested: 501, refundable: 500, currency: currency("EUR") };
    assert_eq!(story.refund_refused(Some(501), &[]), Err(expected));
    for amount in [0, -1] {
        assert_eq!(pointer(story.refund_refused(Some(amount), &[])), "/amount");
    }
    is_transition(Story::placed().refund_refused(Some(1), &[]));
    is_transition(Story::authorized().refund_refused(Some(1), &[]));
    is_transition(story.refund("2", None, &[], false).refund_refused(None, &[]));
}

#[test]
fn a_refund_that_was_made_elsewhere_counts_as_ours_and_once() {
    let elsewhere = |name: &str, amount: i64| decide::RefundElsewhere {
        refund_id: refund_id(name),
        payment_id: payment_id("1"),
        amount,
        transaction_id: format!("re_{name}"),
    };
    let take = |order: &Order, at| decide::refund_elsewhere(order, &elsewhere("desk", 300), at);
    let story = Story::paid()
        .when(take)
        .then(&["RefundStarted", "RefundSucceeded"])
        .stands("confirmed · partially_refunded · unfulfilled");
    assert_eq!(
        (story.order.refunded(), story.order.refunds[0].reason.as_deref()),
        (300, Some("made_at_the_gateway"))
    );
    let story = story.when(take).then(&[]);
    // The next one of ours has a number of its own, and there is less to give back.
    let story = story.refund("1", Some(200), &[], false);
    assert_eq!(story.order.payments[0].open[0].n, 2);
    for (amount, refundable) in [(1_501, 1_500), (i64::MAX, 1_500)] {
        let refused = story.try_to(|order, at| decide::refund_elsewhere(order, &elsewhere("x", amount), at));
        let expected =
            Refusal::ExceedsRefundable { requested: amount, refundable, currency: currency("EUR") };
        assert_eq!(refused, Err(expected));
    }
    for amount in [0, -5] {
        let refused = story.try_to(|order, at| decide::refund_elsewhere(order, &elsewhere("x", amount), at));
        assert_eq!(pointer(refused), "/amount");
    }
}

#[test]
fn shipped_units_come_back_to_the_shelf_or_not() {
    for (restock, events) in [(true, &["RefundStarted", "StockReturned"][..]), (false, &["RefundStarted"])] {
        let story = Story::paid().delivered().refund("1", None, &[("mug", 1)], restock).then(events);
        let back: Vec<_> = stock_changes(&story.last).iter().map(|c| (c.on_hand, c.reserved)).collect();
        assert_eq!(back, if restock { vec![(1, 0)] } else { vec![] });
        let line = &story.order.refunds[0].lines[0];
        let restocked = i64::from(restock);
        assert_eq!(
            *line,
            RefundLine { item_id: item_id("mug"), canceled: 0, shipped: 1, restocked, returned: 0 }
        );
        assert_eq!((story.order.refunds[0].amount, story.order.items[0].returned), (500, 1));
        story.hear_refund("1", ok()).stands("completed · partially_refunded · partially_returned");
    }
}

#[test]
fn units_not_shipped_are_canceled_by_their_refund() {
    let story = Story::paid()
        .refund("1", None, &[("mug", 1)], true)
        .then(&["ItemsCanceled", "StockReleased", "RefundStarted"])
        .keeps(1, 1);
    assert_eq!((story.order.totals.total, story.order.refunds[0].amount), (1500, 500));
    assert_eq!(story.order.items[0].canceled, 1);
}

#[test]
fn shipped_units_are_refunded_before_open_ones() {
    let story = Story::paid().fulfill("1", &[("mug", 1)]).ship("1").refund("1", None, &[("mug", 2)], true);
    let line = &story.order.refunds[0].lines[0];
    assert_eq!((line.canceled, line.shipped, line.restocked), (1, 1, 1));
    assert_eq!(story.order.refunds[0].amount, 1000);
    assert!(matches!(story.refund_refused(None, &[("mug", 1)]), Err(Refusal::ExceedsReturnable { .. })));
}

#[test]
fn an_item_named_twice_is_judged_as_one_sum() {
    let story = Story::paid().delivered();
    let twice = story.refund_refused(None, &[("mug", 2), ("mug", 1)]);
    let expected = Refusal::ExceedsReturnable { item_id: item_id("mug"), requested: 3, returnable: 2 };
    assert_eq!(twice, Err(expected));
    assert!(matches!(
        story.refund_refused(None, &[("mug", 2), ("mug", i64::MAX)]),
        Err(Refusal::ExceedsReturnable { .. })
    ));
    let story = story.refund("1", None, &[("mug", 1), ("mug", 1)], false);
    assert_eq!((story.order.refunds[0].amount, story.order.refunds[0].lines.len()), (1000, 1));
}

#[test]
fn bad_lines_are_refused() {
    let story = Story::paid();
    assert_eq!(pointer(story.refund_refused(None, &[("mug", 1), ("tee", 0)])), "/items/1/quantity");
    assert_eq!(pointer(story.refund_refused(None, &[("mug", -1)])), "/items/0/quantity");
    let nobody = Refusal::Unknown { what: "item", id: "li_hat".to_owned() };
    assert_eq!(story.refund_refused(None, &[("hat", 1)]), Err(nobody));
    let planned = story.fulfill("1", &[("tee", 1)]);
    assert!(matches!(planned.refund_refused(None, &[("tee", 1)]), Err(Refusal::ExceedsReturnable { .. })));
}

#[test]
fn a_payment_may_be_named() {
    let story = Story::placed().pay("1", Some(500)).hear("1", Operation::Charge, ok()).pay("2", None).hear(
        "2",
        Operation::Charge,
        ok(),
    );
    let named = |name: &str, amount| {
        let request = decide::RefundRequest {
            payment_id: Some(payment_id(name)),
            ..request("x", Some(amount), &[], false)
        };
        story.try_to(|order, at| decide::refund(order, request, at))
    };
    assert!(matches!(named("1", 501), Err(Refusal::ExceedsRefundable { refundable: 500, .. })));
    assert_eq!(named("3", 1), Err(Refusal::Unknown { what: "payment", id: "pay_3".to_owned() }));
    assert!(named("1", 500).is_ok());
    // Without a name, the first payment that covers it.
    let story = story.refund("1", Some(600), &[], false);
    assert_eq!(story.order.refunds[0].payment_id, payment_id("2"));
}

#[test]
fn a_refund_that_leaves_nothing_of_the_order_gives_everything_back() {
    let with_shipping = PlaceOrder {
        shipping: Some(("standard".to_owned(), 490, TaxRequest::default())),
        ..order_of(vec![item("mug", 500, 2, "EUR")])
    };
    let story = Story::of(with_shipping)
        .pay("1", None)
        .hear("1", Operation::Charge, ok())
        .refund("1", None, &[("mug", 2)], false)
        .then(&["ItemsCanceled", "StockReleased", "RefundStarted", "OrderCanceled"])
        .hear_refund("1", ok())
        .stands("canceled · refunded · unfulfilled");
    assert_eq!(story.order.refunded(), 1490);
}

#[test]
fn a_refund_that_fails_can_be_tried_again() {
    let story =
        Story::paid().refund("1", Some(300), &[], false).hear_refund("1", declined()).then(&["RefundFailed"]);
    assert_eq!(story.order.refunds[0].status, RefundStatus::Failed);
    assert_eq!((story.order.refundable(), story.order.refunded()), (2000, 0));
    let story = story.stands("confirmed · paid · unfulfilled").hear_refund("1", ok()).then(&[]);
    let story = story.refund("2", Some(300), &[], false);
    assert_eq!(story.order.payments[0].next_try(Operation::Refund), 3);
    story.hear_refund("2", Outcome::NotFound).then(&["RefundFailed"]);
}

#[test]
fn a_refund_whose_outcome_is_unknown_is_on_its_way() {
    let story = Story::paid()
        .refund("1", Some(300), &[], false)
        .hear_refund("1", unknown())
        .then(&["PaymentOutcomeUnknown"])
        .hear_refund("1", unknown())
        .then(&[])
        .hear_refund("1", Outcome::Pending)
        .then(&[])
        .stands("confirmed · pending · unfulfilled");
    assert_eq!(story.order.refundable(), 1700);
    story.hear_refund("1", ok()).stands("confirmed · partially_refunded · unfulfilled");
}

#[test]
fn the_last_refund_completes_a_delivered_order() {
    Story::paid()
        .fulfill("1", &[("mug", 2)])
        .ship("1")
        .deliver("1")
        .refund("1", None, &[("tee", 1)], false)
        .hear_refund("1", ok())
        .then(&["RefundSucceeded", "OrderCompleted"])
        .stands("completed · partially_refunded · delivered");
}

#[test]
fn everything_may_come_back_after_the_end() {
    Story::paid()
        .delivered()
        .stands("completed · paid · delivered")
        .refund("1", None, &[("mug", 2), ("tee", 1)], true)
        .hear_refund("1", ok())
        .stands("completed · refunded · returned");
}

#[test]
fn an_unpaid_order_counts_no_money_that_went_back() {
    let story = Story::placed()
        .pay("1", Some(500))
        .hear("1", Operation::Charge, ok())
        .refund("1", None, &[], false)
        .hear_refund("1", ok());
    assert_eq!(story.order.due(), 2000);
    story
        .pay("2", Some(1500))
        .hear("2", Operation::Charge, ok())
        .then(&["PaymentProcessed"])
        .pay("3", None)
        .hear("3", Operation::Charge, ok())
        .then(&["PaymentProcessed", "OrderConfirmed"]);
}
