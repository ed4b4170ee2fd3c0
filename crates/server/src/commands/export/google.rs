//! The feed of Google Merchant: RSS 2.0 with the names of the namespace `g`. It is always the whole catalog that is for
//! sale, since what is left out is dropped there.

use std::fmt::Write as _;
use std::io::Write as _;

use serde_json::Value;
use sutler_app::transfer::columns::decimal;
use sutler_client::{Call, Client};

use super::out::{Out, gone};
use crate::commands::page::segment;
use crate::console::{Failure, field, text};

/// The longest texts that are taken there, in characters.
const TITLE_MAX: usize = 150;
const DESCRIPTION_MAX: usize = 5_000;

/// Options that have a name of their own there.
const ATTRIBUTES: [&str; 5] = ["color", "size", "material", "pattern", "gender"];

/// A feed under way.
pub(super) struct Google {
    out: Out,
    /// Where the shop is, without a slash at its end.
    shop_url: String,
}

impl Google {
    pub(super) fn begin(mut out: Out, shop_url: &str) -> Result<Self, Failure> {
        let shop_url = shop_url.trim_end_matches('/').to_owned();
        let link = escaped(&shop_url);
        let head = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\">\n<channel>\n\
             <title>Products</title>\n<link>{link}</link>\n<description>Products of {link}</description>\n"
        );
        out.write(head.as_bytes())?;
        Ok(Self { out, shop_url })
    }

    pub(super) fn end(mut self) -> Result<Out, Failure> {
        self.out.write(b"</channel>\n</rss>\n")?;
        Ok(self.out)
    }

    /// An item for each variant of a product that is for sale.
    pub(super) async fn product(&mut self, product: &Value, client: &Client) -> Result<(), Failure> {
        if text(product, "/status") != "active" {
            return Ok(());
        }
        let variants = field(product, "/variants").as_array().cloned().unwrap_or_default();
        for variant in &variants {
            let availability = availability(variant, client).await?;
            let item = item(product, variant, variants.len() > 1, availability, &self.shop_url);
            self.out.write_all(item.as_bytes()).map_err(gone)?;
        }
        Ok(())
    }
}

/// Whether it can be had: of stock at all locations. One read a variant, so none is kept in memory.
async fn availability(variant: &Value, client: &Client) -> Result<&'static str, Failure> {
    let tracked = field(variant, "/track_inventory").as_bool() == Some(true);
    if !tracked {
        return Ok("in_stock");
    }
    let call =
        Call::get("/inventory").query("variant_id", text(variant, "/variant_id")).query("limit", "200");
    let levels = super::ask(client, call).await?;
    let available = |level: &Value| field(level, "/available").as_i64().unwrap_or_default();
    let sum = field(&levels, "/data").as_array().into_iter().flatten().map(available);
    let sum = sum.fold(0i64, i64::saturating_add);
    let oversold = text(variant, "/oversell") == "allow";
    Ok(if sum > 0 {
        "in_stock"
    } else if oversold {
        "backorder"
    } else {
        "out_of_stock"
    })
}

fn item(product: &Value, variant: &Value, is_group: bool, availability: &str, shop_url: &str) -> String {
    let sku = Some(text(variant, "/sku")).filter(|sku| !sku.is_empty());
    let variant_id = text(variant, "/variant_id");
    let link = format!(
        "{shop_url}/products/{}?variant={}",
        segment(&text(product, "/handle")),
        segment(&variant_id)
    );
    let title = match text(variant, "/title") {
        own if own.is_empty() || !is_group => text(product, "/title"),
        own => format!("{} – {own}", text(product, "/title")),
    };
    let (price, before) = (field(variant, "/price"), field(variant, "/compare_at_price"));
    let amount = |money: &Value| field(money, "/amount").as_i64().unwrap_or_default();
    let is_reduced = amount(before) > amount(price);
    let (regular, sale) = if is_reduced { (before, Some(price)) } else { (price, None) };
    let money = |value: &Value| format!("{} {}", decimal(value), text(value, "/currency"));
    let barcode = text(variant, "/barcode");
    let images = field(product, "/images").as_array().cloned().unwrap_or_default();
    let mut lines = vec![
        ("g:id", sku.unwrap_or(variant_id)),
        ("title", shortened(&title, TITLE_MAX)),
        ("description", shortened(&plain(&text(product, "/description_html")), DESCRIPTION_MAX)),
        ("link", link),
        ("g:image_link", images.first().map(|image| text(image, "/url")).unwrap_or_default()),
    ];
    lines
        .extend(images.iter().skip(1).take(10).map(|image| ("g:additional_image_link", text(image, "/url"))));
    lines.extend([
        ("g:availability", availability.to_owned()),
        ("g:price", money(regular)),
        ("g:sale_price", sale.map(money).unwrap_or_default()),
        ("g:brand", text(product, "/vendor")),
        ("g:gtin", if is_gtin(&barcode) { barcode } else { String::new() }),
        ("g:condition", "new".to_owned()),
        ("g:item_group_id", if is_group { text(product, "/product_id") } else { String::new() }),
        ("g:product_type", text(product, "/product_type")),
    ]);
    let mut item = String::from("<item>\n");
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        _ = writeln!(item, "<{name}>{}</{name}>", escaped(value));
    }
    for (name, value) in field(variant, "/option_values").as_object().into_iter().flatten() {
        let name = name.to_lowercase();
        let name =
            ATTRIBUTES.iter().find(|known| **known == name || (**known == "color" && name == "colour"));
        if let (Some(name), Some(value)) = (name, value.as_str()) {
            _ = writeln!(item, "<g:{name}>{}</g:{name}>", escaped(value));
        }
    }
    item.push_str("</item>\n");
    item
}

