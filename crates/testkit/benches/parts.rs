//! The parts of an order, one by one: the door, the fold, its JSON, and the writer. `cargo xtask bench --micro` runs it.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on has failed")]

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use sutler_adapters::sqlite::{Options, Sqlite};
use sutler_app::admission::{Heads, admit};
use sutler_app::commit::Commit;
use sutler_app::ports::Store;
use sutler_domain::Money;
use sutler_domain::inventory::{Level, QUANTITY_MAX};
use sutler_domain::orders::{Order, OrderEvent};
use sutler_testkit::builders as some;

/// An order of three items.
fn order(n: u64) -> Order {
    let mut order = some::order(n);
    order.items = (0..3).map(|line| some::item(n * 3 + line)).collect();
    order
}

/// A commit that places it, with a unit of stock and its job, as the use case makes it.
fn place(n: u64) -> Commit {
    let order = order(n);
    let mut commit = some::place(&order).moves(some::reserve(&some::key("v1"), 1).stock);
    commit.jobs.push(some::job(n, order.placed_at));
    commit
}

fn heads() -> Heads {
    let mut heads = Heads::empty("bench", some::start(), 1001, SignedDuration::from_hours(48));
    heads.stock.insert(some::key("v1"), Level { on_hand: QUANTITY_MAX, ..Level::default() });
    heads
}

fn door(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("admit");
    for batch in [1, 64] {
        let commits: Vec<Commit> = (0..batch).map(place).collect();
        group.throughput(Throughput::Elements(batch));
        group.bench_function(format!("{batch} a batch"), |bencher| {
            bencher.iter_batched(
                heads,
                |mut heads| {
                    commits
                        .iter()
                        .map(|commit| admit(&mut heads, commit).unwrap().events.len())
                        .sum::<usize>()
                },
                BatchSize::SmallInput,
            );
        });
    }
}

fn events() -> Vec<(OrderEvent, Timestamp)> {
    let order = order(1);
    let placed = OrderEvent::OrderPlaced {
        order_id: order.order_id,
        customer_id: None,
        contact: None,
        reference: None,
        currency: order.currency,
        items: order.items,
        shipping: None,
        discounts: Vec::new(),
        totals: order.totals,
        total: Money { amount: 1000, currency: order.currency },
        tags: Vec::new(),
        metadata: [].into(),
    };
    vec![(placed, some::start()), (OrderEvent::OrderConfirmed {}, some::second(1))]
}

fn fold(criterion: &mut Criterion) {
    let events = events();
    criterion.bench_function("fold two events", |bencher| {
        bencher.iter(|| Order::fold(black_box(&events)).unwrap());
    });
}

fn json(criterion: &mut Criterion) {
    let order = order(1);
    let text = serde_json::to_string(&order).unwrap();
    criterion.bench_function("write the JSON of an order", |bencher| {
        bencher.iter(|| serde_json::to_string(black_box(&order)).unwrap());
    });
    criterion.bench_function("read the JSON of an order", |bencher| {
        bencher.iter(|| serde_json::from_str::<Order>(black_box(&text)).unwrap());
    });
}

/// The writer in this process, without HTTP and without a decision: as many as wait share a commit.
fn writer(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("bench.db"), Options::default()).unwrap();
    let shelf = some::receive(&some::key("v1"), QUANTITY_MAX);
    runtime.block_on(store.commit(shelf)).unwrap();
    let next = AtomicU64::new(1);
    let mut group = criterion.benchmark_group("writer");
    for waiting in [1, 64, 256] {
        group.throughput(Throughput::Elements(waiting));
        group.bench_function(format!("{waiting} at once"), |bencher| {
            let commits =
                || (0..waiting).map(|_| place(next.fetch_add(1, Ordering::Relaxed))).collect::<Vec<_>>();
            let commit = |commits: Vec<Commit>| {
                let answers =
                    runtime.block_on(join_all(commits.into_iter().map(|commit| store.commit(commit))));
                for answer in answers {
                    answer.unwrap();
                }
            };
            bencher.iter_batched(commits, commit, BatchSize::LargeInput);
        });
    }
    group.finish();
    runtime.block_on(store.close());
}

criterion_group!(parts, door, fold, json, writer);
criterion_main!(parts);
