//! Persons, outside the log: versioned contacts that events and orders name by id only.

mod contact;

pub use contact::{Address, Contact, Note};
pub(crate) use contact::{check_note, looks_like_email};
