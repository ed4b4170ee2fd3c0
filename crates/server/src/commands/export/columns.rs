//! What can be exported, and the columns of each as a table.

use clap::ValueEnum;
use serde_json::{Value, json};
use sutler_app::transfer::Cell;
use sutler_client::Call;
use sutler_domain::{Currency, Money};

use crate::console::{field, text};
use How::{Amount, Json, Number, Own, Text, Words};

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Orders, oldest first, a row each
    Orders,
    /// Items of orders, a row each
    Items,
    /// Products; as a table a row for each variant
    Products,
    /// Stock levels by variant and location
    Stock,
    /// Events, oldest first
    Events,
    /// Customers, newest first
    Customers,
    /// The journal of the books, double entry; as a table a row for each line
    Journal,
    /// The journal of stock: every movement, newest first
    Movements,
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self::Orders,
        Self::Items,
        Self::Products,
        Self::Stock,
        Self::Events,
        Self::Customers,
        Self::Journal,
        Self::Movements,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Items => "items",
            Self::Products => "products",
            Self::Stock => "stock",
            Self::Events => "events",
            Self::Customers => "customers",
            Self::Journal => "journal",
            Self::Movements => "movements",
        }
    }

    /// The list that is read. Orders and products are asked for in an order in which new ones come last.
    pub(super) fn call(self) -> Call {
        match self {
            Self::Orders => {
                Call::get("/orders").query("sort", "placed_at").query("expand", "customer,payments,refunds")
            }
            Self::Items => Call::get("/orders").query("sort", "placed_at"),
            Self::Products => Call::get("/products").query("sort", "title"),
            Self::Stock => Call::get("/inventory"),
            Self::Events => Call::get("/events"),
            Self::Customers => Call::get("/customers").query("expand", "lifetime"),
            Self::Journal => Call::get("/journal"),
            Self::Movements => Call::get("/inventory/movements"),
        }
    }

    /// Whether the server says how many there are.
    pub(super) const fn is_counted(self) -> bool {
        !matches!(self, Self::Events | Self::Journal)
    }

    /// The rows of one thing of the list; a table has a row for each item of an order and each variant of a product.
    pub(super) fn rows(self, mut thing: Value, is_table: bool) -> Vec<Value> {
        match self {
            Self::Items => {
                let order = thing.clone();
                let names = ["order_id", "number", "placed_at", "status"];
                let with_order = |mut item: Value| {
                    for name in names {
                        if let (Some(item), Some(value)) = (item.as_object_mut(), order.get(name)) {
                            item.insert(name.to_owned(), value.clone());
                        }
                    }
                    item
                };
                taken(&mut thing, "items").into_iter().map(with_order).collect()
            }
            Self::Products if is_table => {
                let variants = taken(&mut thing, "variants");
                variants.into_iter().map(|variant| json!({"product": thing, "variant": variant})).collect()
            }
            Self::Journal if is_table => {
                let lines = taken(&mut thing, "lines");
                let with_entry = |line: Value| {
                    let mut row = thing.clone();
                    if let Some(row) = row.as_object_mut() {
                        row.insert("line".to_owned(), line);
                    }
                    row
                };
                lines.into_iter().map(with_entry).collect()
            }
            _ => vec![thing],
        }
    }
}

fn taken(thing: &mut Value, name: &str) -> Vec<Value> {
    match thing.get_mut(name).map(Value::take) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

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
pub(super) struct Column(&'static str, How, &'static str);

impl Column {
    pub(super) fn title(&self) -> Cell {
        Cell::Text(self.0.to_owned())
    }

    pub(super) fn cell(&self, row: &Value) -> Cell {
        let member = field(row, self.2);
        match self.1 {
            How::Text => Cell::Text(text(row, self.2)),
            How::Number => number(text(row, self.2)),
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

/// What is not made of digits alone is no number of ours, whatever the server calls it.
fn number(text: String) -> Cell {
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { Cell::Number(text) } else { Cell::Text(text) }
}

/// An amount of money as decimal digits.
pub(super) fn decimal(value: &Value) -> String {
    let amount = value.get("amount").and_then(Value::as_i64);
    let currency = value.get("currency").and_then(Value::as_str).and_then(|code| Currency::parse(code).ok());
    let money = amount.zip(currency).and_then(|(amount, currency)| Money::new(amount, currency).ok());
    money.map(Money::to_decimal).unwrap_or_default()
}

fn lines(address: &Value) -> String {
    let parts = ["/name", "/line1", "/line2", "/postal_code", "/city", "/region", "/country"];
    let parts = parts.map(|part| text(address, part));
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The columns of a kind.
pub(super) const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Orders => ORDERS,
        Kind::Items => ITEMS,
        Kind::Products => PRODUCTS,
        Kind::Stock => STOCK,
        Kind::Events => EVENTS,
        Kind::Customers => CUSTOMERS,
        Kind::Journal => JOURNAL,
        Kind::Movements => MOVEMENTS,
    }
}

const ORDERS: &[Column] = &[
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

const ITEMS: &[Column] = &[
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

const PRODUCTS: &[Column] = &[
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

const STOCK: &[Column] = &[
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

const EVENTS: &[Column] = &[
    Column("position", Number, "/position"),
    Column("time", Text, "/time"),
    Column("type", Text, "/type"),
    Column("subject", Text, "/subject"),
    Column("sequence", Number, "/sequence"),
    Column("id", Text, "/id"),
    Column("causation", Text, "/causation"),
    Column("data", Json, "/data"),
];

const CUSTOMERS: &[Column] = &[
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
    let told = amounts.map(|amount| format!("{} {}", decimal(amount), text(amount, "/currency")));
    told.collect::<Vec<_>>().join(", ")
}

const JOURNAL: &[Column] = &[
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

const MOVEMENTS: &[Column] = &[
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
