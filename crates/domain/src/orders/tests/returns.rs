use super::*;
use crate::orders::decide::{ReceivedUnits, RefundRequest, ReturnRequest};
use crate::orders::{ReturnCondition, ReturnStatus, Tracking, explain, next_actions, stock_changes};

pub(super) fn request(name: &str, lines: Vec<(ItemId, i64, Option<String>)>) -> ReturnRequest {
    ReturnRequest { return_id: return_id(name), lines, label: Tracking::default() }
}

pub(super) fn refund_of(refund_id: &RefundId, return_id: &ReturnId, amount: Option<i64>) -> RefundRequest {
    RefundRequest {
        refund_id: refund_id.clone(),
        payment_id: None,
        amount,
        lines: Vec::new(),
        return_id: Some(return_id.clone()),
        restock: false,
        reason: None,
    }
}

fn units(name: &str, quantity: i64, condition: ReturnCondition) -> ReceivedUnits {
    ReceivedUnits { item_id: item_id(name), quantity, condition, restock: None }
}

type Decided = Result<Vec<OrderEvent>, Refusal>;

impl Story {
    /// Two mugs and a tee are with the customer, and the order is completed.
    fn with_customer() -> Self {
        Self::paid().fulfill("1", &[]).ship("1").deliver("1").stands("completed · paid · delivered")
    }

    fn try_return(&self, lines: &[(&str, i64)]) -> Decided {
        let lines = lines.iter().map(|(name, units)| (item_id(name), *units, None)).collect();
        self.try_to(|order, at| decide::request_return(order, request("x", lines), at))
    }

    fn ask_return(self, name: &str, lines: &[(&str, i64)]) -> Self {
        let why = Some("too small".to_owned());
        let lines = lines.iter().map(|(name, units)| (item_id(name), *units, why.clone())).collect();
        self.when(|order, at| decide::request_return(order, request(name, lines), at))
    }

    fn approve(self, name: &str) -> Self {
        self.when(|order, at| decide::approve_return(order, &return_id(name), None, at))
    }

    fn receive(self, name: &str, units: Vec<ReceivedUnits>) -> Self {
        self.when(|order, at| decide::receive_return(order, &return_id(name), units, at))
    }

    fn try_receive(&self, name: &str, units: Vec<ReceivedUnits>) -> Decided {
        self.try_to(|order, at| decide::receive_return(order, &return_id(name), units, at))
    }

    fn close(self, name: &str) -> Self {
        self.when(|order, at| decide::close_return(order, &return_id(name), at))
    }

    fn refund_return(self, refund: &str, name: &str, amount: Option<i64>) -> Self {
        self.when(|order, at| {
            decide::refund(order, refund_of(&refund_id(refund), &return_id(name), amount), at)
        })
    }

    fn status_of(&self, name: &str) -> ReturnStatus {
        self.order.find_return(&return_id(name)).unwrap().status
    }

    fn actions(&self) -> Vec<&'static str> {
        next_actions(&self.order).into_iter().map(|next| next.action).collect()
    }
}

#[test]
fn goods_come_back_and_their_money_goes_back() {
    let story = Story::with_customer()
        .ask_return("1", &[("mug", 2)])
        .then(&["ReturnRequested"])
        .stands("completed · paid · delivered")
        .approve("1")
        .then(&["ReturnApproved"])
        .receive("1", Vec::new())
        .then(&["ReturnReceived", "StockReturned"])
        .stands("completed · paid · partially_returned");
    let back: Vec<_> = stock_changes(&story.last).iter().map(|c| (c.on_hand, c.reserved)).collect();
    assert_eq!(back, [(2, 0)]);
    let story = story.refund_return("1", "1", None).then(&["RefundStarted"]);
    assert_eq!(story.order.refunds[0].amount, 1000);
    let story = story.hear_refund("1", ok()).close("1").then(&["ReturnClosed"]);
    assert_eq!(story.status_of("1"), ReturnStatus::Closed);
    story.stands("completed · partially_refunded · partially_returned");
}

