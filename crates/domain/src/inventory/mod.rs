//! Stock per variant and location, and stock kept for a while without an order.
//!
//! A reservation is stock kept; a hold is a stop on fulfillment. No other use of the two words.

mod event;
mod reservation;
mod stock;

pub use event::{LocationEvent, ReservationEvent, StockEvent};
pub use reservation::{Reservation, ReservationError, ReservationStatus, StockLine};
pub use stock::{Level, Location, QUANTITY_MAX, Reason, Signal};
