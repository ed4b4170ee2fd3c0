//! Real invoices with real dirt: the 95 days of UCI Online Retail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use sutler_adapters::sqlite::{Options, Sqlite};
use sutler_adapters::system::SystemIds;
use sutler_app::ports::Ports;
use sutler_app::transfer::mapping::shipped;
use sutler_app::transfer::{ImportTold, PastOptions, PastReport, Tally, Witness};
use sutler_app::{App, Caller, Settings};
use sutler_domain::Currency;

use super::{head, order, samples, taken, told};

/// The figures of the raw files, by a way of their own.
#[derive(Debug, Default, PartialEq, Eq)]
struct Raw {
    rows: u64,
    sold: (u64, i64, i64),
    taken_back: (u64, i64, i64),
    lost: (u64, i64),
    orders: u64,
    never_bought: u64,
}

fn raw(files: &[(String, Vec<u8>)]) -> Raw {
    let (mut raw, mut orders, mut bought) =
        (Raw::default(), std::collections::BTreeSet::new(), std::collections::HashSet::new());
    for record in files.iter().flat_map(|(_, bytes)| {
        csv::Reader::from_reader(bytes.as_slice()).into_records().map(Result::unwrap).collect::<Vec<_>>()
    }) {
        let units: i64 = record[3].parse().unwrap();
        let (whole, cents) = record[5].split_once('.').unwrap();
        let money =
            units * (whole.parse::<i64>().unwrap() * 100 + format!("{cents:0<2}").parse::<i64>().unwrap());
        let who = (record[6].to_owned(), record[1].to_owned());
        raw.rows += 1;
        match (record[0].starts_with('C'), units < 0) {
            (true, _) => {
                raw.taken_back = (raw.taken_back.0 + 1, raw.taken_back.1 + units, raw.taken_back.2 + money);
                raw.never_bought += u64::from(!bought.contains(&who));
            }
            (false, true) => raw.lost = (raw.lost.0 + 1, raw.lost.1 + units),
            (false, false) => {
                raw.sold = (raw.sold.0 + 1, raw.sold.1 + units, raw.sold.2 + money);
                orders.insert(record[0].to_owned());
                bought.insert(who);
            }
        }
    }
    raw.orders = orders.len().try_into().unwrap();
    raw
}

/// The same figures of what was imported.
fn figures(report: &PastReport) -> Raw {
    let pounds = |tally: &Tally| tally.amount.get("GBP").copied().unwrap_or_default();
    let mut back = report.canceled.clone();
    for code in ["no_earlier_purchase", "exceeds_purchases", "exceeds_payment"] {
        back.merge(report.skipped.get(code).unwrap_or(&Tally::default()));
    }
    Raw {
        rows: report.rows,
        sold: (report.taken.rows, report.taken.quantity, pounds(&report.taken)),
        taken_back: (back.rows, back.quantity, pounds(&back)),
        lost: (report.written_off.rows, report.written_off.quantity),
        orders: report.orders,
        never_bought: report.skipped.get("no_earlier_purchase").map_or(0, |tally| tally.rows),
    }
}

fn merged(all: &mut PastReport, one: &PastReport) {
    all.rows += one.rows;
    all.orders += one.orders;
    all.orders_new += one.orders_new;
    all.refunds_new += one.refunds_new;
    all.warnings += one.warnings;
    all.taken.merge(&one.taken);
    all.canceled.merge(&one.canceled);
    all.written_off.merge(&one.written_off);
    for (code, tally) in &one.skipped {
        all.skipped.entry(code.clone()).or_default().merge(tally);
    }
}

async fn on_sqlite(folder: &std::path::Path) -> (App, Arc<Sqlite>) {
    let sqlite = Arc::new(Sqlite::open(folder.join("sutler.db"), Options::default()).unwrap());
    let clock = Arc::new(sutler_adapters::system::SystemClock);
    let ports = Ports::over(
        &sqlite,
        BTreeMap::new(),
        Arc::new(sutler_adapters::log_shipping::LogShipping),
        clock,
        Arc::new(SystemIds::default()),
    );
    let app = App::new(ports, Settings::new(Currency::parse("GBP").unwrap()));
    app.inventory.ensure_default_location().await.unwrap();
    (app, sqlite)
}

