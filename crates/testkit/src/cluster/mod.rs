//! A whole cluster on one machine, and the lane that kills its parts in turn while a proof runs through the balancer.
//!
//! [`stack`] is everything that runs, [`kills`] what is killed when, [`clerk`] a second client beside the buyers of
//! `sutler bench --verify`, [`check`] what is compared when all is quiet, [`lane`] one run. Nothing here knows the engine:
//! it speaks HTTP, SQL and NATS.
#![expect(
    clippy::indexing_slicing,
    reason = "JSON indexed by a name gives null where there is none; no slice is indexed"
)]

pub mod balancer;
pub mod check;
pub mod clerk;
pub mod kills;
pub mod lane;
pub mod program;
pub mod proof;
pub mod report;
pub mod stack;
