//! A shop on the memory store, with a clock that stands still and a gateway with books.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set up its shop has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_adapters::fake::FakeGateway;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::system::SystemIds;
use sutler_app::catalog::{ProductInput, VariantInput};
use sutler_app::orders::{Amount, ItemInput, OrderRequest, OrderView, PaymentInput};
use sutler_app::ports::reads::{OrderName, StockLevel};
use sutler_app::ports::{Clock, PaymentGateway, Ports};
use sutler_app::{App, Caller, Settings};
use sutler_domain::{Currency, Metadata, ProductId};

/// A clock that moves when it is told to. Sleeping ends at once: jobs that wait are not what these tests look at.
pub(crate) struct StillClock(Mutex<Timestamp>);

#[async_trait]
impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

/// The engine, its clock and the gateway's books.
pub(crate) struct Shop {
    pub(crate) app: App,
    pub(crate) clock: Arc<StillClock>,
    pub(crate) gateway: Arc<FakeGateway>,
    pub(crate) caller: Caller,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let clock = Arc::new(StillClock(Mutex::new("2026-11-22T12:00:00Z".parse().unwrap())));
        let options =
            sutler_adapters::Options { clock: clock.clone(), ..sutler_adapters::Options::default() };
        let memory = Arc::new(Memory::new(options));
        let gateway = Arc::new(FakeGateway::new(clock.clone(), "http://shop.test"));
        let fake: Arc<dyn PaymentGateway> = gateway.clone();
        let gateways = BTreeMap::from([("fake".to_owned(), fake)]);
        let ids = Arc::new(SystemIds::default());
        let ports = Ports::over(&memory, gateways, Arc::new(LogShipping), clock.clone(), ids);
        let app = App::new(ports, Settings::new(Currency::parse("EUR").unwrap()));
        app.inventory.ensure_default_location().await.unwrap();
        Self { app, clock, gateway, caller: Caller::system("test") }
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        let mut now = self.clock.0.lock();
        *now = now.checked_add(time).unwrap();
    }

    /// A product with one variant of the same SKU and so many units.
    pub(crate) async fn product(&self, id: &str, price: i64, stock: i64) {
        let variant = VariantInput {
            sku: id.to_owned(),
            price: Some(Amount { amount: price, currency: None }),
            stock: Some(stock),
            ..VariantInput::default()
        };
        let input = ProductInput { title: id.to_owned(), variant: Some(variant), ..ProductInput::default() };
        self.app.catalog.put(&self.caller, &ProductId::parse(id).unwrap(), &input).await.expect("a product");
    }

    pub(crate) async fn level(&self, sku: &str) -> StockLevel {
        let query = sutler_app::ports::reads::StockQuery { sku: Some(sku.to_owned()), ..Default::default() };
        self.app.inventory.list(&self.caller, &query).await.unwrap().rows.pop().expect("a level")
    }

    /// On hand and reserved.
    pub(crate) async fn stock(&self, sku: &str) -> (i64, i64) {
        let level = self.level(sku).await.level;
        (level.on_hand, level.reserved)
    }

    pub(crate) async fn place(&self, request: OrderRequest) -> OrderView {
        self.app.orders.place(&self.caller, request).await.expect("an order").value
    }

    pub(crate) async fn order(&self, view: &OrderView) -> OrderView {
        let name = OrderName::Id(view.order.order_id.clone());
        self.app.orders.get(&self.caller, &name).await.unwrap()
    }

    /// Run jobs until none is due.
    pub(crate) async fn settle(&self) {
        while self.app.jobs.run_due("test", 16).await.unwrap() > 0 {}
    }
}

pub(crate) fn name(view: &OrderView) -> OrderName {
    OrderName::Id(view.order.order_id.clone())
}

pub(crate) fn item(product: &str, quantity: i64) -> ItemInput {
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

pub(crate) fn order(items: Vec<ItemInput>) -> OrderRequest {
    OrderRequest { items, ..OrderRequest::default() }
}

pub(crate) fn paid_with(token: &str, items: Vec<ItemInput>) -> OrderRequest {
    let payment = PaymentInput { token: Some(token.to_owned()), ..PaymentInput::default() };
    OrderRequest { payment: Some(payment), ..order(items) }
}
