//! One order on SQLite, over HTTP in one process: what it costs, and whether what is kept of it is true.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops where it stands"
)]

mod graphql;
mod shop;
mod statements;
mod views;
