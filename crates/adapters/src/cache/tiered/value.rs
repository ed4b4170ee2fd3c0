//! What stands in the shared cache under the key of a product: the product, or only the version it has reached.
//!
//! ```text
//! {"version":7,"sum":"9f86…","body":{"product":{…},"prices":{"P1-1":3}}}
//! {"version":8}
//! ```
//!
//! The version comes first, where the script that keeps entries looks for it. The sum is of the key, the version and the
//! body, so what stands under another key than it was written for, is cut short or was changed is told from what one of
//! us wrote.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use sutler_app::ports::reads::PricedProduct;
use sutler_domain::catalog::Product;
use sutler_domain::{VariantId, Version};

/// Bytes of a value that is shared; a larger product is remembered by each node alone.
pub const VALUE_BYTES_MAX: usize = 256 * 1024;

/// What a key stands for.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    /// The product as of its version.
    Product(PricedProduct),
    /// Nothing older than this version counts.
    Floor(Version),
}

#[derive(Deserialize)]
struct Envelope<'v> {
    version: Version,
    sum: Option<String>,
    #[serde(borrow)]
    body: Option<&'v RawValue>,
}

#[derive(Serialize)]
struct Shown<'p> {
    product: &'p Product,
    prices: &'p BTreeMap<VariantId, Version>,
}

#[derive(Deserialize)]
struct Body {
    product: Arc<Product>,
    prices: Arc<BTreeMap<VariantId, Version>>,
}

/// The value of a product, unless it is too large to be shared.
pub(super) fn of_product(key: &str, found: &PricedProduct) -> Option<Vec<u8>> {
    let body = serde_json::to_string(&Shown { product: &found.product, prices: &found.prices }).ok()?;
    let (version, sum) = (found.version, sum(key, found.version, &body));
    let value = format!(r#"{{"version":{version},"sum":"{sum}","body":{body}}}"#);
    (value.len() <= VALUE_BYTES_MAX).then(|| value.into_bytes())
}

/// The value that says of a product only which version it has reached.
pub(super) fn of_floor(version: Version) -> Vec<u8> {
    format!(r#"{{"version":{version}}}"#).into_bytes()
}

/// Read a value; `None` when none of us wrote it for this key.
pub(super) fn read(key: &str, value: &[u8]) -> Option<Value> {
    let envelope: Envelope<'_> = serde_json::from_slice(value).ok()?;
    let (Some(told), Some(body)) = (envelope.sum, envelope.body) else {
        return Some(Value::Floor(envelope.version));
    };
    if told != sum(key, envelope.version, body.get()) {
        return None;
    }
    let Body { product, prices } = serde_json::from_str(body.get()).ok()?;
    Some(Value::Product(PricedProduct { product, version: envelope.version, prices }))
}

fn sum(key: &str, version: Version, body: &str) -> String {
    hex::encode(Sha256::digest(format!("{key}\n{version}\n{body}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sutler_testkit::builders as some;

    const KEY: &str = "sutler:e:product:mug";

    fn mug() -> PricedProduct {
        let product = Arc::new(some::product("mug", "mug-blue", "M-1"));
        let prices = Arc::new([(some::variant_id("mug-blue"), Version(3))].into());
        PricedProduct { product, version: Version(7), prices }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let value = of_product(KEY, &mug()).unwrap();
        assert!(value.starts_with(br#"{"version":7,"#), "the script that keeps entries reads the head");
        assert_eq!(read(KEY, &value), Some(Value::Product(mug())));
        assert_eq!(read(KEY, &of_floor(Version(8))), Some(Value::Floor(Version(8))));
    }

    #[test]
    fn what_none_of_us_wrote_is_nothing() {
        let value = of_product(KEY, &mug()).unwrap();
        assert_eq!(read("sutler:e:product:pot", &value), None, "of another product");
        assert_eq!(read("sutler:f:product:mug", &value), None, "of another shop");
        for end in 0..value.len() {
            assert_eq!(read(KEY, &value[..end]), None, "cut after {end} bytes");
        }
        let text = String::from_utf8(value).unwrap();
        for (from, to) in [
            (r#""version":7"#, r#""version":9"#),
            (r#""amount":1000"#, r#""amount":1"#),
            (r#""sum":""#, r#""sum":"0"#),
        ] {
            assert!(text.contains(from), "{text}");
            assert_eq!(read(KEY, text.replacen(from, to, 1).as_bytes()), None, "{to}");
        }
        for garbage in
            ["", "null", "7", "{}", r#"{"version":-1}"#, r#"{"version":99999999999999999999}"#, "\u{0}"]
        {
            assert_eq!(read(KEY, garbage.as_bytes()), None, "{garbage}");
        }
    }

    #[test]
    fn what_is_too_large_is_not_shared() {
        let large = Product { description_html: "x".repeat(VALUE_BYTES_MAX), ..(*mug().product).clone() };
        assert_eq!(of_product(KEY, &PricedProduct { product: Arc::new(large), ..mug() }), None);
    }
}
