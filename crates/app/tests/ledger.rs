//! The books: whatever becomes of an order, each entry is even, and all of them together are what the order is.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "not every test needs everything of the shop")]
mod shop;

use std::collections::BTreeMap;

use shop::{Shop, item, name, order, paid_with};
use sutler_app::ledger::BookEntry;
use sutler_app::orders::{
    Amount, CancelInput, DiscountInput, Named, OrderRequest, OrderView, RefundInput, ShippingInput, TaxInput,
};
use sutler_domain::orders::Account;

/// Every entry, in pages of so many events.
async fn journal(shop: &Shop, limit: u32) -> Vec<BookEntry> {
    let (mut entries, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = shop.app.ledger.journal(&shop.caller, after.as_deref(), limit).await.unwrap();
        entries.extend(page.entries);
        if !page.has_more {
            return entries;
        }
        after = Some(page.next);
    }
}

/// What stands on each account, after seeing that every entry is even.
fn balances<'e>(entries: impl IntoIterator<Item = &'e BookEntry>) -> BTreeMap<Account, i64> {
    let mut sums = BTreeMap::new();
    for entry in entries {
        assert_eq!(entry.lines.iter().map(|line| line.amount).sum::<i64>(), 0, "{entry:?}");
        for line in &entry.lines {
            *sums.entry(line.account).or_default() += line.amount;
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

fn told(entries: &[BookEntry], view: &OrderView) -> Vec<String> {
    let of = entries.iter().filter(|entry| entry.order_id == view.order.order_id);
    let line = |line: &sutler_domain::orders::BookLine| format!("{} {}", line.account.as_str(), line.amount);
    of.map(|e| format!("{}: {}", e.event, e.lines.iter().map(line).collect::<Vec<_>>().join(", "))).collect()
}

/// Two mugs with 19 % tax in the price, shipping with its own, and a discount.
fn taxed() -> OrderRequest {
    let tax = Some(TaxInput { rate: Some("0.19".parse().unwrap()), amount: None, included: Some(true) });
    let amount = |amount| Amount { amount, currency: None };
    let mut request = paid_with("tok_ok", vec![item("MUG", 2)]);
    request.items[0].tax.clone_from(&tax);
    request.shipping = Some(ShippingInput { method: "post".to_owned(), amount: amount(595), tax });
    request.discounts =
        vec![DiscountInput { code: None, title: "welcome".to_owned(), amount: amount(200), item: None }];
    request
}

fn refund(view: &OrderView, amount: Option<i64>) -> RefundInput {
    RefundInput {
        order: Named(name(view)),
        payment_id: None,
        amount: amount.map(|amount| Amount { amount, currency: None }),
        items: Vec::new(),
        return_id: None,
        restock: false,
        reason: None,
        note: None,
    }
}

#[tokio::test]
async fn a_sale_its_money_and_what_goes_back_are_entered_each_by_its_event() {
    let shop = Shop::open().await;
    shop.product("MUG", 1190, 50).await;
    let sold = shop.place(taxed()).await;
    shop.settle().await;
    let order = shop.order(&sold).await.order;
    let tax = order.totals.tax;
    let goods = order.totals.total + order.totals.discount - (595 - 95) - tax;
    let entries = journal(&shop, 200).await;
    assert_eq!(
        told(&entries, &sold),
        [
            format!(
                "order.placed: receivable {}, revenue -{goods}, discounts 200, shipping_income -500, tax_payable -{tax}",
                order.totals.total
            ),
            format!(
                "payment.captured: receivable -{total}, gateway_clearing {total}",
                total = order.totals.total
            ),
        ]
    );
    // Goodwill lessens what was earned, not what was sold.
    shop.app.payments.refund(&shop.caller, refund(&sold, Some(300))).await.unwrap();
    shop.settle().await;
    let entries = journal(&shop, 200).await;
    assert_eq!(told(&entries, &sold)[2], "refund.succeeded: gateway_clearing -300, refunds 300");
}

#[tokio::test]
async fn a_sale_that_is_called_off_leaves_nothing_and_its_money_is_owed_until_it_is_back() {
    let shop = Shop::open().await;
    shop.product("MUG", 1190, 50).await;
    let all = CancelInput { reason: None, refund: true, items: Vec::new() };
    let paid = shop.place(taxed()).await;
    shop.settle().await;
    shop.app.orders.cancel(&shop.caller, &name(&paid), all.clone()).await.unwrap();
    let before = balances(journal(&shop, 200).await.iter());
    let total = paid.order.totals.total;
    assert_eq!(before, BTreeMap::from([(Account::Receivable, -total), (Account::Clearing, total)]));
    shop.settle().await;
    assert!(balances(journal(&shop, 200).await.iter()).is_empty());

    let unpaid = shop.place(order(vec![item("MUG", 1)])).await;
    let in_part = shop.place(paid_with("tok_ok", vec![item("MUG", 3)])).await;
    shop.settle().await;
    shop.app.orders.cancel(&shop.caller, &name(&unpaid), all).await.unwrap();
    let of_it = shop.order(&in_part).await;
    let some = vec![(of_it.order.items[0].item_id.clone(), 1)];
    let some = CancelInput { reason: None, refund: true, items: some };
    shop.app.orders.cancel(&shop.caller, &name(&in_part), some).await.unwrap();
    shop.settle().await;
    let entries = journal(&shop, 200).await;
    let left = balances(entries.iter());
    assert_eq!(left, BTreeMap::from([(Account::Clearing, 2380), (Account::Revenue, -2380)]), "{entries:?}");
    // However it is cut into pages, it is the same.
    for limit in [1, 2, 7] {
        assert_eq!(journal(&shop, limit).await, entries, "{limit}");
    }
    let unknown = shop.app.ledger.journal(&shop.caller, Some("x"), 10).await.unwrap_err();
    assert_eq!(unknown.code, "validation_failed");
}
