//! Questions before something is destroyed.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::connect::Context;
use crate::console::Failure;

impl Context {
    /// Ask, unless `--yes` was said already. Where nobody can answer, nothing is done.
    pub(crate) fn confirm(&self, question: &str) -> Result<(), Failure> {
        if self.globals.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            let what = format!("not confirmed: {question}");
            return Err(Failure::usage(what).next("without a terminal to answer on, say it with --yes"));
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
