//! How an order is named in a path.

use sutler_app::ports::reads::OrderName;
use sutler_app::{Problem, Settings};
use sutler_domain::OrderId;

use crate::rest::fields::shortened;

/// `ord_…`, `number:1061` or `ref:web-10042`. A bare number is no id.
pub(crate) fn order_name(text: &str, settings: &Settings) -> Result<OrderName, Problem> {
    let number = |digits: &str| {
        let digits = digits.strip_prefix(settings.number_prefix.as_str()).unwrap_or(digits);
        digits.parse().ok().map(OrderName::Number)
    };
    let name = match text.split_once(':') {
        Some(("number", digits)) => number(digits),
        Some(("ref", reference)) => Some(OrderName::Reference(reference.to_owned())),
        _ => OrderId::parse(text).ok().map(OrderName::Id),
    };
    name.ok_or_else(|| {
        let told = shortened(text);
        let hint =
            if number(text).is_some() { format!("; did you mean 'number:{told}'?") } else { String::new() };
        let detail = format!("there is no order '{told}'{hint}");
        Problem::new(sutler_app::Kind::NotFound, "not_found", detail)
    })
}

#[cfg(test)]
mod tests {
    use sutler_domain::Currency;

    use super::*;

    #[test]
    fn an_order_has_three_names() {
        let mut settings = Settings::new(Currency::parse("EUR").unwrap());
        settings.number_prefix = "S-".to_owned();
        let name = |text: &str| order_name(text, &settings);
        let id = "ord_01h455vb4pex5vsknk084sn02q";
        assert_eq!(name(id).unwrap(), OrderName::Id(OrderId::parse(id).unwrap()));
        assert_eq!(name("number:1061").unwrap(), OrderName::Number(1061));
        assert_eq!(name("number:S-1061").unwrap(), OrderName::Number(1061));
        assert_eq!(name("ref:web:1").unwrap(), OrderName::Reference("web:1".into()));
        for text in
            ["", "1061", "#1061", "number:x", "number:-1", "pay_01h455vb4pex5vsknk084sn02q", "sku:MUG"]
        {
            assert_eq!(name(text).unwrap_err().code, "not_found", "{text}");
        }
        assert!(name("1061").unwrap_err().detail.ends_with("did you mean 'number:1061'?"));
    }
}
