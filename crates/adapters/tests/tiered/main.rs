//! Products in tiers, with a real Redis: whatever it does, answers are right or soon right, and orders are always right.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod lies;
mod nodes;
mod open;
mod shop;
mod stampede;
mod trouble;
