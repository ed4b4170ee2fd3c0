//! Change an order that stands: read it, decide, hand one commit to the door.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use sutler_domain::orders::{Order, OrderEvent, Refusal, stock_changes};
use sutler_domain::seeded::{Bug, seeded};

use super::{OrderView, Orders, follow, name_text, refused};
use crate::Room;
use crate::caller::{Answered, Caller};
use crate::commit::{Answer, Change, Commit, IdempotencyKey, StockMove, View};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::ports::reads::{OrderName, Stored};
use crate::retry::{Failure, answered_before, must_match, retry_moved};
use crate::stream::StreamId;

/// A change of an order: which one, and what is decided about it.
pub(crate) struct ChangeOrder<'c> {
    /// Which order.
    pub(crate) name: &'c OrderName,
    /// The key of the request, with its fingerprint.
    pub(crate) key: Option<IdempotencyKey>,
    /// The part of the order that the answer is about.
    pub(crate) part: Option<String>,
    /// Whether the answer waits for the payment to rest.
    pub(crate) waits: bool,
}

impl<'c> ChangeOrder<'c> {
    /// A change under the caller's key.
    pub(crate) fn keyed(
        caller: &Caller,
        name: &'c OrderName,
        use_case: &str,
        input: &impl Serialize,
    ) -> Self {
        let key = caller.key_for(use_case, &(name_text(name), input));
        Self { name, key, part: None, waits: false }
    }

    /// The answer is about this part.
    pub(crate) fn part(mut self, part: &impl ToString) -> Self {
        self.part = Some(part.to_string());
        self
    }

    /// The answer waits for the payment to rest.
    pub(crate) const fn waits(mut self, waits: bool) -> Self {
        self.waits = waits;
        self
    }
}

/// What a change was answered with.
pub(crate) struct Changed {
    /// The order as of the answer.
    pub(crate) view: OrderView,
    /// The part that was made, now or the first time.
    pub(crate) part: Option<String>,
    /// Whether it was answered before.
    pub(crate) replayed: bool,
}

impl Changed {
    pub(crate) fn answer(self) -> Answered<OrderView> {
        Answered { value: self.view, replayed: self.replayed }
    }
}

impl Orders {
    /// Read, decide, commit; again when the order moved meanwhile. A decision without events changes nothing and
    /// answers with the order as it stands.
    pub(crate) async fn change(
        &self,
        caller: &Caller,
        change: ChangeOrder<'_>,
        decide: impl Fn(&Order, Timestamp) -> Result<Vec<OrderEvent>, Refusal>,
    ) -> Result<Changed, Problem> {
        self.change_with(caller, change, decide, |commit, _| Ok(commit)).await
    }

    /// The same, with more in the commit.
    pub(crate) async fn change_with(
        &self,
        caller: &Caller,
        change: ChangeOrder<'_>,
        decide: impl Fn(&Order, Timestamp) -> Result<Vec<OrderEvent>, Refusal>,
        add: impl Fn(Commit, &Order) -> Result<Commit, Problem>,
    ) -> Result<Changed, Problem> {
        let done = retry_moved(caller, async |_| self.try_change(caller, &change, &decide, &add).await).await;
        match done {
            Err(problem) => self.replay_instead(change.key, problem).await,
            done => done,
        }
    }

    async fn try_change(
        &self,
        caller: &Caller,
        change: &ChangeOrder<'_>,
        decide: &impl Fn(&Order, Timestamp) -> Result<Vec<OrderEvent>, Refusal>,
        add: &impl Fn(Commit, &Order) -> Result<Commit, Problem>,
    ) -> Result<Changed, Failure> {
        let stored = self.find(change.name).await?;
        must_match(caller, stored.version)?;
        let now = self.room.now();
        let events = decide(&stored.value, now).map_err(refused)?;
        if events.is_empty() && change.key.is_none() {
            let view = self.view(stored).await?;
            return Ok(Changed { view, part: change.part.clone(), replayed: false });
        }
        let commit = add(commit_of(&self.room, caller, &stored, &events, now), &stored.value)?;
        let stream = StreamId::from(&stored.value.order_id);
        let commit = commit.key(change.key.clone()).answers(stream, change.part.clone(), change.waits);
        let receipt = self.room.ports.store.commit(commit).await?;
        if let Some(answer) = &receipt.replayed {
            return Ok(self.answered(answer).await?);
        }
        let version = receipt.version_of(&StreamId::from(&stored.value.order_id)).unwrap_or(stored.version);
        let value = Arc::new(stored.value.after(&events, now));
        let view = self.view(Stored { value, version, number: stored.number }).await?;
        Ok(Changed { view, part: change.part.clone(), replayed: false })
    }

    /// An answer that a key was given before, rendered as of then.
    pub(crate) async fn answered(&self, answer: &Answer) -> Result<Changed, Problem> {
        let id = sutler_domain::OrderId::trusted(answer.stream.id().into());
        let view = self.view_at(&id, answer.version, answer.waits).await?;
        Ok(Changed { view, part: answer.part.clone(), replayed: true })
    }

    /// The answer that a failing request was given before, if its key was.
    pub(crate) async fn replay_instead(
        &self,
        key: Option<IdempotencyKey>,
        problem: Problem,
    ) -> Result<Changed, Problem> {
        let answer = answered_before(&self.room, key, problem).await?;
        self.answered(&answer).await
    }

    /// An order by any of its names.
    pub(crate) async fn find(&self, name: &OrderName) -> Result<Stored<Arc<Order>>, Problem> {
        let found = self.room.ports.orders.order(name).await?;
        found.ok_or_else(|| Problem::not_found("order", name_text(name)))
    }
}

/// The commit of a decision about an order: events, view, stock and jobs.
pub(crate) fn commit_of(
    room: &Room,
    caller: &Caller,
    stored: &Stored<Arc<Order>>,
    events: &[OrderEvent],
    now: Timestamp,
) -> Commit {
    let commit = Commit::by(caller);
    if events.is_empty() {
        return commit.requires([(StreamId::from(&stored.value.order_id), stored.version)]);
    }
    let after = stored.value.after(events, now);
    let stream = StreamId::from(&after.order_id);
    let moves = stock_changes(events).into_iter().map(|change| StockMove::of(change, false, &stream));
    let jobs = follow::jobs(&room.ports, &after, events, now);
    let moves: Vec<_> = moves.collect();
    let view = if seeded(Bug::ViewNotInCommit) { Arc::clone(&stored.value) } else { Arc::new(after) };
    commit
        .change(Change::stream(stream, stored.version, NewEvent::all(events, now), View::Order(view)))
        .moves(moves)
        .then(jobs)
}
