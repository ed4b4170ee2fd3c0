use rust_decimal::Decimal;

use super::*;
use crate::inventory::QUANTITY_MAX;
use crate::money::AMOUNT_MAX;
use crate::orders::{Discount, TaxSource, Totals};

fn place(request: PlaceOrder) -> Result<Vec<OrderEvent>, Vec<Fault>> {
    decide::place(request, START)
}

fn mugs() -> PlaceOrder {
    order_of(vec![item("mug", 1490, 2, "EUR"), item("tee", 2490, 1, "EUR")])
}

fn rate(text: &str, included: bool) -> TaxRequest {
    let rate = Some(text.parse::<Decimal>().unwrap());
    TaxRequest { amount: None, rate, included, source: TaxSource::Setting }
}

fn off(amount: i64, of: Option<&str>) -> Discount {
    Discount { code: None, title: "Sale".to_owned(), amount, item_id: of.map(item_id) }
}

#[test]
fn an_order_is_placed_and_its_stock_kept_for_a_while() {
    let story =
        Story::of(mugs()).then(&["OrderPlaced", "StockReserved"]).stands("created · unpaid · unfulfilled");
    let order = story.keeps(2, 1).order;
    let totals = Totals { subtotal: 5470, total: 5470, ..Totals::default() };
    assert_eq!((order.totals, order.due()), (totals, 5470));
    assert_eq!(order.reservation_expires_at, Some(START + TTL));
}

#[test]
fn a_payment_named_in_the_order_is_an_intent_of_its_first_commit() {
    let request = PlaceOrder { payment: Some(payment("1", None, CaptureMode::Automatic)), ..mugs() };
    let story = Story::of(request).then(&["OrderPlaced", "StockReserved", "PaymentStarted"]);
    let paid = &story.order.payments[0];
    assert_eq!((paid.amount, paid.open[0].operation), (5470, Operation::Charge));
}

#[test]
fn shipping_discounts_and_taxes_make_the_total() {
    let mut request = mugs();
    request.items[0].tax = rate("0.19", true);
    request.items[1].tax = rate("0.07", false);
    request.shipping = Some(("standard".to_owned(), 490, rate("0.19", false)));
    request.discounts = vec![off(470, None), off(80, Some("mug"))];
    let order = Story::of(request).order;
    // The mugs' own 80 come first: 2900 and 2490 are left, and share the 470 as 253 and 217.
    assert_eq!((order.items[0].discount, order.items[1].discount), (333, 217));
    // 2647 holds 19 %: 2647 × 19 ÷ 119 = 422.63; 2273 × 7 % = 159.11; 490 × 19 % = 93.1.
    assert_eq!((order.items[0].tax.amount, order.items[1].tax.amount), (423, 159));
    let totals =
        Totals { subtotal: 5470, discount: 550, shipping: 490, tax: 675, tax_added: 252, total: 5662 };
    assert_eq!(order.totals, totals);
}

#[test]
fn every_currency_counts_in_its_own_minor_units() {
    // 10 % of 15 yen is 1.5, of 25 yen 2.5: both round to the even 2. 0.005 of 1.100 KWD is 0.0055: 6 fils (5.5 → 6).
    for (code, price, percent, tax) in [
        ("JPY", 15, "0.10", 2),
        ("JPY", 25, "0.10", 2),
        ("EUR", 1000, "0.19", 190),
        ("KWD", 1100, "0.005", 6),
    ] {
        let mut request = order_of(vec![item("mug", price, 1, code)]);
        request.items[0].tax = rate(percent, false);
        let order = Story::of(request).order;
        assert_eq!((order.totals.total, order.totals.tax_added), (price + tax, tax), "{code} {price}");
    }
}

#[test]
fn a_tax_may_be_named_as_an_amount() {
    let mut request = order_of(vec![item("mug", 1000, 1, "EUR")]);
    request.items[0].tax =
        TaxRequest { amount: Some(83), rate: None, included: false, source: TaxSource::Request };
    let order = Story::of(request).order;
    assert_eq!((order.totals.total, order.items[0].tax.source), (1083, TaxSource::Request));
}

#[test]
fn what_costs_nothing_is_confirmed_and_paid_at_once() {
    let free = order_of(vec![item("mug", 0, 1, "EUR")]);
    let given = PlaceOrder { discounts: vec![off(5470, None)], ..mugs() };
    for request in [free, given] {
        let request = PlaceOrder { payment: Some(payment("1", None, CaptureMode::Automatic)), ..request };
        let story = Story::of(request).then(&["OrderPlaced", "StockReserved", "OrderConfirmed"]);
        assert_eq!(story.stands("confirmed · paid · unfulfilled").order.reservation_expires_at, None);
    }
}

