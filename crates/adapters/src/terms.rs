//! What orders and products are found by, in every database the same: one word for each property that a list can
//! be asked for.

use std::collections::BTreeSet;

use sutler_app::ports::reads::{Having, OrderQuery, ProductQuery};
use sutler_domain::catalog::Product;
use sutler_domain::orders::Order;

/// Stands between the words of a term; no validated text holds a control character.
const WITHIN: char = '\u{1f}';
/// Stands between the terms of one row.
const BETWEEN: char = '\u{1e}';

/// Before the id of a payment, a refund or a fulfillment.
const PART: &str = "part\u{1f}";

fn part(id: &str) -> String {
    format!("{PART}{id}")
}

/// The id in the term of a part.
pub(crate) fn as_part(term: &str) -> Option<&str> {
    term.strip_prefix(PART)
}

fn term(kind: &str, value: &str) -> String {
    format!("{kind}{WITHIN}{value}")
}

fn meta(key: &str, value: &str) -> String {
    format!("meta{WITHIN}{key}{WITHIN}{value}")
}

fn has(what: Having) -> String {
    let what = match what {
        Having::Payment => "payment",
        Having::Refund => "refund",
    };
    term("has", what)
}

/// The terms of an order.
pub(crate) fn of_order(order: &Order) -> BTreeSet<String> {
    let skus = order.items.iter().filter(|item| !item.sku.is_empty()).map(|item| term("sku", &item.sku));
    let customer = order.customer_id.iter().map(|id| term("customer", id.as_str()));
    let tags = order.tags.iter().map(|tag| term("tag", tag));
    let pairs = order.metadata.iter().map(|(key, value)| meta(key, value));
    let payments = order.payments.iter().map(|payment| part(payment.payment_id.as_str()));
    let refunds = order.refunds.iter().map(|refund| part(refund.refund_id.as_str()));
    let fulfillments = order.fulfillments.iter().map(|one| part(one.fulfillment_id.as_str()));
    let paid = (!order.payments.is_empty()).then(|| has(Having::Payment));
    let refunded = (!order.refunds.is_empty()).then(|| has(Having::Refund));
    let parts = payments.chain(refunds).chain(fulfillments).chain(paid).chain(refunded);
    customer.chain(skus).chain(tags).chain(pairs).chain(parts).collect()
}

/// The terms that a page of orders asks for, the one that tells most first.
pub(crate) fn of_order_query(query: &OrderQuery) -> Vec<String> {
    let customer = query.customer_id.iter().map(|id| term("customer", id.as_str()));
    let pairs = query.metadata.iter().map(|(key, value)| meta(key, value));
    let skus = query.sku.iter().map(|sku| term("sku", sku));
    let tags = query.tag.iter().map(|tag| term("tag", tag));
    customer.chain(pairs).chain(skus).chain(tags).chain(query.having.map(has)).collect()
}

/// The terms of a product.
pub(crate) fn of_product(product: &Product) -> BTreeSet<String> {
    let vendor = Some(&product.vendor).filter(|v| !v.is_empty()).map(|vendor| term("vendor", vendor));
    let sort = Some(&product.product_type).filter(|t| !t.is_empty()).map(|sort| term("type", sort));
    let tags = product.tags.iter().map(|tag| term("tag", tag));
    let pairs = product.metadata.iter().map(|(key, value)| meta(key, value));
    vendor.into_iter().chain(sort).chain(tags).chain(pairs).collect()
}

/// The terms that a page of products asks for.
pub(crate) fn of_product_query(query: &ProductQuery) -> Vec<String> {
    let pairs = query.metadata.iter().map(|(key, value)| meta(key, value));
    let tags = query.tag.iter().map(|tag| term("tag", tag));
    let sorts = query.product_type.iter().map(|sort| term("type", sort));
    let vendors = query.vendor.iter().map(|vendor| term("vendor", vendor));
    pairs.chain(tags).chain(sorts).chain(vendors).collect()
}

/// The terms of one row in one text, to compare with the next version.
pub(crate) fn joined(terms: &BTreeSet<String>) -> String {
    terms.iter().map(String::as_str).collect::<Vec<_>>().join(&BETWEEN.to_string())
}

/// What came and what went between two texts of [`joined`].
pub(crate) fn changes<'t>(before: &'t str, after: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let split = |text: &'t str| text.split(BETWEEN).filter(|t| !t.is_empty()).collect::<BTreeSet<_>>();
    if before == after {
        return (Vec::new(), Vec::new());
    }
    let (before, after) = (split(before), split(after));
    (after.difference(&before).copied().collect(), before.difference(&after).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_written() {
        let set = |terms: &[&str]| joined(&terms.iter().map(|t| (*t).to_owned()).collect());
        let (before, after) = (set(&["a", "b"]), set(&["b", "c"]));
        assert_eq!(changes(&before, &after), (vec!["c"], vec!["a"]));
        assert_eq!(changes("", &after), (vec!["b", "c"], vec![]));
        assert_eq!(changes(&after, &after), (vec![], vec![]));
    }
}
