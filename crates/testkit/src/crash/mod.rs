//! The kill -9 lane: the real binary under load, killed at random moments or at one chosen call of the system, started
//! again, and compared with what its clients were told.
//!
//! [`ledger`] is the clients' own memory, [`server`] the process, [`load`] the clients, [`check`] the comparison. None
//! of them knows the engine: they speak HTTP and read a copy of the file with plain SQL.
#![expect(
    clippy::indexing_slicing,
    reason = "JSON indexed by a name gives null where there is none; no slice is indexed"
)]

pub mod check;
pub mod fill;
pub mod ledger;
pub mod load;
pub mod report;
pub mod run;
pub mod scene;
pub mod server;
pub mod shop;
pub mod syscalls;
pub mod wire;
