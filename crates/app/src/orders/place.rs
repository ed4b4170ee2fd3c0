//! Place an order: price it, reserve its stock, and leave its payment to `process_order`.

use std::sync::Arc;

use sutler_domain::inventory::{Reason, Reservation, ReservationEvent, StockLine};
use sutler_domain::orders::{StockChange, stock_changes};
use sutler_domain::payments::OnFailure;
use sutler_domain::seeded::{Bug, seeded};
use sutler_domain::{OrderId, Version};

use super::change::Changed;
use super::draft::Draft;
use super::locate::{Promised, out_of_stock};
use super::price::Priced;
use super::view::rests;
use super::{OrderRequest, OrderView, Orders, follow};
use crate::caller::{Answered, Caller};
use crate::commit::{Change, ClaimKind, Commit, Expect, IdempotencyKey, Receipt, Refused, StockMove, View};
use crate::customers;
use crate::error::{Kind, Problem};
use crate::event::NewEvent;
use crate::ports::reads::Stored;
use crate::retry::{Failure, retry_moved};
use crate::stream::StreamId;

/// How long an order whose failure cancels it waits for its payment, in seconds.
const ON_FAILURE_WAIT_S: u32 = 30;

impl Orders {
    /// Place an order. It is stored with its stock reserved and its payment pending; with `Prefer: wait` the answer
    /// waits until the payment rests. All items are reserved, or none.
    pub async fn place(
        &self,
        caller: &Caller,
        request: OrderRequest,
    ) -> Result<Answered<OrderView>, Problem> {
        caller.may("orders:write")?;
        let customer = request.customer_id.as_ref().map(ToString::to_string);
        tracing::info!(customer_id = customer, items = request.items.len(), "creating_order");
        match self.place_or_replay(caller, &request).await {
            Ok(answered) => {
                let order = &answered.value.order;
                tracing::info!(order_id = %order.order_id, number = answered.value.number, replayed = answered.replayed, "order_created");
                Ok(answered)
            }
            Err(problem) => {
                tracing::warn!(code = problem.code, error = %problem.detail, "order_creation_failed");
                Err(problem)
            }
        }
    }

    async fn place_or_replay(
        &self,
        caller: &Caller,
        request: &OrderRequest,
    ) -> Result<Answered<OrderView>, Problem> {
        let wait_s = wait_of(caller, request);
        let key = caller.key_for("orders.place", request);
        let placed = match self.try_place(caller, request, key.as_ref(), wait_s > 0).await {
            Err(problem) => self.replay_instead(key, problem).await?,
            Ok(placed) => placed,
        };
        if wait_s == 0 || placed.replayed && rests(&placed.view.order) {
            return Ok(placed.answer());
        }
        let replayed = placed.replayed;
        let value = self.wait_until_rest(&placed.view.order.order_id, placed.view.version, wait_s).await?;
        Ok(Answered { value, replayed })
    }

    /// One round over the locations: the first unseen, then by levels freshly read; a shortage after that is told.
    pub(super) async fn try_place(
        &self,
        caller: &Caller,
        request: &OrderRequest,
        key: Option<&IdempotencyKey>,
        waits: bool,
    ) -> Result<Changed, Problem> {
        let alone = Promised::new();
        for look in [None, Some(&alone)] {
            let done = retry_moved(caller, async |read| {
                let draft = self.draft(request, look, read).await?;
                let mut commit = self.commit_of_draft(caller, key, &draft, waits);
                let late = commit.key.take_if(|_| seeded(Bug::KeyAfterEffect));
                let after = late.map(|key| Commit {
                    key: Some(key),
                    answer: commit.answer.clone(),
                    ..Commit::default()
                });
                match self.room.ports.store.commit(commit).await {
                    Ok(receipt) => {
                        if let Some(after) = after {
                            self.room.ports.store.commit(after).await?;
                        }
                        Ok(Some(self.placed(draft, &receipt).await?))
                    }
                    Err(Refused::Short(short)) if look.is_some() || request.location.is_some() => {
                        Err(out_of_stock(&draft.items, &short).into())
                    }
                    Err(Refused::Short(_)) => Ok(None),
                    // Two first orders of one new customer at once: the second finds the first one's customer.
                    Err(Refused::Taken { claim, holder }) if claim.kind == ClaimKind::CustomerEmail => {
                        Err(Refused::Moved { stream: holder, found: Version(1) }.into())
                    }
                    Err(Refused::Taken { claim, holder }) if claim.kind == ClaimKind::OrderReference => {
                        Err(reference_exists(&claim.value, &holder).into())
                    }
                    Err(refused) => Err(Failure::from(refused)),
                }
            });
            if let Some(changed) = done.await? {
                return Ok(changed);
            }
        }
        Err(Problem::internal(&"a shortage was neither told nor overcome"))
    }

