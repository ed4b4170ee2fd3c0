//! Persons, outside the log: versioned contacts that events and orders name by id only.

mod contact;

pub(crate) use contact::check_note;
pub use contact::{Address, Contact, Note};
