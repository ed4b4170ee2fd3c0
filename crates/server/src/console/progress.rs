//! How far a long command is: a bar on a terminal, a line every ten seconds elsewhere; always on stderr.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written where no bar can be drawn.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Progress over a known number of things.
pub(crate) struct Progress {
    bar: ProgressBar,
    name: &'static str,
    unit: &'static str,
    drawn: bool,
    told: Instant,
}

impl Progress {
    pub(crate) fn new(name: &'static str, unit: &'static str, total: u64, quiet: bool) -> Self {
        let drawn = io::stderr().is_terminal() && !quiet;
        let bar = if drawn { ProgressBar::new(total) } else { ProgressBar::hidden() };
        bar.set_length(total);
        let template =
            "{prefix}  {bar:10}  {percent:>3} %  {human_pos}/{human_len} {msg}  {per_sec}  ETA {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█░"));
        }
        bar.set_prefix(name);
        bar.set_message(unit);
        Self { bar, name, unit, drawn, told: Instant::now() }
    }

    /// This many are done, and this many of what was done went wrong.
    pub(crate) fn at(&mut self, done: u64, wrong: usize) {
        self.bar.set_position(done);
        if wrong > 0 {
            self.bar.set_message(format!("{}  ✗ {wrong}", self.unit));
        }
        if !self.drawn && self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            let total = self.bar.length().unwrap_or(done);
            _ = writeln!(io::stderr().lock(), "{}  {done}/{total} {}", self.name, self.unit);
        }
    }

    /// There are this many in all.
    pub(crate) fn of(&self, total: u64) {
        self.bar.set_length(total);
    }

    /// All are done, or it ended early.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