/// A number of GS1: 8, 12, 13 or 14 digits with the check digit that belongs to them.
fn is_gtin(code: &str) -> bool {
    let digits: Vec<u32> = code.chars().filter_map(|c| c.to_digit(10)).collect();
    if digits.len() != code.len() || !matches!(digits.len(), 8 | 12..=14) {
        return false;
    }
    let weighed = digits.iter().rev().zip([1, 3].iter().cycle()).map(|(digit, weight)| digit * weight);
    weighed.sum::<u32>().is_multiple_of(10)
}

/// HTML as text: without its tags, and white space is one space.
fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut within = false;
    for character in html.chars() {
        match character {
            '<' => within = true,
            '>' if within => {
                within = false;
                out.push(' ');
            }
            other if !within && (other.is_whitespace() || !other.is_control()) => out.push(other),
            _ => {}
        }
    }
    for (name, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " ")]
    {
        out = out.replace(name, character);
    }
    out.replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// A text within XML 1.0, which has no word for most control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(character),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_item_has_what_is_asked_for_there_and_nothing_breaks_out_of_it() {
        let product = json!({
            "product_id": "P1", "handle": "blue-mug", "title": "Mug <b>&\"", "vendor": "Ada & Co", "status": "active",
            "description_html": "<p>Bright&nbsp;&amp; <b>blue</b></p>\u{1}", "images": [{"url": "https://e.x/1.png?a=1&b=2"}],
        });
        let variant = json!({
            "variant_id": "V1", "sku": "MUG-BLUE", "title": "Blue", "barcode": "4006381333931",
            "option_values": {"Colour": "Blue", "Handle": "left"},
            "price": {"amount": 1490, "currency": "EUR"}, "compare_at_price": {"amount": 1990, "currency": "EUR"},
        });
        let text = item(&product, &variant, true, "in_stock", "https://shop.example");
        for line in [
            "<g:id>MUG-BLUE</g:id>",
            "<title>Mug &lt;b&gt;&amp;&quot; – Blue</title>",
            "<description>Bright &amp; blue</description>",
            "<link>https://shop.example/products/blue-mug?variant=V1</link>",
            "<g:image_link>https://e.x/1.png?a=1&amp;b=2</g:image_link>",
            "<g:availability>in_stock</g:availability>",
            "<g:price>19.90 EUR</g:price>",
            "<g:sale_price>14.90 EUR</g:sale_price>",
            "<g:brand>Ada &amp; Co</g:brand>",
            "<g:gtin>4006381333931</g:gtin>",
            "<g:item_group_id>P1</g:item_group_id>",
            "<g:color>Blue</g:color>",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
        }
        assert!(!text.contains("left"), "what has no name there is left out");
    }

    #[test]
    fn only_numbers_with_their_check_digit_are_numbers_of_gs1() {
        for (code, is) in [
            ("4006381333931", true),
            ("4006381333932", false),
            ("96385074", true),
            ("MUG", false),
            ("", false),
        ] {
            assert_eq!(is_gtin(code), is, "{code}");
        }
    }
}
