//! The rooms of `crates/adapters/src`: one technology a folder, the same file names in each.

use super::{Breach, Tree, source::Source, tree::has_extension};

const ROOMS: &str = "crates/adapters/src/";

/// The stores, and the files that each of them has.
const STORES: &[&str] = &["memory", "sqlite", "postgres"];
const STORE_FILES: &[&str] = &["store.rs", "orders.rs", "products.rs", "stock.rs", "jobs.rs", "feed.rs"];

const MIGRATIONS: &[&str] = &["migrations/sqlite/", "migrations/postgres/"];

/// No technology folder names another.
pub(super) fn rooms(tree: &Tree) -> Vec<Breach> {
    let rooms: Vec<_> = tree.names(ROOMS).into_iter().filter(|name| !has_extension(name, "rs")).collect();
    let mut breaches = Vec::new();
    for room in &rooms {
        for (path, text) in tree.rust(&format!("{ROOMS}{room}/")) {
            let code = Source::of(text).code;
            for other in rooms.iter().filter(|other| *other != room) {
                if code.lines().any(|line| names_room(line, other)) {
                    breaches.push(Breach::new(
                        path,
                        format!("{room} names {other}; no technology folder names another"),
                        "take what both need to the app crate, or to a file beside the folders",
                    ));
                }
            }
        }
    }
    breaches
}

/// Whether a line says `crate::room` or reaches it by `super`.
fn names_room(line: &str, room: &str) -> bool {
    ["crate::", "super::super::"].iter().any(|way| {
        line.match_indices(&format!("{way}{room}")).any(|(at, found)| {
            !line.get(at + found.len()..).unwrap_or("").starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    })
}

/// `#[cfg(feature = …)]` stands in `lib.rs` only: a folder is in or out as a whole.
pub(super) fn features(tree: &Tree) -> Vec<Breach> {
    tree.rust(ROOMS)
        .filter(|(path, text)| {
            *path != "crates/adapters/src/lib.rs" && Source::of(text).code.contains("cfg(feature")
        })
        .map(|(path, _)| {
            Breach::new(
                path,
                "a feature flag inside an adapter; crates/adapters/src/lib.rs is the only place for them",
                "make the module itself conditional there",
            )
        })
        .collect()
}

/// Every store has the same files, and every database the same migrations.
pub(super) fn twins(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for store in STORES {
        let names = tree.names(&format!("{ROOMS}{store}/"));
        if names.is_empty() {
            continue;
        }
        for missing in STORE_FILES.iter().filter(|file| !names.contains(file)) {
            breaches.push(Breach::new(
                format!("{ROOMS}{store}/{missing}"),
                format!("is missing; every store has {STORE_FILES:?}, so that a reader finds the same thing in the same place"),
                "put the part of the store that the name says there",
            ));
        }
    }
    let migrations: Vec<_> = MIGRATIONS.iter().map(|folder| (folder, tree.names(folder))).collect();
    for (folder, names) in migrations.iter().filter(|(_, names)| !names.is_empty()) {
        for (twin, known) in migrations.iter().filter(|(twin, known)| twin != folder && !known.is_empty()) {
            for missing in names.iter().filter(|name| !known.contains(name)) {
                breaches.push(Breach::new(
                    format!("{twin}{missing}"),
                    format!(
                        "is missing; {folder}{missing} has no twin, and migrations come in pairs of one name"
                    ),
                    "write the twin, even where one of the two has nothing to do but say so",
                ));
            }
        }
    }
    breaches
}
