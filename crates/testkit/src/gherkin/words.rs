//! The small words of the steps: money, baskets, and the terms of an order.

use std::str::FromStr;

use cucumber::Parameter;

use super::door::{OrderWish, PaymentWish, Wanted};

/// `EUR 10.00`, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(name = "money", regex = r"EUR -?\d+\.\d\d")]
pub(crate) struct Euro(pub(crate) i64);

impl FromStr for Euro {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
        digits.parse().map(Self).map_err(|error| format!("'{text}' is no money: {error}"))
    }
}

/// `2 "P1", 1 "TEE" and 1 "sku:MUG"`.
#[derive(Clone, Debug, PartialEq, Eq, Parameter)]
#[param(name = "basket", regex = r#"-?\d+ "[^"]+"(?:(?:, | and )-?\d+ "[^"]+")*"#)]
pub(crate) struct Basket(pub(crate) Vec<Wanted>);

impl FromStr for Basket {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut items = Vec::new();
        let mut parts = text.split('"');
        while let (Some(quantity), Some(product)) = (parts.next(), parts.next()) {
            let digits = quantity.trim_matches(|c: char| !c.is_ascii_digit() && c != '-');
            let quantity = digits.parse().map_err(|error| format!("'{quantity}' is no quantity: {error}"))?;
            items.push(Wanted { product: product.to_owned(), quantity });
        }
        Ok(Self(items))
    }
}

/// What follows the basket of an order: `, paying with "tok_ok", under the key "k1"`.
#[derive(Clone, Debug, Parameter)]
#[param(name = "terms", regex = r#"(?:, (?:[a-z][a-z ]*)(?:"[^"]*"|[A-Z]{3} ?[\d.]*)?(?: [a-z ]+)?)*"#)]
pub(crate) struct Terms(Vec<String>);

impl FromStr for Terms {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.split(", ").filter(|term| !term.is_empty()).map(str::to_owned).collect()))
    }
}

impl Terms {
    /// Write the terms into the wish.
    pub(crate) fn write(&self, wish: &mut OrderWish, reservation_id: Option<&String>) {
        for term in &self.0 {
            let (words, quoted) = match term.split('"').collect::<Vec<_>>().as_slice() {
                [before, quoted, after] => (format!("{before}_{after}"), (*quoted).to_owned()),
                _ => (term.clone(), String::new()),
            };
            let pay = |by_hand, or_not_at_all| {
                let token = Some(quoted.clone());
                Some(PaymentWish { token, by_hand, or_not_at_all, ..PaymentWish::default() })
            };
            match words.as_str() {
                "paying with _" => wish.payment = pay(false, false),
                "paying with _ or not at all" => wish.payment = pay(false, true),
                "authorizing with _" => wish.payment = pay(true, false),
                "paying at the bank" => {
                    let gateway = Some("bank".to_owned());
                    wish.payment = Some(PaymentWish { gateway, ..PaymentWish::default() });
                }
                "under the key _" => wish.manners.key = Some(quoted),
                "waiting" => wish.manners.wait_s = 8,
                "as _" => wish.reference = Some(quoted),
                "at the location _" => wish.location = Some(quoted),
                "taking over the reservation" => wish.reservation_id = reservation_id.cloned(),
                other => match other.split_once(' ') {
                    Some(("in", currency)) => wish.currency = Some(currency.to_owned()),
                    Some(("expecting", price)) => {
                        wish.expected_minor =
                            Some(price.trim_end_matches(" each").parse::<Euro>().unwrap().0);
                    }
                    _ => panic!("no such term: '{term}'"),
                },
            }
        }
    }

    /// The key among the terms.
    pub(crate) fn key(&self) -> Option<String> {
        let mut wish = OrderWish::default();
        self.write(&mut wish, None);
        wish.manners.key
    }
}