#[test]
fn only_what_shipped_and_has_not_come_back_is_returned() {
    let planned = Story::paid().fulfill("1", &[("mug", 1)]);
    is_transition(planned.try_return(&[("mug", 1)]));
    let story = planned.ship("1");
    let exceeds = |item: &str, requested, returnable| {
        Err(Refusal::ExceedsReturnable { item_id: item_id(item), requested, returnable })
    };
    assert_eq!(story.try_return(&[("mug", 2)]), exceeds("mug", 2, 1));
    assert_eq!(story.try_return(&[("tee", 1)]), exceeds("tee", 1, 0));
    assert_eq!(pointer(story.try_return(&[("mug", 0)])), "/items/0/quantity");
    assert_eq!(pointer(story.try_return(&[("mug", 1), ("mug", 1)])), "/items/1/item_id");
    assert_eq!(
        story.try_return(&[("hat", 1)]),
        Err(Refusal::Unknown { what: "item", id: "li_hat".to_owned() })
    );
    let story = story.ask_return("1", &[("mug", 1)]);
    is_transition(story.try_return(&[]));
    // A unit that is on its way back is not refunded as one that stays away.
    let lines = vec![(item_id("mug"), 2)];
    let request =
        RefundRequest { lines, return_id: None, ..refund_of(&refund_id("1"), &return_id("1"), None) };
    assert_eq!(story.try_to(|order, at| decide::refund(order, request, at)), exceeds("mug", 2, 1));
}

#[test]
fn each_unit_lies_where_its_condition_allows() {
    let story = Story::with_customer().ask_return("1", &[("mug", 2), ("tee", 1)]).approve("1");
    let damaged = ReceivedUnits { restock: Some(true), ..units("mug", 1, ReturnCondition::Damaged) };
    assert_eq!(pointer(story.try_receive("1", vec![damaged])), "/items/0/restock");
    let kept_away = ReceivedUnits { restock: Some(false), ..units("tee", 1, ReturnCondition::Sellable) };
    let story = story.receive(
        "1",
        vec![
            units("mug", 1, ReturnCondition::Sellable),
            units("mug", 1, ReturnCondition::Damaged),
            kept_away,
        ],
    );
    let back: Vec<_> =
        stock_changes(&story.last).iter().map(|c| (c.variant_id.to_string(), c.on_hand)).collect();
    assert_eq!(back, [("V-mug".to_owned(), 1)]);
    let lines = &story.order.find_return(&return_id("1")).unwrap().lines;
    assert_eq!(lines.iter().map(|l| (l.received, l.restocked)).collect::<Vec<_>>(), [(2, 1), (1, 0)]);
}

#[test]
fn a_return_comes_in_parts_and_no_more_of_it_than_was_asked() {
    let mugs = |quantity| vec![units("mug", quantity, ReturnCondition::Sellable)];
    let story = Story::with_customer().ask_return("1", &[("mug", 2)]).approve("1").receive("1", mugs(1));
    assert!(matches!(story.try_receive("1", mugs(2)), Err(Refusal::ExceedsReturnable { returnable: 1, .. })));
    let twice = [mugs(1), mugs(1)].concat();
    assert!(matches!(story.try_receive("1", twice), Err(Refusal::ExceedsReturnable { requested: 2, .. })));
    let tee = vec![units("tee", 1, ReturnCondition::Sellable)];
    assert_eq!(pointer(story.try_receive("1", tee)), "/items/0/item_id");
    let all = story.clone().receive("1", Vec::new());
    is_transition(all.try_receive("1", Vec::new()));
    // Closed with one mug still away, it is with the customer again, and may be returned another time.
    let story = story.close("1");
    assert_eq!(story.order.item(&item_id("mug")).unwrap().returnable(), 1);
    story.ask_return("2", &[("mug", 1)]).then(&["ReturnRequested"]);
}

