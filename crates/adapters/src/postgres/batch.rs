//! One batch inside its transaction: load what it touches, admit in order, write what was taken.

use std::collections::HashMap;

use futures::join;
use jiff::Timestamp;
use sutler_app::admission::{self, Admitted};
use sutler_app::commit::Refused;

use super::heads::{self, Loaded, LogHead};
use super::session::{Session, int, p};
use super::trouble::Result;
use super::views::Folded;
use super::write::{self, first_cause};
use super::{delivery_rows, feed, keys, leases, people_rows, queue};
use crate::rows::Prepared;
use crate::work::{Ask, Work};
use crate::{Options, Swept};

/// The commits first, in order, then renewals, leases and the rest, which see what the commits did to jobs. All of
/// them came at the same time, so any order among them is a fair one.
pub(super) async fn process(
    session: &Session,
    log: &mut LogHead,
    batch: &mut [Work],
    options: &Options,
    channel: &str,
) -> Result<()> {
    let now = options.clock.now();
    // It holds every statement of the batch at once.
    Box::pin(commit_all(session, log, batch, options, (now, channel))).await?;
    renew_all(session, batch, now).await?;
    move_cursors(session, batch).await?;
    for work in batch {
        match work {
            Work::Lease(ask) => {
                ask.answer = Some(Ok(leases::lease(session, &ask.question, now).await?));
            }
            Work::MoveBookmark(ask) => {
                ask.answer = Some(feed::move_bookmark(session, &ask.question).await?);
            }
            Work::Sweep(ask) => {
                let keys = keys::sweep(session, log, now, options.key_ttl).await?;
                let jobs = queue::sweep(session, now, options.ended_job_ttl).await?;
                let deliveries = delivery_rows::sweep(session, now, options.delivery_ttl).await?;
                let sessions = people_rows::sweep(session, now).await?;
                ask.answer = Some(Ok(Swept { keys, jobs, deliveries, sessions }));
            }
            Work::Commit(_) | Work::Renew(_) | Work::MoveCursor(_) | Work::Close(_) => {}
        }
    }
    Ok(())
}

async fn commit_all(
    session: &Session,
    log: &mut LogHead,
    batch: &mut [Work],
    options: &Options,
    (now, channel): (Timestamp, &str),
) -> Result<()> {
    let commits = batch.iter().filter_map(|work| match work {
        Work::Commit(ask) => Some(&*ask.question),
        _ => None,
    });
    let Loaded { mut heads, jobs, orders } = heads::load(session, log, now, options.key_ttl, commits).await?;
    let mut taken: Vec<(&Prepared, Admitted)> = Vec::with_capacity(batch.len());
    for work in batch {
        let Work::Commit(Ask { question, answer, .. }) = work else { continue };
        match admission::admit(&mut heads, &question.commit) {
            Ok(admitted) => {
                *answer = Some(Ok(admitted.receipt.clone()));
                if admitted.receipt.replayed.is_none() {
                    taken.push((question, admitted));
                }
            }
            Err(refused) => *answer = Some(Err(refused)),
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    log.moved_to(&heads);
    let rows: Vec<write::Taken<'_>> =
        taken.iter().map(|(prepared, admitted)| (*prepared, admitted)).collect();
    let folded = Folded::of(&rows, orders);
    let (written, head) = join!(
        write::batch(session, &rows, &heads, &jobs, &folded, log.keys),
        write::head(session, log, channel),
    );
    first_cause([written, head])
}

async fn renew_all(session: &Session, batch: &mut [Work], now: Timestamp) -> Result<()> {
    let asked: Vec<_> = batch
        .iter()
        .filter_map(|work| match work {
            Work::Renew(ask) => Some((&ask.question.0, ask.question.1)),
            _ => None,
        })
        .collect();
    let kept = leases::renew(session, &asked, now).await?;
    for work in batch {
        if let Work::Renew(ask) = work {
            let lease = &ask.question.0;
            let holds = kept.contains(&(lease.job_id.to_string(), lease.token));
            ask.answer = Some(if holds { Ok(()) } else { Err(Refused::LeaseLost) });
        }
    }
    Ok(())
}

/// A reader that moved more than once is where it moved last.
async fn move_cursors(session: &Session, batch: &mut [Work]) -> Result<()> {
    let mut places: HashMap<&str, i64> = HashMap::new();
    for work in batch.iter_mut() {
        if let Work::MoveCursor(ask) = work {
            ask.answer = Some(Ok(()));
            places.insert(&ask.question.0, int(ask.question.1.0));
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    let (names, positions): (Vec<&str>, Vec<i64>) = places.into_iter().unzip();
    let sql = "INSERT INTO cursors (name, position) SELECT * FROM UNNEST($1, $2)
               ON CONFLICT (name) DO UPDATE SET position = excluded.position";
    session.execute(sql, &[p(&names), p(&positions)]).await.map(drop)
}
