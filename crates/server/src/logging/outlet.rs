//! Where lines leave: a thread that writes what gathered while it wrote before. Whoever logs does not wait for a
//! terminal or a pipe until very much waits already, and then as long as it would have waited without the thread.

use std::io::{self, Write};
use std::panic;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes of lines that may wait to be written.
pub(super) const LOG_WAITING_BYTES_MAX: usize = 1024 * 1024;

/// How long the thread lets lines gather before it writes them together.
const GATHER: Duration = Duration::from_millis(5);

/// How long the end of the process waits for whoever reads the lines.
const DRAIN_MAX: Duration = Duration::from_secs(2);

static OUTLET: Outlet =
    Outlet { waiting: Mutex::new(Waiting::new()), came: Condvar::new(), went: Condvar::new() };

struct Outlet {
    waiting: Mutex<Waiting>,
    came: Condvar,
    went: Condvar,
}

struct Waiting {
    lines: Vec<u8>,
    /// Whether lines are on their way out.
    leaving: bool,
    /// Whether the thread runs; without it, lines are written by whoever logs.
    is_open: bool,
}

impl Waiting {
    const fn new() -> Self {
        Self { lines: Vec::new(), leaving: false, is_open: false }
    }
}

impl Outlet {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, line: &[u8]) {
        let mut waiting = self.lock();
        while waiting.is_open
            && !waiting.lines.is_empty()
            && waiting.lines.len() + line.len() > LOG_WAITING_BYTES_MAX
        {
            waiting = self.went.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if !waiting.is_open {
            drop(waiting);
            // There is nobody to tell that the log cannot be written.
            _ = io::stderr().write_all(line);
            return;
        }
        let was_empty = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(line);
        if was_empty {
            self.came.notify_one();
        }
    }

    fn write_for_ever(&self) {
        let mut leaving = Vec::new();
        loop {
            let waiting = self.lock();
            let waiting = self.came.wait_while(waiting, |waiting| waiting.lines.is_empty());
            drop(waiting.unwrap_or_else(PoisonError::into_inner));
            thread::park_timeout(GATHER);
            let mut waiting = self.lock();
            std::mem::swap(&mut waiting.lines, &mut leaving);
            waiting.leaving = true;
            drop(waiting);
            _ = io::stderr().write_all(&leaving);
            leaving.clear();
            self.lock().leaving = false;
            self.went.notify_all();
        }
    }
}

/// Start the thread. Before a panic is told, what was logged before it is written.
pub(super) fn open() {
    let mut waiting = OUTLET.lock();
    if waiting.is_open {
        return;
    }
    let thread = thread::Builder::new().name("sutler-log".to_owned()).spawn(|| OUTLET.write_for_ever());
    waiting.is_open = thread.is_ok();
    drop(waiting);
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        drain();
        told(info);
    }));
}

/// Wait until every line so far is written, or nobody takes them.
pub(super) fn drain() {
    let busy = |waiting: &mut Waiting| waiting.is_open && (waiting.leaving || !waiting.lines.is_empty());
    drop(OUTLET.went.wait_timeout_while(OUTLET.lock(), DRAIN_MAX, busy));
}

/// The way of one line to the outlet.
#[derive(Default)]
pub(super) struct Line(());

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        OUTLET.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
