//! Reports: each figure as the home page has it, and no order in two rows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "not every test needs everything of the shop")]
mod shop;

use jiff::SignedDuration;
use shop::{Shop, item, name, order, paid_with};
use sutler_app::orders::{Amount, Named, OrderRequest, OrderView, RefundInput};
use sutler_app::reports::{Cell, Days, Kind, Report};
use sutler_app::{Caller, Scopes};

async fn report(shop: &Shop, kind: Kind) -> Report {
    shop.app.reports.report(&shop.caller, kind, shop.app.reports.last_days(3)).await.unwrap()
}

fn told(report: &Report) -> Vec<String> {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Money(amount, currency) => format!("{amount} {}", currency.code()),
    };
    report.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" ")).collect()
}

fn by_channel(channel: &str, mut request: OrderRequest) -> OrderRequest {
    request.metadata.insert("channel".to_owned(), channel.to_owned());
    request
}

async fn give_back(shop: &Shop, view: &OrderView, amount: i64) {
    let refund = RefundInput {
        order: Named(name(view)),
        payment_id: None,
        amount: Some(Amount { amount, currency: None }),
        items: Vec::new(),
        return_id: None,
        restock: false,
        reason: Some("scratched".to_owned()),
        note: None,
    };
    shop.app.payments.refund(&shop.caller, refund).await.unwrap();
    shop.settle().await;
}

/// Two days: on the first a paid and an unpaid order, on the second two paid ones, of one of which some went back.
async fn two_days() -> Shop {
    let shop = Shop::open().await;
    shop.product("MUG", 1000, 50).await;
    shop.product("TEE", 2500, 50).await;
    shop.place(by_channel("web", paid_with("tok_ok", vec![item("MUG", 2)]))).await;
    shop.place(by_channel("web", order(vec![item("TEE", 1)]))).await;
    shop.settle().await;
    shop.pass(SignedDuration::from_hours(24));
    shop.place(by_channel("fair", paid_with("tok_ok", vec![item("TEE", 1), item("MUG", 1)]))).await;
    let scratched = shop.place(paid_with("tok_ok", vec![item("MUG", 3)])).await;
    shop.settle().await;
    give_back(&shop, &scratched, 500).await;
    // What is placed at this very moment is of the next range.
    shop.pass(SignedDuration::from_mins(1));
    shop
}

#[tokio::test]
async fn sales_are_cut_by_day_channel_and_product() {
    let shop = two_days().await;
    assert_eq!(
        told(&report(&shop, Kind::SalesByDay).await),
        ["2026-11-21 0 0 0 EUR", "2026-11-22 2 1 2000 EUR", "2026-11-23 2 2 6500 EUR"]
    );
    assert_eq!(
        told(&report(&shop, Kind::SalesByChannel).await),
        ["none 1 1 3000 EUR", "fair 1 1 3500 EUR", "web 2 1 2000 EUR"]
    );
    assert_eq!(
        told(&report(&shop, Kind::BestSellers).await),
        ["MUG MUG MUG 6 6000 EUR", "TEE TEE TEE 1 2500 EUR"]
    );
    // The days of a report and the range of the home page have one definition.
    let overview = shop.app.stats.overview(&shop.caller, SignedDuration::from_hours(48)).await.unwrap();
    assert_eq!(overview.now.revenue.get("EUR"), Some(&(8500, 3)));
    let course = shop.app.stats.course(&shop.caller, SignedDuration::from_hours(24), 2).await.unwrap();
    assert_eq!(course.iter().map(|day| day.orders).sum::<u64>(), overview.now.orders);
}

#[tokio::test]
async fn what_went_back_what_is_open_and_what_lies_there_is_told() {
    let shop = two_days().await;
    let refunds = report(&shop, Kind::Refunds).await;
    assert_eq!(refunds.rows.len(), 1);
    assert!(told(&refunds)[0].ends_with(" 2026-11-23 scratched 500 EUR"), "{refunds:?}");
    let days = shop.app.reports.last_days(1);
    let before = Days { from: days.from.yesterday().unwrap(), until: days.from.yesterday().unwrap() };
    let none = shop.app.reports.report(&shop.caller, Kind::Refunds, before).await.unwrap();
    assert!(none.rows.is_empty(), "{none:?}");
    let unpaid = told(&report(&shop, Kind::Unpaid).await);
    assert!(unpaid.len() == 1 && unpaid[0].ends_with(" unpaid 2500 EUR"), "{unpaid:?}");
    // Six mugs and a T-shirt are promised, and lie there until they leave.
    assert_eq!(told(&report(&shop, Kind::StockValue).await), ["main 2 100 100 0 EUR 175000 EUR"]);
}

#[tokio::test]
async fn days_are_checked_and_a_report_is_for_those_who_may_see_it() {
    let shop = Shop::open().await;
    let days = shop.app.reports.last_days(1);
    for wrong in [
        Days { from: days.until, until: days.until.yesterday().unwrap() },
        Days { from: "2020-01-01".parse().unwrap(), until: days.until },
        Days { from: days.from, until: "9999-12-31".parse().unwrap() },
    ] {
        let problem = shop.app.reports.report(&shop.caller, Kind::SalesByDay, wrong).await.unwrap_err();
        assert_eq!(problem.code, "validation_failed", "{wrong:?}");
    }
    let caller = Caller { scopes: Scopes::of(["orders:read"]), ..Caller::system("test") };
    for kind in Kind::ALL {
        let told = shop.app.reports.report(&caller, kind, days).await;
        assert_eq!(told.is_ok(), kind != Kind::StockValue, "{kind:?}");
    }
}
