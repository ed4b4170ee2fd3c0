//! A shop that nobody touched is in order, on every store and beside a server that has it open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sutler_adapters::sqlite::{Options, Reading, Sqlite};
use sutler_app::Caller;
use sutler_app::verify::{Check, Report, verify};
use sutler_testkit::clock::TestClock;

use crate::shop::{File, app, live, memory, verified};

#[track_caller]
fn must_be_clean(report: &Report) {
    assert!(report.is_clean() && report.unlisted == 0, "{:#?}", report.differences);
    for checked in &report.checked {
        assert!(checked.count > 0, "nothing was checked: {:?}", checked.check);
    }
    assert_eq!(report.checked.len(), Check::ALL.len());
}

#[tokio::test]
async fn a_shop_that_nobody_touched_is_clean_on_both_stores() {
    let memory = memory();
    live(&memory).await;
    let told = memory.verify.all(&Caller::system("test")).await.unwrap();
    must_be_clean(&told);
    let stored = File::of_a_shop().await.verify().await;
    must_be_clean(&stored);
    assert_eq!(told.checked, stored.checked, "the same life is the same work");
}

#[tokio::test]
async fn an_empty_shop_is_clean() {
    let report = memory().verify.all(&Caller::system("test")).await.unwrap();
    assert!(report.is_clean(), "{:#?}", report.differences);
}

#[tokio::test]
async fn only_who_may_do_everything_is_told_of_everything() {
    let caller = Caller {
        scopes: sutler_app::Scopes::of(["orders:*", "events:read", "keys:write"]),
        ..Caller::system("test")
    };
    assert_eq!(memory().verify.all(&caller).await.unwrap_err().code, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_verified_while_a_server_writes_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sutler.db");
    let sqlite = Arc::new(Sqlite::open(&path, Options::default()).unwrap());
    let app = app(&sqlite, &Arc::new(TestClock::default()));
    let writing = tokio::spawn(async move { live(&app).await });
    // Each look sees one moment between two commits, whichever it is.
    while !writing.is_finished() {
        let report = verified(&path).await;
        assert!(report.is_clean(), "{:#?}", report.differences);
    }
    writing.await.unwrap();
    must_be_clean(&verified(&path).await);
}

#[tokio::test]
async fn progress_ends_when_every_event_was_met_twice() {
    let file = File::of_a_shop().await;
    let (done, total) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (now, all) = (Arc::clone(&done), Arc::clone(&total));
    let told = move |progress: sutler_app::verify::Progress| {
        assert!(progress.done >= now.swap(progress.done, Ordering::Relaxed), "it never goes back");
        all.store(progress.total, Ordering::Relaxed);
    };
    let report = verify(&Reading::open(&file.path).unwrap(), told).await.unwrap();
    assert_eq!(done.load(Ordering::Relaxed), report.position.0 * 2);
    assert_eq!(total.load(Ordering::Relaxed), report.position.0 * 2);
}
