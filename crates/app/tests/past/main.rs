//! What importing orders that were placed elsewhere promises.
//!
//! The data sets are not part of the repository: `SUTLER_DATA` names the folder they are in, else they are looked for
//! beside the checkout. Without them their tests say loudly that they were skipped.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "not every test needs everything of the shop")]
#[path = "../shop/mod.rs"]
mod shop;

mod mended;
mod orders;
mod products;
mod resumed;
mod rows;
mod shopify;
mod uci;

use std::path::PathBuf;
use std::sync::Arc;

use shop::Shop;
use sutler_app::orders::OrderView;
use sutler_app::ports::EventFilter;
use sutler_app::ports::reads::OrderName;
use sutler_app::transfer::mapping::{Mapping, shipped};
use sutler_app::transfer::{ImportError, ImportTold, PastOptions, PastReport};
use sutler_app::{App, Caller, Problem, Recorded};
use sutler_domain::Position;

/// What was heard of an import.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) report: PastReport,
    pub(crate) columns: Vec<String>,
    pub(crate) errors: Vec<ImportError>,
    pub(crate) warnings: Vec<(u64, String)>,
}

impl Heard {
    /// The rows that were not taken, with their codes.
    pub(crate) fn codes(&self) -> Vec<(u64, &str)> {
        self.errors.iter().map(|error| (error.row, error.code.as_str())).collect()
    }
}

/// Import a file.
pub(crate) async fn import(
    app: &App,
    file: &[u8],
    mapping: &Mapping,
    options: PastOptions,
) -> Result<Heard, Problem> {
    let mut heard = Heard::default();
    let source: Arc<[u8]> = file.into();
    let Heard { columns, errors, warnings, .. } = &mut heard;
    let mut witness = |told: ImportTold<'_>| match told {
        ImportTold::Columns(names) => *columns = names.to_vec(),
        ImportTold::Error(error) => errors.push(error.clone()),
        ImportTold::Warning { row, code, .. } => warnings.push((row, code.to_owned())),
        ImportTold::Progress { .. } => {}
    };
    let caller = Caller::system("test");
    let report = app.transfer.import_past(&caller, &source, mapping, options, &mut witness).await?;
    Ok(Heard { report, ..heard })
}

/// Import a file by the mapping of the invoices of a gift shop.
pub(crate) async fn taken(app: &App, file: &str) -> Heard {
    import(app, file.as_bytes(), &shipped("uci-online-retail").unwrap(), PastOptions::default())
        .await
        .unwrap()
}

pub(crate) async fn order(app: &App, reference: &str) -> OrderView {
    let name = OrderName::Reference(reference.to_owned());
    app.orders.get(&Caller::system("test"), &name).await.unwrap()
}

/// Everything in the log.
pub(crate) async fn log(app: &App) -> Vec<Recorded> {
    let (mut all, mut after) = (Vec::new(), Position(0));
    loop {
        let page = app.ports.feed.after(after, &EventFilter::default(), 1_000).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = last.position;
        all.extend(page);
    }
}

/// What the log tells of imported history, but for when it was recorded.
pub(crate) async fn told(app: &App) -> Vec<(String, u64, String, String, String, Option<u64>)> {
    let row = |event: Recorded| {
        let (stream, at) = (event.stream.to_string(), event.at.to_string());
        (stream, event.version.0, event.name, at, event.body, event.number)
    };
    log(app).await.into_iter().filter(|event| event.actor == "import").map(row).collect()
}

pub(crate) async fn head(app: &App) -> Position {
    log(app).await.last().map_or(Position(0), |event| event.position)
}

/// The files of a data set, in order.
#[expect(clippy::disallowed_methods, reason = "the folder of the samples is said to the test run")]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn samples(folder: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("SUTLER_DATA").map_or_else(beside, PathBuf::from).join(folder);
    let Ok(entries) = std::fs::read_dir(&data) else {
        eprintln!("SKIPPED: no sample files in {}; set SUTLER_DATA to their folder", data.display());
        return None;
    };
    let paths = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "csv"));
    let mut files: Vec<_> = paths
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    Some(files)
}

/// A shop that nothing is wrong with.
pub(crate) async fn must_be_sound(shop: &Shop) {
    let report = shop.app.verify.all(&Caller::system("test")).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.differences);
}
