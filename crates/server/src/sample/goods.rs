//! 24 products with 61 variants.

use serde_json::{Map, Value, json};

/// The location beside the default one.
pub(super) const SECOND_LOCATION: &str = "town";

/// A product of the sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Good {
    pub(super) id: &'static str,
    title: &'static str,
    kind: &'static str,
    /// Euro cents of the first variant.
    price_minor: i64,
    /// What each further variant costs more.
    step_minor: i64,
    /// The name of the choice; empty: there is none.
    choice: &'static str,
    /// What stands before the variant's part of the SKU.
    code: &'static str,
    /// Each value of the choice with its part of the SKU.
    values: &'static [(&'static str, &'static str)],
    /// How many of each lie on the shelf; `None`: not counted.
    stock: Option<u32>,
}

const ONE: &[(&str, &str)] = &[("", "")];
const SIZES: &[(&str, &str)] = &[("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL")];
const CLOTHS: &[(&str, &str)] = &[("Moss", "MOSS"), ("Clay", "CLAY"), ("Ink", "INK")];

const fn good(
    id: &'static str,
    title: &'static str,
    kind: &'static str,
    [price_minor, step_minor]: [i64; 2],
    (choice, code): (&'static str, &'static str),
    values: &'static [(&'static str, &'static str)],
    stock: u32,
) -> Good {
    Good { id, title, kind, price_minor, step_minor, choice, code, values, stock: Some(stock) }
}

/// Every product.
pub(super) fn all() -> [Good; 24] {
    [
        // The product that the load test of every shop orders: EUR 10.00, and never sold out.
        Good { stock: None, ..good("P1", "P1", "", [1000, 0], ("", ""), ONE, 0) },
        good(
            "sample-mug",
            "Mug",
            "Kitchen",
            [1490, 0],
            ("Color", "MUG"),
            &[("Blue", "BLUE"), ("White", "WHITE"), ("Green", "GREEN")],
            5000,
        ),
        good("sample-tee", "T-shirt", "Clothing", [2490, 0], ("Size", "TEE"), SIZES, 5000),
        good("sample-hoodie", "Hoodie", "Clothing", [4990, 0], ("Size", "HOODIE"), SIZES, 60),
        good(
            "sample-cap",
            "Cap",
            "Clothing",
            [1990, 0],
            ("Color", "CAP"),
            &[("Black", "BLACK"), ("Sand", "SAND")],
            45,
        ),
        good(
            "sample-tote",
            "Tote bag",
            "Bags",
            [1490, 0],
            ("Color", "TOTE"),
            &[("Natural", "NATURAL"), ("Black", "BLACK")],
            120,
        ),
        good(
            "sample-notebook",
            "Notebook",
            "Paper",
            [990, 0],
            ("Ruling", "NOTE"),
            &[("Lined", "LINED"), ("Dotted", "DOTTED"), ("Plain", "PLAIN")],
            300,
        ),
        good(
            "sample-poster",
            "Poster of the harbor",
            "Paper",
            [1990, 900],
            ("Format", "POSTER"),
            &[("A3", "A3"), ("A2", "A2")],
            25,
        ),
        good(
            "sample-socks",
            "Wool socks",
            "Clothing",
            [1290, 0],
            ("Size", "SOCKS"),
            &[("36-39", "36"), ("40-43", "40"), ("44-47", "44")],
            80,
        ),
        good(
            "sample-candle",
            "Candle",
            "Home",
            [2290, 0],
            ("Scent", "CANDLE"),
            &[("Cedar", "CEDAR"), ("Fig", "FIG"), ("Linen", "LINEN")],
            40,
        ),
        good(
            "sample-tea",
            "Tea tin",
            "Food",
            [890, 0],
            ("Sort", "TEA"),
            &[("Breakfast", "BREAKFAST"), ("Bergamot", "BERGAMOT"), ("Mint", "MINT"), ("Rooibos", "ROOIBOS")],
            150,
        ),
        good(
            "sample-coffee",
            "Coffee beans",
            "Food",
            [850, 700],
            ("Weight", "COFFEE"),
            &[("250 g", "250"), ("500 g", "500"), ("1 kg", "1000")],
            90,
        ),
        good(
            "sample-bottle",
            "Water bottle",
            "Kitchen",
            [2290, 400],
            ("Volume", "BOTTLE"),
            &[("500 ml", "500"), ("750 ml", "750")],
            70,
        ),
        good(
            "sample-lunchbox",
            "Lunch box",
            "Kitchen",
            [1690, 600],
            ("Size", "LUNCH"),
            &[("Small", "S"), ("Large", "L")],
            55,
        ),
        good(
            "sample-towel",
            "Kitchen towel",
            "Kitchen",
            [790, 0],
            ("Color", "TOWEL"),
            &[("Blue", "BLUE"), ("Red", "RED"), ("Grey", "GREY")],
            200,
        ),
        good(
            "sample-apron",
            "Apron",
            "Kitchen",
            [3490, 0],
            ("Color", "APRON"),
            &[("Navy", "NAVY"), ("Rust", "RUST")],
            30,
        ),
        good(
            "sample-board",
            "Cutting board",
            "Kitchen",
            [2790, 1200],
            ("Size", "BOARD"),
            &[("Small", "S"), ("Large", "L")],
            35,
        ),
        good(
            "sample-pot",
            "Plant pot",
            "Home",
            [1190, 500],
            ("Diameter", "POT"),
            &[("12 cm", "12"), ("16 cm", "16"), ("20 cm", "20")],
            65,
        ),
        good("sample-blanket", "Blanket", "Home", [6990, 0], ("Color", "BLANKET"), CLOTHS, 20),
        good("sample-cushion", "Cushion", "Home", [2990, 0], ("Color", "CUSHION"), CLOTHS, 40),
        good("sample-pencils", "Pencil set", "Paper", [690, 0], ("", "PENCILS"), ONE, 250),
        good(
            "sample-puzzle",
            "Puzzle",
            "Games",
            [1990, 700],
            ("Pieces", "PUZZLE"),
            &[("500", "500"), ("1000", "1000")],
            30,
        ),
        good("sample-cards", "Card game", "Games", [1290, 0], ("", "CARDS"), ONE, 3),
        Good {
            stock: None,
            ..good(
                "sample-gift",
                "Gift card",
                "Gift cards",
                [2500, 2500],
                ("Value", "GIFT"),
                &[("25", "25"), ("50", "50"), ("100", "100")],
                0,
            )
        },
    ]
}

