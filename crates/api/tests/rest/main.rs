//! The doors over HTTP, REST and GraphQL, driven in-process over the memory store.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops where it stands"
)]

mod catalog;
mod door;
mod event_types;
mod graphql;
mod idempotency;
mod inventory;
mod jobs;
mod manners;
mod manual;
mod orders;
mod payments;
mod problems;
mod streams;
mod turns;
