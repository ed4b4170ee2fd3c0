use super::*;
use crate::orders::{FulfillmentState, HoldCode, Tracking, stock_changes};

#[test]
fn an_order_ships_in_parts_and_is_completed_by_the_last_delivery() {
    Story::paid()
        .fulfill("1", &[("mug", 1)])
        .then(&["FulfillmentCreated"])
        .keeps(2, 1)
        .stands("confirmed · paid · unfulfilled")
        .ship("1")
        .then(&["FulfillmentShipped"])
        .keeps(1, 1)
        .stands("confirmed · paid · partially_shipped")
        .deliver("1")
        .then(&["FulfillmentDelivered"])
        .stands("confirmed · paid · partially_shipped")
        .fulfill("2", &[])
        .ship("2")
        .keeps(0, 0)
        .stands("confirmed · paid · shipped")
        .deliver("2")
        .then(&["FulfillmentDelivered", "OrderCompleted"])
        .stands("completed · paid · delivered");
}

#[test]
fn stock_leaves_the_shelf_when_it_ships() {
    let story = Story::of(order_of(vec![item("mug", 500, 2, "EUR"), item("card", 100, 1, "EUR")]))
        .pay("1", None)
        .hear("1", Operation::Charge, ok())
        .fulfill("1", &[]);
    assert_eq!(stock_changes(&story.last), []);
    let story = story.ship("1");
    let changes: Vec<_> = stock_changes(&story.last)
        .iter()
        .map(|c| (c.variant_id.to_string(), c.on_hand, c.reserved))
        .collect();
    // The gift card has no stock to run out of.
    assert_eq!(changes, [("V-mug".to_owned(), -2, -2)]);
}

#[test]
fn no_unit_travels_twice() {
    let story = Story::paid().fulfill("1", &[("mug", 1)]);
    let more = |lines: &[(&str, i64)]| {
        story.try_to(|order, at| decide::create_fulfillment(order, fulfillment("2", lines), at))
    };
    let expected = Refusal::ExceedsFulfillable { item_id: item_id("mug"), requested: 2, fulfillable: 1 };
    assert_eq!(more(&[("mug", 2)]), Err(expected.clone()));
    assert_eq!(more(&[("mug", 1), ("mug", 1)]), Err(expected));
    assert!(matches!(more(&[("tee", i64::MAX), ("tee", i64::MAX)]), Err(Refusal::ExceedsFulfillable { .. })));
    assert_eq!(pointer(more(&[("tee", 1), ("mug", 0)])), "/items/1/quantity");
    assert_eq!(more(&[("hat", 1)]), Err(Refusal::Unknown { what: "item", id: "li_hat".to_owned() }));
    let all = story.clone().fulfill("2", &[]);
    is_transition(all.try_to(|order, at| decide::create_fulfillment(order, fulfillment("3", &[]), at)));
}

#[test]
fn only_a_confirmed_order_is_fulfilled() {
    for story in [Story::placed(), Story::placed().cancel(), Story::placed().sweep_at_end()] {
        is_transition(story.try_to(|order, at| decide::create_fulfillment(order, fulfillment("1", &[]), at)));
    }
    Story::placed().when(decide::confirm).fulfill("1", &[]).then(&["FulfillmentCreated"]);
}

#[test]
fn a_hold_stops_fulfillment_and_not_payment() {
    let held = Story::authorized()
        .fulfill("1", &[("mug", 1)])
        .when(|order, at| decide::hold(order, HoldCode::FraudReview, None, at));
    let on_hold = Err(Refusal::OnHold { codes: vec![HoldCode::FraudReview] });
    assert_eq!(held.try_to(|o, at| decide::create_fulfillment(o, fulfillment("2", &[]), at)), on_hold);
    assert_eq!(held.try_to(|order, at| decide::ship(order, &parcel("1"), None, at)), on_hold);
    held.capture("1", None)
        .hear("1", Operation::Capture, ok())
        .stands("confirmed · paid · unfulfilled")
        .when(|order, at| decide::release_hold(order, HoldCode::FraudReview, at))
        .ship("1")
        .then(&["FulfillmentShipped"]);
}

#[test]
fn a_fulfillment_goes_one_way() {
    let story = Story::paid().fulfill("1", &[]);
    is_transition(story.try_to(|order, at| decide::deliver(order, &parcel("1"), at)));
    let story = story.ship("1");
    is_transition(story.try_to(|order, at| decide::ship(order, &parcel("1"), None, at)));
    is_transition(story.try_to(|order, at| decide::cancel_fulfillment(order, &parcel("1"), at)));
    let nobody = Err(Refusal::Unknown { what: "fulfillment", id: "ful_9".to_owned() });
    assert_eq!(story.try_to(|order, at| decide::ship(order, &parcel("9"), None, at)), nobody);
}

#[test]
fn a_fulfillment_called_off_leaves_its_units_open() {
    let story = Story::paid()
        .fulfill("1", &[])
        .when(|order, at| decide::cancel_fulfillment(order, &parcel("1"), at))
        .then(&["FulfillmentCanceled"])
        .keeps(2, 1);
    assert_eq!((story.order.items[0].planned, story.order.items[0].fulfillable()), (0, 2));
    let tracking = Tracking::default();
    is_transition(story.try_to(|order, at| decide::track(order, &parcel("1"), tracking, at)));
    story.fulfill("2", &[]).ship("2");
}

#[test]
fn a_parcel_can_be_followed() {
    let at_dhl = |number: &str| Tracking {
        carrier: Some("DHL".to_owned()),
        number: Some(number.to_owned()),
        url: None,
    };
    let story = Story::paid()
        .fulfill("1", &[])
        .when(|order, at| decide::ship(order, &parcel("1"), Some(at_dhl("1")), at))
        // A tracking number may look like a card number.
        .when(|order, at| decide::track(order, &parcel("1"), at_dhl("4242424242424242"), at))
        .then(&["TrackingUpdated"]);
    let parcel_1 = &story.order.fulfillments[0];
    assert_eq!((parcel_1.status, parcel_1.shipped_at.is_some()), (FulfillmentState::Shipped, true));
    assert_eq!(parcel_1.tracking, at_dhl("4242424242424242"));
    let long = story.try_to(|order, at| decide::track(order, &parcel("1"), at_dhl(&"x".repeat(256)), at));
    assert_eq!(pointer(long), "/tracking/number");
}

#[test]
fn an_unpaid_delivery_stays_open_until_it_is_paid() {
    Story::placed()
        .when(decide::confirm)
        .fulfill("1", &[])
        .ship("1")
        .deliver("1")
        .then(&["FulfillmentDelivered"])
        .stands("confirmed · unpaid · delivered")
        .pay("1", None)
        .hear("1", Operation::Charge, ok())
        .then(&["PaymentProcessed", "OrderCompleted"])
        .stands("completed · paid · delivered");
}
