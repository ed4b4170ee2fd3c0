//! An error as every program of Sutler tells it: what failed, and why, then the next step; and an exit code for scripts.

use std::fmt::Write as _;
use std::io::Write as _;

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All in order.
    Done = 0,
    /// Something unexpected.
    Failed = 1,
    /// What it was told cannot be meant.
    Config = 3,
    /// What it needs cannot be found or reached.
    Unreachable = 7,
    /// Somebody stopped it before it was through.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Config => 3,
            Self::Unreachable => 7,
            Self::Interrupted => 130,
        }
    }
}

/// Why it did not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// What failed, the value involved, and why.
    what: String,
    /// Next steps.
    next: Vec<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), next: Vec::new() }
    }

    /// With a line that says what to do.
    #[must_use]
    pub(crate) fn next(mut self, text: impl Into<String>) -> Self {
        self.next.push(text.into());
        self
    }

    fn render(&self) -> String {
        let mut text = format!("error: {}\n", self.what);
        for line in &self.next {
            _ = writeln!(text, "  {line}");
        }
        text
    }

    /// Say it to whoever started us.
    pub(crate) fn tell(&self) {
        _ = std::io::stderr().lock().write_all(self.render().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_like_every_error() {
        let failure = Failure::new(Exit::Config, "the upstream a is named twice").next("name each node once");
        assert_eq!(failure.render(), "error: the upstream a is named twice\n  name each node once\n");
        assert_eq!(failure.exit.code(), 3);
    }
}
