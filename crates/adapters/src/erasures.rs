//! Whose data was erased: a list that outlives every copy of the database, so that no restored one knows them again.
//!
//! It names no person. As a file it has one JSON document a line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The name of the list in an archive, and beside the archives of a folder.
pub const FILE: &str = "erasures.ndjson";

/// One record whose data was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// What was erased: `contact:id` or `note:id`.
    pub stream: String,
    /// Up to which version of it. Data that a person gave later is theirs to keep with us.
    pub version: u64,
    /// When, in microseconds since 1970 (UTC).
    pub at: i64,
}

/// The lists as one, by stream; of two about the same stream the later version counts.
pub fn merged(lists: impl IntoIterator<Item = Vec<Erasure>>) -> Vec<Erasure> {
    let mut all: BTreeMap<String, Erasure> = BTreeMap::new();
    for erasure in lists.into_iter().flatten() {
        let kept = all.entry(erasure.stream.clone()).or_insert_with(|| erasure.clone());
        if (erasure.version, erasure.at) > (kept.version, kept.at) {
            *kept = erasure;
        }
    }
    all.into_values().collect()
}

/// The list as a file.
pub fn to_lines(list: &[Erasure]) -> String {
    list.iter()
        .filter_map(|erasure| serde_json::to_string(erasure).ok())
        .fold(String::new(), |text, line| text + &line + "\n")
}

/// The list of a file, or the number of the first line that is none and why. A list that cannot be read must stop a
/// restore: whoever is on it would come back.
pub fn of_lines(text: &str) -> Result<Vec<Erasure>, (usize, String)> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| (index.saturating_add(1), error.to_string()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erasure(stream: &str, version: u64) -> Erasure {
        Erasure { stream: stream.to_owned(), version, at: 1 }
    }

    #[test]
    fn lists_become_one_and_survive_a_file() {
        let list = merged([
            vec![erasure("contact:b", 1), erasure("contact:a", 2)],
            vec![erasure("contact:a", 1), erasure("note:n", 1), erasure("contact:b", 3)],
        ]);
        assert_eq!(list, [erasure("contact:a", 2), erasure("contact:b", 3), erasure("note:n", 1)]);
        assert_eq!(of_lines(&to_lines(&list)).unwrap(), list);
        assert_eq!(of_lines("\n{\"stream\":\"contact:a\"}\n").unwrap_err().0, 2);
    }
}
