//! The columns of tables that leave: which member of a thing stands in which, by its JSON pointer in what the REST API shows.

use serde_json::Value;
use sutler_domain::{Currency, Money};

use super::Cell;
use How::{Amount, Json, Number, Own, Text, Words};

/// How a member becomes a cell.
#[derive(Clone, Copy, Debug)]
enum How {
    /// Words.
    Text,
    /// A number that the engine made.
    Number,
    /// `{"amount": 5960, "currency": "EUR"}` as 59.60.
    Amount,
    /// A list of words, with commas.
    Words,
    /// Whatever it is, as JSON.
    Json,
    /// As this says.
    Own(fn(&Value) -> String),
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column(&'static str, How, &'static str);

impl Column {
    /// Its title.
    pub fn title(&self) -> Cell {
        Cell::Text(self.0.to_owned())
    }

    /// What it has of a thing, as the REST API shows that.
    pub fn cell(&self, row: &Value) -> Cell {
        let member = row.pointer(self.2).unwrap_or(&Value::Null);
        match self.1 {
            How::Text => Cell::Text(words(member)),
            How::Number => number(words(member)),
            How::Amount => number(decimal(member)),
            How::Words => {
                let words = member.as_array().into_iter().flatten().filter_map(Value::as_str);
                Cell::Text(words.collect::<Vec<_>>().join(", "))
            }
            How::Json if member.is_null() => Cell::Text(String::new()),
            How::Json => Cell::Text(member.to_string()),
            How::Own(of) => Cell::Text(of(member)),
        }
    }
}

/// A member as text: strings without quotes, nothing for null.
fn words(member: &Value) -> String {
    match member {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What is not made of digits alone is no number of ours, whatever the server calls it.
fn number(text: String) -> Cell {
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { Cell::Number(text) } else { Cell::Text(text) }
}

/// An amount of money as decimal digits.
pub fn decimal(value: &Value) -> String {
    let amount = value.get("amount").and_then(Value::as_i64);
    let currency = value.get("currency").and_then(Value::as_str).and_then(|code| Currency::parse(code).ok());
    let money = amount.zip(currency).and_then(|(amount, currency)| Money::new(amount, currency).ok());
    money.map(Money::to_decimal).unwrap_or_default()
}

fn lines(address: &Value) -> String {
    let parts = ["/name", "/line1", "/line2", "/postal_code", "/city", "/region", "/country"];
    let parts = parts.map(|part| address.pointer(part).map_or_else(String::new, words));
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Orders, a row each.
pub const ORDERS: &[Column] = &[
    Column("number", Text, "/number"),
    Column("order_id", Text, "/order_id"),
    Column("reference", Text, "/reference"),
    Column("placed_at", Text, "/placed_at"),
    Column("status", Text, "/status"),
    Column("payment_status", Text, "/payment_status"),
    Column("fulfillment_status", Text, "/fulfillment_status"),
    Column("currency", Text, "/currency"),
    Column("subtotal", Amount, "/totals/subtotal"),
    Column("discount", Amount, "/totals/discount"),
    Column("shipping", Amount, "/totals/shipping"),
    Column("tax", Amount, "/totals/tax"),
    Column("total", Amount, "/totals/total"),
    Column("paid", Amount, "/totals/paid"),
    Column("refunded", Amount, "/totals/refunded"),
    Column("due", Amount, "/totals/due"),
    Column("customer_id", Text, "/customer_id"),
    Column("email", Text, "/customer/email"),
    Column("name", Text, "/customer/name"),
    Column("phone", Text, "/customer/phone"),
    Column("shipping_address", Own(lines), "/shipping_address"),
    Column("billing_address", Own(lines), "/billing_address"),
    Column("gateway", Text, "/payment/gateway"),
    Column("tags", Words, "/tags"),
    Column("metadata", Json, "/metadata"),
    Column("updated_at", Text, "/updated_at"),
];

/// Items of orders.
pub const ITEMS: &[Column] = &[
    Column("number", Text, "/number"),
    Column("order_id", Text, "/order_id"),
    Column("placed_at", Text, "/placed_at"),
    Column("status", Text, "/status"),
    Column("item_id", Text, "/item_id"),
    Column("sku", Text, "/sku"),
    Column("title", Text, "/title"),
    Column("variant_title", Text, "/variant_title"),
    Column("ordered", Number, "/quantity/ordered"),
    Column("canceled", Number, "/quantity/canceled"),
    Column("fulfilled", Number, "/quantity/fulfilled"),
    Column("returned", Number, "/quantity/returned"),
    Column("unit_price", Amount, "/unit_price"),
    Column("discount", Amount, "/discount"),
    Column("tax", Amount, "/tax"),
    Column("total", Amount, "/total"),
    Column("currency", Text, "/total/currency"),
    Column("location", Text, "/location_id"),
    Column("product_id", Text, "/product_id"),
    Column("variant_id", Text, "/variant_id"),
];

/// Variants, each beside its product.
pub const PRODUCTS: &[Column] = &[
    Column("handle", Text, "/product/handle"),
    Column("product_id", Text, "/product/product_id"),
    Column("title", Text, "/product/title"),
    Column("status", Text, "/product/status"),
    Column("vendor", Text, "/product/vendor"),
    Column("product_type", Text, "/product/product_type"),
    Column("tags", Words, "/product/tags"),
    Column("variant_id", Text, "/variant/variant_id"),
    Column("sku", Text, "/variant/sku"),
    Column("barcode", Text, "/variant/barcode"),
    Column("variant_title", Text, "/variant/title"),
    Column("price", Amount, "/variant/price"),
    Column("compare_at_price", Amount, "/variant/compare_at_price"),
    Column("cost", Amount, "/variant/cost"),
    Column("currency", Text, "/variant/price/currency"),
    Column("weight", Number, "/variant/weight/value"),
    Column("weight_unit", Text, "/variant/weight/unit"),
    Column("tax_code", Text, "/variant/tax_code"),
    Column("requires_shipping", Text, "/variant/requires_shipping"),
    Column("track_inventory", Text, "/variant/track_inventory"),
    Column("oversell", Text, "/variant/oversell"),
    Column("updated_at", Text, "/product/updated_at"),
];

/// Stock levels.
pub const STOCK: &[Column] = &[
    Column("sku", Text, "/sku"),
    Column("location", Text, "/location_id"),
    Column("on_hand", Number, "/on_hand"),
    Column("reserved", Number, "/reserved"),
    Column("available", Number, "/available"),
    Column("safety_stock", Number, "/safety_stock"),
    Column("reorder_point", Number, "/reorder_point"),
    Column("status", Text, "/status"),
    Column("variant_id", Text, "/variant_id"),
    Column("product_id", Text, "/product_id"),
];

/// Events.
pub const EVENTS: &[Column] = &[
    Column("position", Number, "/position"),
    Column("time", Text, "/time"),
    Column("type", Text, "/type"),
    Column("subject", Text, "/subject"),
    Column("sequence", Number, "/sequence"),
    Column("id", Text, "/id"),
    Column("causation", Text, "/causation"),
    Column("data", Json, "/data"),
];

/// Customers.
pub const CUSTOMERS: &[Column] = &[
    Column("customer_id", Text, "/customer_id"),
    Column("email", Text, "/email"),
    Column("name", Text, "/name"),
    Column("phone", Text, "/phone"),
    Column("shipping_address", Own(lines), "/shipping_address"),
    Column("billing_address", Own(lines), "/billing_address"),
    Column("orders", Number, "/lifetime/orders"),
    Column("spent", Own(spent), "/lifetime/spent"),
    Column("last_order_at", Text, "/lifetime/last_order_at"),
    Column("metadata", Json, "/metadata"),
    Column("created_at", Text, "/created_at"),
    Column("updated_at", Text, "/updated_at"),
    Column("erased_at", Text, "/erased_at"),
];

/// Amounts of several currencies in one cell: `59.60 EUR, 10.00 USD`.
fn spent(amounts: &Value) -> String {
    let amounts = amounts.as_array().into_iter().flatten();
    let told = amounts.map(|amount| {
        format!("{} {}", decimal(amount), amount.pointer("/currency").map_or_else(String::new, words))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Lines of the books, each with its entry.
pub const JOURNAL: &[Column] = &[
    Column("position", Number, "/position"),
    Column("at", Text, "/at"),
    Column("number", Text, "/number"),
    Column("order_id", Text, "/order_id"),
    Column("event", Text, "/event"),
    Column("account", Text, "/line/account"),
    Column("debit", Amount, "/line/debit"),
    Column("credit", Amount, "/line/credit"),
    Column("currency", Text, "/line/debit/currency"),
];

/// Movements of stock.
pub const MOVEMENTS: &[Column] = &[
    Column("position", Number, "/position"),
    Column("line", Number, "/line"),
    Column("recorded_at", Text, "/recorded_at"),
    Column("variant_id", Text, "/variant_id"),
    Column("location", Text, "/location_id"),
    Column("reason", Text, "/reason"),
    Column("on_hand", Number, "/on_hand"),
    Column("reserved", Number, "/reserved"),
    Column("on_hand_after", Number, "/on_hand_after"),
    Column("reserved_after", Number, "/reserved_after"),
    Column("order_id", Text, "/order_id"),
    Column("reservation_id", Text, "/reservation_id"),
    Column("actor", Text, "/actor"),
    Column("note", Text, "/note"),
];
