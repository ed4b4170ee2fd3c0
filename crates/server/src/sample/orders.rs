//! 60 orders, at least one in every state that a shop knows.

use serde_json::{Map, Value, json};

use super::door::Door;
use super::goods;
use crate::console::{Exit, Failure, field, text};

/// Buyers that exist nowhere.
const BUYERS: [(&str, &str, &str); 10] = [
    ("Ada Lovelace", "ada@example.com", "Berlin"),
    ("Nora Lindqvist", "nora@example.com", "Malmö"),
    ("Tomás Rivera", "tomas@example.com", "Sevilla"),
    ("Mei Tanaka", "mei@example.com", "Hamburg"),
    ("Jonas Weber", "jonas@example.com", "Graz"),
    ("Aïcha Benali", "aicha@example.com", "Lyon"),
    ("Piet de Vries", "piet@example.com", "Utrecht"),
    ("Eleni Markou", "eleni@example.com", "Patras"),
    ("Sam O'Connor", "sam@example.com", "Cork"),
    ("Zofia Nowak", "zofia@example.com", "Gdynia"),
];

/// How far an order came, and how many of it there are.
const STORIES: [(Plot, usize); 13] = [
    (Plot::Delivered, 12),
    (Plot::Shipped, 8),
    (Plot::PartlyShipped, 6),
    (Plot::Paid, 11),
    (Plot::Authorized, 4),
    (Plot::BuyerDecides, 3),
    (Plot::Declined, 2),
    (Plot::NoFunds, 2),
    (Plot::AwaitingPayment, 3),
    (Plot::PartlyRefunded, 3),
    (Plot::Refunded, 2),
    (Plot::OnHold, 2),
    (Plot::Canceled, 2),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plot {
    Delivered,
    Shipped,
    PartlyShipped,
    Paid,
    Authorized,
    BuyerDecides,
    Declined,
    NoFunds,
    AwaitingPayment,
    PartlyRefunded,
    Refunded,
    OnHold,
    Canceled,
}

impl Plot {
    const fn token(self) -> Option<&'static str> {
        match self {
            Self::AwaitingPayment => None,
            Self::Authorized => Some("tok_auth_only"),
            Self::BuyerDecides => Some("tok_3ds"),
            Self::Declined => Some("tok_declined"),
            Self::NoFunds => Some("tok_insufficient_funds"),
            _ => Some("tok_ok"),
        }
    }
}

/// One order and what becomes of it.
pub(super) struct Story {
    number: usize,
    plot: Plot,
}

/// Every story, mixed so that neighbors differ.
pub(super) fn stories() -> Vec<Story> {
    let plots: Vec<Plot> =
        STORIES.iter().flat_map(|(plot, count)| std::iter::repeat_n(*plot, *count)).collect();
    // 60 and 23 have no common divisor, so each plot is taken once.
    let mixed = (0..plots.len()).filter_map(|at| plots.get(at * 23 % plots.len()));
    (1..).zip(mixed).map(|(number, plot)| Story { number, plot: *plot }).collect()
}

impl Story {
    /// Place the order and move it along; `false` when it was there already.
    pub(super) async fn tell(self, door: &Door) -> Result<bool, Failure> {
        let Some(order) = door.create("/orders", &self.body()).await? else { return Ok(false) };
        let path = |rest: &str| format!("/orders/{}{rest}", text(&order, "/order_id"));
        match self.plot {
            Plot::Delivered => deliver(door, &order).await?,
            Plot::Shipped => _ = door.post(&path("/fulfillments"), &json!({"ship": true})).await?,
            Plot::PartlyShipped => {
                let item = json!({"item_id": field(&order, "/items/0/item_id"), "quantity": 1});
                door.post(&path("/fulfillments"), &json!({"items": [item], "ship": true})).await?;
            }
            Plot::PartlyRefunded => {
                deliver(door, &order).await?;
                let amount = field(&order, "/items/0/unit_price");
                let refund =
                    json!({"order_id": text(&order, "/order_id"), "amount": amount, "reason": "damaged"});
                door.post("/refunds", &refund).await?;
            }
            Plot::Refunded => {
                let refund = json!({"order_id": text(&order, "/order_id"), "reason": "changed_mind"});
                door.post("/refunds", &refund).await?;
            }
            Plot::OnHold => {
                let hold = json!({"code": "address_check", "reason": "house number is missing"});
                door.post(&path("/holds"), &hold).await?;
            }
            Plot::Canceled => _ = door.post(&path("/cancel"), &json!({"reason": "ordered twice"})).await?,
            _ => {}
        }
        Ok(true)
    }

