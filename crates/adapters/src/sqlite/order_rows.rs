//! The rows of an order: its view, the terms it is found by, and its parts.

use rusqlite::{Error, Result};
use sutler_domain::Version;

use super::orders::BLOCK_BITS;
use super::session::{Session, Statement};
use crate::rows::OrderRow;
use crate::terms;

/// The statements that most orders are written with, looked up once a batch.
pub(super) struct Orders<'s> {
    session: &'s Session,
    insert: Statement<'s>,
    insert_term: Statement<'s>,
    insert_part: Statement<'s>,
}

impl<'s> Orders<'s> {
    pub(super) fn of(session: &'s Session) -> Result<Self> {
        Ok(Self {
            session,
            insert: session.statement(
                "INSERT INTO orders (number, order_id, version, status, payment_status, fulfillment_status,
                                     placed_at, updated_at, total, currency, expires_at, terms, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?,
            insert_term: session.statement(
                "INSERT INTO order_terms (block, term, placed_at, number) VALUES (?1, ?2, ?3, ?4)",
            )?,
            insert_part: session
                .statement("INSERT OR REPLACE INTO order_parts (part, number) VALUES (?1, ?2)")?,
        })
    }

    /// Write an order; `drawn` is the number that it draws with this commit. Gives its number.
    pub(super) fn put(&mut self, order: &OrderRow, version: Version, drawn: Option<u64>) -> Result<u64> {
        let (number, before) = match drawn {
            Some(number) => {
                self.open(order, version, number)?;
                (number, String::new())
            }
            None => update(self.session, order, version)?,
        };
        self.change_terms(number, order.placed_at, &before, &order.terms)?;
        Ok(number)
    }

    fn open(&mut self, order: &OrderRow, version: Version, number: u64) -> Result<()> {
        self.insert.execute((
            number,
            order.order.order_id.as_str(),
            version.0,
            order.status,
            order.payment_status,
            order.fulfillment_status,
            order.placed_at,
            order.updated_at,
            order.total,
            order.currency,
            order.expires_at,
            &order.terms,
            &order.body,
        ))?;
        Ok(())
    }

    /// Write what came and take away what went.
    fn change_terms(&mut self, number: u64, placed_at: i64, before: &str, after: &str) -> Result<()> {
        let (new, gone) = terms::changes(before, after);
        let block = number >> BLOCK_BITS;
        for term in new {
            match terms::as_part(term) {
                Some(part) => self.insert_part.execute((part, number))?,
                None => self.insert_term.execute((block, term, placed_at, number))?,
            };
        }
        for term in gone {
            if let Some(part) = terms::as_part(term) {
                self.session.execute("DELETE FROM order_parts WHERE part = ?1", [part])?;
            } else {
                let sql = "DELETE FROM order_terms
                           WHERE block = ?1 AND term = ?2 AND placed_at = ?3 AND number = ?4";
                self.session.execute(sql, (block, term, placed_at, number))?;
            }
        }
        Ok(())
    }

    /// Take an order away with everything that finds it.
    pub(super) fn delete(&mut self, id: &str) -> Result<()> {
        let sql = "SELECT number, placed_at, terms FROM orders WHERE order_id = ?1";
        let found =
            self.session.one(sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
        let Some((number, placed_at, before)) = found else { return Ok(()) };
        self.change_terms(number, placed_at, &before, "")?;
        self.session.execute("DELETE FROM orders WHERE number = ?1", [number]).map(drop)
    }
}

/// Gives the number and the terms that stood there.
fn update(session: &Session, order: &OrderRow, version: Version) -> Result<(u64, String)> {
    let before = session.one(
        "SELECT number, terms FROM orders WHERE order_id = ?1",
        [order.order.order_id.as_str()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    // An order is opened by a change that draws its number; anything else is a fault of the caller.
    let (number, before): (u64, String) = before.ok_or(Error::QueryReturnedNoRows)?;
    session.execute(
        "UPDATE orders SET version = ?2, status = ?3, payment_status = ?4, fulfillment_status = ?5, updated_at = ?6,
                           total = ?7, expires_at = ?8, terms = ?9, body = ?10
         WHERE number = ?1",
        (
            number,
            version.0,
            order.status,
            order.payment_status,
            order.fulfillment_status,
            order.updated_at,
            order.total,
            order.expires_at,
            &order.terms,
            &order.body,
        ),
    )?;
    Ok((number, before))
}

/// Widen the blocks for orders that were opened: number and time of placing of each.
pub(super) fn widen_blocks(session: &Session, opened: impl Iterator<Item = (u64, i64)>) -> Result<()> {
    let mut spans: Vec<(u64, i64, i64)> = Vec::new();
    for (number, placed_at) in opened {
        let block = number >> BLOCK_BITS;
        match spans.last_mut().filter(|span| span.0 == block) {
            Some(span) => *span = (block, span.1.min(placed_at), span.2.max(placed_at)),
            None => spans.push((block, placed_at, placed_at)),
        }
    }
    for span in spans {
        let sql = "INSERT INTO order_blocks (block, placed_from, placed_until) VALUES (?1, ?2, ?3)
                   ON CONFLICT (block) DO UPDATE SET placed_from = min(placed_from, excluded.placed_from),
                                                     placed_until = max(placed_until, excluded.placed_until)";
        session.execute(sql, span)?;
    }
    Ok(())
}
