//! The REST door, driven in-process over the memory store.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops where it stands"
)]

mod breaking;
mod catalog;
mod customers;
mod dashboard;
mod dashboard_door;
mod described;
mod description;
mod door;
mod event_types;
mod examples;
mod idempotency;
mod inventory;
mod jobs;
mod manners;
mod manual;
mod matrix;
mod orders;
mod payments;
mod people;
mod problems;
mod returns;
mod streams;
mod turns;