async fn all_taken(app: &App, files: &[(String, Vec<u8>)]) -> PastReport {
    let mut all = PastReport::default();
    for (_, bytes) in files {
        merged(&mut all, &taken(app, std::str::from_utf8(bytes).unwrap()).await.report);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_sample_agrees_with_its_raw_files_and_is_taken_once() {
    let Some(files) = samples("uci-online-retail") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (app, _sqlite) = on_sqlite(folder.path()).await;
    let first = all_taken(&app, &files).await;
    assert_eq!(figures(&first), raw(&files));
    assert_eq!(first.skipped["no_earlier_purchase"].rows, 824);
    assert_eq!(first.written_off.rows, 348);
    let known = ["no_earlier_purchase", "exceeds_purchases", "exceeds_payment"];
    assert!(first.skipped.keys().all(|code| known.contains(&code.as_str())), "{:?}", first.skipped);

    let at = head(&app).await;
    let again = all_taken(&app, &files).await;
    assert_eq!((again.orders_new, again.refunds_new, head(&app).await), (0, 0, at), "the same database");
    assert_eq!((again.taken, again.canceled, again.skipped), (first.taken, first.canceled, first.skipped));
    let verified = app.verify.all(&Caller::system("test")).await.unwrap();
    assert!(verified.is_clean(), "{:#?}", verified.differences);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_dies_anywhere_ends_in_the_same_log() {
    let Some(mut files) = samples("uci-online-retail") else { return };
    files.truncate(3);
    let folders = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (whole, _sqlite) = on_sqlite(folders.0.path()).await;
    all_taken(&whole, &files).await;

    // Dropped in the middle of whatever it does, with commits on their way, and begun again on a store opened anew.
    let mut chance = 7u64;
    let mut deaths = 0;
    for (_, bytes) in &files {
        for _ in 0..4 {
            let (app, sqlite) = on_sqlite(folders.1.path()).await;
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            deaths += u64::from(dies(&app, bytes, 1 + (chance >> 33) % 30).await);
            sqlite.close().await;
        }
        let (app, sqlite) = on_sqlite(folders.1.path()).await;
        taken(&app, std::str::from_utf8(bytes).unwrap()).await;
        sqlite.close().await;
    }
    assert!(deaths >= 10, "{deaths} deaths");
    let (app, _sqlite) = on_sqlite(folders.1.path()).await;
    let (found, expected) = (told(&app).await, told(&whole).await);
    let differs = found.iter().zip(&expected).find(|(one, other)| one != other);
    assert_eq!((differs, found.len()), (None, expected.len()), "the same log, to the byte");
    assert_eq!(order(&app, "536365").await.order, order(&whole, "536365").await.order);
}

/// Stops at an order, and never says a word again.
struct Dies {
    left: u64,
    dead: Arc<AtomicBool>,
}

#[async_trait]
impl Witness for Dies {
    fn hear(&mut self, _: ImportTold<'_>) {}

    async fn is_listening(&mut self) -> bool {
        self.left -= 1;
        if self.left == 0 {
            self.dead.store(true, Ordering::Relaxed);
            std::future::pending::<()>().await;
        }
        true
    }
}

/// Begin an import and drop it after so many orders, whatever is on its way then. Whether it died before its end.
async fn dies(app: &App, file: &[u8], orders: u64) -> bool {
    let (source, mapping): (Arc<[u8]>, _) = (file.into(), shipped("uci-online-retail").unwrap());
    let dead = Arc::new(AtomicBool::new(false));
    let mut witness = Dies { left: orders, dead: Arc::clone(&dead) };
    let caller = Caller::system("test");
    let options = PastOptions::default();
    let mut work = Box::pin(app.transfer.import_past(&caller, &source, &mapping, options, &mut witness));
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(false),
        Poll::Pending if dead.load(Ordering::Relaxed) => Poll::Ready(true),
        Poll::Pending => Poll::Pending,
    })
    .await
}
