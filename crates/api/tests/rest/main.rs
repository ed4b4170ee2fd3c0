//! The doors over HTTP, REST and GraphQL, driven in-process over the memory store.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops where it stands"
)]

mod breaking;
mod bulk;
mod catalog;
mod categories;
mod changes;
mod collections;
mod customers;
mod dashboard;
mod dashboard_bulk;
mod dashboard_door;
mod dashboard_people;
mod dashboard_products;
mod dashboard_views;
mod described;
mod description;
mod door;
mod event_types;
mod examples;
mod graphql;
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
mod reports;
mod returns;
mod search;
mod streams;
mod turns;
