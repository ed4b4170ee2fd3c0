//! What orders and products are found by, in every database the same: one word for each property that a list can
//! be asked for.

use std::collections::BTreeSet;

use sutler_app::ports::reads::{Having, OrderQuery, ProductQuery};
use sutler_domain::CustomerId;
use sutler_domain::catalog::Product;
use sutler_domain::orders::Order;

/// Stands between the words of a term; no validated text holds a control character.
const WITHIN: char = '\u{1f}';
/// Stands between the terms of one row.
const BETWEEN: char = '\u{1e}';

/// Before the id of a payment, a refund, a fulfillment or a return.
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

/// The term of orders that have such a part.
pub(crate) fn has(what: Having) -> String {
    match what {
        Having::Payment => term("has", "payment"),
        Having::Refund => term("has", "refund"),
        Having::Hold => term("has", "hold"),
        Having::Return(None) => term("has", "return"),
        Having::Return(Some(status)) => format!("{}{WITHIN}{}", term("has", "return"), status.as_str()),
    }
}

/// The term of a customer's orders.
pub(crate) fn customer(id: &CustomerId) -> String {
    term("customer", id.as_str())
}

/// The terms of an order.
pub(crate) fn of_order(order: &Order) -> BTreeSet<String> {
    let skus = order.items.iter().filter(|item| !item.sku.is_empty()).map(|item| term("sku", &item.sku));
    let customer = order.customer_id.iter().map(customer);
    let tags = order.tags.iter().map(|tag| term("tag", tag));
    let pairs = order.metadata.iter().map(|(key, value)| meta(key, value));
    let payments = order.payments.iter().map(|payment| part(payment.payment_id.as_str()));
    let refunds = order.refunds.iter().map(|refund| part(refund.refund_id.as_str()));
    let fulfillments = order.fulfillments.iter().map(|one| part(one.fulfillment_id.as_str()));
    let paid = (!order.payments.is_empty()).then(|| has(Having::Payment));
    let refunded = (!order.refunds.is_empty()).then(|| has(Having::Refund));
    let returns = order.returns.iter().map(|one| part(one.return_id.as_str()));
    let returned = order.returns.iter().flat_map(|one| [None, Some(one.status)]).map(Having::Return).map(has);
    let parts = payments.chain(refunds).chain(fulfillments).chain(paid).chain(refunded);
    let held = (!order.holds.is_empty()).then(|| has(Having::Hold));
    let parts = parts.chain(returns).chain(returned).chain(held);
    customer.chain(skus).chain(tags).chain(pairs).chain(parts).collect()
}

/// The terms that a page of orders asks for, the one that tells most first.
pub(crate) fn of_order_query(query: &OrderQuery) -> Vec<String> {
    let customer = query.customer_id.iter().map(customer);
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
    let category = product.category_id.iter().map(|id| term("category", id.as_str()));
    vendor.into_iter().chain(sort).chain(category).chain(tags).chain(pairs).collect()
}

/// The terms that a page of products asks for.
pub(crate) fn of_product_query(query: &ProductQuery) -> Vec<String> {
    let pairs = query.metadata.iter().map(|(key, value)| meta(key, value));
    let tags = query.tag.iter().map(|tag| term("tag", tag));
    let sorts = query.product_type.iter().map(|sort| term("type", sort));
    let vendors = query.vendor.iter().map(|vendor| term("vendor", vendor));
    let categories = query.category_id.iter().map(|id| term("category", id.as_str()));
    pairs.chain(categories).chain(tags).chain(sorts).chain(vendors).collect()
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