impl Good {
    /// SKU, value of the choice and price of every variant.
    pub(super) fn variants(&self) -> Vec<(String, &'static str, i64)> {
        let numbered = (0..).zip(self.values);
        numbered
            .map(|(at, (value, part))| {
                let sku =
                    [self.code, part].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("-");
                (sku, *value, self.price_minor.saturating_add(self.step_minor.saturating_mul(at)))
            })
            .collect()
    }

    /// The body of `PUT /products/{id}`.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({"title": self.title, "status": "active", "metadata": {"sample": "true"}});
        let Some(members) = body.as_object_mut() else { return body };
        if !self.kind.is_empty() {
            members.insert("product_type".to_owned(), json!(self.kind));
            members.insert("vendor".to_owned(), json!("Sample & Sons"));
            members.insert(
                "description_html".to_owned(),
                json!(format!("<p>{}, made up for the sample shop.</p>", self.title)),
            );
        }
        let variants = self.variants().into_iter().map(|variant| self.variant(variant)).collect::<Vec<_>>();
        match variants.as_slice() {
            [Value::Object(only)] if self.choice.is_empty() => members.extend(only.clone()),
            _ => {
                let values: Vec<&str> = self.values.iter().map(|(value, _)| *value).collect();
                members.insert("options".to_owned(), json!([{"name": self.choice, "values": values}]));
                members.insert("variants".to_owned(), Value::from(variants));
            }
        }
        body
    }

    fn variant(&self, (sku, value, price_minor): (String, &'static str, i64)) -> Value {
        let mut variant =
            Map::from_iter([("price".to_owned(), json!({"amount": price_minor, "currency": "EUR"}))]);
        if !sku.is_empty() {
            variant.insert("sku".to_owned(), json!(sku));
        }
        if !self.choice.is_empty() {
            variant.insert("option_values".to_owned(), json!({self.choice: value}));
        }
        match self.stock {
            Some(units) => _ = variant.insert("stock".to_owned(), json!(units)),
            None => _ = variant.insert("track_inventory".to_owned(), json!(false)),
        }
        if self.kind == "Gift cards" {
            variant.insert("requires_shipping".to_owned(), json!(false));
        }
        Value::Object(variant)
    }

    /// What lies in the second location: some of the clothes.
    pub(super) fn second_shelf(&self) -> Vec<(String, u32)> {
        if self.kind != "Clothing" {
            return Vec::new();
        }
        self.variants().into_iter().map(|(sku, ..)| (sku, 8)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_61_variants_with_a_sku_each() {
        let skus: Vec<String> = all().iter().flat_map(Good::variants).map(|(sku, ..)| sku).collect();
        assert_eq!(skus.len(), 61);
        assert_eq!(skus.iter().collect::<BTreeSet<_>>().len(), 61);
        let price = |wanted: &str| {
            let mut variants = all().into_iter().flat_map(|good| good.variants());
            variants.find(|(sku, ..)| sku == wanted).map(|(_, _, price)| price)
        };
        assert_eq!((price("MUG-BLUE"), price("TEE-M")), (Some(1490), Some(2490)));
    }

    #[test]
    fn p1_is_the_product_of_the_load_test() {
        let body = all()[0].body();
        assert_eq!(body["title"], "P1");
        assert_eq!(body["price"], json!({"amount": 1000, "currency": "EUR"}));
        assert_eq!(body["track_inventory"], false);
    }
}
