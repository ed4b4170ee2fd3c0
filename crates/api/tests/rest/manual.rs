//! The manual's tables name exactly the routes that there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::problems::sources;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `METHOD path` of every `.route("path", get(…).post(…))` in the sources.
fn routes() -> BTreeSet<String> {
    let mut files: Vec<PathBuf> = Vec::new();
    sources(&here().join("src/rest"), &mut files);
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for route in text.split(".route(").skip(1) {
            let path = route.split('"').nth(1).unwrap();
            let handlers = route.split('"').nth(2).unwrap().split(".route(").next().unwrap();
            let handlers = handlers.split("Router").next().unwrap();
            for method in ["get", "post", "put", "patch", "delete"] {
                let called = |before: &str| handlers.contains(&format!("{before}{method}("));
                if called(" ") || called(".") {
                    found.insert(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
    }
    found
}

/// What stands in backticks in the first cell of a row.
fn rows() -> BTreeSet<String> {
    let text = fs::read_to_string(here().join("../../docs/api.md")).unwrap();
    let cells =
        text.lines().filter_map(|line| line.strip_prefix("| `")).map(|line| line.split(" |").next().unwrap());
    cells.flat_map(|cell| cell.split('`').map(str::to_owned)).filter(|word| word.contains(" /")).collect()
}

#[test]
fn the_manual_lists_every_route_and_no_other() {
    let (routes, rows) = (routes(), rows());
    assert!(routes.len() > 60, "the search finds nothing any more: {routes:?}");
    let missing: Vec<_> = routes.difference(&rows).collect();
    let invented: Vec<_> = rows.difference(&routes).collect();
    assert!(missing.is_empty() && invented.is_empty(), "missing {missing:?}; invented {invented:?}");
}
