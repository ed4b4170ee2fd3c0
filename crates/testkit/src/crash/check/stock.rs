//! Stock: right at every row of its journal, and what the orders say at the end.

use std::collections::BTreeMap;

use super::store::Store;
use super::{Invariant, Violation};
use crate::crash::shop::Shop;

pub(super) fn check(store: &Store, shop: &Shop) -> Vec<Violation> {
    let mut found = journal(store);
    found.extend(balance(store, shop));
    found
}

/// Each row goes on from the one before, nothing is negative, and nothing is promised that is not there.
fn journal(store: &Store) -> Vec<Violation> {
    let mut levels: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let mut found = Vec::new();
    for (row, entry) in (1..).zip(&store.journal) {
        let level = levels.entry(&entry.variant).or_default();
        *level = (level.0 + entry.by.0, level.1 + entry.by.1);
        let (on_hand, reserved) = entry.after;
        let what = if *level != entry.after {
            format!("row {row}: {} is {:?} after the moves so far {level:?}", entry.variant, entry.after)
        } else if on_hand < 0 || reserved < 0 {
            format!("row {row}: {} is negative: {:?}", entry.variant, entry.after)
        } else if on_hand - reserved - entry.safety_stock < 0 {
            format!("row {row}: {} promises {reserved} of {on_hand}", entry.variant)
        } else {
            continue;
        };
        found.push(Violation::new(Invariant::Stock, what));
    }
    for (variant, level) in &store.stock {
        let last = levels.get(variant.as_str()).copied().unwrap_or_default();
        if *level != last {
            let what = format!("{variant} is {level:?}, and its journal ends with {last:?}");
            found.push(Violation::new(Invariant::Stock, what));
        }
    }
    found
}

/// What the orders took and keep is what the shelf lacks and holds back.
fn balance(store: &Store, shop: &Shop) -> Vec<Violation> {
    let mut sold: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for log in store.orders.values() {
        for (variant, units) in &log.shipped {
            sold.entry(variant).or_default().0 += units;
        }
        for (variant, units) in &log.kept {
            sold.entry(variant).or_default().1 += units;
        }
    }
    let judge = |product: &crate::crash::shop::Product| {
        let (shipped, kept) = sold.get(product.variant_id.as_str()).copied().unwrap_or_default();
        let (on_hand, reserved) = store.stock.get(&product.variant_id).copied().unwrap_or_default();
        let holds = on_hand + shipped == product.stock && reserved == kept && shipped + kept <= product.stock;
        (!holds).then(|| {
            format!(
                "{} began with {}; orders shipped {shipped} and keep {kept}; the shelf has {on_hand}, {reserved} of it kept",
                product.product_id, product.stock
            )
        })
    };
    shop.products.iter().filter_map(judge).map(|what| Violation::new(Invariant::Balance, what)).collect()
}
