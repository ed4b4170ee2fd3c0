//! Every setting there is: the one list that `sutler.toml`, the environment, the defaults, `config show`,
//! `config schema` and the typed [`Config`](super::Config) are read from.

mod list;

pub(crate) use list::KEYS;

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// Text that is never shown; may stand in a file of its own.
    Secret,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A whole number in this range.
    Count(u64, u64),
    /// A whole number in this range, or nothing.
    CountOrNothing(u64, u64),
    /// A number and a unit, such as `15m`.
    Duration,
    /// A number and a unit, such as `1MiB`.
    Size,
    /// An address and a port.
    Address,
    /// An address and a port, or nothing.
    AddressOrNothing,
    /// An absolute `http` or `https` address, or nothing.
    WebAddress,
    /// A number of requests in a time, such as `120/min`, or nothing.
    Rate,
    /// A list of words.
    Words,
    /// Words, each with a decimal number.
    Decimals,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// Its dotted path in `sutler.toml`.
    pub(crate) path: &'static str,
    /// What it is without a word from anybody, in the form of an environment variable.
    pub(crate) default: &'static str,
    pub(crate) kind: Kind,
    /// The conventional name of its environment variable, beside `SUTLER_…`.
    pub(crate) conventional: Option<&'static str>,
    /// What it does, in one line.
    pub(crate) doc: &'static str,
}

impl Key {
    /// Its environment variable: `http.listen` is `SUTLER_HTTP__LISTEN`.
    pub(crate) fn variable(&self) -> String {
        format!("SUTLER_{}", self.path.to_uppercase().replace('.', "__"))
    }

    /// The key with this path.
    pub(crate) fn of(path: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.path == path)
    }
}

const fn key(path: &'static str, default: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { path, default, kind, conventional: None, doc }
}

const fn known_as(conventional: &'static str, key: Key) -> Key {
    Key { conventional: Some(conventional), ..key }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stands_once_and_sections_stay_together() {
        let mut seen: Vec<&str> = Vec::new();
        for key in KEYS {
            let section = key.path.split_once('.').map_or("", |(section, _)| section);
            if seen.last() != Some(&section) {
                assert!(!seen.contains(&section), "the section of {} is torn apart", key.path);
                seen.push(section);
            }
        }
    }

    #[test]
    fn variables_nest_with_two_underscores() {
        assert_eq!(Key::of("http.max_body").unwrap().variable(), "SUTLER_HTTP__MAX_BODY");
        assert_eq!(Key::of("data_dir").unwrap().variable(), "SUTLER_DATA_DIR");
    }
}
