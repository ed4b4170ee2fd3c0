#![doc = include_str!("../README.md")]

pub mod bulk;
pub mod catalog;
pub mod category;
pub mod collection;
pub mod customer;
pub mod event;
pub mod fulfillment;
pub mod graphql;
pub mod health;
pub mod import;
pub mod inventory;
pub mod job;
pub mod key;
pub mod ledger;
pub mod money;
pub mod order;
pub mod page;
pub mod payment;
pub mod person;
pub mod place;
pub mod problem;
pub mod report;
pub mod returns;
pub mod search;
pub mod stats;
pub mod verify;
pub mod webhook;

pub use health::{Health, Nothing};
pub use money::Money;
pub use order::Order;
pub use page::{Page, PageInfo};
pub use problem::{FieldFault, ProblemBody};
