//! A short day in a shop on SQLite: what was answered is read again, and everything is verified at the end.

use std::collections::BTreeMap;
use std::sync::Arc;

use sutler_adapters::Options;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::sqlite::{self, Sqlite};
use sutler_adapters::system::SystemIds;
use sutler_app::catalog::{ProductInput, VariantInput};
use sutler_app::orders::{Amount, CancelInput, ItemInput, OrderRequest};
use sutler_app::ports::reads::OrderName;
use sutler_app::verify::Check;
use sutler_app::{App, Caller, Ports, Settings};
use sutler_domain::{Currency, ProductId};
use sutler_testkit::clock::TestClock;

/// 2^24 units at 2^40 minor units each: 2^64, which is 0 where numbers wrap around.
const MANY: i64 = 1 << 24;
const DEAR: i64 = 1 << 40;

/// What does not hold: the invariant, and how it shows.
pub(crate) fn found() -> Vec<(&'static str, String)> {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(day(&open(folder.path())))
}

async fn day(app: &App) -> Vec<(&'static str, String)> {
    let (mut found, clerk) = (Vec::new(), Caller::system("clerk"));
    app.inventory.ensure_default_location().await.unwrap();
    product(app, "MUG", 1000, 10).await;
    product(app, "YACHT", DEAR, MANY).await;

    let mugs = app.orders.place(&clerk, order("MUG", 3)).await.unwrap().value;
    let name = OrderName::Id(mugs.order.order_id.clone());
    let (noted, _) = app.orders.note(&clerk, &name, "leave it at the door".to_owned()).await.unwrap().value;
    let read = app.orders.get(&clerk, &name).await.unwrap();
    if read.version < noted.version {
        found.push((
            "I-ORD-5",
            format!("version {} was answered, and {} is read", noted.version, read.version),
        ));
    }
    let cancel = CancelInput { reason: None, refund: false, items: Vec::new() };
    drop(app.orders.cancel(&clerk, &name, cancel).await);

    if let Ok(yachts) = app.orders.place(&clerk, order("YACHT", MANY)).await {
        let total = yachts.value.order.totals.total;
        found.push(("I-MNY-5", format!("{MANY} units at {DEAR} cost {total}")));
    }
    let report = app.verify.all(&clerk).await.unwrap();
    found.extend(
        report
            .differences
            .into_iter()
            .map(|one| (invariant(one.check), format!("{}: {}", one.place, one.cause))),
    );
    found
}

/// The invariant that a check of `verify` holds.
fn invariant(check: Check) -> &'static str {
    match check {
        Check::Log | Check::Chain | Check::Numbers => "I-EVT-4",
        Check::Versions | Check::Views => "I-ORD-3",
        Check::Lifecycle => "I-ORD-4",
        Check::Money => "I-MNY-5",
        Check::Goods => "I-RET-1",
        Check::Journal | Check::Levels => "I-STK-2",
    }
}

async fn product(app: &App, id: &str, price: i64, stock: i64) {
    let price = Some(Amount { amount: price, currency: None });
    let variant = VariantInput { sku: id.to_owned(), price, stock: Some(stock), ..VariantInput::default() };
    let input = ProductInput { title: id.to_owned(), variant: Some(variant), ..ProductInput::default() };
    app.catalog.put(&Caller::system("clerk"), &ProductId::parse(id).unwrap(), &input).await.unwrap();
}

fn order(id: &str, quantity: i64) -> OrderRequest {
    let item = ItemInput {
        product_id: Some(ProductId::parse(id).unwrap()),
        variant_id: None,
        sku: None,
        quantity,
        expected_unit_price: None,
        tax: None,
        metadata: [].into(),
    };
    OrderRequest { items: vec![item], ..OrderRequest::default() }
}

fn open(folder: &std::path::Path) -> App {
    let clock = Arc::new(TestClock::default());
    let store = Options { clock: clock.clone(), ..Options::default() };
    let options = sqlite::Options { store, ..sqlite::Options::default() };
    let sqlite = Arc::new(Sqlite::open(folder.join("sutler.db"), options).unwrap());
    let ids = Arc::new(SystemIds::default());
    let ports = Ports::over(&sqlite, BTreeMap::new(), Arc::new(LogShipping), clock, ids);
    App::new(ports, Settings::new(Currency::parse("EUR").unwrap()))
}
