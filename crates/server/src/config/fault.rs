//! What is wrong with a configuration, and where its values come from.

use std::fmt;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody said anything.
    Default,
    /// The command's own default, such as that of `sutler dev`.
    Command(&'static str),
    /// A file and its line, from 1.
    File { path: String, line: usize },
    /// A line of an environment file.
    EnvFile { name: String, path: String, line: usize },
    /// The environment.
    Env(String),
    /// A flag of the command line.
    Flag(&'static str),
    /// A file that holds one secret, and where that file was named.
    SecretFile { path: String, named: Box<Origin> },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Command(command) => write!(f, "default of {command}"),
            Self::File { path, line } => write!(f, "{path} line {line}"),
            Self::EnvFile { name, path, line } => write!(f, "{name} in {path} line {line}"),
            Self::Env(name) => write!(f, "{name} in the environment"),
            Self::Flag(flag) => f.write_str(flag),
            Self::SecretFile { path, named } => write!(f, "{path}, named by {named}"),
        }
    }
}

/// One thing that is wrong: the sentence, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigFault {
    /// What is wrong, where, and why.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) next: String,
}

impl ConfigFault {
    pub(crate) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }
}

/// Everything that is wrong with a configuration; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError(pub(crate) Vec<ConfigFault>);

impl From<ConfigFault> for ConfigError {
    fn from(fault: ConfigFault) -> Self {
        Self(vec![fault])
    }
}

/// The word of `known` that `text` was probably meant to be.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |word: &&str| strsim::damerau_levenshtein(text, word);
    let best = known.into_iter().min_by_key(distance)?;
    (distance(&best) <= 1 + text.chars().count() / 4).then_some(best)
}
