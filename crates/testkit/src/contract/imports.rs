//! What a store keeps of imports: how far each is, with what it took in.

use sutler_app::commit::{Change, ClaimKind, Commit, Expect, View};
use sutler_app::stream::StreamId;
use sutler_app::transfer::ImportRecord;
use sutler_domain::Version;

use super::{Case, Rig};
use crate::builders as some;

/// Every case of imports.
pub const CASES: &[Case] = &[
    ("the last word of an import is kept", |rig| Box::pin(the_last_word_is_kept(rig))),
    ("a refused commit moves no import", |rig| Box::pin(a_refused_commit_moves_no_import(rig))),
    ("imports are listed by their last word", |rig| Box::pin(imports_are_listed_by_their_last_word(rig))),
];

fn record(n: u64, row: u64, second: i64) -> ImportRecord {
    ImportRecord {
        import_id: some::id(n),
        sha256: format!("{n:064}"),
        mapping: "shopify-orders".to_owned(),
        row,
        updated_at: some::second(second),
        report: None,
        errors: Vec::new(),
        columns: Vec::new(),
    }
}

fn moved(record: &ImportRecord) -> Commit {
    let view = View::Import(Box::new(record.clone()));
    some::nothing().change(Change::record(StreamId::from(&record.import_id), Expect::Any, view))
}

async fn the_last_word_is_kept(rig: &Rig) {
    for row in [2, 9, 40] {
        rig.stores().commit(moved(&record(1, row, 5))).await.unwrap();
    }
    let found = rig.again().await.imports.import(&some::id(1)).await.unwrap().unwrap();
    assert_eq!((found.value, found.version), (record(1, 40, 5), Version(3)));
    assert_eq!(rig.stores().imports.import(&some::id(2)).await.unwrap(), None);
}

async fn a_refused_commit_moves_no_import(rig: &Rig) {
    let holder = StreamId::from(&some::id::<sutler_domain::id::kind::Order>(7));
    let other = StreamId::from(&some::id::<sutler_domain::id::kind::Order>(8));
    let taken = |row, holder| moved(&record(1, row, 5)).take(ClaimKind::ImportEntry, "C1", holder);
    rig.stores().commit(taken(2, &holder)).await.unwrap();
    rig.stores().commit(taken(3, &other)).await.unwrap_err();
    let found = rig.again().await.imports.import(&some::id(1)).await.unwrap().unwrap();
    assert_eq!((found.value.row, found.version), (2, Version(1)));
}

async fn imports_are_listed_by_their_last_word(rig: &Rig) {
    for one in [record(1, 2, 5), record(2, 2, 6), record(3, 2, 4), record(1, 3, 7)] {
        rig.stores().commit(moved(&one)).await.unwrap();
    }
    let at = rig.again().await;
    let listed = async |limit| -> Vec<u64> {
        let rows = at.imports.imports(limit).await.unwrap();
        rows.iter().map(|row| row.value.sha256.parse().unwrap()).collect()
    };
    assert_eq!(listed(10).await, [1, 2, 3]);
    assert_eq!(listed(2).await, [1, 2]);
}
