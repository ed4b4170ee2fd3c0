//! Rows in order, read a page at a time, each page while the one before it is looked at.

use std::collections::VecDeque;

use super::desk::Slip;
use crate::ports::ReadError;

/// Rows of one read.
pub(super) const PAGE_ROWS: u32 = 1000;

/// Asks for the rows after one, or for the first.
type Fetch<'d, T> = Box<dyn Fn(Option<&T>) -> Slip<Vec<T>> + 'd>;

/// Rows in order; `fetch` asks for those after the last one.
pub(super) struct Pages<'d, T> {
    fetch: Fetch<'d, T>,
    page: VecDeque<T>,
    /// The page that follows; none behind an empty one, or behind one that could not be read.
    next: Option<Slip<Vec<T>>>,
}

impl<'d, T> Pages<'d, T> {
    pub(super) fn new(fetch: impl Fn(Option<&T>) -> Slip<Vec<T>> + 'd) -> Self {
        let next = Some(fetch(None));
        Self { fetch: Box::new(fetch), page: VecDeque::new(), next }
    }

    /// The next row, which stays the next one.
    pub(super) fn peek(&mut self) -> Result<Option<&T>, ReadError> {
        if self.page.is_empty()
            && let Some(next) = self.next.take()
        {
            self.page = next.read()?.into();
            self.next = self.page.back().map(|last| (self.fetch)(Some(last)));
        }
        Ok(self.page.front())
    }

    /// The next row if it is one of these.
    pub(super) fn next_if(&mut self, wanted: impl FnOnce(&T) -> bool) -> Result<Option<T>, ReadError> {
        let is_wanted = self.peek()?.is_some_and(wanted);
        Ok(if is_wanted { self.page.pop_front() } else { None })
    }

    /// The rows that were read together, as far as they were not taken; empty at the end.
    pub(super) fn next_page(&mut self) -> Result<VecDeque<T>, ReadError> {
        self.peek()?;
        Ok(std::mem::take(&mut self.page))
    }
}
