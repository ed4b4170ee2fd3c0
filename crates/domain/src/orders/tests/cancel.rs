use super::*;
use crate::orders::{FulfillmentState, RefundStatus};

fn items(lines: &[(&str, i64)], refund: Option<&str>) -> decide::CancelItems {
    decide::CancelItems {
        lines: lines.iter().map(|(name, units)| (item_id(name), *units)).collect(),
        reason: None,
        refund_id: refund.map(refund_id),
    }
}

impl Story {
    fn cancel_items(self, lines: &[(&str, i64)], refund: Option<&str>) -> Self {
        self.when(|order, at| decide::cancel_items(order, items(lines, refund), at))
    }
}

#[test]
fn an_unpaid_order_gives_its_stock_back() {
    let story = Story::placed()
        .cancel()
        .then(&["StockReleased", "OrderCanceled"])
        .stands("canceled · unpaid · unfulfilled")
        .keeps(0, 0);
    assert_eq!((story.order.due(), story.order.items[0].open()), (0, 0));
    is_transition(story.try_to(|order, at| decide::cancel(order, None, [], at)));
}

#[test]
fn taken_money_goes_back_and_secured_money_is_given_up() {
    let story = Story::paid().cancel().then(&["StockReleased", "OrderCanceled", "RefundStarted"]);
    story.hear_refund("c1", ok()).then(&["RefundSucceeded"]).stands("canceled · refunded · unfulfilled");
    Story::authorized()
        .cancel()
        .then(&["StockReleased", "OrderCanceled", "PaymentIntended"])
        .hear("1", Operation::Void, ok())
        .stands("canceled · voided · unfulfilled");
}

#[test]
fn each_payment_gets_a_refund_of_its_own() {
    let story = Story::placed()
        .pay("1", Some(500))
        .hear("1", Operation::Charge, ok())
        .pay("2", None)
        .hear("2", Operation::Charge, ok())
        .cancel();
    let refunds: Vec<_> = story.order.refunds.iter().map(|r| (r.payment_id.as_str(), r.amount)).collect();
    assert_eq!(refunds, [("pay_1", 500), ("pay_2", 1500)]);
    assert_eq!(story.order.refundable(), 0);
}

#[test]
fn money_being_refunded_is_not_refunded_again() {
    let request = decide::RefundRequest {
        refund_id: refund_id("1"),
        payment_id: None,
        amount: Some(300),
        lines: Vec::new(),
        return_id: None,
        restock: false,
        reason: None,
    };
    let story = Story::paid().when(|order, at| decide::refund(order, request, at)).cancel();
    assert_eq!(story.order.refunds.iter().map(|r| r.amount).sum::<i64>(), 2000);
}

#[test]
fn planned_fulfillments_are_called_off_with_the_order() {
    let story = Story::paid()
        .fulfill("1", &[("mug", 1)])
        .cancel()
        .then(&["FulfillmentCanceled", "StockReleased", "OrderCanceled", "RefundStarted"])
        .keeps(0, 0);
    assert_eq!(story.order.fulfillments[0].status, FulfillmentState::Canceled);
    assert_eq!(story.order.items[0].planned, 0);
}

#[test]
fn what_has_shipped_is_not_canceled() {
    let story = Story::paid().fulfill("1", &[("mug", 1)]).ship("1");
    let allowed = is_transition(story.try_to(|order, at| decide::cancel(order, None, [], at)));
    assert!(allowed.contains(&"refund") && !allowed.contains(&"cancel"), "{allowed:?}");
    story
        .cancel_items(&[("mug", 1), ("tee", 1)], Some("1"))
        .then(&["ItemsCanceled", "StockReleased", "RefundStarted"])
        .stands("confirmed · pending · shipped");
}

#[test]
fn units_are_taken_off_and_their_money_goes_back() {
    let story = Story::paid()
        .cancel_items(&[("mug", 1)], Some("1"))
        .then(&["ItemsCanceled", "StockReleased", "RefundStarted"])
        .keeps(1, 1);
    assert_eq!((story.order.totals.total, story.order.refunds[0].amount), (1500, 500));
    let story = story.hear_refund("1", ok()).stands("confirmed · partially_refunded · unfulfilled");
    assert_eq!((story.order.due(), story.order.items[0].open()), (0, 1));
}

#[test]
fn money_stays_where_no_refund_is_asked_for() {
    let story = Story::paid().cancel_items(&[("mug", 1)], None).then(&["ItemsCanceled", "StockReleased"]);
    // What stayed by somebody's will is not swept up by the next cancellation.
    let story = story.cancel_items(&[("mug", 1)], Some("1"));
    assert_eq!(story.order.refunds[0].amount, 500);
}