    /// The order as it was placed, or as it was when the same key placed it.
    async fn placed(&self, draft: Draft, receipt: &Receipt) -> Result<Changed, Problem> {
        if let Some(answer) = &receipt.replayed {
            return self.answered(answer).await;
        }
        let stream = StreamId::from(&draft.order.order_id);
        let view = OrderView {
            version: receipt.version_of(&stream).unwrap_or_default(),
            number: receipt.number_of(&stream).unwrap_or_default(),
            order: draft.order,
            contact: draft.person.contact,
            as_of: None,
        };
        Ok(Changed { view, part: None, replayed: false })
    }

    pub(super) fn commit_of_draft(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        draft: &Draft,
        waits: bool,
    ) -> Commit {
        let stream = StreamId::from(&draft.order.order_id);
        let oversold = |variant: &sutler_domain::VariantId| {
            draft.items.iter().any(|i| &i.variant.variant_id == variant && i.may_oversell())
        };
        let moves = stock_changes(&draft.events)
            .into_iter()
            .map(|change| StockMove::of(change.clone(), oversold(&change.variant_id), &stream));
        let events = NewEvent::all(&draft.events, draft.now);
        let opened =
            Change::stream(stream.clone(), Version(0), events, View::Order(Arc::clone(&draft.order)))
                .numbered();
        let mut commit = Commit::by(caller)
            .key(key.cloned())
            .requires(draft.items.iter().map(Priced::requires).filter(|_| !seeded(Bug::StalePriceAccepted)))
            .change(opened)
            .moves(moves)
            .then(follow::jobs(&self.room.ports, &draft.order, &draft.events, draft.now))
            .answers(stream.clone(), None, waits);
        if let Some(contact) = &draft.person.contact {
            let record = View::Contact(contact.clone());
            commit = commit.change(Change::record(StreamId::from(&contact.contact_id), Expect::New, record));
        }
        if let Some((contact, version)) = &draft.person.new_customer {
            commit = customers::created(commit, contact, *version, &[].into(), draft.now).0;
        }
        if let Some(reference) = &draft.order.reference {
            commit = commit.take(ClaimKind::OrderReference, reference, &stream);
        }
        match &draft.basket {
            Some(basket) => with_basket(commit, basket, &draft.order.order_id, draft.now),
            None => commit,
        }
    }
}

/// A payment whose failure cancels the order is waited for, so that the answer can say which it was.
fn wait_of(caller: &Caller, request: &OrderRequest) -> u32 {
    let cancels = request.payment.as_ref().is_some_and(|p| p.on_failure == OnFailure::Cancel);
    if cancels && caller.wait_s == 0 { ON_FAILURE_WAIT_S } else { caller.wait_s }
}

/// The order takes over what the basket kept: its release and the order's own promise are judged as one sum.
fn with_basket(
    commit: Commit,
    basket: &Stored<Reservation>,
    order_id: &OrderId,
    now: jiff::Timestamp,
) -> Commit {
    let event = ReservationEvent::ReservationCommitted { order_id: order_id.clone() };
    let stream = StreamId::from(&basket.value.reservation_id);
    let after =
        Reservation::evolve(Some(basket.value.clone()), &event).unwrap_or_else(|| basket.value.clone());
    let released = |line: &StockLine| {
        let (variant_id, location_id) = (line.variant_id.clone(), line.location_id.clone());
        let change = StockChange {
            variant_id,
            location_id,
            on_hand: 0,
            reserved: -line.quantity,
            reason: Reason::Released,
        };
        StockMove::of(change, false, &stream)
    };
    let moves: Vec<StockMove> = basket.value.lines.iter().filter(|l| l.tracked).map(released).collect();
    let change = Change::stream(
        stream.clone(),
        basket.version,
        vec![NewEvent::of(&event, now)],
        View::Reservation(after),
    );
    commit.change(change).moves(moves)
}

pub(super) fn reference_exists(reference: &str, holder: &StreamId) -> Problem {
    let detail = format!(
        "the reference '{reference}' belongs to order {}; read that one, or take another reference",
        holder.id()
    );
    Problem::new(Kind::Conflict, "reference_exists", detail).fact("order_id", holder.id())
}
