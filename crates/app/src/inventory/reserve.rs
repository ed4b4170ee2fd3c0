//! Stock kept for a basket for a while, without an order.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sutler_domain::fault::Faults;
use sutler_domain::inventory::{
    QUANTITY_MAX, Reason, Reservation, ReservationEvent, ReservationStatus, StockLine,
};
use sutler_domain::orders::StockChange;
use sutler_domain::{Fault, LocationId, Metadata, ReservationId, Version};

use super::Inventory;
use crate::caller::{Answered, Caller};
use crate::commit::{Change, Commit, IdempotencyKey, Refused, StockMove, View};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::orders::{ItemInput, OrderRequest, Orders, Promised, out_of_stock};
use crate::ports::reads::Stored;
use crate::retry::{Failure, Read, answered_before, retry_moved};
use crate::stream::StreamId;

/// How long stock may be kept for a basket at most, from now.
pub const RESERVATION_TTL_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Stock to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReserveInput {
    /// What to keep.
    pub items: Vec<ItemInput>,
    /// Where; `None`: by the shop's priority.
    pub location: Option<LocationId>,
    /// How long, in milliseconds; `None`: as the shop is set.
    pub ttl_ms: Option<i64>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// A reservation as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservationView {
    /// The reservation.
    pub reservation: Reservation,
    /// Its version.
    pub version: Version,
}

impl Inventory {
    /// Keep stock for a basket: all items, or none. Each is kept at the location named, or at the first of the
    /// shop's locations that has enough.
    ///
    /// Problems: as for placing an order, `out_of_stock` among them.
    pub async fn reserve(
        &self,
        caller: &Caller,
        input: &ReserveInput,
    ) -> Result<Answered<ReservationView>, Problem> {
        caller.may("inventory:write")?;
        let key = caller.key_for("inventory.reserve", input);
        match self.reserve_somewhere(caller, key.as_ref(), input).await {
            Err(problem) => {
                let answer = answered_before(&self.room, key, problem).await?;
                Ok(Answered {
                    value: self.reservation_at(&answer.stream, answer.version).await?,
                    replayed: true,
                })
            }
            done => done,
        }
    }

    /// One round over the locations: the first unseen, then by levels freshly read; a shortage after that is told.
    async fn reserve_somewhere(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        input: &ReserveInput,
    ) -> Result<Answered<ReservationView>, Problem> {
        let expires_at = self.end_of(input.ttl_ms)?;
        check(input)?;
        for look in [false, true] {
            let done = retry_moved(caller, async |read| {
                self.try_reserve(caller, key, input, expires_at, (look, read)).await
            });
            if let Some(answered) = done.await? {
                return Ok(answered);
            }
        }
        Err(Problem::internal(&"a shortage was neither told nor overcome"))
    }

    async fn try_reserve(
        &self,
        caller: &Caller,
        key: Option<&IdempotencyKey>,
        input: &ReserveInput,
        expires_at: Timestamp,
        (look, read): (bool, Read),
    ) -> Result<Option<Answered<ReservationView>>, Failure> {
        let orders = Orders::new(self.room.clone());
        let request = OrderRequest {
            items: input.items.clone(),
            location: input.location.clone(),
            ..OrderRequest::default()
        };
        let items = orders.priced(&request, self.room.settings.currency, read).await?;
        let locations = orders.located(&request, &items, None, look.then_some(&Promised::new())).await?;
        let now = self.room.now();
        let lines: Vec<StockLine> = items
            .iter()
            .zip(locations)
            .map(|(item, location_id)| StockLine {
                item_id: None,
                variant_id: item.variant.variant_id.clone(),
                location_id,
                quantity: item.input.quantity,
                tracked: item.variant.track_inventory,
            })
            .collect();
        let reservation = Reservation {
            reservation_id: ReservationId::new(self.room.ports.ids.uuid()),
            lines,
            status: ReservationStatus::Open,
            expires_at,
            order_id: None,
            metadata: input.metadata.clone(),
            created_at: now,
        };
        let stream = StreamId::from(&reservation.reservation_id);
        let moves = items.iter().zip(&reservation.lines).filter(|(_, line)| line.tracked);
        let moves = moves.map(|(item, line)| StockMove::of(kept(line, 1), item.may_oversell(), &stream));
        let event = ReservationEvent::ReservationCreated(Box::new(reservation.clone()));
        let event = NewEvent::of(&event, now);
        let mut commit = Commit::by(caller)
            .key(key.cloned())
            .change(Change::stream(
                stream.clone(),
                Version(0),
                vec![event],
                View::Reservation(reservation.clone()),
            ))
            .moves(moves.collect::<Vec<_>>())
            .then(self.look_at(touched(&reservation)))
            .answers(stream.clone(), None, false);
        for item in &items {
            commit = commit.requires([item.requires()]);
        }
        let receipt = match self.room.ports.store.commit(commit).await {
            Err(Refused::Short(short)) if look || input.location.is_some() => {
                return Err(out_of_stock(&items, &short).into());
            }
            Err(Refused::Short(_)) => return Ok(None),
            done => done?,
        };
        if let Some(answer) = receipt.replayed {
            let value = self.reservation_at(&answer.stream, answer.version).await?;
            return Ok(Some(Answered { value, replayed: true }));
        }
        let version = receipt.version_of(&stream).unwrap_or(Version(1));
        Ok(Some(Answered { value: ReservationView { reservation, version }, replayed: false }))
    }

    pub(super) fn end_of(&self, ttl_ms: Option<i64>) -> Result<Timestamp, Problem> {
        let ttl = ttl_ms.map_or(self.room.settings.reservation_ttl, SignedDuration::from_millis);
        let end = self.room.now().checked_add(ttl).ok();
        end.filter(|_| {
            ttl.is_positive() && ttl <= RESERVATION_TTL_MAX.max(self.room.settings.reservation_ttl)
        })
        .ok_or_else(|| {
            let detail =
                format!("a ttl is longer than nothing and at most {RESERVATION_TTL_MAX:#}, such as PT15M");
            Problem::invalid(vec![Fault::invalid("/ttl", detail)])
        })
    }
}

impl From<Stored<Reservation>> for ReservationView {
    fn from(stored: Stored<Reservation>) -> Self {
        Self { reservation: stored.value, version: stored.version }
    }
}

fn check(input: &ReserveInput) -> Result<(), Problem> {
    let mut faults = Faults::default();
    faults.require(!input.items.is_empty(), "/items", || "say at least one item to keep".into());
    for (index, item) in input.items.iter().enumerate() {
        let fits = (1..=QUANTITY_MAX).contains(&item.quantity);
        faults.require(fits, &format!("/items/{index}/quantity"), || {
            format!("a quantity is a whole number of 1 to {QUANTITY_MAX}")
        });
    }
    faults.metadata("/metadata", &input.metadata);
    faults.or(()).map_err(Problem::invalid)
}

/// What a line promises (`sign` 1) or no longer promises (−1).
pub(super) fn kept(line: &StockLine, sign: i64) -> StockChange {
    StockChange {
        variant_id: line.variant_id.clone(),
        location_id: line.location_id.clone(),
        on_hand: 0,
        reserved: line.quantity.saturating_mul(sign),
        reason: if sign > 0 { Reason::Reserved } else { Reason::Released },
    }
}

pub(super) fn touched(reservation: &Reservation) -> Vec<(sutler_domain::VariantId, LocationId)> {
    let tracked = reservation.lines.iter().filter(|line| line.tracked);
    tracked.map(|line| (line.variant_id.clone(), line.location_id.clone())).collect()
}
