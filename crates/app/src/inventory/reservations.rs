//! Reservations that stand: read them, give them up, keep them longer.

use sutler_domain::inventory::{Reservation, ReservationEvent, ReservationStatus};
use sutler_domain::{ReservationId, Version};

use super::reserve::{kept, touched};
use super::{Inventory, ReservationView};
use crate::caller::{Answered, Caller};
use crate::commit::{Answer, Change, Commit, StockMove, View};
use crate::error::{Kind, Problem};
use crate::event::NewEvent;
use crate::page::{Page, PageRequest};
use crate::ports::reads::Stored;
use crate::retry::{must_match, or_as_before, retry_moved};
use crate::stream::StreamId;

impl Inventory {
    /// A reservation.
    pub async fn reservation(&self, caller: &Caller, id: &ReservationId) -> Result<ReservationView, Problem> {
        caller.may("inventory:read")?;
        Ok(self.stored_reservation(id).await?.into())
    }

    /// A page of reservations, newest first.
    pub async fn reservations(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<ReservationView>, Problem> {
        caller.may("inventory:read")?;
        Ok(self.room.ports.stock.reservations(page).await?.map(ReservationView::from))
    }

    /// Give a reservation up; its stock can be promised again.
    pub async fn release(
        &self,
        caller: &Caller,
        id: &ReservationId,
    ) -> Result<Answered<ReservationView>, Problem> {
        self.end(caller, id, "inventory.release", "release", |_| Ok(ReservationEvent::ReservationReleased {}))
            .await
    }

    /// Keep a reservation for `ttl_ms` from now, or as long as the shop is set to.
    pub async fn extend(
        &self,
        caller: &Caller,
        id: &ReservationId,
        ttl_ms: Option<i64>,
    ) -> Result<Answered<ReservationView>, Problem> {
        self.end(caller, id, &format!("inventory.extend.{ttl_ms:?}"), "extend", |_| {
            Ok(ReservationEvent::ReservationExtended { expires_at: self.end_of(ttl_ms)? })
        })
        .await
    }

    async fn end(
        &self,
        caller: &Caller,
        id: &ReservationId,
        use_case: &str,
        attempted: &'static str,
        decide: impl Fn(&Reservation) -> Result<ReservationEvent, Problem>,
    ) -> Result<Answered<ReservationView>, Problem> {
        caller.may("inventory:write")?;
        let key = caller.key_for(use_case, id);
        let done = retry_moved(caller, async |_| {
            let stored = self.stored_reservation(id).await?;
            must_match(caller, stored.version)?;
            must_be_open(&stored.value, attempted)?;
            let event = decide(&stored.value)?;
            let stream = StreamId::from(id);
            let commit = self.ending(caller, stored.clone(), &event)?;
            let commit = commit.key(key.clone()).answers(stream.clone(), None, false);
            let receipt = self.room.ports.store.commit(commit).await?;
            let replayed = receipt.replayed.is_some();
            let version = receipt.replayed.map(|a| a.version).or(receipt
                .versions
                .iter()
                .find(|(s, _)| s == &stream)
                .map(|(_, v)| *v));
            let value = self.reservation_at(&stream, version.unwrap_or(stored.version)).await?;
            Ok(Answered { value, replayed })
        });
        let done = done.await;
        let as_of = async |answer: Answer| self.reservation_at(&answer.stream, answer.version).await;
        or_as_before(&self.room, key, done, as_of).await
    }

    /// The commit of an event of an open reservation; its stock is let go when the event ends it.
    pub(super) fn ending(
        &self,
        caller: &Caller,
        stored: Stored<Reservation>,
        event: &ReservationEvent,
    ) -> Result<Commit, Problem> {
        let stream = StreamId::from(&stored.value.reservation_id);
        let after = Reservation::evolve(Some(stored.value), event);
        let after = after.ok_or_else(|| Problem::internal(&format!("{stream} does not fold")))?;
        let mut commit = Commit::by(caller);
        if after.status != ReservationStatus::Open {
            let tracked = after.lines.iter().filter(|line| line.tracked);
            let moves: Vec<_> = tracked.map(|line| StockMove::of(kept(line, -1), false, &stream)).collect();
            commit = commit.moves(moves).then(self.look_at(touched(&after)));
        }
        let events = vec![NewEvent::of(event, self.room.now())];
        Ok(commit.change(Change::stream(stream, stored.version, events, View::Reservation(after))))
    }

    pub(super) async fn stored_reservation(
        &self,
        id: &ReservationId,
    ) -> Result<Stored<Reservation>, Problem> {
        let found = self.room.ports.stock.reservation(id).await?;
        found.ok_or_else(|| Problem::not_found("reservation", id))
    }

    /// A reservation as of a version.
    pub(super) async fn reservation_at(
        &self,
        stream: &StreamId,
        version: Version,
    ) -> Result<ReservationView, Problem> {
        let mut state = None;
        for recorded in self.room.ports.feed.stream(stream, Some(version)).await? {
            state = Reservation::evolve(state, &recorded.read()?);
        }
        let reservation = state.ok_or_else(|| Problem::internal(&format!("{stream} does not fold")))?;
        Ok(ReservationView { reservation, version })
    }
}

fn must_be_open(reservation: &Reservation, attempted: &'static str) -> Result<(), Problem> {
    reservation.must_be_open().map_err(|error| {
        let detail = format!("{error}; it cannot {attempted} any more");
        Problem::new(Kind::Conflict, "invalid_transition", detail)
            .fact("current", reservation.status.as_str())
            .fact("attempted", attempted)
            .fact("allowed", serde_json::Value::Array(Vec::new()))
    })
}
