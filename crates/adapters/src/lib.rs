#![doc = include_str!("../README.md")]

pub mod archive;
pub mod argon2;
pub mod cache;
mod door;
pub mod erasures;
pub mod http;
mod key_table;
mod listing;
pub mod memory;
pub mod names;
pub mod nats;
mod options;
mod paging;
pub mod postgres;
mod rows;
pub mod search;
pub mod sqlite;
pub mod system;
mod terms;
pub mod whole;
mod work;

pub use options::Options;
use options::lease_ran_out;
pub use sutler_app::ports::Swept;

pub mod fake;
pub mod log_shipping;
pub mod manual;
pub mod stripe;
