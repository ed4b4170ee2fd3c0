//! Length of files and functions, with a ratchet: what was too long when the rule came may stay, but not grow.

use std::collections::BTreeMap;

use super::{Breach, Tree, source::Source};

/// Rows of `path max_lines` and `path::function max_lines`; `#` begins a comment.
const RATCHET: &str = "crates/testkit/tidy-ratchet.txt";

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 90;

/// A row this much above the truth must be lowered, so that what was won is not lost again.
const SLACK_LINES: usize = 20;

/// No file above 400 lines, unless the ratchet lists it, and then not above its row.
pub(super) fn files(tree: &Tree) -> Vec<Breach> {
    too_long(
        tree,
        file_lengths(tree),
        FILE_LINES_MAX,
        "cut the file by subject into files of 100 to 300 lines",
    )
}

/// No function above 90 lines, unless the ratchet lists it, and then not above its row.
pub(super) fn functions(tree: &Tree) -> Vec<Breach> {
    too_long(tree, function_lengths(tree), FUNCTION_LINES_MAX, "name its steps, and make each a function")
}

/// Every row of the ratchet is still needed, and close to the truth.
pub(super) fn rows(tree: &Tree) -> Vec<Breach> {
    let (files, functions) = (file_lengths(tree), function_lengths(tree));
    let breach = |offence: String, mend: String| Some(Breach::new(RATCHET, offence, mend));
    ratchet(tree)
        .into_iter()
        .filter_map(|(item, allowed)| {
            let (lengths, limit) =
                if item.contains("::") { (&functions, FUNCTION_LINES_MAX) } else { (&files, FILE_LINES_MAX) };
            let remove = || format!("remove the row `{item} {allowed}`");
            match lengths.get(item) {
                None => breach(format!("{item} does not exist any more"), remove()),
                Some(lines) if *lines <= limit => {
                    breach(format!("{item} keeps the rule now ({lines} lines)"), remove())
                }
                Some(lines) if lines + SLACK_LINES < allowed => breach(
                    format!("{item} has shrunk to {lines} lines, its row still allows {allowed}"),
                    format!("lower the row to `{item} {lines}`"),
                ),
                Some(_) => None,
            }
        })
        .collect()
}

fn too_long(tree: &Tree, lengths: BTreeMap<String, usize>, limit: usize, mend: &str) -> Vec<Breach> {
    let ratchet = ratchet(tree);
    let allowed = |item: &str| ratchet.get(item).copied().unwrap_or(0).max(limit);
    lengths
        .into_iter()
        .filter(|(item, lines)| *lines > allowed(item))
        .map(|(item, lines)| {
            let offence = format!("has {lines} lines; {} are allowed, and no row may grow", allowed(&item));
            Breach::new(item, offence, mend)
        })
        .collect()
}

fn ratchet(tree: &Tree) -> BTreeMap<&str, usize> {
    let rows = tree.text(RATCHET).unwrap_or("").lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let (item, lines) = line.trim().rsplit_once(' ')?;
        Some((item.trim(), lines.parse().ok()?))
    })
    .collect()
}

fn file_lengths(tree: &Tree) -> BTreeMap<String, usize> {
    tree.rust("").map(|(path, text)| (path.to_owned(), text.lines().count())).collect()
}

/// The longest function of each name in each file, by `path::name`.
fn function_lengths(tree: &Tree) -> BTreeMap<String, usize> {
    let mut lengths = BTreeMap::new();
    for (path, text) in tree.rust("") {
        for (name, lines) in functions_of(&Source::of(text).code) {
            let longest = lengths.entry(format!("{path}::{name}")).or_insert(0);
            *longest = lines.max(*longest);
        }
    }
    lengths
}

/// Name and length of every function that has a body, from `fn` to its closing brace.
fn functions_of(code: &str) -> Vec<(&str, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices("fn ")
        .filter(|(at, _)| !code.get(..*at).is_some_and(|before| before.ends_with(is_word)))
        .filter_map(|(at, keyword)| {
            let rest = code.get(at + keyword.len()..)?;
            let name = rest.split(|c| !is_word(c)).next().filter(|name| !name.is_empty())?;
            Some((name, body_lines(rest)?))
        })
        .collect()
}

/// Lines up to the end of the body; `None` for a declaration without one.
fn body_lines(from_name: &str) -> Option<usize> {
    let (mut braces, mut brackets, mut lines) = (0_usize, 0_usize, 1_usize);
    for character in from_name.chars() {
        match character {
            '\n' => lines += 1,
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if braces == 0 && brackets == 0 => return None,
            '{' => braces += 1,
            '}' if braces <= 1 => return Some(lines),
            '}' => braces -= 1,
            _ => {}
        }
    }
    None
}
