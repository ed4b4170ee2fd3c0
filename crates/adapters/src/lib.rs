#![doc = include_str!("../README.md")]

pub mod archive;
pub mod cache;
pub mod erasures;
pub mod memory;
mod options;
mod paging;
pub mod sqlite;
pub mod system;
mod terms;

use options::lease_ran_out;
pub use options::{Options, Swept};

pub mod fake;
pub mod log_shipping;
pub mod manual;
