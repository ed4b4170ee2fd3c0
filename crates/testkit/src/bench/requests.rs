//! Requests made before the clock starts: the generator only copies bytes and counts up a key.

use std::fmt::Write as _;

use serde_json::json;

/// The secret key of every server that is measured.
pub const API_KEY: &str = "sk_live_0123456789abcdef0123456789abcdef";

/// Digits of the number in a key.
pub(super) const DIGITS: usize = 16;

/// What an idempotency key of a bench begins with, before a word of its own.
pub(super) const KEY_MARK: &str = "bench-";

/// The `n`-th key's number. Callers make up keys at random, so these are scattered, and none comes twice.
pub(super) const fn scattered(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The `n`-th key of a run, whose name has two letters.
pub fn key(run: &str, n: u64) -> String {
    format!("{KEY_MARK}{run:-<2}{:016x}", scattered(n))
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// What the buyers send.
#[derive(Clone, Debug)]
pub struct Requests {
    /// Whole requests, taken in turn.
    prepared: Vec<Prepared>,
}

#[derive(Clone, Debug)]
struct Prepared {
    bytes: Vec<u8>,
    /// Where the digits of the idempotency key are, if it has one.
    key_at: Option<usize>,
}

/// What an order of a bench is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basket {
    /// Three products, others in each order.
    Many,
    /// Three products, always the same one among them.
    Hot,
    /// As `Many`, paid with a token that works.
    Paid,
    /// As `Many`, placed over GraphQL.
    Graph,
}

/// What a buyer who asks over GraphQL sends each time: as much of the order as a page would show.
const ORDER_PLACE: &str = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { \
     order { id number status paymentStatus version placedAt items { id sku quantity { ordered open } total { amount } } \
     totals { total { amount currency } due { amount } } nextActions { action } } userErrors { code message path } } }";

/// The id of the `n`-th product.
pub fn product_id(n: usize) -> String {
    format!("P{n:06}")
}

/// What is told of the `n`-th product, of which there are so many units.
pub fn product_body(n: usize, units: u64) -> String {
    let id = product_id(n);
    let body = json!({
        "title": format!("Product {id} of the bench"),
        "description_html": "<p>A thing of a size and a color, made for the bench.</p>",
        "vendor": "Bench & Sons",
        "sku": format!("SKU-{id}"),
        "price": {"amount": 1999, "currency": "EUR"},
        "stock": units,
    });
    body.to_string()
}

/// The three products that the `n`-th order buys, of so many.
pub fn bought(basket: Basket, n: usize, products: usize) -> [String; 3] {
    let product = |at: usize| product_id((n * 3 + at) % products.max(1));
    let first = if basket == Basket::Hot { product_id(0) } else { product(0) };
    // The hot product is bought once an order, beside two of the others.
    let other = |at| {
        if basket == Basket::Hot { product_id(1 + (n * 2 + at) % (products - 1).max(1)) } else { product(at) }
    };
    [first, other(1), other(2)]
}

/// The body of the `n`-th order over so many products.
pub fn order_body(basket: Basket, n: usize, products: usize) -> String {
    if basket == Basket::Graph {
        let items = bought(basket, n, products).map(|id| json!({"productId": id, "quantity": 1}));
        let input = json!({"customerId": format!("C{:06}", n % 100_000), "items": items});
        return json!({"query": ORDER_PLACE, "variables": {"input": input}}).to_string();
    }
    let items = bought(basket, n, products).map(|id| json!({"product_id": id, "quantity": 1}));
    let mut body = json!({
        "customer_id": format!("C{:06}", n % 100_000),
        "items": items,
    });
    if let (Basket::Paid, Some(members)) = (basket, body.as_object_mut()) {
        members.insert("payment".to_owned(), json!({"token": "tok_ok"}));
    }
    body.to_string()
}

