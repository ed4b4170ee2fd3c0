#![doc = include_str!("../README.md")]

pub mod builders;
pub mod clock;
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite fails by panicking")]
pub mod contract;
pub mod tidy;