#[test]
fn a_return_walks_only_the_ways_of_its_table() {
    let requested = Story::with_customer().ask_return("1", &[("mug", 1)]);
    is_transition(requested.try_receive("1", Vec::new()));
    is_transition(requested.try_to(|order, at| decide::close_return(order, &return_id("1"), at)));
    let reject =
        |order: &Order, at| decide::reject_return(order, &return_id("1"), Some("worn".to_owned()), at);
    let rejected = requested.clone().when(reject).then(&["ReturnRejected"]);
    assert_eq!(rejected.order.item(&item_id("mug")).unwrap().returnable(), 2);
    assert_eq!(rejected.order.returns[0].reject_reason.as_deref(), Some("worn"));
    is_transition(rejected.try_to(|order, at| decide::approve_return(order, &return_id("1"), None, at)));
    is_transition(requested.approve("1").receive("1", Vec::new()).try_to(reject));
    let unknown = rejected.try_to(|order, at| decide::close_return(order, &return_id("9"), at));
    assert_eq!(unknown, Err(Refusal::Unknown { what: "return", id: "ret_9".to_owned() }));
}

#[test]
fn every_unit_is_refunded_once_to_the_minor_unit() {
    // Three for 10.00, of which one cannot cost the same as the others.
    let mut three = order_of(vec![item("mug", 400, 3, "EUR")]);
    three.discounts =
        vec![crate::orders::Discount { code: None, title: "Sale".to_owned(), amount: 200, item_id: None }];
    let mut story =
        Story::of(three).pay("1", None).hear("1", Operation::Charge, ok()).fulfill("1", &[]).ship("1");
    for name in ["1", "2", "3"] {
        story = story.ask_return(name, &[("mug", 1)]).approve(name).receive(name, Vec::new());
    }
    for name in ["3", "1", "2"] {
        story = story.refund_return(name, name, None).hear_refund(name, ok());
    }
    let amounts: Vec<i64> = story.order.refunds.iter().map(|refund| refund.amount).collect();
    assert_eq!((amounts.iter().sum::<i64>(), amounts.len()), (1000, 3), "{amounts:?}");
    is_transition(
        story.try_to(|order, at| {
            decide::refund(order, refund_of(&refund_id("4"), &return_id("1"), Some(1)), at)
        }),
    );
}

#[test]
fn a_refund_that_failed_leaves_the_return_owed() {
    let came = Story::with_customer().ask_return("1", &[("mug", 1)]).approve("1").receive("1", Vec::new());
    let story = came.refund_return("1", "1", Some(300)).hear_refund("1", declined()).then(&["RefundFailed"]);
    assert!(story.order.returns[0].is_owed());
    let story = story.refund_return("2", "1", None).hear_refund("2", ok());
    assert_eq!((story.order.refunds[1].amount, story.order.returns[0].is_owed()), (500, false));
}

#[test]
fn what_may_be_done_with_a_return_is_said() {
    let story = Story::with_customer();
    assert_eq!(story.actions(), ["refund", "return"]);
    let asked = story.ask_return("1", &[]);
    assert_eq!(asked.actions(), ["refund", "approve_return", "reject_return"]);
    let returns =
        |story: &Story| explain(&story.order, story.now).into_iter().find(|c| c.check == "returns").unwrap();
    assert_eq!((returns(&asked).pass, returns(&asked).fix.is_some()), (false, true));
    let approved = asked.approve("1");
    assert_eq!(approved.actions(), ["refund", "receive_return", "reject_return", "close_return"]);
    assert!(returns(&approved).pass);
    let came = approved.receive("1", Vec::new()).stands("completed · paid · returned");
    assert_eq!(came.actions(), ["refund", "close_return"]);
    assert!(returns(&came).detail.contains("not refunded"));
}
