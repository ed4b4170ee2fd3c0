//! Rows in order, read a page at a time.

use std::collections::VecDeque;

use crate::ports::ReadError;

/// Rows of one read.
pub(super) const PAGE_ROWS: u32 = 1000;

/// Gives the rows after one, or the first.
type Fetch<'m, T> = Box<dyn FnMut(Option<&T>) -> Result<Vec<T>, ReadError> + 'm>;

/// Rows in order; `fetch` gives those after the last one.
pub(super) struct Pages<'m, T> {
    fetch: Fetch<'m, T>,
    page: VecDeque<T>,
    last: Option<T>,
    is_over: bool,
}

impl<'m, T: Clone> Pages<'m, T> {
    pub(super) fn new(fetch: impl FnMut(Option<&T>) -> Result<Vec<T>, ReadError> + 'm) -> Self {
        Self { fetch: Box::new(fetch), page: VecDeque::new(), last: None, is_over: false }
    }

    /// The next row, which stays the next one.
    pub(super) fn peek(&mut self) -> Result<Option<&T>, ReadError> {
        if self.page.is_empty() && !self.is_over {
            self.page = (self.fetch)(self.last.as_ref())?.into();
            self.last = self.page.back().cloned();
            self.is_over = self.page.is_empty();
        }
        Ok(self.page.front())
    }

    /// The next row if it is one of these.
    pub(super) fn next_if(&mut self, wanted: impl FnOnce(&T) -> bool) -> Result<Option<T>, ReadError> {
        let is_wanted = self.peek()?.is_some_and(wanted);
        Ok(if is_wanted { self.page.pop_front() } else { None })
    }
}
