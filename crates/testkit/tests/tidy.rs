//! Is the house in order? Each rule is run on the repository, and each is shown to bite on an offence planted in a
//! tree of a few lines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

use std::{fmt::Write, path::Path};

use sutler_testkit::tidy::{RULES, Tree};

fn repository() -> Tree {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Tree::open(here.ancestors().nth(2).unwrap()).unwrap()
}

#[test]
fn the_house_is_in_order() {
    let tree = repository();
    let mut found = String::new();
    for (rule, breaches) in RULES {
        for breach in breaches(&tree) {
            writeln!(found, "[{rule}] {breach}").unwrap();
        }
    }
    assert!(found.is_empty(), "house rules are broken; docs/style.md gives their reasons\n\n{found}");
}

/// The places where a rule finds something in a tree of these files.
#[track_caller]
fn check<const N: usize>(rule: &str, files: [(&str, &str); N], places: &[&str]) {
    let (_, breaches) = RULES.iter().find(|(name, _)| *name == rule).unwrap();
    let found: Vec<_> = breaches(&Tree::of(files)).into_iter().map(|breach| breach.place).collect();
    assert_eq!(found, places);
}

fn lines(count: usize) -> String {
    "//\n".repeat(count)
}

fn function(lines: usize) -> String {
    format!("fn long(a: [u8; 2]) {{\n{}}}\n", "    let brace = '{';\n".repeat(lines - 2))
}

#[test]
fn the_dependency_rule_bites() {
    let check = |files, places: &[&str]| check("dependency rule", files, places);
    let app = "crates/app/Cargo.toml";
    check([(app, "[dependencies]\nsutler-domain.workspace = true\ntokio = \"1\"")], &[]);
    check([(app, "[dependencies]\nsutler-adapters.workspace = true")], &[app]);
    check([(app, "[dev-dependencies]\nsutler-adapters.workspace = true")], &[]);
    check([(app, "[target.'cfg(unix)'.dependencies]\nrusqlite = \"1\"")], &[app]);
    check([(app, "[dependencies]\nstore = { package = \"rusqlite\", version = \"1\" }")], &[app]);
    check([("crates/domain/Cargo.toml", "[dependencies]\nrand = \"1\"")], &["crates/domain/Cargo.toml"]);
    check([("crates/api/Cargo.toml", "[dependencies]\nsutler-adapters = {}")], &["crates/api/Cargo.toml"]);
    check(
        [("crates/client/Cargo.toml", "[dependencies]\nsutler-domain = {}")],
        &["crates/client/Cargo.toml"],
    );
    let balance = "crates/balance/Cargo.toml";
    check([(balance, "[dependencies]\nsutler-types.workspace = true")], &[balance]);
    check([(balance, "[dev-dependencies]\nsutler-testkit.workspace = true")], &[]);
    check([("crates/surprise/Cargo.toml", "[dependencies]")], &["crates/surprise/Cargo.toml"]);
}

#[test]
fn the_domain_never_waits() {
    let path = "crates/domain/src/orders/decide.rs";
    check("pure domain", [(path, "// never .await here\nfn decide() {}")], &[]);
    check("pure domain", [(path, "fn a() {}\nasync fn b() {}")], &["crates/domain/src/orders/decide.rs:2"]);
    check("pure domain", [("crates/app/src/orders/place.rs", "async fn place() {}")], &[]);
}

#[test]
fn technologies_stay_apart() {
    let (memory, sqlite) = ("crates/adapters/src/memory/store.rs", "crates/adapters/src/sqlite/store.rs");
    let check = |text: &str, places: &[&str]| {
        check("one technology a folder", [(memory, text), (sqlite, "")], places);
    };
    check("use crate::sqlite::Writer;", &[memory]);
    check("use super::super::sqlite::Writer;", &[memory]);
    check("use crate::memory::Shelf; // as crate::sqlite does", &[]);
    check("use crate::sqlite_like;", &[]);
}

#[test]
fn features_stand_in_one_place() {
    let flag = "#[cfg(feature = \"postgres\")]\nmod postgres;";
    check("features in one place", [("crates/adapters/src/lib.rs", flag)], &[]);
    let inside = "crates/adapters/src/sqlite/open.rs";
    check("features in one place", [(inside, flag)], &[inside]);
}

#[test]
fn twins_have_equal_names() {
    let first = "migrations/sqlite/0001_initial.sql";
    let second = "migrations/postgres/0001_initial.sql";
    check("twins", [(first, "")], &[]);
    check("twins", [(first, ""), (second, "")], &[]);
    check(
        "twins",
        [(first, ""), (second, ""), ("migrations/sqlite/0002_b.sql", "")],
        &["migrations/postgres/0002_b.sql"],
    );
    let rest =
        ["orders", "products", "stock", "jobs"].map(|name| format!("crates/adapters/src/memory/{name}.rs"));
    let [orders, products, stock, jobs] = rest.each_ref().map(|path| (path.as_str(), ""));
    let store = ("crates/adapters/src/memory/store.rs", "");
    check("twins", [store, orders, products, stock, jobs], &["crates/adapters/src/memory/feed.rs"]);
}

