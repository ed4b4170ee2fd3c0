//! Backups under load, what they become, and what is refused as one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::server::{Said, Server, folder, sutler};

/// The files of a folder with their bytes, but for locks and for what SQLite leaves beside a database that was read.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
            continue;
        }
        let (name, bytes) = (path.to_string_lossy().into_owned(), std::fs::read(&path).unwrap());
        let is_lock = path.extension().is_some_and(|extension| extension == "lock");
        let says_nothing = name.ends_with("-shm") || (name.ends_with("-wal") && bytes.is_empty());
        if !says_nothing && !is_lock {
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

async fn place(server: &Server) -> String {
    let order = json!({"customer_id": "C1", "customer": {"email": "ada@example.com", "name": "Ada"},
                       "items": [{"product_id": "P1", "quantity": 1}]});
    server.ask("POST", "/orders", Some(order)).await.unwrap()["order_id"].as_str().unwrap().to_owned()
}

async fn orders(server: &Server) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut after = String::new();
    loop {
        let page = server.ask("GET", &format!("/orders?limit=200{after}"), None).await.unwrap();
        let rows = page["data"].as_array().unwrap();
        ids.extend(rows.iter().map(|order| order["order_id"].as_str().unwrap().to_owned()));
        match page["page"]["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return ids,
        }
    }
}

fn good(said: Said) -> Said {
    assert_eq!(said.code, 0, "{said:?}");
    said
}

#[tokio::test]
async fn a_backup_under_load_becomes_a_database_of_that_moment_with_a_new_epoch() {
    let folder = folder();
    let server = Arc::new(Server::dev(folder.path(), &[]));
    let before = orders(&server).await;
    let done = Arc::new(AtomicBool::new(false));
    let buyers = (0..4).map(|_| {
        let (server, done) = (Arc::clone(&server), Arc::clone(&done));
        tokio::spawn(async move {
            let mut placed = Vec::new();
            while !done.load(Ordering::Relaxed) {
                placed.push(place(&server).await);
            }
            placed
        })
    });
    let buyers: Vec<_> = buyers.collect();
    let earlier = place(&server).await;
    let path = folder.path().to_owned();
    let said =
        tokio::task::spawn_blocking(move || sutler(&path, &["backup", "--dev", "load.tar.zst", "--json"]));
    let backup: Value = serde_json::from_str(&good(said.await.unwrap()).out).unwrap();
    done.store(true, Ordering::Relaxed);
    let mut acknowledged = BTreeSet::from([earlier.clone()]);
    for buyer in buyers {
        acknowledged.extend(buyer.await.unwrap());
    }
    assert!(acknowledged.len() > 4, "the server went on while the copy was made: {}", acknowledged.len());
    let cursor = server.ask("GET", "/events?limit=1", None).await.unwrap()["page"]["next"].clone();
    let cursor = cursor.as_str().unwrap().to_owned();
    assert!(cursor.starts_with(backup["epoch"].as_str().unwrap()), "{cursor}");

    let busy = sutler(folder.path(), &["restore", "--dev", "load.tar.zst", "--force"]);
    assert_eq!(busy.code, 6, "{busy:?}");
    assert!(busy.err.contains("is in use by sutler (pid "), "{busy:?}");
    assert_eq!(Arc::into_inner(server).unwrap().stop().code(), Some(0));

    let untouched = files(folder.path());
    let there = sutler(folder.path(), &["restore", "--dev", "load.tar.zst"]);
    assert_eq!(there.code, 6, "{there:?}");
    assert!(there.err.contains("there is a database at") && there.err.contains("--force"), "{there:?}");
    let dry = good(sutler(folder.path(), &["restore", "--dev", "load.tar.zst", "--dry-run", "--force"]));
    assert!(dry.out.contains("load.tar.zst is whole") && dry.out.contains("would be kept as"), "{dry:?}");
    assert!(files(folder.path()) == untouched, "neither changes anything");

    let said = good(sutler(folder.path(), &["restore", "--dev", "load.tar.zst", "--force", "--json"]));
    let restored: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(restored["position"], backup["position"]);
    assert_ne!(restored["epoch"], backup["epoch"]);
    let kept = folder.path().join(restored["kept"].as_str().unwrap());
    assert!(kept.exists(), "{restored}");

    let server = Server::dev(folder.path(), &["--no-sample"]);
    let known = orders(&server).await;
    assert!(known.contains(&earlier), "it was acknowledged before the backup began");
    let all: BTreeSet<String> = before.union(&acknowledged).cloned().collect();
    assert!(known.is_subset(&all), "nothing is there that was not acknowledged");
    assert_eq!(u64::try_from(known.len()).unwrap(), backup["orders"].as_u64().unwrap());
    let stale = server.ask("GET", &format!("/events?after={cursor}"), None).await;
    assert_eq!(stale.unwrap_err(), "cursor_stale");
    place(&server).await;
}

#[tokio::test]
async fn a_backup_needs_a_name_of_its_own_and_leaves_nothing_behind() {
    let folder = folder();
    let nothing = sutler(folder.path(), &["backup"]);
    assert_eq!(nothing.code, 5, "{nothing:?}");
    assert!(nothing.err.contains("there is no database at"), "{nothing:?}");
    assert_eq!(Server::dev(folder.path(), &["--no-sample"]).stop().code(), Some(0));
    good(sutler(folder.path(), &["backup", "--dev", "a.tar.zst"]));
    let untouched = files(folder.path());
    let again = sutler(folder.path(), &["backup", "--dev", "a.tar.zst"]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("there is a file of that name already"), "{again:?}");
    assert!(files(folder.path()) == untouched);
    good(sutler(folder.path(), &["backup", "--dev", "a.tar.zst", "--force"]));
    let unnamed = good(sutler(folder.path(), &["backup", "--dev"]));
    let named = unnamed.out.split(':').next().unwrap().to_owned();
    assert!(named.starts_with("sutler-backup-20") && folder.path().join(named).exists(), "{unnamed:?}");
    let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}

