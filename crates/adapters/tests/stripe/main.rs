//! Payments through Stripe, against the hostile Stripe of the test kit.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod books;
mod contract;
mod deaths;
mod desk;
mod errors;
mod late;
mod notices;
mod parts;
mod python;
mod shop;