#[test]
fn quantities_are_whole_and_bounded() {
    for quantity in [0, -1, i64::MIN, QUANTITY_MAX + 1, i64::MAX] {
        let found = faults(place(order_of(vec![item("mug", 1, quantity, "EUR")])));
        assert_eq!(found, [("/items/0/quantity".to_owned(), "validation_failed")], "{quantity}");
    }
    assert!(place(order_of(vec![item("mug", 1, QUANTITY_MAX, "EUR")])).is_ok());
    assert_eq!(faults(place(order_of(Vec::new()))), [("/items".to_owned(), "validation_failed")]);
}

#[test]
fn amounts_that_overflow_are_refused() {
    let one = order_of(vec![item("mug", AMOUNT_MAX, 2, "EUR")]);
    assert_eq!(faults(place(one))[0].0, "/items/0/quantity");
    let sum = order_of(vec![item("mug", AMOUNT_MAX, 1, "EUR"), item("tee", 1, 1, "EUR")]);
    assert_eq!(faults(place(sum))[0].0, "/items");
    let carried =
        PlaceOrder { shipping: Some(("x".to_owned(), AMOUNT_MAX + 1, TaxRequest::default())), ..mugs() };
    assert_eq!(faults(place(carried))[0].0, "/shipping/amount");
    assert!(place(order_of(vec![item("mug", AMOUNT_MAX, 1, "EUR")])).is_ok());
}

#[test]
fn discounts_never_exceed_what_they_reduce() {
    // Shipping does not count: it is no item. A discount of one item may not eat into another.
    let shipped = PlaceOrder { shipping: Some(("x".to_owned(), 900, TaxRequest::default())), ..mugs() };
    let cases = [
        PlaceOrder { discounts: vec![off(5471, None)], ..shipped },
        PlaceOrder { discounts: vec![off(2981, Some("mug"))], ..mugs() },
        PlaceOrder { discounts: vec![off(2980, Some("mug")), off(2491, None)], ..mugs() },
    ];
    for request in cases {
        assert_eq!(faults(place(request)), [("/discounts".to_owned(), "validation_failed")]);
    }
    let all = PlaceOrder { discounts: vec![off(2980, Some("mug")), off(2490, None)], ..mugs() };
    assert_eq!(Story::of(all).order.items[1].discount, 2490);
}

#[test]
fn a_discount_of_an_item_that_is_not_there_is_not_spread_over_the_others() {
    let request = PlaceOrder { discounts: vec![off(100, Some("hat"))], ..mugs() };
    assert_eq!(faults(place(request))[0].0, "/discounts/0/item_id");
}

#[test]
fn one_order_has_one_currency() {
    let mut request = mugs();
    request.items.push(item("hat", 100, 1, "JPY"));
    assert_eq!(faults(place(request)), [("/items/2".to_owned(), "currency_mismatch")]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut request = mugs();
    request.items[0].quantity = 0;
    request.items[1].tax = rate("11", false);
    request.reference = Some(String::new());
    request.shipping = Some(("x".to_owned(), -1, TaxRequest { amount: Some(-1), ..TaxRequest::default() }));
    request.discounts = vec![off(-1, None)];
    request.tags = vec!["4242 4242 4242 4242".to_owned()];
    request.metadata = [("a/b~c".to_owned(), "\0".to_owned())].into();
    let found: Vec<_> = faults(place(request)).into_iter().map(|(pointer, _)| pointer).collect();
    let expected = [
        "/items/0/quantity",
        "/items/1/tax/rate",
        "/reference",
        "/shipping/amount",
        "/shipping/tax/amount",
        "/discounts/0/amount",
        "/tags/0",
        "/metadata/a~1b~0c",
    ];
    assert_eq!(found, expected);
}

#[test]
fn too_much_metadata_is_a_fault_of_the_whole() {
    let metadata = (0..51).map(|n| (n.to_string(), String::new())).collect();
    assert_eq!(faults(place(PlaceOrder { metadata, ..mugs() }))[0].0, "/metadata");
}

#[test]
fn a_payment_is_of_at_most_what_is_due() {
    for amount in [0, -1, 5471] {
        let payment = Some(payment("1", Some(amount), CaptureMode::Automatic));
        assert_eq!(faults(place(PlaceOrder { payment, ..mugs() }))[0].0, "/payment/amount", "{amount}");
    }
}

#[test]
fn a_reservation_without_end_in_sight_still_has_one() {
    let request = PlaceOrder { reservation_ttl: SignedDuration::MAX, ..mugs() };
    assert_eq!(Story::of(request).order.reservation_expires_at, Some(Timestamp::MAX));
}
