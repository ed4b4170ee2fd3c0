#![doc = include_str!("../README.md")]

pub mod builders;
pub mod clock;
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite fails by panicking")]
pub mod contract;
pub mod crash;
#[cfg(target_os = "linux")]
pub mod power;
pub mod tidy;
