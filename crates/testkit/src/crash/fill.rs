//! A long log: written through the store itself, many orders at once, so that a start can be measured on it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::join_all;
use jiff::SignedDuration;
use rusqlite::{Connection, OpenFlags};
use sutler_adapters::sqlite::{Options, Sqlite};
use sutler_app::commit::{Change, Commit, View};
use sutler_app::event::NewEvent;
use sutler_app::ports::Store;
use sutler_app::stream::StreamId;
use sutler_domain::orders::{HoldCode, Order, OrderEvent};
use sutler_domain::{Money, Version};

use crate::builders;

/// Orders that are handed in at once.
const AT_ONCE: u64 = 2048;

/// Events of one order.
const EVENTS: u64 = 5;

/// How often the readers of the log are asked whether they are through.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Write orders of five events each into a database until it has so many events, and close it.
pub async fn fill(database: &Path, events: u64) -> Result<()> {
    let options = Options { batch_max: 1024, queue_max: 4096, ..Options::default() };
    let store = Sqlite::open(database, options)?;
    let orders = events.div_ceil(EVENTS);
    for first in (1..=orders).step_by(usize::try_from(AT_ONCE)?) {
        let last = orders.min(first + AT_ONCE - 1);
        let commits = (first..=last).map(|number| store.commit(order(number)));
        for committed in join_all(commits).await {
            committed.map_err(|refused| anyhow::anyhow!("an order was refused: {refused}"))?;
        }
    }
    store.close().await;
    Ok(())
}

/// An order that was placed, and stopped and let go twice.
fn order(number: u64) -> Commit {
    let order = builders::order(number);
    let held = OrderEvent::OrderHeld { code: HoldCode::Manual, reason: None };
    let released = OrderEvent::OrderHoldReleased { code: HoldCode::Manual };
    let events = [placed(&order), held.clone(), released.clone(), held, released];
    let at =
        |n: usize| order.placed_at.saturating_add(SignedDuration::from_millis(i64::try_from(n).unwrap_or(0)));
    let events = (0..).zip(&events).map(|(n, event)| NewEvent::of(event, at(n).unwrap_or(order.placed_at)));
    let stream = StreamId::from(&order.order_id);
    let opened = Change::stream(stream, Version(0), events.collect(), View::Order(order.clone().into()));
    builders::nothing().change(opened.numbered())
}

fn placed(order: &Order) -> OrderEvent {
    OrderEvent::OrderPlaced {
        order_id: order.order_id.clone(),
        customer_id: None,
        contact: None,
        reference: None,
        currency: order.currency,
        items: order.items.clone(),
        shipping: None,
        discounts: Vec::new(),
        totals: order.totals,
        total: Money { amount: order.totals.total, currency: order.currency },
        tags: Vec::new(),
        metadata: [].into(),
    }
}

/// Wait until a running server's readers of the log have come to its end, so that what is measured is a start and not
/// what they catch up on.
pub async fn caught_up(database: &Path, patience: Duration) -> Result<()> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot open {}", database.display()))?;
    let sql = "SELECT count(*) > 0 AND min(cursors.position) >= max(head.position) FROM cursors, head";
    let begun = std::time::Instant::now();
    while !connection.query_row(sql, [], |row| row.get::<_, bool>(0))? {
        ensure!(begun.elapsed() < patience, "the readers of the log are not through after {patience:?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}
