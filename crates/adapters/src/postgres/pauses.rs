//! Queues that are paused.

use std::collections::HashMap;

use futures::join;
use sutler_app::ports::jobs::PausedQueue;
use tokio_postgres::Row;

use super::session::{self, Session, column, get, p};
use super::trouble::Result;
use super::write::Taken;

/// The columns that [`read`] reads, and where they are.
pub(super) const ALL: &str = "SELECT queue, since, paused_by FROM paused_queues ORDER BY queue";

/// A queue that is paused.
pub(super) fn read(row: &Row) -> Result<PausedQueue> {
    Ok(PausedQueue { queue: get(row, 0)?, since: session::time(row, 1)?, by: get(row, 2)? })
}

/// Write the last word about each queue that the commits of a batch name. One that is paused already stays as it is.
pub(super) async fn write(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let mut last = HashMap::new();
    for (prepared, admitted) in batch {
        for change in &prepared.commit.queues {
            let word = (prepared.commit.actor.as_str(), admitted.recorded_at.as_microsecond());
            last.insert(change.queue.as_str(), change.paused.then_some(word));
        }
    }
    if last.is_empty() {
        return Ok(());
    }
    let resumed: Vec<&str> =
        last.iter().filter(|(_, word)| word.is_none()).map(|(queue, _)| *queue).collect();
    let paused: Vec<_> =
        last.iter().filter_map(|(queue, word)| word.map(|(by, since)| (*queue, since, by))).collect();
    let (queues, since, by) = (
        column(&paused, |(queue, ..)| *queue),
        column(&paused, |(_, since, _)| *since),
        column(&paused, |(.., by)| *by),
    );
    let insert = "INSERT INTO paused_queues (queue, since, paused_by) SELECT * FROM UNNEST($1, $2, $3)
                  ON CONFLICT (queue) DO NOTHING";
    let (inserted, deleted) = ([p(&queues), p(&since), p(&by)], [p(&resumed)]);
    let (paused, resumed) = join!(
        session.execute(insert, &inserted),
        session.execute("DELETE FROM paused_queues WHERE queue = ANY($1)", &deleted),
    );
    paused.and(resumed).map(drop)
}
