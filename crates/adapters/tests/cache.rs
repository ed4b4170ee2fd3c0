//! What is remembered in front of a store: it passes the suites of what it wraps, and never lets an old price through.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::join_all;
use jiff::SignedDuration;
use sutler_adapters::Options;
use sutler_adapters::cache::Cached;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::system::SystemIds;
use sutler_app::access::CreateKey;
use sutler_app::catalog::{ProductInput, VariantInput};
use sutler_app::commit::{Commit, Receipt, Refused};
use sutler_app::orders::{Amount, ItemInput, OrderRequest};
use sutler_app::page::Page;
use sutler_app::ports::reads::{PricedProduct, ProductName, ProductQuery};
use sutler_app::ports::{Clock, ProductReads, ReadError, Store};
use sutler_app::{App, Caller, Ports, Settings};
use sutler_domain::{Currency, Metadata, ProductId};
use sutler_testkit::builders as some;
use sutler_testkit::clock::TestClock;
use sutler_testkit::contract::{self, JOB_TTL_S, KEY_TTL_S, Rig, Stores};
use tokio::sync::Semaphore;

async fn remembered() -> Rig {
    let clock = Arc::new(TestClock::default());
    let options = Options {
        clock: Arc::<TestClock>::clone(&clock),
        key_ttl: SignedDuration::from_secs(KEY_TTL_S),
        ended_job_ttl: SignedDuration::from_secs(JOB_TTL_S),
        ..Options::default()
    };
    let memory = Arc::new(Memory::new(options));
    let cached = Arc::new(Cached::new(Arc::clone(&memory)));
    let whole = Stores::of(&memory, |memory: Arc<Memory>| {
        let swept = memory.maintain();
        async move { (swept.keys, swept.jobs) }.boxed()
    });
    let stores = Stores {
        store: cached.clone(),
        products: cached.clone(),
        stock: cached.clone(),
        access: cached,
        ..whole
    };
    Rig::new(clock, stores)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn remembering_is_still_a_store() {
    contract::run(contract::store::CASES, remembered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn remembering_still_answers_reads() {
    contract::run(contract::reads::CASES, remembered).await;
}

/// Two servers on one store: this one remembers, the other one changes things behind its back.
fn two_servers() -> (App, App) {
    let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
    let memory = Arc::new(Memory::new(Options { clock: Arc::clone(&clock), ..Options::default() }));
    let ids = Arc::new(SystemIds::default());
    let there = Ports::over(&memory, BTreeMap::new(), Arc::new(LogShipping), clock, ids);
    let cached = Arc::new(Cached::new(memory));
    let here = Ports {
        store: cached.clone(),
        catalog: cached.clone(),
        prices: cached.clone(),
        stock: cached.clone(),
        access: cached,
        ..there.clone()
    };
    let settings = || Settings::new(Currency::parse("EUR").unwrap());
    (App::new(here, settings()), App::new(there, settings()))
}

fn mug() -> ProductId {
    ProductId::parse("MUG").unwrap()
}

async fn price(app: &App, amount: i64) {
    let price = Some(Amount { amount, currency: None });
    let variant = VariantInput { sku: "M-1".to_owned(), price, stock: Some(100), ..Default::default() };
    let input = ProductInput { title: "Mug".to_owned(), variant: Some(variant), ..Default::default() };
    app.catalog.put(&Caller::system("test"), &mug(), &input).await.unwrap();
}

/// What an order of one mug costs, or why there is none.
async fn order(app: &App) -> Result<i64, &'static str> {
    let item = ItemInput {
        product_id: None,
        variant_id: None,
        sku: Some("M-1".to_owned()),
        quantity: 1,
        expected_unit_price: None,
        tax: None,
        metadata: Metadata::new(),
    };
    let request = OrderRequest { items: vec![item], ..OrderRequest::default() };
    let placed = app.orders.place(&Caller::system("test"), request).await;
    placed.map(|placed| placed.value.order.totals.total).map_err(|problem| problem.code)
}

#[tokio::test]
async fn a_remembered_price_that_has_moved_cannot_slip_into_an_order() {
    let (here, there) = two_servers();
    here.inventory.ensure_default_location().await.unwrap();
    price(&here, 1000).await;
    assert_eq!(order(&here).await, Ok(1000));
    price(&there, 1200).await;
    assert_eq!(order(&here).await, Ok(1200));
    // Once it was seen through, it is forgotten: an answer shows the new price too.
    let shown = here.catalog.get(&Caller::system("test"), &ProductName::Id(mug())).await.unwrap();
    assert_eq!(shown.product.variants.first().unwrap().price.amount, 1200);
}

#[tokio::test]
async fn a_refusal_is_told_only_of_what_the_store_holds() {
    let (here, there) = two_servers();
    let (caller, name) = (Caller::system("test"), ProductName::Id(mug()));
    here.inventory.ensure_default_location().await.unwrap();
    price(&here, 1000).await;
    assert_eq!(order(&here).await, Ok(1000));
    there.catalog.archive(&caller, &name).await.unwrap();
    assert_eq!(order(&here).await, Err("product_unavailable"));
    there.catalog.publish(&caller, &name).await.unwrap();
    assert_eq!(order(&here).await, Ok(1000));
}

#[tokio::test]
async fn a_key_that_is_revoked_opens_nothing_from_then_on() {
    let (here, _) = two_servers();
    let caller = Caller::system("test");
    let input =
        CreateKey { name: "till".to_owned(), scopes: vec!["orders:read".to_owned()], expires_at: None };
    let (key, secret) = here.access.create(&caller, &input).await.unwrap();
    assert!(here.access.authenticate(&secret).await.unwrap().is_some());
    here.access.revoke(&caller, &key.value.key_id).await.unwrap();
    assert_eq!(here.access.authenticate(&secret).await.unwrap_err().code, "key_revoked");
}

/// A store whose reads wait until they are let go, and are counted.
struct Slow {
    memory: Memory,
    gate: Semaphore,
    reads: AtomicUsize,
}

#[async_trait]
impl ProductReads for Slow {
    async fn products(&self, names: &[ProductName]) -> Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        let found = self.memory.products(names).await;
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        found
    }

    async fn list(&self, query: &ProductQuery) -> Result<Page<PricedProduct>, ReadError> {
        self.memory.list(query).await
    }
}

#[async_trait]
impl Store for Slow {
    async fn commit(&self, commit: Commit) -> Result<Receipt, Refused> {
        self.memory.commit(commit).await
    }
}

fn slow() -> (Arc<Slow>, Cached<Slow>) {
    let memory = Memory::new(Options { clock: Arc::new(TestClock::default()), ..Options::default() });
    let slow = Arc::new(Slow { memory, gate: Semaphore::new(0), reads: AtomicUsize::new(0) });
    (Arc::clone(&slow), Cached::new(slow))
}

fn named(id: &str) -> [ProductName; 1] {
    [ProductName::Id(some::product_id(id))]
}

#[tokio::test]
async fn all_who_want_one_product_share_one_read() {
    let (slow, cached) = slow();
    cached.commit(some::save(&some::product("mug", "mug-blue", "M-1"))).await.unwrap();
    let name = named("mug");
    let all = join_all((0..20).map(|_| cached.products(&name)));
    let (found, ()) = tokio::join!(all, async { slow.gate.add_permits(1) });
    assert!(found.into_iter().all(|found| found.unwrap().len() == 1));
    assert_eq!(slow.reads.load(Ordering::SeqCst), 1);
    cached.products(&name).await.unwrap();
    assert_eq!(slow.reads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_read_that_began_before_a_change_is_not_kept() {
    let (slow, cached) = slow();
    let mut mug = some::product("mug", "mug-blue", "M-1");
    cached.commit(some::save(&mug)).await.unwrap();
    let name = named("mug");
    let early = cached.products(&name);
    let change = async {
        while slow.reads.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        mug.title = "Cup".to_owned();
        cached.commit(some::save(&mug)).await.unwrap();
        slow.gate.add_permits(2);
    };
    let (early, ()) = tokio::join!(early, change);
    assert_ne!(early.unwrap().first().unwrap().1.product.title, "Cup");
    let late = cached.products(&name).await.unwrap();
    assert_eq!(late.first().unwrap().1.product.title, "Cup");
    assert_eq!(slow.reads.load(Ordering::SeqCst), 2);
}
