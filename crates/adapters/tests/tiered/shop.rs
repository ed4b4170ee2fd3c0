//! Nodes of one shop: one store in memory, one Redis, and for each node memories of its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use sutler_adapters::Options;
use sutler_adapters::cache::{Cached, Redis, Tiered};
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::system::SystemIds;
use sutler_app::catalog::{ProductInput, ProductView, VariantInput};
use sutler_app::commit::Refused;
use sutler_app::event::Recorded;
use sutler_app::orders::{Amount, ItemInput, OrderRequest};
use sutler_app::page::Page;
use sutler_app::ports::reads::{PricedProduct, ProductName, ProductQuery};
use sutler_app::ports::{Bookmark, EventFilter, Feed, FeedCursor, ProductReads, ReadError};
use sutler_app::stream::StreamId;
use sutler_app::{App, Caller, Ports, Problem, Settings};
use sutler_domain::{Currency, EventId, Metadata, Position, ProductId, Version};
use sutler_testkit::clock::TestClock;
use sutler_testkit::servers;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Longer than a busy machine makes anybody wait: where it is counted who was asked, Redis is to have its say.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// As a server has it unless it is told otherwise.
pub(crate) const USUAL: Duration = Duration::from_millis(50);

/// The server of this process, for tests that leave it running.
pub(crate) fn shared() -> &'static servers::redis::Redis {
    static SHARED: OnceLock<servers::redis::Redis> = OnceLock::new();
    SHARED.get_or_init(|| servers::redis::Redis::start().unwrap())
}

/// A store whose reads of products are counted, and wait for as long as the gate is shut.
pub(crate) struct Counted {
    memory: Arc<Memory>,
    reads: AtomicUsize,
    is_open: watch::Sender<bool>,
}

impl Counted {
    fn of(memory: &Arc<Memory>) -> Self {
        Self { memory: Arc::clone(memory), reads: AtomicUsize::new(0), is_open: watch::Sender::new(true) }
    }

    /// Products read from the store so far: calls, not names.
    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// Reads that begin from now on read at once, and wait with what they found.
    pub(crate) fn shut(&self) {
        self.is_open.send_replace(false);
    }

    /// Let them go.
    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }
}

#[async_trait]
impl ProductReads for Counted {
    async fn products(&self, names: &[ProductName]) -> Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        let found = self.memory.products(names).await;
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
        found
    }

    async fn list(&self, query: &ProductQuery) -> Result<Page<PricedProduct>, ReadError> {
        self.memory.list(query).await
    }
}

#[async_trait]
impl Feed for Counted {
    async fn epoch(&self) -> Result<String, ReadError> {
        self.memory.epoch().await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.memory.head()
    }

    async fn after(&self, from: Position, of: &EventFilter, limit: u32) -> Result<Vec<Recorded>, ReadError> {
        self.memory.after(from, of, limit).await
    }

    async fn stream(&self, stream: &StreamId, upto: Option<Version>) -> Result<Vec<Recorded>, ReadError> {
        self.memory.stream(stream, upto).await
    }

    async fn event(&self, id: &EventId) -> Result<Option<Recorded>, ReadError> {
        self.memory.event(id).await
    }

    async fn cursor(&self, name: &str) -> Result<Position, ReadError> {
        self.memory.cursor(name).await
    }

    async fn move_cursor(&self, name: &str, position: Position) -> Result<(), Refused> {
        self.memory.move_cursor(name, position).await
    }

    async fn bookmark(&self, name: &str) -> Result<Bookmark, ReadError> {
        self.memory.bookmark(name).await
    }

    async fn move_bookmark(&self, name: &str, seen: Version, to: &FeedCursor) -> Result<Version, Refused> {
        self.memory.move_bookmark(name, seen, to).await
    }
}

/// A store without anything in it.
pub(crate) fn memory() -> Arc<Memory> {
    memory_of(Options::default().epoch)
}

/// A store whose log has this epoch.
pub(crate) fn memory_of(epoch: String) -> Arc<Memory> {
    Arc::new(Memory::new(Options { clock: Arc::new(TestClock::default()), epoch, ..Options::default() }))
}

