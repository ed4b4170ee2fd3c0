//! A small shop in a file, with orders in every stage of their lives, and a way to change it behind its back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Params};
use sutler_adapters::fake::FakeGateway;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::sqlite::{self, Reading, Sqlite};
use sutler_adapters::system::SystemIds;
use sutler_app::catalog::{ProductInput, VariantInput};
use sutler_app::inventory::ReserveInput;
use sutler_app::orders::{Amount, CancelInput, ItemInput, OrderRequest, PaymentInput};
use sutler_app::ports::reads::OrderName;
use sutler_app::ports::{Clock, PaymentGateway, Storage};
use sutler_app::verify::{Check, Difference, Report, verify};
use sutler_app::{App, Caller, Ports, Settings};
use sutler_domain::{Currency, Metadata, ProductId};
use sutler_testkit::clock::TestClock;

/// The engine on a store.
pub(crate) fn app<S: Storage>(store: &Arc<S>, clock: &Arc<TestClock>) -> App {
    let clock: Arc<dyn Clock> = Arc::<TestClock>::clone(clock);
    let fake: Arc<dyn PaymentGateway> = Arc::new(FakeGateway::new(Arc::clone(&clock), "http://shop.test"));
    let gateways = BTreeMap::from([("fake".to_owned(), fake)]);
    let ids = Arc::new(SystemIds::default());
    let ports = Ports::over(store, gateways, Arc::new(LogShipping), clock, ids);
    App::new(ports, Settings::new(Currency::parse("EUR").unwrap()))
}

pub(crate) fn memory() -> App {
    let clock = Arc::new(TestClock::default());
    let options = sutler_adapters::Options { clock: Arc::<TestClock>::clone(&clock), ..Default::default() };
    app(&Arc::new(Memory::new(options)), &clock)
}

fn item(product: &str, quantity: i64) -> ItemInput {
    ItemInput {
        product_id: Some(ProductId::parse(product).unwrap()),
        variant_id: None,
        sku: None,
        quantity,
        expected_unit_price: None,
        tax: None,
        metadata: Metadata::new(),
    }
}

/// Goods, orders paid, unpaid, declined and canceled, and a basket: five orders, #1001 to #1005.
pub(crate) async fn live(app: &App) {
    let caller = Caller::system("test");
    app.inventory.ensure_default_location().await.unwrap();
    for (id, stock) in [("MUG", 20), ("TEE", 10)] {
        let price = Some(Amount { amount: 1490, currency: None });
        let variant = VariantInput { sku: id.to_owned(), price, stock: Some(stock), ..Default::default() };
        let input = ProductInput { title: id.to_owned(), variant: Some(variant), ..Default::default() };
        app.catalog.put(&caller, &ProductId::parse(id).unwrap(), &input).await.unwrap();
    }
    let basket = ReserveInput { items: vec![item("TEE", 2)], ..Default::default() };
    app.inventory.reserve(&caller, &basket).await.unwrap();
    for token in [Some("tok_ok"), None, Some("tok_declined"), Some("tok_ok"), None] {
        let payment = token.map(|token| PaymentInput { token: Some(token.to_owned()), ..Default::default() });
        let items = vec![item("MUG", 2), item("TEE", 1)];
        let placed =
            app.orders.place(&caller, OrderRequest { items, payment, ..Default::default() }).await.unwrap();
        while app.jobs.run_due("test", 16).await.unwrap() > 0 {}
        if placed.value.number == 1005 {
            let name = OrderName::Id(placed.value.order.order_id.clone());
            app.orders
                .cancel(&caller, &name, CancelInput { reason: None, refund: true, items: Vec::new() })
                .await
                .unwrap();
        }
    }
    while app.jobs.run_due("test", 16).await.unwrap() > 0 {}
}

/// A shop in a file that no server has open.
pub(crate) struct File {
    _folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
    db: Connection,
}

impl File {
    /// A shop that was left in order.
    pub(crate) async fn of_a_shop() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sutler.db");
        let clock = Arc::new(TestClock::default());
        let store = sutler_adapters::Options { clock: Arc::<TestClock>::clone(&clock), ..Default::default() };
        let sqlite = Arc::new(Sqlite::open(&path, sqlite::Options { store, ..Default::default() }).unwrap());
        let app = app(&sqlite, &clock);
        live(&app).await;
        sqlite.close().await;
        let db = Connection::open(&path).unwrap();
        // The checks of the tables are no help against whoever edits the file, who need not wait for the disk either.
        db.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF").unwrap();
        Self { _folder: folder, path, db }
    }

    /// Change it behind the engine's back.
    pub(crate) fn plant(&self, sql: &str, params: impl Params) {
        assert!(self.try_plant(sql, params), "no row was touched: {sql}");
    }

    /// The same, where the change may be one that the file refuses.
    pub(crate) fn try_plant(&self, sql: &str, params: impl Params) -> bool {
        self.db.execute(sql, params).is_ok_and(|rows| rows > 0)
    }

    /// A number in it.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// A text in it.
    pub(crate) fn text(&self, sql: &str) -> String {
        self.db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The connection behind the engine's back.
    pub(crate) const fn db(&self) -> &Connection {
        &self.db
    }

    pub(crate) async fn verify(&self) -> Report {
        verified(&self.path).await
    }

    /// The one difference that a check finds, whose place and cause hold these words.
    #[track_caller]
    pub(crate) fn must_name(report: &Report, check: Check, place: &str, cause: &str) {
        let named = |d: &Difference| d.check == check && d.place.contains(place) && d.cause.contains(cause);
        assert!(
            report.differences.iter().any(named),
            "{check:?} at '{place}' for '{cause}' is not among {:#?}",
            report.differences
        );
    }

    /// Nothing differs but what this check finds.
    #[track_caller]
    pub(crate) fn must_name_only(report: &Report, check: Check, place: &str, cause: &str) {
        Self::must_name(report, check, place, cause);
        assert_eq!(report.differences.len(), 1, "{:#?}", report.differences);
    }
}

pub(crate) async fn verified(path: &Path) -> Report {
    let reading = Reading::open(path).unwrap();
    verify(&reading, |_| {}).await.unwrap()
}
