//! 24 products with 61 variants.

use serde_json::{Map, Value, json};

/// The location beside the default one.
pub(super) const SECOND_LOCATION: &str = "town";

/// The products, one a line under a line of titles; `P1` is the product that the load test of every shop orders.
const GOODS: &str = include_str!("goods.txt");

/// A product of the sample.
#[derive(Clone, Debug)]
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
    values: Vec<(&'static str, &'static str)>,
    /// How many of each lie on the shelf; `None`: not counted.
    stock: Option<u32>,
}

/// Every product.
pub(super) fn all() -> Vec<Good> {
    GOODS.lines().skip(1).filter_map(good).collect()
}

fn good(line: &'static str) -> Option<Good> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [id, title, kind, price, step, choice, code, values, stock] = cells.try_into().ok()?;
    let mut values: Vec<_> = values.split(',').filter_map(|value| value.trim().split_once('=')).collect();
    if values.is_empty() {
        values.push(("", ""));
    }
    let (price_minor, step_minor) = (price.parse().ok()?, step.parse().ok()?);
    Some(Good { id, title, kind, price_minor, step_minor, choice, code, values, stock: stock.parse().ok() })
}

impl Good {
    /// SKU, value of the choice and price of every variant.
    pub(super) fn variants(&self) -> Vec<(String, &'static str, i64)> {
        let numbered = (0..).zip(&self.values);
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
        assert_eq!((all().len(), GOODS.lines().count()), (24, 25), "every line is a product");
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
