//! What lies in the folder of an index, and what becomes of it when something of it is missing.

use std::fs;
use std::path::{Path, PathBuf};

use sutler_adapters::search::CatalogIndex;
use sutler_app::ports::search::{DocumentChange, SearchFailure, Side};
use sutler_app::ports::{FeedCursor, Search};
use sutler_app::search::Document;
use sutler_domain::Position;
use sutler_testkit::builders as some;

fn place(position: u64) -> FeedCursor {
    FeedCursor { epoch: "e".to_owned(), position: Position(position) }
}

fn product(id: &str) -> DocumentChange {
    DocumentChange::Add(Box::new(Document::of(&some::product(id, id, ""))))
}

async fn built(root: &Path, position: u64) -> CatalogIndex {
    let index = CatalogIndex::in_folder(root.to_owned());
    index.open().await.unwrap();
    index.begin().await.unwrap();
    index.write(Side::Next, vec![product("a")]).await.unwrap();
    index.commit(Side::Next, &place(position)).await.unwrap();
    index.serve_next().await.unwrap();
    index
}

fn indexes(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

#[tokio::test]
async fn one_index_is_left_whatever_was_begun() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("search");
    let index = built(&root, 3).await;
    assert_eq!(indexes(&root).len(), 1);
    index.begin().await.unwrap();
    index.begin().await.unwrap();
    assert_eq!(indexes(&root).len(), 2, "the one that answers and the one that is built");
    index.write(Side::Next, vec![product("b")]).await.unwrap();
    drop(index);
    let index = CatalogIndex::in_folder(root.clone());
    index.open().await.unwrap();
    assert_eq!((indexes(&root).len(), index.served().unwrap().at), (1, place(3)));
    index.discard().await.unwrap();
    assert!(indexes(&root).is_empty());
}

#[tokio::test]
async fn a_folder_belongs_to_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let index = built(folder.path(), 1).await;
    let other = CatalogIndex::in_folder(folder.path().to_owned());
    let SearchFailure::Broken(reason) = other.open().await.unwrap_err() else { panic!("it opened") };
    assert!(reason.contains("belongs to another server; give each a data_dir of its own"), "{reason}");
    assert_eq!(other.served(), None);
    drop(index);
    other.open().await.unwrap();
    assert_eq!(other.served().unwrap().at, place(1));
}

#[tokio::test]
async fn an_index_that_cannot_be_read_is_none() {
    let spoils: [fn(&Path); 3] = [
        |index: &Path| fs::remove_file(index.join("meta.json")).unwrap(),
        |index: &Path| fs::write(index.join("meta.json"), "{").unwrap(),
        |index: &Path| {
            let segment = fs::read_dir(index).unwrap().map(|entry| entry.unwrap().path());
            let fast = segment.into_iter().find(|path| path.extension().is_some_and(|e| e == "fast"));
            fs::remove_file(fast.unwrap()).unwrap();
        },
    ];
    for spoil in spoils {
        let folder = tempfile::tempdir().unwrap();
        drop(built(folder.path(), 1).await);
        spoil(&indexes(folder.path())[0]);
        let index = CatalogIndex::in_folder(folder.path().to_owned());
        index.open().await.unwrap();
        assert_eq!(index.served(), None);
        assert!(indexes(folder.path()).is_empty(), "it is made room for another");
        drop(index);
        assert_eq!(built(folder.path(), 2).await.served().unwrap().at, place(2));
    }
}

#[tokio::test]
async fn an_index_of_another_version_answers_until_there_is_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    drop(built(folder.path(), 4).await);
    let current = folder.path().join("current");
    let text = fs::read_to_string(&current).unwrap();
    fs::write(&current, text.replacen("1 ", "0 ", 1)).unwrap();
    let index = CatalogIndex::in_folder(folder.path().to_owned());
    index.open().await.unwrap();
    let served = index.served().unwrap();
    assert_eq!((served.at, served.is_current), (place(4), false));
}

#[tokio::test]
async fn a_folder_that_cannot_be_had_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("file/search");
    fs::write(folder.path().join("file"), "").unwrap();
    let index = CatalogIndex::in_folder(root.clone());
    let SearchFailure::Broken(reason) = index.open().await.unwrap_err() else { panic!("it opened") };
    assert!(reason.starts_with(&root.display().to_string()), "{reason}");
}
