#![doc = include_str!("../README.md")]

pub mod catalog;
pub mod customers;
pub mod fault;
pub mod id;
pub mod inventory;
pub mod money;
pub mod orders;
pub mod payments;
pub mod seeded;
pub mod text;
pub mod version;

pub use fault::{Fact, Fault};
pub use id::*;
pub use money::{Currency, Money, MoneyError};
pub use text::{Metadata, TextError};
pub use version::{Position, Version};