/// One server of the shop.
pub(crate) struct Node {
    pub(crate) app: App,
    pub(crate) catalog: Arc<Tiered<Counted>>,
    pub(crate) store: Arc<Counted>,
    cached: Arc<Cached<Memory>>,
    followers: JoinSet<()>,
}

impl Node {
    /// A node over this store, which follows the log.
    pub(crate) async fn start(memory: &Arc<Memory>, redis: &servers::redis::Redis, wait: Duration) -> Self {
        let mut node = Self::deaf(memory, redis, wait).await;
        let (catalog, cached) = (Arc::clone(&node.catalog), Arc::clone(&node.cached));
        node.followers.spawn(async move { catalog.follow().await });
        node.followers.spawn(async move { cached.follow().await });
        node
    }

    /// A node that tells Redis nothing of changes, and hears of none but its own.
    pub(crate) async fn deaf(memory: &Arc<Memory>, redis: &servers::redis::Redis, wait: Duration) -> Self {
        let store = Arc::new(Counted::of(memory));
        let (ids, clock) = (Arc::new(SystemIds::default()), Arc::new(TestClock::default()));
        let redis = Redis::open(&redis.socket_url(), wait).await.unwrap();
        let catalog = Arc::new(Tiered::open(Arc::clone(&store), redis, ids.clone()).await.unwrap());
        let cached = Arc::new(Cached::beside(Arc::clone(memory), &catalog));
        let over = Ports::over(memory, BTreeMap::new(), Arc::new(LogShipping), clock, ids);
        let ports = Ports {
            store: cached.clone(),
            catalog: catalog.clone(),
            prices: cached.clone(),
            stock: cached.clone(),
            access: cached.clone(),
            ..over
        };
        let app = App::new(ports, Settings::new(Currency::parse("EUR").unwrap()));
        app.inventory.ensure_default_location().await.unwrap();
        Self { app, catalog, store, cached, followers: JoinSet::new() }
    }

    /// Sell this product at this price, under a handle and an SKU of its name.
    pub(crate) async fn price(&self, id: &str, amount: i64) {
        let price = Some(Amount { amount, currency: None });
        let variant =
            VariantInput { sku: format!("SKU-{id}"), price, stock: Some(1_000_000), ..Default::default() };
        let input = ProductInput {
            title: id.to_owned(),
            handle: Some(format!("handle-{}", id.to_lowercase())),
            variant: Some(variant),
            ..Default::default()
        };
        self.app.catalog.put(&caller(), &product_id(id), &input).await.unwrap();
    }

    /// The product as this node shows it.
    pub(crate) async fn show(&self, name: &ProductName) -> Result<ProductView, Problem> {
        self.app.catalog.get(&caller(), name).await
    }

    /// What one costs, as this node shows it.
    pub(crate) async fn shown(&self, id: &str) -> i64 {
        self.show(&named(id)).await.unwrap().product.variants[0].price.amount
    }

    /// What an order of one costs.
    pub(crate) async fn order(&self, id: &str) -> Result<i64, Problem> {
        let item = ItemInput {
            product_id: None,
            variant_id: None,
            sku: Some(format!("SKU-{id}")),
            quantity: 1,
            expected_unit_price: None,
            tax: None,
            metadata: Metadata::new(),
        };
        let request = OrderRequest { items: vec![item], ..OrderRequest::default() };
        let placed = self.app.orders.place(&caller(), request).await;
        placed.map(|placed| placed.value.order.totals.total)
    }
}

pub(crate) fn caller() -> Caller {
    Caller::system("test")
}

pub(crate) fn product_id(id: &str) -> ProductId {
    ProductId::parse(id).unwrap()
}

pub(crate) fn named(id: &str) -> ProductName {
    ProductName::Id(product_id(id))
}

/// The key of a product in Redis.
pub(crate) async fn key(memory: &Memory, id: &str) -> String {
    format!("sutler:{}:product:{id}", memory.epoch().await.unwrap())
}

/// Wait until Redis has under this key what begins like that; gives all of it.
pub(crate) async fn kept(redis: &servers::redis::Redis, key: &str, begin: &str) -> String {
    loop {
        match redis.ask(&["GET", key]) {
            Ok(value) if value.starts_with(begin) && !value.is_empty() => return value,
            _ => tokio::task::yield_now().await,
        }
    }
}
