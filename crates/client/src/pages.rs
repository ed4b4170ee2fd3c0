//! Lists, page by page, each fetched when the one before is used up.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use sutler_types::Page;

use crate::{Call, Client, Error};

/// The rows of a list, in its order. Rows that are inserted meanwhile neither repeat nor hide others.
pub struct Pages<'a, T> {
    client: &'a Client,
    first: Call,
    after: Option<String>,
    done: bool,
    rows: std::vec::IntoIter<T>,
    shape: PhantomData<T>,
}

impl<'a, T: DeserializeOwned> Pages<'a, T> {
    /// The list that `first` reads; it says the filters and how many rows a page has, and no cursor.
    pub fn new(client: &'a Client, first: Call) -> Self {
        Self { client, first, after: None, done: false, rows: Vec::new().into_iter(), shape: PhantomData }
    }

    /// The next page; `None` after the last.
    pub async fn page(&mut self) -> Result<Option<Vec<T>>, Error> {
        if self.done {
            return Ok(None);
        }
        let call = match &self.after {
            Some(cursor) => self.first.clone().query("after", cursor.clone()),
            None => self.first.clone(),
        };
        let page: Page<T> = self.client.send(call).await?.json()?;
        self.done = !page.page.has_more || page.page.next.is_none();
        self.after = page.page.next;
        Ok(Some(page.data))
    }

    /// The next row; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<T>, Error> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            match self.page().await? {
                Some(rows) => self.rows = rows.into_iter(),
                None => return Ok(None),
            }
        }
    }

    /// Every row that is left.
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(row) = self.next().await? {
            all.push(row);
        }
        Ok(all)
    }
}