#[test]
fn files_are_short_or_listed() {
    let (path, ratchet) = ("crates/app/src/job.rs", "crates/testkit/tidy-ratchet.txt");
    check("file length", [(path, &lines(400))], &[]);
    check("file length", [(path, &lines(401))], &[path]);
    check("file length", [(path, &lines(450)), (ratchet, "# why\ncrates/app/src/job.rs 450")], &[]);
    check("file length", [(path, &lines(451)), (ratchet, "crates/app/src/job.rs 450")], &[path]);
}

#[test]
fn functions_are_short_or_listed() {
    let (path, ratchet) = ("crates/app/src/job.rs", "crates/testkit/tidy-ratchet.txt");
    let item = "crates/app/src/job.rs::long";
    check("function length", [(path, &function(90))], &[]);
    check("function length", [(path, &function(91))], &[item]);
    check("function length", [(path, &function(120)), (ratchet, "crates/app/src/job.rs::long 120")], &[]);
    check("function length", [(path, &format!("trait T {{\n    fn declared();\n{}}}\n", lines(100)))], &[]);
}

#[test]
fn the_ratchet_only_tightens() {
    let (path, ratchet) = ("crates/app/src/job.rs", "crates/testkit/tidy-ratchet.txt");
    let check = |length: usize, places: &[&str]| {
        check("ratchet rows", [(path, &lines(length)), (ratchet, "crates/app/src/job.rs 450")], places);
    };
    check(450, &[]);
    check(430, &[]);
    check(429, &[ratchet]);
    check(400, &[ratchet]);
}

#[test]
fn documents_name_what_exists() {
    let check = |text: &str, places: &[&str]| {
        let documents =
            [("docs/patterns.md", ""), ("AGENTS.md", ""), ("CONTRIBUTING.md", ""), ("docs/style.md", "")];
        let [patterns, agents, contributing, style] = documents;
        let relay = ("crates/app/src/relay.rs", "");
        check(
            "paths in documents",
            [("ARCHITECTURE.md", text), relay, patterns, agents, contributing, style],
            places,
        );
    };
    check(
        "`crates/app/src/relay.rs`, `app/relay.rs`, `relay.rs`, `relay.rs::follow`, `crates/app/src/`, `app/*`",
        &[],
    );
    check("`POST /orders`, `/orders/{id}`, `application/json`, `and/or`, `DATABASE_URL`, `.env`", &[]);
    check("```\n`gone.rs`\n```", &[]);
    check("first\n`gone.rs`", &["ARCHITECTURE.md:2"]);
    check("`crates/app/src/gone/`", &["ARCHITECTURE.md:1"]);
    check("`app/{relay,gone}.rs`", &["ARCHITECTURE.md:1"]);
}

#[test]
fn a_document_that_is_missing_is_asked_for() {
    let given = [("ARCHITECTURE.md", ""), ("AGENTS.md", ""), ("CONTRIBUTING.md", ""), ("docs/style.md", "")];
    check("paths in documents", given, &["docs/patterns.md"]);
}

#[test]
fn the_readme_shows_both_commands() {
    let check =
        |text: &str, places: &[&str]| check("the README's two commands", [("README.md", text)], places);
    check("```console\n$ cargo run --release -- dev\n```\n```sh\ncargo xtask test   # everything\n```", &[]);
    check("cargo xtask test", &["README.md"]);
    check("Type cargo xtask test, or cargo run --release -- dev", &["README.md", "README.md"]);
}

#[test]
fn names_say_something() {
    check("file names", [("crates/app/src/ports/store.rs", ""), ("crates/app/src/commonwealth.rs", "")], &[]);
    let names = ["crates/app/src/order_manager.rs", "crates/app/src/util/mod.rs"];
    check("file names", names.map(|name| (name, "")), &names);
}

#[test]
fn nothing_is_left_over() {
    let path = "crates/app/src/job.rs";
    let check = |text: &str, places: &[&str]| check("leftovers", [(path, text)], places);
    check("let fine = \"TODO\"; // a list of XXXL shirts\nlet currency = \"XXX\";", &[]);
    check("fn f() {}\n// TODO: more", &["crates/app/src/job.rs:2"]);
    check("dbg!(order);", &["crates/app/src/job.rs:1"]);
    check("#[allow(dead_code)]\nfn f() {}", &["crates/app/src/job.rs:1"]);
}

#[test]
fn no_path_of_one_machine() {
    let check =
        |text: &str, places: &[&str]| check("no path of one machine", [("docs/operating.md", text)], places);
    check("https://example.com/home/page, var/work/x, ~/work/x", &[]);
    check(&format!("see `/{}/sutler`", "home"), &["docs/operating.md:1"]);
}