#[test]
fn units_that_came_back_before_do_not_swallow_the_refund() {
    let back = decide::RefundRequest {
        refund_id: refund_id("1"),
        payment_id: None,
        amount: None,
        lines: vec![(item_id("mug"), 2)],
        return_id: None,
        restock: true,
        reason: None,
    };
    let story = Story::paid()
        .fulfill("1", &[("mug", 2)])
        .ship("1")
        .when(|order, at| decide::refund(order, back, at))
        .hear_refund("1", ok())
        .cancel_items(&[("tee", 1)], Some("2"));
    assert_eq!(story.order.refunds[1].amount, 1000);
}

#[test]
fn only_what_was_paid_above_the_new_total_goes_back() {
    let story = Story::placed()
        .when(decide::confirm)
        .pay("1", Some(1200))
        .hear("1", Operation::Charge, ok())
        .cancel_items(&[("tee", 1)], Some("1"));
    assert_eq!(story.order.refunds[0].amount, 200);
}

#[test]
fn an_order_is_confirmed_when_what_is_left_is_paid() {
    Story::placed()
        .pay("1", Some(1000))
        .hear("1", Operation::Charge, ok())
        .cancel_items(&[("tee", 1)], Some("1"))
        .then(&["ItemsCanceled", "StockReleased", "OrderConfirmed"]);
}

#[test]
fn the_last_units_cancel_the_order_and_everything_paid_goes_back() {
    let request = PlaceOrder {
        shipping: Some(("standard".to_owned(), 490, TaxRequest::default())),
        ..order_of(vec![item("mug", 500, 2, "EUR")])
    };
    let story = Story::of(request).pay("1", None).hear("1", Operation::Charge, ok());
    let story = story
        .cancel_items(&[("mug", 2)], Some("1"))
        .then(&["ItemsCanceled", "StockReleased", "RefundStarted", "OrderCanceled"])
        .hear_refund("1", ok())
        .stands("canceled · refunded · unfulfilled");
    assert_eq!(
        (story.order.refunds[0].amount, story.order.refunds[0].status),
        (1490, RefundStatus::Succeeded)
    );
    // Never paid is unpaid, although nothing is left to pay.
    Story::placed().cancel_items(&[("mug", 2), ("tee", 1)], None).stands("canceled · unpaid · unfulfilled");
    Story::authorized()
        .cancel_items(&[("mug", 2), ("tee", 1)], None)
        .hear("1", Operation::Void, ok())
        .stands("canceled · voided · unfulfilled");
}

#[test]
fn a_refund_that_no_single_payment_covers_is_refused() {
    let story = Story::placed().pay("1", Some(1000)).hear("1", Operation::Charge, ok()).pay("2", None).hear(
        "2",
        Operation::Charge,
        ok(),
    );
    let found = story
        .try_to(|order, at| decide::cancel_items(order, items(&[("mug", 2), ("tee", 1)], Some("1")), at));
    let expected =
        Refusal::ExceedsRefundable { requested: 2000, refundable: 1000, currency: currency("EUR") };
    assert_eq!(found, Err(expected));
}

#[test]
fn parts_of_amounts_sum_to_the_whole() {
    let mut request = order_of(vec![item("mug", 333, 3, "EUR")]);
    request.items[0].tax.rate = Some("0.07".parse().unwrap());
    request.discounts =
        vec![crate::orders::Discount { code: None, title: "Sale".to_owned(), amount: 100, item_id: None }];
    let mut story = Story::of(request).pay("1", None).hear("1", Operation::Charge, ok());
    for name in ["1", "2", "3"] {
        story = story.cancel_items(&[("mug", 1)], Some(name)).hear_refund(name, ok());
    }
    assert_eq!(story.order.captured(), story.order.refunded());
}

#[test]
fn bad_requests_change_nothing() {
    let planned = Story::paid().fulfill("1", &[("mug", 1)]);
    let tried =
        |lines: &[(&str, i64)]| planned.try_to(|o, at| decide::cancel_items(o, items(lines, None), at));
    assert_eq!(pointer(tried(&[])), "/items");
    assert_eq!(pointer(tried(&[("tee", 1), ("mug", 0)])), "/items/1/quantity");
    assert_eq!(tried(&[("hat", 1)]), Err(Refusal::Unknown { what: "item", id: "li_hat".to_owned() }));
    for lines in [&[("mug", 2)][..], &[("tee", 1), ("tee", 1)], &[("tee", i64::MAX)]] {
        assert!(matches!(tried(lines), Err(Refusal::ExceedsFulfillable { .. })), "{lines:?}");
    }
    let long = planned.try_to(|order, at| decide::cancel(order, Some("x".repeat(256)), [], at));
    assert_eq!(pointer(long), "/reason");
    let over = Story::placed().cancel();
    is_transition(over.try_to(|order, at| decide::cancel_items(order, items(&[("mug", 1)], None), at)));
}
