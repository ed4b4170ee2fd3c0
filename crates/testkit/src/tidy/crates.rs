//! The dependency rule: `domain <- app <- {adapters, api} <- server`, with `types` and `client` beside it.

use toml::{Table, Value};

use super::{Breach, Tree, source::Source};

/// Who may know whom: crate, its dependencies of ours, and those of its tests besides.
const EDGES: &[(&str, &[&str], &[&str])] = &[
    ("domain", &[], &[]),
    ("types", &[], &[]),
    ("app", &["domain"], &["adapters", "testkit"]),
    ("adapters", &["app", "domain"], &["testkit"]),
    ("api", &["app", "domain", "types"], &["adapters", "testkit"]),
    ("client", &["types"], &[]),
    ("server", &["adapters", "api", "app", "client", "domain", "types"], &["testkit"]),
    ("testkit", &["adapters", "api", "app", "client", "domain", "types"], &[]),
    ("balance", &[], &["testkit"]),
    ("xtask", &[], &[]),
];

/// Technology that the core must not know, even in its tests.
const TECHNOLOGY: &[&str] = &[
    "async-graphql",
    "async-nats",
    "axum",
    "hyper",
    "redis",
    "refinery",
    "reqwest",
    "rusqlite",
    "sqlx",
    "tokio-postgres",
    "tower",
    "tower-http",
];

/// What acts, besides: the domain has types and decisions only.
const ACTING: &[&str] = &["async-trait", "futures", "parking_lot", "rand", "tokio", "tracing"];

/// Every arrow between our crates is in [`EDGES`]; the core names no technology; only adapters name a database.
pub(super) fn edges(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for name in tree.names("crates/") {
        let manifest = format!("crates/{name}/Cargo.toml");
        let Some(text) = tree.text(&manifest) else { continue };
        let Some((_, allowed, in_tests)) = EDGES.iter().find(|(row, ..)| *row == name) else {
            breaches.push(Breach::new(
                manifest,
                "this crate has no row in the table of who may know whom",
                "decide its place, write the ADR, and add the row to EDGES in crates/testkit/src/tidy/crates.rs",
            ));
            continue;
        };
        let dependencies = match text.parse::<Table>() {
            Ok(table) => dependencies(&table),
            Err(error) => {
                breaches.push(Breach::new(manifest, format!("is not TOML: {error}"), "correct it"));
                continue;
            }
        };
        for Dependency { package, in_tests_only } in dependencies {
            let known = package.strip_prefix("sutler-").is_none_or(|ours| {
                ours == name || allowed.contains(&ours) || (in_tests_only && in_tests.contains(&ours))
            });
            if !known {
                breaches.push(Breach::new(
                    &manifest,
                    format!("{name} depends on {package}; the dependency rule allows it {allowed:?}"),
                    "pass what is needed through a port in crates/app/src/ports, or move the code to the crate that may know",
                ));
            }
            if is_foreign(name, &package, in_tests_only) {
                breaches.push(Breach::new(
                    &manifest,
                    format!("{name} depends on {package}, a technology that it must not name"),
                    "put the code behind a port, into crates/adapters (driven) or crates/api (driving)",
                ));
            }
        }
    }
    breaches
}

fn is_foreign(name: &str, package: &str, in_tests_only: bool) -> bool {
    match name {
        "domain" => TECHNOLOGY.contains(&package) || (ACTING.contains(&package) && !in_tests_only),
        "app" | "types" => TECHNOLOGY.contains(&package),
        "api" => ["rusqlite", "refinery", "tokio-postgres", "sqlx"].contains(&package),
        "adapters" => ["axum", "async-graphql"].contains(&package),
        _ => false,
    }
}

struct Dependency {
    package: String,
    in_tests_only: bool,
}

/// All dependencies of a manifest, those behind `[target.…]` included.
fn dependencies(manifest: &Table) -> Vec<Dependency> {
    let mut found = Vec::new();
    for (section, in_tests_only) in
        [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
    {
        let rows = manifest.get(section).and_then(Value::as_table).into_iter().flatten();
        found.extend(rows.map(|(key, row)| {
            let renamed = row.get("package").and_then(Value::as_str);
            Dependency { package: renamed.unwrap_or(key).to_owned(), in_tests_only }
        }));
    }
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    found.extend(targets.filter_map(|(_, target)| target.as_table()).flat_map(dependencies));
    found
}

/// The domain never waits: no runtime, no async function, no await.
pub(super) fn pure_domain(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.rust("crates/domain/src/") {
        for (number, line) in (1..).zip(Source::of(text).code.lines()) {
            for word in ["tokio", "async fn", "async move", ".await", "std::fs", "std::net", "Instant::now"] {
                if line.contains(word) {
                    breaches.push(Breach::new(
                        format!("{path}:{number}"),
                        format!("`{word}` in the domain, which is pure: no I/O, no clock, no waiting"),
                        "look it up in the use case (crates/app) and hand it in as an argument",
                    ));
                }
            }
        }
    }
    breaches
}
