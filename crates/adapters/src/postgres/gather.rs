//! Orders that are asked for by id, read together: whoever asks while a statement is under way waits for the next one,
//! which reads the orders of all who wait.
//!
//! Statements have no names here (ADR 0015), so the database parses and plans each of them anew, which costs more than
//! finding one order. One that is asked for alone is read at once.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use parking_lot::Mutex;
use sutler_app::ports::{ReadError, Stored};
use sutler_domain::OrderId;
use sutler_domain::orders::Order;
use tokio::sync::oneshot;
use tokio_postgres::Row;

use super::orders;
use super::readers::Readers;
use super::session::{column, get, p};
use super::trouble;
use crate::listing::orders::COLUMNS;

/// Statements under way at once. A second one goes on when the first hangs on a slow connection.
const STATEMENTS_MAX: usize = 2;

/// Orders of one statement, at most: about 4 KiB each.
const ORDERS_MAX: usize = 128;

type Found = Result<Option<Stored<Arc<Order>>>, ReadError>;

/// The desk where orders are asked for.
pub(super) struct Gather {
    readers: Arc<Readers>,
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    waiting: Vec<(OrderId, oneshot::Sender<Found>)>,
    under_way: usize,
}

impl Desk {
    /// Who is served by the next statement. With nobody left, its place is free again.
    fn next(&mut self) -> Vec<(OrderId, oneshot::Sender<Found>)> {
        let count = self.waiting.len().min(ORDERS_MAX);
        if count == 0 {
            self.under_way = self.under_way.saturating_sub(1);
        }
        self.waiting.drain(..count).collect()
    }
}

impl Gather {
    pub(super) fn new(readers: Arc<Readers>) -> Self {
        Self { readers, desk: Arc::default() }
    }

    /// An order as of some moment after this call.
    pub(super) async fn order(&self, id: &OrderId) -> Found {
        let (answer, answered) = oneshot::channel();
        let is_free = {
            let mut desk = self.desk.lock();
            desk.waiting.push((id.clone(), answer));
            let is_free = desk.under_way < STATEMENTS_MAX;
            desk.under_way += usize::from(is_free);
            is_free
        };
        if is_free {
            // A task of its own: whoever asked may go away, and others wait for the same statement.
            tokio::spawn(serve(Arc::clone(&self.readers), Arc::clone(&self.desk)));
        }
        answered.await.unwrap_or_else(|_| Err(broke_off()))
    }
}

fn broke_off() -> ReadError {
    ReadError::Unavailable("a read broke off".to_owned())
}

/// Read for all who wait, until nobody does.
async fn serve(readers: Arc<Readers>, desk: Arc<Mutex<Desk>>) {
    loop {
        let asked = desk.lock().next();
        if asked.is_empty() {
            return;
        }
        // A place that is not given back would be missed for ever.
        let read = AssertUnwindSafe(read(&readers, &asked)).catch_unwind().await;
        let found = read.unwrap_or_else(|_| Err(broke_off()));
        for (id, answer) in asked {
            let order = match &found {
                // The same order may be asked for twice.
                Ok(orders) => orders.get(&id).cloned().transpose(),
                Err(error) => Err(error.clone()),
            };
            // Whoever is not there any more does not mind.
            _ = answer.send(order);
        }
    }
}

/// The orders that are there, each with what is wrong with it, if it cannot be understood.
async fn read(
    readers: &Readers,
    asked: &[(OrderId, oneshot::Sender<Found>)],
) -> Result<HashMap<OrderId, Result<Stored<Arc<Order>>, ReadError>>, ReadError> {
    let sql = format!("SELECT {COLUMNS}, order_id FROM orders WHERE order_id = ANY($1)");
    let ids = column(asked, |(id, _)| id.as_str());
    let named = |row: &Row| {
        let order = orders::order(row).map_err(|fault| trouble::read_error(&fault));
        Ok((OrderId::trusted(get::<String>(row, 3)?.into()), order))
    };
    Ok(readers.all(&sql, &[p(&ids)], named).await?.into_iter().collect())
}
