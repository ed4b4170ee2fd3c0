#![doc = include_str!("../README.md")]

pub mod assortment;
pub mod bench;
pub mod builders;
pub mod bus;
pub mod clock;
#[cfg(unix)]
pub mod cluster;
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite fails by panicking")]
pub mod contract;
pub mod crash;
pub mod linear;
#[cfg(unix)]
pub mod money;
#[cfg(target_os = "linux")]
pub mod network;
#[cfg(target_os = "linux")]
pub mod power;
pub mod schema;
#[cfg(unix)]
pub mod servers;
#[expect(clippy::expect_used, clippy::indexing_slicing, reason = "a simulation that cannot go on has failed")]
pub mod simulation;
pub mod tidy;
#[cfg(unix)]
pub mod webhooks;
