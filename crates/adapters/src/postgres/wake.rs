//! Who waits for the log to move: woken by the writer of this node, by `NOTIFY` of another, or by looking.
//!
//! Each batch notifies in its own transaction, so that it is heard once it is committed. Whether notices arrive at all is
//! learned from looking: behind a pooler that hands the connection to somebody else after each transaction they do not,
//! and then looking is all there is. `database.listen_url` names the server itself for that case.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use parking_lot::Mutex;
use sutler_domain::Position;
use tokio::sync::{mpsc, watch};
use tokio_postgres::{AsyncMessage, Row};

use super::readers::Readers;
use super::session::{Driven, get, number};
use super::target::Target;
use super::trouble::{Fault, Result};

/// The channel of notices. One database is one shop, and notices do not leave the database.
pub(super) const CHANNEL: &str = "sutler_head";

/// How often the head is looked at while notices arrive.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often it is looked at while they do not.
const LOOK_OFTEN: Duration = Duration::from_millis(50);

/// News in a row that were seen before they were heard of, after which notices count as not arriving.
const MISSED_MAX: u32 = 2;

/// How long to rest before listening again after the connection was lost.
const LISTEN_REST: Duration = Duration::from_secs(1);

/// The position that everybody on this node may know of.
pub(super) struct Wake {
    head: watch::Sender<Position>,
    batches: Mutex<i64>,
}

impl Wake {
    pub(super) fn at(position: Position, batches: i64) -> Self {
        Self { head: watch::Sender::new(position), batches: Mutex::new(batches) }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    /// A batch is committed. Gives whether that was news.
    pub(super) fn tell(&self, position: Position, batches: i64) -> bool {
        let mut known = self.batches.lock();
        if batches <= *known {
            return false;
        }
        *known = batches;
        self.head.send_modify(|head| *head = position.max(*head));
        true
    }
}

/// Listen and look until the store is closed.
pub(super) async fn follow(wake: Arc<Wake>, readers: Arc<Readers>, target: Target) {
    let (notices, mut heard) = mpsc::channel(64);
    // Ends with this task, also when that is told to end.
    let _listening = Driven(tokio::spawn(listen(target, notices)));
    let mut missed = 0;
    loop {
        let rest = if missed >= MISSED_MAX { LOOK_OFTEN } else { LOOK_EVERY };
        tokio::select! {
            Some((position, batches)) = heard.recv() => {
                wake.tell(position, batches);
                missed = 0;
            }
            () = tokio::time::sleep(rest) => match look(&readers).await {
                // What the writer of this node wrote is known already, so this is from another one.
                Ok((position, batches)) => if wake.tell(position, batches) && heard.is_empty() { missed += 1 },
                Err(_) if readers.is_closed() => return,
                Err(fault) => tracing::debug!(%fault, "head_not_seen"),
            },
        }
    }
}

async fn look(readers: &Readers) -> Result<(Position, i64)> {
    let read = |row: &Row| Ok((Position(number(row, 0)?), get(row, 1)?));
    let session = readers.lend().await?.uncounted();
    let row = session.one("SELECT position, batches FROM head", &[], read).await?;
    row.ok_or_else(|| Fault::Unreadable("the table head is empty".to_owned()))
}

/// Hand on what is notified, connecting again whenever the connection is lost.
async fn listen(target: Target, notices: mpsc::Sender<(Position, i64)>) {
    loop {
        if let Err(fault) = hear(&target, &notices).await {
            tracing::debug!(%fault, "listening_ended");
        }
        tokio::time::sleep(LISTEN_REST).await;
    }
}

async fn hear(target: &Target, notices: &mpsc::Sender<(Position, i64)>) -> Result<()> {
    let (client, mut driver) = target.dial().await?;
    let mut messages = futures::stream::poll_fn(move |context| driver.poll_message(context));
    let sql = format!("LISTEN {CHANNEL}");
    let mut asked = Box::pin(client.batch_execute(&sql));
    let mut is_asked = false;
    loop {
        tokio::select! {
            done = &mut asked, if !is_asked => {
                done?;
                is_asked = true;
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(notice))) => {
                    if let Some(told) = read(notice.payload()) && notices.send(told).await.is_err() {
                        return Ok(());
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(()),
            },
        }
    }
}

fn read(payload: &str) -> Option<(Position, i64)> {
    let (position, batches) = payload.split_once(' ')?;
    Some((Position(position.parse().ok()?), batches.parse().ok()?))
}
