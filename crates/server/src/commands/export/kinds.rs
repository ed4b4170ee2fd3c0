//! What can be exported, from which list, and the rows of each.

use clap::ValueEnum;
use serde_json::{Value, json};
use sutler_app::transfer::columns::{self, Column};
use sutler_client::Call;

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

/// The columns of a kind.
pub(super) const fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Orders => columns::ORDERS,
        Kind::Items => columns::ITEMS,
        Kind::Products => columns::PRODUCTS,
        Kind::Stock => columns::STOCK,
        Kind::Events => columns::EVENTS,
        Kind::Customers => columns::CUSTOMERS,
        Kind::Journal => columns::JOURNAL,
        Kind::Movements => columns::MOVEMENTS,
    }
}
