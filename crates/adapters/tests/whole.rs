//! A whole shop moves from SQLite to PostgreSQL and back: the same bytes, in order, and it goes on there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "verify/shop.rs"]
#[expect(dead_code, reason = "only the shop itself is wanted here, nothing that spoils it")]
mod shop;

use std::path::Path;
use std::sync::Arc;

use shop::{app, live};
use sutler_adapters::postgres::{self, Postgres};
use sutler_adapters::sqlite::{self, Sqlite};
use sutler_adapters::whole::MoveError;
use sutler_app::orders::{ItemInput, OrderRequest, PaymentInput};
use sutler_app::ports::Audit;
use sutler_app::verify::verify;
use sutler_app::{App, Caller};
use sutler_domain::Metadata;
use sutler_testkit::clock::TestClock;
use sutler_testkit::servers::postgres::Postgres as Server;

/// An order after the move, with what follows from it.
async fn one_more(app: &App) {
    let item = ItemInput {
        product_id: None,
        variant_id: None,
        sku: Some("MUG".to_owned()),
        quantity: 1,
        expected_unit_price: None,
        tax: None,
        metadata: Metadata::new(),
    };
    let payment = PaymentInput { token: Some("tok_ok".to_owned()), ..Default::default() };
    let request = OrderRequest { items: vec![item], payment: Some(payment), ..Default::default() };
    app.orders.place(&Caller::system("test"), request).await.unwrap();
    while app.jobs.run_due("test", 16).await.unwrap() > 0 {}
}

async fn must_be_true(reading: &dyn Audit) {
    let report = verify(reading, |_| {}).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.differences);
}

fn out_of_file(path: &Path) -> String {
    let mut text = Vec::new();
    sqlite::Reading::write_whole(path, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

async fn out_of_server(url: &str) -> String {
    let mut text = Vec::new();
    postgres::Reading::write_whole(url, &mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_moves_to_postgresql_and_back_and_goes_on_there() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first.db");
    let clock = Arc::new(TestClock::default());
    let options =
        || sutler_adapters::Options { clock: Arc::<TestClock>::clone(&clock), ..Default::default() };
    let sqlite =
        Arc::new(Sqlite::open(&first, sqlite::Options { store: options(), ..Default::default() }).unwrap());
    live(&app(&sqlite, &clock)).await;
    sqlite.close().await;
    let text = out_of_file(&first);
    for table in ["events", "orders", "journal", "jobs", "claims", "reservations", "product_terms"] {
        let has = text.lines().any(|line| line.starts_with(&format!("[\"{table}\"")));
        assert!(has || table == "product_terms", "the shop has no {table}");
    }

    let server = Server::shared();
    let url = server.url(&server.database().unwrap());
    postgres::read_whole(&url, text.as_bytes(), &options()).await.unwrap();
    assert!(out_of_server(&url).await == text, "what is in PostgreSQL is not what was in SQLite");
    must_be_true(&postgres::Reading::open(&url).await.unwrap()).await;
    let again = postgres::read_whole(&url, text.as_bytes(), &options()).await.unwrap_err();
    assert!(matches!(again, MoveError::NotEmpty { .. }), "{again}");

    // It goes on there: numbers, positions and rows behind those that came.
    let node = postgres::Options { store: options(), connections_max: 6, ..Default::default() };
    let node = Arc::new(Postgres::open(&url, node).await.unwrap());
    one_more(&app(&node, &clock)).await;
    must_be_true(&*node).await;
    node.close().await;

    let text = out_of_server(&url).await;
    let second = folder.path().join("second.db");
    let lines = text.lines().count();
    let cut: String = text.split_inclusive('\n').take(lines - 1).collect();
    let broken = sqlite::read_whole(&second, cut.as_bytes()).unwrap_err();
    let end = u64::try_from(lines).unwrap();
    assert!(matches!(broken, MoveError::Damaged { line, .. } if line == end), "{broken}");
    sqlite::read_whole(&second, text.as_bytes()).unwrap();
    assert!(out_of_file(&second) == text, "what is in SQLite is not what was in PostgreSQL");
    let sqlite =
        Arc::new(Sqlite::open(&second, sqlite::Options { store: options(), ..Default::default() }).unwrap());
    one_more(&app(&sqlite, &clock)).await;
    must_be_true(&*sqlite).await;
}
