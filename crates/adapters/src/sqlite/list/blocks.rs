//! Lists whose index is cut into blocks, each a range of keys: the page is put together from block after block, and
//! those that can hold nothing of it are passed over.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Result, Row, params_from_iter};
use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::ReadError;

use super::{Column, List};
use crate::paging;
use crate::sqlite::readers::Readers;
use crate::sqlite::session::Session;

/// How an index is cut.
pub(in crate::sqlite) struct Blocks {
    /// What names the block of a row; the index begins with it.
    pub(in crate::sqlite) of_row: &'static str,
    /// Gives each block with the lowest and the highest sort key in it.
    pub(in crate::sqlite) all: &'static str,
}

/// A block, and the lowest and highest sort key in it.
#[derive(Clone, Copy)]
struct Block {
    name: i64,
    low: i64,
    high: i64,
}

/// A row on its way into a page.
type Found<I, T> = (i64, I, T);

impl List {
    /// Read the page off an index in blocks. The list is sorted by a number.
    pub(in crate::sqlite) async fn read_blocks<I, T>(
        mut self,
        blocks: &'static Blocks,
        readers: &Arc<Readers>,
        request: &PageRequest,
        read: impl Fn(&Row<'_>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<Page<T>, ReadError>
    where
        I: Column,
        T: Send + 'static,
    {
        let (start, backwards) = paging::start::<i64, I>(request)?;
        let falling = self.descending != backwards;
        let counted = self.params.clone();
        let count = request.count.then(|| {
            let place = format!("{} = ?{}", blocks.of_row, counted.len() + 1);
            format!("SELECT count(*) FROM {}{}", self.from, self.conditions(&[&place]))
        });
        let from = start.as_ref().map(|(key, _)| *key);
        self.begin_at(start, falling);
        let limit = self.bind(i64::from(request.limit).saturating_add(1));
        let place = format!("{} = ?{}", blocks.of_row, self.params.len() + 1);
        self.require(place);
        let sql = self.page_sql(falling, &limit);
        let page = Walk { sql, params: self.params, falling, from, limit: page_limit(request) };
        let (rows, total) = readers
            .read(move |session| {
                session.snapshot(|session| {
                    let blocks = session.all(blocks.all, [], block)?;
                    let total = count.map(|sql| sum(session, &blocks, &sql, &counted)).transpose()?;
                    Ok((page.rows(session, blocks, &read)?, total))
                })
            })
            .await?;
        let page = Page::build(rows, request, total, |(key, id, _): &Found<I, T>| paging::cursor(key, id));
        Ok(page.map(|(_, _, row)| row))
    }
}

/// One more than the page, which tells whether there is more.
fn page_limit(request: &PageRequest) -> usize {
    usize::try_from(request.limit).unwrap_or(usize::MAX).saturating_add(1)
}

fn block(row: &Row<'_>) -> Result<Block> {
    Ok(Block { name: row.get(0)?, low: row.get(1)?, high: row.get(2)? })
}

fn sum(session: &Session, blocks: &[Block], sql: &str, params: &[Value]) -> Result<u64> {
    let mut total = 0u64;
    for block in blocks {
        let params = params.iter().cloned().chain([Value::Integer(block.name)]);
        let count: Option<u64> = session.one(sql, params_from_iter(params), |row| row.get(0))?;
        total = total.saturating_add(count.unwrap_or(0));
    }
    Ok(total)
}

/// The way of a page through the blocks.
struct Walk {
    sql: String,
    params: Vec<Value>,
    falling: bool,
    from: Option<i64>,
    limit: usize,
}

impl Walk {
    fn rows<I: Column, T>(
        &self,
        session: &Session,
        mut blocks: Vec<Block>,
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<Found<I, T>>> {
        // Nearest first: once the page is full, a block that begins behind its last row ends the walk.
        blocks.sort_by_key(|block| if self.falling { -block.high } else { block.low });
        let mut found: Vec<Found<I, T>> = Vec::new();
        for block in blocks {
            if found.len() >= self.limit && found.last().is_some_and(|last| self.is_behind(block, last.0)) {
                break;
            }
            if self.is_before_start(block) {
                continue;
            }
            let params = self.params.iter().cloned().chain([Value::Integer(block.name)]);
            let rows = session.all(&self.sql, params_from_iter(params), |row| {
                Ok((row.get::<_, i64>("page_key")?, row.get::<_, I>("page_id")?, read(row)?))
            })?;
            found.extend(rows);
            found.sort_by(|a, b| {
                let way = (&a.0, &a.1).cmp(&(&b.0, &b.1));
                if self.falling { way.reverse() } else { way }
            });
            found.truncate(self.limit);
        }
        Ok(found)
    }

    /// Whether every row of the block comes after a row with this key.
    const fn is_behind(&self, block: Block, key: i64) -> bool {
        if self.falling { block.high < key } else { block.low > key }
    }

    /// Whether every row of the block comes before the page.
    fn is_before_start(&self, block: Block) -> bool {
        self.from.is_some_and(|from| if self.falling { block.low > from } else { block.high < from })
    }
}