#[test]
fn what_is_no_good_backup_is_refused_and_changes_nothing() {
    let folder = folder();
    assert_eq!(Server::dev(folder.path(), &["--no-sample"]).stop().code(), Some(0));
    good(sutler(folder.path(), &["backup", "--dev", "good.tar.zst"]));
    let whole = std::fs::read(folder.path().join("good.tar.zst")).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    for (name, bytes, code, words) in [
        ("text", b"Dear diary, I am not an archive.".to_vec(), 2, "it is not a backup of Sutler"),
        ("empty", Vec::new(), 2, "it is not a backup of Sutler"),
        ("cut", whole[..whole.len() / 2].to_vec(), 9, "it is damaged"),
        ("cut_late", whole[..whole.len() - 1].to_vec(), 9, "it is damaged"),
        ("flip_early", flipped(200), 9, "it is damaged"),
        ("flip", flipped(whole.len() / 2), 9, "it is damaged"),
        ("flip_late", flipped(whole.len() - 2), 9, "it is damaged"),
        ("longer", [whole.clone(), b"more".to_vec()].concat(), 9, "it is damaged"),
        ("other_tar", packed(&[("hello.txt", b"hello".to_vec())]), 2, "it is not a backup of Sutler"),
        ("form", packed(&[("manifest.json", manifest(2, 1))]), 3, "its form is newer than this binary"),
        (
            "schema",
            packed(&[("manifest.json", manifest(1, 99))]),
            3,
            "newer than this binary (schema 99, binary knows",
        ),
        ("hollow", packed(&[("manifest.json", manifest(1, 1))]), 9, "sutler.db is missing"),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let untouched = files(folder.path());
        let said = sutler(folder.path(), &["restore", "--dev", name, "--force"]);
        assert_eq!(said.code, code, "{name}: {said:?}");
        assert!(said.err.contains(words) && said.err.contains("nothing was changed"), "{name}: {said:?}");
        assert!(files(folder.path()) == untouched, "{name}");
    }
    good(sutler(folder.path(), &["restore", "--dev", "good.tar.zst", "--force"]));
}

fn manifest(format: u32, schema: u32) -> Vec<u8> {
    let files: Vec<_> =
        ["sutler.db", "erasures.ndjson"].map(|name| json!({"name": name, "bytes": 0, "sha256": ""})).into();
    let manifest = json!({"kind": "sutler-backup", "format": format, "sutler": "9.9.9", "schema": schema, "epoch": "e",
                          "position": 0, "hash": "", "created_at": "2026-11-22T00:00:00Z", "files": files});
    serde_json::to_vec(&manifest).unwrap()
}

fn packed(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(zstd::Encoder::new(Vec::new(), 3).unwrap());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(bytes.len()).unwrap());
        header.set_mode(0o600);
        tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

#[tokio::test]
async fn who_was_erased_since_the_backup_is_erased_again() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--no-sample"]);
    let product = json!({"title": "P", "price": 100, "track_inventory": false});
    server.ask("PUT", "/products/P1", Some(product)).await.unwrap();
    let (forgotten, kept) = (place(&server).await, place(&server).await);
    server.stop();
    good(sutler(folder.path(), &["backup", "--dev", "old.tar.zst"]));
    // What an erasure leaves: the contact is on the list, and its data is gone.
    let database = folder.path().join("sutler-data/dev.db");
    let open = rusqlite::Connection::open(&database).unwrap();
    let body: String = open
        .query_row("SELECT body FROM orders WHERE order_id = ?1", [&forgotten], |row| row.get(0))
        .unwrap();
    let at = body.find("con_").unwrap();
    let contact: String = body[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let list = format!("INSERT INTO erasures VALUES ('contact:{contact}', 1, 5)");
    open.execute_batch(&list).unwrap();
    open.close().unwrap();

    let said = good(sutler(folder.path(), &["restore", "--dev", "old.tar.zst", "--force", "--json"]));
    let restored: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(restored["erased"], 1, "{said:?}");
    let named = async |server: &Server, order: &str| {
        let order = server.ask("GET", &format!("/orders/{order}?expand=customer"), None).await.unwrap();
        order["customer"]["name"].clone()
    };
    let server = Server::dev(folder.path(), &["--no-sample"]);
    assert_eq!(named(&server, &forgotten).await, Value::Null);
    assert_eq!(named(&server, &kept).await, "Ada");
    server.stop();

    // The list travels on: with the next backup, beside it, and from there into the old one, without any database.
    good(sutler(folder.path(), &["backup", "--dev", "new.tar.zst"]));
    let beside = std::fs::read_to_string(folder.path().join("erasures.ndjson")).unwrap();
    assert!(beside.contains(&contact), "{beside}");
    std::fs::remove_dir_all(folder.path().join("sutler-data")).unwrap();
    good(sutler(folder.path(), &["restore", "--dev", "old.tar.zst"]));
    let server = Server::dev(folder.path(), &["--no-sample"]);
    assert_eq!(named(&server, &forgotten).await, Value::Null);
    server.stop();

    std::fs::write(folder.path().join("erasures.ndjson"), "who was it?\n").unwrap();
    let said = sutler(folder.path(), &["restore", "--dev", "old.tar.zst", "--force"]);
    assert!(said.code == 1 && said.err.contains("erasures.ndjson (line 1: "), "{said:?}");
}
