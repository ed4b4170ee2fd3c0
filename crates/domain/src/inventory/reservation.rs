//! Stock kept for a basket for a while, without an order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ReservationEvent;
use crate::{ItemId, LocationId, Metadata, OrderId, ReservationId, VariantId};

/// Units of one variant kept at one location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLine {
    /// The item of the order it is for; `None` in a basket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<ItemId>,
    /// What is kept.
    pub variant_id: VariantId,
    /// Where it is kept.
    pub location_id: LocationId,
    /// How many units.
    pub quantity: i64,
    /// Whether the variant has stock to run out of; when not, nothing moves.
    pub tracked: bool,
}

/// What became of a reservation. It ends in exactly one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationStatus {
    /// The stock is kept.
    Open,
    /// An order took it over.
    Committed,
    /// Given up.
    Released,
    /// Its time ran out.
    Expired,
}

impl ReservationStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

/// Stock kept without an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its id.
    pub reservation_id: ReservationId,
    /// What is kept.
    pub lines: Vec<StockLine>,
    /// What became of it.
    pub status: ReservationStatus,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The order that took it over.
    #[serde(default)]
    pub order_id: Option<OrderId>,
    /// The caller's own pairs.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Why a reservation cannot change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReservationError {
    /// It has already ended.
    #[error("the reservation is already {}", current.as_str())]
    Ended {
        /// How it ended.
        current: ReservationStatus,
    },
}

impl Reservation {
    /// Fold one more event; the first one makes the reservation.
    pub fn evolve(state: Option<Self>, event: &ReservationEvent) -> Option<Self> {
        match (state, event) {
            (_, ReservationEvent::ReservationCreated(reservation)) => Some((**reservation).clone()),
            (Some(state), ReservationEvent::ReservationExtended { expires_at }) => {
                Some(Self { expires_at: *expires_at, ..state })
            }
            (Some(state), ReservationEvent::ReservationCommitted { order_id }) => {
                Some(Self { status: ReservationStatus::Committed, order_id: Some(order_id.clone()), ..state })
            }
            (Some(state), ReservationEvent::ReservationReleased {}) => {
                Some(Self { status: ReservationStatus::Released, ..state })
            }
            (Some(state), ReservationEvent::ReservationExpired {}) => {
                Some(Self { status: ReservationStatus::Expired, ..state })
            }
            (None, _) => None,
        }
    }

    /// Refuse unless it is open.
    pub const fn must_be_open(&self) -> Result<(), ReservationError> {
        match self.status {
            ReservationStatus::Open => Ok(()),
            current => Err(ReservationError::Ended { current }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::constant(1_795_352_400, 0);
    const END: Timestamp = Timestamp::constant(1_795_353_300, 0);

    fn open() -> Reservation {
        Reservation {
            reservation_id: ReservationId::trusted("res_1".into()),
            lines: Vec::new(),
            status: ReservationStatus::Open,
            expires_at: START,
            order_id: None,
            metadata: Metadata::new(),
            created_at: START,
        }
    }

    #[test]
    fn a_reservation_ends_in_one_way() {
        let order_id = OrderId::trusted("ord_1".into());
        let ends = [
            (ReservationEvent::ReservationCommitted { order_id: order_id.clone() }, "committed"),
            (ReservationEvent::ReservationReleased {}, "released"),
            (ReservationEvent::ReservationExpired {}, "expired"),
        ];
        assert_eq!(open().must_be_open(), Ok(()));
        for (event, word) in ends {
            let ended = Reservation::evolve(Some(open()), &event).unwrap();
            let refused = ended.must_be_open().unwrap_err();
            assert_eq!(refused.to_string(), format!("the reservation is already {word}"));
            assert_eq!(ended.order_id.is_some(), word == "committed");
        }
    }

    #[test]
    fn a_reservation_is_kept_longer() {
        let event = ReservationEvent::ReservationExtended { expires_at: END };
        let longer = Reservation::evolve(Some(open()), &event).unwrap();
        assert_eq!((longer.expires_at, longer.status), (END, ReservationStatus::Open));
        assert_eq!(Reservation::evolve(None, &event), None);
    }
}
