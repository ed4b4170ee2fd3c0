//! Products as Shopify's classic file has them, so that our own import, or Shopify's, takes them again.

use serde_json::Value;
use sutler_app::transfer::columns::decimal;
use sutler_app::transfer::{Cell, METADATA_PREFIX, Table};
use sutler_client::{Call, Client};

use super::out::{Out, gone};
use crate::commands::page::segment;
use crate::console::{Failure, field, text};

/// The columns, in Shopify's order.
const TITLES: [&str; 33] = [
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Option3 Name",
    "Option3 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    "Variant Barcode",
    "Image Src",
    "Image Position",
    "Image Alt Text",
    "Gift Card",
    "SEO Title",
    "SEO Description",
    "Variant Weight Unit",
    "Variant Tax Code",
    "Cost per item",
    "Status",
];

/// The tax code of variants that are not taxed, as the import writes it.
const TAX_EXEMPT: &str = "exempt";

/// A table of products under way.
pub(super) struct Shopify {
    table: Table<Out>,
    /// Where stock is counted.
    location: String,
}

impl Shopify {
    pub(super) async fn begin(mut table: Table<Out>, client: &Client) -> Result<Self, Failure> {
        let locations = super::ask(client, Call::get("/locations")).await?;
        let all = field(&locations, "/data").as_array().into_iter().flatten();
        let location = all.into_iter().find(|one| field(one, "/default").as_bool() == Some(true));
        table.row(&TITLES.map(|title| Cell::Text(title.to_owned()))).map_err(gone)?;
        Ok(Self { table, location: location.map(|one| text(one, "/location_id")).unwrap_or_default() })
    }

    pub(super) fn end(self) -> Result<Out, Failure> {
        self.table.end().map_err(gone)
    }

    /// A row for each variant, the first with what is said of the product; further pictures have rows of their own.
    pub(super) async fn product(&mut self, product: &Value, client: &Client) -> Result<(), Failure> {
        let list = |at: &str| field(product, at).as_array().cloned().unwrap_or_default();
        let (variants, images) = (list("/variants"), list("/images"));
        for index in 0..variants.len().max(images.len()) {
            let mut row = Row::default();
            row.text("Handle", text(product, "/handle"));
            if index == 0 {
                row.product(product);
            }
            if let Some(variant) = variants.get(index) {
                row.variant(product, variant);
                if field(variant, "/track_inventory").as_bool() == Some(true) {
                    row.number("Variant Inventory Qty", self.on_hand(variant, client).await?);
                }
            }
            if let Some(image) = images.get(index) {
                row.text("Image Src", text(image, "/url"));
                row.number("Image Position", index.saturating_add(1).to_string());
                row.text("Image Alt Text", text(image, "/alt"));
            }
            self.table.row(&row.0).map_err(gone)?;
        }
        Ok(())
    }

    /// What lies at the default location. One read a variant: however many there are, none is kept in memory.
    async fn on_hand(&self, variant: &Value, client: &Client) -> Result<String, Failure> {
        let (variant, location) = (segment(&text(variant, "/variant_id")), segment(&self.location));
        let level = super::ask(client, Call::get(format!("/inventory/{variant}/{location}"))).await;
        match level {
            Ok(level) => Ok(text(&level, "/on_hand")),
            Err(failure) if failure.exit == crate::console::Exit::NotFound => Ok("0".to_owned()),
            Err(failure) => Err(failure),
        }
    }
}

/// The cells of a row, in the order of the titles.
struct Row([Cell; TITLES.len()]);

impl Default for Row {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Cell::Text(String::new())))
    }
}

impl Row {
    fn set(&mut self, title: &str, cell: Cell) {
        let place = TITLES.iter().position(|one| *one == title);
        if let Some(old) = place.and_then(|place| self.0.get_mut(place)) {
            *old = cell;
        }
    }

    fn text(&mut self, title: &str, words: String) {
        self.set(title, Cell::Text(words));
    }

    fn number(&mut self, title: &str, digits: String) {
        self.set(title, Cell::Number(digits));
    }

    fn product(&mut self, product: &Value) {
        for (title, at) in [
            ("Title", "/title"),
            ("Body (HTML)", "/description_html"),
            ("Vendor", "/vendor"),
            ("Type", "/product_type"),
            ("SEO Title", "/seo/title"),
            ("SEO Description", "/seo/description"),
            ("Status", "/status"),
        ] {
            self.text(title, text(product, at));
        }
        let tags = field(product, "/tags").as_array().into_iter().flatten().filter_map(Value::as_str);
        self.text("Tags", tags.collect::<Vec<_>>().join(", "));
        self.text("Published", (text(product, "/status") == "active").to_string());
        self.text("Gift Card", text(product, &format!("/metadata/{METADATA_PREFIX}gift_card")));
    }

    fn variant(&mut self, product: &Value, variant: &Value) {
        let options = field(product, "/options").as_array().cloned().unwrap_or_default();
        if options.is_empty() {
            self.text("Option1 Name", "Title".to_owned());
            self.text("Option1 Value", "Default Title".to_owned());
        }
        for (option, place) in options.iter().zip(1..) {
            let name = text(option, "/name");
            let value = field(variant, "/option_values").get(&name).and_then(Value::as_str);
            self.text(&format!("Option{place} Value"), value.unwrap_or_default().to_owned());
            self.text(&format!("Option{place} Name"), name);
        }
        self.text("Variant SKU", text(variant, "/sku"));
        self.text("Variant Barcode", text(variant, "/barcode"));
        self.number("Variant Price", decimal(field(variant, "/price")));
        self.number("Variant Compare At Price", decimal(field(variant, "/compare_at_price")));
        self.number("Cost per item", decimal(field(variant, "/cost")));
        self.text("Variant Requires Shipping", text(variant, "/requires_shipping"));
        let tracked = field(variant, "/track_inventory").as_bool() == Some(true);
        self.text("Variant Inventory Tracker", if tracked { "shopify" } else { "" }.to_owned());
        let oversold = text(variant, "/oversell") == "allow";
        self.text("Variant Inventory Policy", if oversold { "continue" } else { "deny" }.to_owned());
        let code = text(variant, "/tax_code");
        self.text("Variant Taxable", (code != TAX_EXEMPT).to_string());
        self.text("Variant Tax Code", code);
        let unit = text(variant, "/weight/unit");
        self.number("Variant Grams", grams(&text(variant, "/weight/value"), &unit));
        self.text("Variant Weight Unit", unit);
    }
}

/// A weight in grams, which is how the file counts. Ounces and pounds are defined in grams (NIST Handbook 44).
fn grams(value: &str, unit: &str) -> String {
    let Ok(value) = value.parse::<rust_decimal::Decimal>() else { return String::new() };
    let one = match unit {
        "kg" => rust_decimal::Decimal::from(1000),
        "oz" => rust_decimal::Decimal::new(28_349_523_125, 9),
        "lb" => rust_decimal::Decimal::new(45_359_237, 5),
        _ => rust_decimal::Decimal::ONE,
    };
    value.checked_mul(one).map(|grams| grams.normalize().to_string()).unwrap_or_default()
}
