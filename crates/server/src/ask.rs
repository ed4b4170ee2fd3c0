//! Questions before something is destroyed.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::connect::Context;
use crate::console::Failure;

impl Context {
    /// Whether a question can be answered: by `--yes`, or by somebody at a terminal.
    pub(crate) fn answerable(&self, question: &str) -> Result<(), Failure> {
        if self.globals.yes || io::stdin().is_terminal() {
            return Ok(());
        }
        let what = format!("not confirmed: {question}");
        Err(Failure::usage(what).next("without a terminal to answer on, say it with --yes"))
    }

    /// Ask, unless `--yes` was said already. Where nobody can answer, nothing is done.
    pub(crate) fn confirm(&self, question: &str) -> Result<(), Failure> {
        self.answerable(question)?;
        if self.globals.yes {
            return Ok(());
        }
        let mut err = io::stderr().lock();
        write!(err, "{question} [y/N] ").and_then(|()| err.flush())?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            Ok(())
        } else {
            Err(Failure::usage("not confirmed; nothing was changed"))
        }
    }
}
