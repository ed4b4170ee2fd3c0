//! Documents that cannot rot: the paths they name exist, the commands they promise are there.

use super::{Breach, Tree, tree::has_extension};

/// Documents whose paths are checked. They must exist.
const DOCUMENTS: &[&str] =
    &["ARCHITECTURE.md", "docs/patterns.md", "AGENTS.md", "CONTRIBUTING.md", "docs/style.md"];

/// What a newcomer types first and second.
const COMMANDS: &[&str] = &["cargo run --release -- dev", "cargo xtask test"];

/// Endings by which a word in backticks is known as a file of this repository.
const FILES: &[&str] = &["rs", "md", "sql", "feature"];

/// Every path in backticks exists, written in full (`crates/app/src/relay.rs`) or short (`app/relay.rs`, `relay.rs`).
pub(super) fn paths(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for document in DOCUMENTS {
        let Some(text) = tree.text(document) else {
            breaches.push(Breach::new(
                *document,
                "is missing",
                "write it; crates/testkit/src/tidy/documents.rs lists it",
            ));
            continue;
        };
        for (number, word) in in_backticks(text) {
            for path in alternatives(word) {
                if looks_like_path(tree, &path) && !exists(tree, &path) {
                    breaches.push(Breach::new(
                        format!("{document}:{number}"),
                        format!("names `{path}`, which does not exist"),
                        "correct the document, or the name of the file",
                    ));
                }
            }
        }
    }
    breaches
}

/// The README shows the two commands, each on a line of its own.
pub(super) fn readme(tree: &Tree) -> Vec<Breach> {
    let text = tree.text("README.md").unwrap_or("");
    let shows = |command: &str| {
        text.lines().any(|line| {
            let line = line.trim();
            line.strip_prefix("$ ")
                .unwrap_or(line)
                .split(" #")
                .next()
                .is_some_and(|typed| typed.trim() == command)
        })
    };
    COMMANDS
        .iter()
        .filter(|command| !shows(command))
        .map(|command| {
            Breach::new(
                "README.md",
                format!("does not show the command `{command}` on a line of its own"),
                "show it: the first starts the product, the second proves it, and CI runs the second",
            )
        })
        .collect()
}

/// Line number and text of every `span` in backticks; fenced blocks are left out.
fn in_backticks(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut spans = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            spans.extend(line.split('`').skip(1).step_by(2).map(|span| (number, span)));
        }
    }
    spans
}

/// `migrations/{sqlite,postgres}/0001.sql` is two paths; `relay.rs::follow` and `relay.rs:12` are one.
fn alternatives(word: &str) -> Vec<String> {
    let word = word.split([':', '#']).next().unwrap_or(word);
    let Some((before, rest)) = word.split_once('{') else { return vec![word.to_owned()] };
    let Some((choices, after)) = rest.split_once('}') else { return vec![word.to_owned()] };
    choices.split(',').flat_map(|choice| alternatives(&format!("{before}{}{after}", choice.trim()))).collect()
}

/// A file by its ending, or something below a folder or a crate that we have. `/orders` is a route and
/// `application/json` a media type.
fn looks_like_path(tree: &Tree, word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/*".contains(c);
    if word.is_empty() || word.starts_with(['/', '*', '-']) || word.contains("..") || !word.chars().all(plain)
    {
        return false;
    }
    let known = |folder: &str| tree.names("").contains(&folder) || tree.names("crates/").contains(&folder);
    let has_known_ending = word.rsplit_once('.').is_some_and(|(stem, _)| !stem.is_empty())
        && FILES.iter().any(|ending| has_extension(word, ending));
    has_known_ending || word.split_once('/').is_some_and(|(folder, _)| known(folder))
}

fn exists(tree: &Tree, word: &str) -> bool {
    let word = word.trim_end_matches('/');
    // `*` stands for any rest: `features/*` needs a file below, `docs/adr/0001-*` one that begins so.
    let (word, open) = word.split_once('*').map_or((word, false), |(before, _)| (before, true));
    let fits = |path: &str| {
        path.match_indices(word).any(|(at, _)| {
            let starts = at == 0 || path.get(..at).is_some_and(|before| before.ends_with('/'));
            let rest = path.get(at + word.len()..).unwrap_or("");
            starts && (open || rest.is_empty() || rest.starts_with('/'))
        })
    };
    tree.files().any(|(path, _)| fits(path) || fits(&short(path)))
}

/// How one speaks of a file: `crates/app/src/ports/store.rs` is `app/ports/store.rs`.
fn short(path: &str) -> String {
    path.strip_prefix("crates/").unwrap_or(path).replacen("/src/", "/", 1)
}
