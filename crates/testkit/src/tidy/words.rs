//! Words that say nothing in a file name, notes left behind, and paths that exist on one machine only.

use super::{Breach, Tree, source::Source};

/// Names that fit any file, and so tell the reader nothing.
const EMPTY_NAMES: &[&str] =
    &["manager", "managers", "helper", "helpers", "util", "utils", "common", "service", "services", "impl"];

/// Left in code by somebody who meant to come back.
const UNFINISHED: &[&str] = &["dbg!", "todo!", "unimplemented!"];
const NOTES: &[&str] = &["TODO", "FIXME", "XXX"];

/// File and folder names are nouns of the trade.
pub(super) fn file_names(tree: &Tree) -> Vec<Breach> {
    tree.files()
        .flat_map(|(path, _)| {
            // How a unit of systemd ends is not ours to choose.
            let words = path.strip_suffix(".service").unwrap_or(path).split(['/', '.', '_', '-']);
            words.filter(|word| EMPTY_NAMES.contains(word)).map(move |word| (path, word))
        })
        .map(|(path, word)| {
            Breach::new(
                path,
                format!("`{word}` in a name says nothing about what is inside"),
                "name the file for the noun of the trade that it is about",
            )
        })
        .collect()
}

/// Nothing unfinished, and no lint silenced without a word.
pub(super) fn leftovers(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.rust("") {
        let source = Source::of(text);
        for (number, (code, comment)) in (1..).zip(source.code.lines().zip(source.comments.lines())) {
            let mut offend = |offence: String, mend: &str| {
                breaches.push(Breach::new(format!("{path}:{number}"), offence, mend));
            };
            for word in UNFINISHED.iter().filter(|word| code.contains(**word)) {
                offend(format!("`{word}` is left in the code"), "finish it or take it out");
            }
            let mut words = comment.split(|c: char| !c.is_alphanumeric());
            if let Some(note) = words.find(|word| NOTES.contains(word)) {
                offend(format!("`{note}` in a comment"), "do it now, or write it down where work is planned");
            }
            if code.contains("#[allow(") || code.contains("#![allow(") {
                offend(
                    "a lint is silenced with allow, which stays when the cause is gone".to_owned(),
                    "use #[expect(the_lint, reason = \"why it is right here\")]",
                );
            }
        }
    }
    breaches
}

/// No file names a place that exists on one machine only.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Breach> {
    let homes = ["work", "root", "home"].map(|folder| format!("/{folder}/"));
    let mut breaches = Vec::new();
    for (path, text) in tree.files() {
        for (number, line) in (1..).zip(text.lines()) {
            if homes.iter().any(|home| begins_a_path(line, home)) {
                breaches.push(Breach::new(
                    format!("{path}:{number}"),
                    "names a folder of one machine",
                    "write the path from the root of the repository, or `~`",
                ));
            }
        }
    }
    breaches
}

/// Whether `home` stands in the line as the beginning of a path, not in the middle of one.
fn begins_a_path(line: &str, home: &str) -> bool {
    line.match_indices(home).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || "._-/}~".contains(c)))
    })
}
