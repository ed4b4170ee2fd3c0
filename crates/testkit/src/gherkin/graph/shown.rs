//! What came back.

use serde_json::Value;

use crate::gherkin::door::{
    Answer, Fault, Fulfillment, Heard, Item, Level, Order, Payment, Product, Refund, Refused, Reservation,
    Return,
};

/// The payload of a mutation, or the errors in it.
pub(super) fn judged<T>(heard: Heard<Value>, field: &str, show: impl Fn(&Value) -> T) -> Answer<T> {
    let payload = &heard.value[field];
    let errors = payload["userErrors"].as_array().cloned().unwrap_or_default();
    if errors.is_empty() {
        return Ok(Heard { value: show(payload), replayed: heard.replayed, text: heard.text });
    }
    let codes: Vec<&str> = errors.iter().map(|error| error["code"].as_str().unwrap()).collect();
    let agree = codes.iter().all(|code| *code == codes[0]);
    Err(Refused {
        code: if agree { codes[0] } else { "validation_failed" }.to_owned(),
        detail: errors[0]["message"].as_str().unwrap().to_owned(),
        errors: errors.iter().map(fault).collect(),
        order_id: errors[0]["meta"]["orderId"].as_str().map(str::to_owned),
    })
}

fn fault(error: &Value) -> Fault {
    let path = error["path"].as_array().cloned().unwrap_or_default();
    let members = path.iter().skip(1).filter_map(Value::as_str);
    Fault {
        pointer: members
            .map(|member| format!("/{}", as_rest_writes(member)))
            .fold(String::new(), |all, one| all + &one),
        available: error["meta"]["available"].as_i64(),
        requested: error["meta"]["requested"].as_i64(),
    }
}

/// The name of a member as REST writes it: `productId` is `product_id`.
fn as_rest_writes(member: &str) -> String {
    let letter = |letter: char| {
        let before = if letter.is_ascii_uppercase() { "_" } else { "" };
        format!("{before}{}", letter.to_ascii_lowercase())
    };
    member.chars().map(letter).fold(String::new(), |all, one| all + &one)
}

/// An error beside the data.
pub(super) fn refused(error: &Value) -> Refused {
    let code =
        error["extensions"]["code"].as_str().unwrap_or_else(|| panic!("an error without a code: {error}"));
    Refused {
        code: code.to_owned(),
        detail: error["message"].as_str().unwrap().to_owned(),
        ..Refused::default()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn perhaps(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// A word of an enum, as REST writes it.
fn word(value: &Value) -> String {
    text(value).to_ascii_lowercase()
}

fn all<T>(list: &Value, show: impl Fn(&Value) -> T) -> Vec<T> {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(show).collect()
}

pub(super) fn product(product: &Value) -> Product {
    let [variant] = product["variants"].as_array().unwrap().as_slice() else {
        panic!("not one variant: {product}")
    };
    Product {
        product_id: text(&product["id"]),
        status: word(&product["status"]),
        variant_id: text(&variant["id"]),
        price_minor: count(&variant["price"]["amount"]),
    }
}

pub(super) fn level(level: &Value) -> Level {
    Level {
        on_hand: count(&level["onHand"]),
        reserved: count(&level["reserved"]),
        available: count(&level["available"]),
    }
}

pub(super) fn reservation(reservation: &Value) -> Reservation {
    Reservation { reservation_id: text(&reservation["id"]), status: word(&reservation["status"]) }
}

pub(super) fn order(order: &Value) -> Order {
    let quantity = |item: &Value, name: &str| count(&item["quantity"][name]);
    let item = |item: &Value| Item {
        item_id: text(&item["id"]),
        product_id: text(&item["productId"]),
        ordered: quantity(item, "ordered"),
        canceled: quantity(item, "canceled"),
        fulfilled: quantity(item, "fulfilled"),
        returned: quantity(item, "returned"),
        open: quantity(item, "open"),
    };
    let payment = |payment: &Value| Payment {
        payment_id: text(&payment["id"]),
        status: word(&payment["status"]),
        failure_code: perhaps(&payment["failure"]["code"]),
        page_url: perhaps(&payment["nextAction"]["url"]),
        disputed: payment["disputed"].as_bool().unwrap(),
    };
    let refund = |refund: &Value| Refund {
        status: word(&refund["status"]),
        failure_code: perhaps(&refund["failure"]["code"]),
    };
    let parcel = |parcel: &Value| Fulfillment {
        fulfillment_id: text(&parcel["id"]),
        status: word(&parcel["status"]),
        carrier: perhaps(&parcel["tracking"]["carrier"]),
        number: perhaps(&parcel["tracking"]["number"]),
    };
    let back = |one: &Value| Return { return_id: text(&one["id"]), status: word(&one["status"]) };
    let totals = |name: &str| count(&order["totals"][name]["amount"]);
    Order {
        order_id: text(&order["id"]),
        number: text(&order["number"]).parse().unwrap(),
        customer_id: perhaps(&order["customerId"]),
        status: word(&order["status"]),
        payment_status: word(&order["paymentStatus"]),
        fulfillment_status: word(&order["fulfillmentStatus"]),
        items: all(&order["items"], item),
        paid_minor: totals("paid"),
        refunded_minor: totals("refunded"),
        due_minor: totals("due"),
        payments: all(&order["payments"]["nodes"], payment),
        refunds: all(&order["refunds"]["nodes"], refund),
        fulfillments: all(&order["fulfillments"]["nodes"], parcel),
        returns: all(&order["returns"]["nodes"], back),
        holds: all(&order["holds"], |hold| text(&hold["code"])),
        next_actions: all(&order["nextActions"], |action| {
            (text(&action["action"]), perhaps(&action["reasonDisabled"]))
        }),
    }
}
