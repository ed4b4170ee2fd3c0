//! The manual's tables name exactly the routes that there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sutler_api::rest::operations;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `METHOD path` of every operation that the router is made of.
fn routes() -> BTreeSet<String> {
    operations().iter().map(|row| format!("{} {}", row.method, row.path)).collect()
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
    assert!(routes.len() > 60, "the table is not whole: {routes:?}");
    let missing: Vec<_> = routes.difference(&rows).collect();
    let invented: Vec<_> = rows.difference(&routes).collect();
    assert!(missing.is_empty() && invented.is_empty(), "missing {missing:?}; invented {invented:?}");
}