impl Requests {
    /// Orders, each with an idempotency key of its own; the name of the run has two letters.
    pub fn orders(basket: Basket, products: usize, run: &str) -> Self {
        let prepared = (0..products).map(|n| {
            let body = order_body(basket, n, products);
            let mut head = head("POST", if basket == Basket::Graph { "/graphql" } else { "/orders" });
            _ = write!(head, "Idempotency-Key: {}", key(run, 0));
            let key_at = head.len() - DIGITS;
            _ = write!(head, "\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
            Prepared { bytes: (head + &body).into_bytes(), key_at: Some(key_at) }
        });
        Self { prepared: prepared.collect() }
    }

    /// Reads of these paths, in turn.
    pub fn get(paths: &[String]) -> Self {
        let bytes = |path| (head("GET", path) + "\r\n").into_bytes();
        Self { prepared: paths.iter().map(|path| Prepared { bytes: bytes(path), key_at: None }).collect() }
    }

    /// Reads of one page by somebody who is signed in, with their cookie.
    pub fn page(path: &str, cookie: &str) -> Self {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n");
        Self { prepared: vec![Prepared { bytes: head.into_bytes(), key_at: None }] }
    }

    /// Write the `n`-th request into the buffer.
    pub fn write(&self, n: u64, buffer: &mut Vec<u8>) {
        buffer.clear();
        let count = u64::try_from(self.prepared.len()).unwrap_or(u64::MAX).max(1);
        let at = usize::try_from(n % count).unwrap_or(0);
        let Some(prepared) = self.prepared.get(at) else { return };
        buffer.extend_from_slice(&prepared.bytes);
        let digits = prepared.key_at.and_then(|at| buffer.get_mut(at..at + DIGITS));
        let mut rest = scattered(n);
        for digit in digits.into_iter().flatten().rev() {
            *digit = HEX.get(usize::try_from(rest % 16).unwrap_or(0)).copied().unwrap_or(b'0');
            rest /= 16;
        }
    }
}

fn head(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {API_KEY}\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_has_a_key_of_its_own_and_the_same_length() {
        let requests = Requests::orders(Basket::Many, 10, "t");
        let mut texts = Vec::new();
        let mut buffer = Vec::new();
        for n in [0, 1, 10, 12_345] {
            requests.write(n, &mut buffer);
            texts.push(String::from_utf8(buffer.clone()).unwrap());
        }
        assert!(texts[3].contains(&format!("Idempotency-Key: {}\r\n", key("t", 12_345))), "{}", texts[3]);
        assert!(texts.iter().all(|text| text.len() == texts[0].len()));
        assert_eq!(texts[0].split("\r\n\r\n").nth(1), texts[2].split("\r\n\r\n").nth(1), "they go round");
    }

    #[test]
    fn over_graphql_the_same_is_bought() {
        for n in 0..10 {
            let body =
                |basket| serde_json::from_str::<serde_json::Value>(&order_body(basket, n, 10)).unwrap();
            let (rest, graph) = (body(Basket::Many), body(Basket::Graph));
            let ids = |items: &serde_json::Value, name: &str| -> Vec<String> {
                items.as_array().unwrap().iter().map(|item| item[name].to_string()).collect()
            };
            let input = &graph["variables"]["input"];
            assert_eq!(ids(&rest["items"], "product_id"), ids(&input["items"], "productId"));
            assert_eq!(rest["customer_id"], input["customerId"]);
        }
    }

    #[test]
    fn three_different_products_are_bought_of_which_one_may_be_hot() {
        for n in 0..50 {
            for basket in [Basket::Many, Basket::Hot] {
                let body: serde_json::Value = serde_json::from_str(&order_body(basket, n, 10)).unwrap();
                let mut ids: Vec<&str> = body["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|i| i["product_id"].as_str().unwrap())
                    .collect();
                assert!(basket == Basket::Many || ids[0] == "P000000");
                ids.sort_unstable();
                ids.dedup();
                assert_eq!(ids.len(), 3, "{basket:?} {n}");
            }
        }
    }
}
