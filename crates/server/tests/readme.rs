//! The README is run: every command in it, in order, against the real binary; what it shows is compared with what
//! comes out. Ids, times and durations may differ, nothing else.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops where it stands"
)]

#[path = "readme/block.rs"]
mod block;
#[path = "readme/compare.rs"]
mod compare;
#[path = "readme/console.rs"]
mod console;

use std::fs;
use std::path::{Path, PathBuf};

use block::{Block, Command};
use console::Console;

/// What starts the product, and what proves it.
const DEV: &str = "cargo run --release -- dev";
const TEST: &str = "cargo xtask test";
/// Compiles the whole engine once more, optimized; the binary it would install is the one under test.
const INSTALL: &str = "cargo install --locked --path crates/server";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_command_of_the_readme_runs_and_shows_what_it_says() {
    let text = read("README.md");
    let blocks = block::of(&text);
    let commands = blocks.iter().filter_map(Block::commands).flatten();
    let first_two: Vec<&str> = commands.map(|command| command.line.as_str()).take(2).collect();
    assert_eq!(first_two, [DEV, TEST], "what a newcomer types first and second");

    let mut console = Console::open(&root());
    let mut output = String::new();
    for block in &blocks {
        match block {
            Block::Console(commands) => {
                for command in commands {
                    output = run(&mut console, command);
                }
            }
            Block::Json(line, expected) => compare::json(*line, expected, &output),
            Block::Other => {}
            Block::Unknown(line, language) => {
                panic!(
                    "README.md:{line}: a block of '{language}' is neither run nor compared; commands belong into console blocks"
                )
            }
        }
    }
}

/// Run one command and compare what it shows; gives what came out.
fn run(console: &mut Console, command: &Command) -> String {
    let Command { number, line, shown } = command;
    let output = match line.as_str() {
        DEV => console.start_dev(),
        TEST => {
            assert!(
                read(".ci/run").lines().any(|l| l.trim() == TEST || l.contains(&format!("{TEST} "))),
                "CI runs `{TEST}`"
            );
            return String::new();
        }
        INSTALL => {
            assert!(root().join("crates/server/Cargo.toml").is_file() && root().join("Cargo.lock").is_file());
            return String::new();
        }
        line => {
            let (code, output) = console.run(line);
            assert_eq!(code, 0, "README.md:{number}: `{line}` ended with {code}\n{output}");
            output
        }
    };
    compare::lines(*number, shown, &console.as_in_the_readme(&output));
    output
}

#[test]
fn the_manual_has_every_setting() {
    let text = read("docs/operating.md");
    let console = Console::open(&root());
    let schema = console.sutler(&["config", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let mut known = Vec::new();
    settings(&schema, "", &mut |path, default, doc| {
        let default = if default.is_empty() { "empty".to_owned() } else { format!("`{default}`") };
        known.push([format!("`{path}`"), default, doc.replace('|', "\\|")]);
    });
    let table = text.lines().skip_while(|line| !line.starts_with("| key |")).skip(2);
    let mut told: Vec<[String; 3]> =
        table.take_while(|line| line.starts_with('|')).map(setting_row).collect();
    for row in &known {
        let [path, default, doc] = row;
        assert!(
            told.contains(row),
            "docs/operating.md lacks the row: | {path} | {default} | …variable | {doc} |"
        );
    }
    known.sort();
    told.sort();
    assert_eq!(told, known, "docs/operating.md has a row more than `sutler config schema`");
}

/// Key, default and meaning of a row; a `|` inside a cell is written `\\|`.
fn setting_row(line: &str) -> [String; 3] {
    let line = line.replace("\\|", "\0");
    let cells: Vec<String> =
        line.trim_matches('|').split('|').map(|cell| cell.trim().replace('\0', "\\|")).collect();
    let [path, default, _, doc] = cells.try_into().expect("a row of settings has four cells");
    [path, default, doc]
}

/// Path, default and description of every key of a schema.
fn settings(schema: &serde_json::Value, at: &str, each: &mut dyn FnMut(&str, &str, &str)) {
    let all = schema["properties"].as_object().unwrap();
    // A secret may stand in a file: the same setting a second time, without a row of its own.
    let is_twin = |name: &str| name.strip_suffix("_file").is_some_and(|whose| all.contains_key(whose));
    for (name, shape) in all {
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        if shape.get("properties").is_some() {
            settings(shape, &path, each);
        } else if !is_twin(name) {
            let default = match &shape["default"] {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Null => String::new(),
                serde_json::Value::Array(list) => {
                    list.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(",")
                }
                serde_json::Value::Object(map) if map.is_empty() => String::new(),
                other => other.to_string(),
            };
            each(&path, &default, shape["description"].as_str().unwrap_or_default());
        }
    }
}
