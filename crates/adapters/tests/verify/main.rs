//! Verify names what was changed behind the engine's back: on SQLite, with a second connection to the file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clean;
mod log;
mod mutations;
mod shop;
mod stock;
mod views;