    fn body(&self) -> Value {
        let skus: Vec<String> =
            goods::all().iter().flat_map(goods::Good::variants).map(|(sku, ..)| sku).collect();
        let skus: Vec<&String> = skus.iter().filter(|sku| !sku.is_empty() && *sku != "CARDS").collect();
        // Two items each, spread over the catalog: 7 divides no number of SKUs near 60, and 20 of them lie between.
        let sku = |ahead: usize| skus.get((self.number * 7 + ahead) % skus.len());
        let quantity = 1 + self.number % 2;
        let items = [(sku(0), quantity + 1), (sku(20), quantity)];
        let items =
            items.into_iter().filter_map(|(sku, quantity)| Some(json!({"sku": sku?, "quantity": quantity})));
        let Some((name, email, city)) = BUYERS.get(self.number % BUYERS.len()) else { return Value::Null };
        let mut body = json!({
            "reference": format!("sample-{:03}", self.number),
            "customer_id": format!("C{}", self.number % BUYERS.len() + 1),
            "customer": {"name": name, "email": email},
            "items": items.collect::<Vec<_>>(),
            "shipping": {"method": "standard", "amount": 490},
            "shipping_address": {"name": name, "line1": "12 Market St", "city": city},
            "currency": "EUR",
            "metadata": {"sample": "true", "channel": if self.number.is_multiple_of(3) { "market" } else { "web" }},
        });
        add_payment(&mut body, self.plot.token());
        body
    }
}

fn add_payment(body: &mut Value, token: Option<&str>) {
    if let (Some(members), Some(token)) = (body.as_object_mut(), token) {
        members.insert("payment".to_owned(), json!({"gateway": "fake", "token": token}));
    }
}

async fn deliver(door: &Door, order: &Value) -> Result<(), Failure> {
    let path = format!("/orders/{}/fulfillments", text(order, "/order_id"));
    let tracking = json!({"carrier": "DHL", "number": format!("00340434{}", text(order, "/number"))});
    let parcel = door.post(&path, &json!({"ship": true, "tracking": tracking})).await?;
    door.post(
        &format!("/fulfillments/{}/deliver", text(&parcel, "/fulfillment_id")),
        &Value::Object(Map::new()),
    )
    .await?;
    Ok(())
}

/// The order of `sutler orders create --sample`.
pub(crate) fn order(token: &str) -> Value {
    let mut body = json!({
        "customer": {"email": "ada@example.com", "name": "Ada Lovelace"},
        "items": [{"sku": "MUG-BLUE", "quantity": 2}, {"sku": "TEE-M", "quantity": 1}],
        "shipping": {"method": "standard", "amount": 490},
        "shipping_address": {"name": "Ada Lovelace", "line1": "12 Market St", "city": "Berlin", "postal_code": "10115", "country": "DE"},
        "currency": "EUR",
        "metadata": {"sample": "true"},
    });
    add_payment(&mut body, Some(token));
    body
}

/// Why a sample order could not be placed. A server that answered may lack the goods; of one that did not, nothing is known.
pub(crate) fn refused(failure: Failure) -> Failure {
    let answered = matches!(failure.exit, Exit::Failed | Exit::Usage | Exit::NotFound | Exit::Conflict);
    if answered { failure.next("is the sample shop there?   sutler sample load") } else { failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_60_stories_and_none_is_told_twice() {
        let stories = stories();
        assert_eq!(stories.len(), 60);
        for (plot, count) in STORIES {
            assert_eq!(stories.iter().filter(|story| story.plot == plot).count(), count, "{plot:?}");
        }
    }

    #[test]
    fn every_order_has_two_different_items() {
        for story in stories() {
            let body = story.body();
            assert_ne!(body["items"][0]["sku"], body["items"][1]["sku"], "{}", story.number);
        }
    }
}
